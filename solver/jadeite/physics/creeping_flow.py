# SPDX-License-Identifier: LGPL-3.0-or-later
"""Steady flow of creeping metal in the geometry that it has: velocity and mean stress for given speeds of its walls.

    int (s : eps(w) + m div w) dx = work of friction,   s = 2/3 (sigma_e / rate_e) eps(v),
    int q (div v - (m - m_0) / k) dx = 0

v is the velocity, s the deviatoric and m the mean stress, rate_e = sqrt(2/3 eps : eps) the equivalent strain rate and
sigma_e(rate_e) the flow stress of the law. Elastic strains are gone in a steady state, so that they do not appear. The
pair of quadratic velocities and linear mean stresses keeps the volume without locking (Taylor and Hood 1973); the term
with the large number k helps the factorisation, and vanishes as the solve is repeated with the last m as m_0. Ceramic
is rigid beside metal that creeps: it moves with the wall that it lies on.

Where metal slides along a wall, friction acts against its velocity v_t relative to the wall:

    t = - min(mu p, tau_max) v_t / sqrt(v_t^2 + v_0^2)

with the pressure p of the metal on the wall. The strain rate and the sliding speed are rounded off at a small share of
those that occur (rate_0, v_0), because the laws have no derivative at rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.cell_dofs import dofs_of_cells
from jadeite.fem.coupled import CoupledProblem, Field
from jadeite.fem.coupled_newton import CoupledNewton, CoupledReport
from jadeite.fem.domain import Domain
from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Kept, State, function_rows, restore_function
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.solid.contact_law import Friction
from jadeite.physics.strains import strain_tensor
from jadeite.physics.supports import Pin, Support, held_dofs, radial_dofs_on_axis

#: Strain rate at which the law is rounded off, over the nominal one: its stress is still a tenth of the nominal.
_ROUNDED_RATE = 1e-5
#: Sliding speed below which friction is proportional to it, over the speed of the walls.
_ROUNDED_SPEED = 1e-3
#: 1/k in nominal strain rates over nominal stresses, and how often a solve is repeated with the mean stress it found.
_VOLUME_CHANGE, _REPETITIONS = 1e-6, 2
_SMALLEST_STRIDE = 2e-3
#: Growth of strides, after those that took few Newton steps; Newton steps before one is given up.
_LONGER, _EASY, _MOST_STEPS = 1.5, 10, 25
#: The same at the start of the way to friction, first stride on that way, and drag of the oil that is there at its
#: start, in nominal stresses at the nominal speed.
_FIRST_ROUNDED_SPEED, _FIRST_GRIP, _OIL = 1e2, 0.1, 1e-3
_TWO_THIRDS = 2.0 / 3.0

#: Uniaxial flow stress (Pa) as a UFL expression of the equivalent strain rate (1/s).
FlowStress = Callable[[Expr], Expr]


@dataclass(frozen=True, eq=False)
class Wall:
    """Surfaces that move along y at a speed of their own and that metal sticks to or slides on.

    Attributes:
        kinds: kinds of surface.
        velocity: along y, m/s; a constant, so that it can change between solves.
        friction: how metal slides, or None where it sticks.
    """

    kinds: tuple[SurfaceKind, ...]
    velocity: fem.Constant
    friction: Friction | None = None


class CreepingFlow:
    """Velocity and mean stress of metal between walls."""

    name = "creeping flow"

    def __init__(
        self,
        domain: Domain,
        flow_stress: FlowStress,
        walls: Sequence[Wall],
        *,
        nominal_speed: float,
        nominal_rate: float,
        nominal_stress: float,
        conditions: Sequence[Support | Pin] = (),
        rigid: NDArray[np.bool_] | None = None,
        linear: str = "automatic",
        tolerance: float = 1e-8,
        progress: Callable[[int, float], None] | None = None,
    ) -> None:
        """Compile the problem.

        Args:
            domain: metal, and ceramic that is rigid.
            flow_stress: of the metal.
            walls: that press on it.
            nominal_speed: of walls, m/s: unit of velocities.
            nominal_rate: strain rate that goes with it, 1/s.
            nominal_stress: flow stress at that rate, Pa: unit of stresses.
            conditions: where components of the velocity are zero beside the walls.
            rigid: regions of ceramic, (regions,); each piece of it lies on one wall. None for none.
            linear: solver of linear systems: `automatic`, `direct` or `iterative`.
            tolerance: of Newton's method.
            progress: called with step and weighed residual norm of each Newton step.

        Raises:
            ValueError: when ceramic lies on no wall or on two.

        Note:
            Collective.
        """
        self.domain, self.walls = domain, tuple(walls)
        msh = domain.mesh
        dimension = msh.geometry.dim
        space = fem.functionspace(msh, ("Lagrange", 2, (dimension,)))
        self.velocity = fem.Function(space, name="velocity")
        self.mean_stress = fem.Function(fem.functionspace(msh, ("Lagrange", 1)), name="mean stress")
        self._last = fem.Function(self.mean_stress.function_space, name="mean stress of the last solve")
        self._flow_stress = flow_stress
        self._nominal_rate, self._nominal_speed = nominal_rate, nominal_speed
        self._faster = fem.Constant(msh, 1.0)
        self._grip = fem.Constant(msh, 0.0)
        self._oil = _OIL * nominal_stress / nominal_speed
        self._solved_at: float | None = None
        self._viscous = nominal_stress / nominal_rate
        self._share = fem.Constant(msh, 0.0)
        hard = np.zeros(len(domain.tagged.regions), dtype=bool) if rigid is None else rigid
        self._flows = domain.cell_field((~hard).astype(float), "flows")
        dx = domain.dx(3)
        w, q = ufl.TestFunction(space), ufl.TestFunction(self.mean_stress.function_space)
        rate = self._rate(self.velocity)
        momentum = self._flows * ufl.inner(self.stress, self._rate(w)) * dx
        bulk_fluidity = _VOLUME_CHANGE * nominal_rate / nominal_stress
        volume = self._flows * (ufl.tr(rate) - bulk_fluidity * (self.mean_stress - self._last)) * q * dx
        sliding = [
            ufl.inner(self._traction(wall.friction), w) * domain.ds(wall.kinds, 4)
            for wall in self.walls
            if wall.friction is not None and wall.friction.coefficient > 0.0
        ]
        along = sum(sliding[1:], sliding[0]) if sliding else None
        self._friction_power = None if along is None else fem.form(-ufl.action(along, self.velocity))
        self._power = fem.form(self._flows * ufl.inner(self.stress, rate) * dx)
        self._force = fem.form(momentum)
        along_y = ufl.FacetNormal(msh)[1]
        self._outward = [fem.form(along_y * domain.ds(wall.kinds, 1)) for wall in self.walls]
        pieces = self._rigid_pieces(hard)
        self._wall_dofs = [self._dofs_of(space, wall, cells) for wall, cells in zip(self.walls, pieces, strict=True)]
        pinned = [*self._wall_dofs]
        for wall, cells in zip(self.walls, pieces, strict=True):
            axes = [axis for axis in range(dimension) if axis != 1]
            nodes = dofs_of_cells(space, cells)
            pinned += [(nodes * dimension + axis).astype(np.int32) for axis in axes]
            if wall.friction is None:
                pinned += [held_dofs(domain, space, Support(wall.kinds, axis)) for axis in axes]
        pinned += [held_dofs(domain, space, condition) for condition in conditions]
        if domain.axisymmetric:
            pinned.append(radial_dofs_on_axis(domain, space))
        scalars = self.mean_stress.function_space
        of_metal = dofs_of_cells(scalars, np.flatnonzero(~hard[domain.cell_region]))
        everywhere = np.arange(len(self.mean_stress.x.array), dtype=np.int32)
        without = np.setdiff1d(everywhere, of_metal)
        problem = CoupledProblem(
            self.name,
            domain,
            [
                Field(
                    "velocity",
                    self.velocity,
                    nominal_speed,
                    momentum if along is None else momentum - along,
                    np.unique(np.concatenate(pinned)).astype(np.int32),
                ),
                Field("mean stress", self.mean_stress, nominal_stress, volume, without),
            ],
        )
        advice = (
            "Try a finer mesh"
            if along is None
            else "Try metal that sticks (`metal_contact: {law: bonded}`), as it does wherever friction passes its flow "
            "stress in shear, or give `largest_shear_stress`"
        )
        self._newton = CoupledNewton(
            problem,
            linear=linear,
            tolerance=tolerance,
            maximum_steps=_MOST_STEPS,
            progress=progress,
            advice=advice,
        )

    @property
    def stress(self) -> Expr:
        """The stress as a 3 x 3 tensor, Pa, tension positive."""
        rate = self._rate(self.velocity)
        deviator = ufl.dev(rate)
        equivalent = ufl.sqrt(
            _TWO_THIRDS * ufl.inner(deviator, deviator) + (_ROUNDED_RATE * self._faster * self._nominal_rate) ** 2
        )
        # from a viscous liquid to the law in a few strides, each the start of the next
        viscosity = (1.0 - self._share) * self._viscous + self._share * self._flow_stress(equivalent) / equivalent
        return _TWO_THIRDS * viscosity * deviator + self.mean_stress * ufl.Identity(3)

    @property
    def flowing_stress(self) -> Expr:
        """The stress in metal, zero in ceramic, whose stress does not follow from its rest."""
        return self._flows * self.stress

    def solve(self) -> CoupledReport:
        """Solve for the present speeds of the walls.

        The start is the last solution, faster as the walls are; where there is none, or it leads nowhere, a liquid of
        the nominal viscosity that slides as on oil, from which first the law and then the friction is reached in
        strides.

        Raises:
            ConvergenceError: when Newton's method fails however small the stride from the liquid to the law and from
                oil to friction.

        Note:
            Collective.
        """
        speed = max(abs(float(wall.velocity.value)) for wall in self.walls)
        self._faster.value = speed / self._nominal_speed
        if self._solved_at is not None:
            ratio = speed / self._solved_at
            self.velocity.x.array[:] *= ratio
            self.mean_stress.x.array[:] *= self._stress_at(ratio)
            self._move_walls()
            try:
                return self._settled(speed)
            except ConvergenceError:
                self._solved_at = None
        self._move_walls()
        self._grip.value = 0.0
        self._raise(self._share, 0.7)
        if self._friction_power is not None:
            self._raise(self._grip, _FIRST_GRIP)
        return self._settled(speed)

    def state(self) -> State:
        """Return the last solution, from which the next solve starts; see `Restorable`."""
        return {
            "velocity": function_rows(self.velocity),
            "mean stress": function_rows(self.mean_stress),
            "last mean stress": function_rows(self._last),
            "solved at": self._solved_at,
            "faster": float(self._faster.value),
            "share": float(self._share.value),
            "grip": float(self._grip.value),
        }

    def restore(self, kept: Kept) -> None:
        """Return to a solution that was kept. Collective."""
        restore_function(self.velocity, kept, "velocity")
        restore_function(self.mean_stress, kept, "mean stress")
        restore_function(self._last, kept, "last mean stress")
        self._solved_at = kept["solved at"]
        self._faster.value, self._share.value, self._grip.value = kept["faster"], kept["share"], kept["grip"]

    def _raise(self, part: fem.Constant, stride: float) -> None:
        """Go from zero to one with a part of the equations, in strides that suit Newton's method."""
        fields = (self.velocity, self.mean_stress)
        part.value, reached = 0.0, 0.0
        if part is self._share:
            self._newton.solve()
        while reached < 1.0:
            good = [one.x.array.copy() for one in fields]
            part.value = 1.0 if reached + stride > 1.0 - 1e-9 else reached + stride
            try:
                report = self._newton.solve()
            except ConvergenceError:
                stride *= 0.3
                for one, values in zip(fields, good, strict=True):
                    one.x.array[:] = values
                if stride < _SMALLEST_STRIDE:
                    raise
                continue
            reached = float(part.value)
            stride *= _LONGER if report.steps <= _EASY else 1.0

    def _settled(self, speed: float) -> CoupledReport:
        """Solve from a start that is close, until the mean stress is its own."""
        steps = 0
        for _ in range(1 + _REPETITIONS):
            self._last.x.array[:] = self.mean_stress.x.array
            report = self._newton.solve()
            steps += report.steps
        self._solved_at = speed
        return CoupledReport(steps, report.last_step)

    def _move_walls(self) -> None:
        for wall, dofs in zip(self.walls, self._wall_dofs, strict=True):
            self.velocity.x.array[dofs] = float(wall.velocity.value)

    def _stress_at(self, ratio: float) -> float:
        """How many times higher the flow stress is where all is faster by a ratio than at the last solution."""
        now = float(self._faster.value) * self._nominal_rate
        stresses = [float(ufl.as_ufl(self._flow_stress(ufl.as_ufl(rate)))) for rate in (now, now / ratio)]
        return stresses[0] / stresses[1]

    def force_on(self, wall: Wall) -> float:
        """Return the force along y that presses a wall and the metal together, N (in the plane per metre of depth).

        It is negative where they pull on each other. It is the resistance of the metal to a virtual motion of the wall,
        so it includes what happens at its edges.

        Note:
            Collective.
        """
        vector = assembled_vector(self._force)
        index = self.walls.index(wall)
        dofs = self._wall_dofs[index]
        owned = dofs[dofs < vector.getLocalSize()]
        force = self.domain.mesh.comm.allreduce(float(vector.getArray(readonly=True)[owned].sum()))
        vector.destroy()
        # a wall that the metal faces along +y presses it along -y
        return -force * float(np.sign(integral(self._outward[index], self.domain.mesh.comm)))

    def powers(self) -> tuple[float, float, float]:
        """Return the power that walls bring in, that the metal dissipates, and that friction dissipates, W.

        The first comes from the forces on walls and their speeds, the other two from integrals of the stress.

        Note:
            Collective.
        """
        vector = assembled_vector(self._force)
        brought = 0.0
        for wall, dofs in zip(self.walls, self._wall_dofs, strict=True):
            owned = dofs[dofs < vector.getLocalSize()]
            brought += float(vector.getArray(readonly=True)[owned].sum()) * float(wall.velocity.value)
        vector.destroy()
        comm = self.domain.mesh.comm
        return comm.allreduce(brought), integral(self._power, comm), integral(self._friction_power, comm)

    def _rate(self, v: Expr) -> Expr:
        """Strain rate as a 3 x 3 tensor."""
        hoop = v[0] / ufl.SpatialCoordinate(self.domain.mesh)[0] if self.domain.axisymmetric else None
        return strain_tensor(v, hoop)

    def _traction(self, friction: Friction) -> Expr:
        """Shear traction of a wall across y on the metal."""
        v, dimension = self.velocity, self.domain.mesh.geometry.dim
        along = ufl.as_vector([v[i] if i != 1 else ufl.as_ufl(0.0) for i in range(dimension)])
        rounded = _FIRST_ROUNDED_SPEED * (_ROUNDED_SPEED / _FIRST_ROUNDED_SPEED) ** self._grip
        size = ufl.sqrt(ufl.inner(along, along) + (rounded * self._faster * self._nominal_speed) ** 2)
        rubbing = _shear_stress(friction, -self.stress[1, 1]) / size
        return -(rubbing + (1.0 - self._grip) * self._oil) * along

    def _rigid_pieces(self, hard: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
        """Local cells of the ceramic that lies on each wall."""
        domain = self.domain
        if not hard.any():
            return [np.zeros(0, dtype=np.int32) for _ in self.walls]
        pairs = domain.tagged.surfaces.regions
        between = (pairs >= 0).all(axis=1) & hard[np.maximum(pairs, 0)].all(axis=1)
        piece = domain.joined_regions(np.flatnonzero(between))
        of_region = np.full(len(hard), -1, dtype=np.int64)
        of_region[domain.cell_region] = piece
        domain.mesh.comm.Allreduce(MPI.IN_PLACE, of_region, op=MPI.MAX)
        touching = []
        for wall in self.walls:
            regions = pairs[domain.surface_rows(*wall.kinds)].max(axis=1)
            touching.append(np.unique(of_region[regions[hard[regions]]]))
        lies = np.concatenate(touching)
        if len(np.unique(lies)) < len(lies) or len(np.setdiff1d(of_region[hard], lies)):
            raise ValueError("ceramic lies on no wall or on two")
        ceramic = hard[domain.cell_region]
        return [np.flatnonzero(ceramic & np.isin(piece, pieces)).astype(np.int32) for pieces in touching]

    def _dofs_of(self, space: fem.FunctionSpace, wall: Wall, cells: NDArray[np.int32]) -> NDArray[np.int32]:
        """Local dofs of the velocity along y that move with a wall: those on it and on ceramic that lies on it."""
        nodes = dofs_of_cells(space, cells)
        on_wall = held_dofs(self.domain, space, Support(wall.kinds, 1))
        of_ceramic = nodes * self.domain.mesh.geometry.dim + 1
        return np.union1d(on_wall, of_ceramic).astype(np.int32)


def _shear_stress(friction: Friction, pressure: Expr) -> Expr:
    """Shear stress of sliding under a pressure, Pa; a wall does not pull metal along."""
    limit = friction.coefficient * ufl.max_value(pressure, 0.0)
    return limit if friction.largest_shear_stress is None else ufl.min_value(limit, friction.largest_shear_stress)
