# SPDX-License-Identifier: LGPL-3.0-or-later
"""The layers of a solid recipe: grains grown where they are asked for, uniform slabs elsewhere, and their regions.

Polycrystalline layers that touch each other grow in one tessellation, so that grains decide the shape of the interface.
Grains are numbered over the whole stack. A periodic side cuts a grain into pieces; each is a region of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.microstructure.orientation import from_bunge_euler
from jadeite.microstructure.orientation_draws import draw_orientations
from jadeite.microstructure.plane.grains import Slab, slabs
from jadeite.microstructure.solid.complex_stack import Stratum
from jadeite.microstructure.tagged_mesh import RegionTable
from jadeite.microstructure.tessellation.tessellate import GrainLayer, Tessellation, tessellate

if TYPE_CHECKING:
    from jadeite.case.microstructure import Polycrystal, Recipe, SecondPhase

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Statistics = dict[str, float | int | str]


@dataclass(frozen=True, eq=False)
class Strata:
    """Strata from the plating electrode upwards, the region of each of their cells, and what is known of the grains.

    `layer` (r,) is the row of the recipe's layer that each region belongs to. The measures of `regions` are not known
    yet and are zero.
    """

    strata: tuple[Stratum, ...]
    regions: RegionTable
    layer: Index
    size: float
    statistics: Statistics


@dataclass(frozen=True, eq=False)
class _Part:
    """Regions of one stratum, in the order of its cells; `grain` counts from zero within the part."""

    name: list[str]
    material: list[str]
    orientation: Array
    grain: Index
    crystal_symmetry: list[str]
    layer: Index


def grow_strata(
    recipe: Recipe,
    generator: np.random.Generator,
    orientation_generator: np.random.Generator,
    keep_clear: ArrayLike,
    clearance: float,
) -> Strata:
    """Grow the grains and lay the slabs of a recipe in three dimensions.

    Grain boundaries keep `clearance`, in mean grain diameters, from the points `keep_clear` (k, 3) in m. Raises
    TessellationError when the sizes cannot be reached.
    """
    stack = slabs(recipe.layers)
    uniform = sum(slab.layer.polycrystal is None for slab in stack)
    alone = len(stack) - uniform == 1
    points = np.asarray(keep_clear, dtype=float).reshape(-1, 3)
    periodic = tuple("xyz".index(axis) for axis in recipe.periodic)
    strata: list[Stratum] = []
    parts: list[_Part] = []
    statistics: Statistics = {}
    grains = regions = 0
    for is_grown, members in groupby(stack, key=lambda slab: slab.layer.polycrystal is not None):
        group = list(members)
        if is_grown:
            bottom, top = group[0].low, group[-1].high
            inside = points[(points[:, 1] > bottom) & (points[:, 1] < top)] - np.array([0.0, bottom, 0.0])
            grown = [GrainLayer(slab.low - bottom, slab.high - bottom, _polycrystal(slab)) for slab in group]
            tessellation = tessellate(
                (recipe.box[0], top - bottom, recipe.box[2]),
                grown,
                generator,
                periodic=periodic,
                keep_clear=inside,
                clearance=clearance * min(layer.polycrystal.grain_size.mean for layer in grown),
            )
            parts.append(_grains(tessellation, group, grains, orientation_generator))
            statistics |= _grain_statistics(tessellation, group, alone)
            grains += len(tessellation.seeds)
            count = len(parts[-1].name)
            strata.append(Stratum(bottom, top, np.arange(regions, regions + count, dtype=np.int32), tessellation))
            regions += count
            continue
        for slab in group:
            strata.append(Stratum(slab.low, slab.high, np.array([regions], dtype=np.int32)))
            parts.append(_uniform(slab))
            regions += 1
    if grains:
        statistics["grains"] = grains
    if uniform:
        statistics["layers"] = uniform
    means = [slab.layer.polycrystal.grain_size.mean for slab in stack if slab.layer.polycrystal is not None]
    size = min(means) if means else min(slab.high - slab.low for slab in stack)
    table, layer_row = _table(parts)
    return Strata(tuple(strata), table, layer_row, size, statistics)


def _polycrystal(slab: Slab) -> Polycrystal:
    assert slab.layer.polycrystal is not None
    return slab.layer.polycrystal


def _uniform(slab: Slab) -> _Part:
    """The one region of a uniform layer."""
    orientation = np.asarray(from_bunge_euler(slab.layer.euler_angles)).reshape(1, 4)
    return _Part([slab.name], [slab.layer.material], orientation, np.array([0]), ["triclinic"], np.array([slab.row]))


def _grains(tessellation: Tessellation, group: Sequence[Slab], first: int, generator: np.random.Generator) -> _Part:
    """Regions of a tessellation; grain numbers of names continue after `first`."""
    phase, layer = tessellation.grain_phase, tessellation.grain_layer
    orientation = np.empty((len(phase), 4))
    material, symmetry = np.empty(len(phase), dtype=object), np.empty(len(phase), dtype=object)
    for number, slab in enumerate(group):
        polycrystal = _polycrystal(slab)
        kinds: list[Polycrystal | SecondPhase] = [polycrystal, *polycrystal.second_phases]
        for kind, part in enumerate(kinds):
            members = (layer == number) & (phase == kind)
            orientation[members] = draw_orientations(part.orientation, int(members.sum()), generator)
            material[members], symmetry[members] = part.material, part.crystal_symmetry
    grain = tessellation.cell_grain
    # the piece around the seed bears the name alone
    order = np.lexsort((np.abs(tessellation.cell_shift).sum(axis=1), grain))
    piece = np.empty(len(grain), dtype=np.int64)
    piece[order] = np.arange(len(grain)) - np.searchsorted(grain[order], grain[order]) + 1
    names = [
        f"grain {first + g + 1}" + (f", piece {p}" if p > 1 else "")
        for g, p in zip(grain.tolist(), piece.tolist(), strict=True)
    ]
    return _Part(
        names,
        material[grain].tolist(),
        orientation[grain],
        np.asarray(grain, dtype=np.int64),
        symmetry[grain].tolist(),
        np.array([slab.row for slab in group])[layer[grain]],
    )


def _table(parts: Sequence[_Part]) -> tuple[RegionTable, Index]:
    grain, first = [], 0
    for part in parts:
        grain.append(part.grain + first)
        first += int(part.grain.max()) + 1
    names = tuple(name for part in parts for name in part.name)
    table = RegionTable(
        names,
        tuple(material for part in parts for material in part.material),
        np.concatenate([part.orientation for part in parts]),
        np.zeros(len(names)),
        np.concatenate(grain).astype(np.int32),
        tuple(symmetry for part in parts for symmetry in part.crystal_symmetry),
    )
    return table, np.concatenate([part.layer for part in parts])


def _grain_statistics(tessellation: Tessellation, group: Sequence[Slab], alone: bool) -> Statistics:
    """Target and achieved sizes of each layer of grains; it is named unless it is the only one."""
    found: Statistics = {}
    volume = tessellation.grain_measures()
    for number, slab in enumerate(group):
        polycrystal = _polycrystal(slab)
        of = "" if alone else f" of {slab.name}"
        members = tessellation.grain_layer == number
        diameter = _diameters(tessellation, polycrystal)[members & (tessellation.grain_phase == 0)]
        found |= {
            f"target_mean_diameter{of}": polycrystal.grain_size.mean,
            f"target_coefficient_of_variation{of}": _target_variation(polycrystal),
            f"mean_diameter{of}": float(diameter.mean()),
            f"coefficient_of_variation{of}": float(diameter.std() / diameter.mean()),
            "crystal_symmetry": polycrystal.crystal_symmetry,
        }
        for kind, phase in enumerate(polycrystal.second_phases, start=1):
            share = volume[members & (tessellation.grain_phase == kind)].sum() / volume[members].sum()
            found[f"target_fraction_of_{phase.material}{of}"] = phase.fraction
            found[f"fraction_of_{phase.material}{of}"] = float(share)
    return found


def _diameters(tessellation: Tessellation, polycrystal: Polycrystal) -> Array:
    """Equivalent diameters of spheres; of columns, of the circles of their cross-sections."""
    if polycrystal.shape.law != "columnar":
        return tessellation.diameters()
    length = tessellation.box["xyz".index(polycrystal.shape.direction)]
    return np.asarray(np.sqrt(4 / np.pi * tessellation.grain_measures() / length))


def _target_variation(polycrystal: Polycrystal) -> float:
    """Standard deviation over mean of the size law."""
    size = polycrystal.grain_size
    if size.law == "lognormal":
        return size.coefficient_of_variation
    total = sum(mode.share for mode in size.modes)
    square = sum(mode.share * mode.mean**2 * (1 + mode.coefficient_of_variation**2) for mode in size.modes) / total
    return float(np.sqrt(square / size.mean**2 - 1))
