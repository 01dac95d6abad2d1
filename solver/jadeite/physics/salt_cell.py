# SPDX-License-Identifier: LGPL-3.0-or-later
"""A separator with dissolved salt between two sodium electrodes: steady states and holds in time.

The plating electrode has potential 0; the potential of the stripping electrode is given, or unknown under a given
current. In the steady state the anion balance leaves the amount of salt open. One concentration in each piece of
polymer is then a scalar unknown, and the amount of salt its equation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import ufl
from dolfinx import fem

from jadeite.constants import thermal_voltage
from jadeite.fem.assembly import integral
from jadeite.fem.coupled import CoupledProblem, Field, GivenTerm, Scalar
from jadeite.fem.coupled_newton import CoupledNewton
from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Kept, Restart, State, function_rows, restore_function
from jadeite.fem.time_steps import TimeSteps
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.binary_electrolyte import SaltTransport
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.contact import BoundContact, Contact

_LOGGER = logging.getLogger(__name__)

#: Lowest concentration over that without current at which the salt counts as used up.
DEPLETED = 5e-3
#: Below it a hold that fails has run out of salt, and the time of depletion is found from the last two steps.
NEARLY_DEPLETED = 20.0 * DEPLETED
#: Last Newton step over the size of its field; the error left is about its square.
_STEADY_TOLERANCE, _STEP_TOLERANCE = 1e-7, 1e-5
#: How near the limiting current is approached when a current has no steady state.
_NEAR = 0.02
#: Lowest concentration, over that without current, up to which a current without steady state is one above the limit.
_LIMIT_IN_SIGHT = 0.2


@dataclass(frozen=True)
class SaltState:
    """Scalars of one state; in the plane totals are per metre of depth.

    Attributes:
        time: s; zero for a steady state.
        voltage: potential of the stripping against the plating electrode, V.
        current_out: current that leaves the stripping metal, A.
        current_in: current that enters the plating metal, A, found independently.
        lowest, highest: concentration over that without current.
        lowest_place: where the lowest is.
        at_plating, at_stripping: mean concentration beside the electrodes over that without current; NaN where no
            polymer touches one.
        salt_change: change of the amount of salt over the amount.
        newton_steps: of the solve.
    """

    time: float
    voltage: float
    current_out: float
    current_in: float
    lowest: float
    highest: float
    lowest_place: str
    at_plating: float
    at_stripping: float
    salt_change: float
    newton_steps: int


class LimitingCurrentError(ConvergenceError):
    """No steady state carries the current.

    Attributes:
        limit: estimate of the limiting current, A (in the plane per metre of depth).
        place: where the salt is used up.
    """

    def __init__(self, message: str, limit: float, place: str) -> None:
        super().__init__(message)
        self.limit, self.place = limit, place


class SaltCell:
    """Salt transport between two electrodes."""

    def __init__(
        self,
        transport: SaltTransport,
        plating: Sequence[Contact],
        stripping: Sequence[Contact],
        temperature: float,
        area: float,
        *,
        current_controlled: bool = True,
        linear: str = "automatic",
        maximum_newton_steps: int = 40,
        progress: Callable[[int, float], None] | None = None,
    ) -> None:
        """Put transport and electrodes together.

        Args:
            transport: fields and their equations.
            plating, stripping: contacts of the electrodes.
            temperature: K.
            area: of an electrode, for messages; m^2 (in the plane m).
            current_controlled: whether currents are given, or voltages.
            linear: `automatic`, `direct` or `iterative`.
            maximum_newton_steps: before a solve is given up.
            progress: called with step and residual norm of each Newton step.

        Note:
            Collective.
        """
        self.transport, self.domain, self.area = transport, transport.domain, area
        self._size = thermal_voltage(temperature)
        self._newton_for = partial(CoupledNewton, linear=linear, maximum_steps=maximum_newton_steps, progress=progress)
        mesh = self.domain.mesh
        self._metal = fem.Constant(mesh, 0.0)
        ground, none = fem.Constant(mesh, 0.0), fem.Constant(mesh, 0.0)
        self._bound = [
            [contact.bind(self.domain, metal, none) for contact in contacts if contact.law is not None]
            for contacts, metal in ((plating, ground), (stripping, self._metal))
        ]
        self._plating_dofs, self._stripping_dofs = (self._ideal_dofs(contacts) for contacts in (plating, stripping))
        self._voltage = Scalar(
            "cell voltage", ufl.variable(self._metal), self._size, None, 0.0, ("potential", self._stripping_dofs)
        )
        self._current_controlled = current_controlled
        self._newton_of: dict[bool, CoupledNewton] = {}
        self._compile_readings()
        self._amounts = self._read_amounts()

    # Set-up

    def _ideal_dofs(self, contacts: Sequence[Contact]) -> np.ndarray:
        kinds = tuple(kind for c in contacts if c.law is None and c.sodium is None for kind in c.kinds)
        facets = self.domain.facets(*kinds) if kinds else np.zeros(0, dtype=np.int32)
        space = self.transport.potential_space.space
        return fem.locate_dofs_topological(space, self.domain.dimension - 1, facets)

    def _terms(self) -> list[GivenTerm]:
        """What electrodes with a law do, with slopes by hand: some laws are themselves solved by iteration."""
        space = self.transport.potential_space.space
        phi, u, v = self.transport.potential, ufl.TrialFunction(space), ufl.TestFunction(space)

        def term(bound: BoundContact, strips: bool) -> GivenTerm:
            derivatives = {"potential": bound.slope(phi) * u * v * bound.measure}
            if strips and self._current_controlled:
                derivatives["cell voltage"] = -bound.slope(phi) * v * bound.measure
            return GivenTerm("potential", -bound.current_density(phi) * v * bound.measure, derivatives)

        terms = [term(bound, side == 1) for side, contacts in enumerate(self._bound) for bound in contacts]
        if self._current_controlled:
            terms += [
                GivenTerm(
                    "cell voltage",
                    bound.current_density(phi) * bound.measure,
                    {
                        "potential": -bound.slope(phi) * v * bound.measure,
                        "cell voltage": bound.slope(phi) * bound.measure,
                    },
                )
                for bound in self._bound[1]
            ]
        return terms

    def _newton(self, steady: bool) -> CoupledNewton:
        """The solver of steady states, which fixes the amounts of salt, or of time steps, which keep them."""
        if steady in self._newton_of:
            return self._newton_of[steady]
        transport = self.transport
        space = transport.potential_space.space
        pinned = [self._plating_dofs] if self._current_controlled else [self._plating_dofs, self._stripping_dofs]
        fields = [
            Field(
                "salt concentration",
                transport.concentration,
                transport.largest_concentration,
                transport.anion_balance(),
                transport.empty_dofs,
                positive=True,
            ),
            Field(
                "potential",
                transport.potential,
                self._size,
                transport.charge_balance(ufl.TestFunction(space)),
                np.concatenate(pinned),
            ),
        ]
        scalars = [self._voltage] if self._current_controlled else []
        if steady:
            for number, (piece, amount) in enumerate(zip(transport.pieces, self._amounts, strict=True)):
                level = ufl.variable(fem.Constant(self.domain.mesh, 0.0))
                scalars.append(
                    Scalar(
                        f"salt concentration in piece {number + 1}",
                        level,
                        transport.largest_concentration,
                        transport.amount(piece),
                        amount,
                        ("salt concentration", transport.anchor(piece)),
                        counts_flux=False,
                    )
                )
        problem = CoupledProblem("salt", self.domain, fields, scalars, self._terms())
        tolerance = _STEADY_TOLERANCE if steady else _STEP_TOLERANCE
        newton = self._newton_for(problem, tolerance=tolerance)
        self._newton_of[steady] = newton
        return newton

    def _compile_readings(self) -> None:
        transport, domain = self.transport, self.domain
        near = fem.Function(transport.potential_space.space)
        facets = domain.facets(SurfaceKind.PLATING_ELECTRODE, SurfaceKind.FLAW_WALL)
        near.x.array[fem.locate_dofs_topological(near.function_space, domain.dimension - 1, facets)] = 1.0
        self._current_in = fem.form(-transport.charge_balance(near))
        far = fem.Function(transport.potential_space.space)
        facets = domain.facets(SurfaceKind.STRIPPING_ELECTRODE)
        far.x.array[fem.locate_dofs_topological(far.function_space, domain.dimension - 1, facets)] = 1.0
        self._current_out = fem.form(transport.charge_balance(far))
        self._amount_forms = [fem.form(transport.amount(piece)) for piece in transport.pieces]
        salt = transport.domain.cell_field(transport.salt.present.astype(np.float64), "salt")
        self._beside = []
        for kind in (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE):
            measure = domain.ds([kind], 2 * transport.degree)
            self._beside.append((fem.form(salt * transport.concentration * measure), fem.form(salt * measure)))

    def _read_amounts(self) -> list[float]:
        return [integral(form, self.domain.mesh.comm) for form in self._amount_forms]

    # Solve

    def steady(self, control: Current | Voltage) -> SaltState:
        """Solve for a steady state, from the present one or in steps from the state without current.

        Raises:
            LimitingCurrentError: no steady state carries the current.
            ConvergenceError: Newton's method fails for another reason.

        Note:
            Collective.
        """
        try:
            return self._solve_steady(control.value)
        except ConvergenceError as error:
            _LOGGER.info("the steady state is approached in steps: %s", error)
            failure = error
        self.transport.reset()
        self._metal.value = 0.0
        reached, step = 0.0, 0.25
        state: SaltState | None = None
        while reached < 1.0:
            saved = [one.x.array.copy() for one in self._fields()], float(self._metal.value)
            try:
                state = self._solve_steady(control.value * min(reached + step, 1.0))
            except ConvergenceError as error:
                failure = error
                for one, values in zip(self._fields(), saved[0], strict=True):
                    one.x.array[:] = values
                self._metal.value = saved[1]
                step *= 0.5
                if step < _NEAR * max(reached, _NEAR):
                    break
                continue
            reached = min(reached + step, 1.0)
        if state is not None and reached == 1.0:
            return state
        if state is None or state.lowest > _LIMIT_IN_SIGHT or not self._current_controlled:
            raise failure
        raise self._beyond_limit(control.value, state)

    def _solve_steady(self, value: float) -> SaltState:
        self.transport.rate.stop()
        self._set(value)
        report = self._newton(True).solve()
        return self.read(0.0, report.steps)

    def _beyond_limit(self, wanted: float, last: SaltState) -> LimitingCurrentError:
        """The concentration falls about in proportion to the current, so that the last state tells the limit."""
        limit = last.current_out / (1.0 - last.lowest)
        asked, most = (0.1 * current / self.area for current in (wanted, limit))
        return LimitingCurrentError(
            f"salt: no steady state carries {asked:.4g} mA/cm^2: the limiting current density is about "
            f"{most:.4g} mA/cm^2, where the salt is used up at {last.lowest_place}. Try a smaller current density, a "
            "thinner electrolyte, or `protocol: {law: hold}`, which follows the depletion in time.",
            limit,
            last.lowest_place,
        )

    def hold(
        self,
        control: Current | Voltage,
        duration: float,
        tolerance: float = 1e-3,
        first_step: float | None = None,
        restart: Restart | None = None,
        last: SaltState | None = None,
    ) -> Iterator[SaltState]:
        """Hold a current or voltage from the present concentration; yields after each time step.

        The hold ends early when the salt is used up somewhere: the last state then has a lowest concentration of
        at most `DEPLETED`, or no shorter time step leads on.

        Args:
            control: total current or cell voltage.
            duration: s.
            tolerance: error allowed in each step.
            first_step: s, or None.
            restart: where the hold keeps its state, and finds that of a hold to go on with.
            last: the state after which that hold goes on, or None.

        Raises:
            ConvergenceError: when time steps fail while there is salt everywhere.

        Note:
            Collective.
        """
        self._set(control.value)
        newton = self._newton(False)
        steps = 0

        def solve() -> None:
            nonlocal steps
            steps = newton.solve().steps

        others = [self.transport.potential, self._metal]
        steps_in_time = TimeSteps([self.transport.rate], solve, others, tolerance, 1e-6, restart)
        try:
            for step in steps_in_time.march(duration, first_step):
                last = self.read(step.time, steps)
                yield last
                if last.lowest <= DEPLETED:
                    return
        except ConvergenceError:
            if last is None or last.lowest > NEARLY_DEPLETED:
                raise
            _LOGGER.info("the hold ends at %.6g s, where the salt is used up at %s", last.time, last.lowest_place)

    def _set(self, value: float) -> None:
        if self._current_controlled:
            self._voltage.target = value
        else:
            self._metal.value = value
            self.transport.potential.x.array[self._stripping_dofs] = value
        self.transport.potential.x.array[self._plating_dofs] = 0.0

    def state(self) -> State:
        """Return what a steady solve starts from."""
        fields = {one.name: function_rows(one) for one in self._fields()}
        return {**fields, "scalars": [float(scalar.constant.value) for scalar in self._steady_scalars()]}

    def restore(self, kept: Kept) -> None:
        """Bring back what `state` has returned. Collective."""
        for one in self._fields():
            restore_function(one, kept, one.name)
        for scalar, value in zip(self._steady_scalars(), kept["scalars"], strict=True):
            scalar.constant.value = value

    def _steady_scalars(self) -> Sequence[Scalar]:
        return self._newton(True).problem.scalars

    def _fields(self) -> tuple[fem.Function, fem.Function]:
        return self.transport.concentration, self.transport.potential

    def read(self, time: float, newton_steps: int) -> SaltState:
        """Return the scalars of the present state. Collective."""
        comm = self.domain.mesh.comm
        lowest, highest, place = self.transport.extremes()
        before, now = sum(self._amounts), sum(self._read_amounts())
        beside = []
        for amount, size in self._beside:
            wetted = integral(size, comm)
            mean = integral(amount, comm) / wetted / self.transport.largest_concentration if wetted else np.nan
            beside.append(float(mean))
        return SaltState(
            time=time,
            voltage=float(self._metal.value),
            current_out=integral(self._current_out, comm),
            current_in=integral(self._current_in, comm),
            lowest=lowest,
            highest=highest,
            lowest_place=place,
            at_plating=beside[0],
            at_stripping=beside[1],
            salt_change=now / before - 1.0,
            newton_steps=newton_steps,
        )


def depletion_time(states: Sequence[SaltState], duration: float) -> float | None:
    """Return when the lowest concentration reaches zero, on the line through the last two states; None if it does not.

    Args:
        states: of a hold, in order.
        duration: of the hold, s. Salt that is left then is not used up; a hold that ends earlier, at most at
            `NEARLY_DEPLETED`, is.
    """
    if not states or states[-1].lowest > NEARLY_DEPLETED:
        return None
    if states[-1].time >= duration and states[-1].lowest > DEPLETED:
        return None
    if len(states) == 1:
        return states[0].time
    one, two = states[-2:]
    fall = (one.lowest - two.lowest) / (two.time - one.time)
    return two.time + two.lowest / fall if fall > 0.0 else two.time
