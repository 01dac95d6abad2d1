# SPDX-License-Identifier: LGPL-3.0-or-later
"""Vacancies that stripping leaves in sodium: how they pile up at the interface until voids can form.

Stripping at a current density j takes atoms from the interface at the speed j V_Na / F and leaves vacancies, which
diffuse into the metal (site fraction x_v, diffusivity D_v = D_self / x_eq) unless creep of the metal closes them:

    dx_v/dt = D_v d2x_v/dy2,    -D_v dx_v/dy = j V_Na/F - v_creep at y = 0,    x_v = x_eq at y = thickness

A thick metal follows x_eq + 2 (j V_Na/F) sqrt(t / (pi D_v)) at its surface (Carslaw and Jaeger 1959, Conduction of Heat
in Solids, section 2.9); a thin one reaches the steady x_eq + (j V_Na/F) thickness / D_v, and may never form voids.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import erfc

from jadeite.constants import FARADAY

Array = NDArray[np.float64]


@dataclass(frozen=True)
class StrippedMetal:
    """A layer of sodium between a stripping interface and a place that keeps vacancies in equilibrium.

    Attributes:
        thickness: distance to the nearest good sink of vacancies (current collector, grain boundaries), m.
        vacancy_diffusivity: D_v, m^2/s.
        equilibrium_fraction: x_eq, site fraction.
        molar_volume: of sodium, m^3/mol.
        creep_speed: at which pressure pushes metal back to the interface, m/s.
    """

    thickness: float
    vacancy_diffusivity: float
    equilibrium_fraction: float
    molar_volume: float
    creep_speed: float = 0.0

    def supply(self, current_density: float) -> float:
        """Return the vacancies per site and area that stay in the metal, m/s, at a current density (A/m^2)."""
        return current_density * self.molar_volume / FARADAY - self.creep_speed

    def steady_fraction(self, current_density: float) -> float:
        """Return x_v at the interface after a long time, at a current density (A/m^2)."""
        return self.equilibrium_fraction + self.supply(current_density) * self.thickness / self.vacancy_diffusivity

    def surface_fraction(self, time: float, current_density: float) -> float:
        """Return x_v at the interface at a time (s) after stripping began at a current density (A/m^2).

        Images of the interface in the far side (short times) or modes of the layer (long times), whichever converges
        at once; both are exact (Carslaw and Jaeger 1959, sections 2.9 and 3.8).
        """
        if time <= 0.0:
            return self.equilibrium_fraction
        fourier = self.vacancy_diffusivity * time / self.thickness**2
        rise = self.supply(current_density) * self.thickness / self.vacancy_diffusivity
        if fourier < 0.25:
            number = np.arange(1, 12)
            images = 2.0 * np.sum((-1.0) ** number * _ierfc(number / math.sqrt(fourier)))
            return self.equilibrium_fraction + 2.0 * rise * math.sqrt(fourier) * (1.0 / math.sqrt(math.pi) + images)
        mode = (np.arange(40) + 0.5) * math.pi
        return self.equilibrium_fraction + rise * (1.0 - 2.0 * float(np.sum(np.exp(-(mode**2) * fourier) / mode**2)))

    def time_to_fraction(self, fraction: float, current_density: float) -> float | None:
        """Return when x_v at the interface reaches a fraction (s), None when it never does.

        Voids are taken to form at a critical supersaturation S_c: `fraction` is S_c x_eq.

        Raises:
            ValueError: for a fraction that is not above the equilibrium one.
        """
        if fraction <= self.equilibrium_fraction:
            raise ValueError("the fraction must lie above that of equilibrium")
        if self.steady_fraction(current_density) <= fraction:
            return None
        longest = self.thickness**2 / self.vacancy_diffusivity
        while self.surface_fraction(longest, current_density) < fraction:
            longest *= 2.0
        return float(brentq(lambda t: self.surface_fraction(t, current_density) - fraction, 0.0, longest, rtol=1e-12))


def _ierfc(argument: Array) -> Array:
    """The integral of the complementary error function from its argument to infinity."""
    values: Array = np.exp(-(argument**2)) / math.sqrt(math.pi) - argument * erfc(argument)
    return values
