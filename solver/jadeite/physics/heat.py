# SPDX-License-Identifier: LGPL-3.0-or-later
"""Joule heat of a solved conduction problem and the temperature it makes in the separator.

    sum over grains  int k grad(theta).grad(v) dx  +  sum over electrodes  int h theta v ds  =  int q v

for the rise theta above the temperature of the case, continuous everywhere. The heat q is j.E in grains, j^2 R and what
runs along boundaries on their facets, and current density times driving potential difference on contacts. Electrodes
have the temperature of the case, or give heat to surroundings of that temperature through h; all else is insulated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.solvers import LinearSolver, choose_method
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics import conduction_forms as forms
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_forms import Potential
from jadeite.physics.contact import INTERFACE_DEGREE

Array = NDArray[np.float64]

_ELECTRODES = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE)


@dataclass(frozen=True)
class HeatResult:
    """Scalars of one temperature field; in the plane powers are per metre of depth.

    Attributes:
        largest: largest rise above the temperature of the case, K.
        mean: mean rise over the ceramic, K.
        source: heat that is set free, W.
        plating, stripping: heat that leaves through the electrodes, W, found independently of the source.
    """

    largest: float
    mean: float
    source: float
    plating: float
    stripping: float


def joule_heat(conduction: Conduction, weight: Expr) -> ufl.Form:
    """Return the heat of a conduction problem at its present state, weighted with a continuous field.

    With a weight of one it is the power that grains, boundaries and contacts dissipate, W; with a test function it is
    the load of a heat equation.
    """
    domain, degree = conduction.domain, conduction.degree + 1  # room for a weight of degree two in the quadrature
    phi, psi = conduction.unknown, conduction.network
    state = Potential(phi, psi)
    gradient = ufl.grad(phi)
    heat = weight * ufl.inner(ufl.dot(conduction.sigma, gradient), gradient) * domain.dx(2 * degree - 2)
    resistance, conductance = conduction.boundary_resistance, conduction.boundary_conductance
    weighted = Potential(phi * weight, None if psi is None else psi * weight)
    if resistance is not None:
        per_area = np.divide(1.0, resistance, out=np.zeros_like(resistance), where=resistance > 0.0)
        # the weight is the same on both sides: [phi][phi w] = w [phi]^2
        across = forms.across(domain, conduction.rows, per_area, degree)(state, weighted)
        heat = heat if across is None else heat + across
    if conductance is not None:
        # kappa grad(psi).grad(psi w) less a half of kappa grad(psi^2).grad(w) is w kappa |grad psi|^2
        along = forms.along(domain, conduction.rows, conductance, degree)
        squares = Potential(phi**2, None if psi is None else psi**2)
        whole, half = along(state, weighted), along(squares, Potential(weight, None if psi is None else weight))
        if whole is not None and half is not None:
            heat += whole - 0.5 * half
    for contact, driving, current, _ in conduction.contact_expressions():
        if contact.law is not None:
            heat += weight * current * driving * domain.ds(contact.kinds, INTERFACE_DEGREE)
    return heat


class Heat:
    """The heat equation of one separator, factorised once.

    Attributes:
        rise: temperature above that of the case, K.
    """

    def __init__(
        self,
        conduction: Conduction,
        thermal_conductivity: Array,
        transfer_coefficient: float | None = None,
        linear: str = "automatic",
    ) -> None:
        """Assemble the equation.

        Args:
            conduction: whose heat it is.
            thermal_conductivity: of each region, shape (regions,), W/m/K.
            transfer_coefficient: from the electrodes to the surroundings, W/m^2/K; None: they are as cold as these.
            linear: `automatic`, `direct` or `iterative`.

        Note:
            Collective.
        """
        self.domain = domain = conduction.domain
        degree = conduction.degree
        space = fem.functionspace(domain.mesh, ("Lagrange", degree))
        self.rise = fem.Function(space, name="temperature rise")
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        conductivity = domain.cell_field(thermal_conductivity, "thermal conductivity")
        form = conductivity * ufl.inner(ufl.grad(u), ufl.grad(v)) * domain.dx(2 * degree - 2)
        index_map = space.dofmap.index_map
        self._fixed = []
        self._outflow = []
        for kind in _ELECTRODES:
            ds = domain.ds((kind,), 2 * degree)
            if transfer_coefficient is not None:
                transfer = fem.Constant(domain.mesh, transfer_coefficient)
                form += transfer * u * v * ds
                self._outflow.append(fem.form(transfer * self.rise * ds))
            else:
                dofs = fem.locate_dofs_topological(space, domain.dimension - 1, domain.facets(kind))
                self._fixed.append(dofs[dofs < index_map.size_local].astype(np.int32))
        self._matrix = petsc.assemble_matrix(fem.form(form))
        self._matrix.assemble()
        fixed = self._matrix.copy()
        rows = np.concatenate([np.zeros(0, dtype=np.int32), *self._fixed])
        diagonal = float(np.mean(thermal_conductivity))
        fixed.zeroRowsColumns(rows + fixed.getOwnershipRange()[0], diag=diagonal)
        method = choose_method(linear, index_map.size_global, domain.dimension)
        self._solver = LinearSolver("heat", method, 1e-12)
        self._solver.set_operator(fixed)
        self._source_form = fem.form(joule_heat(conduction, v))
        one = fem.Constant(domain.mesh, 1.0)
        self._mean_form = fem.form(self.rise * domain.dx(degree))
        self._volume = integral(fem.form(one * domain.dx(0)), domain.mesh.comm)
        self._cells = fem.functionspace(domain.mesh, ("DG", 0))
        of_cell = ufl.TestFunction(self._cells)
        self._cell_forms = [fem.form(value * of_cell * domain.dx(degree)) for value in (self.rise, one)]

    def solve(self) -> HeatResult:
        """Solve for the temperature at the present state of the conduction problem.

        Raises:
            ConvergenceError: when the linear system is not solved.

        Note:
            Collective.
        """
        comm = self.domain.mesh.comm
        source = assembled_vector(self._source_form)
        load = source.copy()
        for dofs in self._fixed:
            load.getArray()[dofs] = 0.0
        self._solver.solve(load, self.rise.x.petsc_vec)
        self.rise.x.scatter_forward()
        if self._outflow:
            plating, stripping = (integral(form, comm) for form in self._outflow)
        else:
            # what the equations at fixed nodes lack is what flows out there
            residual = source.duplicate()
            self._matrix.mult(self.rise.x.petsc_vec, residual)
            residual.aypx(-1.0, source)
            plating, stripping = (comm.allreduce(float(residual.getArray()[dofs].sum())) for dofs in self._fixed)
        return HeatResult(
            largest=comm.allreduce(float(self.rise.x.array.max(initial=0.0)), op=MPI.MAX),
            mean=integral(self._mean_form, comm) / self._volume,
            source=float(source.sum()),
            plating=plating,
            stripping=stripping,
        )

    def mean_of_regions(self) -> Array:
        """Return the mean rise in each region, shape (regions,), K.

        Note:
            Collective.
        """
        dofs = self._cells.dofmap.list[: self.domain.owned_cells, 0]
        region = self.domain.cell_region[: self.domain.owned_cells]
        sums = np.array(
            [
                np.bincount(region, fem.assemble_vector(form).array[dofs], minlength=len(self.domain.tagged.regions))
                for form in self._cell_forms
            ]
        )
        total = self.domain.mesh.comm.allreduce(sums)
        return np.asarray(total[0] / total[1])
