# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of current focusing: holes, inclusions, thin filaments, contact edges."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.special import spherical_jn

from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import LinearResistance
from jadeite.verification.measure import facet_mean, integral, node_value
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import disc, domain_of, ellipse, everywhere
from jadeite.verification.slab import (
    IDEAL_PLATING,
    IDEAL_STRIPPING,
    PLATING,
    SIDE,
    STRIPPING,
    current_into_electrode,
    exact_inflow,
    isotropic,
)

MICRON = 1e-6
CONDUCTIVITY = 0.1
HOLE, FILAMENT, UNWETTED = SurfaceKind.PORE_WALL, SurfaceKind.FLAW_WALL, SurfaceKind.UNWETTED_PATCH
ARC = SurfaceKind.STRIPPING_ELECTRODE  # no electrode here: the outer boundary where the exact current density enters

Analytic = Callable[[NDArray[np.complex128]], NDArray[np.complex128]]


def slope_past_ellipse(across: float, along: float, conducting: bool) -> Analytic:
    """dw/dz of unit field along y past an ellipse with half axes `across` (x) and `along` (y), by Joukowski's map."""
    radius, focus = 0.5 * (across + along), across**2 - along**2
    sign = 1.0 if conducting else -1.0

    def slope(z: NDArray[np.complex128]) -> NDArray[np.complex128]:
        root = np.sqrt(z**2 - focus)
        circle = 0.5 * (z + root)
        # z = circle + focus / (4 circle), w = -i (circle + sign radius^2 / circle)
        return -1j * (1.0 - sign * radius**2 / circle**2) / (1.0 - focus / (4.0 * circle**2))

    return slope


def quarter_around_ellipse(across: float, along: float, segments: int) -> Domain:
    """The quarter x, y > 0 of a disc with an elliptic hole; the potential is zero on y = 0 by symmetry."""
    far = 5 * max(across, along)
    quarter = shapely.box(0.0, 0.0, 2 * far, 2 * far)
    hole = ellipse(across, along, 4 * segments)
    near = 1.01
    return domain_of(
        {"matrix": disc(far, 256).difference(hole).intersection(quarter)},
        [
            (PLATING, shapely.LineString([(0, 0), (2 * far, 0)])),
            (SIDE, shapely.LineString([(0, 0), (0, 2 * far)])),
            (HOLE, lambda m: (m[:, 0] / across) ** 2 + (m[:, 1] / along) ** 2 < near),
            (ARC, everywhere),
        ],
        SizeField(far / 20, growth=0.2, on_surfaces={HOLE: far / 20}),
    )


@check("T16", "Circular hole and circular inclusion in a uniform field")
def circular_hole() -> list[Row]:
    """Insulating hole: current density 2 j0 at its equator; inclusion: E_in / E0 = 2 s_m / (s_m + s_i)."""
    radius, segments = 5 * MICRON, 96
    domain = quarter_around_ellipse(radius, radius, segments)
    inflow = [exact_inflow(domain, ARC, slope_past_ellipse(radius, radius, False), CONDUCTIVITY)]
    problem = Conduction(domain, isotropic(CONDUCTIVITY), None, IDEAL_PLATING, (), inflow=inflow)
    problem.solve(Voltage(1.0))
    window = 0.5 * np.pi / segments * radius
    equator = facet_mean(domain, HOLE, -problem.current_density()[1], lambda m: m[:, 1] < window)

    ratio, far = 0.1, 5 * radius
    inside = printed(2 / (1 + ratio), 1.818182)
    quarter = shapely.box(0.0, 0.0, 2 * far, 2 * far)
    circle = disc(radius, 4 * segments)
    filled = domain_of(
        {
            "matrix": disc(far, 256).difference(circle).intersection(quarter),
            "inclusion": circle.intersection(quarter),
        },
        [
            (PLATING, shapely.LineString([(0, 0), (2 * far, 0)])),
            (SIDE, shapely.LineString([(0, 0), (0, 2 * far)])),
            (ARC, everywhere),
        ],
        SizeField(far / 20, growth=0.2),
        materials={"inclusion": "second phase"},
    )
    # outside w = -i (z - B / z), with B from the field inside: E_in = 1 + B / a^2
    dipole = (inside - 1) * radius**2
    inflow = [exact_inflow(filled, ARC, lambda z: -1j * (1 + dipole / z**2), CONDUCTIVITY)]
    both = isotropic(CONDUCTIVITY, ratio * CONDUCTIVITY)
    problem = Conduction(filled, both, None, IDEAL_PLATING, (), inflow=inflow)
    problem.solve(Voltage(1.0))
    marker = filled.cell_field(np.array([0.0, 1.0]), "inclusion")
    through = integral(filled, -marker * problem.current_density()[1], filled.dx(2))
    field = through / (ratio * CONDUCTIVITY) / integral(filled, marker, filled.dx(2))
    return [
        Row("insulating hole: largest current density / j0", 2.0, equator / CONDUCTIVITY, 5e-3),
        Row("inclusion of a tenth of the conductivity: E_in / E0", inside, field, 5e-3),
    ]


@check("T18", "Elliptic hole across and conducting ellipse along the current")
def elliptic_hole() -> list[Row]:
    """Current density (1 + a/b) j0 at the tips of either."""
    long, short, segments = 50 * MICRON, 5 * MICRON, 256
    expected = printed(1 + long / short, 11.0)
    window = 0.5 * np.pi / segments * short
    hole = quarter_around_ellipse(long, short, segments)
    inflow = [exact_inflow(hole, ARC, slope_past_ellipse(long, short, False), CONDUCTIVITY)]
    insulating = Conduction(hole, isotropic(CONDUCTIVITY), None, IDEAL_PLATING, (), inflow=inflow)
    insulating.solve(Voltage(1.0))
    around = facet_mean(hole, HOLE, -insulating.current_density()[1], lambda m: m[:, 1] < window)

    needle = quarter_around_ellipse(short, long, segments)
    inflow = [exact_inflow(needle, ARC, slope_past_ellipse(short, long, True), CONDUCTIVITY)]
    metal = (Contact((PLATING, HOLE), None),)
    conducting = Conduction(needle, isotropic(CONDUCTIVITY), None, metal, (), inflow=inflow)
    conducting.solve(Voltage(1.0))
    into = facet_mean(needle, HOLE, current_into_electrode(conducting), lambda m: m[:, 0] < window)
    return [
        Row("insulating ellipse: current density at the tip / j0", expected, around / CONDUCTIVITY, 1e-2),
        Row("conducting ellipse: current density at the tip / j0", expected, into / CONDUCTIVITY, 1e-2),
    ]


@check("T20", "Thin conducting filament normal to the electrode")
def filament() -> list[Row]:
    """w = -i sqrt(z^2 + c^2): j_n = j0 y / sqrt(c^2 - y^2) on each face, 2 j0 c collected by both."""
    length, far = 10 * MICRON, 50 * MICRON
    domain = domain_of(
        {"matrix": disc(far, 256).intersection(shapely.box(0, 0, 2 * far, 2 * far))},
        [
            (PLATING, shapely.LineString([(0, 0), (2 * far, 0)])),
            (FILAMENT, shapely.LineString([(0, 0), (0, length)])),
            (SIDE, shapely.LineString([(0, length), (0, 2 * far)])),
            (ARC, everywhere),
        ],
        SizeField(
            far / 15, growth=0.2, on_surfaces={FILAMENT: length / 20}, at_points=((0.0, length, length / 20000),)
        ),
        points_to_keep=[(0.0, length), (0.0, 0.88 * length), (0.0, 0.92 * length)],
    )
    inflow = [exact_inflow(domain, ARC, lambda z: -1j * z / np.sqrt(z**2 + length**2), CONDUCTIVITY)]
    metal = (Contact((PLATING, FILAMENT), None),)
    problem = Conduction(domain, isotropic(CONDUCTIVITY), None, metal, (), inflow=inflow)
    problem.solve(Voltage(1.0))
    into = current_into_electrode(problem)
    collected = 2 * integral(domain, into, domain.ds([FILAMENT], 6))
    # the exact mean over 0.88 < y/c < 0.92 stands for the value at 0.9
    low, high = 0.88, 0.92
    mean = (np.sqrt(1 - low**2) - np.sqrt(1 - high**2)) / (high - low)
    local = facet_mean(domain, FILAMENT, into, lambda m: abs(m[:, 1] / length - 0.9) < 0.02)
    exact = printed(0.9 / np.sqrt(1 - 0.9**2), 2.064742)
    return [
        Row("current collected by both faces / (j0 c)", 2.0, collected / (CONDUCTIVITY * length), 1e-2),
        Row("current density at 0.9 c / j0", exact, local / CONDUCTIVITY * exact / mean, 3e-2),
    ]


HALF_PERIOD = 50 * MICRON


def strip_contact(half_width: float, edge_size: float) -> Domain:
    """Half a period of a slab whose plating electrode touches for x < half_width only; three half periods high."""
    height = 3 * HALF_PERIOD
    return domain_of(
        {"slab": shapely.box(0, 0, HALF_PERIOD, height)},
        [
            (PLATING, shapely.LineString([(0, 0), (half_width, 0)])),
            (UNWETTED, shapely.LineString([(half_width, 0), (HALF_PERIOD, 0)])),
            (STRIPPING, shapely.LineString([(0, height), (HALF_PERIOD, height)])),
            (SIDE, everywhere),
        ],
        SizeField(
            HALF_PERIOD / 8,
            growth=0.15,
            at_points=((half_width, 0.0, edge_size),),
            on_surfaces={PLATING: half_width / 25},
        ),
        points_to_keep=[(half_width, 0.0), (0.88 * half_width, 0.0), (0.92 * half_width, 0.0)],
    )


@check("T25", "Periodic strip contacts without interface resistance")
def strip_contacts() -> list[Row]:
    """Extra ASR (2L/(pi s)) ln(1/sin(pi c/2L)); j/j_avg = cos(pi x/2L) / sqrt(sin^2(pi c/2L) - sin^2(pi x/2L))."""
    width, period = 10 * MICRON, HALF_PERIOD
    sine = np.sin(np.pi * width / (2 * period))
    extra = printed(2 * period / (np.pi * CONDUCTIVITY) * np.log(1 / sine), 3.738101e-4)

    def density(x: float) -> float:
        angle = np.pi * x / (2 * period)
        return float(np.cos(angle) / np.sqrt(sine**2 - np.sin(angle) ** 2))

    centre, near_edge = printed(density(0.0), 3.236068), printed(density(0.9 * width), 7.227107)
    domain = strip_contact(width, width / 5000)
    problem = Conduction(domain, isotropic(CONDUCTIVITY), None, IDEAL_PLATING, IDEAL_STRIPPING)
    result = problem.solve(Current(10.0 * period))
    height = 3 * period
    into = current_into_electrode(problem)
    at_centre = facet_mean(domain, PLATING, into, lambda m: m[:, 0] < 0.05 * width) / 10.0
    local = facet_mean(domain, PLATING, into, lambda m: abs(m[:, 0] / width - 0.9) < 0.02) / 10.0

    def collected(x: float) -> float:  # integral of the density from 0 to x
        return float(2 * period / np.pi * np.arcsin(np.sin(np.pi * x / (2 * period)) / sine))

    mean = (collected(0.92 * width) - collected(0.88 * width)) / (0.04 * width)
    return [
        Row(
            "extra area-specific resistance", extra, result.voltage / 10.0 - height / CONDUCTIVITY, 3e-3, unit="ohm m^2"
        ),
        Row("current density at the centre / mean", centre, at_centre, 1e-2),
        Row("current density at 0.9 c / mean", near_edge, local * near_edge / mean, 1e-2),
    ]


@check("T26", "Periodic strip contacts with an interface resistance, c/L = 0.5")
def resistive_strip_contacts() -> list[Row]:
    """Phi = (V - j_avg H/s) s / (j_avg L) and the current density at edge and centre; see `strip_solution`."""
    width, period = 0.5 * HALF_PERIOD, HALF_PERIOD
    height = 3 * period
    domain = strip_contact(width, width / 2000)
    rows = []
    for number, phi, edge, centre in (
        (1.0, 2.267069, 2.255, 1.91421),
        (0.3, 0.859894, 2.757, 1.78565),
        (0.1, 0.449069, 3.830, 1.62872),
        (0.03, 0.296775, 6.22, 1.5048),
        (0.01, 0.248883, 10.3, 1.4515),
    ):
        resistance = number * period / CONDUCTIVITY
        contact = (Contact((PLATING,), LinearResistance(resistance)),)
        problem = Conduction(domain, isotropic(CONDUCTIVITY), None, contact, IDEAL_STRIPPING)
        result = problem.solve(Current(10.0 * period))
        got = (result.voltage - 10.0 * height / CONDUCTIVITY) * CONDUCTIVITY / (10.0 * period)
        at_edge, at_centre = (float(node_value(problem.unknown, (x, 0.0))[0]) / resistance / 10.0 for x in (width, 0.0))
        solution = strip_solution(number, 0.5)
        label = f"Wa {number}"
        rows += [
            Row(f"{label}: Phi", printed(solution[0], phi), got, 2e-3),
            Row(f"{label}: edge current density / mean", printed(solution[1], edge, 1e-2), at_edge, 2e-2),
            Row(f"{label}: centre current density / mean", printed(solution[2], centre, 1e-4), at_centre, 1e-2),
        ]
    return rows


def strip_solution(wagner: float, contact: float) -> tuple[float, float, float]:
    """Return Phi and the current density at edge and centre over the mean, for a contact on a fraction of a thick slab.

    With half period 1 the current density j(x) = 1 + sum of j_k cos(k pi x) leaves the potential Phi - sum of j_k
    cos(k pi x) / (k pi) on y = 0, which on the contact is Wa j. Galerkin's method with even Legendre polynomials of x /
    c.
    """
    degree, spread = _spreading(contact)
    matrix = np.diag(wagner * contact / (2 * degree + 1)) + spread
    constant = np.zeros(len(degree))
    constant[0] = contact
    factors = np.linalg.solve(matrix, constant)
    factors /= factors @ constant  # mean current density one
    phi = (matrix @ factors)[0] / contact
    at_centre = np.array([np.polynomial.legendre.legval(0.0, np.eye(n + 1)[n]) for n in degree])
    return float(phi), float(factors.sum()), float(factors @ at_centre)


@lru_cache
def _spreading(
    contact: float, polynomials: int = 60, waves: int = 25000
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Degrees and Galerkin matrix of spreading; cosine integrals of Legendre polynomials are Bessel functions."""
    degree = 2 * np.arange(polynomials)
    k = np.pi * np.arange(1, waves + 1)
    cosines = np.array([(-1.0) ** (n // 2) * contact * spherical_jn(n, k * contact) for n in degree])
    return degree, 2 * (cosines / k) @ cosines.T
