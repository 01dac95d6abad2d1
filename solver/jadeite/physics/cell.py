# SPDX-License-Identifier: LGPL-3.0-or-later
"""The coupled cell: conduction, sodium pressure in flaws and mechanics, solved until they agree.

Given a current, conduction decides where confined sodium presses on the walls of its flaw (the pressure that stops
plating there), mechanics turns that pressure, the stack pressure and the cooling strain into stress, and the stress
shifts the equilibrium potential of the ceramic when the ion has a partial molar volume in it. Conduction and pressure
are one Newton solve, because the pressure is a function of the local driving potential difference; the loop through
mechanics is repeated only while the ion's molar volume feeds back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem

from jadeite.constants import FARADAY
from jadeite.fem.domain import Domain
from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Kept, State, function_rows, restore_function
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import ConductionResult, Current, Voltage
from jadeite.physics.mechanics import Deformation, Load, Mechanics
from jadeite.physics.surface_loads import PRESSED_BY_STACK, SurfaceLoad, in_form

_MAXIMUM_ITERATIONS = 50
#: Quadrature degree of pressures by deposition, at least: they end where plating stops, which is no polynomial.
_PRESSURE_DEGREE = 6


@dataclass(frozen=True)
class CellResult:
    """One solved state of the cell.

    Attributes:
        conduction: scalars of the electrical state.
        coupling_iterations: passes through conduction and mechanics.
    """

    conduction: ConductionResult
    coupling_iterations: int


class Cell:
    """Conduction and, if wanted, mechanics of one separator between two sodium electrodes.

    Attributes:
        conduction: the electrical problem; its unknown is the present potential.
        mechanics: the elastic problem, or None.
        residual: deformation by cooling, stack pressure, misfit of films and heat, without sodium pressure from
            deposition; constant but for films that grow and for heat.
        thermal: the part of it that the temperature rise makes, or None where nothing warms.
        deposit: deformation by the pressure that deposition builds up in flaws, at the present current.
        total: their sum.
        residual_changes: whether films along the surface make the residual deformation change as they grow.
        feeds_back: whether stress shifts the equilibrium potential, and with it the current.
        deposit_pressures: boundary measures and pressures (Pa, UFL) by deposition.
        stack_pressures: the same for the stack pressure.
    """

    def __init__(
        self,
        domain: Domain,
        conduction: Callable[[ufl.core.expr.Expr | None], Conduction],
        mechanics: Mechanics | None,
        sodium_molar_volume: float,
        ion_partial_molar_volume: float = 0.0,
        stack_pressure: float = 0.0,
        coupling_tolerance: float = 1e-8,
        film_tensions: Sequence[tuple[ufl.Measure, ufl.core.expr.Expr]] = (),
        temperature_rise: fem.Function | None = None,
    ) -> None:
        """Put the problems together and solve for the residual stress.

        Args:
            domain: the separator.
            conduction: makes the conduction problem, given the shift of the equilibrium potential by stress (V) or
                None.
            mechanics: the elastic problem, or None for none.
            sodium_molar_volume: m^3/mol.
            ion_partial_molar_volume: of the sodium ion in the ceramic, m^3/mol.
            stack_pressure: Pa.
            coupling_tolerance: relative change of the cell voltage at which the loop through mechanics ends.
            film_tensions: boundary measures and tensions (N/m) of films along them.
            temperature_rise: field (K) that strains the ceramic in the mechanics; None where nothing warms.

        Note:
            Collective.
        """
        self.domain, self.mechanics, self.residual_changes = domain, mechanics, False
        self._tolerance = coupling_tolerance
        self._equilibrium = -sodium_molar_volume * stack_pressure / FARADAY
        self._ion_potential: fem.Function | None = None
        self.feeds_back = mechanics is not None and ion_partial_molar_volume != 0.0
        if self.feeds_back:
            self._ion_potential = fem.Function(fem.functionspace(domain.mesh, ("DG", 1)), name="ion potential")
        self.conduction = conduction(self._ion_potential)
        # a pressure is a function of the potential, whose degree is that of the displacement
        degree = max(_PRESSURE_DEGREE, 0 if mechanics is None else 2 * mechanics.degree)
        self.deposit_pressures = [
            (domain.ds(contact.kinds, degree), pressure)
            for contact, _, _, pressure in self.conduction.contact_expressions()
            if pressure is not None
        ]
        self.stack_pressures = in_form([SurfaceLoad("stack pressure", PRESSED_BY_STACK, stack_pressure)], domain)
        self.thermal: Deformation | None = None
        if mechanics is None:
            return
        self.residual = mechanics.new_deformation("residual displacement")
        self._temperature_rise = temperature_rise
        if temperature_rise is not None:
            self.thermal = mechanics.new_deformation("displacement by heat")
            self._cold = mechanics.new_deformation("residual displacement without heat")
            self._thermal_load = mechanics.load(field_strains=True)
        self.deposit = mechanics.new_deformation("displacement by sodium pressure")
        self.total = mechanics.new_deformation("displacement")
        self.residual_changes = bool(film_tensions)
        self._residual_load = mechanics.load(self.stack_pressures, eigenstrain=True, tensions=film_tensions)
        self._deposit_load: Load = mechanics.load(pressures=self.deposit_pressures)
        self.renew_residual()
        if self._ion_potential is not None:
            # V_+ p_SE / F with p_SE = -tr(sigma)/3 in the ceramic
            pressure = -ufl.tr(mechanics.stress(self.total)) / 3.0
            points = self._ion_potential.function_space.element.interpolation_points
            self._ion_expression = fem.Expression(ion_partial_molar_volume / FARADAY * pressure, points)

    def renew_residual(self) -> None:
        """Solve again for the deformation without deposition, after films have grown.

        Note:
            Collective.
        """
        if self.mechanics is not None:
            self.mechanics.solve(self._residual_load, self.residual if self.thermal is None else self._cold)
            if self.thermal is not None:
                self.residual.assign_sum(self._cold, self.thermal)
            self.total.assign_sum(self.residual, self.deposit)

    def warm(self, rise: fem.Function) -> None:
        """Let a temperature rise (K) strain the ceramic; nothing happens where it does not.

        Note:
            Collective.
        """
        if self.mechanics is None or self._temperature_rise is None or self.thermal is None:
            return
        self._temperature_rise.interpolate(rise)
        self.mechanics.solve(self._thermal_load, self.thermal)
        self.residual.assign_sum(self._cold, self.thermal)
        self.total.assign_sum(self.residual, self.deposit)

    def state(self) -> State:
        """Return what a solve starts from, but for films and heat."""
        shift = {} if self._ion_potential is None else {"ion potential": function_rows(self._ion_potential)}
        return {**self.conduction.state(), **shift}

    def restore(self, kept: Kept) -> None:
        """Bring back what `state` has returned, and the deformation that goes with it. Collective."""
        self.conduction.restore(kept)
        if self._ion_potential is not None:
            restore_function(self._ion_potential, kept, "ion potential")
        self._deform()

    def _deform(self) -> None:
        """Solve for the deformation by the present deposition."""
        if self.mechanics is not None:
            self.mechanics.solve(self._deposit_load, self.deposit)
            self.total.assign_sum(self.residual, self.deposit)

    def solve(self, control: Current | Voltage) -> CellResult:
        """Solve the coupled problem for a current or a cell voltage.

        Raises:
            ConvergenceError: when a solver fails or the loop through mechanics does not settle.

        Note:
            Collective.
        """
        previous = np.inf
        for iteration in range(1, _MAXIMUM_ITERATIONS + 1):
            if self._ion_potential is not None:
                self._ion_potential.interpolate(self._ion_expression)
            result = self.conduction.solve(control, self._equilibrium)
            self._deform()
            measured = result.voltage if isinstance(control, Current) else result.current_out
            if not self.feeds_back or abs(measured - previous) <= self._tolerance * abs(measured):
                return CellResult(result, iteration)
            previous = measured
        raise ConvergenceError(
            f"coupling: conduction and mechanics did not agree within {_MAXIMUM_ITERATIONS} passes; "
            "try a smaller `physics.mechanics.ion_partial_molar_volume`"
        )
