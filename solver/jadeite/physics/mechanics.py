# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small-strain elasticity of a polycrystal with eigenstrains: in slices, bodies of revolution and three dimensions.

    int sigma : eps(v) dx = int t.v ds,   sigma = C : (eps(u) - eps*)

Stiffness C and eigenstrain eps* are constant in each region. In two dimensions the fields do not vary along z; the
thickness strain is zero (plane strain) or one unknown for the whole slice that makes the thickness force vanish
(generalised plane strain). When a rotated crystal couples in-plane strain to out-of-plane shear, a displacement
u_z(x, y) is solved for as well, so that the stress is in equilibrium in all three directions.

In a body of revolution x is the distance r from the axis and the third direction runs around it. Points move in their
meridian plane, which stretches a ring of radius r by the hoop strain u_r / r; on the axis, where u_r = 0, that is
du_r / dr (Timoshenko and Goodier 1970, Theory of Elasticity, section 122).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from dolfinx.mesh import entities_to_geometry
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.bordered import BorderedSolver
from jadeite.fem.domain import Domain
from jadeite.fem.multigrid import CoarseLevel, nodal_interpolation
from jadeite.fem.rigid_body import rigid_body_modes
from jadeite.fem.solvers import LinearMethod, LinearSolver, choose_method
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.strains import couples_out_of_plane, hoop_strain, strain_tensor, tensor, voigt

#: Relative tolerance of the residual: a factor gives the last digits away, an iteration asks a price for each.
_TOLERANCE = {LinearMethod.DIRECT: 1e-11, LinearMethod.ITERATIVE: 1e-9}

#: The loads of one search differ little in shape, so the solutions of the last few span most of the next.
_REMEMBERED = 8

#: Nearer to the axis than this, over the radius of the body, is on it.
_AXIS = 1e-9


class Kinematics(StrEnum):
    """How a two-dimensional domain may stretch in the third direction; the domain itself chooses the last."""

    PLANE_STRAIN = "plane_strain"
    GENERALISED_PLANE_STRAIN = "generalised_plane_strain"
    AXISYMMETRIC = "axisymmetric"


@dataclass(frozen=True)
class Support:
    """A prescribed displacement component on some surfaces.

    Attributes:
        kinds: kinds of surface.
        component: 0, 1 or 2 for x, y or z.
        value: displacement (m) at points of shape (3, n), or None for zero.
        where: selects among the facets by the coordinates (3, n) of their vertices, or None for all of them.
    """

    kinds: tuple[SurfaceKind, ...]
    component: int
    value: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None
    where: Callable[[NDArray[np.float64]], NDArray[np.bool_]] | None = None


@dataclass(frozen=True)
class Pin:
    """One displacement component held at zero at the node nearest to a point (m), to take out rigid-body motion."""

    point: tuple[float, ...]
    component: int


@dataclass(frozen=True)
class Platen:
    """Surfaces that move together by one unknown displacement component, under no net force.

    Attributes:
        kinds: kinds of surface.
        component: 0, 1 or 2.
        where: as in `Support`.
    """

    kinds: tuple[SurfaceKind, ...]
    component: int
    where: Callable[[NDArray[np.float64]], NDArray[np.bool_]] | None = None


@dataclass(frozen=True)
class Load:
    """A compiled load: the virtual work of tractions, surface tensions and, if wanted, of the eigenstrain.

    `tension` is the integral of the surface tensions, by which they pull along the thickness of a slice; None for none.
    """

    form: fem.Form
    eigenstrain: bool
    tension: fem.Form | None = None


@dataclass(frozen=True)
class Deformation:
    """Displacement and thickness strain under one load or a sum of loads.

    Attributes:
        displacement: m.
        thickness_strain: uniform strain along z, 1.
        eigenstrain_factor: 1 when the eigenstrain is part of the load, else 0.
    """

    displacement: fem.Function
    thickness_strain: fem.Constant
    eigenstrain_factor: fem.Constant

    def assign_sum(self, *parts: Deformation) -> None:
        """Set this state to the sum of others (the problem is linear)."""
        self.displacement.x.array[:] = sum(part.displacement.x.array for part in parts)
        self.thickness_strain.value = sum(float(part.thickness_strain.value) for part in parts)
        self.eigenstrain_factor.value = sum(float(part.eigenstrain_factor.value) for part in parts)


class Mechanics:
    """The elastic problem of one domain; the matrix is factorised once and serves every load."""

    name = "mechanics"

    def __init__(
        self,
        domain: Domain,
        stiffness: NDArray[np.float64],
        eigenstrain: NDArray[np.float64] | None,
        supports: Sequence[Support | Pin | Platen],
        kinematics: Kinematics = Kinematics.PLANE_STRAIN,
        degree: int = 2,
        linear: str = "automatic",
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

        Raises:
            ValueError: when a support names a component that the displacement does not have, or when an axisymmetric
                body would twist because its stiffness or eigenstrain couples to shear out of the meridian plane.
        """
        self.domain, self.degree = domain, degree
        self.kinematics = Kinematics.AXISYMMETRIC if domain.axisymmetric else kinematics
        regions = len(domain.tagged.regions.name)
        strain_free = np.zeros((regions, 6)) if eigenstrain is None else eigenstrain
        self.components = 3 if domain.dimension == 3 or couples_out_of_plane(stiffness, strain_free) else 2
        if domain.axisymmetric and self.components == 3:
            raise ValueError("the stiffness or eigenstrain of a region twists a body of revolution")
        msh = domain.mesh
        self._comm = msh.comm
        self._on_axis = _AXIS * float(domain.tagged.points[:, 0].max())
        self.space = fem.functionspace(msh, ("Lagrange", degree, (self.components,)))
        self.region_stiffness = stiffness
        self.stiffness = domain.cell_field(stiffness, "stiffness")
        self.eigenstrain = domain.cell_field(strain_free, "eigenstrain")
        # the hoop strain has the degree of the displacement itself
        self._dx = domain.dx(2 * degree if domain.axisymmetric else 2 * degree - 2)
        self._generalised = domain.dimension == 2 and self.kinematics is Kinematics.GENERALISED_PLANE_STRAIN
        self._supports = supports
        self._assemble(linear)

    # Expressions

    def new_deformation(self, name: str) -> Deformation:
        """Return a deformation that is zero."""
        msh = self.domain.mesh
        return Deformation(fem.Function(self.space, name=name), fem.Constant(msh, 0.0), fem.Constant(msh, 0.0))

    def strain(self, deformation: Deformation) -> Expr:
        """Return the total strain as a 3 x 3 tensor."""
        hoop = deformation.thickness_strain
        if self.domain.axisymmetric:
            hoop = hoop_strain(deformation.displacement, self._on_axis)
        return strain_tensor(deformation.displacement, hoop)

    def stress(self, deformation: Deformation) -> Expr:
        """Return the stress as a 3 x 3 tensor, Pa, tension positive."""
        elastic = voigt(self.strain(deformation)) - deformation.eigenstrain_factor * self.eigenstrain
        return tensor(ufl.dot(self.stiffness, elastic))

    # Loads

    def load(
        self,
        pressures: Sequence[tuple[ufl.Measure, Expr]] = (),
        tractions: Sequence[tuple[ufl.Measure, Expr]] = (),
        eigenstrain: bool = False,
        body_force: Expr | None = None,
        tensions: Sequence[tuple[ufl.Measure, Expr]] = (),
    ) -> Load:
        """Compile a load.

        Args:
            pressures: boundary measures and pressures (Pa) that press on the solid along its inward normal.
            tractions: boundary measures and traction vectors (Pa) with as many components as the displacement.
            eigenstrain: whether the eigenstrain acts.
            body_force: force per volume (N/m^3) with as many components as the displacement, or None.
            tensions: boundary measures and isotropic surface tensions (N/m), as thin films exert by their misfit: the
                virtual work is that of the tension with the surface divergence of the displacement.
        """
        v = ufl.TestFunction(self.space)
        normal = ufl.FacetNormal(self.domain.mesh)
        in_plane = self.domain.mesh.geometry.dim
        zero = fem.Constant(self.domain.mesh, np.zeros(self.components))
        form = ufl.inner(zero, v) * self._dx
        for measure, pressure in pressures:
            form += -pressure * sum(normal[i] * v[i] for i in range(in_plane)) * measure
        for measure, traction in tractions:
            form += ufl.inner(traction, v) * measure
        if body_force is not None:
            form += ufl.inner(body_force, v) * self.domain.dx(2 * self.degree)
        if eigenstrain:
            form += ufl.inner(ufl.dot(self.stiffness, self.eigenstrain), self._virtual_strain(v)) * self._dx
        if tensions:
            outward = ufl.as_vector([normal[i] if i < in_plane else ufl.as_ufl(0.0) for i in range(3)])
            along = ufl.Identity(3) - ufl.outer(outward, outward)
            in_voigt_order = ufl.as_vector([along[i, j] for i, j in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))])
            stretch = ufl.inner(in_voigt_order, self._virtual_strain(v))
            form += sum(-tension * stretch * measure for measure, tension in tensions)
        total = fem.form(sum(tension * measure for measure, tension in tensions)) if tensions else None
        return Load(fem.form(form), eigenstrain, total)

    def solve(self, load: Load, deformation: Deformation) -> None:
        """Solve for one load and write the result into a deformation.

        Raises:
            ConvergenceError: when the linear solver fails.

        Note:
            Collective.
        """
        force = assembled_vector(load.form)
        shift = self._prescribed
        reaction = force.duplicate()
        self._full.mult(shift, reaction)
        force.axpy(-1.0, reaction)
        scalar_force = np.array([shape.dot(force) for shape in self._tied_shapes])
        if self._generalised:
            thickness_force = integral(self._thickness_thermal, self._comm) if load.eigenstrain else 0.0
            thickness_force -= integral(load.tension, self._comm)
            scalar_force = np.append(scalar_force, thickness_force - self._thickness_column_full.dot(shift))
        force.getArray()[self._owned_fixed] = 0.0
        solution = deformation.displacement.x.petsc_vec
        scalars = self._bordered.solve(force, scalar_force, solution)
        solution.axpy(1.0, shift)
        for value, shape in zip(scalars, self._tied_shapes, strict=False):
            solution.axpy(value, shape)
        deformation.displacement.x.scatter_forward()
        deformation.thickness_strain.value = scalars[-1] if self._generalised else 0.0
        deformation.eigenstrain_factor.value = 1.0 if load.eigenstrain else 0.0

    def strain_energy(self, deformation: Deformation) -> float:
        """Return the elastic energy, J (per metre of depth in the plane)."""
        elastic = voigt(self.strain(deformation)) - deformation.eigenstrain_factor * self.eigenstrain
        return integral(fem.form(0.5 * ufl.inner(elastic, ufl.dot(self.stiffness, elastic)) * self._dx), self._comm)

    # Set-up

    def _assemble(self, linear: str) -> None:
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        strain_u, strain_v = self._virtual_strain(u), self._virtual_strain(v)
        self._full = petsc.assemble_matrix(fem.form(ufl.inner(ufl.dot(self.stiffness, strain_u), strain_v) * self._dx))
        self._full.assemble()
        template = fem.Function(self.space)
        index_map, block = self.space.dofmap.index_map, self.space.dofmap.index_map_bs
        owned = index_map.size_local * block
        fixed: list[NDArray[np.int32]] = []
        self._tied_shapes: list[PETSc.Vec] = []
        for support in self._supports:
            if support.component >= self.components:
                if isinstance(support, Support) and support.value is None:
                    continue  # a displacement that does not exist is zero already
                raise ValueError(
                    f"a support holds component {support.component}, but the displacement has {self.components}"
                )
            dofs = self._dofs(support)
            if isinstance(support, Support) and support.value is not None:
                sub = fem.Function(self.space)
                sub.sub(support.component).interpolate(support.value)
                template.x.array[dofs] = sub.x.array[dofs]
            if isinstance(support, Platen):
                shape = template.x.petsc_vec.duplicate()
                shape.zeroEntries()
                shape.getArray()[dofs[dofs < owned]] = 1.0
                self._tied_shapes.append(shape)
            fixed.append(dofs)
        if self.domain.axisymmetric:
            fixed.append(self._radial_dofs_on_axis())
        all_fixed = np.unique(np.concatenate([*fixed, np.zeros(0, dtype=np.int32)])).astype(np.int32)
        self._owned_fixed = all_fixed[all_fixed < owned]
        self._prescribed = template.x.petsc_vec.copy()

        columns = []
        for shape in self._tied_shapes:
            column = shape.duplicate()
            self._full.mult(shape, column)
            columns.append(column)
        if self._generalised:
            thickness = ufl.as_vector([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
            column = assembled_vector(fem.form(ufl.inner(ufl.dot(self.stiffness, thickness), strain_v) * self._dx))
            self._thickness_column_full = column.copy()
            columns.append(column)
            self._thickness_thermal = fem.form(
                ufl.inner(ufl.dot(self.stiffness, thickness), self.eigenstrain) * self._dx
            )
        ties = len(self._tied_shapes)
        corner = np.zeros((len(columns), len(columns)))
        for i, shape in enumerate(self._tied_shapes):
            for k, column in enumerate(columns):
                corner[i, k] = corner[k, i] = shape.dot(column)
        if self._generalised:
            corner[ties, ties] = integral(fem.form(self.stiffness[2, 2] * self._dx), self._comm)
        for column in columns:
            column.getArray()[self._owned_fixed] = 0.0

        matrix = self._full.copy()
        first, _ = matrix.getOwnershipRange()
        matrix.zeroRowsColumns(self._owned_fixed + first, diag=float(np.abs(self.stiffness.x.array).max(initial=1.0)))
        matrix.setNearNullSpace(rigid_body_modes(self.space))
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

    def _coarse_level(self) -> CoarseLevel | None:
        """The linear displacements on the same mesh, when those of the problem are of higher degree."""
        if self.degree == 1:
            return None
        linear = fem.functionspace(self.domain.mesh, ("Lagrange", 1, (self.components,)))
        level = CoarseLevel(nodal_interpolation([linear], [self.space]), rigid_body_modes(linear))
        level.fix(self._owned_fixed)
        return level

    def _dofs(self, support: Support | Pin | Platen) -> NDArray[np.int32]:
        """Local dofs (unrolled) of a support."""
        if isinstance(support, Pin):
            return self._nearest_dof(support)
        facets = self.domain.facets(*support.kinds)
        if support.where is not None:
            facets = facets[self._select(facets, support.where)]
        return fem.locate_dofs_topological(self.space.sub(support.component), self.domain.dimension - 1, facets)

    def _virtual_strain(self, u: Expr) -> Expr:
        """Strain of a trial or test function as a Voigt vector, without the strain of a whole slice."""
        hoop = u[0] / ufl.SpatialCoordinate(self.domain.mesh)[0] if self.domain.axisymmetric else None
        return voigt(strain_tensor(u, hoop))

    def _radial_dofs_on_axis(self) -> NDArray[np.int32]:
        """Local dofs of u_r on the axis of a body of revolution."""
        nodes = np.flatnonzero(self.space.tabulate_dof_coordinates()[:, 0] <= self._on_axis)
        return (nodes * self.components).astype(np.int32)

    def _select(
        self, facets: NDArray[np.int32], where: Callable[[NDArray[np.float64]], NDArray[np.bool_]]
    ) -> NDArray[np.bool_]:
        nodes = entities_to_geometry(self.domain.mesh, self.domain.dimension - 1, facets)
        corners = self.domain.mesh.geometry.x[nodes]
        inside = where(corners.reshape(-1, 3).T).reshape(nodes.shape)
        return inside.all(axis=1)

    def _nearest_dof(self, pin: Pin) -> NDArray[np.int32]:
        """Dof of the node nearest to a point, on the ranks that hold that node."""
        coordinates = self.space.tabulate_dof_coordinates()
        target = np.zeros(3)
        target[: len(pin.point)] = pin.point
        distance = np.linalg.norm(coordinates - target, axis=1)
        comm = self.domain.mesh.comm
        least = comm.allreduce(distance.min(initial=np.inf), op=MPI.MIN)
        extent = np.ptp(self.domain.tagged.points, axis=0).max()
        nodes = np.flatnonzero(distance <= least + 1e-9 * extent)
        return (nodes * self.components + pin.component).astype(np.int32)
