# SPDX-License-Identifier: LGPL-3.0-or-later
"""Steady conduction of sodium ions through a polycrystal between two equipotential sodium electrodes.

    sum over grains  int sigma grad(phi).grad(v) dx  +  sum over boundaries  int [phi][v] / R dS  -  sum over
    electrodes  int j(D) v ds  =  0

and terms for currents along boundaries (`conduction_forms`), with D = phi_metal - phi - E_eq and j(D) the law of each
contact. The plating electrode is the reference (potential 0, as against Na/Na+ there); the potential of the stripping
electrode is the cell voltage: prescribed, or the unknown that goes with a prescribed total current. The parts that do
not depend on the solution, conduction in the grains and at their boundaries, are assembled once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.bordered import BorderedNewton, NewtonReport
from jadeite.fem.broken import BrokenSpace
from jadeite.fem.domain import Domain
from jadeite.fem.multigrid import CoarseLevel, nodal_interpolation
from jadeite.fem.solvers import ConvergenceError, LinearMethod, LinearSolver, choose_method
from jadeite.fem.state import Kept, State, function_rows, restore_function
from jadeite.physics import conduction_forms as forms
from jadeite.physics.conduction_state import ConductionResult, Current, Voltage
from jadeite.physics.contact import Contact

_LINEAR_TOLERANCE = 1e-7
#: Relative difference of the currents at the two electrodes above which a state is no solution.
_LARGEST_LOSS = 1e-3

#: Boundaries with a smaller R sigma / h, their resistance over that of the cells beside them, are stiff ties.
_STIFF = 1.0


@dataclass(eq=False)
class Conduction:
    """The conduction problem of one domain.

    Attributes:
        domain: the separator.
        conductivity: laboratory-frame conductivity of each region, shape (regions, d, d), S/m, symmetric positive
            definite.
        boundary_resistance: area-specific resistance of each surface row, shape (surfaces,), ohm m^2; only grain
            boundaries and phase boundaries are read, and zero means perfect contact there; less than 1e-9 of the
            resistance of a cell is made zero. None: perfect contact everywhere, and a continuous potential.
        plating, stripping: contacts of the two electrodes.
        degree: polynomial degree of the potential.
        linear: `automatic`, `direct` or `iterative`.
        tolerance: relative tolerance of Newton's method.
        maximum_newton_steps: before the solve is given up.
        source: optional volume source (A/m^3) as a UFL expression, for manufactured solutions.
        inflow: boundary measures and current densities (A/m^2) into the ceramic, for bodies cut out of larger ones.
        ion_potential: shift of the equilibrium potential by stress in the ceramic (V) as a UFL expression, or None.
            Ideal contacts do not take it.
        boundary_conductance: conductance along the plane of each surface row, shape (surfaces,), S, read like the
            resistance; None: no boundary conducts along its plane, nor does one with less than 1e-6 of what the cells
            beside it and its own resistance let pass. A boundary that meets an electrode has the potential
            of the metal there if the contact is ideal, and is insulated at its end otherwise: the section of a thin
            layer is too small to carry a current through an interface with resistance.
    """

    domain: Domain
    conductivity: NDArray[np.float64]
    boundary_resistance: NDArray[np.float64] | None
    plating: Sequence[Contact]
    stripping: Sequence[Contact]
    degree: int = 2
    linear: str = "automatic"
    tolerance: float = 1e-12
    maximum_newton_steps: int = 40
    source: Expr | None = None
    inflow: Sequence[tuple[ufl.Measure, Expr]] = ()
    ion_potential: Expr | None = None
    boundary_conductance: NDArray[np.float64] | None = None
    progress: Callable[[int, float], None] | None = None
    name: str = "conduction"
    scalars: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1), init=False)

    def __post_init__(self) -> None:
        msh = self.domain.mesh
        self.boundary_resistance, self.boundary_conductance = forms.what_counts(
            self.domain, self.conductivity, self.boundary_resistance, self.boundary_conductance
        )
        self.rows = forms.BoundaryRows.of(self.domain, self.boundary_resistance, self.boundary_conductance)
        self.space: BrokenSpace = forms.conduction_space(self.domain, self.rows, self.degree)
        self.unknown = fem.Function(self.space.space, name="potential")
        self.network = forms.network_function(self.space, self.unknown)
        self.sigma = self.domain.cell_field(self.conductivity, "conductivity")
        self._control: Current | Voltage = Voltage(0.0)
        self._plating_metal = fem.Constant(msh, 0.0)
        self._stripping_metal = fem.Constant(msh, 0.0)
        self._equilibrium = fem.Constant(msh, 0.0)
        equilibrium: Expr = self._equilibrium
        if self.ion_potential is not None:
            equilibrium = equilibrium + self.ion_potential
        self._bound = [
            [
                contact.bind(self.domain, metal, equilibrium)
                for contact in contacts
                if contact.law is not None or contact.sodium is not None
            ]
            for contacts, metal in ((self.plating, self._plating_metal), (self.stripping, self._stripping_metal))
        ]
        self._plating_dofs = self._ideal_dofs(self.plating)
        self._stripping_dofs = self._ideal_dofs(self.stripping)
        self._compile()
        self._assemble_constant_part()
        unknowns = self.space.space.dofmap.index_map.size_global
        method = choose_method(self.linear, unknowns, self.domain.dimension)
        coarse = self._coarse_level() if method is LinearMethod.ITERATIVE else None
        # Each Newton step gains at most this factor; two or three steps are needed anyway, so more would be wasted.
        self._linear_solver = LinearSolver(self.name, method, relative_tolerance=_LINEAR_TOLERANCE, coarse=coarse)
        self._newton_with: dict[int, BorderedNewton] = {}

    # Set-up

    def _ideal_dofs(self, contacts: Sequence[Contact]) -> NDArray[np.int32]:
        """Dofs on contacts without any resistance; a wall of confined sodium behind one carries no current."""
        kinds = tuple(kind for c in contacts if c.law is None and c.sodium is None for kind in c.kinds)
        facets = self.domain.facets(*kinds) if kinds else np.zeros(0, dtype=np.int32)
        found = [fem.locate_dofs_topological(s, self.domain.dimension - 1, facets) for s in self.space.layers]
        return np.unique(np.concatenate(found))

    def _compile(self) -> None:
        u, v = ufl.TrialFunction(self.space.space), ufl.TestFunction(self.space.space)
        phi, degree = self.unknown, self.degree
        state = forms.Potential(phi, self.network)
        bulk = forms.bulk(self.domain, self.sigma, degree)
        of_surface = np.zeros(len(self.domain.tagged.surfaces.name))
        if self.boundary_resistance is not None:
            resistive = self.boundary_resistance > 0.0
            of_surface[resistive] = 1.0 / self.boundary_resistance[resistive]
        across = forms.across(self.domain, self.rows, of_surface, degree)
        kappa = np.zeros_like(of_surface) if self.boundary_conductance is None else self.boundary_conductance
        along = forms.along(self.domain, self.rows, kappa, degree)
        self._linear_part = forms.added(bulk, across, along)
        self._powers = [
            None if (power := term(state, state)) is None else fem.form(power) for term in (bulk, across, along)
        ]
        sources = [density * v * measure for measure, density in self.inflow]
        if self.source is not None:
            sources.append(self.source * v * self.domain.dx(2 * degree + 4))
        self._source_form = fem.form(sum(sources)) if sources else None
        conducting = [[b for b in electrode if b.conducts] for electrode in self._bound]
        contacts = [b for electrode in conducting for b in electrode]
        self._interface_residual = (
            fem.form(sum(-b.current_density(phi) * v * b.measure for b in contacts)) if contacts else None
        )
        self._interface_jacobian = (
            fem.form(sum(b.slope(phi) * u * v * b.measure for b in contacts)) if contacts else None
        )
        stripping = conducting[1]
        self._column_form = fem.form(sum(-b.slope(phi) * v * b.measure for b in stripping)) if stripping else None
        self._corner_form = fem.form(sum(b.slope(phi) * b.measure for b in stripping)) if stripping else None
        self._current_forms = [
            fem.form(sum(b.current_density(phi) * b.measure for b in electrode)) if electrode else None
            for electrode in conducting
        ]
        self._interface_power_forms = [
            fem.form(sum(b.current_density(phi) * (b.metal - phi - self._equilibrium) * b.measure for b in electrode))
            if electrode
            else None
            for electrode in conducting
        ]

    def _assemble_constant_part(self) -> None:
        self._constant = forms.assembled_matrix(self.space, self._linear_part)
        self._matrix = self._constant.duplicate(copy=True)
        self._interface_matrix = (
            None if self._interface_jacobian is None else petsc.create_matrix(self._interface_jacobian)
        )
        self._work = self.unknown.x.petsc_vec.duplicate()
        self._source_vector = None
        if self._source_form is not None:
            self._source_vector = assembled_vector(self._source_form)
        owned = self.space.space.dofmap.index_map.size_local
        self._owned_fixed = np.concatenate([d[d < owned] for d in (self._plating_dofs, self._stripping_dofs)]).astype(
            np.int32
        )
        self._owned_tied = self._stripping_dofs[self._stripping_dofs < owned]
        self._owned_grounded = self._plating_dofs[self._plating_dofs < owned]
        self._tied_column: PETSc.Vec | None = None
        self._tied_corner = 0.0
        if self._sum(len(self._owned_tied)):
            # The stripping dofs move together with one scalar: column and corner are those of the sum of their shape
            # functions.
            ones = self.unknown.x.petsc_vec.duplicate()
            ones.zeroEntries()
            ones.getArray()[self._owned_tied] = 1.0
            column = ones.duplicate()
            self._constant.mult(ones, column)
            self._tied_corner = column.dot(ones)
            column.getArray()[self._owned_fixed] = 0.0
            self._tied_column = column

    def _coarse_level(self) -> CoarseLevel | None:
        """Spaces below that of the problem: one without the jumps that cost much, one of linear potentials."""
        stiff = self._stiff_rows()
        spaces = [self.space]
        if len(stiff):
            spaces.append(forms.conduction_space(self.domain, self.rows, self.degree, also_joined=stiff))
        if self.degree > 1:
            spaces.append(forms.conduction_space(self.domain, self.rows, 1, also_joined=stiff))
        level: CoarseLevel | None = None
        for fine, coarse in reversed(list(pairwise(spaces))):
            tied = fine is self.space and len(stiff) > 0
            level = CoarseLevel(nodal_interpolation(coarse.layers, fine.layers), below=level, stiff=tied)
        if level is not None:
            level.fix(self._owned_fixed)
        return level

    def _stiff_rows(self) -> NDArray[np.int64]:
        """Boundaries that resist less than the cells beside them: their jumps only trouble algebraic multigrid."""
        resistive = np.concatenate([self.rows.jumping, self.rows.network])
        if self.boundary_resistance is None:
            return resistive
        ratio = self.boundary_resistance * forms.scale_of_cells(self.domain, self.conductivity).across
        return resistive[ratio[resistive] < _STIFF]

    # The bordered problem

    def residual(self, out: PETSc.Vec) -> NDArray[np.float64]:
        """Assemble the residual at the present potential and cell voltage (see `BorderedProblem`)."""
        tied_flux = self._full_residual(out)
        out.getArray()[self._owned_fixed] = 0.0
        if isinstance(self._control, Voltage):
            return np.zeros(0)
        return np.array([self._interface_current(1) + tied_flux - self._control.value])

    def _full_residual(self, out: PETSc.Vec) -> float:
        """Assemble the residual without conditions; returns the current from an ideal stripping contact."""
        self._impose_potentials()
        self._constant.mult(self.unknown.x.petsc_vec, out)
        if self._interface_residual is not None:
            out.axpy(1.0, assembled_vector(self._interface_residual))
        if self._source_vector is not None:
            out.axpy(-1.0, self._source_vector)
        return self._sum(out.getArray(readonly=True)[self._owned_tied].sum())

    def jacobian(self) -> tuple[PETSc.Mat, Sequence[PETSc.Vec], NDArray[np.float64]]:
        """Assemble the Jacobian (see `BorderedProblem`); only the interface part changes."""
        self._constant.copy(self._matrix, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        if self._interface_matrix is not None:
            self._interface_matrix.zeroEntries()
            petsc.assemble_matrix(self._interface_matrix, self._interface_jacobian)
            self._interface_matrix.assemble()
            self._matrix.axpy(1.0, self._interface_matrix, PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN)
        if self._sum(len(self._owned_fixed)):
            first, _ = self._matrix.getOwnershipRange()
            self._matrix.zeroRowsColumns(self._owned_fixed + first, diag=self._diagonal_scale())
        if isinstance(self._control, Voltage):
            return self._matrix, [], np.zeros((0, 0))
        column, corner = self._work.duplicate(), self._tied_corner
        column.zeroEntries()
        if self._tied_column is not None:
            column.axpy(1.0, self._tied_column)
        if self._column_form is not None:
            column.axpy(1.0, assembled_vector(self._column_form))
            corner += self._scalar(self._corner_form)
        column.getArray()[self._owned_fixed] = 0.0
        return self._matrix, [column], np.array([[corner]])

    def describe_place(self, residual: PETSc.Vec) -> str:
        """Name the point, region and nearest boundary where a residual is largest."""
        values = np.abs(residual.getArray(readonly=True))
        here = float(values.max()) if len(values) else -1.0
        comm = self.domain.mesh.comm
        _, rank = comm.allreduce((here, comm.rank), op=MPI.MAXLOC)
        text = ""
        if comm.rank == rank:
            dof = int(np.argmax(values))
            holds = next(space for space in self.space.layers if (space.dofmap.list == dof).any())
            text = f"largest residual at {self.domain.describe_dof(holds, dof)}"
        return comm.bcast(text, root=rank)

    # Solve

    def solve(self, control: Current | Voltage, equilibrium_potential: float = 0.0) -> ConductionResult:
        """Solve from the present state, or from scratch when there is none.

        Args:
            control: total current or cell voltage.
            equilibrium_potential: E_eq common to both electrodes (V), from a pressure on all of the metal.

        Raises:
            ConvergenceError: when Newton's method fails; the last state is kept.

        Note:
            Collective.
        """
        self._control = control
        self._equilibrium.value = equilibrium_potential
        if isinstance(control, Voltage):
            self._stripping_metal.value = control.value
            self.scalars = np.zeros(0)
            scale = abs(control.value) * self._typical_conductance()
        else:
            self.scalars = np.array([self._stripping_metal.value.item()])
            scale = abs(control.value)
        count = len(self.scalars)
        if count not in self._newton_with:
            self._newton_with[count] = BorderedNewton(
                self, self._linear_solver, self.tolerance, self.maximum_newton_steps, self.progress
            )
        report = self._newton_with[count].solve(scale or 1e-30)
        self._impose_potentials()
        result = self._result(report)
        if self.source is None and not self.inflow:
            self._check_balance(result, scale)
        return result

    def _result(self, report: NewtonReport) -> ConductionResult:
        voltage = float(self._stripping_metal.value)
        tied = self._full_residual(self._work)
        grounded = self._sum(self._work.getArray(readonly=True)[self._owned_grounded].sum())
        plating, stripping = (self._interface_current(k) for k in (0, 1))
        plating_power, stripping_power = (self._scalar(form) for form in self._interface_power_forms)
        bulk, across, along = (self._scalar(form) for form in self._powers)
        return ConductionResult(
            voltage=voltage,
            current_out=stripping + tied,
            current_in=-(plating + grounded),
            bulk_power=bulk,
            boundary_power=across + along,
            along_power=along,
            interface_power=(plating_power, stripping_power),
            newton=report,
        )

    def _check_balance(self, result: ConductionResult, scale: float) -> None:
        """Refuse a state whose currents at the electrodes differ: rounding has eaten it.

        Currents below 1e-9 of what a uniform separator would carry are taken for none, and so are all without a load.
        """
        largest = max(abs(result.current_in), abs(result.current_out))
        lost = abs(result.current_in - result.current_out)
        if isinstance(self._control, Current):
            lost = max(lost, abs(result.current_in - self._control.value))
        if scale > 0.0 and lost > _LARGEST_LOSS * largest and largest > 1e-9 * scale:
            raise ConvergenceError(
                f"{self.name}: {result.current_out:.3e} A leaves one electrode and {result.current_in:.3e} A reaches "
                "the other: resistances differ by more decades than numbers have digits. Check the resistances of "
                "boundaries and interfaces, and conductances along boundaries."
            )

    def state(self) -> State:
        """Return what a solve starts from."""
        layers = [one for one in (self.unknown, self.network) if one is not None]
        scalars = {"voltage": float(self._stripping_metal.value), "equilibrium": float(self._equilibrium.value)}
        return {**{one.name: function_rows(one) for one in layers}, **scalars}

    def restore(self, kept: Kept) -> None:
        """Bring back what `state` has returned. Collective."""
        for one in (self.unknown, self.network):
            if one is not None:
                restore_function(one, kept, one.name)
        self._stripping_metal.value = kept["voltage"]
        self._equilibrium.value = kept["equilibrium"]

    def set_conductivity(self, conductivity: NDArray[np.float64]) -> None:
        """Give each region another conductivity, shape (regions, d, d), S/m, as when it has become warmer.

        Note:
            Collective; what is assembled once is assembled again.
        """
        self.conductivity = conductivity
        self.sigma.x.array[:] = self.domain.cell_field(conductivity, "conductivity").x.array
        self._assemble_constant_part()

    @property
    def linear_iterations(self) -> int:
        """Krylov iterations of all solves so far."""
        return self._linear_solver.iterations

    def contact_expressions(self) -> list[tuple[Contact, Expr, Expr, Expr | None]]:
        """Return each contact with a law, its driving potential difference, current density and sodium pressure.

        UFL expressions at the present state, for boundary facets: V, A/m^2 and Pa.
        """
        found = []
        for bound in (b for electrode in self._bound for b in electrode):
            driving = bound.driving(self.unknown)
            pressure = None if bound.sodium is None else bound.sodium.pressure(driving)
            found.append((bound.contact, driving, bound.current_density(self.unknown), pressure))
        return found

    def current_density(self) -> Expr:
        """Return the current density -sigma grad(phi), A/m^2."""
        return -ufl.dot(self.sigma, ufl.grad(self.unknown))

    # Small helpers

    def _impose_potentials(self) -> None:
        """Bring cell voltage and ideal contacts into line with the scalars; then the ghosts."""
        if len(self.scalars):
            self._stripping_metal.value = float(self.scalars[0])
        self.unknown.x.array[self._plating_dofs] = -float(self._equilibrium.value)
        self.unknown.x.array[self._stripping_dofs] = float(self._stripping_metal.value) - float(self._equilibrium.value)
        self.unknown.x.scatter_forward()

    def _interface_current(self, electrode: int) -> float:
        return self._scalar(self._current_forms[electrode])

    def _typical_conductance(self) -> float:
        """Conductance of a uniform separator, S: the scale of residuals under voltage control."""
        points = self.domain.tagged.points
        extent = points.max(axis=0) - points.min(axis=0)
        return self._diagonal_scale() * self.domain.box_measure / float(extent[1] ** 2)

    def _diagonal_scale(self) -> float:
        """Size of a diagonal entry for fixed dofs, so that they do not spoil the conditioning."""
        return float(np.mean(np.trace(self.conductivity, axis1=1, axis2=2))) / self.conductivity.shape[1]

    def _scalar(self, form: fem.Form | None) -> float:
        return integral(form, self.domain.mesh.comm)

    def _sum(self, value: float) -> float:
        return float(self.domain.mesh.comm.allreduce(value, op=MPI.SUM))
