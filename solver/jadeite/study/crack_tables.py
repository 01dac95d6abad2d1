# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tables of cracks: what drives each tip or front, where it would go, and in space how it is loaded along its front."""

from __future__ import annotations

from collections.abc import Sequence

from jadeite.failure.cracks import CrackReading
from jadeite.output.summary import Column, ResultTable


def tables(cracks: Sequence[CrackReading], dimension: int) -> list[ResultTable]:
    """Return one row per tip or front, and in space one per station."""
    if not cracks:
        return []
    columns = (
        Column("mode_one", "K_I", "Pa m^0.5"),
        Column("mode_two", "K_II", "Pa m^0.5"),
        Column("mode_three", "K_III", "Pa m^0.5"),
        Column("spread", "estimate of their error", "Pa m^0.5"),
        Column("energy_release_rate", "J", "J m^-2"),
        Column("rate_of_modes", "energy release rate of the modes", "J m^-2"),
        Column("angle", "direction of growth", "rad"),
        Column("kink_rate", "energy release rate on its course", "J m^-2"),
        Column("fracture_energy", "toughness on its course", "J m^-2"),
        Column("utilisation", "utilisation"),
        Column("threshold", "ratio of fracture energies at deflection"),
        *(Column(name, name, "m") for name in "xyz"[:dimension]),
    )
    decisive = [(crack, crack.decisive()) for crack in cracks]
    labels = tuple(f"{crack.name}, {crack.courses[row].words}" for crack, row in decisive)
    found = [
        ResultTable("cracks", "Cracks", columns, tuple(_row(*one) for one in decisive), row_labels=labels),
    ]
    found.append(_directions(decisive))
    along = [(crack, row) for crack in cracks if len(crack.courses) > 1 for row in range(len(crack.courses))]
    if along:
        distance = Column("distance", "distance along the front", "m")
        rows = tuple((float(crack.front.distance[row]), *_row(crack, row)) for crack, row in along)
        names = tuple(crack.name for crack, _ in along)
        found.append(ResultTable("crack_fronts", "Fronts of cracks", (distance, *columns), rows, False, names))
    return found


def _directions(cracks: Sequence[tuple[CrackReading, int]]) -> ResultTable:
    """What drives a small kink in every direction, and what boundaries in reach take; for figures."""
    rows, names = [], []
    for crack, station in cracks:
        choice = crack.choices[station]
        grain = choice.courses[0].fracture_energy
        kinks = [(angle, rate, grain, 0.0) for angle, rate in zip(choice.angles, choice.rates, strict=True)]
        along = [
            (course.angle, course.energy_release_rate, course.fracture_energy, 1.0) for course in choice.courses[1:]
        ]
        rows += [tuple(float(value) for value in row) for row in (*kinks[::4], *along)]
        names += [crack.name] * (len(kinks[::4]) + len(along))
    columns = (
        Column("angle", "angle from growth", "rad"),
        Column("energy_release_rate", "energy release rate", "J m^-2"),
        Column("fracture_energy", "toughness", "J m^-2"),
        Column("boundary", "along a boundary"),
    )
    return ResultTable("crack_directions", "Directions of growth", columns, tuple(rows), False, tuple(names))


def _row(crack: CrackReading, station: int) -> tuple[float | None, ...]:
    course = crack.courses[station]
    return (
        *(float(mode) for mode in crack.front.modes[station]),
        float(crack.front.spread[station]),
        float(crack.energy_release_rate[station]),
        float(crack.rate_of_modes[station]),
        course.angle,
        course.energy_release_rate,
        course.fracture_energy,
        course.utilisation,
        crack.choices[station].threshold,
        *(float(part) for part in crack.front.place[station]),
    )
