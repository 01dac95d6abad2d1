# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reading cases: values in SI, settings from the command line, recipes in files, and each kind of problem."""

import json
from pathlib import Path

import pytest
from case_text import CASE, WriteCase

from jadeite.case.document import parse_document
from jadeite.case.loading import load_case, load_recipe, material_names, parse_recipe
from jadeite.case.physics import ButlerVolmer, ConfinedSodium, ConstantResistance, LinearInterface
from jadeite.case.problems import CaseError, Problem
from jadeite.case.schema import CRITERIA

GRAINS = "microstructure.separator.polycrystal"
MICRO = "microstructure"
RECIPE = """\
width: 60 um
separator:
  layers:
    - {material: electrolyte, thickness: 5 um, repeat: 10}
    - {material: barrier, thickness: 200 nm, euler_angles: [90 deg, 0 deg, 0 deg]}
"""


def problems(path: Path, *settings: str) -> tuple[Problem, ...]:
    with pytest.raises(CaseError) as error:
        load_case(path, settings)
    return error.value.problems


def the_problem(path: Path, *settings: str) -> Problem:
    found = problems(path, *settings)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def test_values_are_si_and_defaults_filled(write_case: WriteCase) -> None:
    loaded = load_case(write_case())
    case, recipe = loaded.case, loaded.recipe
    assert case.temperature == 298.15
    assert case.protocol.current_density == 10.0
    assert case.protocol.voltage is None
    assert recipe.flaws[0].depth == 1.2e-5
    assert recipe.flaws[0].tilt == 0.0
    assert recipe.thickness == 5e-5
    assert recipe.roles == ("electrolyte",)
    assert case.physics.grain_boundaries == ConstantResistance(resistance=None)
    assert isinstance(case.physics.sodium_in_flaws, ConfinedSodium)
    assert case.failure.criteria == CRITERIA
    assert case.failure.critical_current.maximum == 1000.0
    assert case.materials["sodium"].material == "Na_metal"
    assert case.temperature_change == 0.0
    assert loaded.source == CASE


def test_stripping_interface_is_the_plating_one_unless_given(write_case: WriteCase) -> None:
    path = write_case(("protocol:", "physics:\n  plating_interface: {law: linear, resistance: 20 ohm*cm^2}\nprotocol:"))
    assert load_case(path).case.physics.stripping_interface == LinearInterface.model_validate(
        {"resistance": "20 ohm*cm^2"}
    )
    other = load_case(path, ["physics.stripping_interface={law: butler_volmer}"]).case.physics
    assert isinstance(other.stripping_interface, ButlerVolmer)
    assert isinstance(other.plating_interface, LinearInterface)


def test_mechanics_off_and_temperature_change(write_case: WriteCase) -> None:
    cooled = load_case(write_case(), ["physics.mechanics.stress_free_temperature=600 degC"]).case
    assert cooled.temperature_change == -575.0
    off = load_case(write_case(), ["physics.mechanics=none"]).case
    assert off.physics.mechanics is None
    assert off.temperature_change == 0.0
    empty = the_problem(write_case(), "physics.mechanics=")
    assert (empty.path, empty.message) == ("physics.mechanics", "is empty")


def test_five_faults_of_different_kinds_in_one_message(write_case: WriteCase) -> None:
    path = write_case(
        ("thickness: 50 um", "thicknes: 50 um"),
        ("mean: 5 um", "mean: -5 um"),
        ("material: NZSP_x2", "material: NZPS_x2"),
        ("1 mA/cm^2", "1 mA/cm"),
        ("mouth_width: 0.3 um", "mouth_width: 0.3"),
    )
    found = {problem.path: problem for problem in problems(path)}
    assert set(found) == {
        "microstructure.separator.thicknes",
        "microstructure.separator.polycrystal.grain_size.mean",
        "microstructure.flaws.0.mouth_width",
        "materials.electrolyte.material",
        "protocol.current_density",
    }
    assert "`thickness`" in found["microstructure.separator.thicknes"].suggestion
    assert "NZSP_x2" in found["materials.electrolyte.material"].suggestion


def test_rules_between_values_are_reported_beside_faulty_values(write_case: WriteCase) -> None:
    path = write_case(
        ("depth: 12 um", "depth: 80 um"),
        ("grain_size: {law: lognormal, mean: 5 um", "grain_size: {law: lognormal, mean: -5 um"),
        ("NZSP_x2", "Unobtainium"),
        ("title:", "titel:"),
        ("1 mA/cm^2", "1 kg"),
    )
    found = problems(path)
    assert [(problem.line, problem.path) for problem in found] == [
        (1, "titel"),
        (8, "microstructure.separator.polycrystal.grain_size.mean"),
        (10, "microstructure.flaws.0.depth"),
        (14, "materials.electrolyte.material"),
        (16, "protocol.current_density"),
    ]
    depth = found[2]
    assert str(depth) == (
        f"{path}:10: microstructure.flaws.0.depth: is deeper than the separator of 50 um; given: 80 um; "
        "expected: at most 45 um"
    )


def place_of_change(file: Path) -> int:
    """Line of the written file at which it first differs from the complete case."""
    lines = zip(CASE.splitlines(), file.read_text().splitlines(), strict=False)
    return next(number for number, (old, written) in enumerate(lines, 1) if old != written)


@pytest.mark.parametrize(
    ("old", "new", "path", "message", "suggestion"),
    [
        ("width: 60 um", "widht: 60 um", f"{MICRO}.widht", "is not a known key", "`width`"),
        ("    thickness: 50 um\n", "", f"{MICRO}.separator", "gives no `thickness`", ""),
        ("NZSP_x2", "NZSP", "materials.electrolyte.material", "not in the material library", "`NZSP_x2`"),
        ("law: lognormal", "law: normal", f"{GRAINS}.grain_size.law", "unknown `law`", "`lognormal`"),
        ("0.35}", "-1}", f"{GRAINS}.grain_size.coefficient_of_variation", "too small", ""),
        ("0.35}", "much}", f"{GRAINS}.grain_size.coefficient_of_variation", "not a number", ""),
        ("0.35}", ".nan}", f"{GRAINS}.grain_size.coefficient_of_variation", "finite", ""),
        ("  flaws:\n", "  seed: 1.5\n  flaws:\n", f"{MICRO}.seed", "not a whole number", ""),
        ("  flaws:\n    - {", "  flaws: {", f"{MICRO}.flaws", "is not a list", ""),
        (
            "    - {name: deep, position: 20 um, depth: 12 um, mouth_width: 0.3 um}", "    - 12",
            f"{MICRO}.flaws.0", "not a block", "",
        ),
        ("protocol:", "temperature: 120 degC\nprotocol:", "temperature", "is too large", ""),
        ("protocol:", "temperature: 25 C\nprotocol:", "temperature", "not a temperature", ""),
        ("protocol:", "temperature: 25\nprotocol:", "temperature", "has no unit", ""),
        (
            "protocol:", "failure: {criteria: [ohmic_grifith]}\nprotocol:",
            "failure.criteria.0", "known words", "`ohmic_griffith`",
        ),
        (
            "protocol:", "physics: {plating_interface: {law: tafel}}\nprotocol:",
            "physics.plating_interface.law", "unknown `law`", "",
        ),
        ("protocol:", "physics: {grain_boundaries: {}}\nprotocol:", "physics.grain_boundaries", "which `law`", ""),
        ("protocol:", "outputs: {report: perhaps}\nprotocol:", "outputs.report", "neither true nor false", ""),
        (
            "{material: NZSP_x2}", "{material: NZSP_x2, override: {conductance: 1 S/m}}",
            "materials.electrolyte.override.conductance", "is not a known key", "`conductivity`",
        ),
        (
            "{material: NZSP_x2}", "{material: NZSP_x2, override: {conductivity: [1 S/m, 2 S/m]}}",
            "materials.electrolyte.override.conductivity", "has 2 values", "",
        ),
        (
            "  electrolyte:", "  electrolite:",
            "materials.electrolite", "role that the recipe does not name", "`electrolyte`",
        ),
        ("  electrolyte: {material: NZSP_x2}", "  sodium: {material: Na_metal}", "materials", "role `electrolyte`", ""),
        ("current_density: 1 mA/cm^2", "current_density: 1 mA/cm^2\n  voltage: 5 mV", "protocol", "gives both", ""),
        ("  current_density: 1 mA/cm^2", "  {}", "protocol", "gives neither", ""),
        ("depth: 12 um", "depth: 47 um", f"{MICRO}.flaws.0.depth", "less than a tenth", ""),
        ("mouth_width: 0.3 um", "mouth_width: 13 um", f"{MICRO}.flaws.0.mouth_width", "not smaller than the depth", ""),
        ("position: 20 um", "position: 60 um", f"{MICRO}.flaws.0.position", "outside the cell", ""),
        ("position: 20 um", "position: 5 um, tilt: -45 deg", f"{MICRO}.flaws.0.tilt", "takes the tip out", ""),
        ("position: 20 um", "position: 44 um", f"{MICRO}.flaws.0", "overlaps", ""),
        ("end: 48 um", "end: 39 um", f"{MICRO}.unwetted_patches.0.end", "not larger than `start`", ""),
        ("end: 48 um", "end: 61 um", f"{MICRO}.unwetted_patches.0.end", "outside the cell", ""),
        ("mean: 5 um", "mean: 55 um", f"{GRAINS}.grain_size.mean", "larger than the thickness", ""),
        ("  flaws:\n", "  pores: [{radius: 1 um}]\n  flaws:\n", f"{MICRO}.pores.0", "gives neither", ""),
        (
            "  flaws:\n", "  pores: [{radius: 3 um, count: 1}]\n  flaws:\n",
            f"{MICRO}.pores.0.radius", "half the mean", "",
        ),
        (
            "  flaws:\n", "  mesh: {interior_size: 1 um, boundary_size: 2 um}\n  flaws:\n",
            f"{MICRO}.mesh.boundary_size", "larger than `interior_size`", "",
        ),
        (
            "  flaws:\n", "  flaws:\n    - {name: deep, position: 10 um, depth: 3 um}\n",
            f"{MICRO}.flaws.1.name", "names two of them", "",
        ),
        (
            "  flaws:\n", "  flaws:\n    - {name: other, position: 15 um, depth: 15 um, tilt: 45 deg}\n",
            f"{MICRO}.flaws.1", "crosses flaw `other`", "",
        ),
        (
            "      material: electrolyte\n",
            "      orientation: {law: fibre, axis: [0, 0, 0]}\n", f"{GRAINS}.orientation.axis", "no direction", "",
        ),
        (
            "protocol:", "expect:\n  - {quantity: cell_voltage, value: 1 m, source: s}\nprotocol:",
            "expect.0", "neither `relative_tolerance` nor", "",
        ),
        (
            "protocol:",
            "expect:\n  - {quantity: cel_voltage, value: 1 V, relative_tolerance: 0.1, source: s}\nprotocol:",
            "expect.0.quantity", "is not a headline figure", "`cell_voltage`",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_problem(
    write_case: WriteCase, old: str, new: str, path: str, message: str, suggestion: str
) -> None:
    file = write_case((old, new))
    problem = the_problem(file)
    assert problem.path == path
    assert message in problem.message
    assert suggestion in problem.suggestion
    assert problem.file == str(file)
    written = [
        number for number, line in enumerate(file.read_text().splitlines(), 1) if line in new or new.strip() in line
    ]
    assert problem.line is not None
    assert not written or min(written) - 2 <= problem.line <= max(written) + 2


def test_duplicate_keys_name_both_lines(write_case: WriteCase) -> None:
    problem = the_problem(write_case(("protocol:", "title: again\nprotocol:")))
    assert (problem.line, problem.path, problem.message) == (15, "title", "is given twice (first on line 1)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("- a\n- b\n", "is not a mapping"),
        ("just words", "is not a mapping"),
        ("title: [1, 2\n", "is not valid YAML"),
        ("title: x\n\tprotocol: y\n", "is not valid YAML"),
    ],
)
def test_text_that_is_no_case(write_case: WriteCase, text: str, message: str) -> None:
    assert message in the_problem(write_case(text=text)).message


def test_value_that_contains_itself_is_a_problem(write_case: WriteCase) -> None:
    found = problems(write_case(text="title: x\nmaterials: &loop\n  again: *loop\n"))
    assert any("contains itself" in problem.message for problem in found)


def test_missing_file(tmp_path: Path) -> None:
    assert the_problem(tmp_path / "nothing.yaml").message == "there is no such file"


def test_settings_replace_values_anywhere(write_case: WriteCase) -> None:
    settings = (
        "protocol.current_density=2 mA/cm^2",
        "microstructure.flaws.0.depth=20 um",
        "failure.critical_current.search=false",
        "materials.electrolyte.override.conductivity=[1 S/m, 1 S/m, 0.1 S/m]",
        "failure.criteria=[ohmic_griffith]",
    )
    loaded = load_case(write_case(), settings)
    assert loaded.case.protocol.current_density == 20.0
    assert loaded.recipe.flaws[0].depth == 2e-5
    assert loaded.case.failure.critical_current.search is False
    assert loaded.case.materials["electrolyte"].override.conductivity == (1.0, 1.0, 0.1)
    assert loaded.case.failure.criteria == ("ohmic_griffith",)
    assert loaded.overrides == settings


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("protocol.current_density", "is not a setting"),
        ("=3", "is not a setting"),
        ("a..b=3", "is not a setting"),
        ("microstructure.flaws.4.depth=1 um", "has no item `4`"),
        ("title.part=3", "is a single value"),
        ("protocol.curent_density=1 A/m^2", "is not a known key"),
        ("protocol.current_density=1 um", "not a current density"),
        ("title=[", "is not valid YAML"),
    ],
)
def test_wrong_settings_are_named(write_case: WriteCase, setting: str, message: str) -> None:
    problem = the_problem(write_case(), setting)
    assert message in problem.message
    assert problem.file == f"--set {setting}"


def test_recipe_is_found_beside_the_case_or_in_meshes(write_case: WriteCase, tmp_path: Path) -> None:
    inline = CASE[CASE.index("microstructure:") : CASE.index("materials:")]
    two = "materials:\n  barrier: {material: Na_beta2_alumina_poly}\n"
    write_case(text=RECIPE, name="meshes/stack.yaml")
    for named, name in (
        ("stack", "cases/laminate/case.yaml"),
        ("meshes/stack.yaml", "case.yaml"),
        ("stack", "case.yaml"),
    ):
        file = write_case((inline, f"microstructure: {named}\n"), ("materials:\n", two), name=name)
        loaded = load_case(file, ["microstructure.separator.layers.0.repeat=4"])
        assert loaded.recipe.roles == ("electrolyte", "barrier")
        assert loaded.recipe.thickness == pytest.approx(4 * 5e-6 + 2e-7, rel=1e-14)
        assert [part.resolve() for part in loaded.files] == [file.resolve(), (tmp_path / "meshes/stack.yaml").resolve()]
    missing = problems(write_case((inline, "microstructure: stakc\n"), name="cases/laminate/case.yaml"))
    assert any(problem.message == "names a recipe that is not there" for problem in missing)


def test_problems_of_the_recipe_file_carry_its_name(write_case: WriteCase) -> None:
    recipe = write_case(("repeat: 10", "repeat: 0"), text=RECIPE, name="stack.yaml")
    inline = CASE[CASE.index("microstructure:") : CASE.index("materials:")]
    found = problems(write_case((inline, "microstructure: stack\n"), ("1 mA/cm^2", "1 mA")))
    assert {(problem.file, problem.path) for problem in found} >= {
        (str(recipe), "separator.layers.0.repeat"),
        (str(recipe.parent / "case.yaml"), "protocol.current_density"),
    }


def test_recipe_alone(write_case: WriteCase) -> None:
    path = write_case(text=RECIPE, name="stack.yaml")
    assert load_recipe(path, ["separator.layers.1.thickness=1 um"]).thickness == pytest.approx(51e-6, rel=1e-14)
    with pytest.raises(CaseError, match="differs from the sum of the layers"):
        load_recipe(path, ["separator.thickness=3 um"])
    with pytest.raises(CaseError, match="gives both"):
        parse_recipe(RECIPE, ["separator.polycrystal={grain_size: {law: lognormal, mean: 1 um}}"])


def test_known_materials_are_those_of_the_library() -> None:
    from jadeite.materials.library import names

    assert material_names()[0] == names()


def places(data: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in items for place in ((*path, key), *places(value, (*path, key)))]


@pytest.mark.parametrize("junk", ["null", "[]", "{}", "3", "-5 um", "[[]]", "{law: [x]}", "1e999 m", "1 um^^"])
def test_junk_anywhere_is_a_problem_or_a_value_but_never_a_crash(write_case: WriteCase, junk: str) -> None:
    file = write_case(
        ("protocol:", "physics: {mechanics: {stack_pressure: 1 MPa}}\nfailure: {criteria: all}\nprotocol:")
    )
    found = places(parse_document(file.read_text(), "case").data)
    assert len(found) > 30
    refused = 0
    for place in found:
        try:
            load_case(file, [f"{'.'.join(map(str, place))}={junk}"])
        except CaseError as error:
            refused += 1
            assert all(problem.message for problem in error.problems)
    assert refused > 0.8 * len(found)


def test_resolved_case_is_plain_json(write_case: WriteCase) -> None:
    loaded = load_case(write_case(), ["materials.electrolyte.override.conductivity=[1 S/m, 1 S/m, 2 S/m]"])
    data = json.loads(loaded.case.model_dump_json())
    assert data["temperature"] == 298.15
    assert data["microstructure"]["flaws"][0]["depth"] == 1.2e-5
    assert data["materials"]["electrolyte"]["override"]["conductivity"] == [1.0, 1.0, 2.0]
