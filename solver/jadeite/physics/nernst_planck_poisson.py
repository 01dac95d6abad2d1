# SPDX-License-Identifier: LGPL-3.0-or-later
"""Mobile sodium ions and the field they make (Nernst, Planck, Poisson), resolved down to the Debye length.

    rho_t + div j = 0,           j = -s(v) sigma grad psi,        v = (phi - psi) e/kT
    -div(eps grad phi) = rho,    rho = e c (n(v) - 1)             and Q per area in the core of a charged boundary

with the electrostatic potential phi and the electrochemical potential psi of the ions over e. n and s are density and
conductivity over those of the grain, for ions that share a limited number of sites (t of them taken in the grain):

    n = e^-v/(1 - t + t e^-v),   s = e^-v/(1 - t + t e^-v)^2,     dilute for t = 0.

What neutralises the grain is frozen. A reversible electrode fixes psi and is neutral (phi = psi); a blocking one passes
no ions and fixes phi. Both potentials are continuous; sigma, c, t and eps may differ between regions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.constants import ELEMENTARY_CHARGE, thermal_voltage
from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.coupled import CoupledProblem, Field, Scalar
from jadeite.fem.coupled_newton import CoupledNewton
from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import FacetField
from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Kept, Restart, State, function_rows, restore_function
from jadeite.fem.time_steps import Rate, TimeSteps
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction_state import Current, Voltage

CHARGED = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
_SMALLEST_SHARE = 1.0 / 256.0
_ADVICE = "Try a finer mesh at the boundaries (mesh.boundary_size), or a smaller potential or charge of the core"


class IonElectrode(StrEnum):
    """What an electrode does to ions."""

    REVERSIBLE = "reversible"
    BLOCKING = "blocking"


@dataclass(frozen=True, slots=True)
class MobileIons:
    """The ions of each region row.

    Attributes:
        conductivity: of the neutral grain in the laboratory frame, shape (regions, d, d), S/m.
        carrier_density: number density of the neutral grain, shape (regions,), 1/m^3.
        filling: share of the sites that are taken there, shape (regions,); zero for dilute ions.
        permittivity: shape (regions,), F/m.
    """

    conductivity: NDArray[np.float64]
    carrier_density: NDArray[np.float64]
    filling: NDArray[np.float64]
    permittivity: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class IonState:
    """Scalars of a solved state: time (s), voltage (V) and current (A; in the plane per metre of depth)."""

    time: float
    voltage: float
    current: float
    newton_steps: int


class NernstPlanckPoisson:
    """The two potentials of one domain; the plating electrode is the reference, the other is at the cell voltage."""

    def __init__(
        self,
        domain: Domain,
        ions: MobileIons,
        temperature: float,
        core_charge: NDArray[np.float64],
        *,
        electrode: IonElectrode = IonElectrode.REVERSIBLE,
        degree: int = 2,
        linear: str = "automatic",
        tolerance: float = 1e-8,
        maximum_newton_steps: int = 40,
    ) -> None:
        """Write the equations down.

        Args:
            domain: the microstructure.
            ions: its mobile ions.
            temperature: K.
            core_charge: charge of each surface row, shape (surfaces,), C/m^2, of one sign; only grain boundaries and
                phase boundaries are read.
            electrode: what both electrodes do to ions.
            degree: polynomial degree of both potentials.
            linear: `automatic`, `direct` or `iterative`.
            tolerance: relative tolerance of Newton's method.
            maximum_newton_steps: before a solve is given up.

        Raises:
            ValueError: charges of both signs.

        Note:
            Collective.
        """
        self.domain, self.volt, self.electrode = domain, thermal_voltage(temperature), electrode
        self._linear, self._tolerance, self._most_steps = linear, tolerance, maximum_newton_steps
        msh = domain.mesh
        space = fem.functionspace(msh, ("Lagrange", degree))
        self.potential = fem.Function(space, name="potential")
        self.electrochemical = fem.Function(space, name="electrochemical potential")
        self.carrier_density = domain.cell_field(ions.carrier_density, "carrier density")
        self._filling = domain.cell_field(ions.filling, "filling")
        self._sigma = domain.cell_field(ions.conductivity, "conductivity")
        self._permittivity = domain.cell_field(ions.permittivity, "permittivity")
        self._charge = self._charged(core_charge)
        self._share = fem.Constant(msh, 0.0)
        self._rates = [Rate(one, self.volt) for one in (self.potential, self.electrochemical)]
        self._quadrature = 2 * degree + 2
        self._poisson, self._transport = self._equations(degree)
        self._flux = fem.form(self._transport)
        facets = [domain.facets(kind) for kind in (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE)]
        self._dofs = [fem.locate_dofs_topological(space, domain.dimension - 1, one) for one in facets]
        self._newton: dict[type, CoupledNewton] = {}
        self._scalars: tuple[Scalar, ...] = ()
        self._charge_form: fem.Form | None = None

    # The equations

    def _charged(self, core_charge: NDArray[np.float64]) -> FacetField | None:
        rows = self.domain.surface_rows(*CHARGED)
        given = core_charge[rows]
        if not given.any():
            self._sign = 0.0
            return None
        if given.min() < 0.0 < given.max():
            raise ValueError("the cores of charged boundaries have charges of both signs")
        self._sign = float(np.sign(given.sum()))
        charge = FacetField(self.domain, "core charge")
        charge.assign_by_surface(np.abs(core_charge), rows)
        return charge

    def _equations(self, degree: int) -> tuple[ufl.Form, ufl.Form]:
        """Residuals of Poisson's equation (C) and of the transport of ions (A)."""
        test = ufl.TestFunction(self.potential.function_space)
        phi, psi, t = self.potential, self.electrochemical, self._filling
        dx = self.domain.dx(self._quadrature)
        decay = ufl.exp((psi - phi) / self.volt)
        free = 1.0 - t + t * decay
        relative, conductance = decay / free, decay / free**2
        carriers = ELEMENTARY_CHARGE * self.carrier_density
        poisson = self._permittivity * ufl.dot(ufl.grad(phi), ufl.grad(test)) * dx
        poisson -= carriers * (relative - 1.0) * test * dx
        if self._charge is not None:
            poisson -= self._share * self._charge.interior() * ufl.avg(test) * self.domain.dS(CHARGED, 2 * degree)
        # dn/dv = -(1 - t) s
        rate = (self._rates[1].expression - self._rates[0].expression) / self.volt
        transport = conductance * ufl.dot(ufl.dot(self._sigma, ufl.grad(psi)), ufl.grad(test)) * dx
        transport += carriers * (1.0 - t) * conductance * rate * test * dx
        return poisson, transport

    def relative_concentration(self) -> Expr:
        """Density of ions over that of the neutral grain, as a UFL expression."""
        decay = ufl.exp((self.electrochemical - self.potential) / self.volt)
        return decay / (1.0 - self._filling + self._filling * decay)

    def current_density(self) -> Expr:
        """A/m^2, as a UFL expression."""
        decay = ufl.exp((self.electrochemical - self.potential) / self.volt)
        free = 1.0 - self._filling + self._filling * decay
        return -decay / free**2 * ufl.dot(self._sigma, ufl.grad(self.electrochemical))

    def _solver(self, control: Current | Voltage) -> CoupledNewton:
        """Newton's method for a kind of control, made when it is first asked for."""
        if type(control) in self._newton:
            return self._newton[type(control)]
        msh = self.domain.mesh
        plating, stripping = self._dofs
        if isinstance(control, Voltage):
            both = np.concatenate(self._dofs)
            fixed = [both, both if self.electrode is IonElectrode.REVERSIBLE else both[:0]]
        else:
            if self.electrode is IonElectrode.BLOCKING:
                raise ValueError("no steady current passes blocking electrodes: prescribe a voltage")
            fixed = [plating, plating]
            names = ("electrochemical potential of the electrode", "potential of the electrode")
            ions, field = (ufl.variable(fem.Constant(msh, 0.0)) for _ in range(2))
            measure = self.domain.dx(0)
            total = integral(fem.form(fem.Constant(msh, 1.0) * measure), msh.comm)
            neutral = (field - ions) / total * measure
            self._scalars = (
                Scalar(names[0], ions, self.volt, None, 0.0, tied=("electrochemical potential", stripping)),
                Scalar(names[1], field, self.volt, neutral, 0.0, tied=("potential", stripping), counts_flux=False),
            )
        fields = [
            Field("potential", self.potential, self.volt, self._poisson, pinned=fixed[0]),
            Field("electrochemical potential", self.electrochemical, self.volt, self._transport, pinned=fixed[1]),
        ]
        problem = CoupledProblem(
            "space charge", self.domain, fields, () if isinstance(control, Voltage) else self._scalars
        )
        self._newton[type(control)] = CoupledNewton(
            problem,
            linear=self._linear,
            tolerance=self._tolerance,
            maximum_steps=self._most_steps,
            advice=_ADVICE,
        )
        return self._newton[type(control)]

    # Solving

    def equilibrium(self) -> IonState:
        """Solve without current, bringing the charge of the cores up in as many parts as it takes.

        Raises:
            ConvergenceError: a small part of the charge is already too much.

        Note:
            Collective.
        """
        for one in (self.potential, self.electrochemical):
            one.x.array[:] = 0.0
        solver = self._solver(Voltage(0.0))
        reached, part, steps = 0.0, 1.0, 0
        while reached < 1.0:
            saved = [one.x.array.copy() for one in (self.potential, self.electrochemical)]
            self._share.value = self._sign * min(1.0, reached + part)
            try:
                steps += solver.solve().steps
            except ConvergenceError:
                for one, values in zip((self.potential, self.electrochemical), saved, strict=True):
                    one.x.array[:] = values
                part *= 0.5
                if part < _SMALLEST_SHARE:
                    raise
                continue
            reached += part
        return self._state(0.0, steps)

    def solve(self, control: Current | Voltage) -> IonState:
        """Solve the steady state from the present one.

        Raises:
            ConvergenceError: Newton's method fails.

        Note:
            Collective.
        """
        solver = self._impose(control)
        return self._state(0.0, solver.solve().steps)

    def march(
        self,
        control: Current | Voltage,
        duration: float,
        first_step: float | None = None,
        tolerance: float = 1e-3,
        scale: float | None = None,
        restart: Restart | None = None,
    ) -> Iterator[IonState]:
        """Step through a time (s) from the present state, the control imposed at once; yields every state.

        The field jumps with the control while the ions have not moved yet: this state comes first, at time zero. A
        march that goes on yields what follows the state that was kept.

        Args:
            control: imposed from the start.
            duration: s.
            first_step: s; the shortest relaxation of the field when left out.
            tolerance: error allowed in one step, over the scale.
            scale: by how much the potentials change, V, when that is less than kT/e; the voltage when left out.
            restart: where the march keeps its state, and finds that of a march to go on with.

        Raises:
            ConvergenceError: Newton's method fails down to the shortest step.

        Note:
            Collective.
        """
        relaxation = self._shortest_relaxation()
        if scale is None:
            scale = abs(control.value) if isinstance(control, Voltage) else self.volt
        begins = restart is None or restart.resume() is None
        for rate in self._rates:
            rate.size = min(self.volt, scale)
            if begins:
                # before the control is imposed, which changes the fields: ions stay where they were, the field does not
                rate.begin(1e-9 * relaxation, [rate.function.x.array.copy()], [])
        solver = self._impose(control)
        if begins:
            report = solver.solve()
            yield self._state(0.0, report.steps)
        scalars = [scalar.constant for scalar in solver.problem.scalars]
        steps = TimeSteps(self._rates, solver.solve, scalars, tolerance=tolerance, restart=restart)
        for step in steps.march(duration, first_step or min(relaxation, 1e-3 * duration)):
            yield self._state(step.time, 0)

    def state(self) -> State:
        """Return what a steady solve starts from."""
        return {
            "potential": function_rows(self.potential),
            "electrochemical potential": function_rows(self.electrochemical),
            "share": float(self._share.value),
            "scalars": [float(scalar.constant.value) for scalar in self._scalars],
        }

    def restore(self, kept: Kept) -> None:
        """Bring back what `state` has returned. Collective."""
        restore_function(self.potential, kept, "potential")
        restore_function(self.electrochemical, kept, "electrochemical potential")
        self._share.value = kept["share"]
        if kept["scalars"]:
            self._solver(Current(0.0))
        for scalar, value in zip(self._scalars, kept["scalars"], strict=True):
            scalar.constant.value = value

    def _shortest_relaxation(self) -> float:
        """Smallest permittivity over conductivity, s."""
        msh = self.domain.mesh
        size = self.domain.cell_field(np.zeros(len(self.domain.tagged.regions)), "").x.array.size
        permittivity = self._permittivity.x.array
        largest = np.abs(self._sigma.x.array).reshape(size, -1).max(axis=1)
        return float(msh.comm.allreduce(float((permittivity / largest).min(initial=np.inf)), op=MPI.MIN))

    def _impose(self, control: Current | Voltage) -> CoupledNewton:
        solver = self._solver(control)
        plating, stripping = self._dofs
        fields = [self.potential]
        if self.electrode is IonElectrode.REVERSIBLE:
            fields.append(self.electrochemical)
        for one in fields:
            one.x.array[plating] = 0.0
            if isinstance(control, Voltage):
                one.x.array[stripping] = control.value
        if isinstance(control, Current):
            self._scalars[0].target = control.value
        return solver

    def _state(self, time: float, steps: int) -> IonState:
        comm = self.domain.mesh.comm
        _, stripping = self._owned()
        _, current = self._currents()
        high = comm.allreduce(float(self.potential.x.array[stripping].max(initial=-np.inf)), op=MPI.MAX)
        return IonState(time, high, current, steps)

    def _owned(self) -> list[NDArray[np.int32]]:
        """Dofs of either electrode that this rank owns."""
        count = self.potential.function_space.dofmap.index_map.size_local
        return [dofs[dofs < count] for dofs in self._dofs]

    def _currents(self) -> tuple[float, float]:
        """Currents out of the ceramic at the plating and into it at the stripping electrode, A. Collective."""
        flux = assembled_vector(self._flux)
        values = flux.getArray(readonly=True)
        here = [float(values[dofs].sum()) for dofs in self._owned()]
        flux.destroy()
        plating, stripping = (float(self.domain.mesh.comm.allreduce(one, op=MPI.SUM)) for one in here)
        return -plating, stripping

    # Reading

    def core_potential(self) -> float:
        """Mean potential of the charged boundaries against the neutral grain, V; zero without any. Collective."""
        if self._charge is None:
            return 0.0
        dS, comm = self.domain.dS(CHARGED, 4), self.domain.mesh.comm
        weight = self._charge.interior()
        total = integral(fem.form(weight * dS), comm)
        return integral(fem.form(weight * ufl.avg(self.potential - self.electrochemical) * dS), comm) / total

    def balance(self) -> tuple[float, float, float]:
        """Return the current that leaves the ceramic, the current that enters it (A) and the power it takes (W).

        In the plane they are per metre of depth. In a steady state the currents are equal, and their product with the
        voltage is the power.

        Note:
            Collective.
        """
        out, into = self._currents()
        field = -ufl.grad(self.electrochemical)
        power = ufl.inner(self.current_density(), field) * self.domain.dx(self._quadrature)
        return out, into, integral(fem.form(power), self.domain.mesh.comm)

    def electrode_charge(self) -> float:
        """Charge of the stripping electrode that balances the field in front of it, C (in the plane: per m of depth).

        Note:
            Collective.
        """
        if self._charge_form is None:
            self._charge_form = fem.form(self._poisson)
        stripping = self._dofs[1]
        owned = stripping[stripping < self.potential.function_space.dofmap.index_map.size_local]
        reaction = assembled_vector(self._charge_form)
        charge = float(
            self.domain.mesh.comm.allreduce(float(reaction.getArray(readonly=True)[owned].sum()), op=MPI.SUM)
        )
        reaction.destroy()
        return charge
