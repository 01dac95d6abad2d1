# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tables of cracks: what drives each tip or front, where it would go, and in space how it is loaded along its front."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jadeite.failure.cracks import CrackReading
from jadeite.output.summary import Column, ResultTable

_INTERFACE = (
    Column("phase_angle", "phase of K", "rad"),
    Column("reference_length", "length that K and its phase are stated for", "m"),
)


def tables(cracks: Sequence[CrackReading], dimension: int) -> list[ResultTable]:
    """Return one row per tip or front, and in space one per station."""
    if not cracks:
        return []
    # along an interface Re K and Im K mean nothing without the length that they are stated for
    along_interface = any(crack.phase_angle is not None for crack in cracks)
    columns = (
        Column("mode_one", "K_I, of interfaces Re K" if along_interface else "K_I", "Pa m^0.5"),
        Column("mode_two", "K_II, of interfaces Im K" if along_interface else "K_II", "Pa m^0.5"),
        Column("mode_three", "K_III", "Pa m^0.5"),
        Column("spread", "estimate of their error", "Pa m^0.5"),
        Column("energy_release_rate", "J", "J m^-2"),
        Column("rate_of_modes", "energy release rate of the modes", "J m^-2"),
        Column("angle", "direction of growth", "rad"),
        Column("kink_rate", "energy release rate on its course", "J m^-2"),
        Column("fracture_energy", "fracture energy on its course", "J m^-2"),
        Column("utilisation", "utilisation"),
        Column("threshold", "ratio of fracture energies at deflection"),
        *(Column(name, name, "m") for name in "xyz"[:dimension]),
        *(_INTERFACE if along_interface else ()),
    )
    decisive = [(crack, crack.decisive()) for crack in cracks]
    labels = tuple(
        f"{crack.name}, {crack.courses[row].words if crack.driven[row] else 'not driven'}" for crack, row in decisive
    )
    listed = tuple(_row(*one, along_interface) for one in decisive)
    found = [ResultTable("cracks", "Cracks", columns, listed, row_labels=labels)]
    found += _directions(decisive)
    along = [(crack, row) for crack in cracks if len(crack.courses) > 1 for row in range(len(crack.courses))]
    if along:
        distance = Column("distance", "distance along the front", "m")
        rows = tuple((float(crack.front.distance[row]), *_row(crack, row, along_interface)) for crack, row in along)
        names = tuple(crack.name for crack, _ in along)
        found.append(ResultTable("crack_fronts", "Fronts of cracks", (distance, *columns), rows, False, names))
    return found


def notes(cracks: Sequence[CrackReading]) -> list[str]:
    """Return what a reader has to keep in mind of how cracks were read."""
    return [note for crack in cracks for note in crack.notes]


def _directions(cracks: Sequence[tuple[CrackReading, int]]) -> list[ResultTable]:
    """What drives a small kink in every direction, and what boundaries in reach take; for figures."""
    rows, names = [], []
    for crack, station in cracks:
        choice = crack.choices[station]
        if not crack.driven[station] or not len(choice.angles):
            continue
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
        Column("fracture_energy", "fracture energy", "J m^-2"),
        Column("boundary", "along a boundary"),
    )
    table = ResultTable("crack_directions", "Directions of growth", columns, tuple(rows), False, tuple(names))
    return [table] if rows else []


def _row(crack: CrackReading, station: int, along_interface: bool) -> tuple[float | None, ...]:
    course, driven = crack.courses[station], bool(crack.driven[station])
    return (
        *(float(mode) for mode in crack.front.modes[station]),
        float(crack.front.spread[station]),
        float(crack.energy_release_rate[station]),
        float(crack.rate_of_modes[station]),
        course.angle if driven else None,
        course.energy_release_rate if driven else None,
        course.fracture_energy if driven and math.isfinite(course.fracture_energy) else None,
        course.utilisation if driven and math.isfinite(course.utilisation) else None,
        crack.choices[station].threshold if driven else None,
        *(float(part) for part in crack.front.place[station]),
        *((crack.phase_angle, crack.reference_length) if along_interface else ()),
    )
