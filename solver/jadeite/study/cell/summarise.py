# SPDX-License-Identifier: LGPL-3.0-or-later
"""From measured quantities to what a reader sees first: headline figures, the answer in a sentence, warnings."""

from __future__ import annotations

import math

from jadeite.case.headlines import OF_FLAW
from jadeite.case.schema import Case
from jadeite.failure.criteria import get_criterion
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.output.display import number, quantity
from jadeite.output.summary import Headline
from jadeite.study.cell.measured import Measured, deciding_criterion, deciding_result, lowest
from jadeite.study.tables import conservation

#: A balance that misses by more than this is said in the warnings.
BALANCE_LIMIT = 1e-8


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
                measured.largest_principal_stress.value,
                "Pa",
                f"largest tensile cell mean at least {distance} from flaw tips, flaw mouths and patch ends; "
                f"{measured.largest_principal_stress.where(quantity)}",
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
    other = lowest(measured, lambda name: name != criterion)
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
    if measured.platen_pull:
        found.append(
            f"the platen pulls at the plating side with up to {quantity(measured.platen_pull, 'Pa')} where it would "
            "lift off: here the ceramic is bonded to it; press harder, or use the platens `uniform_pressure`"
        )
    low = sorted({f"{used.property} of {used.material}" for used in materials.low_confidence})
    if low:
        found.append("inputs of low confidence: " + ", ".join(low))
    films = [
        getattr(law, "interphase", None) for law in (case.physics.plating_interface, case.physics.stripping_interface)
    ]
    if case.protocol.law != "hold" and any(film is not None for film in films):
        found.append("films stay at their initial thickness; the protocol `hold` lets them grow")
    if not case.failure.critical_current.search and measured.flaws:
        found.append("the critical current density was not searched (failure.critical_current.search is false)")
    return found


def _intensity_uncertainty(measured: Measured, flaw: str) -> float:
    """Relative uncertainty of a flaw's stress intensity factor from its dependence on the domain of integration."""
    reading = next(r for r in measured.flaws if r.flaw.name == flaw)
    if reading.intensity is None or reading.intensity.mode_one <= 0.0:
        return 0.0
    return reading.intensity.domain_spread / reading.intensity.mode_one
