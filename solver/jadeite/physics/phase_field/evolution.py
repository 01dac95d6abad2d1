# SPDX-License-Identifier: LGPL-3.0-or-later
"""A crack under rising load: displacement and damage in turns at every step, and where the energy goes.

Each of the two problems is solved with the other field held, until the damage rests (Bourdin, Francfort and Marigo
2000). The load of a step acts on the old damage first; from then on the body is out of balance until the step ends.

Energy. The ledger follows the path of the iteration. Work of the loads is force times displacement along each change of
displacement, of supports their reaction, of cooling the stress against its eigenstrain, and of pressure in cracks the
volume that they gain. What the out-of-balance forces do along the same path,

    -int dE/du.du   while the displacement relaxes,        -int dE/dd dd   while damage grows,

is energy that the body does not keep: in reality it becomes waves and heat. So

    work = change of (elastic + surface energy) + energy lost out of balance

The three are measured apart, work and loss from assembled forces, energies from their densities, so that the sum closes
to rounding only if the forces that were brought into balance are the derivatives of these energies. A problem that is
solved badly shows as a loss. What the sum cannot tell is whether a jump was followed as nature does: while cracks grow
stably the loss is of the order of the load step and vanishes with it, so that work = elastic + surface energy holds to
that order and not to rounding; an unstable jump loses a finite energy however small the steps, and is named in them.
The integrals along a change are exact where forces are linear in the displacement (splits `none` and `hybrid`);
elsewhere they follow Simpson's rule, exact at all points whose cracks do not open or close on the way.

Unstable growth. A step that loses much while cracks grow is taken back and halved, until the load of the jump is known
to a small share of a step; then the jump is accepted. A body that a crack has parted no longer carries its loads: the
evolution ends there, with the state before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Kept, State, dof_rows, dofs_of_rows
from jadeite.physics.phase_field.cracked_solid import CrackedSolid
from jadeite.physics.phase_field.damage import CrackField
from jadeite.physics.phase_field.evolution_steps import Evolution, EvolutionSettings, EvolutionStep

Array = NDArray[np.float64]

_LOGGER = logging.getLogger(__name__)

#: Turns without relaxation: steps that end within them do better without it.
_PLAIN_TURNS = 3

#: Work of the loads over that on the whole body at which the damage of a body that parts is kept: later on it spreads
#: over whatever the loads strain, since nothing bears them any more.
_PARTING = 2.0


class PartedError(ConvergenceError):
    """A crack has parted the body: there is no equilibrium under the load."""


@dataclass(frozen=True, eq=False)
class _Rest:
    """The end of a step, to which the next one returns when it is taken back."""

    displacement: Array
    scalars: Array
    load_factor: float
    damage: Array
    work: float
    lost: float


class CrackEvolution:
    """Goes through the load steps of a body and keeps its ledger of energy."""

    def __init__(
        self,
        solid: CrackedSolid,
        cracks: CrackField,
        settings: EvolutionSettings,
        prescribe: Callable[[float], None] | None = None,
    ) -> None:
        """Start from the unloaded body.

        Args:
            solid: the body.
            cracks: its damage.
            settings: how finely to go.
            prescribe: sets `solid.prescribed` for a load factor; by default its full values times the factor.
        """
        self.solid, self.cracks, self.settings = solid, cracks, settings
        self._prescribe = prescribe or self._proportional
        self.work, self.lost, self._whole_work = 0.0, 0.0, 0.0
        self.turns, self._turn = 0, 0
        self._parting: Array | None = None
        self._steps: list[EvolutionStep] = []
        self._largest = self._size = 1.0 / settings.steps
        self._parted: float | None = None
        self._unsolved: float | None = None
        self._reason = ""
        self._rest: _Rest | None = None

    def run(self, report: Callable[[EvolutionStep], None] | None = None) -> Evolution:
        """Go to the full load, or to where the body parts.

        Args:
            report: called with each step.

        Note:
            Collective. Where no equilibrium is found however small the step, the evolution ends and says why.
        """
        for step in self.through():
            if report is not None:
                report(step)
        return self.result()

    def through(self, between_turns: Callable[[], None] = lambda: None) -> Iterator[EvolutionStep]:
        """Take the steps under load, to the full load or to where the body parts; `result` says what became of it.

        Args:
            between_turns: called between the turns of a step, where its state can be kept as well.

        Note:
            Collective.
        """
        if not self._steps:
            start = self._settle(0.0, None, False, between_turns)
            # cracks that are there from the start come for nothing
            self.work, self.lost = start.elastic_energy + start.surface_energy, 0.0
            self.cracks.keep()
            self._steps.append(self._read(0.0, start.turns, False))
        while self._parted is None and self._unsolved is None and self._steps[-1].load_factor < 1.0 - 1e-12:
            step = self._try_step(between_turns)
            if step is not None:
                yield step

    def result(self) -> Evolution:
        """Return what has become of the body."""
        damage = None if self._parted is None else self._parting
        return Evolution(tuple(self._steps), self._parted, self._unsolved, damage, self._reason)

    def _try_step(self, between_turns: Callable[[], None]) -> EvolutionStep | None:
        """Take the next step; None when it was taken back, to be halved or because there is none."""
        last, smallest = self._steps[-1], self.settings.smallest_step * self._largest
        load = min(last.load_factor + self._size, 1.0)
        may_halve = load - last.load_factor > smallest * (1.0 + 1e-9)
        if not self._turn:
            self._rest = self._at_rest()
        try:
            step = self._settle(load, last, may_halve, between_turns)
        except ConvergenceError as error:
            self._take_back()
            if may_halve:
                self._size = max(0.5 * (load - last.load_factor), smallest)
                _LOGGER.info("load factor %.6g: %s The step is halved.", load, error)
                return None
            _LOGGER.info("load factor %.6g: %s", load, error)
            self._reason = str(error)
            if isinstance(error, PartedError):
                self._parted = load
            else:
                self._unsolved = load
            return None
        if step.jumped and may_halve:
            self._take_back()
            self._size = max(0.5 * (load - last.load_factor), smallest)
            _LOGGER.info("load factor %.6g: cracks jump by %.3g m. The step is halved.", load, step.crack_area)
            return None
        self.cracks.keep()
        self._steps.append(step)
        self._size = min(2.0 * self._size, self._largest)
        return step

    def _settle(
        self, load: float, before: EvolutionStep | None, give_up: bool, between_turns: Callable[[], None]
    ) -> EvolutionStep:
        """Go to a load factor and let displacement and damage settle; damage may heal until `CrackField.keep`.

        A step that was resumed goes on after the turns that it has taken already.

        Args:
            load: factor.
            before: the last step, to tell whether cracks jump in this one.
            give_up: whether to return as soon as they do, out of balance: the step will be taken back.
            between_turns: called between turns.

        Raises:
            PartedError: when the body gives way.
            ConvergenceError: when one of the two problems is not solved, or both together not in the turns allowed.
        """
        settings = self.settings
        if not self._turn:
            self._parting = None
            self._relax_displacement(load)
        while self._turn < settings.maximum_turns:
            change = self._grow_cracks(settings.relaxation if self._turn >= _PLAIN_TURNS else 1.0)
            self._relax_displacement(load)
            self.turns, self._turn = self.turns + 1, self._turn + 1
            settled = change < settings.damage_tolerance
            jumped = (settled or give_up) and self._has_jumped(before)
            if settled or jumped:
                taken, self._turn = self._turn, 0
                return self._read(load, taken, jumped)
            self._check_compliance(load)
            between_turns()
        raise ConvergenceError(f"cracks still grow after {settings.maximum_turns} turns of displacement and damage.")

    # Kept states

    def state(self) -> State:
        """Return steps and fields, also in the midst of a step; see `Restorable`. Collective."""
        damages, rest, parting = self.cracks.damage.function_space, self._rest, self._parting
        kept = {
            "steps": self._steps,
            "size": self._size,
            "work": self.work,
            "lost": self.lost,
            "work on the whole body": self._whole_work,
            "turns": self.turns,
            "turn": self._turn,
            "parted": self._parted,
            "unsolved": self._unsolved,
            "reason": self._reason,
            "is parting": parting is not None,
            "solid": self.solid.state(),
            "cracks": self.cracks.state(),
        }
        if parting is not None:
            kept["parting"] = dof_rows(damages, parting)
        if self._turn and rest is not None:
            kept["rest"] = {
                "displacement": dof_rows(self.solid.space, rest.displacement),
                "damage": dof_rows(damages, rest.damage),
                "scalars": rest.scalars,
                "load factor": rest.load_factor,
                "work": rest.work,
                "lost": rest.lost,
            }
        return kept

    def restore(self, kept: Kept) -> None:
        """Bring the body to a kept state. Collective."""
        damages = self.cracks.damage.function_space
        self._steps, self._size = kept.read("steps", list[EvolutionStep]), kept["size"]
        self.work, self.lost, self._whole_work = kept["work"], kept["lost"], kept["work on the whole body"]
        self.turns, self._turn = kept["turns"], kept["turn"]
        self._parted, self._unsolved, self._reason = kept["parted"], kept["unsolved"], kept["reason"]
        self._parting = dofs_of_rows(damages, kept, "parting") if kept["is parting"] else None
        self.cracks.restore(kept.part("cracks"))
        self.solid.restore(kept.part("solid"))
        self._prescribe(float(self.solid.load_factor.value))
        if self._turn and self._steps:
            rest = kept.part("rest")
            self._rest = _Rest(
                dofs_of_rows(self.solid.space, rest, "displacement"),
                np.asarray(rest["scalars"]),
                rest["load factor"],
                dofs_of_rows(damages, rest, "damage"),
                rest["work"],
                rest["lost"],
            )

    # One turn

    def _relax_displacement(self, load: float) -> None:
        """Equilibrium at the present damage; its entries in the ledger."""
        solid = self.solid
        start, scalars, old_load = solid.displacement.x.array.copy(), solid.scalars, float(solid.load_factor.value)
        first = self._forces()
        self._prescribe(load)
        solid.load_factor.value = load
        solid.solve()
        end, end_scalars = solid.displacement.x.array.copy(), solid.scalars
        last = self._forces()
        force, external, scalar_force, cooling = (_mean(one, other) for one, other in zip(first, last, strict=True))
        if not solid.linear:
            solid.set_state(0.5 * (start + end), 0.5 * (scalars + end_scalars), 0.5 * (old_load + load))
            middle = self._forces()
            solid.set_state(end, end_scalars, load)
            force, scalar_force = (_mean(first[k], last[k], middle[k]) for k in (0, 2))
            cooling = _mean(first[3], last[3], middle[3])

        owned = solid.space.dofmap.index_map.size_local * solid.components
        change = (end - start)[:owned]
        held = np.zeros(owned, dtype=bool)
        held[solid.owned_held] = True
        sums = np.array([external @ change + force[held] @ change[held], -(force[~held] @ change[~held])])
        work, lost = solid.domain.mesh.comm.allreduce(sums)
        # plates are tied to dofs that are counted already; layers behind plates and the thickness strain are not
        apart = len(scalars) - len(solid.tied_scalars)
        if apart:
            lost -= float(scalar_force[-apart:] @ (end_scalars - scalars)[-apart:])
        work -= cooling * (load - old_load)
        self.work, self.lost = self.work + float(work), self.lost + float(lost)
        self._load_work = float(solid.domain.mesh.comm.allreduce(last[1] @ end[:owned]))
        if self._whole_work == 0.0 and load > 0.0:
            self._whole_work = self._load_work / load**2

    def _grow_cracks(self, relaxation: float) -> float:
        """Damage at the present displacement; its entries in the ledger."""
        cracks = self.cracks
        owned = cracks.damage.function_space.dofmap.index_map.size_local
        start, pressure_work = cracks.damage.x.array.copy(), cracks.pressure_work()
        first = cracks.out_of_balance().getArray(readonly=True).copy()
        change = cracks.solve()
        if relaxation != 1.0:
            # never past a bound, so that damage neither heals nor exceeds one
            further = start + relaxation * (cracks.damage.x.array - start)
            cracks.damage.x.array[:] = np.clip(further, cracks.lower.x.array, cracks.upper.x.array)
        last = cracks.out_of_balance().getArray(readonly=True)
        step = (cracks.damage.x.array - start)[:owned]
        comm = self.solid.domain.mesh.comm
        self.lost += float(comm.allreduce(-0.5 * float((first + last)[:owned] @ step)))
        self.work += cracks.pressure_work() - pressure_work
        return change

    def _forces(self) -> tuple[Array, Array, Array, float]:
        """Residual and external force of owned dofs, residual of scalars, and what cooling works against."""
        solid = self.solid
        owned = solid.space.dofmap.index_map.size_local * solid.components
        force, scalars = solid.residual()
        external = solid.external_force().getArray(readonly=True)[:owned].copy()
        return force.getArray(readonly=True)[:owned].copy(), external, scalars, solid.eigenstrain_force()

    # States

    def _proportional(self, load: float) -> None:
        self.solid.prescribed.x.array[:] = load * self.solid.full_prescribed

    def _at_rest(self) -> _Rest:
        solid = self.solid
        return _Rest(
            solid.displacement.x.array.copy(),
            solid.scalars,
            float(solid.load_factor.value),
            self.cracks.damage.x.array.copy(),
            self.work,
            self.lost,
        )

    def _take_back(self) -> None:
        """Return to the end of the last step."""
        rest = self._rest
        assert rest is not None
        self.work, self.lost, self._turn = rest.work, rest.lost, 0
        self.cracks.damage.x.array[:] = rest.damage
        self._prescribe(rest.load_factor)
        self.solid.set_state(rest.displacement, rest.scalars, rest.load_factor)

    def _read(self, load: float, turns: int, jumped: bool) -> EvolutionStep:
        solid, cracks = self.solid, self.cracks
        damage = cracks.damage.x.array.max(initial=0.0)
        return EvolutionStep(
            load_factor=load,
            elastic_energy=solid.stored_energy(),
            surface_energy=cracks.surface_energy(),
            external_work=self.work,
            lost_energy=self.lost,
            crack_area=cracks.crack_area(),
            crack_volume=solid.crack_volume(),
            largest_damage=float(max(solid.domain.mesh.comm.allgather(float(damage)))),
            turns=turns,
            jumped=jumped,
        )

    def _has_jumped(self, before: EvolutionStep | None) -> bool:
        if before is None:
            return False
        solid = self.solid.domain
        dimension = 3 if solid.axisymmetric else solid.dimension
        grown = self.cracks.crack_area() - before.crack_area
        spent = self.cracks.surface_energy() - before.surface_energy
        lost = self.lost - before.lost_energy
        least = self.settings.jump_growth * self.cracks.length ** (dimension - 1)
        return grown > least and lost > self.settings.jump_loss * spent

    def _check_compliance(self, load: float) -> None:
        """Compare the work of the loads with that on the body before any crack grew in it, at the same load."""
        whole = abs(self._whole_work) * load**2
        if self._parting is None and whole > 0.0 and abs(self._load_work) > _PARTING * whole:
            self._parting = self.cracks.damage.x.array.copy()
        if self._whole_work != 0.0 and abs(self._load_work) > self.settings.largest_compliance * whole:
            raise PartedError("cracks have parted the body, which no longer carries its loads.")


def _mean(first: Any, last: Any, middle: Any = None) -> Any:
    """Mean of a quantity along a change: of both ends where it is linear, else by Simpson's rule."""
    return 0.5 * (first + last) if middle is None else (first + 4.0 * middle + last) / 6.0
