# SPDX-License-Identifier: LGPL-3.0-or-later
"""Dundurs' parameters of two isotropic solids in plane strain, and what an interface crack between them gives off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class IsotropicSolid:
    """Young's modulus in Pa and Poisson's ratio."""

    youngs_modulus: float
    poisson_ratio: float

    @property
    def plane_strain_modulus(self) -> float:
        """E / (1 - nu^2), Pa."""
        return self.youngs_modulus / (1.0 - self.poisson_ratio**2)


@dataclass(frozen=True)
class Dundurs:
    """Elastic mismatch of solid 1 (above the interface, x2 > 0) against solid 2.

    Attributes:
        alpha: mismatch of plane-strain moduli, 1.
        beta: mismatch of bulk moduli, 1.
        oscillation: epsilon of the stress r^(-1/2 + i epsilon), 1.
        mean_modulus: E* with 2 / E* = 1 / E'_1 + 1 / E'_2, Pa.
    """

    alpha: float
    beta: float
    oscillation: float
    mean_modulus: float

    def energy_release_rate(self, factor: complex) -> float:
        """Return (1 - beta^2) |K|^2 / E*, J/m^2, of a complex factor K in Pa m^(1/2 - i epsilon) (Malyshev 1965)."""
        return (1.0 - self.beta**2) * abs(factor) ** 2 / self.mean_modulus


def dundurs(above: IsotropicSolid, below: IsotropicSolid) -> Dundurs:
    """Return the mismatch of two solids in plane strain (Dundurs 1969, J. Appl. Mech. 36, 650; Rice 1988, eq. 8)."""
    shear = [solid.youngs_modulus / (2.0 * (1.0 + solid.poisson_ratio)) for solid in (above, below)]
    kappa = [3.0 - 4.0 * solid.poisson_ratio for solid in (above, below)]
    sum_of_both = shear[0] * (kappa[1] + 1.0) + shear[1] * (kappa[0] + 1.0)
    alpha = (shear[0] * (kappa[1] + 1.0) - shear[1] * (kappa[0] + 1.0)) / sum_of_both
    beta = (shear[0] * (kappa[1] - 1.0) - shear[1] * (kappa[0] - 1.0)) / sum_of_both
    oscillation = float(np.log((1.0 - beta) / (1.0 + beta)) / (2.0 * np.pi))
    mean = 2.0 / (1.0 / above.plane_strain_modulus + 1.0 / below.plane_strain_modulus)
    return Dundurs(alpha, beta, oscillation, mean)
