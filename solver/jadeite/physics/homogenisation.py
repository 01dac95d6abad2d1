# SPDX-License-Identifier: LGPL-3.0-or-later
"""The conductivity tensor that a microstructure has as a material: mean current density over mean field.

The potential is that of a uniform field plus a fluctuation, phi = G.x + chi, with one load for each direction. What the
fluctuation does on opposite sides of the box is chosen axis by axis:

    periodic         chi repeats
    mixed            chi = 0 for the load along the axis (a potential difference), no current for the others
    uniform field    chi = 0 for every load; the tensor is at least as conductive as with any other condition
    uniform current  n.j = n.J for the load along the axis, no current for the others; at most as conductive

(Hill, J. Mech. Phys. Solids 11, 1963, 357; Huet, J. Mech. Phys. Solids 38, 1990, 813; Hazanov and Huet 1994 for mixed
ones.) Holes conduct nothing and count in the volume. With mean flux q = <s grad phi> and mean gradient g of all loads
as columns, the tensor is q g^-1; the power of a load is g.q as long as no side lets any mean of it slip (Hill's lemma),
which is checked with separately assembled integrals.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import ufl
from dolfinx import fem, mesh
from numpy.typing import NDArray
from petsc4py import PETSc
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.broken import BrokenSpace
from jadeite.fem.domain import Domain
from jadeite.fem.multigrid import CoarseLevel, nodal_interpolation
from jadeite.fem.periodic import grain_pieces, grains_meet_on_side, periodic_tie
from jadeite.fem.solvers import LinearMethod, LinearSolver, choose_method
from jadeite.fem.state import Kept, State, dof_rows, restore_function
from jadeite.physics import conduction_forms as forms
from jadeite.physics.boundary_transport import BoundaryTransport
from jadeite.physics.conduction_forms import Potential

Array = NDArray[np.float64]

_TOLERANCE = 1e-11


class SideCondition(StrEnum):
    """What holds on the two sides of the box across one axis."""

    PERIODIC = "periodic"
    MIXED = "mixed"
    UNIFORM_FIELD = "uniform_field"
    UNIFORM_CURRENT = "uniform_current"


class SideError(ValueError):
    """The sides of the box do not allow the condition that is asked for; `suggestion` says what to try."""

    def __init__(self, message: str, suggestion: str) -> None:
        super().__init__(message)
        self.suggestion = suggestion


@dataclass(frozen=True, eq=False)
class EffectiveConductivity:
    """What the loads along x, y (and z) gave; rows and columns follow the axes.

    Attributes:
        tensor: mean flux over mean gradient, shape (d, d), S/m, as computed: its asymmetry is an error.
        gradient: mean gradient of the potential, V/m, a column for each load.
        flux: mean of conductivity times gradient, A/m^2, a column for each load.
        bulk_power, across_power, along_power: dissipation per volume of the box in the grains, across boundaries and
            along their planes, shape (d,), W/m^3.
    """

    tensor: Array
    gradient: Array
    flux: Array
    bulk_power: Array
    across_power: Array
    along_power: Array

    @property
    def asymmetry(self) -> float:
        """Largest difference from the transposed tensor, relative to the largest entry."""
        return float(np.abs(self.tensor - self.tensor.T).max() / np.abs(self.tensor).max())

    @property
    def power_mismatch(self) -> float:
        """Largest relative difference between dissipation and mean gradient times mean flux along each load."""
        work = np.diag(self.gradient) * np.diag(self.flux)
        return float(np.abs((self.bulk_power + self.across_power + self.along_power) / work - 1.0).max())

    @property
    def resistivity_shares(self) -> Array:
        """Resistivity of each load by where it dissipates, ohm m, shape (3, d): grains, across and along boundaries."""
        return np.array([self.bulk_power, self.across_power, self.along_power]) / np.diag(self.flux) ** 2


@dataclass(eq=False)
class Homogenisation:
    """The loads of one microstructure.

    Attributes:
        domain: a box, with holes or without.
        conductivity: laboratory-frame conductivity of each region, shape (regions, d, d), S/m.
        boundaries: what grain boundaries and phase boundaries do; None: they conduct perfectly.
        conditions: one for each axis.
        degree: of the fluctuation.
        linear: `automatic`, `direct` or `iterative`.

    Raises:
        SideError: when grains meet on a periodic side, or holes open to one with a uniform current density.
    """

    domain: Domain
    conductivity: Array
    boundaries: BoundaryTransport | None
    conditions: tuple[SideCondition, ...]
    degree: int = 2
    linear: str = "automatic"

    def __post_init__(self) -> None:
        domain = self.domain
        self._repeating = [axis for axis, kind in enumerate(self.conditions) if kind is SideCondition.PERIODIC]
        for axis in self._repeating:
            if grains_meet_on_side(domain.tagged, axis):
                raise SideError(
                    f"grains meet on the periodic side across {'xyz'[axis]}: a boundary there has no facets",
                    "use `mixed`",
                )
        given = self.boundaries
        resistance, along = (None, None) if given is None else (given.resistance, given.surface_conductance)
        resistance, along = forms.what_counts(domain, self.conductivity, resistance, along)
        self._rows = forms.BoundaryRows.of(domain, resistance, along)
        self.space = self._space(self.degree)
        self.sigma = domain.cell_field(self.conductivity, "conductivity")
        self.fluctuation = fem.Function(self.space.space, name="fluctuation")
        self._network = forms.network_function(self.space, self.fluctuation)
        self._solved: list[Array] = []
        low, high = domain.tagged.points.min(axis=0), domain.tagged.points.max(axis=0)
        self._extent = high - low
        self.middle: Array = 0.5 * (low + high)
        #: Position from the middle of the box, so that rounding does not depend on where the box lies.
        self._position = ufl.SpatialCoordinate(domain.mesh) - ufl.as_vector(self.middle.tolist())
        # gradients are constants of the forms, so that one form serves all loads
        self._applied, self._second = (fem.Constant(domain.mesh, np.zeros(self.size)) for _ in range(2))
        self._locate_sides(low, high)
        self._set_forms(resistance, along)

    @property
    def size(self) -> int:
        """Number of axes."""
        return len(self.conditions)

    @property
    def applied_gradient(self) -> Array:
        """Gradient that the fluctuation of the shown load is added to, shape (d,), V/m."""
        return np.array(self._applied.value)

    @property
    def potential(self) -> Expr:
        """Potential of the shown load (`show`), zero in the middle without its fluctuation, V."""
        return self.fluctuation + ufl.dot(self._applied, self._position)

    @property
    def flux(self) -> Expr:
        """Conductivity times the gradient of the potential of the shown load in the grains, A/m^2."""
        return ufl.dot(self.sigma, ufl.grad(self.fluctuation) + self._applied)

    def solve(self) -> EffectiveConductivity:
        """Solve one load for each axis.

        Raises:
            ConvergenceError: when a linear system is not solved.

        Note:
            Collective. Loads with the same fixed nodes share one factor.
        """
        matrix = forms.assembled_matrix(self.space, forms.added(self._bulk, self._across, self._along))
        lifted = [self._lifted(axis) for axis in range(self.size)]
        solvers: dict[tuple[int, ...], tuple[LinearSolver, NDArray[np.int32]]] = {}
        self._solved = []
        for load in range(self.size):
            axes = self._fixed_axes(load)
            if axes not in solvers:
                owned_fixed = self._fixed_dofs(axes)
                solvers[axes] = self._factor(matrix, owned_fixed), owned_fixed
            solver, owned_fixed = solvers[axes]
            if self._lift(load):
                force = lifted[load].copy()
                force.scale(-1.0)
            else:
                force = self._side_vectors[load][1].copy()
                force.axpy(-1.0, self._side_vectors[load][0])
            force.getArray()[owned_fixed] = 0.0
            solver.solve(force, self.fluctuation.x.petsc_vec)
            self.fluctuation.x.scatter_forward()
            self._solved.append(self.fluctuation.x.array.copy())
        return self._measure(lifted)

    def show(self, load: int) -> None:
        """Make potential and flux those of a load at a mean gradient of 1 V/m (uniform current: 1 A/m^2)."""
        self.fluctuation.x.array[:] = self._solved[load]
        self._applied.value[:] = np.eye(self.size)[load] * self._lift(load)

    def state(self) -> State:
        """Return the solved loads."""
        return {
            f"load {load}": {f"layer {number}": dof_rows(one, values) for number, one in enumerate(self.space.layers)}
            for load, values in enumerate(self._solved)
        }

    def restore(self, kept: Kept) -> None:
        """Bring back the loads that `state` has returned. Collective."""
        layers = [self.fluctuation] if self._network is None else [self.fluctuation, self._network]
        self._solved = []
        for load in range(self.size):
            for number, one in enumerate(layers):
                restore_function(one, kept.part(f"load {load}"), f"layer {number}")
            self._solved.append(self.fluctuation.x.array.copy())

    # Space and forms

    def _space(self, degree: int) -> BrokenSpace:
        resists = len(self._rows.jumping) + len(self._rows.network) > 0
        piece = grain_pieces(self.domain) if resists else None
        tie = periodic_tie(self.domain, self._repeating)
        return forms.conduction_space(self.domain, self._rows, degree, tie=tie, piece=piece)

    def _set_forms(self, resistance: Array | None, along: Array | None) -> None:
        """The bilinear forms of conduction in grains, across boundaries and along them, and what is measured."""
        nothing = np.zeros(len(self.domain.tagged.surfaces))
        resistance = nothing if resistance is None else resistance
        along = nothing if along is None else along
        across = np.divide(1.0, resistance, out=nothing.copy(), where=resistance > 0.0)
        self._bulk = forms.bulk(self.domain, self.sigma, self.degree)
        self._across = forms.across(self.domain, self._rows, across, self.degree)
        self._along = forms.along(self.domain, self._rows, along, self.degree)
        uniform, other = self._uniform(self._applied), self._uniform(self._second)
        tests = [Potential(ufl.TestFunction(self.space.space))]
        if self.space.network is not None:
            tests.append(Potential(None, ufl.TestFunction(self.space.network)))
        lifts = forms.added(self._bulk, self._along)
        self._lift_forms = [fem.form(part) for test in tests if (part := lifts(uniform, test)) is not None]
        self._uniform_form = fem.form(lifts(uniform, other))
        # a uniform field does not jump, so that rounding of positions stays out of what crosses boundaries
        rest = Potential(self.fluctuation, self._network)
        state = Potential(
            self.potential, None if self._network is None else self._network + ufl.dot(self._applied, self._position)
        )
        parts = self._bulk(state, state), self._across(rest, rest), self._along(state, state)
        self._power_forms = [None if part is None else fem.form(part) for part in parts]

    def _uniform(self, gradient: fem.Constant) -> Potential:
        """The potential of a uniform gradient."""
        potential = ufl.dot(gradient, self._position)
        return Potential(potential, potential)

    def _lifted(self, axis: int) -> PETSc.Vec:
        """Assemble conduction in and along for a gradient of 1 V/m along an axis, and all test functions."""
        self._applied.value[:] = np.eye(self.size)[axis]
        first, *rest = [assembled_vector(form) for form in self._lift_forms]
        for part in rest:
            first.axpy(1.0, part)
        return first

    # Conditions

    def _lift(self, load: int) -> bool:
        """Whether a load prescribes its mean gradient; it prescribes a current density otherwise."""
        return self.conditions[load] is not SideCondition.UNIFORM_CURRENT

    def _fixed_axes(self, load: int) -> tuple[int, ...]:
        """Axes on whose sides the fluctuation of a load vanishes."""
        return tuple(
            axis
            for axis, kind in enumerate(self.conditions)
            if kind is SideCondition.UNIFORM_FIELD or (kind is SideCondition.MIXED and axis == load)
        )

    def _fixed_dofs(self, axes: tuple[int, ...]) -> NDArray[np.int32]:
        """Owned dofs where the fluctuation vanishes; where no side fixes it, one dof of the whole box."""
        index_map = self.space.space.dofmap.index_map
        if not axes:
            first = index_map.local_range[0] == 0 and index_map.size_local > 0
            return np.zeros(int(first), dtype=np.int32)
        facets = np.unique(np.concatenate([side for axis in axes for side in self._sides[axis]]))
        found = [fem.locate_dofs_topological(s, self.domain.dimension - 1, facets) for s in self.space.layers]
        dofs = np.unique(np.concatenate(found)).astype(np.int32)
        return dofs[dofs < index_map.size_local]

    def _locate_sides(self, low: Array, high: Array) -> None:
        """Find the facets of both sides across each axis, and what integrates over them."""
        msh, dimension = self.domain.mesh, self.domain.dimension - 1
        msh.topology.create_connectivity(dimension, dimension + 1)
        v, degree = ufl.TestFunction(self.space.space), {"quadrature_degree": self.degree}
        self._sides: list[list[NDArray[np.int32]]] = []
        self._side_vectors: list[list[PETSc.Vec]] = []
        self._lift_on_side: list[list[fem.Form]] = []
        for axis in range(self.size):
            measures = []
            self._sides.append([])
            for place in (low[axis], high[axis]):
                on = mesh.locate_entities_boundary(
                    msh, dimension, lambda x, a=axis, p=place: np.abs(x[a] - p) < 1e-9 * self._extent[a]
                )
                self._sides[-1].append(on)
                # tags of its own for each side: their forms have one name and are compiled once
                tags = mesh.meshtags(msh, dimension, on, np.ones(len(on), dtype=np.int32))
                measures.append(ufl.Measure("ds", msh, subdomain_data=tags, subdomain_id=1, metadata=degree))
            self._side_vectors.append([assembled_vector(fem.form(v * ds)) for ds in measures])
            area = float(np.prod(np.delete(self._extent, axis)))
            if not self._lift(axis) and any(vector.sum() < (1.0 - 1e-9) * area for vector in self._side_vectors[-1]):
                raise SideError(
                    f"a hole opens to a side across {'xyz'[axis]}, where a uniform current density cannot enter",
                    "use `mixed` or `uniform_field`",
                )
            lift = ufl.dot(self._applied, self._position)
            self._lift_on_side.append([fem.form(lift * ds) for ds in measures])

    # Solution

    def _factor(self, matrix: PETSc.Mat, owned_fixed: NDArray[np.int32]) -> LinearSolver:
        """Prepare a solver for a copy of a matrix with some dofs fixed."""
        fixed = matrix.copy()
        diagonal = float(np.mean(np.trace(self.conductivity, axis1=1, axis2=2))) / self.size
        first, _ = fixed.getOwnershipRange()
        fixed.zeroRowsColumns(owned_fixed + first, diag=diagonal)
        unknowns = self.space.space.dofmap.index_map.size_global
        method = choose_method(self.linear, unknowns, self.domain.dimension)
        coarse = None
        if method is LinearMethod.ITERATIVE and self.degree > 1:
            coarse = CoarseLevel(nodal_interpolation(self._space(1).layers, self.space.layers))
            coarse.fix(owned_fixed)
        solver = LinearSolver("homogenisation", method, _TOLERANCE, coarse)
        solver.set_operator(fixed)
        return solver

    def _measure(self, lifted: list[PETSc.Vec]) -> EffectiveConductivity:
        """Means and powers of the solved loads."""
        size, volume, comm = self.size, self.domain.box_measure, self.domain.mesh.comm
        flux, gradient = np.zeros((size, size)), np.zeros((size, size))
        power = np.zeros((3, size))
        for load in range(size):
            self.show(load)
            for axis in range(size):
                self._second.value[:] = np.eye(size)[axis]
                along = lifted[axis].dot(self.fluctuation.x.petsc_vec) + integral(self._uniform_form, comm)
                flux[axis, load] = along / volume
                gradient[axis, load] = self._mean_gradient(axis, load)
            power[:, load] = [integral(form, comm) / volume for form in self._power_forms]
        return EffectiveConductivity(flux @ np.linalg.inv(gradient), gradient, flux, *power)

    def _mean_gradient(self, axis: int, load: int) -> float:
        """Difference of the mean potentials of the two sides over their distance, for the shown load, V/m."""
        kind = self.conditions[axis]
        if kind in (SideCondition.PERIODIC, SideCondition.UNIFORM_FIELD) or axis in self._fixed_axes(load):
            return float(axis == load)
        low, high = (
            (vector.dot(self.fluctuation.x.petsc_vec) + integral(form, self.domain.mesh.comm)) / vector.sum()
            for vector, form in zip(self._side_vectors[axis], self._lift_on_side[axis], strict=True)
        )
        return float((high - low) / self._extent[axis])
