# SPDX-License-Identifier: LGPL-3.0-or-later
"""A nonlinear solid at small strain: sum of bulk laws, interface laws and loads, in equilibrium.

    int sigma(eps(u) - eps*, history) : eps(v) dx + int t([u], history) . [v] ds  =  work of the loads on v,   for all v

The displacement is continuous, or free to jump between pieces of the body, where interface laws join them. What does
not vary along the thickness of a slice, the motion of plates and the strain along it, are scalars of the problem. Where
a metal flows without change of volume, displacements alone are too stiff; there the pressure p becomes a field of its
own, of degree one beside displacements of degree two (Taylor and Hood 1973), by

    int (tr(eps(u) - eps*) + p / K) q dx = 0   for all q,

and the bulk law sees the strain with -p / K as its change of volume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.broken import broken_space
from jadeite.fem.coupled import CoupledProblem, Field, GivenTerm, Scalar
from jadeite.fem.coupled_newton import CoupledNewton, CoupledReport
from jadeite.fem.domain import Domain
from jadeite.fem.rigid_body import rigid_body_modes
from jadeite.fem.state import Kept, State, dof_rows, dofs_of_rows, owned_dof_rows
from jadeite.physics.mechanics import Kinematics
from jadeite.physics.rigid_motion import require_constraints
from jadeite.physics.solid.cell_points import CellPoints
from jadeite.physics.solid.facet_points import FacetPoints
from jadeite.physics.solid.laws import Array, BulkRegions, InterfaceRows
from jadeite.physics.strains import displacement_components, hoop_strain, strain_tensor, voigt
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

#: Full Newton step, over the size of the displacement, at which an equilibrium is found.
_TOLERANCE = 1e-7

_DISPLACEMENT, _PRESSURE, _THICKNESS = "displacement", "pressure", "thickness strain"


@dataclass(frozen=True)
class Loads:
    """What acts on a body; whatever rises or falls with time is a constant or function inside these expressions.

    Attributes:
        pressures: boundary measures and pressures (Pa) that press on the solid along its inward normal.
        tractions: boundary measures and traction vectors (Pa) with as many components as the displacement.
        body_force: force per volume (N/m^3) with as many components as the displacement, or None.
        eigenstrain: Voigt vector of 6 components, engineering shears, or None.
        region_eigenstrain: what `eigenstrain` is in each region at one moment of full load, shape (regions, 6): its
            shears 23 and 13 decide whether a slice shears out of its plane. None where these are zero.
    """

    pressures: Sequence[tuple[ufl.Measure, Expr]] = ()
    tractions: Sequence[tuple[ufl.Measure, Expr]] = ()
    body_force: Expr | None = None
    eigenstrain: Expr | None = None
    region_eigenstrain: Array | None = None


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """What a solved state is made of: enough to return to it, and to do work against it.

    Attributes:
        values: of each field, dofs of this rank with ghosts.
        scalars: of each scalar unknown.
        applied: forces of the loads on the dofs of the displacement (N) that this rank owns.
        reaction: forces of the supports on them.
    """

    values: tuple[Array, ...]
    scalars: Array
    applied: Array
    reaction: Array


class SolidBody:
    """The nonlinear problem of one domain, at the settled state of its laws and the present loads."""

    def __init__(
        self,
        domain: Domain,
        laws: Sequence[BulkRegions],
        conditions: Sequence[Condition],
        loads: Loads | None = None,
        *,
        kinematics: Kinematics = Kinematics.PLANE_STRAIN,
        degree: int = 2,
        pieces: NDArray[np.integer] | None = None,
        interfaces: Sequence[InterfaceRows] = (),
        with_pressure: Sequence[int] = (),
        strain_size: float = 1e-4,
        linear: str = "automatic",
        name: str = "solid",
    ) -> None:
        """Compile all forms and prepare Newton's method.

        Args:
            domain: the solid.
            laws: of the regions; each region is of one of them.
            conditions: what holds the body; they must leave no rigid-body motion.
            loads: what acts on it; None for nothing.
            kinematics: of slices; a body of revolution has its own.
            degree: of the displacement, 1 or 2.
            pieces: piece of each local cell, ghosts included, between which the displacement may jump; None for none.
            interfaces: laws between pieces or against obstacles.
            with_pressure: regions (rows) with a pressure of their own; their laws are isotropic, the degree is 2.
            strain_size: strain that matters; displacements are found to a small part of it.
            linear: `automatic`, `direct` or `iterative`.
            name: of the problem, in messages.

        Raises:
            ValueError: for conditions or options that do not fit each other, and for conditions that leave a motion of
                the whole body free (`UnconstrainedBody`).

        Note:
            Collective.
        """
        self.domain, self.degree = domain, degree
        self.kinematics = Kinematics.AXISYMMETRIC if domain.axisymmetric else kinematics
        self.loads = loads or Loads()
        stiffness = np.concatenate([np.reshape(entry.law.stiffness, (-1, 6, 6)) for entry in laws])
        self.components = displacement_components(domain, stiffness, self.loads.region_eigenstrain)
        self._conditions = effective_conditions(conditions, self.components)
        element = ("Lagrange", degree, (self.components,))
        msh = domain.mesh
        broken = None if pieces is None else broken_space(msh, pieces, element)
        self.space = fem.functionspace(msh, element) if broken is None else broken.space
        # pieces hold each other, so that they count as one; obstacles hold what they are laid against
        pairs = domain.tagged.surfaces.regions[[row for entry in interfaces for row in entry.rows]].reshape(-1, 2)
        require_constraints(
            domain,
            self.space if broken is None else broken.continuous,
            self._conditions,
            held_elsewhere=pairs[pairs[:, 1] < 0, 0].tolist(),
        )
        self.displacement = fem.Function(self.space, name=_DISPLACEMENT)
        self.thickness_strain = fem.Constant(msh, 0.0)
        self._thickness = ufl.variable(self.thickness_strain)
        self._generalised = domain.dimension == 2 and self.kinematics is Kinematics.GENERALISED_PLANE_STRAIN
        self._length = float(np.ptp(domain.tagged.points, axis=0).max())
        self._strain_size = strain_size
        self.pressure = self._pressure_field(laws, with_pressure) if len(with_pressure) else None
        self.cells = CellPoints(domain, laws, self._strain_of_laws(), self._quadrature_degree(), self.loads.eigenstrain)
        self.facets = [FacetPoints(_DISPLACEMENT, domain, self.displacement, entry) for entry in interfaces]
        self._build(name, linear)

    # Expressions

    def strain(self) -> Expr:
        """Return the total strain as a 3 x 3 tensor."""
        third: Expr = self._thickness if self._generalised else self.thickness_strain
        if self.domain.axisymmetric:
            third = hoop_strain(self.displacement, ON_AXIS * float(self.domain.tagged.points[:, 0].max()))
        return strain_tensor(self.displacement, third)

    def stress(self) -> fem.Function:
        """Return the settled stress as a Voigt vector, Pa; its degree is one below the displacement's. Collective."""
        return self.cells.field("stress", lambda state, _: state.stress, 6, self.degree - 1)

    def inelastic_strain(self) -> fem.Function:
        """Return the settled inelastic strain as a Voigt vector, of the degree of the stress. Collective."""
        return self.cells.field(
            "inelastic strain", lambda state, of: of.law.inelastic_strain(state.history), 6, self.degree - 1
        )

    # Equilibrium

    def solve(self) -> CoupledReport:
        """Find the equilibrium of the present stage under the present loads.

        Raises:
            ConvergenceError: when Newton's method fails; displacements are then of no use.

        Note:
            Collective.
        """
        for support, dofs in self._prescribed:
            values = fem.Function(self.space)
            assert support.value is not None
            values.sub(support.component).interpolate(support.value)
            self.displacement.x.array[dofs] = values.x.array[dofs]
        return self.newton.solve()

    def equilibrium(self) -> Equilibrium:
        """Return the present state with its forces. Collective."""
        self.refresh()
        internal = assembled_vector(self._internal)
        applied = assembled_vector(self._applied)
        added = fem.Function(self.space)
        for facets in self.facets:
            facets.add_residual(added.x.array)
        added.x.scatter_reverse(la.InsertMode.add)
        owned = self.owned_dofs
        forces = internal.getArray(readonly=True)[:owned] + added.x.array[:owned]
        pull = applied.getArray(readonly=True)[:owned].copy()
        reaction = np.zeros(owned)
        reaction[self._held] = forces[self._held] - pull[self._held]
        fields = tuple(one.function.x.array.copy() for one in self._problem.fields)
        scalars = np.array([float(scalar.constant.value) for scalar in self._problem.scalars])
        return Equilibrium(fields, scalars, pull, reaction)

    def imbalance(self) -> float:
        """Return the largest force on a dof that nothing balances, over the largest that acts on any. Collective."""
        state, comm = self.equilibrium(), self.domain.mesh.comm
        residual = self._problem.new_vector()
        self._problem.residual(residual)
        # the displacement comes first among the fields
        forces = (residual.getArray(readonly=True)[: self.owned_dofs], state.applied, state.reaction)
        largest = np.array([np.abs(force).max(initial=0.0) for force in forces])
        residual.destroy()
        comm.Allreduce(MPI.IN_PLACE, largest, op=MPI.MAX)
        return float(largest[0] / largest.max()) if largest[0] > 0.0 else 0.0

    def restore(self, state: Equilibrium) -> None:
        """Return to the fields and scalars of an earlier state."""
        for one, values in zip(self._problem.fields, state.values, strict=True):
            one.function.x.array[:] = values
        for scalar, value in zip(self._problem.scalars, state.scalars, strict=True):
            scalar.constant.value = value

    def extrapolate(self, earlier: Equilibrium, share: float) -> None:
        """Move fields and scalars on by a share of their distance from an earlier state: a guess for the next solve."""
        for one, values in zip(self._problem.fields, earlier.values, strict=True):
            one.function.x.array[:] += share * (one.function.x.array - values)
        for scalar, value in zip(self._problem.scalars, earlier.scalars, strict=True):
            scalar.constant.value += share * (float(scalar.constant.value) - value)

    def rows(self, state: Equilibrium) -> State:
        """Return a state of the body as rows that know no partition. Collective."""
        fields = zip(self._problem.fields, state.values, strict=True)
        return {
            "fields": {one.name: dof_rows(one.function.function_space, values) for one, values in fields},
            "scalars": state.scalars,
            "applied": owned_dof_rows(self.space, state.applied),
            "reaction": owned_dof_rows(self.space, state.reaction),
        }

    def of_rows(self, kept: Kept) -> Equilibrium:
        """Return the state that `rows` has kept. Collective."""
        fields, owned = kept.part("fields"), self.owned_dofs
        return Equilibrium(
            tuple(dofs_of_rows(one.function.function_space, fields, one.name) for one in self._problem.fields),
            np.asarray(kept["scalars"]),
            dofs_of_rows(self.space, kept, "applied")[:owned],
            dofs_of_rows(self.space, kept, "reaction")[:owned],
        )

    def refresh(self) -> None:
        """Bring stresses and tractions up to date with the displacement."""
        self.cells.update()
        for facets in self.facets:
            facets.update()

    def foundation_energy(self) -> float:
        """Return the energy stored in compliant layers, J. Collective."""
        return sum(integral(form, self.domain.mesh.comm) for form in self._foundation_energies)

    @property
    def owned_dofs(self) -> int:
        """Number of dofs of the displacement (unrolled) that this rank owns."""
        return int(self.space.dofmap.index_map.size_local * self.components)

    # Set-up

    def _quadrature_degree(self) -> int:
        # the hoop strain has the degree of the displacement itself
        return 2 * self.degree if self.domain.axisymmetric else max(2 * self.degree - 2, 1)

    def _virtual_strain(self, u: Expr) -> Expr:
        """Strain of a trial or test function as a Voigt vector, without the strain of a whole slice."""
        hoop = u[0] / ufl.SpatialCoordinate(self.domain.mesh)[0] if self.domain.axisymmetric else None
        return voigt(strain_tensor(u, hoop))

    def _elastic_strain(self) -> Expr:
        """Total strain without the eigenstrain, Voigt."""
        total = voigt(self.strain())
        return total if self.loads.eigenstrain is None else total - self.loads.eigenstrain

    def _strain_of_laws(self) -> Expr:
        strain = self._elastic_strain()
        if self.pressure is None:
            return strain
        change = -self.pressure * self._compressibility - (strain[0] + strain[1] + strain[2])
        return _with_volume(strain, self._is_mixed * change)

    def _pressure_field(self, laws: Sequence[BulkRegions], regions: Sequence[int]) -> fem.Function:
        """Make the space of the pressure, which is continuous inside each law and may jump between two of them."""
        if self.degree != 2:
            raise ValueError("a pressure of its own needs displacements of degree 2")
        domain = self.domain
        count = len(domain.tagged.regions)
        law_of_region, compressibility = np.zeros(count, dtype=np.int64), np.zeros(count)
        for number, entry in enumerate(laws):
            rows = np.asarray(entry.regions, dtype=np.int64)
            law_of_region[rows] = number
            mixed = np.intersect1d(rows, regions)
            stiffness = np.broadcast_to(entry.law.stiffness, (count, 6, 6))[mixed]
            bulk = stiffness[:, :3, :3].sum(axis=(1, 2)) / 9.0
            uneven = np.abs(stiffness[:, :3, :3].sum(axis=2) - 3.0 * bulk[:, None]).max(initial=0.0)
            if uneven > 1e-9 * bulk.max(initial=0.0) or np.abs(stiffness[:, :3, 3:]).max(initial=0.0) > 0.0:
                raise ValueError("a pressure of its own needs an isotropic law")
            compressibility[mixed] = 1.0 / bulk
        is_mixed = np.isin(np.arange(count), regions)
        self._compressibility = domain.cell_field(compressibility, "compressibility")
        self._is_mixed = domain.cell_field(is_mixed.astype(float), "has a pressure")
        self._pressure_size = self._strain_size / compressibility[is_mixed].max()
        piece = np.where(is_mixed, 1 + law_of_region, 0)[domain.cell_region]
        space = broken_space(domain.mesh, piece, ("Lagrange", 1)).space
        without = space.dofmap.list[piece == 0]
        self._without_pressure = np.unique(without).astype(np.int32)
        return fem.Function(space, name=_PRESSURE)

    def _build(self, name: str, linear: str) -> None:
        v, du = ufl.TestFunction(self.space), ufl.TrialFunction(self.space)
        virtual, dx = self._virtual_strain(v), self.cells.measure()
        stress, tangent = self.cells.stress, self.cells.tangent
        applied = self._virtual_work(v)
        internal = ufl.inner(stress, virtual) * dx
        change = self._virtual_strain(du)
        if self.pressure is not None:
            change = _with_volume(change, -self._is_mixed * (change[0] + change[1] + change[2]))
        derivatives = {_DISPLACEMENT: ufl.inner(ufl.dot(tangent, change), virtual) * dx + self._room(du, v)}
        given = [GivenTerm(_DISPLACEMENT, internal, derivatives)]
        equation = -applied
        scalars: list[Scalar] = []
        self._foundation_energies: list[fem.Form] = []
        pinned, self._prescribed = self._held_dofs()
        for number, condition in enumerate(self._conditions):
            if isinstance(condition, Platen | Foundation):
                scalar, force = self._plate(number, condition, v)
                scalars.append(scalar)
                equation = equation + force if force is not None else equation
        fields = [Field(_DISPLACEMENT, self.displacement, self._length * self._strain_size, equation, pinned)]
        if self._generalised:
            thickness = ufl.as_vector([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
            if self.pressure is not None:
                thickness = _with_volume(thickness, -self._is_mixed)
            column = ufl.dot(tangent, thickness)
            derivatives[_THICKNESS] = ufl.inner(column, virtual) * dx
            own = {_DISPLACEMENT: ufl.dot(tangent, change)[2] * dx, _THICKNESS: column[2] * dx}
            given.append(GivenTerm(_THICKNESS, stress[2] * dx, own))
            scalars.append(Scalar(_THICKNESS, self._thickness, self._strain_size, None, 0.0))
        if self.pressure is not None:
            q, dp = ufl.TestFunction(self.pressure.function_space), ufl.TrialFunction(self.pressure.function_space)
            strain = self._elastic_strain()
            squeezed = -self._is_mixed * self._compressibility * self.pressure * q * dx
            fields.append(Field(_PRESSURE, self.pressure, self._pressure_size, squeezed, self._without_pressure))
            volume = -self._is_mixed * (strain[0] + strain[1] + strain[2]) * q * dx
            stretched = self._virtual_strain(du)
            of_volume = {_DISPLACEMENT: -self._is_mixed * (stretched[0] + stretched[1] + stretched[2]) * q * dx}
            derivatives[_PRESSURE] = -self._is_mixed * dp * (virtual[0] + virtual[1] + virtual[2]) * dx
            if self._generalised:
                own[_PRESSURE] = -self._is_mixed * dp * dx
                of_volume[_THICKNESS] = -self._is_mixed * q * dx
            given.append(GivenTerm(_PRESSURE, volume, of_volume))
        self._problem = CoupledProblem(name, self.domain, fields, scalars, given, self.facets, self.refresh)
        self.newton = CoupledNewton(
            self._problem,
            linear=linear,
            tolerance=_TOLERANCE,
            near_null_space=rigid_body_modes(self.space) if self.pressure is None else None,
            advice="Try smaller steps of load or time",
        )
        self._internal, self._applied = fem.form(internal), fem.form(applied)
        self._held = pinned[pinned < self.owned_dofs]

    def _virtual_work(self, v: Expr) -> ufl.Form:
        """Work of the loads on a virtual displacement."""
        normal = ufl.FacetNormal(self.domain.mesh)
        zero = fem.Constant(self.domain.mesh, np.zeros(self.components))
        form = ufl.inner(zero, v) * self.cells.measure()
        for measure, pressure in self.loads.pressures:
            form += -pressure * sum(normal[i] * v[i] for i in range(self.domain.dimension)) * measure
        for measure, traction in self.loads.tractions:
            form += ufl.inner(traction, v) * measure
        if self.loads.body_force is not None:
            form += ufl.inner(self.loads.body_force, v) * self.domain.dx(2 * self.degree)
        return form

    def _room(self, du: Expr, v: Expr) -> ufl.Form:
        """A form of size zero that gives the matrix entries between the two sides of interior facets with a law."""
        kinds = {
            self.domain.tagged.surfaces.kind[row]
            for facets in self.facets
            if facets.interior
            for row in facets.surface_rows
        }
        zero = fem.Constant(self.domain.mesh, 0.0)
        if not kinds:
            return zero * ufl.inner(du, v) * self.cells.measure()
        jumps = ufl.inner(ufl.jump(du), ufl.jump(v))
        return zero * jumps * self.domain.dS(sorted(kinds), 2 * self.degree)

    def _held_dofs(self) -> tuple[NDArray[np.int32], list[tuple[Support, NDArray[np.int32]]]]:
        """Local dofs that keep their values, and those among them whose values are prescribed."""
        held, prescribed = [np.zeros(0, dtype=np.int32)], []
        for condition in self._conditions:
            if isinstance(condition, Platen | Foundation):
                continue
            if isinstance(condition, Periodic):
                raise ValueError("sides that repeat are solved for linear bodies only")
            dofs = held_dofs(self.domain, self.space, condition)
            held.append(dofs)
            if isinstance(condition, Support) and condition.value is not None:
                prescribed.append((condition, dofs))
        if self.domain.axisymmetric:
            held.append(radial_dofs_on_axis(self.domain, self.space))
        return np.unique(np.concatenate(held)).astype(np.int32), prescribed

    def _plate(self, number: int, condition: Platen | Foundation, v: Expr) -> tuple[Scalar, ufl.Form | None]:
        """The displacement of a rigid plate, and what a compliant layer in front of it adds to the equation."""
        plate = ufl.variable(fem.Constant(self.domain.mesh, 0.0))
        size = self._length * self._strain_size
        name = f"displacement of plate {number}"
        if isinstance(condition, Platen):
            dofs = held_dofs(self.domain, self.space, condition)
            return Scalar(name, plate, size, None, 0.0, tied=(_DISPLACEMENT, dofs)), None
        stretch = self.displacement[condition.component] - plate
        ds = self.domain.ds(condition.kinds, 2 * self.degree)
        self._foundation_energies.append(fem.form(0.5 * condition.stiffness * stretch**2 * ds))
        force = condition.stiffness * stretch * v[condition.component] * ds
        return Scalar(name, plate, size, condition.stiffness * stretch * ds, 0.0), force


def _with_volume(strain: Expr, change: Expr) -> Expr:
    """Return a Voigt strain with a change of volume added."""
    return ufl.as_vector([strain[k] + change / 3.0 if k < 3 else strain[k] for k in range(6)])
