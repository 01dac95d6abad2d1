# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of stress intensity factors: uniform, graded and partial face pressure, finite width, mixed mode."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
import ufl
from dolfinx import fem
from numpy.polynomial.legendre import leggauss, legvander
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.failure.intensity import InteractionIntegral, StressIntensity, energy_release_rate
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Deformation, Mechanics, Pin, Support
from jadeite.verification.measure import node_value
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import SLIT_ANGLE, disc, domain_of, edge_slit, embedded_slit, everywhere, half_disc

YOUNG, POISSON = 80e9, 0.26
SHEAR = YOUNG / (2 * (1 + POISSON))
EFFECTIVE = YOUNG / (1 - POISSON**2)
CRACK = 10e-6  # m: half length or depth of all cracks here
PRESSURE = 200e6  # Pa
FAR = 150.0  # radius of a body that stands for an infinite one, in crack lengths: K changes by 0.01 %
TIP_SIZE = 0.0025  # element size at a tip, in crack lengths

WALL, OUTER, SURFACE = SurfaceKind.FLAW_WALL, SurfaceKind.SIDE_WALL, SurfaceKind.PLATING_ELECTRODE


class CrackedBody:
    """An isotropic plane-strain body with cracks, and its stress intensity factors under pressure on their walls."""

    def __init__(self, domain: Domain, supports: list[Support | Pin]) -> None:
        self.domain = domain
        self.mechanics = Mechanics(domain, isotropic_stiffness(YOUNG, POISSON)[None], None, supports)
        self.state: Deformation = self.mechanics.new_deformation("cracked body")
        self.walls = domain.ds([WALL], 8)
        self.x = ufl.SpatialCoordinate(domain.mesh)

    def intensity(
        self, pressure: Expr, tip: tuple[float, float], direction: tuple[float, float], radius: float = 0.8 * CRACK
    ) -> StressIntensity:
        """Solve for a pressure on all crack walls and integrate around one tip."""
        self.mechanics.solve(self.mechanics.load(pressures=[(self.walls, pressure)]), self.state)
        strain, stress = self.mechanics.strain(self.state), self.mechanics.stress(self.state)
        integral = InteractionIntegral(self.state.displacement, strain, stress, [(self.walls, pressure)])
        return integral.evaluate(tip, direction, radius, SHEAR, POISSON)

    def constant(self, value: float) -> fem.Constant:
        """A constant of this mesh."""
        return fem.Constant(self.domain.mesh, value)


def held() -> list[Support | Pin]:
    """The outer boundary does not move."""
    return [Support((OUTER,), 0), Support((OUTER,), 1)]


def infinite_body_with_line_crack(angle: float = 0.0, breaks: tuple[float, ...] = ()) -> Domain:
    """A crack of half length CRACK through the origin, at an angle to x.

    `breaks` are positions along it, in half lengths, where its walls need a node.
    """
    ahead = CRACK * np.array([np.cos(angle), np.sin(angle)])
    slit = embedded_slit(-ahead, ahead)
    across = np.array([-np.sin(angle), np.cos(angle)]) * 0.5 * SLIT_ANGLE * CRACK
    keep = [
        side * across * (1 - abs(place)) + sign * place * ahead
        for place in breaks
        for sign in (1, -1)
        for side in (1, -1)
    ]
    tips = tuple((*(sign * ahead), TIP_SIZE * CRACK) for sign in (1, -1))
    return domain_of(
        {"body": disc(FAR * CRACK, 48)},
        [(WALL, slit.boundary), (OUTER, everywhere)],
        SizeField(0.15 * FAR * CRACK, growth=0.2, at_points=tips, on_surfaces={WALL: 0.06 * CRACK}),
        voids=[slit],
        points_to_keep=keep,
    )


def half_plane_with_edge_crack() -> CrackedBody:
    """An edge crack of depth CRACK along y in the half plane y > 0."""
    slit = edge_slit((0.0, 0.0), (0.0, CRACK))
    domain = domain_of(
        {"body": half_disc(2 * FAR * CRACK, 40)},
        [
            (WALL, slit.boundary),
            (SURFACE, shapely.LineString([(-2 * FAR * CRACK, 0.0), (2 * FAR * CRACK, 0.0)])),
            (OUTER, everywhere),
        ],
        SizeField(
            0.15 * FAR * CRACK,
            growth=0.2,
            at_points=((0.0, CRACK, TIP_SIZE * CRACK),),
            on_surfaces={WALL: 0.06 * CRACK},
        ),
        voids=[slit],
    )
    return CrackedBody(domain, held())


def strip(width: float, height: float, slit: shapely.Polygon, tips: tuple[tuple[float, float], ...]) -> CrackedBody:
    """A strip of given width, y from -height/2 to height/2, free all round, with a crack along y = 0."""
    left = float(slit.bounds[0]) if len(tips) == 2 else 0.0
    offset = left + CRACK + 0.5 * (-width) if len(tips) == 2 else 0.0
    domain = domain_of(
        {"strip": shapely.box(offset, -0.5 * height, offset + width, 0.5 * height)},
        [(WALL, slit.boundary), (OUTER, everywhere)],
        SizeField(
            width / 12,
            growth=0.2,
            at_points=tuple((*tip, TIP_SIZE * CRACK) for tip in tips),
            on_surfaces={WALL: 0.06 * CRACK},
        ),
        voids=[slit],
    )
    right, top = offset + width, 0.5 * height
    # Held on the line of the crack: the small force that pressure exerts on an open mouth then bends nothing.
    return CrackedBody(domain, [Pin((right, 0.0), 0), Pin((right, 0.0), 1), Pin((right, top), 0)])


@check("F1", "Centre crack under uniform face pressure")
def centre_crack() -> list[Row]:
    """K = p sqrt(pi a), J = K^2/E' (Griffith; Irwin); finite width by Tada's formula of 1973, good to 0.1 %."""
    expected = printed(PRESSURE * np.sqrt(np.pi * CRACK), 1.120998e6)
    rate = printed(expected**2 / EFFECTIVE, 14.64610)
    body = CrackedBody(infinite_body_with_line_crack(), held())
    right = body.intensity(body.constant(PRESSURE), (CRACK, 0.0), (1.0, 0.0))
    left = body.intensity(body.constant(PRESSURE), (-CRACK, 0.0), (-1.0, 0.0))

    ratio = 0.5
    factor = np.sqrt(1 / np.cos(np.pi * ratio / 2)) * (1 - 0.025 * ratio**2 + 0.06 * ratio**4)
    printed(factor, 1.1865, 5e-4)
    half_width = CRACK / ratio
    finite = strip(
        2 * half_width, 8 * half_width, embedded_slit((-CRACK, 0.0), (CRACK, 0.0)), ((-CRACK, 0.0), (CRACK, 0.0))
    )
    narrow = finite.intensity(finite.constant(PRESSURE), (CRACK, 0.0), (1.0, 0.0))
    return [
        Row("K_I, right tip", expected / 1e6, right.mode_one / 1e6, 5e-3, unit="MPa m^0.5"),
        Row("K_I, left tip", expected / 1e6, left.mode_one / 1e6, 5e-3, unit="MPa m^0.5"),
        Row("K_II", 0.0, right.mode_two / 1e6, 1e-3, "absolute", "MPa m^0.5"),
        Row("energy release rate", rate, energy_release_rate(right, SHEAR, POISSON), 1e-2, unit="J/m^2"),
        Row("K_I / (p sqrt(pi a)), a/W = 0.5", factor, narrow.mode_one / expected, 5e-3),
        Row("K_I / (p sqrt(pi a)), two domains agree", 0.0, right.domain_spread / expected, 1e-3, "absolute"),
    ]


@check("F2", "Edge crack: half plane, and single-edge-notched strip with a/W = 0.5")
def edge_crack() -> list[Row]:
    """1.121522 (Koiter 1965; see `edge_crack_factor`); strip by the formula of Tada, Paris and Irwin, good to 0.5 %."""
    scale = PRESSURE * np.sqrt(np.pi * CRACK)
    factor = printed(edge_crack_factor(lambda x: np.ones_like(x)), 1.121522)
    body = half_plane_with_edge_crack()
    half_plane = body.intensity(body.constant(PRESSURE), (0.0, CRACK), (0.0, 1.0))

    ratio = 0.5
    angle = np.pi * ratio / 2
    tada = np.sqrt(np.tan(angle) / angle) * (0.752 + 2.02 * ratio + 0.37 * (1 - np.sin(angle)) ** 3) / np.cos(angle)
    printed(tada, 2.8266, 2e-5)
    width = CRACK / ratio
    notched = strip(width, 6 * width, edge_slit((0.0, 0.0), (CRACK, 0.0)), ((CRACK, 0.0),))
    narrow = notched.intensity(notched.constant(PRESSURE), (CRACK, 0.0), (1.0, 0.0))
    return [
        Row("K_I / (p sqrt(pi c)), half plane", factor, half_plane.mode_one / scale, 5e-3),
        Row("K_II / (p sqrt(pi c)), half plane", 0.0, half_plane.mode_two / scale, 1e-3, "absolute"),
        Row("K_I / (p sqrt(pi a)), strip a/W = 0.5", tada, narrow.mode_one / scale, 5e-3),
    ]


@check("F3", "Graded pressure in an edge crack and in a centre crack")
def graded_pressure() -> list[Row]:
    """Edge crack by integral equation (see `edge_crack_factor`); centre crack by Green's function: 2/pi."""
    scale = PRESSURE * np.sqrt(np.pi * CRACK)
    body = half_plane_with_edge_crack()
    along = body.x[1] / CRACK
    rows = []
    for name, profile, shape, reference in (
        ("p1 x/c, zero at the mouth", along, lambda x: x, 0.682863),
        ("p1 (1 - x/c), zero at the tip", 1 - along, lambda x: 1 - x, 0.438659),
        ("p1 (x/c)^2", along**2, lambda x: x**2, 0.525488),
    ):
        expected = printed(edge_crack_factor(shape), reference, 2e-6)
        found = body.intensity(PRESSURE * profile, (0.0, CRACK), (0.0, 1.0))
        rows.append(Row(f"edge crack, {name}: K_I / (p1 sqrt(pi c))", expected, found.mode_one / scale, 5e-3))
    centre = CrackedBody(infinite_body_with_line_crack(), held())
    found = centre.intensity(PRESSURE * abs(centre.x[0]) / CRACK, (CRACK, 0.0), (1.0, 0.0))
    expected = printed(2 / np.pi, 0.636620)
    return [*rows, Row("centre crack, p1 |x|/a: K_I / (p1 sqrt(pi a))", expected, found.mode_one / scale, 5e-3)]


@check("F5", "Pressure on the inner part of a line crack, dry tips")
def partial_pressure() -> list[Row]:
    """K = (2/pi) asin(b/a) p sqrt(pi a), w(0) = (8p / (pi E')) [b acosh(a/b) + a asin(b/a)] (Tada, Paris, Irwin)."""
    scale = PRESSURE * np.sqrt(np.pi * CRACK)
    parts = (0.2, 0.5, 0.8)
    body = CrackedBody(infinite_body_with_line_crack(breaks=(*parts, 0.0)), held())
    rows = []
    for part, reference in zip(parts, (0.1281884, 1 / 3, 0.5903345), strict=True):
        expected = printed(2 / np.pi * np.arcsin(part), reference)
        filled = ufl.conditional(ufl.lt(abs(body.x[0]), part * CRACK), PRESSURE, 0.0)
        found = body.intensity(filled, (CRACK, 0.0), (1.0, 0.0), 0.9 * CRACK)
        rows.append(Row(f"K_I / (p sqrt(pi a)), b/a = {part}", expected, found.mode_one / scale, 1e-2))
        if part == 0.5:
            b = part * CRACK
            bracket = b * np.arccosh(1 / part) + CRACK * np.arcsin(part)
            opening = printed(8 * PRESSURE / (np.pi * EFFECTIVE) * bracket, 70.16627e-9)
            side = 0.5 * SLIT_ANGLE * CRACK
            up, down = (node_value(body.state.displacement, (0.0, sign * side))[1] for sign in (1, -1))
            rows.append(Row("opening at the centre, b/a = 0.5", opening / 1e-9, (up - down) / 1e-9, 1e-2, unit="nm"))
    return rows


@check("F6", "Inclined crack under remote tension: mixed mode")
def inclined_crack() -> list[Row]:
    """K_I = s cos^2(b) sqrt(pi a), K_II = s sin(b) cos(b) sqrt(pi a), crack normal at b = 30 degrees to the load."""
    load, tilt = 100e6, np.pi / 6
    opening = printed(load * np.cos(tilt) ** 2 * np.sqrt(np.pi * CRACK), 0.4203743e6)
    sliding = printed(load * np.sin(tilt) * np.cos(tilt) * np.sqrt(np.pi * CRACK), 0.2427033e6)
    # uniform plane-strain tension along y
    across, along = -POISSON * (1 + POISSON) / YOUNG * load, (1 - POISSON**2) / YOUNG * load
    supports: list[Support | Pin] = [
        Support((OUTER,), 0, value=lambda x: across * x[0]),
        Support((OUTER,), 1, value=lambda x: along * x[1]),
    ]
    body = CrackedBody(infinite_body_with_line_crack(angle=tilt), supports)
    direction = (float(np.cos(tilt)), float(np.sin(tilt)))
    tip = (CRACK * direction[0], CRACK * direction[1])
    found = body.intensity(body.constant(0.0), tip, direction)
    return [
        Row("K_I", opening / 1e6, found.mode_one / 1e6, 1e-2, unit="MPa m^0.5"),
        # the material above the crack slides towards the mouth side of this tip: by the usual sign K_II is positive
        Row("K_II", sliding / 1e6, found.mode_two / 1e6, 1e-2, unit="MPa m^0.5"),
        Row("two domains agree, of K_I", 0.0, found.domain_spread / opening, 1e-3, "absolute"),
    ]


def edge_crack_factor(shape: Callable[[NDArray[np.float64]], NDArray[np.float64]], terms: int = 24) -> float:
    """Return K_I / (p1 sqrt(pi c)) of an edge crack in a half plane with face pressure p1 shape(x/c), x from the mouth.

    The dislocation density b satisfies (1/pi) int_0^1 b(t) [1/(x-t) + 1/s - 6x/s^2 + 4x^2/s^3] dt = -shape(x), s = x +
    t (Erdogan, Gupta and Cook 1973). With t = 1 - v^2 and b = F(v)/v the singular part becomes -(1/u) PV int_{-1}^{1}
    F(v)/(u-v) dv for even F, which Neumann's formula gives for Legendre polynomials: PV int P_n(v)/(u-v) dv = 2 Q_n(u).
    The factor is sqrt(2) F(0).
    """
    u = 0.5 * (leggauss(4 * terms)[0] + 1.0)
    second = np.empty((2 * terms, len(u)))
    second[0], second[1] = np.arctanh(u), u * np.arctanh(u) - 1.0
    for n in range(1, 2 * terms - 1):
        second[n + 1] = ((2 * n + 1) * u * second[n] - n * second[n - 1]) / (n + 1)
    # points dense near v = 1, the mouth, where the image kernel peaks
    nodes, weights = leggauss(600)
    gap, weights = (0.5 * (1.0 - nodes)) ** 4, weights * 2.0 * (0.5 * (1.0 - nodes)) ** 3
    v = 1.0 - gap
    x, t = (1.0 - u**2)[:, None], (gap * (1.0 + v))[None]
    s = x + t
    image = 1.0 / s - 6.0 * x / s**2 + 4.0 * x**2 / s**3
    even = legvander(v, 2 * terms - 1)[:, ::2]
    matrix = -2.0 / u[:, None] * second[::2].T + 2.0 * image @ (weights[:, None] * even)
    factors = np.linalg.lstsq(matrix / np.pi, -shape(1.0 - u**2), rcond=None)[0]
    return float(np.sqrt(2.0) * legvander(np.zeros(1), 2 * terms - 1)[0, ::2] @ factors)
