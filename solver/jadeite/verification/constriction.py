# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of spreading resistance: current that enters through a disc, into a half space and into a tube."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import eval_legendre, j0, jn_zeros, spherical_jn

from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import LinearResistance
from jadeite.verification.measure import facet_mean
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import SLIT_ANGLE, disc, domain_of, everywhere
from jadeite.verification.slab import (
    IDEAL_PLATING,
    IDEAL_STRIPPING,
    PLATING,
    SIDE,
    STRIPPING,
    current_into_electrode,
    isotropic,
)

CONDUCTIVITY = 0.1
UNWETTED = SurfaceKind.UNWETTED_PATCH


@check("T22", "Disc electrode on a half space")
def newman_disc() -> list[Row]:
    """R = 1 / (4 s a) and j / j_avg = 0.5 / sqrt(1 - (r / a)^2) (Newman, J. Electrochem. Soc. 113, 1966, 501).

    The half space is cut off by a half sphere of radius L, where the potential of a source, falling as 1 / distance, is
    a resistance L / s to ground; the next term of the potential is smaller by (a / L)^2 / 3 there.
    """
    a, far = 1e-3, 10e-3
    domain = domain_of(
        {"electrolyte": disc(far, 256).intersection(shapely.box(0.0, 0.0, 2 * far, 2 * far))},
        [
            (PLATING, shapely.LineString([(0.0, 0.0), (a, 0.0)])),
            (UNWETTED, shapely.LineString([(a, 0.0), (2 * far, 0.0)])),
            (SIDE, shapely.LineString([(0.0, 0.0), (0.0, 2 * far)])),
            (STRIPPING, everywhere),
        ],
        SizeField(far / 12, growth=0.15, at_points=((a, 0.0, 1e-4 * a),)),
        points_to_keep=[(a * x, 0.0) for x in (0.1, 0.89, 0.91, 0.989, 0.991, 1.0)],
        axisymmetric=True,
    )
    to_infinity = (Contact((STRIPPING,), LinearResistance(far / CONDUCTIVITY)),)
    problem = Conduction(domain, isotropic(CONDUCTIVITY), None, IDEAL_PLATING, to_infinity)
    current = problem.solve(Voltage(1.0)).current_out
    resistance = printed(1 / (4 * CONDUCTIVITY * a), 2500.0, 1e-12)
    into = current_into_electrode(problem)
    mean = current / (np.pi * a**2)

    def density(x: float) -> float:
        return float(0.5 / np.sqrt(1 - x * x))

    def near(low: float, high: float) -> float:
        """Current density between two radii over its closed form, times the closed form in their middle."""
        got = facet_mean(domain, PLATING, into, lambda m: (m[:, 0] > low * a) & (m[:, 0] < high * a)) / mean
        exact = quad(lambda t: t * density(t), low, high)[0] / quad(lambda t: t, low, high)[0]
        return got / float(exact) * density(0.5 * (low + high))

    return [
        Row("resistance", resistance, 1.0 / current, 5e-3, unit="ohm"),
        Row(
            "current density / mean, r / a from 0 to 0.1", printed(density(0.05), 0.500626, 1e-5), near(0.0, 0.1), 1e-2
        ),
        Row("current density / mean at r / a = 0.9", printed(density(0.9), 1.147079), near(0.89, 0.91), 1e-2),
        Row("current density / mean at r / a = 0.99", printed(density(0.99), 3.544406), near(0.989, 0.991), 3e-2),
    ]


@check("T23", "Constriction between half spaces, and a contact in the end of a tube")
def constriction() -> list[Row]:
    """Twice 1 / (4 s a) between half spaces (Holm 1967); psi(a / b) / (4 s a) at the end of a tube of radius b."""
    a, rows = 1e-5, []
    for ratio, reference in ((0.1, 0.8594), (0.2, 0.7208), (0.3, 0.5865), (0.5, 0.3396), (0.7, 0.1403)):
        expected = printed(tube_factor(ratio), reference, 2e-3 if ratio > 0.6 else 4e-4)
        b = a / ratio
        height = 2.0 * b  # what is not uniform decays as exp(-3.83 y / b)
        domain = domain_of(
            {"tube": shapely.box(0.0, 0.0, b, height)},
            [
                (PLATING, shapely.LineString([(0.0, 0.0), (a, 0.0)])),
                (UNWETTED, shapely.LineString([(a, 0.0), (b, 0.0)])),
                (STRIPPING, shapely.LineString([(0.0, height), (b, height)])),
                (SIDE, everywhere),
            ],
            SizeField(b / 8, growth=0.15, at_points=((a, 0.0, 1e-3 * a),)),
            points_to_keep=[(a, 0.0)],
            axisymmetric=True,
        )
        problem = Conduction(domain, isotropic(CONDUCTIVITY), None, IDEAL_PLATING, IDEAL_STRIPPING)
        whole = 1.0 / problem.solve(Voltage(1.0)).current_out
        of_tube = height / (CONDUCTIVITY * np.pi * b**2)
        rows.append(Row(f"psi({ratio:g})", expected, (whole - of_tube) * 4 * CONDUCTIVITY * a, 5e-3))

    return [Row("between half spaces: 2 s a R", 1.0, _between_half_spaces(a) * 2 * CONDUCTIVITY * a, 5e-3), *rows]


def _between_half_spaces(a: float) -> float:
    """Resistance (ohm) between two half spaces that meet in a disc of radius a, a thin wedge apart elsewhere."""
    far = 10 * a
    wedge = shapely.Polygon([(a, 0.0), (2 * far, -SLIT_ANGLE * far), (2 * far, SLIT_ANGLE * far)])
    domain = domain_of(
        {"electrolyte": disc(far, 256).intersection(shapely.box(0.0, -2 * far, 2 * far, 2 * far))},
        [
            (SIDE, shapely.LineString([(0.0, -2 * far), (0.0, 2 * far)])),
            (UNWETTED, wedge.boundary),
            (PLATING, lambda middle: middle[:, 1] < 0.0),
            (STRIPPING, everywhere),
        ],
        SizeField(far / 12, growth=0.15, at_points=((a, 0.0, 1e-3 * a),)),
        voids=[wedge],
        axisymmetric=True,
    )
    beyond = LinearResistance(far / CONDUCTIVITY)
    below, above = ((Contact((kind,), beyond),) for kind in (PLATING, STRIPPING))
    return 1.0 / Conduction(domain, isotropic(CONDUCTIVITY), None, below, above).solve(Voltage(1.0)).current_out


def tube_factor(ratio: float, polynomials: int = 8, waves: int = 20_000) -> float:
    """Return psi(a / b) of an equipotential disc of radius a in the insulated end of a tube of radius b.

    Galerkin's method with current densities P_2m(sqrt(1 - r^2/a^2)) / sqrt(1 - r^2/a^2), whose Hankel transforms are
    spherical Bessel functions, a^2 |P_2m(0)| j_2m(k a) (Erdelyi 1954); in the tube only k = k_n / b with J_1(k_n) = 0
    occur, and a wave leaves the potential J0(k r) / (s k) per current density. Waves beyond the last are summed with
    sin^2 = 1/2.
    """
    degree = 2 * np.arange(polynomials)
    zeros: NDArray[np.float64] = _zeros_of_bessel_one(waves)
    k = zeros * ratio  # with a = s = 1
    at_zero = np.abs(eval_legendre(degree, 0.0))
    transform = at_zero[:, None] * np.array([spherical_jn(n, k) for n in degree])
    # J0(k_n)^2 from the amplitude of J0 where J1 vanishes
    norm = j0(zeros) ** 2
    matrix = 4 * np.pi * ratio**2 * (transform / (norm * k)) @ transform.T
    # beyond: j_2m -> (-1)^m sin(k) / k, J0^2 -> 2 / (pi k_n), k_n in steps of pi
    sign = (-1.0) ** np.arange(polynomials) * at_zero
    matrix += 4 * np.pi * ratio**2 * np.outer(sign, sign) * 0.25 / (ratio**3 * (zeros[-1] + 0.5 * np.pi))
    load = np.zeros(polynomials)
    load[0] = 2 * np.pi
    current = load @ np.linalg.solve(matrix, load)
    return float(4.0 / current)


def _zeros_of_bessel_one(count: int) -> NDArray[np.float64]:
    """Positive zeros of J1: the first ones exactly, the others by McMahon's expansion."""
    exact = jn_zeros(1, min(count, 50))
    beta = (np.arange(1, count + 1) + 0.25) * np.pi
    mcmahon = beta - 3 / (8 * beta) + 36 / (3 * (8 * beta) ** 3)
    mcmahon[: len(exact)] = exact
    return mcmahon
