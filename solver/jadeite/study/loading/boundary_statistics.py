# SPDX-License-Identifier: LGPL-3.0-or-later
"""Statistics of tractions and grain stresses by class of misorientation, as tables.

Facets are weighted with their measure, so that a class says what a point taken at random on its boundaries feels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.tractions import INTERNAL
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.summary import Column, ResultTable
from jadeite.study.loading.stresses import StressReading

Array = NDArray[np.float64]

#: Bounds of the classes of misorientation, degrees; low-angle boundaries by themselves.
CLASSES = (0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0, 180.0)
#: Phase boundaries have no misorientation: a class of their own, behind the others.
_PHASES = len(CLASSES) - 1
_QUANTILES = (0.05, 0.5, 0.95)
#: Boundaries that the report lists.
_LISTED = 40


def boundary_table(tagged: TaggedMesh, reading: StressReading) -> ResultTable | None:
    """Return the mean tractions on each boundary, those under the largest tension first; None without boundaries."""
    rows = tagged.surfaces.rows(*INTERNAL)
    rows = rows[np.isfinite(reading.tractions.normal[rows])]
    if not len(rows):
        return None
    rows = rows[np.argsort(-reading.tractions.normal[rows], kind="stable")]
    found, surfaces = reading.tractions, tagged.surfaces
    solid = tagged.measured_in_space
    columns = (
        Column("misorientation", "misorientation", "rad"),
        Column("measure", "area" if solid else "length", "m^2" if solid else "m"),
        Column("normal", "mean normal traction", "Pa"),
        Column("shear", "mean shear traction", "Pa"),
        Column("largest_normal", "largest normal traction", "Pa"),
    )
    values = np.column_stack(
        [surfaces.misorientation, surfaces.measure, found.normal, found.shear, found.largest_normal]
    )[rows]
    return ResultTable(
        "boundary_tractions",
        "Tractions on boundaries",
        columns,
        tuple(tuple(None if np.isnan(value) else float(value) for value in row) for row in values),
        listed=len(rows) <= _LISTED,
        row_labels=tuple(surfaces.name[row] for row in rows),
    )


def class_table(tagged: TaggedMesh, reading: StressReading) -> ResultTable | None:
    """Return the distribution of tractions in each class of misorientation; None without boundaries."""
    if not len(reading.all_facets):
        return None
    surface, measure, normal, shear = reading.all_facets.T
    of_surface = _classes(tagged)
    kind = of_surface[surface.astype(np.int64)]
    columns = (
        Column("boundaries", "boundaries"),
        Column("share", "share of all boundaries"),
        Column("mean", "mean normal traction", "Pa"),
        Column("spread", "standard deviation", "Pa"),
        *(Column(f"quantile_{share:g}", f"{share:.0%} below", "Pa") for share in _QUANTILES),
        Column("shear", "mean shear traction", "Pa"),
        Column("from", "from", "rad"),
        Column("to", "to", "rad"),
    )
    rows, labels = [], []
    for number in np.unique(kind).tolist():
        own = kind == number
        weight = measure[own]
        mean = float(np.average(normal[own], weights=weight))
        bounds = (None, None) if number == _PHASES else tuple(np.radians(CLASSES[number : number + 2]).tolist())
        rows.append(
            (
                float(len(np.unique(surface[own]))),
                float(weight.sum() / measure.sum()),
                mean,
                float(np.sqrt(np.average((normal[own] - mean) ** 2, weights=weight))),
                *(weighted_quantile(normal[own], weight, share) for share in _QUANTILES),
                float(np.average(shear[own], weights=weight)),
                *bounds,
            )
        )
        labels.append(_label(number))
    return ResultTable(
        "tractions_by_misorientation",
        "Tractions by misorientation",
        columns,
        tuple(rows),
        row_labels=tuple(labels),
    )


def grain_table(tagged: TaggedMesh, reading: StressReading) -> ResultTable:
    """Return the mean stress of each region, with the misorientation of the boundaries around it."""
    surfaces, regions = tagged.surfaces, tagged.regions
    rows = surfaces.rows(*INTERNAL)
    rows = rows[np.isfinite(surfaces.misorientation[rows])]
    weight, angle = np.zeros((2, len(regions)))
    for side in (0, 1):
        own = surfaces.regions[rows, side]
        np.add.at(weight, own, surfaces.measure[rows])
        np.add.at(angle, own, surfaces.measure[rows] * surfaces.misorientation[rows])
    around = np.divide(angle, weight, out=np.full(len(regions), np.nan), where=weight > 0.0)
    solid = tagged.measured_in_space
    columns = (
        Column("volume", "volume" if solid else "area", "m^3" if solid else "m^2"),
        Column("misorientation", "mean misorientation of its boundaries", "rad"),
        Column("hydrostatic", "mean hydrostatic stress", "Pa"),
        Column("von_mises", "mean von Mises stress", "Pa"),
    )
    values = np.column_stack([regions.measure, around, reading.grain_hydrostatic, reading.grain_von_mises])
    return ResultTable(
        "grain_stress",
        "Stress of grains",
        columns,
        tuple(tuple(None if np.isnan(value) else float(value) for value in row) for row in values),
        listed=len(regions) <= _LISTED,
        row_labels=regions.name,
    )


def grain_class_table(tagged: TaggedMesh, reading: StressReading) -> ResultTable | None:
    """Return the stress of grains by the class of the misorientation around them; None without grain boundaries."""
    grains = grain_table(tagged, reading)
    angle = grains.values("misorientation")
    there = np.isfinite(angle)
    if not there.any():
        return None
    volume, hydrostatic, von_mises = (grains.values(name)[there] for name in ("volume", "hydrostatic", "von_mises"))
    kind = _class_of(angle[there])
    columns = (
        Column("grains", "grains"),
        Column("hydrostatic", "mean hydrostatic stress", "Pa"),
        Column("spread", "standard deviation between grains", "Pa"),
        Column("von_mises", "mean von Mises stress", "Pa"),
    )
    rows, labels = [], []
    for number in np.unique(kind).tolist():
        own = kind == number
        mean = float(np.average(hydrostatic[own], weights=volume[own]))
        spread = float(np.sqrt(np.average((hydrostatic[own] - mean) ** 2, weights=volume[own])))
        rows.append((float(own.sum()), mean, spread, float(np.average(von_mises[own], weights=volume[own]))))
        labels.append(_label(number))
    return ResultTable(
        "grain_stress_by_misorientation",
        "Stress of grains by the mean misorientation of their boundaries",
        columns,
        tuple(rows),
        row_labels=tuple(labels),
    )


def weighted_quantile(values: Array, weights: Array, share: float) -> float:
    """Return the value below which a share of the weight lies."""
    order = np.argsort(values)
    below = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(below, share)), len(values) - 1)])


def _classes(tagged: TaggedMesh) -> NDArray[np.int64]:
    """Class of each surface row."""
    return _class_of(tagged.surfaces.misorientation)


def _class_of(angle: Array) -> NDArray[np.int64]:
    inside = np.clip(np.searchsorted(np.radians(CLASSES), np.nan_to_num(angle), side="right") - 1, 0, _PHASES - 1)
    return np.where(np.isnan(angle), _PHASES, inside)


def _label(number: int) -> str:
    return "phase boundaries" if number == _PHASES else f"{CLASSES[number]:g}° to {CLASSES[number + 1]:g}°"
