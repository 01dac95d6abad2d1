# SPDX-License-Identifier: LGPL-3.0-or-later
"""Several fields and a few scalars with one equation each, written in UFL: the problem that `CoupledNewton` solves.

    F_i(u_1, ..., u_n, s_1, ..., s_m) = 0,   one form per field, linear in a test function of its space
    G_k(u_1, ..., u_n, s_1, ..., s_m) = t_k, one form without test function per scalar, and its target

Fields may live on continuous or broken spaces of different degree. The blocks of the Jacobian are derivatives of the
forms, taken by UFL; where that would be clumsy (a law that is itself solved by iteration), a part of an equation brings
its derivatives along (`GivenTerm`). All forms are compiled once; a time step or a ramp changes constants and functions.

    concentration = Field("concentration", c, size=1000.0, equation=..., positive=True)
    potential = Field("potential", phi, size=0.025, equation=..., pinned=grounded_dofs)
    voltage = Scalar("cell voltage", constant, size=0.025, equation=ufl_current, target=current)
    problem = CoupledProblem("salt", domain, [concentration, potential], [voltage])
    CoupledNewton(problem).solve()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import ufl
from dolfinx import fem, la
from dolfinx.fem import petsc
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc
from ufl.algorithms import expand_derivatives

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.domain import Domain

NO_DOFS = np.zeros(0, dtype=np.int32)


@dataclass(eq=False)
class Field:
    """An unknown field.

    Attributes:
        name: what messages call it.
        function: its values; the start of a solve and, after it, the solution.
        size: by how much it typically varies, in its unit; Newton's steps and residuals are measured with it.
        equation: its residual, a form that is linear in a test function of the space of `function`.
        pinned: local dofs (unrolled) whose value stays as it is in `function`: Dirichlet conditions, and places where
            the field has no meaning.
        positive: the field has to stay above zero; steps are shortened so that no dof loses more than nine tenths.
    """

    name: str
    function: fem.Function
    size: float
    equation: ufl.Form
    pinned: NDArray[np.int32] = field(default_factory=lambda: NO_DOFS)
    positive: bool = False


@dataclass(eq=False)
class Scalar:
    """An unknown number, such as the potential of an electrode under a prescribed current.

    Attributes:
        name: what messages call it.
        variable: `ufl.variable` of the constant that holds it; the forms have to use this variable.
        size: by how much it typically varies.
        equation: a form without test function that has to reach the target, or None where only a flux counts.
        target: value of the equation.
        tied: name of a field and its local dofs (unrolled) that all have the value of the scalar (an ideal contact).
        counts_flux: whether what flows out through the tied dofs (the sum of their residuals) adds to the equation.
    """

    name: str
    variable: ufl.core.expr.Expr
    size: float
    equation: ufl.Form | None
    target: float
    tied: tuple[str, NDArray[np.int32]] | None = None
    counts_flux: bool = True

    @property
    def constant(self) -> fem.Constant:
        """The constant that holds the value."""
        return self.variable.ufl_operands[0]


@dataclass(frozen=True, eq=False)
class GivenTerm:
    """A part of an equation with derivatives written by hand.

    Attributes:
        of: name of the field or scalar whose equation it belongs to.
        form: the part itself.
        derivatives: by name of field or scalar; for a field a form with its trial function, for a scalar one without.
    """

    of: str
    form: ufl.Form
    derivatives: Mapping[str, ufl.Form]


class AssembledTerm(Protocol):
    """A part of the equation of a field that is assembled outside UFL, such as a law at points of facets.

    The matrix needs its entries: where they couple dofs that share no cell, a `GivenTerm` of size zero makes room.
    """

    of: str
    """Name of the field whose equation it belongs to, and on which alone it depends."""

    def add_residual(self, out: NDArray[np.float64]) -> None:
        """Add this rank's contributions to an array over the local dofs (unrolled, ghosts included)."""

    def add_jacobian(self, matrix: PETSc.Mat, rows: NDArray[np.int64]) -> None:
        """Add the derivative to a matrix, in which the local dofs (unrolled, ghosts included) have these rows.

        Note:
            Collective.
        """


class CoupledProblem:
    """Residual and Jacobian of coupled fields and scalars, compiled once.

    The matrix holds the fields one behind the other on each rank. Rows of pinned dofs are those of the identity; rows
    of tied dofs say that the dof has the value of its scalar.
    """

    def __init__(
        self,
        name: str,
        domain: Domain,
        fields: Sequence[Field],
        scalars: Sequence[Scalar] = (),
        given: Sequence[GivenTerm] = (),
        assembled: Sequence[AssembledTerm] = (),
        refresh: Callable[[], None] | None = None,
    ) -> None:
        """Derive and compile all forms.

        Args:
            name: of the problem, in messages.
            domain: mesh of all fields.
            fields: unknown fields.
            scalars: unknown numbers.
            given: parts of equations that bring their derivatives along.
            assembled: parts of equations that are assembled outside UFL.
            refresh: called whenever fields and scalars have got new values, to bring up to date what forms and
                assembled terms use beside them, for example stresses at quadrature points.

        Raises:
            ValueError: for names that occur twice or that no field or scalar has.

        Note:
            Collective.
        """
        self.name, self.domain = name, domain
        self.fields, self.scalars = tuple(fields), tuple(scalars)
        self.assembled, self._refresh = tuple(assembled), refresh
        names = [one.name for one in self.fields] + [scalar.name for scalar in self.scalars]
        if len(set(names)) < len(names):
            raise ValueError(f"{name}: two unknowns have the same name")
        named = {term.of for term in given} | {one for term in given for one in term.derivatives}
        named |= {scalar.tied[0] for scalar in self.scalars if scalar.tied is not None}
        named |= {term.of for term in self.assembled}
        if named - set(names):
            raise ValueError(f"{name}: no unknown is called {', '.join(sorted(named - set(names)))}")
        self.sizes = np.array([_owned_dofs(one.function) for one in self.fields])
        self.offsets = np.concatenate([[0], np.cumsum(self.sizes)])
        self._compile(given)
        self._number_rows()
        # the matrix of one field alone keeps its blocks, on which multigrid of vector fields rests
        self._forms = self._blocks[0][0] if len(self._blocks) == 1 else self._blocks
        self.matrix = petsc.create_matrix(self._forms)
        self.matrix.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        self._added = {term.of: fem.Function(self._named(term.of).function.function_space) for term in self.assembled}
        self._rows_of_dofs = {name: self._matrix_rows(function) for name, function in self._added.items()}

    @property
    def comm(self) -> MPI.Comm:
        """Ranks of the mesh."""
        return self.domain.mesh.comm

    # Set-up

    def _compile(self, given: Sequence[GivenTerm]) -> None:
        trials = [ufl.TrialFunction(one.function.function_space) for one in self.fields]
        tests = [ufl.TestFunction(one.function.function_space) for one in self.fields]

        def added(of: str, by: str) -> list[ufl.Form]:
            return [term.derivatives[by] for term in given if term.of == of and by in term.derivatives]

        def total(equation: ufl.Form | None, of: str) -> ufl.Form | None:
            parts = [term.form for term in given if term.of == of]
            return _sum([] if equation is None else [equation], parts)

        zero = fem.Constant(self.domain.mesh, 0.0)
        rows = []
        for number, one in enumerate(self.fields):
            row = []
            for other, trial in zip(self.fields, trials, strict=True):
                block = [ufl.derivative(one.equation, other.function, trial)]
                if other is one:  # gives every dof an entry on the diagonal, which pinned dofs need
                    block.append(zero * ufl.inner(trial, tests[number]) * ufl.dx)
                row.append(_compiled(_sum(block, added(one.name, other.name))))
            rows.append(row)
        self._blocks = rows
        self._residuals = [fem.form(total(one.equation, one.name)) for one in self.fields]
        self._columns = [
            [
                _compiled(_sum([ufl.diff(one.equation, scalar.variable)], added(one.name, scalar.name)))
                for scalar in self.scalars
            ]
            for one in self.fields
        ]
        self._equations, self._rows_of, self._corners = [], [], []
        for scalar in self.scalars:
            whole = total(scalar.equation, scalar.name)
            self._equations.append(None if whole is None else fem.form(whole))
            own = [] if scalar.equation is None else [scalar.equation]
            self._rows_of.append(
                [
                    _compiled(
                        _sum(
                            [ufl.derivative(form, one.function, test) for form in own],
                            added(scalar.name, one.name),
                        )
                    )
                    for one, test in zip(self.fields, tests, strict=True)
                ]
            )
            self._corners.append(
                [
                    _compiled(_sum([ufl.diff(form, other.variable) for form in own], added(scalar.name, other.name)))
                    for other in self.scalars
                ]
            )

    def _number_rows(self) -> None:
        """Positions of pinned and tied dofs in this rank's part of the vector."""
        number = {one.name: row for row, one in enumerate(self.fields)}

        def positions(row: int, dofs: NDArray[np.int32]) -> NDArray[np.int32]:
            return (np.unique(dofs[dofs < self.sizes[row]]) + self.offsets[row]).astype(np.int32)

        pinned = [positions(row, one.pinned) for row, one in enumerate(self.fields)]
        self.tied = [
            NO_DOFS if scalar.tied is None else positions(number[scalar.tied[0]], scalar.tied[1])
            for scalar in self.scalars
        ]
        self.replaced = np.concatenate([*pinned, *self.tied]).astype(np.int32)

    def _named(self, name: str) -> Field:
        return next(one for one in self.fields if one.name == name)

    def _matrix_rows(self, function: fem.Function) -> NDArray[np.int64]:
        """Row of the matrix for each local dof, ghosts included, of a field (any function of its space). Collective."""
        (row,) = (
            number for number, one in enumerate(self.fields) if one.function.function_space is function.function_space
        )
        first, _ = self.matrix.getOwnershipRange()
        # whole numbers up to 2^53 pass through floats unharmed
        function.x.array[: self.sizes[row]] = first + self.offsets[row] + np.arange(self.sizes[row])
        function.x.scatter_forward()
        return np.rint(function.x.array).astype(np.int64)

    def new_vector(self) -> PETSc.Vec:
        """Return a vector for all fields, without ghosts."""
        return PETSc.Vec().createMPI((int(self.offsets[-1]), None), comm=self.comm)

    # State

    def collect(self, out: PETSc.Vec) -> NDArray[np.float64]:
        """Write the fields to a vector and return the scalars; tied dofs take the value of their scalar first."""
        values = out.getArray()
        for row, one in enumerate(self.fields):
            values[self.offsets[row] : self.offsets[row + 1]] = one.function.x.array[: self.sizes[row]]
        scalars = np.array([float(scalar.constant.value) for scalar in self.scalars])
        for dofs, value in zip(self.tied, scalars, strict=True):
            values[dofs] = value
        return scalars

    def assign(self, values: PETSc.Vec, scalars: NDArray[np.float64]) -> None:
        """Give fields and scalars new values.

        Note:
            Collective.
        """
        array = values.getArray(readonly=True)
        for row, one in enumerate(self.fields):
            one.function.x.array[: self.sizes[row]] = array[self.offsets[row] : self.offsets[row + 1]]
            one.function.x.scatter_forward()
        for scalar, value in zip(self.scalars, scalars, strict=True):
            scalar.constant.value = value
        if self._refresh is not None:
            self._refresh()

    # Residual and Jacobian at the present state

    def residual(self, out: PETSc.Vec) -> NDArray[np.float64]:
        """Assemble the residuals of the fields into a vector and return those of the scalars.

        Note:
            Collective.
        """
        values = out.getArray()
        for row, form in enumerate(self._residuals):
            part = assembled_vector(form)
            values[self.offsets[row] : self.offsets[row + 1]] = part.getArray(readonly=True)[: self.sizes[row]]
            part.destroy()
            self._add_assembled(self.fields[row], values[self.offsets[row] : self.offsets[row + 1]])
        reached = np.zeros(len(self.scalars))
        for number, (scalar, dofs) in enumerate(zip(self.scalars, self.tied, strict=True)):
            flux = float(values[dofs].sum()) if scalar.counts_flux else 0.0
            reached[number] = (
                integral(self._equations[number], self.comm) + self.comm.allreduce(flux, op=MPI.SUM) - scalar.target
            )
        # the state keeps pinned dofs and ties dofs to their scalars exactly, so that these rows have no residual
        values[self.replaced] = 0.0
        return reached

    def jacobian(self) -> tuple[PETSc.Mat, list[PETSc.Vec], list[PETSc.Vec], NDArray[np.float64]]:
        """Assemble the matrix of the fields, the columns and rows of the scalars, and their corner.

        Note:
            Collective.
        """
        self.matrix.zeroEntries()
        petsc.assemble_matrix(self.matrix, self._forms)
        self.matrix.assemble()
        for term in self.assembled:
            term.add_jacobian(self.matrix, self._rows_of_dofs[term.of])
        first, _ = self.matrix.getOwnershipRange()
        rows = [self._border(forms) for forms in self._rows_of]
        ones, flux = self.new_vector(), self.new_vector()
        for scalar, dofs, row in zip(self.scalars, self.tied, rows, strict=True):
            if scalar.tied is not None and scalar.counts_flux:
                ones.zeroEntries()
                ones.getArray()[dofs] = 1.0
                self.matrix.multTranspose(ones, flux)
                row.axpy(1.0, flux)
        columns = [self._border([forms[number] for forms in self._columns]) for number in range(len(self.scalars))]
        # what flows out through tied dofs changes with the scalars that act on them
        of_flux = np.zeros((len(self.scalars), len(self.scalars)))
        for number, (scalar, dofs) in enumerate(zip(self.scalars, self.tied, strict=True)):
            if scalar.tied is not None and scalar.counts_flux:
                of_flux[number] = [float(column.getArray(readonly=True)[dofs].sum()) for column in columns]
        self.matrix.zeroRows(self.replaced + first, diag=1.0)
        for column, dofs in zip(columns, self.tied, strict=True):
            column.getArray()[self.replaced] = 0.0
            column.getArray()[dofs] = -1.0
        corner = np.array([[integral(form, self.comm) for form in forms] for forms in self._corners])
        total = corner.reshape(of_flux.shape) + self.comm.allreduce(of_flux, op=MPI.SUM)
        return self.matrix, columns, rows, total

    def _add_assembled(self, one: Field, values: NDArray[np.float64]) -> None:
        """Add the parts of the residual of a field that are assembled outside UFL."""
        terms = [term for term in self.assembled if term.of == one.name]
        if not terms:
            return
        added = self._added[one.name]
        added.x.array[:] = 0.0
        for term in terms:
            term.add_residual(added.x.array)
        added.x.scatter_reverse(la.InsertMode.add)
        values += added.x.array[: len(values)]

    def _border(self, forms: Sequence[fem.Form | None]) -> PETSc.Vec:
        """One column or row of the border: linear forms of all fields, one behind the other."""
        border = self.new_vector()
        values = border.getArray()
        for row, form in enumerate(forms):
            if form is not None:
                part = assembled_vector(form)
                values[self.offsets[row] : self.offsets[row + 1]] = part.getArray(readonly=True)[: self.sizes[row]]
                part.destroy()
        return border

    def field_of(self, position: int) -> tuple[Field, int]:
        """Return the field and its local dof (unrolled) at a position of this rank's part of the vector."""
        row = int(np.searchsorted(self.offsets, position, side="right")) - 1
        return self.fields[row], int(position - self.offsets[row])


def _sum(first: Sequence[ufl.Form], second: Sequence[ufl.Form]) -> ufl.Form | None:
    """The sum of forms, or None where nothing is left of it."""
    parts = [part for part in (expand_derivatives(form) for form in (*first, *second)) if not part.empty()]
    return sum(parts[1:], parts[0]) if parts else None


def _owned_dofs(function: fem.Function) -> int:
    """Number of dofs (unrolled) of a function that this rank owns."""
    dofmap = function.function_space.dofmap
    return int(dofmap.index_map.size_local * dofmap.index_map_bs)


def _compiled(form: ufl.Form | None) -> fem.Form | None:
    return None if form is None else fem.form(form)
