# SPDX-License-Identifier: LGPL-3.0-or-later
"""One vocabulary for every dendrite initiation criterion: what it reads, what it answers, and the table of all of them.

A criterion compares the state of one flaw, measured on the finite-element solution, with a limit. It does not search
for the critical current density: that is found elsewhere by solving again at other currents.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from jadeite.failure.criteria.flaw_shape import EDGE_CRACK, FlawShape

SODIUM_MOLAR_VOLUME: float = 23.78e-6
"""m^3/mol of sodium metal at room temperature."""


@dataclass(frozen=True, slots=True)
class FlawState:
    """What the solution says about one flaw and its surroundings; quantities a case does not have are None.

    `depth` (m) and `shape`, an edge crack in the plane and half an ellipse in space, say what a pressure in it does.
    `overpotential` (V) is the plating driving force at the flaw tip, positive when sodium wants to plate there.
    `local_current_density` (A/m^2) is that of the flat electrode beside the flaw, away from singular points.
    `interface_resistance` (ohm m^2) is the chord resistance overpotential / current density of that electrode.
    `equivalent_stress_intensity` (Pa m^0.5) is the mixed-mode value of the coupled solution, residual stress included.
    The `boundary_` quantities belong to the most loaded grain boundary near the flaw; `boundary_flaw_size` (m) is the
    radius of the embedded flaw in it. `sodium_potential` (V) is the chemical potential of sodium over F at the nearest
    pore of radius `pore_radius` (m). `edge_current_density` (A/m^2) is taken at a stated distance from the rim of the
    nearest unwetted patch.
    """

    name: str
    depth: float
    overpotential: float
    local_current_density: float
    interface_resistance: float
    conductivity: float
    fracture_toughness: float
    equivalent_stress_intensity: float | None = None
    boundary_current_density: float | None = None
    boundary_resistance: float | None = None
    boundary_strength: float | None = None
    boundary_toughness: float | None = None
    boundary_flaw_size: float | None = None
    sodium_potential: float | None = None
    pore_radius: float | None = None
    surface_energy: float | None = None
    edge_current_density: float | None = None
    molar_volume: float = SODIUM_MOLAR_VOLUME
    shape: FlawShape = EDGE_CRACK

    def __post_init__(self) -> None:
        for quantity in ("depth", "conductivity", "fracture_toughness", "molar_volume"):
            if not getattr(self, quantity) > 0:
                raise ValueError(f"flaw {self.name!r}: {quantity} must be positive, got {getattr(self, quantity)!r}")
        if self.interface_resistance < 0:
            raise ValueError(f"flaw {self.name!r}: interface_resistance must not be negative")


@dataclass(frozen=True, slots=True)
class CriterionState:
    """How far a flaw is from initiation: what drives it, what resists, both in `unit`."""

    driving: float
    resistance: float
    unit: str
    mechanism: str
    detail: str

    @property
    def margin(self) -> float:
        """Resistance over driving: below one the flaw starts, infinite when nothing drives it."""
        return self.resistance / self.driving if self.driving > 0 else math.inf


class Evaluation(Protocol):
    """The function a criterion is made of: it answers None when the flaw has nothing the criterion speaks about."""

    def __call__(self, state: FlawState, /) -> CriterionState | None: ...


@dataclass(frozen=True, slots=True)
class Criterion:
    """A named initiation criterion, what readers see it called, and the publication its mechanism comes from."""

    name: str
    title: str
    source: str
    evaluate: Evaluation


_CRITERIA: dict[str, Criterion] = {}


def criterion(name: str, *, title: str, source: str) -> Callable[[Evaluation], Evaluation]:
    """Register the decorated function as the criterion `name`; a name taken twice raises ValueError."""

    def register(evaluate: Evaluation) -> Evaluation:
        if name in _CRITERIA:
            raise ValueError(f"initiation criterion {name!r} is registered twice")
        _CRITERIA[name] = Criterion(name, title, source, evaluate)
        return evaluate

    return register


def available_criteria() -> tuple[str, ...]:
    """Names of all registered criteria, in order of registration."""
    return tuple(_CRITERIA)


def get_criterion(name: str) -> Criterion:
    """Return the criterion of that name; an unknown name raises KeyError with the names there are."""
    try:
        return _CRITERIA[name]
    except KeyError:
        raise KeyError(f"no initiation criterion {name!r}; there are: {', '.join(_CRITERIA)}") from None


def evaluate_panel(state: FlawState, names: Iterable[str] | None = None) -> dict[str, CriterionState]:
    """Evaluate the named criteria (default: all) on one flaw; criteria that do not apply are left out."""
    chosen = available_criteria() if names is None else tuple(names)
    answers = {name: get_criterion(name).evaluate(state) for name in chosen}
    return {name: answer for name, answer in answers.items() if answer is not None}
