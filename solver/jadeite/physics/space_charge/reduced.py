# SPDX-License-Identifier: LGPL-3.0-or-later
"""Layers in equilibrium from their first integral: what every closure without a grid has in common.

With u = e phi/kT and the distance x from the core counted in Debye lengths L, Poisson's equation is u'' = 1 - n(u),
n being the density of ions over that of the grain. Multiplied by u' and integrated from the grain it gives

    (u')^2 = 2 G(u),   G(u) = int_0^u (1 - n(v)) dv,

so that field, charge and resistance are quadratures over the potential, and no grid is needed:

    core charge        Q = 2 sign(u0) sqrt(2 G(u0)) e c L
    excess resistance  R = (2 L/sigma) int_0^u0 (sigma/sigma(u) - 1)/sqrt(2 G(u)) du.

A closure says n, G and sigma/sigma(u) - 1.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from jadeite.physics.space_charge.conditions import (
    LARGEST_POTENTIAL,
    Array,
    Conditions,
    SpaceChargeError,
    SpaceChargeLayers,
)

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


class Closure(Protocol):
    """How ions follow the potential u, in units of kT/e; every function takes and returns arrays of one shape."""

    @property
    def screening(self) -> float:
        """The length over which a small potential decays, in units of the Debye length of a dilute ion."""

    def relative_concentration(self, u: Array) -> Array:
        """Density of ions over that of the grain."""

    def half_field_squared(self, u: Array) -> Array:
        """G(u), which is half of the square of the field in units of kT/(e L); not negative."""

    def relative_resistivity_excess(self, u: Array) -> Array:
        """Resistivity over that of the grain, minus one."""

    def check(self, u: float) -> None:
        """Raise `SpaceChargeError` where the closure makes no sense at a potential of the core."""

    def profile(self, u: float, x: Array) -> Array | None:
        """The potential at distances x from a core at u, where a formula is known; None: it is integrated."""


def solve_layers(closure: Closure, conditions: Conditions) -> SpaceChargeLayers:
    """Return the layers beside a boundary with a closure.

    Args:
        closure: how ions follow the potential.
        conditions: the boundary and its grain.

    Raises:
        SpaceChargeError: the closure has no answer for the core, or its potential is beyond reason.
    """
    volt, length = conditions.thermal_voltage, conditions.debye_length
    if conditions.core_potential is not None:
        u = conditions.core_potential / volt
    else:
        assert conditions.core_charge is not None
        u = potential_of_charge(closure, conditions.core_charge / (2.0 * conditions.charge_unit), volt)
    if abs(u) * volt > LARGEST_POTENTIAL * (1.0 + 1e-9):
        raise SpaceChargeError(_beyond(conditions, u * volt))
    closure.check(u)
    return SpaceChargeLayers(
        core_potential=u * volt,
        core_charge=2.0 * conditions.charge_unit * _field(closure, u),
        debye_length=length * closure.screening,
        excess_resistance=2.0 * length / conditions.conductivity * _excess(closure, u),
        conductivity=conditions.conductivity,
        carrier_density=conditions.carrier_density,
        profile=lambda x: volt * _profile(closure, u, np.abs(np.asarray(x, dtype=float)) / length),
        relative_concentration=lambda phi: closure.relative_concentration(np.asarray(phi, dtype=float) / volt),
    )


def potential_of_charge(closure: Closure, charge: float, volt: float) -> float:
    """Return the potential u at which the layers balance a charge (half of the core's, in units of e c L).

    The field at the core rises without end and without turning with the potential, so a bracket that doubles finds
    the root, and it is the only one. `volt` is kT/e, for the message.

    Raises:
        SpaceChargeError: the potential is beyond reason.
    """
    if charge == 0.0:
        return 0.0
    side = float(np.sign(charge))
    end, limit = min(1.0, abs(charge)), 2.0 * LARGEST_POTENTIAL / volt
    while abs(_field(closure, side * end)) < abs(charge):
        end *= 2.0
        if end > limit:
            raise SpaceChargeError(
                f"a core charge this large needs a potential beyond {LARGEST_POTENTIAL:g} V; "
                "is its unit right, and is the carrier density that of mobile ions?"
            )
    root = brentq(lambda u: abs(_field(closure, side * u)) - abs(charge), 0.0, end, xtol=1e-300, rtol=1e-14)
    return side * float(root)


def _field(closure: Closure, u: float) -> float:
    """The field at a core at u, with its sign, in units of kT/(e L)."""
    return float(np.sign(u) * np.sqrt(2.0 * closure.half_field_squared(np.array([u]))[0]))


def _excess(closure: Closure, u: float) -> float:
    """The integral of the excess resistance over potentials up to u.

    Gauss quadrature on intervals no wider than kT/e, over which exponentials change by a factor of e: exact to
    rounding. The square root of the potential as variable takes away the root singularity of complete depletion.
    """
    if u == 0.0:
        return 0.0
    # equal steps in the root r = sqrt(|v|) are widest in v at the far end, 2 r dr
    ends = np.linspace(0.0, np.sqrt(abs(u)), 1 + max(4, int(np.ceil(2.0 * abs(u)))))
    middle, half = 0.5 * (ends[1:] + ends[:-1]), 0.5 * np.diff(ends)
    root = middle[:, None] + half[:, None] * _NODES
    v = np.sign(u) * root**2
    integrand = closure.relative_resistivity_excess(v) / np.sqrt(2.0 * closure.half_field_squared(v)) * 2.0 * root
    return float(np.sum(half[:, None] * _WEIGHTS * integrand))


def _profile(closure: Closure, u: float, x: Array) -> Array:
    """The potential at distances x (Debye lengths) from a core at u, integrated from the first integral."""
    known = closure.profile(u, x)
    if known is not None:
        return known
    if u == 0.0 or x.size == 0:
        return np.zeros_like(x)
    side = np.sign(u)

    def slope(_: float, logarithm: Array) -> Array:
        v = np.exp(logarithm)
        return -np.sqrt(2.0 * closure.half_field_squared(side * v)) / v

    places, inverse = np.unique(x, return_inverse=True)
    solution = solve_ivp(
        slope, (0.0, max(float(places[-1]), 1e-12)), [np.log(abs(u))], "LSODA", places, rtol=1e-10, atol=1e-12
    )
    if not solution.success:
        raise SpaceChargeError(f"the potential beside the core could not be integrated: {solution.message}")
    return np.asarray(side * np.exp(solution.y[0])[inverse].reshape(x.shape), dtype=float)


def _beyond(conditions: Conditions, potential: float) -> str:
    what = f"the core would be at {potential:.3g} V against the grain, beyond {LARGEST_POTENTIAL:g} V"
    if conditions.core_charge is None:
        return what
    return f"{what}, to hold {conditions.core_charge:g} C/m^2; is the unit of the charge right?"
