# SPDX-License-Identifier: LGPL-3.0-or-later
"""The energy ledger of a nonlinear solid: work done on it, energy it stores, energy it dissipates.

Each step is counted from both sides. Outside, work is force times displacement at the nodes: of loads, of supports that
move, of obstacles, and of the eigenstrain, with the mean of the forces at both ends of the step. Inside, every law says
at its points what its state stores and what the step dissipated, from its own elastic and inelastic strains. Nothing is
worked out as the difference of the others, so the balance fails when equilibrium is not found (also at one end of a
step only), when a history does not add up to the strain that was applied, when a law's energy does not belong to its
stress, and when a load, support or interface is forgotten.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from jadeite.fem.state import Kept, State

_LOGGER = logging.getLogger(__name__)

#: Share of the energy turned over that the two sides may differ by before it is said loudly.
_CLOSES = 1e-6


@dataclass(frozen=True)
class EnergyStep:
    """What one step adds, J (per metre of depth in the plane).

    Attributes:
        time: at the end of the step, s or load factor.
        external_work: by loads, supports, obstacles and the eigenstrain.
        stored: change of the stored energy.
        dissipated: energy dissipated.
    """

    time: float
    external_work: float
    stored: float
    dissipated: float

    @property
    def gap(self) -> float:
        """What the two sides of the step differ by."""
        return self.external_work - self.stored - self.dissipated


class EnergyLedger:
    """The energies of all steps so far."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.steps: list[EnergyStep] = []

    def add(self, step: EnergyStep) -> None:
        """Count a step."""
        self.steps.append(step)

    def state(self) -> State:
        """Return all steps; see `Restorable`."""
        return {"steps": self.steps}

    def restore(self, kept: Kept) -> None:
        """Take over the steps that were kept. Collective."""
        self.steps = kept.read("steps", list[EnergyStep])

    @property
    def external_work(self) -> float:
        """Work done so far, J."""
        return float(sum(step.external_work for step in self.steps))

    @property
    def stored(self) -> float:
        """Stored energy over that of the start, J."""
        return float(sum(step.stored for step in self.steps))

    @property
    def dissipated(self) -> float:
        """Energy dissipated so far, J."""
        return float(sum(step.dissipated for step in self.steps))

    @property
    def turned_over(self) -> float:
        """Sum of the sizes of all energies of all steps, half of it being on either side, J."""
        return 0.5 * float(
            sum(abs(step.external_work) + abs(step.stored) + abs(step.dissipated) for step in self.steps)
        )

    @property
    def imbalance(self) -> float:
        """Sum of the sizes of the gaps of all steps over the energy turned over; 0 while there is none."""
        gaps = float(sum(abs(step.gap) for step in self.steps))
        return gaps / self.turned_over if self.turned_over > 0.0 else 0.0

    def report(self, name: str, closes: float = _CLOSES) -> None:
        """Log the balance, as a warning where it does not close to a share of the energy turned over."""
        log = _LOGGER.info if self.imbalance <= closes else _LOGGER.warning
        log(
            "%s: energy after %d steps: external work %.6g J, stored %.6g J, dissipated %.6g J, imbalance %.1e",
            name,
            len(self.steps),
            self.external_work,
            self.stored,
            self.dissipated,
            self.imbalance,
        )
