# SPDX-License-Identifier: LGPL-3.0-or-later
"""Interface laws of sodium against ceramic: current density as a function of the driving potential difference.

The driving potential difference is D = phi_metal - phi_ceramic - E_eq. The current density is positive when Na+
leaves the metal (stripping, D > 0) and negative when sodium is plated. Every law gives its slope as well, so that
Newton's method needs no derivative of an inner iteration.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import ufl
from dolfinx import fem, mesh
from scipy.optimize import brentq
from ufl.core.expr import Expr

from jadeite.constants import FARADAY, thermal_voltage

#: Least ratio of a film's resistance to that of charge transfer which the equation behind a film is solved with: a film
#: that has yet to grow costs nothing, and no digit of the current shows this one.
_THINNEST = 1e-13


class ElectrodeLaw(Protocol):
    """Current density across sodium|ceramic as a function of the driving potential difference."""

    @property
    def double_layer_capacitance(self) -> float:
        """Capacitance in parallel with charge transfer, F/m^2."""
        ...

    @property
    def film_resistance(self) -> float:
        """Resistance in series with charge transfer that belongs to the law, the same everywhere, ohm m^2."""
        ...

    def bind(self, msh: mesh.Mesh, series: Expr | None = None) -> BoundLaw:
        """Return the law with its parameters as constants of a mesh, so that changing a value compiles nothing anew.

        Args:
            msh: the mesh.
            series: further resistance in series with the law (ohm m^2), which may differ from facet to facet; None
                for none.
        """
        ...

    def chord_resistance(self, current_density: float) -> float:
        """Return driving potential difference over current density (ohm m^2) at a current density (A/m^2)."""
        ...


class BoundLaw(Protocol):
    """A law as UFL expressions."""

    def current_density(self, driving: Expr) -> Expr:
        """Return the current density out of the metal, A/m^2."""
        ...

    def slope(self, driving: Expr) -> Expr:
        """Return its derivative with respect to the driving potential difference, S/m^2."""
        ...


@dataclass(frozen=True)
class LinearResistance:
    """Ohmic interface: current density = D / resistance.

    Attributes:
        resistance: area-specific resistance of one interface, ohm m^2, positive; zero only where a series resistance
            is added that is positive everywhere.
        double_layer_capacitance: in parallel with the resistance, F/m^2; only impedance reads it.
    """

    resistance: float
    double_layer_capacitance: float = 0.0

    @property
    def film_resistance(self) -> float:
        return 0.0

    def bind(self, msh: mesh.Mesh, series: Expr | None = None) -> BoundLaw:
        if series is None:
            return _BoundLinear(fem.Constant(msh, 1.0 / self.resistance))
        return _BoundLinear(1.0 / (fem.Constant(msh, self.resistance) + series))

    def chord_resistance(self, current_density: float) -> float:
        return self.resistance


@dataclass(frozen=True)
class _BoundLinear:
    conductance: Expr

    def current_density(self, driving: Expr) -> Expr:
        return self.conductance * driving

    def slope(self, driving: Expr) -> Expr:
        return self.conductance


@dataclass(frozen=True)
class ButlerVolmer:
    """Butler-Volmer kinetics in series with a film resistance.

    j = j0 [exp(a_a F eta / RT) - exp(-a_c F eta / RT)],  D = eta + film_resistance * j
    (Newman and Thomas-Alyea 2004, Electrochemical Systems, eq. 8.24, with an ohmic film in series).

    Attributes:
        exchange_current_density: j0, A/m^2, positive.
        temperature: K.
        transfer_coefficient: anodic coefficient a_a between 0 and 1; the cathodic one is 1 - a_a.
        film_resistance: area-specific resistance of the film, ohm m^2, zero or positive.
        double_layer_capacitance: in parallel with charge transfer, F/m^2; only impedance reads it.
    """

    exchange_current_density: float
    temperature: float
    transfer_coefficient: float = 0.5
    film_resistance: float = 0.0
    double_layer_capacitance: float = 0.0

    def bind(self, msh: mesh.Mesh, series: Expr | None = None) -> BoundLaw:
        voltage = thermal_voltage(self.temperature)
        anodic = fem.Constant(msh, self.transfer_coefficient)
        cathodic = fem.Constant(msh, 1.0 - self.transfer_coefficient)
        exchange = fem.Constant(msh, self.exchange_current_density)
        if series is None and self.film_resistance == 0.0:
            return _BoundButlerVolmer(exchange, anodic, cathodic, fem.Constant(msh, voltage))
        per_resistance = self.exchange_current_density / voltage
        ratio: Expr = fem.Constant(msh, self.film_resistance * per_resistance)
        if series is not None:
            ratio = ufl.max_value(ratio + fem.Constant(msh, per_resistance) * series, _THINNEST)
        return _BoundFilm(exchange, anodic, cathodic, fem.Constant(msh, voltage), ratio)

    def overpotential(self, current_density: float) -> float:
        """Return the surface overpotential (V) at a current density (A/m^2), both signed alike; found by bracketing."""
        voltage = thermal_voltage(self.temperature)
        anodic, cathodic = self.transfer_coefficient, 1.0 - self.transfer_coefficient
        target = current_density / self.exchange_current_density

        def mismatch(u: float) -> float:
            return math.exp(anodic * u) - math.exp(-cathodic * u) - target

        bound = math.log1p(abs(target)) / min(anodic, cathodic) + 1.0
        return voltage * float(brentq(mismatch, -bound, bound, xtol=1e-15, rtol=1e-14))

    def chord_resistance(self, current_density: float) -> float:
        voltage = thermal_voltage(self.temperature)
        if abs(current_density) < 1e-9 * self.exchange_current_density:
            return voltage / self.exchange_current_density + self.film_resistance
        return self.overpotential(current_density) / current_density + self.film_resistance


@dataclass(frozen=True)
class _BoundButlerVolmer:
    exchange: fem.Constant
    anodic: fem.Constant
    cathodic: fem.Constant
    voltage: fem.Constant

    def current_density(self, driving: Expr) -> Expr:
        u = driving / self.voltage
        return self.exchange * _kinetics(u, self.anodic, self.cathodic)

    def slope(self, driving: Expr) -> Expr:
        u = driving / self.voltage
        return self.exchange / self.voltage * _kinetics_slope(u, self.anodic, self.cathodic)


@dataclass(frozen=True)
class _BoundFilm:
    """Kinetics behind a film: v + ratio * kinetics(v) = |D| F/RT, solved at each point by some Halley steps.

    The start is the smallest of three upper bounds of the root: no film, all kinetics exponential, and kinetics that
    saturate at the exchange current density, as they nearly do between the two exponentials when one transfer
    coefficient is small (without that bound the iteration runs away). From there four steps of cubic convergence reach
    rounding, and a fifth is spent for safety; tried over 20 decades of the ratio and coefficients from 0.02 to 0.98.
    """

    exchange: fem.Constant
    anodic: fem.Constant
    cathodic: fem.Constant
    voltage: fem.Constant
    ratio: Expr

    _STEPS = 5

    def _solve(self, driving: Expr) -> tuple[Expr, Expr, Expr, Expr]:
        forward = ufl.ge(driving, 0.0)
        rising = ufl.conditional(forward, self.anodic, self.cathodic)
        falling = ufl.conditional(forward, self.cathodic, self.anodic)
        magnitude = abs(driving) / self.voltage
        share = magnitude / self.ratio
        saturated = -ufl.ln(1.0 - ufl.min_value(share, 1.0 - 1e-15)) / falling
        v = ufl.min_value(magnitude, ufl.ln(1.0 + share) / rising)
        v = ufl.min_value(v, ufl.conditional(ufl.lt(share, 1.0), saturated, magnitude))
        for _ in range(self._STEPS):
            value = v + self.ratio * _kinetics(v, rising, falling) - magnitude
            slope = 1.0 + self.ratio * _kinetics_slope(v, rising, falling)
            bend = self.ratio * _kinetics_bend(v, rising, falling)
            v = v - value / (slope - 0.5 * value * bend / slope)
        return v, rising, falling, ufl.conditional(forward, 1.0, -1.0)

    def current_density(self, driving: Expr) -> Expr:
        v, rising, falling, sign = self._solve(driving)
        return sign * self.exchange * _kinetics(v, rising, falling)

    def slope(self, driving: Expr) -> Expr:
        v, rising, falling, _ = self._solve(driving)
        kinetic_slope = _kinetics_slope(v, rising, falling)
        return self.exchange / self.voltage * kinetic_slope / (1.0 + self.ratio * kinetic_slope)


def _kinetics(u: Expr, rising: Expr, falling: Expr) -> Expr:
    """exp(rising u) - exp(-falling u), written so that small u loses no digits."""
    return 2.0 * ufl.exp(0.5 * (rising - falling) * u) * ufl.sinh(0.5 * (rising + falling) * u)


def _kinetics_slope(u: Expr, rising: Expr, falling: Expr) -> Expr:
    return rising * ufl.exp(rising * u) + falling * ufl.exp(-falling * u)


def _kinetics_bend(u: Expr, rising: Expr, falling: Expr) -> Expr:
    return rising**2 * ufl.exp(rising * u) - falling**2 * ufl.exp(-falling * u)


@dataclass(frozen=True)
class ConfinedSodium:
    """Sodium that cannot leave its flaw: deposition raises its pressure until plating stops or it is squeezed out.

    The pressure p shifts the local equilibrium potential by -V_Na p / F (Larche and Cahn 1973). In the steady state
    of confined sodium either plating has stopped, so that p = F |D| / V_Na, or p has reached the pressure at which
    sodium is extruded and plating goes on at the reduced driving force. Where the driving force strips sodium there
    is no pressure.

    Attributes:
        molar_volume: of sodium, m^3/mol.
        maximum_pressure: Pa; infinity means that sodium never leaves.
    """

    molar_volume: float
    maximum_pressure: float

    def bind(self, msh: mesh.Mesh) -> BoundSodium:
        """Return the law with its parameters as constants of a mesh."""
        # 1e15 Pa corresponds to 250 kV: no cell reaches it, and it stays a number for the compiler.
        limit = min(self.maximum_pressure, 1e15)
        return BoundSodium(fem.Constant(msh, FARADAY / self.molar_volume), fem.Constant(msh, limit))


@dataclass(frozen=True)
class BoundSodium:
    """`ConfinedSodium` as UFL expressions of the driving potential difference at zero pressure."""

    pascal_per_volt: fem.Constant
    maximum_pressure: fem.Constant

    def pressure(self, driving: Expr) -> Expr:
        """Return the pressure of the sodium, Pa."""
        return ufl.min_value(ufl.max_value(-driving * self.pascal_per_volt, 0.0), self.maximum_pressure)

    def effective_driving(self, driving: Expr) -> Expr:
        """Return the driving potential difference that is left after the shift by the pressure, V."""
        return driving + self.pressure(driving) / self.pascal_per_volt

    def effective_slope(self, driving: Expr) -> Expr:
        """Return the derivative of `effective_driving`: zero where plating has stopped, one elsewhere."""
        wanted = -driving * self.pascal_per_volt
        stopped = ufl.And(ufl.gt(wanted, 0.0), ufl.lt(wanted, self.maximum_pressure))
        return ufl.conditional(stopped, 0.0, 1.0)
