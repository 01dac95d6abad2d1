# SPDX-License-Identifier: LGPL-3.0-or-later
"""From measured quantities to the tables of a summary: flaws, criteria, resistance, boundaries, balance, materials."""

from __future__ import annotations

import math

import numpy as np

from jadeite.failure.criteria import get_criterion
from jadeite.failure.front import FrontIntensity
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.output.summary import (
    BoundaryShare,
    Conservation,
    CriterionResult,
    CurrentFocusing,
    FlawResult,
    FrontPoint,
    MaterialProperty,
    ResistanceBreakdown,
    ResistanceShare,
)
from jadeite.physics.conduction_state import ConductionResult
from jadeite.study.cell.measured import Measured, deciding_result


def flaw_results(measured: Measured) -> list[FlawResult]:
    """Return the table of flaws."""
    return [
        FlawResult(
            name=reading.flaw.name,
            depth=reading.flaw.depth,
            mouth_width=reading.flaw.mouth_width,
            region=reading.flaw.tip_region,
            fracture_toughness=reading.state.fracture_toughness,
            mode_one=None if reading.intensity is None else reading.intensity.mode_one,
            mode_two=None if reading.intensity is None else reading.intensity.mode_two,
            mode_three=None if reading.intensity is None else reading.intensity.mode_three,
            residual_mode_one=None if reading.residual is None else reading.residual.mode_one,
            largest_pressure=reading.largest_pressure,
            largest_overpotential=reading.largest_overpotential,
            largest_current_density=reading.largest_current_density,
            collected_current=reading.collected_current,
            front=_front_points(reading.front),
        )
        for reading in measured.flaws
    ]


def _front_points(front: FrontIntensity | None) -> tuple[FrontPoint, ...]:
    """The factors along a front in space; nothing for a tip in the plane, which has one point."""
    if front is None or len(front.distance) < 2:
        return ()
    rows = np.column_stack([front.distance, front.modes])
    return tuple(FrontPoint(*row) for row in rows.tolist())


def criterion_results(measured: Measured) -> list[CriterionResult]:
    """Return the panel: every flaw and criterion with margin, critical current and mechanism."""
    decided = deciding_result(measured)
    rows = []
    for reading in measured.flaws:
        for name, state in reading.criteria.items():
            found = measured.critical.get((reading.flaw.name, name))
            detail = {"driving": state.driving, "resistance": state.resistance}
            rows.append(
                CriterionResult(
                    flaw=reading.flaw.name,
                    criterion=name,
                    mechanism=f"{state.mechanism} ({state.detail})",
                    # JSON knows no infinity: a flaw that nothing drives has a margin too large to matter
                    margin=min(state.margin, 1e9),
                    critical_current_density=None if found is None else found.current_density,
                    detail=detail,
                    deciding=decided is not None and decided[0] == (reading.flaw.name, name),
                    label=get_criterion(name).title,
                )
            )
    return rows


def resistance_breakdown(measured: Measured) -> ResistanceBreakdown:
    """Return the resistance table."""
    parts = measured.resistance
    return ResistanceBreakdown(parts.total, tuple(ResistanceShare(part.label, part.value) for part in parts.parts))


def boundary_shares(measured: Measured, tagged: TaggedMesh) -> list[BoundaryShare]:
    """Return what each boundary costs that resists current across or along it, the dearest first."""
    total = measured.result.voltage * measured.result.current_out
    rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    rows = rows[(measured.boundaries.resistance[rows] > 0.0) | (measured.boundaries.dissipation[rows] > 0.0)]
    order = rows[np.argsort(-measured.boundaries.dissipation[rows], kind="stable")]
    shares = []
    for row in order:
        angle = float(tagged.surfaces.misorientation[row])
        shares.append(
            BoundaryShare(
                name=tagged.surfaces.name[row],
                share=float(measured.boundaries.dissipation[row] / total),
                misorientation=None if math.isnan(angle) else angle,
                resistance=float(measured.boundaries.resistance[row]),
                current=float(measured.boundaries.current[row]),
            )
        )
    return shares


def conservation(result: ConductionResult) -> Conservation:
    """Return how well current and power balance."""
    spent = result.bulk_power + result.boundary_power + sum(result.interface_power)
    external = result.voltage * result.current_out
    return Conservation(
        current_in=result.current_in,
        current_out=result.current_out,
        relative_difference=abs(result.current_in - result.current_out) / abs(result.current_out),
        power_external=external,
        power_dissipated=spent,
        relative_power_difference=abs(spent - external) / abs(external),
    )


def focusing_record(measured: Measured, distance: float) -> CurrentFocusing:
    """Return the focusing as the summary keeps it."""
    found = measured.focusing
    return CurrentFocusing(found.factor, distance, found.place, found.near)


def material_properties(materials: ResolvedMaterials) -> list[MaterialProperty]:
    """Return every property that was used, one row per component."""
    return [
        MaterialProperty(
            role=used.role,
            material=used.material,
            property=used.property if len(used.value) == 1 else f"{used.property} [{number + 1}]",
            value=value,
            unit=used.unit,
            source=used.source,
            confidence=used.confidence,
            overridden=used.overridden,
        )
        for used in materials.used
        for number, value in enumerate(used.value)
    ]
