# SPDX-License-Identifier: LGPL-3.0-or-later
"""Everything measured on a solved cell, and which of its flaws and criteria decides the critical current density."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jadeite.failure.cracks import CrackReading
from jadeite.failure.critical_current import CriticalCurrent
from jadeite.failure.focusing import Focusing
from jadeite.failure.panel import FlawReading
from jadeite.failure.probes import BoundaryReading
from jadeite.failure.resistance import AreaSpecificResistance
from jadeite.failure.stress_singularities import StressPeak
from jadeite.physics.conduction_state import ConductionResult

Found = Mapping[tuple[str, str], CriticalCurrent]

#: Criteria that may decide the critical current density of the cell, in order of preference: the coupled solution, or
#: without mechanics the closed form for an edge flaw with interface and ohmic overpotential.
DECIDING = ("coupled_fracture", "combined_griffith")


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
        largest_principal_stress: away from flaws and rims of patches, or None without mechanics.
        cracks: J, modes and course of every flaw and crack; empty without mechanics or toughness.
        platen_pull: largest tension by which a platen holds the plating side, Pa; zero where it only presses.
    """

    area: float
    result: ConductionResult
    resistance: AreaSpecificResistance
    effective_conductivity: float
    focusing: Focusing
    flaws: Sequence[FlawReading]
    boundaries: BoundaryReading
    critical: Found
    largest_principal_stress: StressPeak | None
    cracks: Sequence[CrackReading] = ()
    platen_pull: float = 0.0

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
    return lowest(measured, lambda name: name == deciding_criterion(measured.flaws))


def lowest(measured: Measured, wanted: Callable[[str], bool]) -> tuple[tuple[str, str], CriticalCurrent] | None:
    """Return flaw, criterion and value of the lowest critical current density that a wanted criterion gives."""
    found = {
        key: value for key, value in measured.critical.items() if wanted(key[1]) and value.current_density is not None
    }
    return min(found.items(), key=lambda item: item[1].current_density or 0.0, default=None)
