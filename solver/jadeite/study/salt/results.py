# SPDX-License-Identifier: LGPL-3.0-or-later
"""From states of a cell with salt to what a reader sees: headlines, tables, the answer, warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.output.display import number, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.physics.salt_cell import LimitingCurrentError, SaltState, depletion_time

_TIME = Column("time", "time", "s")
_CURRENT_DENSITY = Column("current_density", "current density", "A m^-2")
_CONCENTRATIONS = (
    Column("at_plating", "salt concentration at the plating electrode", "mol m^-3"),
    Column("at_stripping", "salt concentration at the stripping electrode", "mol m^-3"),
    Column("lowest", "lowest salt concentration", "mol m^-3"),
)
#: Snapshots of the profile of a hold.
_SNAPSHOTS = 8


@dataclass(frozen=True, eq=False)
class SaltFindings:
    """Everything a study of salt has measured.

    Attributes:
        law: `steady`, `polarisation` or `hold`.
        duration: of a hold, s; None for the others.
        states: solved states in order.
        profiles: mean concentration in layers for each of them, mol/m^3.
        heights: middles of these layers above the plating electrode, m.
        concentration: of the salt without current, mol/m^3.
        area: of an electrode, m^2 (in the plane m).
        thickness: between the electrodes, m.
        conductivity: of the separator with uniform salt, S/m.
        volume_without_salt, current_without_salt: shares of materials without salt, 1.
        beyond: what the first current above the limiting one said, or None.
    """

    law: str
    duration: float | None
    states: Sequence[SaltState]
    profiles: Sequence[NDArray[np.float64]]
    heights: NDArray[np.float64]
    concentration: float
    area: float
    thickness: float
    conductivity: float
    volume_without_salt: float
    current_without_salt: float
    beyond: LimitingCurrentError | None

    @property
    def last(self) -> SaltState:
        """The last state."""
        return self.states[-1]

    @property
    def current_density(self) -> float:
        """Of the last state, A/m^2."""
        return self.last.current_out / self.area

    @property
    def limit(self) -> float | None:
        """Estimate of the limiting current density, A/m^2; None for a hold and where the salt hardly moved."""
        if self.law == "hold" or self.last.lowest > 0.99:
            return None
        return self.current_density / (1.0 - self.last.lowest)

    @property
    def depletion(self) -> float | None:
        """When the salt is used up somewhere, s; None when it is not, or no time passes."""
        return None if self.duration is None else depletion_time(self.states, self.duration)


def headlines(found: SaltFindings) -> list[Headline]:
    """Return the figures that the run is judged by."""
    last, c0 = found.last, found.concentration
    lines = [
        Headline(
            "applied_current_density",
            "Applied current density",
            found.current_density,
            "A m^-2",
            "total current over cross-section, at the end",
        ),
        Headline(
            "cell_voltage",
            "Cell voltage",
            last.voltage,
            "V",
            "potential of the stripping electrode against the plating electrode, at the end",
        ),
        Headline(
            "effective_conductivity",
            "Effective conductivity without differences of concentration",
            found.conductivity,
            "S m^-1",
            "thickness over resistance with uniform salt between ideal electrodes",
        ),
        Headline(
            "lowest_salt_concentration",
            "Lowest salt concentration",
            last.lowest * c0,
            "mol m^-3",
            f"at {last.lowest_place}, at the end",
        ),
    ]
    if found.current_density:
        lines.append(
            Headline(
                "area_specific_resistance",
                "Area-specific resistance",
                last.voltage / found.current_density,
                "ohm m^2",
                "cell voltage over applied current density, at the end",
            )
        )
    for key, label, value in (
        ("salt_concentration_at_plating", "Salt concentration at the plating electrode", last.at_plating),
        ("salt_concentration_at_stripping", "Salt concentration at the stripping electrode", last.at_stripping),
    ):
        if np.isfinite(value):
            lines.append(Headline(key, label, value * c0, "mol m^-3", "mean over its surface, at the end"))
    if found.limit is not None:
        lines.append(
            Headline(
                "limiting_current_density",
                "Limiting current density",
                found.limit,
                "A m^-2",
                "where the lowest concentration reaches zero if it goes on falling in proportion to the current",
            )
        )
    if found.depletion is not None:
        lines.append(
            Headline(
                "depletion_time",
                "Time until the salt is used up",
                found.depletion,
                "s",
                f"at {last.lowest_place}, on the line through the last two time steps",
            )
        )
    if found.volume_without_salt > 0.0:
        lines.append(
            Headline(
                "current_share_without_salt",
                "Share of the current in materials without salt",
                found.current_without_salt,
                "1",
                f"mean along the thickness; their share of the volume is {number(found.volume_without_salt)}",
            )
        )
    return lines


def result_tables(found: SaltFindings) -> list[ResultTable]:
    """Return the states and the profiles as tables."""
    c0 = found.concentration

    def concentrations(state: SaltState) -> tuple[float | None, ...]:
        values = (state.at_plating, state.at_stripping, state.lowest)
        return tuple(value * c0 if np.isfinite(value) else None for value in values)

    columns: tuple[Column, ...]
    rows: list[tuple[float | None, ...]]
    if found.law == "hold":
        columns = (
            _TIME,
            Column("voltage", "cell voltage", "V"),
            _CURRENT_DENSITY,
            *_CONCENTRATIONS,
            Column("salt_change", "relative change of the amount of salt"),
        )
        rows = [
            (state.time, state.voltage, state.current_out / found.area, *concentrations(state), state.salt_change)
            for state in found.states
        ]
        tables = [ResultTable("hold", "Cell against time", columns, tuple(rows), listed=False)]
    else:
        columns = (
            _CURRENT_DENSITY,
            Column("voltage", "cell voltage", "V"),
            Column("area_specific_resistance", "area-specific resistance", "ohm m^2"),
            *_CONCENTRATIONS,
        )
        densities = [state.current_out / found.area for state in found.states]
        rows = [
            (density, state.voltage, state.voltage / density, *concentrations(state))
            for density, state in zip(densities, found.states, strict=True)
        ]
        tables = [ResultTable("polarisation", "Cell against current density", columns, tuple(rows))]
    return [*tables, _profiles(found)]


def _profiles(found: SaltFindings) -> ResultTable:
    """Mean concentration against height, for a few states; the first column names time or current density."""
    name = _TIME if found.law == "hold" else _CURRENT_DENSITY
    count = len(found.states)
    chosen = np.unique(np.linspace(0, count - 1, min(count, _SNAPSHOTS)).round().astype(int))
    rows: list[tuple[float | None, ...]] = []
    for index in chosen:
        state = found.states[index]
        first = state.time if found.law == "hold" else state.current_out / found.area
        ends = [(0.0, state.at_plating), (found.thickness, state.at_stripping)]
        inner = zip(found.heights.tolist(), (found.profiles[index] / found.concentration).tolist(), strict=True)
        points = sorted([*inner, *(end for end in ends if np.isfinite(end[1]))])
        rows += [(first, height, value * found.concentration) for height, value in points]
    columns = (
        name,
        Column("height", "height above the plating electrode", "m"),
        Column("concentration", "mean salt concentration", "mol m^-3"),
    )
    return ResultTable("salt_profile", "Salt concentration across the separator", columns, tuple(rows), listed=False)


def answer(found: SaltFindings) -> str:
    """Return the result in one sentence or two."""
    last = found.last
    density, voltage = quantity(found.current_density, "A m^-2"), quantity(last.voltage, "V")
    if found.law == "hold":
        if found.depletion is not None:
            return (
                f"After {number(found.depletion)} s the salt is used up at {last.lowest_place}: "
                f"a steady {density} is more than the electrolyte can carry."
            )
        return (
            f"After {number(last.time)} s the cell is at {voltage} and {density}; "
            f"the lowest salt concentration is {number(100 * last.lowest)} % of that without current."
        )
    said = f"At {density} the cell needs {voltage}"
    if found.limit is None:
        return f"{said}; the salt stays uniform."
    return (
        f"{said}, and the salt falls to {number(100 * last.lowest)} % of what it was at {last.lowest_place}; "
        f"the limiting current density is about {quantity(found.limit, 'A m^-2')}."
    )


def warnings(found: SaltFindings, flaws: bool) -> list[str]:
    """Return what a reader has to know before trusting the figures."""
    notes = []
    if found.beyond is not None:
        notes.append(f"the polarisation curve ends at {quantity(found.current_density, 'A m^-2')}: {found.beyond}")
    if flaws:
        notes.append("flaws collect current here, but no criterion of failure is evaluated with dissolved salt")
    change = max(abs(state.salt_change) for state in found.states)
    if change > 1e-6:
        notes.append(f"the amount of salt changed by {change:.1e}; tighten protocol.time_tolerance")
    return notes
