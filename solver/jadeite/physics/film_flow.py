# SPDX-License-Identifier: LGPL-3.0-or-later
"""Power-law flow in films that are thin against their length: pressure along channels and between platens, in 1-D.

Metal that creeps with the uniaxial strain rate A sigma^n shears under a shear stress tau at the rate

    d gamma/dt = A' tau^n,   A' = 3^((n + 1) / 2) A,

because sigma = sqrt(3) tau and d gamma/dt = sqrt(3) d eps/dt. Between walls that it sticks to, at a distance h, a
pressure gradient p' drives the flux per width

    q = 2 A' |p'|^n (h / 2)^(n + 2) / (n + 2)

(Bird, Armstrong and Hassager 1987, Dynamics of Polymeric Liquids 1, section 4.2; with n = 1 and A' = 1/mu it is
Reynolds' h^3 p' / (12 mu)). A film between platens that approach each other has to carry off what they displace, which
gives the pressure of a squeeze film (Scott 1931, Trans. Inst. Rubber Ind. 7, 169). Where the metal slides against
a constant shear stress instead, equilibrium of a slice of the film gives the pressure (Siebel 1923; von Karman 1925).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: Gauss points on each interval of a channel: fluxes and openings between its points are linear, pressures are not.
_GAUSS_POINTS = 8


@dataclass(frozen=True)
class PowerLaw:
    """Metal that creeps with a power law.

    Attributes:
        exponent: n, 1.
        reference_stress: uniaxial stress, Pa.
        reference_rate: uniaxial strain rate under it, 1/s.
    """

    exponent: float
    reference_stress: float
    reference_rate: float

    @classmethod
    def viscous(cls, viscosity: float) -> PowerLaw:
        """Return a liquid of a shear viscosity in Pa s: uniaxial stress is three times viscosity times rate."""
        return cls(1.0, 3.0 * viscosity, 1.0)

    def flow_stress(self, rate: ArrayLike) -> Array:
        """Return the uniaxial stress (Pa) at a uniaxial strain rate (1/s)."""
        return np.asarray(self.reference_stress * (np.asarray(rate) / self.reference_rate) ** (1.0 / self.exponent))

    def pressure_gradient(self, flux: ArrayLike, opening: ArrayLike) -> Array:
        """Return the size of the pressure gradient (Pa/m) of a flux per width (m^2/s) through an opening (m)."""
        n, half = self.exponent, 0.5 * np.asarray(opening, dtype=float)
        shear_rate = (n + 2.0) * np.abs(flux) / (2.0 * half**2)  # at the wall
        wall_shear = self.flow_stress(shear_rate / np.sqrt(3.0)) / np.sqrt(3.0)
        return np.asarray(wall_shear / half)


def channel_pressure(law: PowerLaw, place: ArrayLike, opening: ArrayLike, flux: ArrayLike) -> Array:
    """Return the pressure along a channel that metal flows out of, zero at its mouth.

    Opening and flux are taken as linear between the points given; the pressure on each interval is their integral with
    a Gauss rule.

    Args:
        law: of the metal.
        place: distances from the mouth, rising from it, m, shape (k,).
        opening: distance of the walls there, m, shape (k,).
        flux: volume per width and time that flows towards the mouth, m^2/s, shape (k,).

    Raises:
        ValueError: when places do not rise, an opening is not positive, or a flux is negative.
    """
    place, opening, flux = (np.asarray(values, dtype=float) for values in (place, opening, flux))
    if (np.diff(place) <= 0.0).any() or (opening <= 0.0).any() or (flux < 0.0).any():
        raise ValueError("a channel has rising places, positive openings and a flux towards its mouth")
    points, weights = np.polynomial.legendre.leggauss(_GAUSS_POINTS)
    share = 0.5 * (1.0 + points)
    between = [values[:-1, None] + share * np.diff(values)[:, None] for values in (flux, opening)]
    rise = 0.5 * np.diff(place) * (law.pressure_gradient(*between) @ weights)
    return np.concatenate([[0.0], np.cumsum(rise)])


def free_layer_pressure(law: PowerLaw, speed: float, thickness: float, *, axisymmetric: bool) -> float:
    """Return the pressure (Pa) under which a layer without friction thins at a speed (m/s).

    The stress is uniaxial in a disc; in plane strain it is 2 / sqrt(3) of the flow stress at 2 / sqrt(3) of the rate.
    """
    constraint = 1.0 if axisymmetric else 2.0 / np.sqrt(3.0)
    return float(constraint * law.flow_stress(constraint * speed / thickness))


def squeeze_pressure(
    law: PowerLaw, speed: float, half_width: ArrayLike, thickness: float, *, axisymmetric: bool
) -> Array:
    """Return the mean pressure (Pa) between platens that a thin film sticks to, as Scott (1931) gives it.

    Holds for a film that is much wider than thick: the stress that a free layer would need is left out.

    Args:
        law: of the metal.
        speed: at which the platens approach each other, m/s.
        half_width: radius of the disc, or half the width of the strip, m.
        thickness: of the film, m.
        axisymmetric: whether it is a disc.
    """
    n, width = law.exponent, np.asarray(half_width, dtype=float)
    # what flows through a section is what the platens displace inside it: v r / 2 in a disc, v x in a strip
    steepest = law.pressure_gradient(speed * width * (0.5 if axisymmetric else 1.0), thickness)
    return np.asarray(steepest * width * n / (3.0 * n + 1.0 if axisymmetric else 2.0 * n + 1.0))


def half_width_for_pressure(
    law: PowerLaw, speed: float, pressure: float, thickness: float, *, axisymmetric: bool
) -> float:
    """Return the half width (m) at which Scott's mean pressure reaches a value (Pa)."""
    n = law.exponent
    # the pressure goes with the width to the power (n + 1) / n
    unit = float(squeeze_pressure(law, speed, thickness, thickness, axisymmetric=axisymmetric))
    return float(thickness * (pressure / unit) ** (n / (n + 1.0)))


def sliding_pressure(
    flow_stress: float, shear_stress: float, half_width: float, thickness: float, *, axisymmetric: bool
) -> float:
    """Return the mean pressure (Pa) of a film of a flow stress that slides on both platens against a shear stress.

    p = flow stress + 2 tau (R - r) / h, over a disc on average flow stress + 2 tau R / (3 h), over a strip of half the
    width a: + tau a / h (slab method, Siebel 1923). `flow_stress` is that of the free layer in the same plane.
    """
    share = 2.0 / 3.0 if axisymmetric else 1.0
    return flow_stress + share * shear_stress * half_width / thickness
