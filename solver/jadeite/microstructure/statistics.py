# SPDX-License-Identifier: LGPL-3.0-or-later
"""A microstructure in numbers: what was achieved beside what was wanted, row by row of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.network.attach import BOUNDARIES
from jadeite.microstructure.network.rules import PROPERTIES, distinct_boundaries
from jadeite.microstructure.quality import cell_shapes
from jadeite.microstructure.samples import (
    Sample,
    depth_sample,
    fitted_exponent,
    grain_size_samples,
    misorientation_samples,
)
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

if TYPE_CHECKING:
    from jadeite.case.microstructure import Pores, Recipe

Array = NDArray[np.float64]

MICROMETRE = 1e-6
# flaws and patches are listed one by one up to this number
LISTED = 6
_PLACES = {
    "grain_interiors": "grain interior",
    "grain_boundaries": "grain boundary",
    "triple_junctions": "triple junction",
    "triple_lines": "triple line",
}
_PROPERTY_UNITS = {
    "area_specific_resistance": (1e-4, "Ω cm²"),
    "fracture_toughness": (1e6, "MPa√m"),
    "energy": (1.0, "J/m²"),
    "exchange_current_density": (10.0, "mA/cm²"),
    "electronic_conductivity": (1.0, "S/m"),
}


class Row(NamedTuple):
    """One line of the table: a value and, where the recipe wants something, its target, in a unit a person reads."""

    label: str
    value: float | int | str
    unit: str = ""
    target: float | int | str | None = None
    note: str = ""


def report_rows(mesh: TaggedMesh, recipe: Recipe | None = None) -> list[Row]:
    """What there is to say about a microstructure in numbers, with the targets of its recipe where it is given.

    The network must be attached. Lengths are in micrometres. Notes give the probability, after Kolmogorov and
    Smirnov, of a sample as far from its law as this one.
    """
    return [
        *_grain_rows(mesh, recipe),
        *_material_rows(mesh, recipe),
        *_network_rows(mesh),
        *_pore_rows(mesh, recipe),
        *_flaw_rows(mesh, recipe),
        *_contact_rows(mesh, recipe),
        *_mesh_rows(mesh),
    ]


def _grain_rows(mesh: TaggedMesh, recipe: Recipe | None) -> Iterator[Row]:
    samples = grain_size_samples(mesh, recipe)
    grains = sum(len(sample.values) for sample in samples)
    if grains:
        yield Row("grains", grains)
    layers = sum(not name.startswith(("grain", "particle")) for name in mesh.regions.name)
    if layers:
        yield Row("uniform layers", layers)
    for sample in samples:
        of = f" ({sample.label})" if sample.label else ""
        if of:
            yield Row(f"grains{of}", len(sample.values))
        mean = float(sample.values.mean())
        yield Row(f"mean grain diameter{of}", mean / MICROMETRE, "µm", _known(sample.mean / MICROMETRE))
        variation = float(sample.values.std() / mean)
        yield Row(f"coefficient of variation{of}", variation, "", _known(sample.variation), _test(sample))


def _material_rows(mesh: TaggedMesh, recipe: Recipe | None) -> Iterator[Row]:
    particles = sum(name.startswith("particle") for name in mesh.regions.name)
    if particles:
        yield Row("particles", particles)
    material = np.array(mesh.regions.material)
    roles = list(dict.fromkeys(mesh.regions.material))
    if len(roles) < 2:
        return
    total = mesh.regions.measure.sum()
    target = {} if recipe is None else _target_shares(recipe)
    for role in roles:
        share = 100.0 * float(mesh.regions.measure[material == role].sum() / total)
        yield Row(f"share of {role.replace('_', ' ')}", share, "%", target.get(role))


def _target_shares(recipe: Recipe) -> dict[str, float]:
    """Shares in per cent of the separator that second phases and particles are meant to take, by role."""
    found: dict[str, float] = {}
    for layer in recipe.layers:
        part = layer.thickness * layer.repeat / recipe.thickness
        phases = () if layer.polycrystal is None else layer.polycrystal.second_phases
        for role, fraction in [(phase.material, phase.fraction) for phase in phases] + [
            (bodies.material, bodies.fraction) for bodies in layer.inclusions if bodies.fraction is not None
        ]:
            found[role] = found.get(role, 0.0) + 100.0 * part * fraction
    for bodies in recipe.inclusions:
        if bodies.fraction is not None:
            found[bodies.material] = found.get(bodies.material, 0.0) + 100.0 * bodies.fraction
    return found


def _network_rows(mesh: TaggedMesh) -> Iterator[Row]:
    solid = mesh.dimension == 3
    for kind in BOUNDARIES:
        rows = mesh.surfaces.rows(kind)
        if len(rows):
            name = "grain boundaries" if kind is SurfaceKind.GRAIN_BOUNDARY else "phase boundaries"
            # a periodic side divides boundaries; their pieces lie between the same grains
            _, count = distinct_boundaries(mesh.regions, mesh.surfaces.regions[rows])
            yield Row(name, count, note=f"in {len(rows)} pieces" if mesh.periodic else "")
            areal = mesh.measured_in_space
            measure = float(mesh.surfaces.measure[rows].sum()) / (MICROMETRE**2 if areal else MICROMETRE)
            yield Row(f"{'area' if areal else 'length'} of {name}", measure, "µm²" if areal else "µm")
    lines = mesh.triple_lines
    if len(lines):
        yield Row("triple lines" if solid else "triple points", len(lines))
        if solid:
            yield Row("length of triple lines", float(lines.measure.sum()) / MICROMETRE, "µm")
            yield Row("junctions", len(mesh.junctions))
    for sample in misorientation_samples(mesh):
        label = f"mean misorientation ({sample.label})"
        yield Row(label, float(np.degrees(sample.values.mean())), "°")
        yield Row("that of random crystals", float(np.degrees(sample.mean)), "°", note=_test(sample))
    boundaries = mesh.surfaces.rows(*BOUNDARIES)
    for name in PROPERTIES:
        if len(boundaries) and name in mesh.surfaces.properties:
            scale, unit = _PROPERTY_UNITS[name]
            values = mesh.surfaces.properties[name][boundaries] / scale
            note = f"{values.min():.3g} to {values.max():.3g}" if np.ptp(values) > 0.0 else ""
            yield Row(f"{name.replace('_', ' ')} of boundaries, mean", float(values.mean()), unit, note=note)


def _pore_rows(mesh: TaggedMesh, recipe: Recipe | None) -> Iterator[Row]:
    kinds: list[tuple[Pores, float]] = []
    if recipe is not None:
        kinds = [(pores, 1.0) for pores in recipe.pores]
        kinds += [
            (pores, layer.thickness * layer.repeat / recipe.thickness)
            for layer in recipe.layers
            for pores in layer.pores
        ]
    if not mesh.pores and not kinds:
        return
    volume = (np.pi if mesh.dimension == 2 else 4.0 / 3.0 * np.pi) * np.array(
        [pore.radius**mesh.dimension for pore in mesh.pores]
    )
    place = np.array([pore.place for pore in mesh.pores])
    box = float(np.prod(np.ptp(mesh.points, axis=0)))
    wanted: dict[str, list[tuple[Pores, float]]] = {}
    for pores, part in kinds:
        wanted.setdefault(_PLACES[pores.place], []).append((pores, part))
    for where in dict.fromkeys([*place.tolist(), *wanted]):
        here = wanted.get(where, [])
        count = int((place == where).sum())
        counts = [pores.count for pores, _ in here]
        yield Row(f"pores, {where}", count, "", _sum_if_known(counts))
        fractions = [None if pores.fraction is None else 100.0 * part * pores.fraction for pores, part in here]
        share = 100.0 * float(volume[place == where].sum() / box) if count else 0.0
        yield Row(f"porosity, {where}", share, "%", _sum_if_known(fractions))
    if len(dict.fromkeys([*place.tolist(), *wanted])) > 1:
        yield Row("porosity", 100.0 * float(volume.sum() / box), "%")


def _flaw_rows(mesh: TaggedMesh, recipe: Recipe | None) -> Iterator[Row]:
    if mesh.flaws:
        yield Row("flaws", len(mesh.flaws))
    if len(mesh.flaws) > LISTED:
        deepest = max(mesh.flaws, key=lambda flaw: flaw.depth)
        yield Row(
            f"deepest flaw, '{deepest.name}'", deepest.depth / MICROMETRE, "µm", note=f"tip in {deepest.tip_region}"
        )
    sample = None if recipe is None else depth_sample(mesh, recipe)
    if sample is not None and recipe is not None and recipe.flaw_population is not None:
        population = recipe.flaw_population
        fitted = fitted_exponent(sample.values, population.depths.smallest_depth, population.largest_depth)
        count = population.count if population.depths.law == "power_law" else None
        yield Row("flaws of the population", len(sample.values), "", count)
        yield Row("exponent of their depths", fitted, "", sample.mean, _test(sample))
    if len(mesh.flaws) <= LISTED:
        # a flaw along grain boundaries ends where they let it
        asked = {} if recipe is None else {flaw.name: flaw.depth / MICROMETRE for flaw in recipe.flaws}
        for flaw in mesh.flaws:
            depth, note = flaw.depth / MICROMETRE, f"tip in {flaw.tip_region}"
            yield Row(f"depth of flaw '{flaw.name}'", depth, "µm", asked.get(flaw.name), note)
    if mesh.cracks:
        yield Row("cracks", len(mesh.cracks))


def _contact_rows(mesh: TaggedMesh, recipe: Recipe | None) -> Iterator[Row]:
    if not mesh.patches:
        return
    yield Row("unwetted patches", len(mesh.patches))
    bare = float(mesh.surfaces.measure[mesh.surfaces.rows(SurfaceKind.UNWETTED_PATCH)].sum())
    wetted = float(mesh.surfaces.measure[mesh.surfaces.rows(SurfaceKind.PLATING_ELECTRODE)].sum())
    target = None if recipe is None or recipe.unwetted_area is None else 100.0 * recipe.unwetted_area.fraction
    yield Row("unwetted share of the electrode", 100.0 * bare / (bare + wetted), "%", target)


def _mesh_rows(mesh: TaggedMesh) -> Iterator[Row]:
    solid = mesh.dimension == 3
    yield Row("tetrahedra" if solid else "triangles", len(mesh.cells))
    yield Row("mesh points", len(mesh.points))
    shapes = cell_shapes(mesh.points, mesh.cells)
    angle, ratio = np.degrees(shapes.smallest_angle), shapes.radius_ratio
    of = "dihedral angle" if solid else "angle"
    yield Row(f"smallest {of}", float(angle.min()), "°")
    yield Row(f"1 % of cells: {of} below", float(np.percentile(angle, 1)), "°")
    yield Row("worst radius ratio", float(ratio.min()))
    yield Row("1 % of cells: radius ratio below", float(np.percentile(ratio, 1)))
    if "mesh_algorithm" in mesh.statistics:
        yield Row("mesh algorithm", mesh.statistics["mesh_algorithm"])


def _test(sample: Sample) -> str:
    return "" if np.isnan(sample.p_value) else f"KS p = {sample.p_value:.2g}"


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _sum_if_known[Number: (int, float)](values: list[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if known and len(known) == len(values) else None
