# SPDX-License-Identifier: LGPL-3.0-or-later
"""How finely the evolution of cracks is followed, what is known of each of its steps, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EvolutionSettings:
    """How finely an evolution is followed.

    Attributes:
        steps: load steps to the full load.
        smallest_step: share of a step to which it is halved where cracks jump.
        damage_tolerance: change of damage at which the turns end.
        maximum_turns: turns of displacement and damage in one step.
        relaxation: factor on each change of damage, 1 for none; up to 2 saves turns where cracks run (Farrell and
            Maurini 2017).
        jump_growth: growth of cracks in a step, in lengths of the model (in space: its squares), from which on a step
            may be a jump.
        jump_loss: energy lost over the growth of the surface energy from which on it is one.
        largest_compliance: work of the loads over that on the whole body at which the body no longer carries them.
    """

    steps: int = 20
    smallest_step: float = 1.0 / 16.0
    damage_tolerance: float = 1e-4
    maximum_turns: int = 1000
    relaxation: float = 1.6
    jump_growth: float = 2.0
    jump_loss: float = 0.2
    largest_compliance: float = 10.0


@dataclass(frozen=True)
class EvolutionStep:
    """A load step.

    Attributes:
        load_factor: share of the full load, 1.
        elastic_energy: J (per metre of depth in the plane), as all energies.
        surface_energy: of cracks.
        external_work: since the start.
        lost_energy: out of balance, since the start.
        crack_area: m^2 (in the plane: m).
        crack_volume: m^3 (in the plane: m^2).
        largest_damage: 1.
        turns: of displacement and damage.
        jumped: whether cracks jumped in this step.
    """

    load_factor: float
    elastic_energy: float
    surface_energy: float
    external_work: float
    lost_energy: float
    crack_area: float
    crack_volume: float
    largest_damage: float
    turns: int
    jumped: bool = False

    @property
    def imbalance(self) -> float:
        """Work less stored, spent and lost energy, over the largest of them."""
        parts = (self.external_work, self.elastic_energy, self.surface_energy, self.lost_energy)
        largest = max(abs(part) for part in parts)
        return (parts[0] - sum(parts[1:])) / largest if largest > 0.0 else 0.0


@dataclass(frozen=True)
class Evolution:
    """What became of a body.

    Attributes:
        steps: the load steps, the first one unloaded.
        parted: load factor at which the body no longer carried its load, or None.
        unsolved: load factor at which the solvers found no state, so that nothing is known beyond the last step, or
            None.
        parting_damage: values of the damage on the way there, when the loads did twice the work that they did on the
            whole body, or None; no equilibrium, and fields are left in the state of the last step.
        reason: why there was no equilibrium under the load, in words.
    """

    steps: tuple[EvolutionStep, ...]
    parted: float | None
    unsolved: float | None = None
    parting_damage: Array | None = None
    reason: str = ""
