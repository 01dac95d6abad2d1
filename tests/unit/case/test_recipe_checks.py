# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules between the values of a recipe: each broken one gives one problem at its place, good recipes give none."""

import math
from pathlib import Path

import pytest

from jadeite.case.loading import parse_recipe
from jadeite.case.problems import CaseError, Problem
from jadeite.case.recipe_checks.flaw_planes import directions, flaw_reach, flaws_cross
from jadeite.case.recipe_checks.space import Space

PLANE = """\
width: 60 um
separator:
  thickness: 50 um
  polycrystal: {grain_size: {law: lognormal, mean: 5 um}}
flaws: []
pores: []
inclusions: []
cracks: []
unwetted_patches: []
"""
SOLID = "dimension: 3\nwidth_z: 40 um\n" + PLANE
LAYERS = """\
width: 60 um
separator:
  layers:
    - {name: dense, thickness: 20 um, polycrystal: {grain_size: {law: lognormal, mean: 4 um}}}
    - {name: barrier, material: barrier, thickness: 5 um}
"""
GRAINS = "separator.polycrystal"
MODES = "[{mean: 2 um, share: 0.7}, {mean: 10 um, share: 0.3}]"
WEIBULL = (
    "{law: weibull_strength, modulus: 8, characteristic_strength: 120 MPa, reference_size: 1 mm, "
    "fracture_toughness: 1.3 MPa*m^0.5, smallest_depth: 2 um}"
)
POWER = "{law: power_law, smallest_depth: 1 um, exponent: 4}"


def found(text: str, *settings: str) -> list[Problem]:
    try:
        parse_recipe(text, settings)
    except CaseError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        (PLANE, []),
        (SOLID, []),
        (LAYERS, []),
        (PLANE, ["periodic=[x]", "flaws=[{name: a, position: 30 um, depth: 10 um}]"]),
        (SOLID, ["periodic=[x, z]"]),
        (SOLID, ["width_z=", "dimension=3"][1:]),
        (PLANE, [f"{GRAINS}.grain_size={{law: mixture, modes: {MODES}}}"]),
        (PLANE, [f"{GRAINS}.shape={{law: elongated, aspect_ratio: 3}}"]),
        # columns may be thicker than their layer
        (PLANE, [f"{GRAINS}.shape={{law: columnar}}", "separator.thickness=4 um"]),
        (SOLID, ["pores=[{place: triple_lines, radius: 0.4 um, fraction: 0.01}]"]),
        (
            PLANE,
            ["pores=[{place: grain_interiors, radius: 0.4 um, count: 5}]",
             "inclusions=[{material: p, radius: 1 um, fraction: 0.2}]"],
        ),
        (LAYERS, ["separator.layers.0.pores=[{radius: 0.4 um, count: 5}]"]),
        (LAYERS, ["separator.layers.1.inclusions=[{material: p, radius: 0.4 um, count: 5}]"]),
        (SOLID, ["flaws=[{name: a, position: 30 um, depth: 10 um, half_length: 15 um, tilt: 20 deg, turn: 10 deg}]"]),
        (PLANE, ["flaws=[{name: a, position: 30 um, depth: 10 um, path: grain_boundaries}]"]),
        (PLANE, [f"flaw_population={{depths: {POWER}, count: 6, largest_depth: 20 um}}"]),
        (SOLID, [f"flaw_population={{depths: {WEIBULL}, largest_depth: 15 um}}"]),
        (PLANE, ["cracks=[{name: c, centre: [30 um, 25 um], half_length: 5 um}]"]),
        (SOLID, ["cracks=[{name: c, centre: [30 um, 25 um, 20 um], half_length: 5 um, tilt: 40 deg, turn: 30 deg}]"]),
        (PLANE, ["grooves={depth: 0.2 um, width: 0.6 um}"]),
        (SOLID, ["unwetted_patches=[{name: v, centre: [30 um, 20 um], radius: 8 um}]"]),
        (PLANE, ["unwetted_area={fraction: 0.2, correlation_length: 5 um}"]),
        (PLANE, ["boundary_properties.energy={law: table, angles: [0 deg, 15 deg], values: [0.1 J/m^2, 1 J/m^2]}"]),
    ],
)  # fmt: skip
def test_good_recipes(text: str, settings: list[str]) -> None:
    assert found(text, *settings) == []


@pytest.mark.parametrize(
    ("text", "settings", "path", "message"),
    [
        # the third direction
        (PLANE, ["width_z=3 um"], "width_z", "means nothing in 2"),
        (PLANE, ["periodic=[x, z]"], "periodic.1", "means nothing in 2"),
        (
            PLANE, ["flaws=[{name: a, position: 9 um, depth: 5 um, half_length: 3 um}]"],
            "flaws.0.half_length", "means nothing",
        ),
        (PLANE, ["flaws=[{name: a, position: 9 um, depth: 5 um, turn: 0 deg}]"], "flaws.0.turn", "means nothing"),
        (
            PLANE, ["cracks=[{name: c, centre: [30 um, 25 um, 1 um], half_length: 5 um}]"],
            "cracks.0.centre", "has 3 values",
        ),
        (SOLID, ["cracks=[{name: c, centre: [30 um, 25 um], half_length: 5 um}]"], "cracks.0.centre", "has 2 values"),
        (PLANE, ["pores=[{place: triple_lines, radius: 0.4 um, count: 3}]"], "pores.0.place", "has no `triple_lines`"),
        (SOLID, ["pores=[{radius: 0.4 um, count: 3}]"], "pores.0.place", "has no `triple_junctions`"),
        (
            PLANE, [f"{GRAINS}.shape={{law: columnar, direction: z}}"],
            f"{GRAINS}.shape.direction", "points out of the plane",
        ),
        (
            SOLID, ["unwetted_patches=[{name: v, centre: [30 um, 20 um, 1 um], radius: 8 um}]"],
            "unwetted_patches.0.centre", "has 3 values",
        ),
        (PLANE, ["unwetted_patches=[{name: v, start: 30 um}]"], "unwetted_patches.0", "gives no `end`"),
        # separator and layers
        (PLANE, ["separator.layers=[{thickness: 50 um}]"], "separator", "gives both"),
        (PLANE, ["separator={thickness: 5 um}"], "separator", "gives none of"),
        (PLANE, ["separator={imported: {law: mesh, file: " + __file__ + "}}"], "separator", "gives no `thickness`"),
        (LAYERS, ["separator.layers.0.material=electrolyte"], "separator.layers.0.material", "gives both `material`"),
        (LAYERS, ["separator.layers.0.repeat=2"], "separator.layers.0.repeat", "this one has grains"),
        (LAYERS, ["separator.layers.1.name=dense"], "separator.layers.1.name", "names two"),
        (LAYERS, ["separator.thickness=24 um"], "separator.thickness", "differs from the sum"),
        (
            LAYERS, ["separator.layers.1={thickness: 5 um, polycrystal: {grain_size: {law: lognormal, mean: 2 um}, "
            "shape: {law: elongated}}}"],
            "separator.layers.1.polycrystal.shape", "differs from that of the layer",
        ),
        # grains
        (
            LAYERS, ["separator.layers.0.polycrystal.grain_size.mean=30 um"],
            "separator.layers.0.polycrystal.grain_size.mean", "larger than the thickness",
        ),
        (SOLID, ["width_z=3 um"], f"{GRAINS}.grain_size.mean", "along z"),
        (
            PLANE, [f"{GRAINS}.grain_size={{law: mixture, modes: {MODES.replace('0.3', '0.2')}}}"],
            f"{GRAINS}.grain_size.modes", "add up to 0.9",
        ),
        (PLANE, [f"{GRAINS}.grain_size.mean=5 nm"], f"{GRAINS}.grain_size.mean", "makes about 1.2e+08 grains"),
        (
            PLANE, [f"{GRAINS}.shape={{law: elongated, aspect_ratio: 20}}", f"{GRAINS}.grain_size.mean=15 um"],
            f"{GRAINS}.shape.aspect_ratio", "longer than the thickness",
        ),
        (
            PLANE, [f"{GRAINS}.second_phases=[{{material: a, fraction: 0.6}}, {{material: b, fraction: 0.4}}]"],
            f"{GRAINS}.second_phases.1.fraction", "leaves nothing",
        ),
        (
            PLANE, [f"{GRAINS}.second_phases=[{{material: electrolyte, fraction: 0.6}}]"],
            f"{GRAINS}.second_phases.0.material", "polycrystal itself",
        ),
        (PLANE, [f"{GRAINS}.crystal_symmetry=quadratic"], f"{GRAINS}.crystal_symmetry", "not one of the known"),
        # bodies
        (PLANE, ["pores=[{radius: 0.4 um, fraction: 99 %}]"], "pores.0.fraction", "not a number"),
        (PLANE, ["pores=[{radius: 0.4 um, fraction: 0.99}]"], "pores.0.fraction", "too large"),
        (
            PLANE, ["pores=[{radius: 0.4 um, fraction: 0.2}, {radius: 0.3 um, fraction: 0.2}]"],
            "pores.1.fraction", "brings the share of bodies at triple junctions to 0.4",
        ),
        (
            PLANE, ["pores=[{place: grain_interiors, radius: 1 um, count: 400}]"],
            "pores.0.count", "inside grains to 0.419",
        ),
        (
            LAYERS, ["separator.layers.1.pores=[{place: grain_interiors, radius: 1 um, count: 50}]"],
            "separator.layers.1.pores.0.count", "to 0.524",
        ),
        (
            LAYERS, ["separator.layers.1.pores=[{radius: 1 um, count: 1}]"],
            "separator.layers.1.pores.0.place", "layers without grains",
        ),
        (
            LAYERS, ["separator.layers.1.pores=[{place: grain_interiors, radius: 2.5 um, count: 1}]"],
            "separator.layers.1.pores.0.radius", "does not fit",
        ),
        (
            PLANE, ["pores=[{place: grain_interiors, shape: {law: lens}, radius: 1 um, count: 1}]"],
            "pores.0.shape", "caps that meet",
        ),
        (PLANE, ["inclusions=[{material: p, radius: 1 um, count: 1, fraction: 0.1}]"], "inclusions.0", "gives both"),
        # flaws
        (
            SOLID, ["flaws=[{name: a, position: 30 um, depth: 48 um, half_length: 5 um}]"],
            "flaws.0.depth", "less than a tenth",
        ),
        (SOLID, ["flaws=[{name: a, position: 30 um, depth: 21 um}]"], "flaws.0.position_z", "lies outside"),
        (
            SOLID, ["periodic=[z]", "flaws=[{name: a, position: 30 um, position_z: 5 um, depth: 8 um}]"],
            "flaws.0.position_z", "crosses the periodic side",
        ),
        (
            SOLID, ["flaws=[{name: a, position: 5 um, depth: 9 um, half_length: 3 um, tilt: 45 deg, turn: 180 deg}]"],
            "flaws.0.tilt", "takes the tip out",
        ),
        (
            PLANE, ["flaws=[{name: a, position: 9 um, depth: 5 um, form: cut, mouth_width: 1 um}]"],
            "flaws.0.mouth_width", "walls touch",
        ),
        (
            PLANE, ["flaws=[{name: a, position: 9 um, depth: 5 um, form: notch, path: grain_boundaries}]"],
            "flaws.0.form", "not possible along",
        ),
        (
            PLANE,
            ["flaws=[{name: a, position: 9 um, depth: 5 um}]",
             "cracks=[{name: a, centre: [30 um, 25 um], half_length: 5 um}]"],
            "cracks.0.name", "names two",
        ),
        (
            PLANE, [f"flaw_population={{depths: {POWER}, count: 6, largest_depth: 46 um}}"],
            "flaw_population.largest_depth", "less than a tenth",
        ),
        (PLANE, [f"flaw_population={{depths: {POWER}, largest_depth: 20 um}}"], "flaw_population", "gives no `count`"),
        (
            PLANE, [f"flaw_population={{depths: {WEIBULL}, count: 2, largest_depth: 20 um}}"],
            "flaw_population.count", "from which the number follows",
        ),
        (
            # 60 um are six times the reference length, on which (29.7 um / 2 um)^4 flaws are expected
            PLANE, [f"flaw_population={{depths: {WEIBULL}, largest_depth: 9 um}}",
                    "flaw_population.depths.reference_size=10 um"],
            "flaw_population.depths.smallest_depth", "makes about 2.9e+05 flaws",
        ),
        (
            PLANE, [f"flaw_population={{depths: {POWER}, count: 6, largest_depth: 1 um}}"],
            "flaw_population.depths.smallest_depth", "no depths to draw",
        ),
        (
            SOLID, [f"flaw_population={{depths: {POWER}, count: 6, largest_depth: 20 um}}"],
            "flaw_population.largest_depth", "longer than the cell is wide",
        ),
        (
            PLANE, ["cracks=[{name: c, centre: [30 um, 3 um], half_length: 5 um}]"],
            "cracks.0.centre", "out of the ceramic along y",
        ),
        (
            PLANE, ["cracks=[{name: c, centre: [30 um, 25 um], half_length: 25 um}]"],
            "cracks.0.half_length", "longer along y",
        ),
        (PLANE, ["grooves={depth: 0.4 um, width: 0.6 um}"], "grooves.width", "twice the depth"),
        (PLANE, ["grooves={depth: 0.4 um, width: 3 um}"], "grooves.width", "half the mean grain size"),
        (
            LAYERS, ["separator.layers.0={thickness: 20 um}", "grooves={depth: 0.1 um, width: 0.3 um}"],
            "grooves", "need grain boundaries",
        ),
        # contact
        (
            SOLID, ["unwetted_patches=[{name: v, centre: [30 um, 5 um], radius: 8 um}]"],
            "unwetted_patches.0.centre", "off the electrode along z",
        ),
        (
            SOLID,
            ["unwetted_patches=[{name: v, centre: [30 um, 20 um], radius: 8 um}]",
             "flaws=[{name: a, position: 25 um, depth: 8 um}]"],
            "unwetted_patches.0", "overlaps or touches flaw `a`",
        ),
        (
            PLANE, ["unwetted_area={fraction: 0.2, correlation_length: 31 um}"],
            "unwetted_area.correlation_length", "larger than half",
        ),
        # boundaries and mesh
        (
            PLANE,
            ["boundary_properties.energy={law: table, angles: [0 deg, 15 deg], values: [0.1 J/m^2, 1 J/m^2, 2 J/m^2]}"],
            "boundary_properties.energy.values", "3 values for 2 angles",
        ),
        (
            PLANE, ["boundary_properties.energy={law: table, angles: [15 deg, 15 deg], values: [0.1 J/m^2, 1 J/m^2]}"],
            "boundary_properties.energy.angles", "do not ascend",
        ),
        (
            PLANE,
            [f"{GRAINS}.crystal_symmetry=isotropic",
             "boundary_properties.energy={law: misorientation, high_angle: 1 J/m^2}"],
            "boundary_properties.energy.law", "isotropic crystals",
        ),
        (PLANE, ["mesh.interior_size=61 um"], "mesh.interior_size", "larger than the cell"),
    ],
)  # fmt: skip
def test_each_broken_rule(text: str, settings: list[str], path: str, message: str) -> None:
    problems = found(text, *settings)
    assert len(problems) == 1, "\n".join(map(str, problems))
    assert problems[0].path == path
    assert message in problems[0].message


def test_imported_microstructures_take_no_defects() -> None:
    text = "width: 60 um\nseparator:\n  thickness: 50 um\n  imported: {law: mesh, file: " + __file__ + "}\n"
    assert found(text) == []
    problems = found(text, "flaws=[{name: a, position: 9 um, depth: 5 um}]", "periodic=[x]")
    assert [problem.path for problem in problems] == ["flaws", "periodic"]
    missing = found(text.replace(__file__, "nothing.msh"))
    assert [problem.path for problem in missing] == ["separator.imported.file"]
    assert "not there" in missing[0].message


def test_everything_is_told_at_once() -> None:
    settings = [
        "width_z=5 um",
        f"{GRAINS}.grain_size.mean=61 um",
        "pores=[{place: triple_lines, radius: 0.4 um, count: 3}]",
        "flaws=[{name: a, position: 9 um, depth: 70 um}]",
        "cracks=[{name: a, centre: [30 um, 49 um], half_length: 5 um}]",
        "flaw_population.largest_depth=20 um",
        "grooves={depth: 1 um, width: 1 um}",
        "mesh={interior_size: 1 um, boundary_size: 2 um}",
    ]
    paths = {problem.path for problem in found(PLANE, *settings)}
    assert paths >= {
        "width_z",
        f"{GRAINS}.grain_size.mean",
        "pores.0.place",
        "flaws.0.depth",
        "cracks.0.centre",
        "cracks.0.name",
        "flaw_population.depths",
        "grooves.width",
        "mesh.boundary_size",
    }


def test_overlapping_layers_cannot_be_written() -> None:
    """Layers stand on each other; what a person may get wrong is their sum."""
    (problem,) = found(LAYERS, "separator.thickness=10 um")
    assert problem.allowed.startswith("25 um")


def flaws(*texts: str) -> tuple:
    joined = ", ".join(f"{{name: f{row}, {text}}}" for row, text in enumerate(texts))
    problems = "flaws=[" + joined + "]"
    from jadeite.case.loading import parse_document
    from jadeite.case.microstructure import Recipe

    data = parse_document(SOLID, "recipe").data | parse_document(problems.replace("=", ": "), "flaws").data
    recipe = Recipe.model_validate(data)
    return recipe.flaws, Space.of(recipe)


def test_directions_are_orthonormal_and_turn_right_handed() -> None:
    mouth, inward = directions(math.radians(30), math.radians(90))
    assert mouth == pytest.approx((1.0, 0.0, 0.0), abs=1e-15)
    assert inward == pytest.approx((0.0, math.cos(math.pi / 6), -0.5), abs=1e-15)
    mouth, inward = directions(0.3, 1.1)
    assert sum(a * b for a, b in zip(mouth, inward, strict=True)) == pytest.approx(0.0, abs=1e-15)
    assert sum(a * a for a in inward) == pytest.approx(1.0)


def test_reach_of_a_tilted_turned_flaw_against_points_on_its_edge() -> None:
    text = "position: 30 um, depth: 9 um, half_length: 6 um, tilt: 35 deg, turn: 25 deg, form: cut"
    (flaw,), space = flaws(text)
    mouth, inward = directions(flaw.tilt, flaw.turn)
    angles = [math.pi * step / 2000 for step in range(2001)]
    reach = flaw_reach(flaw, space)
    for axis, row, middle in (("x", 0, 30e-6), ("z", 2, 20e-6)):
        places = [middle + 6e-6 * math.cos(a) * mouth[row] + 9e-6 * math.sin(a) * inward[row] for a in angles]
        assert reach[axis].whole == pytest.approx((min(places), max(places)), abs=1e-11)


@pytest.mark.parametrize(
    ("one", "other", "cross"),
    [
        ("position: 20 um, depth: 10 um", "position: 25 um, depth: 10 um", False),
        ("position: 20 um, depth: 10 um, tilt: 30 deg", "position: 25 um, depth: 10 um, tilt: -30 deg", True),
        # the tips would meet, but the mouths are apart along z
        (
            "position: 20 um, depth: 10 um, tilt: 30 deg, position_z: 12 um, half_length: 3 um",
            "position: 25 um, depth: 10 um, tilt: -30 deg, position_z: 25 um, half_length: 3 um", False,
        ),
        ("position: 20 um, depth: 10 um", "position: 20.001 um, depth: 5 um, turn: 90 deg", True),
        ("position: 20 um, depth: 10 um", "position: 26 um, depth: 5 um, turn: 90 deg", False),
        # the same, but it reaches the other one
        ("position: 20 um, depth: 10 um", "position: 24 um, depth: 5 um, turn: 90 deg", True),
    ],
)  # fmt: skip
def test_crossing_half_ellipses(one: str, other: str, cross: bool) -> None:
    (first, second), space = flaws(one, other)
    assert flaws_cross(first, second, space) is cross
    assert flaws_cross(second, first, space) is cross


def test_shipped_recipes_break_no_rule() -> None:
    from jadeite.case.loading import load_recipe

    recipes = sorted((Path(__file__).parents[3] / "meshes").glob("*.yaml"))
    assert len(recipes) >= 5
    for path in recipes:
        load_recipe(path)
