# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small-strain elasticity of a polycrystal with eigenstrains: in slices, bodies of revolution and three dimensions.

    int sigma : eps(v) dx + foundations = int t.v ds,   sigma = C : (eps(u) - eps*)

Stiffness C is constant in each region; the eigenstrain eps* is a constant of each region and, where wanted, tensors of
the regions times fields such as a temperature rise or a concentration. In two dimensions the fields do not vary along
z; the thickness strain is zero (plane strain) or one unknown for the whole slice that makes the thickness force vanish
(generalised plane strain). When a rotated crystal couples in-plane strain to out-of-plane shear, a displacement
u_z(x, y) is solved for as well, so that the stress is in equilibrium in all three directions.

In a body of revolution x is the distance r from the axis and the third direction runs around it. Points move in their
meridian plane, which stretches a ring of radius r by the hoop strain u_r / r; on the axis, where u_r = 0, that is
du_r / dr (Timoshenko and Goodier 1970, Theory of Elasticity, section 122).

Between sides that repeat, the displacement is a periodic field plus a uniform strain, whose components are unknowns
like the thickness strain: one scalar and one equation each, the work against it (Suquet 1987).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import ufl
from dolfinx import fem, la
from dolfinx.fem import petsc
from numpy.typing import NDArray
from petsc4py import PETSc
from ufl.algorithms.compute_form_data import estimate_total_polynomial_degree
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.bordered import BorderedSolver
from jadeite.fem.domain import Domain
from jadeite.fem.multigrid import CoarseLevel, nodal_interpolation
from jadeite.fem.periodic import RepeatingSpace
from jadeite.fem.rigid_body import rigid_body_modes
from jadeite.fem.solvers import LinearMethod, LinearSolver, choose_method
from jadeite.physics.deformation import Deformation, Load
from jadeite.physics.rigid_motion import require_constraints
from jadeite.physics.strains import FieldStrain, displacement_components, hoop_strain, strain_tensor, tensor, voigt
from jadeite.physics.supports import (
    ON_AXIS,
    Condition,
    Foundation,
    Periodic,
    Pin,
    Platen,
    Support,
    Ties,
    effective_conditions,
    held_dofs,
    radial_dofs_on_axis,
)
from jadeite.physics.uniform_motions import Motion, UniformMotions

__all__ = ["Deformation", "Kinematics", "Load", "Mechanics", "Pin", "Platen", "Support"]

#: Relative tolerance of the residual: a factor gives the last digits away, an iteration asks a price for each.
_TOLERANCE = {LinearMethod.DIRECT: 1e-11, LinearMethod.ITERATIVE: 1e-9}

#: The loads of one search differ little in shape, so the solutions of the last few span most of the next.
_REMEMBERED = 8


class Kinematics(StrEnum):
    """How a two-dimensional domain may stretch in the third direction; the domain itself chooses the last."""

    PLANE_STRAIN = "plane_strain"
    GENERALISED_PLANE_STRAIN = "generalised_plane_strain"
    AXISYMMETRIC = "axisymmetric"


class Mechanics:
    """The elastic problem of one domain; the matrix is factorised once and serves every load."""

    name = "mechanics"

    def __init__(
        self,
        domain: Domain,
        stiffness: NDArray[np.float64],
        eigenstrain: NDArray[np.float64] | None,
        supports: Sequence[Condition],
        kinematics: Kinematics = Kinematics.PLANE_STRAIN,
        degree: int = 2,
        linear: str = "automatic",
        field_strains: Sequence[FieldStrain] = (),
        ties: Ties | None = None,
    ) -> None:
        """Assemble the stiffness matrix and prepare its solver.

        Args:
            domain: the solid.
            stiffness: of each region in the laboratory frame, shape (regions, 6, 6), Voigt order 11, 22, 33, 23, 13,
                12, Pa.
            eigenstrain: of each region in the laboratory frame, shape (regions, 6), engineering shears; None for none.
            supports: conditions on the displacement; they must leave no rigid-body motion.
            kinematics: for slices; in an axisymmetric domain rings stretch by their hoop strain instead, the axis stays
                where it is without a support, and direction 33 of stiffness and eigenstrain runs around it.
            degree: polynomial degree of the displacement.
            linear: `automatic`, `direct` or `iterative`.
            field_strains: eigenstrains that vary in space; their fields may change between loads.
            ties: springs between parts of the body; none where sides repeat.

        Raises:
            UnconstrainedBody: when a rigid-body motion is free; the message names it.
            ValueError: when a support names a component that the displacement does not have, when the mesh does not
                repeat where it should, or when an axisymmetric body would twist because its stiffness or eigenstrain
                couples to shear out of the meridian plane.
        """
        self.domain, self.degree = domain, degree
        self.kinematics = Kinematics.AXISYMMETRIC if domain.axisymmetric else kinematics
        regions = len(domain.tagged.regions.name)
        strain_free = np.zeros((regions, 6)) if eigenstrain is None else eigenstrain
        strains = np.concatenate([strain_free, *(field.per_unit for field in field_strains)])
        self.components = displacement_components(domain, stiffness, strains)
        self._comm = domain.mesh.comm
        self._on_axis = ON_AXIS * float(domain.tagged.points[:, 0].max())
        self._supports = effective_conditions(supports, self.components)
        axes = sorted(c.axis for c in self._supports if isinstance(c, Periodic))
        self._spaces = RepeatingSpace.of(domain, axes, ("Lagrange", degree, (self.components,)))
        self.space = self._spaces.ordinary
        require_constraints(domain, self._spaces.space, self._supports, None if ties is None else ties.pairs)
        self.region_stiffness = stiffness
        self.stiffness = domain.cell_field(stiffness, "stiffness")
        self.eigenstrain = domain.cell_field(strain_free, "eigenstrain")
        self.field_strain: Expr | None = None
        for field in field_strains:
            part = field.amount * domain.cell_field(field.per_unit, "strain per unit")
            self.field_strain = part if self.field_strain is None else self.field_strain + part
        # the hoop strain has the degree of the displacement itself
        of_strain = degree if domain.axisymmetric else degree - 1
        of_fields = max((estimate_total_polynomial_degree(field.amount) for field in field_strains), default=0)
        self._dx = domain.dx(2 * of_strain)
        self._dx_fields = domain.dx(of_strain + max(of_fields, of_strain))
        self._dx_energy = domain.dx(2 * max(of_fields, of_strain))
        self._generalised = domain.dimension == 2 and self.kinematics is Kinematics.GENERALISED_PLANE_STRAIN
        self._foundations = [c for c in self._supports if isinstance(c, Foundation)]
        self._uniform = UniformMotions(domain, self.components, self._generalised, axes, len(self._foundations))
        self._assemble(linear, ties)

    # Expressions

    def new_deformation(self, name: str) -> Deformation:
        """Return a deformation that is zero."""
        msh = self.domain.mesh
        return Deformation(fem.Function(self.space, name=name), *(fem.Constant(msh, 0.0) for _ in range(3)))

    def strain(self, deformation: Deformation) -> Expr:
        """Return the total strain as a 3 x 3 tensor."""
        hoop = deformation.thickness_strain
        if self.domain.axisymmetric:
            hoop = hoop_strain(deformation.displacement, self._on_axis)
        return strain_tensor(deformation.displacement, hoop)

    def stress(self, deformation: Deformation) -> Expr:
        """Return the stress as a 3 x 3 tensor, Pa, tension positive."""
        return tensor(ufl.dot(self.stiffness, self._elastic_strain(deformation)))

    # Loads

    def load(
        self,
        pressures: Sequence[tuple[ufl.Measure, Expr]] = (),
        tractions: Sequence[tuple[ufl.Measure, Expr]] = (),
        eigenstrain: bool = False,
        field_strains: bool = False,
        body_force: Expr | None = None,
        tensions: Sequence[tuple[ufl.Measure, Expr]] = (),
        mean_stress: float = 0.0,
    ) -> Load:
        """Compile a load.

        Args:
            pressures: boundary measures and pressures (Pa) that press on the solid along its inward normal.
            tractions: boundary measures and traction vectors (Pa) with as many components as the displacement.
            eigenstrain: whether the eigenstrain of the regions acts.
            field_strains: whether the eigenstrains that vary in space act, as their fields are when it is solved.
            body_force: force per volume (N/m^3) with as many components as the displacement, or None.
            tensions: boundary measures and isotropic surface tensions (N/m), as thin films exert by their misfit: the
                virtual work is that of the tension with the surface divergence of the displacement.
            mean_stress: normal stress along every axis that repeats, over the whole box, Pa.
        """
        normal = ufl.FacetNormal(self.domain.mesh)
        in_plane = self.domain.mesh.geometry.dim

        def work(motion: Motion) -> ufl.Form | None:
            parts = []
            v = motion.displacement
            for measure, pressure in pressures:
                parts.append(-pressure * sum(normal[i] * v[i] for i in range(in_plane)) * measure)
            for measure, traction in tractions:
                parts.append(ufl.inner(traction, v) * measure)
            if body_force is not None:
                parts.append(ufl.inner(body_force, v) * self.domain.dx(2 * self.degree))
            if eigenstrain:
                parts.append(ufl.inner(ufl.dot(self.stiffness, self.eigenstrain), motion.strain) * self._dx)
            if field_strains and self.field_strain is not None:
                free = ufl.dot(self.stiffness, self.field_strain)
                parts.append(ufl.inner(free, motion.strain) * self._dx_fields)
            if tensions:
                outward = ufl.as_vector([normal[i] if i < in_plane else ufl.as_ufl(0.0) for i in range(3)])
                along = ufl.Identity(3) - ufl.outer(outward, outward)
                in_voigt_order = ufl.as_vector(
                    [along[i, j] for i, j in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))]
                )
                stretch = ufl.inner(in_voigt_order, motion.strain)
                parts += [-tension * stretch * measure for measure, tension in tensions]
            return sum(parts[1:], parts[0]) if parts else None

        test = self._field_motion(ufl.TestFunction(self._spaces.space))
        nothing = ufl.inner(fem.Constant(self.domain.mesh, np.zeros(self.components)), test.displacement) * self._dx
        form, strains = work(test), bool(eigenstrain or field_strains or tensions)
        # what only presses does no work on a thickness strain
        uniform = work(self._uniform.motion) if strains or any(mode.moves for mode in self._uniform.modes) else None
        return Load(
            fem.form(nothing if form is None else nothing + form),
            None if uniform is None else fem.form(uniform),
            eigenstrain,
            field_strains,
            mean_stress,
        )

    def solve(self, load: Load, deformation: Deformation) -> None:
        """Solve for one load and write the result into a deformation.

        Raises:
            ConvergenceError: when the linear solver fails.

        Note:
            Collective.
        """
        force = assembled_vector(load.form)
        if load.forces is not None:
            force.axpy(1.0, self._on_unknowns(load.forces))
        shift = self._prescribed
        reaction = force.duplicate()
        self._full.mult(shift, reaction)
        force.axpy(-1.0, reaction)
        scalar_force = np.array([shape.dot(force) for shape in self._tied_shapes])
        for mode, column in zip(self._uniform.modes, self._mode_columns, strict=True):
            value = self._uniform.integral(mode, load.uniform) - column.dot(shift)
            value += load.mean_stress * self.domain.box_measure if mode in self._uniform.repeating else 0.0
            scalar_force = np.append(scalar_force, value)
        force.getArray()[self._owned_fixed] = 0.0
        field = deformation.displacement if self.space is self._spaces.space else fem.Function(self._spaces.space)
        solution = field.x.petsc_vec
        scalars = self._bordered.solve(force, scalar_force, solution)
        solution.axpy(1.0, shift)
        for value, shape in zip(scalars, self._tied_shapes, strict=False):
            solution.axpy(value, shape)
        field.x.scatter_forward()
        of_modes = scalars[len(self._tied_shapes) :]
        if field is not deformation.displacement:
            # what repeats and the uniform strains, as one displacement
            values = field.x.array.reshape(-1, self.components)[self._spaces.stands]
            values += self._uniform.displacement(of_modes, self.space.tabulate_dof_coordinates())
            deformation.displacement.x.array[:] = values.ravel()
        deformation.thickness_strain.value = of_modes[0] if self._generalised else 0.0
        deformation.eigenstrain_factor.value = float(load.eigenstrain)
        deformation.field_factor.value = float(load.field_strains)

    @property
    def iterations(self) -> int:
        """Iterations of the linear solver so far, over all loads and motions of the whole body."""
        return self._bordered.solver.iterations

    def strain_energy(self, deformation: Deformation) -> float:
        """Return the elastic energy, J (per metre of depth in the plane)."""
        elastic = self._elastic_strain(deformation)
        density = 0.5 * ufl.inner(elastic, ufl.dot(self.stiffness, elastic))
        return integral(fem.form(density * self._dx_energy), self._comm)

    def _on_unknowns(self, forces: PETSc.Vec) -> PETSc.Vec:
        """Forces on the dofs of the displacement as forces on those that stand for them where the body repeats."""
        space = self._spaces.space
        if space is self.space:
            return forces
        gathered = fem.Function(space)
        values = forces.getArray(readonly=True).reshape(-1, self.components)
        np.add.at(gathered.x.array.reshape(-1, self.components), self._spaces.stands[: len(values)], values)
        gathered.x.scatter_reverse(la.InsertMode.add)
        gathered.x.scatter_forward()
        # the vector of a function ends with it
        return gathered.x.petsc_vec.copy()

    # Set-up

    def _elastic_strain(self, deformation: Deformation) -> Expr:
        """What the stress comes from, as a Voigt vector."""
        elastic = voigt(self.strain(deformation)) - deformation.eigenstrain_factor * self.eigenstrain
        return elastic if self.field_strain is None else elastic - deformation.field_factor * self.field_strain

    def _field_motion(self, u: Expr) -> Motion:
        return Motion(u, self._virtual_strain(u), [0.0] * len(self._foundations))

    def _energy(self, first: Motion, second: Motion) -> ufl.Form:
        """The work of the stress of one motion, and of the foundations it compresses, on another."""
        form = ufl.inner(ufl.dot(self.stiffness, first.strain), second.strain) * self._dx
        for number, foundation in enumerate(self._foundations):
            stiffness = fem.Constant(self.domain.mesh, foundation.stiffness)
            one, two = (m.displacement[foundation.component] - m.plates[number] for m in (first, second))
            form += stiffness * one * two * self.domain.ds(foundation.kinds, 2 * self.degree)
        return form

    def _assemble(self, linear: str, ties: Ties | None) -> None:
        space = self._spaces.space
        u, v = (self._field_motion(function(space)) for function in (ufl.TrialFunction, ufl.TestFunction))
        self._full = petsc.assemble_matrix(fem.form(self._energy(u, v)))
        self._full.assemble()
        if ties is not None:
            self._full.axpy(1.0, ties.matrix(space), structure=PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
        index_map, block = space.dofmap.index_map, space.dofmap.index_map_bs
        self._hold(index_map.size_local * block)

        columns = []
        for shape in self._tied_shapes:
            column = shape.duplicate()
            self._full.mult(shape, column)
            columns.append(column)
        modes = self._uniform.modes
        of_mode = fem.form(self._energy(self._uniform.motion, v)) if modes else None
        self._mode_columns = []
        for mode in modes:
            self._uniform.show(mode)
            self._mode_columns.append(assembled_vector(of_mode))
        corner = self._corner(columns)
        columns += [column.copy() for column in self._mode_columns]
        for column in columns:
            column.getArray()[self._owned_fixed] = 0.0

        matrix = self._full.copy()
        first, _ = matrix.getOwnershipRange()
        matrix.zeroRowsColumns(self._owned_fixed + first, diag=float(np.abs(self.stiffness.x.array).max(initial=1.0)))
        matrix.setNearNullSpace(rigid_body_modes(space, rotations=space is self.space))
        method = choose_method(linear, index_map.size_global * block, self.domain.dimension)
        solver = LinearSolver(
            self.name,
            method,
            _TOLERANCE[method],
            self._coarse_level() if method is LinearMethod.ITERATIVE else None,
            remembered=_REMEMBERED,
        )
        solver.set_operator(matrix)
        self._bordered = BorderedSolver(solver, columns, corner)

    def _hold(self, owned: int) -> None:
        """Find what is fixed, what is prescribed there, and what moves with plates."""
        space = self._spaces.space
        template = fem.Function(space)
        fixed: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
        self._tied_shapes: list[PETSc.Vec] = []
        for support in self._supports:
            if isinstance(support, Foundation | Periodic):
                continue
            dofs = held_dofs(self.domain, space, support)
            if isinstance(support, Support) and support.value is not None:
                sub = fem.Function(space)
                sub.sub(support.component).interpolate(support.value)
                template.x.array[dofs] = sub.x.array[dofs]
            if isinstance(support, Platen):
                shape = template.x.petsc_vec.duplicate()
                shape.zeroEntries()
                shape.getArray()[dofs[dofs < owned]] = 1.0
                self._tied_shapes.append(shape)
            fixed.append(dofs)
        if self.domain.axisymmetric:
            fixed.append(radial_dofs_on_axis(self.domain, space))
        all_fixed = np.unique(np.concatenate(fixed)).astype(np.int32)
        self._owned_fixed = all_fixed[all_fixed < owned]
        self._prescribed = template.x.petsc_vec.copy()

    def _corner(self, tied_columns: Sequence[PETSc.Vec]) -> NDArray[np.float64]:
        """The work of the stress of one scalar motion on another, shape (scalars, scalars)."""
        ties, modes = len(tied_columns), self._uniform.modes
        corner = np.zeros((ties + len(modes), ties + len(modes)))
        for i, shape in enumerate(self._tied_shapes):
            for k, column in enumerate([*tied_columns, *self._mode_columns]):
                corner[i, k] = corner[k, i] = shape.dot(column)
        form = fem.form(self._energy(self._uniform.motion, self._uniform.other)) if modes else None
        for i, mode in enumerate(modes):
            self._uniform.show_other(mode)
            for k, other in enumerate(modes):
                corner[ties + i, ties + k] = self._uniform.integral(other, form)
        return corner

    def _coarse_level(self) -> CoarseLevel | None:
        """The linear displacements on the same mesh, when those of the problem are of higher degree."""
        if self.degree == 1:
            return None
        axes = [c.axis for c in self._supports if isinstance(c, Periodic)]
        linear = RepeatingSpace.of(self.domain, axes, ("Lagrange", 1, (self.components,))).space
        modes = rigid_body_modes(linear, rotations=not axes)
        level = CoarseLevel(nodal_interpolation([linear], [self._spaces.space]), modes)
        level.fix(self._owned_fixed)
        return level

    def _virtual_strain(self, u: Expr) -> Expr:
        """Strain of a trial or test function as a Voigt vector, without the strain of a whole slice."""
        hoop = u[0] / ufl.SpatialCoordinate(self.domain.mesh)[0] if self.domain.axisymmetric else None
        return voigt(strain_tensor(u, hoop))
