# SPDX-License-Identifier: LGPL-3.0-or-later
"""Equilibrium of an elastic body with a given field of damage, under loads that all rise with one factor.

    int [g(d) C : e + (1 - g(d)) sigma_closed(e)] : eps(v) dx
        = -load int (1 - d) p n.v ds - load p_crack int v.grad d dx,   e = eps(u) - load eps*

sigma_closed is what the energy split lets closed cracks carry. p_crack is the pressure of sodium in cracks: it works on
their volume -int u.grad d dx (Bourdin, Chukwudozie and Yoshioka 2012). Walls of flaws and of meshed cracks take the
share 1 - d of the pressure of what fills them, since what is broken behind a wall holds nothing; where the sodium
reaches into cracks that start there, both integrals together are its work on the volume of flaw and crack. All other
surfaces take their load as it is, without 1 - d. Without a split, and with the hybrid one, the
problem is linear; otherwise Newton's method solves it, with the tangent of the split and steps that are cut where the
energy would rise.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from numpy.typing import NDArray
from petsc4py import PETSc
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.bordered import BorderedSolver
from jadeite.fem.domain import Domain
from jadeite.fem.rigid_body import rigid_body_modes
from jadeite.fem.solvers import ConvergenceError, LinearMethod, LinearSolver, choose_method
from jadeite.fem.state import Kept, State, dofs_of_rows, function_rows
from jadeite.physics.mechanics import Kinematics
from jadeite.physics.phase_field.model import degradation
from jadeite.physics.phase_field.split_points import SplitPoints
from jadeite.physics.phase_field.splits.split import EnergySplit
from jadeite.physics.strains import couples_out_of_plane, hoop_strain, strain_tensor, tensor, voigt
from jadeite.physics.supports import (
    ON_AXIS,
    Condition,
    Foundation,
    Periodic,
    Platen,
    Support,
    effective_conditions,
    held_dofs,
    radial_dofs_on_axis,
)

_LOGGER = logging.getLogger(__name__)

Array = NDArray[np.float64]

#: Residual over the size of the forces at which equilibrium is reached, and what a linear solve leaves of it.
_EQUILIBRIUM = 1e-9
_LINEAR = {LinearMethod.DIRECT: 1e-11, LinearMethod.ITERATIVE: 1e-10}

_NEWTON_STEPS = 60
#: Times that a step is cut where it goes uphill, and the slope at its end over that at its start from which on it does.
_CUTS = 6
_FLAT = 0.5


class CrackedSolid:
    """The displacement of a body at a given damage and load factor.

    Attributes:
        displacement: m.
        thickness_strain: uniform strain along z, 1.
        load_factor: share of the full load.
        prescribed: displacements at held dofs under the full load times the factor; a caller may set it, m.
        driving: energy density that drives damage, psi less what closed cracks carry, J/m^3.
        released: energy density that g(d) multiplies in the stored energy, J/m^3; differs in the hybrid split alone.
        wall_potential: of the pressures on walls: densities (J/m^2) and boundary measures.
    """

    name = "mechanics with cracks"

    def __init__(
        self,
        domain: Domain,
        stiffness: Array,
        eigenstrain: Array | None,
        conditions: Sequence[Condition],
        split: EnergySplit,
        damage: fem.Function,
        *,
        kinematics: Kinematics = Kinematics.PLANE_STRAIN,
        degree: int = 1,
        residual_stiffness: float = 1e-6,
        pressures: Sequence[tuple[ufl.Measure, Expr]] = (),
        wall_pressures: Sequence[tuple[ufl.Measure, Expr]] = (),
        crack_pressure: float = 0.0,
        linear: str = "automatic",
    ) -> None:
        """Compile the forms.

        Args:
            domain: the solid.
            stiffness: of each region in the laboratory frame, shape (regions, 6, 6), Pa.
            eigenstrain: of each region under the full load, shape (regions, 6), engineering shears; None for none.
            conditions: what holds the body; they must leave no rigid-body motion. Values of supports are those under
                the full load.
            split: which part of the energy opens cracks.
            damage: the field of damage, of degree one.
            kinematics: for slices.
            degree: of the displacement.
            residual_stiffness: share of the stiffness that a crack keeps.
            pressures: boundary measures and pressures (Pa) under the full load, along the inward normal.
            wall_pressures: the same of what fills flaws and meshed cracks, on their walls where these are whole.
            crack_pressure: pressure in cracks under the full load, Pa.
            linear: `automatic`, `direct` or `iterative`.

        Raises:
            ValueError: when the split is no answer for a stiffness, sides are periodic, or a body would twist.
        """
        if not split.suits(stiffness):
            raise ValueError(f"the energy split {split.name} asks for stiffnesses that are {split.symmetry}")
        if any(isinstance(condition, Periodic) for condition in conditions):
            raise ValueError("a body with a phase field of cracks has no periodic sides")
        self.domain, self.split, self.damage, self.degree = domain, split, damage, degree
        self.kinematics = Kinematics.AXISYMMETRIC if domain.axisymmetric else kinematics
        strain_free = np.zeros((len(stiffness), 6)) if eigenstrain is None else eigenstrain
        self.components = 3 if domain.dimension == 3 or couples_out_of_plane(stiffness, strain_free) else 2
        if domain.axisymmetric and self.components == 3:
            raise ValueError("the stiffness or eigenstrain of a region twists a body of revolution")
        msh = domain.mesh
        self._comm = msh.comm
        self.space = fem.functionspace(msh, ("Lagrange", degree, (self.components,)))
        self.displacement = fem.Function(self.space, name="displacement")
        self.prescribed = fem.Function(self.space, name="prescribed displacement")
        self.thickness_strain = fem.Constant(msh, 0.0)
        self.load_factor = fem.Constant(msh, 0.0)
        self._strains_freely = bool(strain_free.any())
        self.stiffness = domain.cell_field(stiffness, "stiffness")
        self.eigenstrain = domain.cell_field(strain_free, "eigenstrain")
        self._generalised = domain.dimension == 2 and self.kinematics is Kinematics.GENERALISED_PLANE_STRAIN
        self.dx = domain.dx(2 * degree)
        self.remaining = degradation(damage, residual_stiffness)
        self._elastic = voigt(self.strain()) - self.load_factor * self.eigenstrain
        self._points = SplitPoints(domain, split, stiffness, self._elastic, self.stiffness, degree)
        self.driving, self.released = self._points.driving, self._points.released
        conditions = effective_conditions(conditions, self.components)
        self._prepare_conditions(conditions)
        self._prepare_forms(conditions, pressures, wall_pressures, crack_pressure)
        method = choose_method(linear, self.space.dofmap.index_map.size_global * self.components, domain.dimension)
        self._solver = LinearSolver(self.name, method, _LINEAR[method])
        self._scale = 0.0
        self.linear_problems = 0

    # Expressions

    def strain(self) -> Expr:
        """Return the total strain as a 3 x 3 tensor."""
        third: Expr = self.thickness_strain
        if self.domain.axisymmetric:
            third = hoop_strain(self.displacement, ON_AXIS * float(self.domain.tagged.points[:, 0].max()))
        return strain_tensor(self.displacement, third)

    def stress(self) -> Expr:
        """Return the stress as a 3 x 3 tensor, Pa, tension positive."""
        whole = ufl.dot(self.stiffness, self._elastic)
        return tensor(self.remaining * whole + (1.0 - self.remaining) * self._points.closed_stress)

    def stress_everywhere(self) -> Expr:
        """Return the present stress such that it can be evaluated anywhere in cells, not only where the split was.

        What closed cracks carry is taken at the nodes of a discontinuous field of the degree of the strain.
        """
        if self.linear:
            return self.stress()
        closed = self._points.closed_stress_everywhere()
        whole = ufl.dot(self.stiffness, self._elastic)
        return tensor(self.remaining * whole + (1.0 - self.remaining) * closed)

    # State

    @property
    def scalars(self) -> Array:
        """Positions of plates (m) and, of a generalised slice, the thickness strain."""
        thickness = [float(self.thickness_strain.value)] if self._generalised else []
        return np.array([*self._positions, *thickness])

    @property
    def linear(self) -> bool:
        """Whether the stress is proportional to the elastic strain at a given damage."""
        return self.split.closed is None or not self.split.carries

    @property
    def tied_scalars(self) -> Sequence[PETSc.Vec]:
        """Shapes of the dofs that follow a plate; their scalars come first."""
        return self._shapes

    def set_state(self, displacement: Array, scalars: Array, load_factor: float) -> None:
        """Go to a state: local values of the displacement, ghosts included, scalars, and the load factor."""
        self.displacement.x.array[:] = displacement
        self._set_scalars(scalars)
        self.load_factor.value = load_factor
        self._points.update()

    def state(self) -> State:
        """Return displacement, scalars and load factor, and the size of forces so far; see `Restorable`."""
        return {
            "displacement": function_rows(self.displacement),
            "scalars": self.scalars,
            "load factor": float(self.load_factor.value),
            "size of forces": self._scale,
            "linear problems": self.linear_problems,
        }

    def restore(self, kept: Kept) -> None:
        """Go to a kept state. Collective."""
        self.set_state(dofs_of_rows(self.space, kept, "displacement"), np.asarray(kept["scalars"]), kept["load factor"])
        self._scale, self.linear_problems = kept["size of forces"], kept["linear problems"]

    # Forces and energies

    def residual(self) -> tuple[PETSc.Vec, Array]:
        """Return internal less external force at every dof, supports included (N), and that of the scalars. Collective.

        The points have to be up to date.
        """
        force, external = assembled_vector(self._internal), self.external_force()
        # what forces are compared with grows along
        self._scale = max(self._scale, force.norm(), external.norm())
        if self._strains_freely:
            self._scale = max(self._scale, assembled_vector(self._eigenstrain_size).norm())
        force.axpy(-1.0, external)
        return force, self._scalar_residual(force)

    def external_force(self) -> PETSc.Vec:
        """Return the forces of pressures at the present load factor and damage (N). Collective."""
        return assembled_vector(self._external)

    def eigenstrain_force(self) -> float:
        """Return int sigma : eps* dx, what cooling works against, J per unit of load factor. Collective."""
        return integral(self._eigenstrain_power, self._comm)

    def stored_energy(self) -> float:
        """Return the elastic energy, layers behind plates included, J (per metre of depth in the plane). Collective."""
        return integral(self._stored, self._comm) + sum(integral(form, self._comm) for form in self._foundation_energy)

    def crack_volume(self) -> float:
        """Return -int u.grad d dx, m^3 (in the plane: m^2). Collective."""
        return integral(self._crack_volume, self._comm)

    # Solution

    def solve(self) -> int:
        """Find equilibrium at the present damage, load factor and prescribed displacement; returns Newton's steps.

        Raises:
            ConvergenceError: when Newton's method or its linear solver fails.

        Note:
            Collective.
        """
        self.displacement.x.array[self.held] = self.prescribed.x.array[self.held]
        self._points.update()
        force, scalar_force = self.residual()
        norm = self._norm(force, scalar_force)
        for step in range(_NEWTON_STEPS):
            if norm <= _EQUILIBRIUM * self._scale:
                return step
            change, scalar_change = self._newton_step(force, scalar_force)
            start, start_scalars = self.displacement.x.array.copy(), self.scalars
            slope = before = self._slope(force, scalar_force, change, scalar_change)
            share = 1.0
            for _ in range(_CUTS):
                self.displacement.x.array[:] = start + share * change.x.array
                self._set_scalars(start_scalars + share * scalar_change)
                self._points.update()
                force, scalar_force = self.residual()
                slope = self._slope(force, scalar_force, change, scalar_change)
                if self.linear or slope <= _FLAT * abs(before):
                    break
                # the energy is convex: its lowest place along the step is where the secant of its slope says
                share *= before / (before - slope)
            norm = self._norm(force, scalar_force)
        if norm <= 1e3 * _EQUILIBRIUM * self._scale:
            _LOGGER.warning(
                "%s: relative residual %.1e after %d steps, where %.0e was asked for",
                self.name, norm / self._scale, _NEWTON_STEPS, _EQUILIBRIUM,
            )  # fmt: skip
            return _NEWTON_STEPS
        raise ConvergenceError(
            f"{self.name}: Newton's method stopped after {_NEWTON_STEPS} steps at relative residual "
            f"{norm / self._scale:.1e}. Try a smaller load step, or the energy split `none` or `hybrid`."
        )

    # Set-up

    def _prepare_conditions(self, conditions: Sequence[Condition]) -> None:
        index_map = self.space.dofmap.index_map
        owned = index_map.size_local * self.components
        held, tied = [], []
        self._shapes: list[PETSc.Vec] = []
        for condition in conditions:
            if isinstance(condition, Foundation | Periodic):
                continue
            dofs = held_dofs(self.domain, self.space, condition)
            if isinstance(condition, Platen):
                shape = self.displacement.x.petsc_vec.duplicate()
                shape.zeroEntries()
                shape.getArray()[dofs[dofs < owned]] = 1.0
                self._shapes.append(shape)
                tied.append(dofs)
                continue
            if isinstance(condition, Support) and condition.value is not None:
                whole = fem.Function(self.space)
                whole.sub(condition.component).interpolate(condition.value)
                self.prescribed.x.array[dofs] = whole.x.array[dofs]
            held.append(dofs)
        if self.domain.axisymmetric:
            held.append(radial_dofs_on_axis(self.domain, self.space))
        none = np.zeros(0, dtype=np.int32)
        self.held = np.unique(np.concatenate([none, *held])).astype(np.int32)
        fixed = np.unique(np.concatenate([self.held, none, *tied])).astype(np.int32)
        self.owned_held = self.held[self.held < owned]
        self._owned_fixed = fixed[fixed < owned]
        self.full_prescribed = self.prescribed.x.array.copy()

    def _prepare_forms(
        self,
        conditions: Sequence[Condition],
        pressures: Sequence[tuple[ufl.Measure, Expr]],
        wall_pressures: Sequence[tuple[ufl.Measure, Expr]],
        crack_pressure: float,
    ) -> None:
        domain, u, dx = self.domain, self.displacement, self.dx
        v, w = ufl.TestFunction(self.space), ufl.TrialFunction(self.space)
        directions = domain.mesh.geometry.dim
        normal = ufl.FacetNormal(domain.mesh)

        def outward(field: Expr) -> Expr:
            return sum(normal[i] * field[i] for i in range(directions))

        def virtual(field: Expr) -> Expr:
            hoop = field[0] / ufl.SpatialCoordinate(domain.mesh)[0] if domain.axisymmetric else None
            return voigt(strain_tensor(field, hoop))

        g = self.remaining
        stress = g * ufl.dot(self.stiffness, self._elastic) + (1.0 - g) * self._points.closed_stress
        tangent = g * self.stiffness
        stored = g * self.released
        if self.split.closed is not None and self.split.carries:
            tangent = tangent + (1.0 - g) * self._points.closed_tangent
            stored = stored + self._points.closed_energy
        thickness = ufl.as_vector([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
        self._foundations = [c for c in conditions if isinstance(c, Foundation)]
        self._positions = [0.0] * (len(self._shapes) + len(self._foundations))
        self._plate = [fem.Constant(domain.mesh, 0.0) for _ in self._foundations]
        internal = ufl.inner(stress, virtual(v)) * dx
        matrix = ufl.inner(ufl.dot(tangent, virtual(w)), virtual(v)) * dx
        self._foundation_energy: list[fem.Form] = []
        self._foundation_column: list[fem.Form] = []
        self._foundation_force: list[fem.Form] = []
        self._foundation_size: list[fem.Form] = []
        for foundation, plate in zip(self._foundations, self._plate, strict=True):
            ds = domain.ds(foundation.kinds, 2 * self.degree)
            pull = foundation.stiffness * (u[foundation.component] - plate)
            internal += pull * v[foundation.component] * ds
            matrix += foundation.stiffness * w[foundation.component] * v[foundation.component] * ds
            self._foundation_energy.append(fem.form(0.5 * pull * (u[foundation.component] - plate) * ds))
            self._foundation_column.append(fem.form(-foundation.stiffness * v[foundation.component] * ds))
            self._foundation_force.append(fem.form(-pull * ds))
            self._foundation_size.append(fem.form(fem.Constant(domain.mesh, foundation.stiffness) * ds))
        gradient = ufl.grad(self.damage)
        opening = -sum(v[i] * gradient[i] for i in range(directions))
        external = self.load_factor * fem.Constant(domain.mesh, crack_pressure) * opening * dx
        whole = 1.0 - self.damage
        self.wall_potential = [
            (self.load_factor * pressure * whole * outward(u), measure) for measure, pressure in wall_pressures
        ]
        for measure, pressure in wall_pressures:
            external += -self.load_factor * pressure * whole * outward(v) * measure
        for measure, pressure in pressures:
            external += -self.load_factor * pressure * outward(v) * measure
        self.crack_pressure = crack_pressure
        self._internal, self._external = fem.form(internal), fem.form(external)
        self._matrix_form = fem.form(matrix)
        self._matrix = petsc.create_matrix(self._matrix_form)
        self._matrix.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        self._matrix.setNearNullSpace(rigid_body_modes(self.space))
        self._stored = fem.form(stored * dx)
        self._eigenstrain_power = fem.form(ufl.inner(stress, self.eigenstrain) * dx)
        self._eigenstrain_size = fem.form(
            self.load_factor * ufl.inner(ufl.dot(self.stiffness, self.eigenstrain), virtual(v)) * dx
        )
        self._crack_volume = fem.form(-sum(u[i] * gradient[i] for i in range(directions)) * dx)
        if self._generalised:
            self._thickness_column = fem.form(ufl.inner(ufl.dot(tangent, thickness), virtual(v)) * dx)
            self._thickness_corner = fem.form(ufl.inner(ufl.dot(tangent, thickness), thickness) * dx)
            self._thickness_force = fem.form(ufl.inner(stress, thickness) * dx)

    # Newton's method

    def _newton_step(self, force: PETSc.Vec, scalar_force: Array) -> tuple[fem.Function, Array]:
        """Solve the tangent problem for the change of displacement and scalars that takes the residual away."""
        matrix = self._matrix
        matrix.zeroEntries()
        petsc.assemble_matrix(matrix, self._matrix_form)
        matrix.assemble()
        ties = len(self._shapes)
        columns = []
        for shape in self._shapes:
            columns.append(shape.duplicate())
            matrix.mult(shape, columns[-1])
        plain = [assembled_vector(form) for form in self._foundation_column]
        diagonal = [integral(form, self._comm) for form in self._foundation_size]
        if self._generalised:
            plain.append(assembled_vector(self._thickness_column))
            diagonal.append(integral(self._thickness_corner, self._comm))
        columns += plain
        corner = np.zeros((len(columns), len(columns)))
        for i, shape in enumerate(self._shapes):
            for k, column in enumerate(columns):
                corner[i, k] = corner[k, i] = shape.dot(column)
        corner[range(ties, len(columns)), range(ties, len(columns))] = diagonal
        for column in columns:
            column.getArray()[self._owned_fixed] = 0.0
        first, _ = matrix.getOwnershipRange()
        largest = float(np.abs(self.stiffness.x.array).max(initial=1.0))
        matrix.zeroRowsColumns(self._owned_fixed + first, diag=largest)
        # where cracks grow, stiffness falls by many decades: a factor of the matrix before is of little use
        self._solver.set_operator(matrix, renew=True)
        self.linear_problems += 1
        bordered = BorderedSolver(self._solver, columns, corner)
        right = force.copy()
        right.scale(-1.0)
        right.getArray()[self._owned_fixed] = 0.0
        change = fem.Function(self.space)
        step = change.x.petsc_vec
        scalars = bordered.solve(right, -scalar_force, step)
        for value, shape in zip(scalars, self._shapes, strict=False):
            step.axpy(value, shape)
        change.x.scatter_forward()
        return change, scalars

    def _slope(self, force: PETSc.Vec, scalar_force: Array, change: fem.Function, scalar_change: Array) -> float:
        """Derivative of the energy along a change; plates are counted by the dofs that follow them."""
        ties = len(self._shapes)
        return float(force.dot(change.x.petsc_vec) + scalar_force[ties:] @ scalar_change[ties:])

    def _set_scalars(self, scalars: Array) -> None:
        places = len(self._positions)
        self._positions = [float(value) for value in scalars[:places]]
        for plate, value in zip(self._plate, self._positions[len(self._shapes) :], strict=True):
            plate.value = value
        if self._generalised:
            self.thickness_strain.value = float(scalars[-1])

    def _scalar_residual(self, force: PETSc.Vec) -> Array:
        found = [shape.dot(force) for shape in self._shapes]
        found += [integral(form, self._comm) for form in self._foundation_force]
        if self._generalised:
            found.append(integral(self._thickness_force, self._comm))
        return np.array(found)

    def _norm(self, force: PETSc.Vec, scalar_force: Array) -> float:
        """Norm of the residual where nothing is held."""
        free = force.copy()
        free.getArray()[self._owned_fixed] = 0.0
        in_force = np.array(scalar_force)
        if self._generalised:
            # from stress times area to a force
            in_force[-1] /= float(np.sqrt(self.domain.box_measure))
        return float(np.sqrt(free.norm() ** 2 + in_force @ in_force))
