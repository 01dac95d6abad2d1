# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is asked of a conduction problem and what it answers: the control of the cell, and the scalars of a state."""

from __future__ import annotations

from dataclasses import dataclass

from jadeite.fem.bordered import NewtonReport


@dataclass(frozen=True)
class Current:
    """Prescribed total current out of the stripping electrode, ampere per metre of depth (2-D) or ampere (3-D)."""

    value: float


@dataclass(frozen=True)
class Voltage:
    """Prescribed potential of the stripping electrode against the plating electrode, V."""

    value: float


@dataclass(frozen=True)
class ConductionResult:
    """Scalars of one solved state; in the plane all integrals are per metre of depth.

    Attributes:
        voltage: potential of the stripping electrode against the plating electrode, V.
        current_out: current that leaves the stripping metal, A.
        current_in: current that enters the plating metal, A, found independently of current_out.
        bulk_power: int j.E dx, W.
        boundary_power: dissipation at grain boundaries and phase boundaries, across and along them, W.
        along_power: the part of it by currents along boundaries, W.
        interface_power: power spent at sodium|ceramic, plating and stripping, W; the potential shift by a pressure on
            all of the metal is left out, which gives back on one side what it takes on the other.
        newton: what the solver did.
    """

    voltage: float
    current_out: float
    current_in: float
    bulk_power: float
    boundary_power: float
    interface_power: tuple[float, float]
    newton: NewtonReport
    along_power: float = 0.0
