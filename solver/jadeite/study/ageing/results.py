# SPDX-License-Identifier: LGPL-3.0-or-later
"""From the states of an ageing cell to what a reader sees: the table against time, headline figures, the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jadeite.case.schema import Case
from jadeite.failure.critical_current import CriticalCurrent
from jadeite.failure.panel import FlawReading
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import number, percent, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import ConductionResult
from jadeite.physics.interface_losses import InterfaceLosses
from jadeite.physics.interphase.film import FilmMeasures, GrowingFilm
from jadeite.study.cell import summarise
from jadeite.study.cell.measured import Measured, deciding_criterion, deciding_result

#: A film thicker than this share of the separator is said in the warnings.
THIN = 0.05

Found = Mapping[tuple[str, str], CriticalCurrent]
_PLATING, _STRIPPING = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE
_FLAT = (_PLATING, _STRIPPING)

#: Headlines of a steady cell that a resting one has not: they belong to the voltage it is probed with.
_OF_A_CURRENT = ("applied_current_density", "cell_voltage", "largest_sodium_pressure")

COLUMNS = (
    Column("time", "time", "s"),
    Column("voltage", "cell voltage", "V"),
    Column("current_density", "current density", "A m^-2"),
    Column("area_specific_resistance", "area-specific resistance", "ohm m^2"),
    Column("charge_transfer", "charge transfer, both electrodes", "ohm m^2"),
    Column("film", "films that do not grow, both electrodes", "ohm m^2"),
    Column("contact", "contact, both electrodes", "ohm m^2"),
    Column("interphase", "growing films, both electrodes", "ohm m^2"),
    Column("plating_thickness", "mean film thickness, plating electrode", "m"),
    Column("plating_thickness_least", "least film thickness, plating electrode", "m"),
    Column("plating_thickness_largest", "largest film thickness, plating electrode", "m"),
    Column("stripping_thickness", "mean film thickness, stripping electrode", "m"),
    Column("sodium_consumed", "charge of the sodium in the films of both electrodes, per area of the cell", "C m^-2"),
    Column("largest_sodium_pressure", "largest sodium pressure in a flaw", "Pa"),
    Column("smallest_margin", "smallest margin of a flaw by the deciding criterion"),
)
"""Columns of the table against time; what a run has not is empty."""


@dataclass(frozen=True)
class AgedState:
    """The cell at one time.

    Attributes:
        time: s.
        result: scalars of the electrical state.
        current_density: A/m^2.
        losses: of plating and stripping electrode, by mechanism.
        films: measures of each contact's film by its kind of surface.
        flaws: state of every flaw.
    """

    time: float
    result: ConductionResult
    current_density: float
    losses: tuple[InterfaceLosses, InterfaceLosses]
    films: Mapping[SurfaceKind, FilmMeasures]
    flaws: Sequence[FlawReading]

    @property
    def area_specific_resistance(self) -> float:
        """Cell voltage over current density, ohm m^2."""
        return self.result.voltage / self.current_density


def films(conduction: Conduction) -> dict[SurfaceKind, GrowingFilm]:
    """Return every film that covers some surface, by kind of surface; a cell without flaws has none on their walls."""
    present = set(conduction.domain.tagged.surfaces.kind)
    return {
        contact.kinds[0]: contact.film
        for contact in [*conduction.plating, *conduction.stripping]
        if contact.film is not None and contact.kinds[0] in present
    }


def film_measures(conduction: Conduction) -> dict[SurfaceKind, FilmMeasures]:
    """Return the measures of every film that covers some surface, by kind of surface.

    Note:
        Collective.
    """
    return {kind: film.measure() for kind, film in films(conduction).items()}


def ageing_table(states: Sequence[AgedState], area: float, resting: bool) -> ResultTable:
    """Return the table against time; a resting cell has resistances and films only.

    Args:
        states: in the order of time.
        area: of the cell, m^2 (in the plane: m).
        resting: whether nothing but the probing current flows.
    """
    rows = tuple(_row(state, area, resting) for state in states)
    used = [number for number in range(len(COLUMNS)) if any(row[number] is not None for row in rows)]
    return ResultTable(
        "ageing",
        "The cell against time",
        tuple(COLUMNS[number] for number in used),
        tuple(tuple(row[number] for number in used) for row in rows),
        listed=False,
    )


def _row(state: AgedState, area: float, resting: bool) -> tuple[float | None, ...]:
    per_power = area / state.result.current_out**2
    plating, stripping = state.losses
    parts = (
        plating.charge_transfer + stripping.charge_transfer,
        plating.film + stripping.film,
        plating.contact + stripping.contact,
        plating.interphase + stripping.interphase,
    )
    on_plating, on_stripping = state.films.get(_PLATING), state.films.get(_STRIPPING)
    judged = not resting and state.flaws
    return (
        state.time,
        None if resting else state.result.voltage,
        None if resting else state.current_density,
        state.area_specific_resistance,
        *(part * per_power for part in parts),
        None if on_plating is None else on_plating.mean,
        None if on_plating is None else on_plating.least,
        None if on_plating is None else on_plating.largest,
        None if on_stripping is None else on_stripping.mean,
        sodium_consumed(state, area),
        max(reading.largest_pressure for reading in state.flaws) if judged else None,
        _smallest_margin(state.flaws) if judged else None,
    )


def sodium_consumed(state: AgedState, area: float) -> float | None:
    """Return the charge of the sodium that films of both electrodes have taken since the start, per area, C/m^2.

    Walls of flaws are left out: a film grows there only as far as there is room. None when no film says what it takes.
    """
    charges = [film.charge for kind, film in state.films.items() if kind in _FLAT and film.charge is not None]
    return sum(charges) / area if charges else None


def _smallest_margin(flaws: Sequence[FlawReading]) -> float | None:
    criterion = deciding_criterion(flaws)
    if criterion is None:
        return None
    margins = [reading.criteria[criterion].margin for reading in flaws if criterion in reading.criteria]
    return min(min(margins), 1e9) if margins else None


def headlines(
    case: Case, states: Sequence[AgedState], measured: Measured, fresh: Found, resting: bool
) -> list[Headline]:
    """Return the figures the run is judged by: those of the aged cell, and how it came there."""
    found = [h for h in summarise.headlines(case, measured) if not (resting and h.key in _OF_A_CURRENT)]
    first, last = states[0], states[-1]
    start, end = first.area_specific_resistance, last.area_specific_resistance
    found += [
        Headline(
            "area_specific_resistance_at_start",
            "Area-specific resistance at the start",
            start,
            "ohm m^2",
            "cell voltage over current density before anything has grown",
        ),
        Headline(
            "resistance_rise",
            "Rise of the area-specific resistance",
            end - start,
            "ohm m^2",
            "area-specific resistance at the end less that at the start",
        ),
    ]
    plating = last.films.get(_PLATING) or last.films.get(_STRIPPING)
    if plating is not None:
        found.append(
            Headline(
                "film_thickness",
                "Mean thickness of the film",
                plating.mean,
                "m",
                "mean over the electrode at the end; the plating electrode where both have films",
            )
        )
    consumed = sodium_consumed(last, measured.area)
    if consumed is not None:
        found.append(
            Headline(
                "sodium_consumed",
                "Sodium consumed by the films",
                consumed,
                "C m^-2",
                "charge of the sodium that the films of both electrodes have taken, per area of the cell",
            )
        )
    decided = deciding_result(replace(measured, critical=fresh)) if fresh else None
    if decided is not None:
        (flaw, _), value = decided
        assert value.current_density is not None
        found.append(
            Headline(
                "critical_current_density_at_start",
                "Critical current density at the start",
                value.current_density,
                "A m^-2",
                f"smallest current at which a flaw (here {flaw}) meets the deciding criterion in the fresh cell",
                uncertainty=value.uncertainty,
            )
        )
    return found


def answer(states: Sequence[AgedState], measured: Measured, fresh: Found, resting: bool) -> str:
    """Return the result in a sentence or two."""
    first, last = states[0], states[-1]
    start, end = first.area_specific_resistance, last.area_specific_resistance
    held = "at rest" if resting else f"at {quantity(last.current_density, 'A m^-2')}"
    text = (
        f"After {duration(last.time)} {held} the area-specific resistance has gone from {quantity(start, 'ohm m^2')} "
        f"to {quantity(end, 'ohm m^2')}"
    )
    film = last.films.get(_PLATING) or last.films.get(_STRIPPING)
    if film is not None:
        text += f" under a film of {quantity(film.mean, 'm')}"
    before = deciding_result(replace(measured, critical=fresh)) if fresh else None
    after = deciding_result(measured)
    if before is None or after is None:
        return text + "."
    values = (before[1].current_density, after[1].current_density)
    assert values[0] is not None and values[1] is not None
    verb = "fell" if values[1] < values[0] else "rose"
    return (
        f"{text}; the critical current density {verb} from {quantity(values[0], 'A m^-2')} "
        f"to {quantity(values[1], 'A m^-2')} (flaw '{after[0][0]}')."
    )


def duration(seconds: float) -> str:
    """Return a time as a person would say it: ``3.60e6`` s is ``1000 h``."""
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= 10.0 * size:
            return f"{number(seconds / size)} {unit}"
    return f"{number(seconds)} s"


def warnings(states: Sequence[AgedState], thickness: float, resting: bool) -> list[str]:
    """Return what has to be kept in mind beside what a steady cell says; thickness of the separator in m."""
    found = []
    if resting:
        found.append(
            "the cell rests: its resistances, and the margins and pressures of its flaws, are those of a probing "
            "voltage of 1 mV"
        )
    largest = max((film.largest for film in states[-1].films.values()), default=0.0)
    if largest > THIN * thickness:
        found.append(
            f"the film grows to {quantity(largest, 'm')}, {percent(largest / thickness)} of the separator's thickness; "
            "it is treated as thin and takes nothing from the separator"
        )
    return found
