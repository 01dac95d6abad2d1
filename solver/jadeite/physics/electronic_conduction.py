# SPDX-License-Identifier: LGPL-3.0-or-later
"""Steady conduction of electrons through a separator, beside ions whose potential is known.

With phi_e = -mu~_e / F the current density of electrons is j_e = -s_e grad(phi_e), div j_e = 0, and sodium, an ion and
an electron together, has mu_Na / F = phi_i - phi_e against bulk metal. The conductivity may follow sodium,

    s_e = s_e0 exp(b mu_Na / R T)

(as for oxygen in mixed conductors: Wagner, Z. Phys. Chem. B 21, 1933, 25). Between metals at 0 and at the cell voltage,

    sum over regions  int s_e grad(phi_e).grad(v) dx  +  sum over boundaries  int k_e grad_s(phi_e).grad_s(v) dS
    +  sum over electrodes  int (phi_e - phi_metal) v / r_e ds  -  sum over sinks  int q v dS  =  0

Boundaries may conduct along their plane (k_e, which follows sodium like s_e) and do not hold electrons up: phi_e is
continuous where phi_i jumps. Metal inside the ceramic takes electrons: pores as islands of given potential, boundaries
as sinks that keep mu_Na below a limit.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import ufl
from dolfinx import fem, mesh
from dolfinx.fem import petsc
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc
from scipy.spatial import cKDTree
from ufl.core.expr import Expr

from jadeite.constants import thermal_voltage
from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.broken import BrokenSpace
from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import FacetField, facet_measures
from jadeite.fem.solvers import ConvergenceError, LinearSolver, choose_method
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction_forms import INTERNAL, lateral_form

Array = NDArray[np.float64]

#: Kinds of surface at the potential of either metal.
METAL_SURFACES = (
    (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.FLAW_WALL),
    (SurfaceKind.STRIPPING_ELECTRODE,),
)

_TOLERANCE = 1e-11
_MAXIMUM_STEPS = 60
_SHORTEST_STEP = 2.0**-12
#: Conductance of a sink over that of the cells beside it, raised in steps: how closely it keeps mu_Na at its limit.
_SINK_STIFFNESS = (1.0, 30.0, 1e3)


@dataclass(frozen=True)
class ElectronicResult:
    """Scalars of one solved state; in the plane per metre of depth.

    Attributes:
        current_out: electronic current that leaves the stripping metal, A.
        current_in: electronic current that enters the plating metal and the sodium in flaws, A.
        island_current: current into the ceramic from each island, A, by surface row: what deposits sodium there.
        sink_current: the same from all sinks at boundaries together, A.
        sink_area: area of the boundaries that deposit metal, m^2.
        newton_steps: how many were needed.
    """

    current_out: float
    current_in: float
    island_current: Mapping[int, float]
    sink_current: float
    sink_area: float
    newton_steps: int


@dataclass(eq=False)
class ElectronicConduction:
    """Electrons in one domain, given the potential of its ions.

    Attributes:
        domain: the separator.
        ionic: the space of the ionic potential; the electronic one lives on its continuous parent.
        ionic_potential: phi_i, V; read at every solve.
        conductivity: s_e0 of each region, shape (regions,), S/m, positive.
        temperature: K; matters only with an exponent.
        sodium_exponent: b, zero or positive.
        boundary_conductance: k_e of each surface row, shape (surfaces,), S; only grain and phase boundaries are read.
            None: electrons do not prefer boundaries.
        interface_resistance: r_e of the plating electrode (and the walls of flaws) and of the stripping electrode,
            ohm m^2; zero for an ideal contact.
        sink_limit: mu_Na / F (V) of each surface row, shape (surfaces,), that grain and phase boundaries are kept from
            exceeding by depositing metal; infinity where none deposits. None: no sinks.
        sink_distance: from metal within which boundaries are no sinks, m: where a sink touches an electrode without
            resistance, its current density has no limit.
        degree: polynomial degree, that of the ionic space.
        linear: `automatic`, `direct` or `iterative`.
    """

    domain: Domain
    ionic: BrokenSpace
    ionic_potential: fem.Function
    conductivity: Array
    temperature: float = 298.15
    sodium_exponent: float = 0.0
    boundary_conductance: Array | None = None
    interface_resistance: tuple[float, float] = (0.0, 0.0)
    sink_limit: Array | None = None
    sink_distance: float = 0.0
    degree: int = 2
    linear: str = "automatic"
    unknown: fem.Function = field(init=False)

    def __post_init__(self) -> None:
        space = self.ionic.continuous
        self.unknown = fem.Function(space, name="electronic potential")
        self._nonlinear = self.sodium_exponent > 0.0 or self.sink_limit is not None
        self._voltage = fem.Constant(self.domain.mesh, 0.0)
        self._fixed = [
            self._dofs(self.domain.facets(*kinds)) if resistance == 0.0 else np.zeros(0, dtype=np.int32)
            for kinds, resistance in zip(METAL_SURFACES, self.interface_resistance, strict=True)
        ]
        self._island_dofs: dict[int, NDArray[np.int32]] = {}
        self._unit: Array | None = None
        self._compile()
        method = choose_method(self.linear, space.dofmap.index_map.size_global, self.domain.dimension)
        # of a nonlinear problem the symmetric part only preconditions
        tolerance = 1e-2 if self._nonlinear else 1e-12
        self._solver = LinearSolver("electronic conduction", method, relative_tolerance=tolerance)
        if self._nonlinear:
            self._solver.rebuild_above = 2

    # Set-up

    def sodium_potential(self) -> Expr:
        """Return mu_Na / F = phi_i - phi_e (V) as a UFL expression of the present state."""
        return self.ionic_potential - self.unknown

    def conductivity_here(self) -> Expr:
        """Return s_e (S/m) as a UFL expression of the present state."""
        return self._base * self._rise(self.sodium_potential())

    def current_density(self) -> Expr:
        """Return the current density of electrons, A/m^2."""
        return -self.conductivity_here() * ufl.grad(self.unknown)

    def _rise(self, sodium: Expr) -> Expr:
        """exp(b mu_Na / R T)."""
        if self.sodium_exponent == 0.0:
            return ufl.as_ufl(1.0)
        return ufl.exp(self._exponent * sodium)

    def _compile(self) -> None:
        space, domain, phi = self.ionic.continuous, self.domain, self.unknown
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        self._base = domain.cell_field(np.asarray(self.conductivity, dtype=np.float64), "electronic conductivity")
        self._exponent = fem.Constant(domain.mesh, self.sodium_exponent / thermal_voltage(self.temperature))
        # two degrees more than the gradients need leave nothing to see of the exponential
        dx = domain.dx(2 * self.degree - 2 + (4 if self.sodium_exponent else 0))

        lateral = None
        if self.boundary_conductance is not None and (self.boundary_conductance > 0.0).any():
            lateral = FacetField(domain, "electronic surface conductance")
            lateral.assign_by_surface(self.boundary_conductance, domain.surface_rows(*INTERNAL))

        def conduction(argument: Expr) -> ufl.Form:
            form = self.conductivity_here() * ufl.inner(ufl.grad(argument), ufl.grad(v)) * dx
            if lateral is not None:
                sodium = ufl.avg(self.ionic_potential) - phi("+")
                form += lateral_form(domain, lateral.interior() * self._rise(sodium), argument, v, self.degree)
            return form

        interfaces = [
            (kinds, fem.Constant(domain.mesh, 1.0 / resistance), metal)
            for kinds, resistance, metal in zip(
                METAL_SURFACES, self.interface_resistance, (ufl.as_ufl(0.0), self._voltage), strict=True
            )
            if resistance > 0.0
        ]
        exchange = [
            conductance * (phi - metal) * v * domain.ds(kinds, 2 * self.degree)
            for kinds, conductance, metal in interfaces
        ]
        self._sink = None if self.sink_limit is None else self._deposition()
        dS = domain.dS(INTERNAL, 2 * self.degree)
        if self._sink is not None:
            exchange.append(-self._sink * v("+") * dS)
        symmetric = conduction(u)
        residual = conduction(phi)
        if exchange:
            residual += sum(exchange)
            symmetric += ufl.derivative(sum(exchange), phi, u)
        self._residual = fem.form(residual)
        self._symmetric = fem.form(symmetric)
        self._jacobian = fem.form(ufl.derivative(residual, phi, u)) if self.sodium_exponent else None
        by_resistance: list[fem.Form | None] = [None, None]
        for kinds, conductance, metal in interfaces:
            form = fem.form(conductance * (metal - phi) * domain.ds(kinds, 2 * self.degree))
            by_resistance[METAL_SURFACES.index(kinds)] = form
        self._through_resistance = by_resistance
        self._sink_form = None if self._sink is None else fem.form(self._sink * dS)
        self._sink_area_form = None if self._sink is None else fem.form(self._taking_part * dS)

    def _deposition(self) -> Expr:
        """Current density of electrons taken by metal at boundaries, A/m^2, under dS; both sides of one together."""
        limit = self.sink_limit
        assert limit is not None
        rows = self.domain.surface_rows(*INTERNAL)
        rows = rows[np.isfinite(limit[rows])]
        active, level = FacetField(self.domain, "sinks"), FacetField(self.domain, "limit of sinks")
        sinks = self._sinks(rows)
        active.assign(sinks, np.ones(len(sinks)))
        level.assign_by_surface(np.where(np.isfinite(limit), limit, 0.0), rows)
        sizes = facet_measures(self.domain.mesh, self.domain.facets(*INTERNAL)) ** (1.0 / (self.domain.dimension - 1))
        smallest = self.domain.mesh.comm.allreduce(float(sizes.min(initial=np.inf)), op=MPI.MIN)
        self._of_cells = float(np.max(self.conductivity)) / smallest
        conductance = self._sink_conductance = fem.Constant(self.domain.mesh, self._of_cells)
        higher = ufl.max_value(self.ionic_potential("+"), self.ionic_potential("-"))
        excess = higher - self.unknown("+") - level.interior()
        self._taking_part = active.interior() * ufl.conditional(ufl.gt(excess, 0.0), 1.0, 0.0)
        return active.interior() * conductance * ufl.max_value(excess, 0.0)

    def _sinks(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Local facets of surface rows that are far enough from metal."""
        surface, tagged, msh = self.domain.facet_surface, self.domain.tagged, self.domain.mesh
        facets = surface.indices[np.isin(surface.values, rows)]
        if self.sink_distance == 0.0:
            return facets
        metal = np.isin(tagged.facet_surface, self.domain.surface_rows(*itertools.chain(*METAL_SURFACES)))
        nodes = mesh.entities_to_geometry(msh, self.domain.dimension - 1, facets)
        corners = msh.geometry.x[nodes][:, :, : msh.geometry.dim].reshape(-1, msh.geometry.dim)
        gap, _ = cKDTree(tagged.points[np.unique(tagged.facets[metal])]).query(corners)
        return facets[np.asarray(gap).reshape(nodes.shape).min(axis=1) >= self.sink_distance]

    def _dofs(self, facets: NDArray[np.int32]) -> NDArray[np.int32]:
        return fem.locate_dofs_topological(self.ionic.continuous, self.domain.dimension - 1, facets)

    # Solve

    def solve(self, voltage: float, islands: Mapping[int, float] | None = None) -> ElectronicResult:
        """Solve at a cell voltage.

        Args:
            voltage: potential of the stripping metal against the plating metal, V.
            islands: potential (V) of metal on surfaces inside the ceramic, by surface row; other inner surfaces take
                no electrons.

        Raises:
            ConvergenceError: when Newton's method fails; the last state is kept.

        Note:
            Collective.
        """
        islands = dict(islands or {})
        self._voltage.value = voltage
        fixed = self._impose(voltage, islands)
        steps = 0
        if self._nonlinear or islands:
            for stiffness in _SINK_STIFFNESS if self._sink is not None else (1.0,):
                if self._sink is not None:
                    self._sink_conductance.value = stiffness * self._of_cells
                steps += self._newton(fixed, self._scale(voltage, islands))
        else:
            # nothing but the voltage drives a linear problem without islands: one solve serves all voltages
            if self._unit is None:
                self._voltage.value = 1.0
                steps = self._newton(self._impose(1.0, {}), self._scale(1.0, {}))
                self._unit = self.unknown.x.array.copy()
                self._voltage.value = voltage
            self.unknown.x.array[:] = voltage * self._unit
        return self._result(islands, steps)

    def _impose(self, voltage: float, islands: Mapping[int, float]) -> NDArray[np.int32]:
        """Set the potential where it is known; returns these dofs among the owned ones."""
        known = [(self._fixed[0], 0.0), (self._fixed[1], voltage)]
        known += [(self._of_island(row), potential) for row, potential in islands.items()]
        for dofs, value in known:
            self.unknown.x.array[dofs] = value
        self.unknown.x.scatter_forward()
        return self._owned(np.concatenate([dofs for dofs, _ in known]))

    def _of_island(self, row: int) -> NDArray[np.int32]:
        if row not in self._island_dofs:
            surface = self.domain.facet_surface
            self._island_dofs[row] = self._dofs(surface.indices[surface.values == row])
        return self._island_dofs[row]

    def _newton(self, fixed: NDArray[np.int32], scale: float) -> int:
        """Newton's method, damped until the residual falls; of a linear problem one step."""
        residual = self._free_residual(fixed)
        norm = residual.norm()
        for step in range(_MAXIMUM_STEPS):
            if norm <= _TOLERANCE * scale:
                return step
            update = self._update(fixed, residual)
            before = self.unknown.x.array.copy()
            length, previous = 1.0, norm
            while True:
                self.unknown.x.petsc_vec.axpy(-length, update)
                self.unknown.x.scatter_forward()
                residual = self._free_residual(fixed)
                norm = residual.norm()
                # sinks only switch on and off: full steps find out which are on
                if norm < (1.0 - 1e-4 * length) * previous or self._jacobian is None:
                    break
                if norm <= 1e3 * _TOLERANCE * scale:
                    return step + 1  # rounding is all that is left
                length *= 0.5
                if not length >= _SHORTEST_STEP:
                    raise self._failed(step, norm / scale)
                self.unknown.x.array[:] = before
            if not self._nonlinear:
                return step + 1
        raise self._failed(_MAXIMUM_STEPS, norm / scale)

    def _failed(self, steps: int, relative: float) -> ConvergenceError:
        return ConvergenceError(
            f"electronic conduction: Newton's method stopped after {steps} steps at relative residual {relative:.1e}; "
            "try a smaller `physics.electronic_conduction.sodium_exponent` or a smaller current or voltage"
        )

    def _free_residual(self, fixed: NDArray[np.int32]) -> PETSc.Vec:
        residual = assembled_vector(self._residual)
        residual.getArray()[fixed] = 0.0
        return residual

    def _update(self, fixed: NDArray[np.int32], residual: PETSc.Vec) -> PETSc.Vec:
        """Solve the linearised problem; GMRES with the symmetric part where the conductivity depends on the answer."""
        symmetric = self._matrix(self._symmetric, fixed)
        self._solver.set_operator(symmetric)
        update = residual.duplicate()
        if not self._nonlinear:
            self._solver.solve(residual, update)
            return update
        full = symmetric if self._jacobian is None else self._matrix(self._jacobian, fixed)
        solver = PETSc.KSP().create(self.domain.mesh.comm)
        solver.setOperators(full, symmetric)
        solver.setType("fgmres")
        solver.setTolerances(rtol=1e-6, max_it=300)
        solver.getPC().setType("python")
        solver.getPC().setPythonContext(_Preconditioner(self._solver))
        solver.solve(residual, update)
        if solver.getConvergedReason() < 0:
            raise ConvergenceError(
                "electronic conduction: GMRES stopped after "
                f"{solver.getIterationNumber()} iterations at residual {solver.getResidualNorm():.1e}; "
                "try a smaller `physics.electronic_conduction.sodium_exponent`"
            )
        solver.destroy()
        return update

    def _matrix(self, form: fem.Form, fixed: NDArray[np.int32]) -> PETSc.Mat:
        matrix = petsc.assemble_matrix(form)
        matrix.assemble()
        first, _ = matrix.getOwnershipRange()
        matrix.zeroRowsColumns(fixed + first, diag=float(np.mean(self.conductivity)))
        return matrix

    def _scale(self, voltage: float, islands: Mapping[int, float]) -> float:
        """Current that the largest difference of potential would drive through a uniform separator, A."""
        points = self.domain.tagged.points
        height = float(points[:, 1].max() - points[:, 1].min())
        between = [0.0, voltage, *islands.values()]
        conductance = float(np.mean(self.conductivity)) * self.domain.box_measure / height**2
        return conductance * max(max(between) - min(between), 1e-9)

    def _result(self, islands: Mapping[int, float], steps: int) -> ElectronicResult:
        residual = assembled_vector(self._residual).getArray(readonly=True)
        comm = self.domain.mesh.comm

        def from_dofs(dofs: NDArray[np.int32]) -> float:
            return float(comm.allreduce(residual[self._owned(dofs)].sum(), op=MPI.SUM))

        plating, stripping = (
            from_dofs(dofs) + integral(form, comm)
            for dofs, form in zip(self._fixed, self._through_resistance, strict=True)
        )
        return ElectronicResult(
            current_out=stripping,
            current_in=-plating,
            island_current={row: from_dofs(self._of_island(row)) for row in islands},
            sink_current=integral(self._sink_form, comm),
            sink_area=integral(self._sink_area_form, comm),
            newton_steps=steps,
        )

    def _owned(self, dofs: NDArray[np.int32]) -> NDArray[np.int32]:
        return dofs[dofs < self.ionic.continuous.dofmap.index_map.size_local]


class _Preconditioner:
    """What PETSc asks of a preconditioner in Python: a solve with the symmetric part."""

    def __init__(self, solver: LinearSolver) -> None:
        self._solver = solver

    def apply(self, _preconditioner: PETSc.PC, right: PETSc.Vec, out: PETSc.Vec) -> None:
        self._solver.solve(right, out)
