# SPDX-License-Identifier: LGPL-3.0-or-later
"""The cell for small harmonic signals about a steady state: conductances and capacitances of all its mechanisms.

    sum over grains      int (sigma + i w eps) grad(phi).grad(v) dx
    + sum over boundaries  int (1/R + i w c) [phi][v] dS           (and conduction along them)
    + sum over electrodes  int (1/R_ct + i w C) (phi - U) v ds     (behind films where there are any, see `film_layer`)

with U = 0 at the plating electrode and U the potential of the terminal at the stripping electrode. Displacement
currents through pores and across unwetted gaps are left out: their permittivity is that of vacuum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.broken import BrokenSpace
from jadeite.fem.frequency_response import BorderedMatrix, ResponsePart, ResponseSystem
from jadeite.fem.multigrid import CoarseLevel, nodal_interpolation
from jadeite.fem.reduced_response import ReducedResponse
from jadeite.fem.solvers import LinearMethod, choose_method
from jadeite.fem.state import Kept, State, cell_numbers, cell_rows
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics import conduction_forms as forms
from jadeite.physics.conduction import Conduction
from jadeite.physics.impedance.film_layer import FilmLayer
from jadeite.physics.impedance.linear_contact import LinearContact, linearise

Array = NDArray[np.float64]

GRAINS, BOUNDARIES = "grains", "grain boundaries"
ELECTRODES = ("plating electrode", "stripping electrode")
CHARGE_TRANSFER, FILM = "charge transfer", "film and contact"


@dataclass(eq=False)
class SmallSignal:
    """The small-signal system of a conduction problem at its present state.

    Attributes:
        conduction: the steady problem, at the state about which the signal is small.
        voltage: of the cell in that state, V.
        permittivity: of each region, shape (regions,), F/m.
        boundary_capacitance: of each surface row, shape (surfaces,), F/m^2; read where boundaries have a resistance.
    """

    conduction: Conduction
    voltage: float
    permittivity: Array
    boundary_capacitance: Array

    def __post_init__(self) -> None:
        problem = self.conduction
        self._space = problem.space
        self._owned = int(self._space.space.dofmap.index_map.size_local)
        self._contacts = [
            [linearise(contact, problem.domain, metal, problem.unknown) for contact in contacts]
            for contacts, metal in ((problem.plating, 0.0), (problem.stripping, self.voltage))
        ]
        layers = self._space.layers
        grounded, tied = (self._owned_dofs(layers, [c for c in side if c.ideal]) for side in self._contacts)
        self._grounded, self._fixed = grounded, np.union1d(grounded, tied).astype(np.int32)
        self._films = FilmLayer.of(self._owned, self._film_dofs(self._space), problem.domain.mesh.comm)
        self._unit = self._films.potential.createVecRight()
        self._unit.getArray()[tied] = 1.0
        unknowns = self._space.space.dofmap.index_map.size_global
        #: How systems of this size are solved.
        self.method: LinearMethod = choose_method(problem.linear, unknowns, problem.domain.dimension)
        self.system = self._assemble()

    def potential(self, response: ReducedResponse, frequency: float) -> tuple[fem.Function, fem.Function]:
        """Return real and imaginary part of the potential at unit terminal potential and a frequency (rad/s).

        Note:
            Collective.
        """
        values = response.field(frequency)[: self._owned] + self._unit.getArray(readonly=True)[: self._owned]
        parts = []
        for name, part in (("real part", values.real), ("imaginary part", values.imag)):
            function = fem.Function(self._space.space, name=f"potential, {name}")
            function.x.array[: self._owned] = part
            function.x.scatter_forward()
            parts.append(function)
        return parts[0], parts[1]

    def plating_current(self, response: ReducedResponse, frequency: float) -> complex:
        """Return the current into the plating metal at unit terminal potential and a frequency (rad/s).

        Integrated over the plating electrode, while the admittance is what flows at the terminal: they differ by what
        the solution loses on the way.

        Note:
            Collective.
        """
        state = response.field(frequency) + self._unit.getArray(readonly=True)
        source, image = self._unit.duplicate(), self._unit.duplicate()
        total = 0j
        for part in self.system.parts:
            own = part.name.startswith(ELECTRODES[0])
            for bordered, factor in ((part.conductance, 1.0), (part.capacitance, 1j * frequency)):
                if bordered is None:
                    continue
                for values, phase in ((state.real, 1.0), (state.imag, 1j)):
                    source.getArray()[:] = values
                    bordered.matrix.mult(source, image)
                    flux = image.getArray(readonly=True)
                    total += factor * phase * (flux.sum() if own else -flux[self._grounded].sum())
        return complex(self.conduction.domain.mesh.comm.allreduce(total, op=MPI.SUM))

    def rows(self, vectors: Array) -> State:
        """Return vectors of unknowns by cell, with those of films apart. Collective."""
        source, image = self._unit.duplicate(), self._films.potential.createVecLeft()
        function = fem.Function(self._space.space)
        found: dict[str, list[Array]] = {"ceramic": [], "films": []}
        for vector in vectors.T:
            source.getArray()[:] = vector
            for name, picked in (("ceramic", self._films.potential), ("films", self._films.behind)):
                picked.mult(source, image)
                function.x.array[: self._owned] = image.getArray(readonly=True)
                function.x.scatter_forward()
                found[name].append(function.x.array.copy())
        domain = self.conduction.domain
        return {
            f"{name} {number}": cell_rows(domain.mesh, np.array(values).T[layer.dofmap.list[: domain.owned_cells]])
            for name, values in found.items()
            for number, layer in enumerate(self._space.layers)
        }

    def vectors(self, kept: Kept) -> Array:
        """Return the vectors that `rows` was given. Collective."""
        cells, index_map = cell_numbers(self.conduction.domain.mesh), self._space.space.dofmap.index_map
        parts = []
        for name in ("ceramic", "films"):
            values = np.zeros((0, 0))
            for number, layer in enumerate(self._space.layers):
                rows = kept.rows(f"{name} {number}", cells)
                if not number:
                    values = np.zeros((index_map.size_local + index_map.num_ghosts, rows.shape[-1]))
                values[layer.dofmap.list] = rows
            parts.append(values[: self._owned])
        solution, source = self._unit.duplicate(), self._films.potential.createVecLeft()
        whole, added = np.zeros((solution.getLocalSize(), parts[0].shape[1])), self._unit.duplicate()
        for column in range(whole.shape[1]):
            for values, picked, out in zip(
                parts, (self._films.potential, self._films.behind), (solution, added), strict=True
            ):
                source.getArray()[:] = values[:, column]
                picked.multTranspose(source, out)
            whole[:, column] = solution.getArray(readonly=True) + added.getArray(readonly=True)
        return whole

    # Assembly

    def _assemble(self) -> ResponseSystem:
        parts = [self._grains(), *self._boundaries()]
        for name, contacts, driven in zip(ELECTRODES, self._contacts, (False, True), strict=True):
            parts += self._electrode(name, [c for c in contacts if not c.ideal], driven)
        conductance = self._sum([part.conductance for part in parts], self._diagonal_scale())
        capacitance = self._sum([part.capacitance for part in parts], 0.0)
        steady = not any(all(c.blocking for c in side) for side in self._contacts)
        coarse = self._coarse_level() if self.method is LinearMethod.ITERATIVE else None
        return ResponseSystem(conductance, capacitance, parts, steady, coarse)

    def _grains(self) -> ResponsePart:
        problem = self.conduction
        identity = np.eye(problem.conductivity.shape[1])
        permittivity = problem.domain.cell_field(self.permittivity[:, None, None] * identity, "permittivity")
        matrices = [
            self._of_ceramic(forms.bulk(problem.domain, tensor, problem.degree))
            for tensor in (problem.sigma, permittivity)
        ]
        return ResponsePart(GRAINS, *matrices)

    def _boundaries(self) -> list[ResponsePart]:
        problem, rows = self.conduction, self.conduction.rows
        jumping = len(rows.jumping) + len(rows.network) > 0
        if not jumping and not len(rows.along):
            return []
        terms, stores = [], None
        if jumping:
            assert problem.boundary_resistance is not None
            resistive = problem.boundary_resistance > 0.0
            across = np.zeros(len(resistive))
            across[resistive] = 1.0 / problem.boundary_resistance[resistive]
            terms.append(forms.across(problem.domain, rows, across, problem.degree))
            charging = np.where(resistive, self.boundary_capacitance, 0.0)
            stores = self._of_ceramic(forms.across(problem.domain, rows, charging, problem.degree))
        if problem.boundary_conductance is not None and len(rows.network) + len(rows.along):
            terms.append(forms.along(problem.domain, rows, problem.boundary_conductance, problem.degree))
        return [ResponsePart(BOUNDARIES, self._of_ceramic(forms.added(*terms)), stores)]

    def _electrode(self, name: str, contacts: Sequence[LinearContact], driven: bool) -> list[ResponsePart]:
        direct, behind, across = self._films.potential, self._films.behind, self._films.across
        transfer, film = f"{name}, {CHARGE_TRANSFER}", f"{name}, {FILM}"
        parts = []
        for title, pick, chosen in (
            (transfer, direct, [c for c in contacts if c.film is None]),
            (transfer, behind, [c for c in contacts if c.film is not None and c.faradaic is not None]),
        ):
            conductance = self._of_contacts([(c, c.faradaic) for c in chosen if not c.blocking], pick, driven)
            capacitance = self._of_contacts([(c, c.capacitance) for c in chosen], pick, driven)
            if conductance is not None or capacitance is not None:
                parts.append(ResponsePart(title, conductance, capacitance))
        films = [c for c in contacts if c.film is not None]
        for pick, chosen, to_metal in (
            (across, [c for c in films if c.faradaic is not None], False),
            (direct, [c for c in films if c.faradaic is None], driven),
        ):
            conductance = self._of_contacts([(c, c.film) for c in chosen], pick, to_metal)
            if conductance is not None:
                parts.append(ResponsePart(film, conductance, None))
        return parts

    def _of_ceramic(self, form: forms.Bilinear) -> BorderedMatrix:
        matrix = forms.assembled_matrix(self._space, form).ptap(self._films.potential)
        return self._with_terminal(matrix, matrix.createVecLeft(), 0.0)

    def _of_contacts(
        self, terms: Sequence[tuple[LinearContact, Expr | None]], pick: PETSc.Mat, driven: bool
    ) -> BorderedMatrix | None:
        """Conductances or capacitances between a potential on contacts and their metal."""
        given = [(contact.measure, value) for contact, value in terms if value is not None]
        if not given:
            return None
        u, v = ufl.TrialFunction(self._space.space), ufl.TestFunction(self._space.space)
        assembled = petsc.assemble_matrix(fem.form(sum(value * u * v * measure for measure, value in given)))
        assembled.assemble()
        matrix = assembled.ptap(pick)
        column, corner = matrix.createVecLeft(), 0.0
        if driven:
            pick.multTranspose(
                assembled_vector(fem.form(sum(-value * v * measure for measure, value in given))), column
            )
            total = fem.form(sum(value * measure for measure, value in given))
            corner = integral(total, self.conduction.domain.mesh.comm)
        return self._with_terminal(matrix, column, corner)

    def _with_terminal(self, matrix: PETSc.Mat, column: PETSc.Vec, corner: float) -> BorderedMatrix:
        """Let the dofs of ideal contacts with the terminal follow its potential."""
        image = matrix.createVecLeft()
        matrix.mult(self._unit, image)
        corner += 2.0 * column.dot(self._unit) + image.dot(self._unit)
        column.axpy(1.0, image)
        return BorderedMatrix(matrix, column, corner)

    def _sum(self, terms: Sequence[BorderedMatrix | None], diagonal: float) -> BorderedMatrix:
        there = [term for term in terms if term is not None]
        matrix, column = there[0].matrix.copy(), there[0].column.copy()
        for term in there[1:]:
            matrix.axpy(1.0, term.matrix, PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
            column.axpy(1.0, term.column)
        first, _ = matrix.getOwnershipRange()
        matrix.zeroRowsColumns(self._fixed + first, diag=diagonal)
        column.getArray()[self._fixed] = 0.0
        return BorderedMatrix(matrix, column, sum(term.corner for term in there))

    def _diagonal_scale(self) -> float:
        """Size of a diagonal entry for fixed dofs."""
        conductivity = self.conduction.conductivity
        return float(np.mean(np.trace(conductivity, axis1=1, axis2=2))) / conductivity.shape[1]

    def _coarse_level(self) -> CoarseLevel | None:
        problem = self.conduction
        if problem.degree == 1:
            return None
        linear = forms.conduction_space(problem.domain, problem.rows, 1)
        owned = int(linear.space.dofmap.index_map.size_local)
        films = FilmLayer.of(owned, self._film_dofs(linear), problem.domain.mesh.comm)
        level = CoarseLevel(self._films.interpolation(nodal_interpolation(linear.layers, self._space.layers), films))
        level.fix(self._fixed)
        return level

    def _film_dofs(self, space: BrokenSpace) -> NDArray[np.int32]:
        behind = [c for side in self._contacts for c in side if c.film is not None and c.faradaic is not None]
        return self._owned_dofs([space.space], behind)

    def _owned_dofs(self, layers: Sequence[fem.FunctionSpace], contacts: Sequence[LinearContact]) -> NDArray[np.int32]:
        """Owned dofs of some layers of one space on the facets of some contacts."""
        kinds: tuple[SurfaceKind, ...] = tuple(kind for contact in contacts for kind in contact.kinds)
        domain = self.conduction.domain
        facets = domain.facets(*kinds) if kinds else np.zeros(0, dtype=np.int32)
        found = [fem.locate_dofs_topological(layer, domain.dimension - 1, facets) for layer in layers]
        dofs = np.unique(np.concatenate(found)).astype(np.int32)
        return dofs[dofs < layers[0].dofmap.index_map.size_local]
