# SPDX-License-Identifier: LGPL-3.0-or-later
"""One value of each property for every grain and phase boundary, from the rules of a recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.tagged_mesh import RegionTable, SurfaceKind, TaggedMesh

if TYPE_CHECKING:
    from jadeite.case.microstructure import BoundaryProperties

Array = NDArray[np.float64]

# property of the recipe and its SI unit, in the order in which their streams of random numbers are numbered
PROPERTIES = {
    "area_specific_resistance": "ohm m^2",
    "fracture_toughness": "Pa m^0.5",
    "energy": "J m^-2",
    "exchange_current_density": "A m^-2",
    "electronic_conductivity": "S m^-1",
}
# keeps these draws apart from those of grains, pores and flaws of the same seed
_STREAM = 7001


def attach_properties(mesh: TaggedMesh, rules: BoundaryProperties, seed: int) -> TaggedMesh:
    """A mesh whose boundaries have the properties that rules give them; the network must be attached before.

    `mesh.surfaces.properties` gets one row of values in SI for each rule, NaN where a surface is no grain or phase
    boundary. Phase boundaries have no misorientation and count as high-angle. Pieces of one boundary, which a periodic
    side has divided, draw the same value. Equal seeds give equal draws, each property its own.
    """
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    boundary, count = distinct_boundaries(mesh.regions, mesh.surfaces.regions[rows])
    properties = dict(mesh.surfaces.properties)
    for number, name in enumerate(PROPERTIES):
        rule = getattr(rules, name)
        if rule is None:
            continue
        generator = np.random.default_rng(np.random.SeedSequence((seed, _STREAM, number)))
        values = np.full(len(mesh.surfaces), np.nan)
        values[rows] = _values(rule, mesh.surfaces.misorientation[rows], boundary, count, generator)
        properties[name] = values
    return replace(mesh, surfaces=replace(mesh.surfaces, properties=properties))


def share_of_high_angle(misorientation: Array, transition_angle: float) -> Array:
    """Share (n,) of its high-angle value that a property of a boundary reaches at misorientations in rad.

    f = (a/a_t)(1 - ln(a/a_t)) below the transition angle a_t and 1 above it, the shape of the energy of a wall of
    dislocations (Read and Shockley, Phys. Rev. 78, 1950, 275, eq. 5); 1 where there is no misorientation (NaN).
    """
    ratio = np.clip(np.nan_to_num(misorientation / transition_angle, nan=1.0), 1e-300, 1.0)
    share: Array = ratio * (1.0 - np.log(ratio))
    return share


def _values(
    rule: Any, misorientation: Array, boundary: NDArray[np.int64], count: int, generator: np.random.Generator
) -> Array:
    """Values (n,) of a rule; `boundary` (n,) tells which of `count` distinct boundaries each row is a piece of."""
    if rule.law == "constant":
        return np.full(len(misorientation), rule.value)
    if rule.law == "misorientation":
        share = share_of_high_angle(misorientation, rule.transition_angle)
        return np.asarray(rule.high_angle * (rule.low_angle_ratio + (1.0 - rule.low_angle_ratio) * share))
    if rule.law == "table":
        angle = np.nan_to_num(misorientation, nan=np.inf)
        return np.interp(angle, rule.angles, rule.values)
    # a lognormal variable of mean m and variation v is m exp(s g - s^2/2) with s^2 = ln(1 + v^2) and g normal
    width = np.sqrt(np.log1p(rule.coefficient_of_variation**2))
    drawn = rule.mean * np.exp(width * generator.standard_normal(count) - 0.5 * width**2)
    return np.asarray(drawn[boundary])


def distinct_boundaries(regions: RegionTable, pairs: NDArray[np.int32]) -> tuple[NDArray[np.int64], int]:
    """The number of the boundary that each pair of regions (n, 2) is a piece of, and how many there are."""
    grains = np.sort(regions.grain[pairs].reshape(-1, 2), axis=1)
    found, number = np.unique(grains, axis=0, return_inverse=True)
    return number.ravel(), len(found)
