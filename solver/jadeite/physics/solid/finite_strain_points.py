# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bulk laws at the quadrature points of cells that deform by any amount: gradients in, stresses of the reference out.

Stress P and tangent dP/dF are the dofs of quadrature elements, as in `cell_points.py`, so that the derivative of the
equations is exact. Components are those entries of the displacement gradient that the body has: four in plane strain,
five in a body of revolution (with the hoop stretch), nine in space. Where the volume is a matter of a mean stress of
its own (`mixed` regions), laws give the deviator alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import basix
import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.fem.state import Kept, Spread, cell_numbers
from jadeite.fem.state import State as KeptState
from jadeite.physics.solid.finite_strain_kinematics import DEVIATOR, Stretch
from jadeite.physics.solid.laws import Array, BulkLaw, BulkRegions, Rows, State


@dataclass(frozen=True, eq=False)
class FiniteState:
    """What points are in at an equilibrium.

    Attributes:
        gradient: deformation gradient, (points, 3, 3).
        metric: inverse inelastic metric, (points, 3, 3).
        of_law: logarithmic strain, Kirchhoff stress of the law (its deviator where mixed) and history.
        nominal: first Piola-Kirchhoff stress, the mean stress included, (points, 3, 3), Pa.
    """

    gradient: Array
    metric: Array
    of_law: State
    nominal: Array


@dataclass(eq=False)
class FinitePoints:
    """The points of one law.

    Attributes:
        law: bulk law.
        cells: that it holds in, of those that this rank owns.
        row: region row of each point.
        mixed: whether a mean stress of its own belongs to them.
        settled, trial: states at the start and the end of a step.
    """

    law: BulkLaw
    cells: NDArray[np.int32]
    row: Rows
    mixed: bool
    settled: FiniteState = field(init=False)
    trial: FiniteState = field(init=False)

    def __post_init__(self) -> None:
        """Start undeformed."""
        count = len(self.row)
        unit, none = np.broadcast_to(np.eye(3), (count, 3, 3)), np.zeros((count, 6))
        history = np.zeros((count, self.law.history_size))
        self.settled = self.trial = FiniteState(unit, unit, State(none, none, history), np.zeros((count, 3, 3)))

    def update(self, gradient: Array, mean_stress: Array, length: float) -> tuple[Array, Array]:
        """Return stress without the mean stress (points, 3, 3) and tangent (points, 3, 3, 3, 3) after a step (s)."""
        before = self.settled
        stretch = Stretch.of(gradient, before.metric)
        history = before.of_law.history
        # the law takes off the inelastic strain of its history: the stretch has been freed of it already
        strain = stretch.strain + self.law.inelastic_strain(history)
        answer = self.law.update(strain, history, length, self.row)
        stress, tangent = answer.stress, answer.tangent
        if self.mixed:
            stress, tangent = stress @ DEVIATOR, DEVIATOR @ tangent
        flow = self.law.inelastic_strain(answer.history) - self.law.inelastic_strain(history)
        part = stretch.nominal_stress(stress)
        whole = part + mean_stress[:, None, None] * np.swapaxes(np.linalg.inv(stretch.gradient), 1, 2)
        of_law = State(strain, stress, answer.history)
        self.trial = FiniteState(gradient, stretch.metric_after(flow), of_law, whole)
        return part, stretch.nominal_tangent(stress, tangent)

    def work(self) -> Array:
        """Return the work of the stress from the settled to the trial state, J/m^3 of the reference body."""
        mean = 0.5 * (self.settled.nominal + self.trial.nominal)
        return np.asarray(np.einsum("nij,nij->n", mean, self.trial.gradient - self.settled.gradient))

    def stored_change(self) -> Array:
        """Return the change of the stored energy, without that of a mean stress of its own, J/m^3."""
        after = self.law.stored_energy(self.trial.of_law, self.row)
        return after - self.law.stored_energy(self.settled.of_law, self.row)

    def flow_work(self) -> Array:
        """Return the work of the mean Kirchhoff stress on the increment of inelastic strain, J/m^3."""
        return self.law.dissipated_energy(self.settled.of_law, self.trial.of_law, self.row)

    def rows(self, numbers: NDArray[np.int64], each: int) -> KeptState:
        """Return the settled state as rows under the numbers of its cells, each of which has some points."""
        state = self.settled
        values = {
            "gradient": state.gradient,
            "metric": state.metric,
            "strain": state.of_law.strain,
            "stress": state.of_law.stress,
            "history": state.of_law.history,
            "nominal": state.nominal,
        }
        return {
            name: Spread(numbers, value.reshape(len(numbers), each, *value.shape[1:])) for name, value in values.items()
        }

    def restore(self, kept: Kept, numbers: NDArray[np.int64]) -> None:
        """Settle in the state that `rows` has kept. Collective."""
        count = len(self.row)

        def values(name: str, *shape: int) -> Array:
            return kept.rows(name, numbers).reshape(count, *shape)

        gradient, metric, nominal = (values(name, 3, 3) for name in ("gradient", "metric", "nominal"))
        of_law = State(values("strain", 6), values("stress", 6), values("history", self.law.history_size))
        self.settled = self.trial = FiniteState(gradient, metric, of_law, nominal)

    def cauchy(self) -> Array:
        """Return the settled Cauchy stress, (points, 3, 3), Pa."""
        state = self.settled
        stress = state.nominal @ np.swapaxes(state.gradient, 1, 2)
        return np.asarray(stress / np.linalg.det(state.gradient)[:, None, None])


class GradientPoints:
    """The quadrature points of the cells that this rank owns, in groups by law."""

    def __init__(
        self,
        domain: Domain,
        laws: Sequence[BulkRegions],
        mixed: NDArray[np.bool_],
        gradient: Expr,
        mean_stress: Expr,
        entries: Sequence[tuple[int, int]],
        degree: int,
    ) -> None:
        """Compile what is read at points.

        Args:
            domain: the solid.
            laws: each region is of one of them.
            mixed: whether each region has a mean stress of its own, (regions,).
            gradient: deformation gradient as a 3 x 3 tensor.
            mean_stress: Kirchhoff mean stress, Pa.
            entries: rows and columns of the gradient that vary.
            degree: of the quadrature; in a body of revolution one is added for the circumference.

        Raises:
            ValueError: when a region has no law or two, or the regions of a law differ in being mixed.
        """
        self.domain, self.length = domain, 0.0
        self._known: tuple[float, Array] | None = None
        msh = domain.mesh
        self._degree = degree
        total = degree + int(domain.axisymmetric)
        points, weights = basix.make_quadrature(msh.basix_cell(), total)
        self._first, self._second = (np.array(part) for part in zip(*entries, strict=True))
        count = len(entries)

        def quadrature_function(shape: tuple[int, ...], name: str) -> fem.Function:
            element = basix.ufl.quadrature_element(msh.basix_cell(), value_shape=shape, degree=total)
            return fem.Function(fem.functionspace(msh, element), name=name)

        self.stress = quadrature_function((count,), "nominal stress")
        self.tangent = quadrature_function((count, count), "nominal tangent")
        self._cells = np.arange(domain.owned_cells, dtype=np.int32)
        self._count = len(points)
        entries_read = [gradient[i, j] for i in range(3) for j in range(3)]
        self._read = fem.Expression(ufl.as_vector([*entries_read, mean_stress]), points)
        self._places = self.stress.function_space.dofmap.list[: domain.owned_cells]
        x = ufl.SpatialCoordinate(msh)
        around = 2.0 * np.pi * x[0] if domain.axisymmetric else ufl.as_ufl(1.0)
        volume = fem.Expression(ufl.JacobianDeterminant(msh) * around, points).eval(msh, self._cells)
        #: volume of the reference body that belongs to each point, (owned cells, points)
        self.weights = np.abs(volume.reshape(len(self._cells), len(points))) * weights
        self.groups: list[FinitePoints] = []
        claimed = np.zeros(len(domain.tagged.regions), dtype=int)
        for entry in laws:
            regions = np.asarray(entry.regions, dtype=np.int64)
            claimed[regions] += 1
            if len(set(mixed[regions].tolist())) > 1:
                raise ValueError("the regions of one law all have a mean stress of their own, or none has")
            mine = np.flatnonzero(np.isin(domain.cell_region[: domain.owned_cells], regions)).astype(np.int32)
            row = np.repeat(domain.cell_region[mine], self._count)
            self.groups.append(FinitePoints(entry.law, mine, row, bool(mixed[regions].all())))
        if (claimed != 1).any():
            names = ", ".join(domain.tagged.regions.name[number] for number in np.flatnonzero(claimed != 1)[:5])
            raise ValueError(f"each region needs one law: {names}")

    def measure(self) -> ufl.Measure:
        """Return the integral over the reference body with these quadrature points."""
        return self.domain.dx(self._degree)

    def update(self) -> None:
        """Bring stress and tangent up to date with the present displacement and mean stress."""
        values = self._read.eval(self.domain.mesh, self._cells).reshape(len(self._cells), self._count, 10)
        if self._known is not None and self._known[0] == self.length and np.array_equal(self._known[1], values):
            return
        self._known = self.length, values
        count = len(self._first)
        stress, tangent = self.stress.x.array.reshape(-1, count), self.tangent.x.array.reshape(-1, count, count)
        for group in self.groups:
            here = values[group.cells].reshape(-1, 10)
            answer, slope = group.update(here[:, :9].reshape(-1, 3, 3), here[:, 9], self.length)
            places = self._places[group.cells].ravel()
            stress[places] = answer[:, self._first, self._second]
            rows = slope[:, self._first, self._second]
            tangent[places] = rows[:, :, self._first, self._second]

    def settle(self) -> None:
        """Make the trial states the settled ones."""
        self._known = None
        for group in self.groups:
            group.settled = group.trial

    def state(self) -> KeptState:
        """Return the settled states of all laws; see `Restorable`."""
        numbers = cell_numbers(self.domain.mesh)
        return {str(k): group.rows(numbers[group.cells], self._count) for k, group in enumerate(self.groups)}

    def restore(self, kept: Kept) -> None:
        """Settle in a kept state. Collective."""
        self._known = None
        numbers = cell_numbers(self.domain.mesh)
        for k, group in enumerate(self.groups):
            group.restore(kept.part(str(k)), numbers[group.cells])

    def integral(self, density: Callable[[FinitePoints], Array]) -> float:
        """Integrate a density over the reference body, J for J/m^3. Collective."""
        here = sum(float(density(group) @ self.weights[group.cells].ravel()) for group in self.groups)
        return float(self.domain.mesh.comm.allreduce(here, op=MPI.SUM))

    def cell_means(self, values: Callable[[FinitePoints], Array]) -> Array:
        """Return means over the cells that this rank owns of a quantity (points, ...) of the settled state."""
        found: Array | None = None
        for group in self.groups:
            quantity = values(group)
            share = self.weights[group.cells] / self.weights[group.cells].sum(axis=1, keepdims=True)
            if found is None:
                found = np.zeros((len(self._cells), *quantity.shape[1:]))
            by_cell = quantity.reshape(len(group.cells), self._count, *quantity.shape[1:])
            found[group.cells] = np.einsum("cp,cp...->c...", share, by_cell)
        assert found is not None
        return found
