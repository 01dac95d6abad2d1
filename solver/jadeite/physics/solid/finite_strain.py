# SPDX-License-Identifier: LGPL-3.0-or-later
"""A solid that may deform by any amount: equilibrium on the reference body (total Lagrangian), without locking.

    int (P_law + m F^-T) : grad(v) dX = 0,   int q (ln J - m / K) dX = 0   in metal,   F = I + grad u,  J = det F

P_law is the stress of the bulk law (`finite_strain_kinematics.py`), in metal its deviator alone; m is the Kirchhoff
mean stress of the metal, a field of its own: with ln J = tr(ln V) as the change of volume it belongs to the energy
K (ln J)^2 / 2. Displacements of degree two with mean stresses of degree one keep the volume of metal that flows
without locking (Taylor and Hood 1973). In ceramic the law gives the whole stress. The body is a slice in plane strain,
a body of revolution, or in space.

Energy is counted step by step, with the mean of the forces or stresses at both ends of a step. Outside, forces at
supports and plates times their displacements; inside, what the laws say their points store and what they dissipate,
from the Kirchhoff stress and the increments of elastic and inelastic logarithmic strain. Neither side is worked out
from the other. Along a path that bends, the two agree to the second power of the step, so that the imbalance is an
error of time steps; the steps are chosen to keep it below the tolerance. Apart from that, the work of the stress in the
body on the change of the deformation gradient is compared with the work outside: these agree to rounding in
equilibrium, however long the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.broken import broken_space
from jadeite.fem.coupled import CoupledProblem, Field, GivenTerm, Scalar
from jadeite.fem.coupled_newton import CoupledNewton
from jadeite.fem.domain import Domain
from jadeite.fem.state import Kept, State, dof_rows, dofs_of_rows, owned_dof_rows
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.solid.energy import EnergyLedger, EnergyStep
from jadeite.physics.solid.finite_strain_points import FinitePoints, GradientPoints
from jadeite.physics.solid.laws import Array, BulkRegions
from jadeite.physics.supports import Pin, Support, held_dofs, radial_dofs_on_axis

_DISPLACEMENT, _MEAN_STRESS, _PLATE = "displacement", "mean stress", "displacement of the plate"
_TOLERANCE = 1e-6
#: Displacement, over the thickness, to which errors of time steps are related.
_TRAVEL = 0.1
#: Weight of the error of the force, which is not carried on from step to step.
_FORCE_WEIGHT = 0.1


@dataclass(frozen=True)
class Plate:
    """A rigid plate across y on some surfaces.

    Attributes:
        kinds: kinds of surface.
        force: along y on the body, N (in the plane per metre of depth), or None when its displacement is given.
    """

    kinds: tuple[SurfaceKind, ...]
    force: float | None = None


@dataclass(frozen=True, eq=False)
class _State:
    """Displacement and mean stress, position of the plate, forces at the nodes of this rank, and on the plate."""

    values: tuple[Array, Array]
    plate: float
    forces: Array
    force: float


class FiniteStrainBody:
    """A solid under a plate, advanced in steps of time; `March` of `steps.py` takes the steps.

    Attributes:
        displacement: m.
        mean_stress: Kirchhoff mean stress of the metal, Pa.
        plate_displacement: along y, m.
        ledger: energies of the steps so far; its imbalance is an error of time steps.
    """

    name = "solid at large strain"

    def __init__(
        self,
        domain: Domain,
        laws: Sequence[BulkRegions],
        mixed: NDArray[np.bool_],
        plate: Plate,
        conditions: Sequence[Support | Pin],
        *,
        stress_size: float,
        linear: str = "automatic",
    ) -> None:
        """Compile all forms.

        Args:
            domain: the solid, undeformed.
            laws: of the regions; each region is of one of them.
            mixed: regions with a mean stress of their own, of isotropic laws, (regions,).
            plate: what presses.
            conditions: what holds the body; a support on the surface of the plate may hold what slides along it.
            stress_size: by how much stresses typically vary, Pa.
            linear: solver of linear systems.

        Raises:
            ValueError: for laws that do not fit the regions.

        Note:
            Collective.
        """
        self.domain, self.plate = domain, plate
        msh = domain.mesh
        dimension = domain.dimension
        self._space = fem.functionspace(msh, ("Lagrange", 2, (dimension,)))
        self.displacement = fem.Function(self._space, name=_DISPLACEMENT)
        is_mixed = domain.cell_field(mixed.astype(float), "has a mean stress")
        compressibility = domain.cell_field(_compressibility(laws, mixed), "compressibility")
        scalars = broken_space(msh, mixed[domain.cell_region].astype(np.int32), ("Lagrange", 1)).space
        self.mean_stress = fem.Function(scalars, name=_MEAN_STRESS)
        without = np.unique(scalars.dofmap.list[~mixed[domain.cell_region]]).astype(np.int32)
        self._entries = _entries(domain)
        gradient = self._gradient(self.displacement) + ufl.Identity(3)
        self.points = GradientPoints(domain, laws, mixed, gradient, is_mixed * self.mean_stress, self._entries, 3)
        self.ledger, self._unbalanced_work = EnergyLedger(), 0.0

        v, du = ufl.TestFunction(self._space), ufl.TrialFunction(self._space)
        q, dx = ufl.TestFunction(scalars), self.points.measure()
        by_law = ufl.inner(self.points.stress, self._chosen(v)) * dx
        slope = ufl.inner(ufl.dot(self.points.tangent, self._chosen(du)), self._chosen(v)) * dx
        inverse = ufl.inv(gradient)
        volumetric = is_mixed * self.mean_stress * ufl.inner(ufl.transpose(inverse), self._gradient(v)) * dx
        constraint = is_mixed * (ufl.ln(ufl.det(gradient)) - compressibility * self.mean_stress) * q * dx
        self._volumetric_energy = fem.form(0.5 * is_mixed * compressibility * self.mean_stress**2 * dx)
        self._forces = fem.form(by_law + volumetric)
        cofactor = ufl.det(gradient) * ufl.transpose(inverse)
        normal = ufl.FacetNormal(msh)
        area = abs(sum(cofactor[1, k] * normal[k] for k in range(dimension)))
        self._contact_area = fem.form(area * domain.ds(plate.kinds, 4))

        held = [held_dofs(domain, self._space, one) for one in conditions]
        if domain.axisymmetric:
            held.append(radial_dofs_on_axis(domain, self._space))
        self._plate_dofs = held_dofs(domain, self._space, Support(plate.kinds, 1))
        scalar = []
        self._plate_value = fem.Constant(msh, 0.0)
        thickness = float(np.ptp(domain.tagged.points[:, 1]))
        if plate.force is None:
            held.append(self._plate_dofs)
        else:
            tied = (_DISPLACEMENT, self._plate_dofs)
            variable = ufl.variable(self._plate_value)
            scalar.append(Scalar(_PLATE, variable, 1e-2 * thickness, None, plate.force, tied=tied))
        size = 1e-2 * thickness
        fields = [Field(_DISPLACEMENT, self.displacement, size, volumetric, np.unique(np.concatenate(held)))]
        if mixed.any():
            fields.append(Field(_MEAN_STRESS, self.mean_stress, stress_size, constraint, without))
        problem = CoupledProblem(
            self.name,
            domain,
            fields,
            scalar,
            [GivenTerm(_DISPLACEMENT, by_law, {_DISPLACEMENT: slope})],
            refresh=self.points.update,
        )
        self._newton = CoupledNewton(
            problem, linear=linear, tolerance=_TOLERANCE, maximum_steps=25, advice="Try a finer mesh"
        )
        self._thickness = thickness
        self._speed: float | None = None
        self.newton_steps = 0
        self._settled = self._trial = self._state()
        self._before: tuple[_State, float] | None = None
        self._trial_length, self._elapsed = 0.0, 0.0
        self._settled_volumetric = self._trial_volumetric = 0.0
        self._trial_energy = EnergyStep(0.0, 0.0, 0.0, 0.0)

    # What `March` asks for

    def drive(self, speed: float) -> None:
        """Give the plate a speed along y from now on, m/s; for a plate without a given force."""
        if self.plate.force is not None:
            raise ValueError("a plate under a force has no given speed")
        self._speed = speed

    def advance(self, time: float, length: float) -> float:
        """Solve a step of a length (s) from a time by backward Euler, and estimate its relative error.

        The error of the step is the distance from the line through the last two states, times the share that the
        formula errs by: of displacements over a tenth of the thickness and, where the plate has a given speed, a tenth
        of that of its force over itself. The imbalance of energy of the step, over the energy that it turns over or
        that an average step of its length did, is an error too.

        Raises:
            ConvergenceError: when it has no solution.

        Note:
            Collective.
        """
        self.points.length, self._trial_length = length, length
        settled = self._settled.values
        guess: Sequence[Array] = settled
        if self._before is not None:
            earlier, last = self._before
            guess = [now + length / last * (now - then) for now, then in zip(settled, earlier.values, strict=True)]
            self.displacement.x.array[:], self.mean_stress.x.array[:] = guess
        if self._speed is not None:
            self._plate_value.value = self._settled.plate + self._speed * length
            self.displacement.x.array[self._plate_dofs] = self._plate_value.value
        self.newton_steps += self._newton.solve().steps
        self._trial = self._state()
        self._trial_energy, self._trial_volumetric = self._energy(time + length)
        gap = self._energy_error()
        if self._before is None:
            return gap
        earlier, last = self._before
        error = self._rms(self.displacement.x.array - guess[0]) / (_TRAVEL * self._thickness)
        if self.plate.force is None:
            now, then = self._settled.force, earlier.force
            line = now + length / last * (now - then)
            distance = abs(self._trial.force - line) / max(abs(self._trial.force), abs(now))
            error = max(error, _FORCE_WEIGHT * distance)
        return max(gap, length / (length + last) * error)

    def settle(self) -> None:
        """Enter the step in the ledger and make its state the settled one. Collective."""
        self.ledger.add(self._trial_energy)
        self._unbalanced_work += abs(self._trial_energy.external_work - self.points.integral(FinitePoints.work))
        self._before = (self._settled, self._trial_length)
        self._elapsed += self._trial_length
        self._settled, self._settled_volumetric = self._trial, self._trial_volumetric
        self.points.settle()

    def give_up(self) -> None:
        """Return to the settled state."""
        self.displacement.x.array[:], self.mean_stress.x.array[:] = self._settled.values
        self._plate_value.value = self._settled.plate
        self.points.length = 0.0
        self.points.update()

    def state(self) -> State:
        """Return the settled state, the one before it and the ledger; see `Restorable`. Collective."""
        before, last = self._before or (self._settled, 0.0)
        return {
            "settled": self._rows(self._settled),
            "before": self._rows(before),
            "last length": last,
            "points": self.points.state(),
            "ledger": self.ledger.state(),
            "unbalanced work": self._unbalanced_work,
            "elapsed": self._elapsed,
            "volumetric energy": self._settled_volumetric,
            "Newton steps": self.newton_steps,
        }

    def restore(self, kept: Kept) -> None:
        """Bring body and ledger to a kept state. Collective."""
        self._settled = self._trial = self._of_rows(kept.part("settled"))
        before, last = self._of_rows(kept.part("before")), kept["last length"]
        self._before = (before, last) if last > 0.0 else None
        self.points.restore(kept.part("points"))
        self.ledger.restore(kept.part("ledger"))
        self._unbalanced_work, self._elapsed = kept["unbalanced work"], kept["elapsed"]
        self._settled_volumetric = self._trial_volumetric = kept["volumetric energy"]
        self.newton_steps = kept["Newton steps"]
        self.displacement.x.array[:], self.mean_stress.x.array[:] = self._settled.values
        self._plate_value.value = self._settled.plate

    def _rows(self, state: _State) -> State:
        displacement, mean_stress = state.values
        return {
            "displacement": dof_rows(self._space, displacement),
            "mean stress": dof_rows(self.mean_stress.function_space, mean_stress),
            "forces": owned_dof_rows(self._space, state.forces),
            "plate": state.plate,
            "force": state.force,
        }

    def _of_rows(self, kept: Kept) -> _State:
        values = (
            dofs_of_rows(self._space, kept, "displacement"),
            dofs_of_rows(self.mean_stress.function_space, kept, "mean stress"),
        )
        forces = dofs_of_rows(self._space, kept, "forces")[: self._owned]
        return _State(values, kept["plate"], forces, kept["force"])

    # Readings

    @property
    def plate_displacement(self) -> float:
        """Displacement of the plate along y, m."""
        return float(self._plate_value.value)

    @property
    def work_imbalance(self) -> float:
        """Sum over the steps of the difference of the works outside and of the stress, over the energy turned over."""
        turned = self.ledger.turned_over
        return self._unbalanced_work / turned if turned > 0.0 else 0.0

    def plate_force(self) -> float:
        """Return the force along y of the plate on the body, N, from the forces at its nodes."""
        return self._settled.force

    def contact_area(self) -> float:
        """Return the present area of the body under the plate, m^2 (in the plane m). Collective."""
        return integral(self._contact_area, self.domain.mesh.comm)

    def passed_plates(self) -> float:
        """Return how far the body reaches beyond the plate or the plane it rests on, m. Collective.

        Nothing keeps sodium that bulges out at an edge from folding over: a body for which this is not zero there has
        to be read with care.
        """
        dimension = self.domain.mesh.geometry.dim
        before = self._space.tabulate_dof_coordinates()[:, 1]
        now = before + self.displacement.x.array.reshape(-1, dimension)[:, 1]
        low, high = self.domain.tagged.points[:, 1].min(), self.domain.tagged.points[:, 1].max()
        beyond = max(np.max(low - now, initial=0.0), np.max(now - high - self.plate_displacement, initial=0.0))
        return float(self.domain.mesh.comm.allreduce(float(beyond), op=MPI.MAX))

    def volume(self) -> float:
        """Return the present volume of the mixed regions, m^3 (in the plane m^2). Collective."""
        return self.points.integral(
            lambda group: np.linalg.det(group.settled.gradient) if group.mixed else np.zeros(len(group.row))
        )

    # Parts

    def _energy(self, time: float) -> tuple[EnergyStep, float]:
        """What the trial step adds to the ledger, and the energy that mean stresses store after it."""
        volumetric = integral(self._volumetric_energy, self.domain.mesh.comm)
        stored = self.points.integral(FinitePoints.stored_change) + volumetric - self._settled_volumetric
        dissipated = self.points.integral(FinitePoints.flow_work)
        return EnergyStep(time, self._outside_work(), stored, dissipated), volumetric

    def _energy_error(self) -> float:
        """Imbalance of the trial step over its energy, or over that of an average step of its length if more."""
        step, ledger = self._trial_energy, self.ledger
        here = 0.5 * (abs(step.external_work) + abs(step.stored) + abs(step.dissipated))
        usual = ledger.turned_over * self._trial_length / self._elapsed if self._elapsed > 0.0 else 0.0
        scale = max(here, usual)
        return abs(step.gap) / scale if scale > 0.0 else 0.0

    def _outside_work(self) -> float:
        """Work of the forces at all nodes that supports or the plate move, with the mean of both ends of the step."""
        before, after = self._settled, self._trial
        change, mean = after.values[0] - before.values[0], 0.5 * (before.forces + after.forces)
        # at nodes that nothing holds the forces vanish in equilibrium: they are left out, not assumed
        held = np.union1d(self._newton.problem.fields[0].pinned, self._plate_dofs)
        owned = held[held < len(mean)]
        return float(self.domain.mesh.comm.allreduce(float(mean[owned] @ change[owned])))

    def _state(self) -> _State:
        self.points.update()
        vector = assembled_vector(self._forces)
        forces = vector.getArray(readonly=True)[: self._owned].copy()
        vector.destroy()
        dofs = self._plate_dofs[self._plate_dofs < len(forces)]
        force = float(self.domain.mesh.comm.allreduce(float(forces[dofs].sum())))
        values = (self.displacement.x.array.copy(), self.mean_stress.x.array.copy())
        return _State(values, float(self._plate_value.value), forces, force)

    @property
    def _owned(self) -> int:
        dofmap = self._space.dofmap
        return int(dofmap.index_map.size_local * dofmap.index_map_bs)

    def _rms(self, displacement: Array) -> float:
        """Root mean square of a displacement over the dofs of all ranks."""
        own, comm = displacement[: self._owned], self.domain.mesh.comm
        total, count = comm.allreduce(float(own @ own)), comm.allreduce(len(own))
        return float(np.sqrt(total / max(count, 1)))

    def _gradient(self, u: Expr) -> Expr:
        """Displacement gradient as a 3 x 3 tensor."""
        grad, dimension = ufl.grad(u), self.domain.dimension
        full = [[grad[i, j] if max(i, j) < dimension else ufl.as_ufl(0.0) for j in range(3)] for i in range(3)]
        if self.domain.axisymmetric:
            full[2][2] = u[0] / ufl.SpatialCoordinate(self.domain.mesh)[0]
        return ufl.as_tensor(full)

    def _chosen(self, u: Expr) -> Expr:
        """Those entries of the displacement gradient that vary, as a vector."""
        gradient = self._gradient(u)
        return ufl.as_vector([gradient[i, j] for i, j in self._entries])


def _entries(domain: Domain) -> list[tuple[int, int]]:
    size = domain.dimension
    entries = [(i, j) for i in range(size) for j in range(size)]
    return [*entries, (2, 2)] if domain.axisymmetric else entries


def _compressibility(laws: Sequence[BulkRegions], mixed: NDArray[np.bool_]) -> Array:
    """One over the bulk modulus of each mixed region, 1/Pa, and zero elsewhere."""
    found = np.zeros(len(mixed))
    for entry in laws:
        rows = np.asarray(entry.regions, dtype=np.int64)
        stiffness = np.broadcast_to(entry.law.stiffness, (len(mixed), 6, 6))[rows]
        found[rows] = 9.0 / stiffness[:, :3, :3].sum(axis=(1, 2))
    return np.where(mixed, found, 0.0)
