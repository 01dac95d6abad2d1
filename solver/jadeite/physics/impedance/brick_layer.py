# SPDX-License-Identifier: LGPL-3.0-or-later
"""The brick-layer reading of a spectrum: equal cubes between boundaries that all lie across the current.

A sample of length L and grain size d has L/d boundaries in series (Beekmans and Heyne, Electrochim. Acta 21, 1976, 303;
van Dijk and Burggraaf, Phys. Status Solidi A 63, 1981, 229): with the arcs of grains and boundaries

    conductivity of the grains  L / R_g,     resistance of one boundary  R_gb d / L,     its capacitance  C_gb L / d

What a polycrystal really has is known here, so that the error of this reading can be told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.impedance.circuit import ArcName, Circuit

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BoundaryReading:
    """Properties of a polycrystal as an impedance experiment gives them, or as they are; None where not resolved.

    Attributes:
        grain_conductivity: S/m.
        boundary_resistance: of one boundary, ohm m^2.
        boundary_capacitance: of one boundary, F/m^2.
    """

    grain_conductivity: float | None
    boundary_resistance: float | None
    boundary_capacitance: float | None


def brick_layer_reading(circuit: Circuit, thickness: float, grain_size: float | None) -> BoundaryReading:
    """Read a fitted circuit.

    Args:
        circuit: of the whole sample, ohm m^2.
        thickness: L, m.
        grain_size: d, m, or None for a sample without boundaries.
    """
    grains, boundaries = (circuit.resistance_of(name) for name in (ArcName.GRAINS, ArcName.BOUNDARIES))
    capacitance = circuit.capacitance_of(ArcName.BOUNDARIES)
    resolved = boundaries > 0.0 and grain_size is not None
    return BoundaryReading(
        thickness / grains if grains > 0.0 else None,
        boundaries * grain_size / thickness if resolved and grain_size is not None else None,
        capacitance * thickness / grain_size
        if resolved and capacitance is not None and grain_size is not None
        else None,
    )


def true_values(tagged: TaggedMesh, conductivity: Array, resistance: Array, capacitance: Array) -> BoundaryReading:
    """Return what went into a microstructure, as means over volume and over the area of boundaries.

    Args:
        tagged: mesh with its tables.
        conductivity: of each region, shape (regions, d, d), S/m; a third (half) of the trace counts.
        resistance, capacitance: of each surface row, ohm m^2 and F/m^2.
    """
    rows = _resistive(tagged, resistance)
    mean = np.trace(conductivity, axis1=1, axis2=2) / conductivity.shape[1]
    area = tagged.surfaces.measure[rows]
    return BoundaryReading(
        float(np.average(mean, weights=tagged.regions.measure)),
        float(np.average(resistance[rows], weights=area)) if len(rows) else None,
        float(np.average(capacitance[rows], weights=area)) if len(rows) else None,
    )


def mean_intercept(tagged: TaggedMesh, resistance: Array) -> float | None:
    """Return the mean distance between boundaries on a line through a sample, m; None without boundaries.

    On a plane section pi/2 times its area over the length of its boundaries, in space twice the volume over their area
    (Underwood 1970, Quantitative Stereology, ch. 2): what counting boundaries on a micrograph gives.
    """
    rows = _resistive(tagged, resistance)
    if not len(rows):
        return None
    volume, area = float(tagged.regions.measure.sum()), float(tagged.surfaces.measure[rows].sum())
    return (0.5 * np.pi if tagged.dimension == 2 and not tagged.axisymmetric else 2.0) * volume / area


def _resistive(tagged: TaggedMesh, resistance: Array) -> NDArray[np.int64]:
    rows = np.array(tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY), dtype=np.int64)
    return rows[resistance[rows] > 0.0]
