# SPDX-License-Identifier: LGPL-3.0-or-later
"""From measured quantities to the summary of a run: headline figures, tables, the answer in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jadeite.case.headlines import OF_FLAW
from jadeite.case.schema import Case
from jadeite.failure.criteria import get_criterion
from jadeite.failure.critical_current import CriticalCurrent
from jadeite.failure.focusing import Focusing
from jadeite.failure.front import FrontIntensity
from jadeite.failure.panel import FlawReading
from jadeite.failure.probes import BoundaryReading
from jadeite.failure.resistance import AreaSpecificResistance
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.output.display import number, quantity
from jadeite.output.summary import (
    BoundaryShare,
    Conservation,
    CriterionResult,
    CurrentFocusing,
    FlawResult,
    FrontPoint,
    Headline,
    MaterialProperty,
    ResistanceBreakdown,
    ResistanceShare,
)
from jadeite.physics.conduction import ConductionResult

Found = Mapping[tuple[str, str], CriticalCurrent]

#: Criteria that may decide the critical current density of the cell, in order of preference: the coupled solution, or
#: without mechanics the closed form for an edge flaw with interface and ohmic overpotential.
DECIDING = ("coupled_fracture", "combined_griffith")

#: A balance that misses by more than this is said in the warnings.
BALANCE_LIMIT = 1e-8


@dataclass(frozen=True)
class Measured:
    """Everything measured on the solved cell at the applied current.

    Attributes:
        area: of an electrode, m^2 (in the plane: its width in m, per metre of depth).
        result: scalars of the electrical state.
        resistance: parts of the area-specific resistance.
        effective_conductivity: of the ceramic as a whole, S/m.
        focusing: where the current crowds most.
        flaws: state of every flaw.
        boundaries: loss and current of every boundary.
        critical: result of the critical current search by flaw and criterion; empty without a search.
        largest_principal_stress: Pa, or None without mechanics.
    """

    area: float
    result: ConductionResult
    resistance: AreaSpecificResistance
    effective_conductivity: float
    focusing: Focusing
    flaws: Sequence[FlawReading]
    boundaries: BoundaryReading
    critical: Found
    largest_principal_stress: float | None

    @property
    def current_density(self) -> float:
        """Applied current density, A/m^2."""
        return self.result.current_out / self.area


def deciding_criterion(flaws: Sequence[FlawReading]) -> str | None:
    """Return the criterion that decides: the first of `DECIDING` that was evaluated, else the first of the case's list.

    The coupled solution has the last word, because it alone knows residual stress, neighbouring flaws and how sodium
    behaves in them; where it finds no initiation, no closed form may claim one.
    """
    evaluated = list(dict.fromkeys(name for reading in flaws for name in reading.criteria))
    return next((name for name in (*DECIDING, *evaluated) if name in evaluated), None)


def deciding_result(measured: Measured) -> tuple[tuple[str, str], CriticalCurrent] | None:
    """Return flaw, criterion and critical current that decide the cell's, or None when none was found."""
    return _lowest(measured, lambda name: name == deciding_criterion(measured.flaws))


def _lowest(measured: Measured, wanted: Callable[[str], bool]) -> tuple[tuple[str, str], CriticalCurrent] | None:
    """Return flaw, criterion and value of the lowest critical current density that a wanted criterion gives."""
    found = {
        key: value for key, value in measured.critical.items() if wanted(key[1]) and value.current_density is not None
    }
    return min(found.items(), key=lambda item: item[1].current_density or 0.0, default=None)


def headlines(case: Case, measured: Measured) -> list[Headline]:
    """Return the figures the run is judged by."""
    distance = quantity(case.failure.focusing_distance, "m")
    result = [
        Headline(
            "applied_current_density",
            "Applied current density",
            measured.current_density,
            "A m^-2",
            "total current over cross-section",
        ),
        Headline(
            "cell_voltage",
            "Cell voltage",
            measured.result.voltage,
            "V",
            "potential of the stripping electrode against the plating electrode",
        ),
        Headline(
            "area_specific_resistance",
            "Area-specific resistance",
            measured.resistance.total,
            "ohm m^2",
            "cell voltage over applied current density",
        ),
        Headline(
            "effective_conductivity",
            "Effective conductivity of the ceramic",
            measured.effective_conductivity,
            "S m^-1",
            "thickness over the resistance of grains and boundaries between ideal, fully wetted electrodes",
        ),
        Headline(
            "current_focusing",
            "Current focusing",
            measured.focusing.factor,
            "1",
            f"largest current density over the applied one, at least {distance} from flaw tips, mouths and patch ends",
        ),
    ]
    if measured.largest_principal_stress is not None:
        result.append(
            Headline(
                "largest_principal_stress",
                "Largest principal stress",
                measured.largest_principal_stress,
                "Pa",
                f"largest tensile cell mean at least {distance} from flaw tips, flaw mouths and patch ends",
            )
        )
    if measured.flaws:
        result.append(
            Headline(
                "largest_sodium_pressure",
                "Largest sodium pressure in a flaw",
                max(reading.largest_pressure for reading in measured.flaws),
                "Pa",
                "pressure that deposition builds up until plating into the flaw stops",
            )
        )
    decided = deciding_result(measured)
    if decided is not None:
        (flaw, criterion), found = decided
        assert found.current_density is not None
        spread = _intensity_uncertainty(measured, flaw) if criterion == "coupled_fracture" else 0.0
        result.append(
            Headline(
                "critical_current_density",
                "Critical current density",
                found.current_density,
                "A m^-2",
                f"smallest current at which a flaw (here {flaw}) meets the criterion '{_title(criterion)}', by solving",
                uncertainty=max(found.uncertainty, spread * found.current_density),
            )
        )
        for (name, kind), value in measured.critical.items():
            if kind == criterion and value.current_density is not None:
                result.append(
                    Headline(
                        f"{OF_FLAW}{name}",
                        f"Critical current density of flaw {name}",
                        value.current_density,
                        "A m^-2",
                        f"current density at which flaw {name} meets the criterion '{_title(kind)}'",
                        uncertainty=value.uncertainty,
                    )
                )
    return result


def answer(measured: Measured, case: Case) -> str:
    """Return the result in one sentence or two."""
    applied = quantity(measured.current_density, "A m^-2")
    if not measured.flaws:
        asr = quantity(measured.resistance.total, "ohm m^2")
        voltage = quantity(measured.result.voltage, "V")
        return f"At {applied} the cell needs {voltage}: an area-specific resistance of {asr}."
    criterion = deciding_criterion(measured.flaws)
    if criterion is None:
        return (
            f"At {applied} no initiation criterion was evaluated: nothing is said about when a flaw starts a dendrite."
        )
    if not case.failure.critical_current.search:
        return _nearest_flaw(measured, criterion, applied)
    decided = deciding_result(measured)
    if decided is None:
        largest = max(measured.current_density, case.failure.critical_current.maximum)
        return _nothing_starts(measured, criterion, largest)
    (flaw, _), found = decided
    assert found.current_density is not None
    if found.current_density == 0.0:
        return f"Flaw '{flaw}' is unstable without any current: residual stress alone reaches the fracture toughness."
    mechanism = next(r.criteria[criterion].mechanism for r in measured.flaws if r.flaw.name == flaw)
    critical = quantity(found.current_density, "A m^-2")
    factor = found.current_density / measured.current_density
    verdict = (
        f"the applied {applied} is {number(factor, 2)} times below that"
        if factor > 1
        else f"the applied {applied} is above it, so the cell is expected to fail there"
    )
    return f"Flaw '{flaw}' starts a sodium dendrite first, at {critical} ({mechanism}); {verdict}."


def _nearest_flaw(measured: Measured, criterion: str, applied: str) -> str:
    margins = {r.flaw.name: r.criteria[criterion].margin for r in measured.flaws if criterion in r.criteria}
    flaw = min(margins, key=lambda name: margins[name])
    if math.isinf(margins[flaw]):
        return (
            f"At {applied} nothing drives any flaw towards a sodium dendrite, by the criterion '{_title(criterion)}'. "
            "The critical current density was not searched."
        )
    return (
        f"At {applied} flaw '{flaw}' is the nearest to starting a sodium dendrite: it bears {number(margins[flaw], 2)} "
        f"times what drives it, by the criterion '{_title(criterion)}'. The critical current density was not searched."
    )


def _nothing_starts(measured: Measured, criterion: str, largest: float) -> str:
    said = (
        f"No flaw starts a sodium dendrite at any current density up to {quantity(largest, 'A m^-2')}, "
        f"by the criterion '{_title(criterion)}'"
    )
    other = _lowest(measured, lambda name: name != criterion)
    if other is None:
        return f"{said}."
    (flaw, name), found = other
    assert found.current_density is not None
    return (
        f"{said}; the lowest limit of any other criterion is {quantity(found.current_density, 'A m^-2')} "
        f"('{_title(name)}', flaw '{flaw}')."
    )


def _title(criterion: str) -> str:
    return get_criterion(criterion).title


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
                    label=_title(name),
                )
            )
    return rows


def resistance_breakdown(measured: Measured) -> ResistanceBreakdown:
    """Return the resistance table."""
    parts = measured.resistance
    return ResistanceBreakdown(
        parts.total,
        (
            ResistanceShare("grains (bulk)", parts.bulk),
            ResistanceShare("grain boundaries", parts.grain_boundaries),
            ResistanceShare("plating interface", parts.plating_interface),
            ResistanceShare("stripping interface", parts.stripping_interface),
            ResistanceShare("constriction", parts.constriction),
        ),
    )


def boundary_shares(measured: Measured, tagged: TaggedMesh) -> list[BoundaryShare]:
    """Return what each resistive boundary costs, the dearest first."""
    total = measured.result.voltage * measured.result.current_out
    rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    rows = rows[measured.boundaries.resistance[rows] > 0.0]
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


def warnings(case: Case, measured: Measured, materials: ResolvedMaterials) -> list[str]:
    """Return what a reader has to know before trusting the figures."""
    found = []
    balance = conservation(measured.result)
    if balance.relative_difference > BALANCE_LIMIT:
        found.append(f"current in and out differ by {balance.relative_difference:.1e}; tighten solver.tolerance")
    if balance.relative_power_difference > BALANCE_LIMIT:
        found.append(
            f"power in and dissipated differ by {balance.relative_power_difference:.1e}; tighten solver.tolerance"
        )
    for reading in measured.flaws:
        solid = len(reading.flaw.tip) == 3
        read_from, tip = (
            ("the part of the walls it is read from", "front") if solid else ("the domain of integration", "tip")
        )
        if reading.intensity is not None:
            scale = max(abs(reading.intensity.mode_one), 0.05 * reading.state.fracture_toughness)
            if reading.intensity.domain_spread > 0.03 * scale:
                found.append(
                    f"flaw {reading.flaw.name}: the stress intensity factor depends on {read_from} by "
                    f"{reading.intensity.domain_spread / scale:.0%}; refine the mesh at its {tip} (mesh.tip_size)"
                )
            if reading.intensity.mode_one < 0.0:
                found.append(
                    f"flaw {reading.flaw.name}: compressive residual stress closes it at the applied current "
                    "(contact of its walls is not modelled)"
                )
    low = sorted({f"{used.property} of {used.material}" for used in materials.low_confidence})
    if low:
        found.append("inputs of low confidence: " + ", ".join(low))
    if not case.failure.critical_current.search and measured.flaws:
        found.append("the critical current density was not searched (failure.critical_current.search is false)")
    return found


def _intensity_uncertainty(measured: Measured, flaw: str) -> float:
    """Relative uncertainty of a flaw's stress intensity factor from its dependence on the domain of integration."""
    reading = next(r for r in measured.flaws if r.flaw.name == flaw)
    if reading.intensity is None or reading.intensity.mode_one <= 0.0:
        return 0.0
    return reading.intensity.domain_spread / reading.intensity.mode_one
