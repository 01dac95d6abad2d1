# SPDX-License-Identifier: LGPL-3.0-or-later
"""The damage that minimises the energy at a given displacement, and that never heals.

    minimise  int g(d) psi_driving dx + int G_c gamma(d) dx + p_crack int u.grad d dx + int (1 - d) p n.u ds
    subject to  d_before <= d <= 1

d_before is the damage at the end of the last load step: irreversibility holds exactly, at every node. Nodes may be held
at a damage of their own: 0 where nothing may break, 1 where a crack is there from the start.
"""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from numpy.typing import NDArray
from petsc4py import PETSc

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.state import Kept, State, function_rows, restore_function
from jadeite.physics.phase_field.bounded_quadratic import BoundedQuadratic
from jadeite.physics.phase_field.cracked_solid import CrackedSolid
from jadeite.physics.phase_field.model import CrackModel
from jadeite.physics.phase_field.toughness import Toughness

Array = NDArray[np.float64]


class CrackField:
    """The damage of a body and its surface energy.

    Attributes:
        damage: d, of degree one.
        lower: smallest damage allowed at each node.
        upper: largest.
        length: over which a crack spreads, m.
    """

    def __init__(self, solid: CrackedSolid, model: CrackModel, length: float, toughness: Toughness) -> None:
        """Compile the forms.

        Args:
            solid: the body, with the field of damage that it was made with.
            model: crack model.
            length: over which a crack spreads, m.
            toughness: of every cell.
        """
        self.solid, self.model, self.length, self.toughness = solid, model, length, toughness
        self.damage = solid.damage
        space = self.damage.function_space
        self._comm = space.mesh.comm
        self.lower, self.upper = fem.Function(space, name="lower"), fem.Function(space, name="upper")
        self.upper.x.array[:] = 1.0
        self.solver = BoundedQuadratic("phase field of cracks")
        d, v, w = self.damage, ufl.TestFunction(space), ufl.TrialFunction(space)
        density = model.density(d, length)
        surface = toughness.numerical * density * solid.dx
        gradient, directions = ufl.grad(d), space.mesh.geometry.dim
        pressure = solid.load_factor * fem.Constant(space.mesh, solid.crack_pressure)
        along = sum(solid.displacement[i] * gradient[i] for i in range(directions))
        work = pressure * along * solid.dx
        for of_wall, measure in solid.wall_potential:
            work += of_wall * measure
        driven = solid.remaining * solid.driving * solid.dx + surface + work
        first = ufl.derivative(driven, d, v)
        self._gradient = fem.form(first)
        self._matrix_form = fem.form(ufl.derivative(first, d, w))
        stored = solid.remaining * solid.released * solid.dx + surface + work
        self._true_gradient = fem.form(ufl.derivative(stored, d, v))
        self._surface = fem.form(surface)
        self._pressure_work = fem.form(-work)
        self._area = fem.form(density / toughness.excess * solid.dx)
        self._matrix = petsc.create_matrix(self._matrix_form)

    def hold(self, nodes: NDArray[np.int32], value: float) -> None:
        """Hold the damage of local nodes (ghosts included) at a value from now on."""
        for bound in (self.lower, self.upper, self.damage):
            bound.x.array[nodes] = value

    def keep(self) -> None:
        """End a load step: what is damaged stays so."""
        held = self.lower.x.array >= self.upper.x.array
        self.lower.x.array[:] = np.where(held, self.lower.x.array, self.damage.x.array)

    def state(self) -> State:
        """Return the damage, and that of which nothing heals; see `Restorable`."""
        return {
            "damage": function_rows(self.damage),
            "lower": function_rows(self.lower),
            "sets": self.solver.sets,
            "iterations": self.solver.iterations,
        }

    def restore(self, kept: Kept) -> None:
        """Go to a kept state. Collective."""
        restore_function(self.damage, kept, "damage")
        restore_function(self.lower, kept, "lower")
        self.solver.sets, self.solver.iterations = kept["sets"], kept["iterations"]

    def solve(self) -> float:
        """Minimise at the present displacement; returns the largest change of damage.

        Raises:
            ConvergenceError: when the bounded problem is not solved.

        Note:
            Collective.
        """
        before = self.damage.x.array.copy()
        self._matrix.zeroEntries()
        petsc.assemble_matrix(self._matrix, self._matrix_form)
        self._matrix.assemble()
        gradient = assembled_vector(self._gradient)
        right = gradient.duplicate()
        self._matrix.mult(self.damage.x.petsc_vec, right)
        right.axpy(-1.0, gradient)
        self.solver.solve(self._matrix, right, self.lower.x.petsc_vec, self.upper.x.petsc_vec, self.damage.x.petsc_vec)
        self.damage.x.scatter_forward()
        largest = np.abs(self.damage.x.array - before).max(initial=0.0)
        return float(max(self._comm.allgather(largest)))

    def out_of_balance(self) -> PETSc.Vec:
        """Return the derivative of the energy by the damage at every node (N m). Collective.

        Of the energy that is really stored: with the hybrid split it is not what damage follows.
        """
        return assembled_vector(self._true_gradient)

    def surface_energy(self) -> float:
        """Return int G_c gamma dx, J (per metre of depth in the plane). Collective."""
        return integral(self._surface, self._comm)

    def pressure_work(self) -> float:
        """Return pressure times volume of cracks and of what walls give way, at the present load, J. Collective."""
        return integral(self._pressure_work, self._comm)

    def crack_area(self) -> float:
        """Return the area of cracks (in the plane: length), int gamma dx without what cells of finite size add to it.

        Of AT2 it includes damage that is spread over the body without any crack. Collective.
        """
        return integral(self._area, self._comm)
