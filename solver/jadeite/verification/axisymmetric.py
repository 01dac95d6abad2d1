# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of current focusing in bodies of revolution: spheres, slender protrusions, a circular void.

Each body stands in a half ball above the electrode y = 0. The exact potential of the unbounded problem gives the
current density that enters through the half sphere around it, so that nothing is cut off.
"""

from __future__ import annotations

import numpy as np
import shapely
import ufl
from dolfinx import fem
from scipy.integrate import quad
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.physics.contact import Contact
from jadeite.verification.measure import facet_mean, integral
from jadeite.verification.registry import Row, check, observed_order, printed
from jadeite.verification.shapes import disc, domain_of, ellipse, everywhere
from jadeite.verification.slab import IDEAL_PLATING, PLATING, SIDE, current_into_electrode, isotropic

MICRON = 1e-6
CONDUCTIVITY = 0.1
HOLE, UNWETTED = SurfaceKind.PORE_WALL, SurfaceKind.UNWETTED_PATCH
PROTRUSION = SurfaceKind.FLAW_WALL
ARC = SurfaceKind.STRIPPING_ELECTRODE  # no electrode here: the half sphere where the exact current density enters

#: Plating electrode and protrusion, both of the same ideal potential.
CONDUCTING = (Contact((PLATING, PROTRUSION), None),)


def half_ball(body: shapely.Polygon, wall: SurfaceKind, radius: float, sizes: SizeField) -> Domain:
    """Return the half ball y > 0 of a radius (m) around the axis x = 0 without a body, whose section is given."""
    return domain_of(
        {"ceramic": quarter_disc(radius).difference(body)},
        [
            (PLATING, shapely.LineString([(0.0, 0.0), (2 * radius, 0.0)])),
            (SIDE, shapely.LineString([(0.0, 0.0), (0.0, 2 * radius)])),
            (wall, lambda middle: np.hypot(*middle.T) < 0.5 * radius),
            (ARC, everywhere),
        ],
        sizes,
        axisymmetric=True,
    )


def quarter_disc(radius: float) -> shapely.Polygon:
    """The quarter x, y > 0 of a disc."""
    return disc(radius, 256).intersection(shapely.box(0.0, 0.0, 2 * radius, 2 * radius))


def immersed(domain: Domain, exact: Expr, plating: tuple[Contact, ...] = IDEAL_PLATING) -> Conduction:
    """Solve for the current density that an exact potential (V, UFL) drives through the half sphere. Collective."""
    inward = CONDUCTIVITY * ufl.dot(ufl.grad(exact), ufl.FacetNormal(domain.mesh))
    inflow = [(domain.ds([ARC], 8), inward)]
    problem = Conduction(domain, isotropic(CONDUCTIVITY), None, plating, (), inflow=inflow)
    problem.solve(Voltage(1.0))
    return problem


@check("T17", "Sphere in a uniform field: insulating and perfectly conducting")
def sphere() -> list[Row]:
    """y (1 + a^3 / 2 R^3) past a void, 3/2 at its equator; y (1 - a^3 / R^3) past a conductor, 3 cos at its surface."""
    radius = 5 * MICRON
    void, conductor, segments = [], [], (24, 48, 96)
    for number in segments:
        side = 0.5 * np.pi * radius / number
        sizes = SizeField(5 * radius / 12 * segments[0] / number, growth=0.2, on_surfaces={HOLE: side})
        domain = half_ball(disc(radius, 4 * number), HOLE, 5 * radius, sizes)
        x = ufl.SpatialCoordinate(domain.mesh)
        distance = ufl.sqrt(ufl.dot(x, x))
        problem = immersed(domain, x[1] * (1 + 0.5 * (radius / distance) ** 3))
        along = -problem.current_density()[1]
        void.append(facet_mean(domain, HOLE, along, lambda m, s=side: m[:, 1] < s) / CONDUCTIVITY)  # type: ignore[misc]

        sizes = SizeField(5 * radius / 12 * segments[0] / number, growth=0.2, on_surfaces={PROTRUSION: side})
        domain = half_ball(disc(radius, 4 * number), PROTRUSION, 5 * radius, sizes)
        x = ufl.SpatialCoordinate(domain.mesh)
        distance = ufl.sqrt(ufl.dot(x, x))
        problem = immersed(domain, x[1] * (1 - (radius / distance) ** 3), CONDUCTING)
        conductor.append(_at_pole(problem, 0.3 * radius) / CONDUCTIVITY)
    sizes_of = [1.0 / number for number in segments]

    def row(quantity: str, expected: float, values: list[float]) -> Row:
        order = observed_order(sizes_of, [abs(value - expected) for value in values])
        return Row(quantity, expected, values[-1], 1e-2, observed_order=order)

    return [
        row("void: largest current density / j0", 1.5, void),
        row("conductor: current density at the pole / j0", 3.0, conductor),
    ]


def _at_pole(problem: Conduction, window: float) -> float:
    """Current density at the pole of a conducting ellipsoid: all over its surface it goes with the axial normal."""
    domain = problem.domain
    # facets are chords, whose own normal is the one between their ends
    into, upward = current_into_electrode(problem), -ufl.FacetNormal(domain.mesh)[1]
    near = lambda middle: middle[:, 0] < window  # noqa: E731
    return facet_mean(domain, PROTRUSION, into, near) / facet_mean(domain, PROTRUSION, upward, near)


@check("T19", "Conducting hemispheroid on the electrode")
def hemispheroid() -> list[Row]:
    """Tip j / j0 = 1 / N and current j0 pi b^2 / N, N = ((1 - e^2) / e^3) (artanh e - e): prolate half spheroid.

    The potential is y (1 - q(zeta) / q(zeta_0)), q = artanh(1 / zeta) - 1 / zeta, in spheroidal coordinates: zeta is
    the sum of distances from the foci over the distance of the foci (Landau and Lifshitz 1984, section 4).
    """
    half_length, rows = 20 * MICRON, []
    for ratio, reference in ((2, 5.76156), (5, 17.91441), (10, 49.29537), (20, 148.1689)):
        radius = half_length / ratio
        e = np.sqrt(1 - 1 / ratio**2)
        factor = printed(1 / ((1 - e**2) / e**3 * (np.arctanh(e) - e)), reference, 2e-6)
        # steps of the eccentric angle: a tip of radius b^2 / a is divided as finely as a circle of a / b times as many
        segments = 40 + 12 * ratio
        tip = radius * 0.5 * np.pi / segments
        far = 3 * half_length
        sizes = SizeField(far / 12, growth=0.15, at_points=((0.0, half_length, tip),))
        domain = half_ball(ellipse(radius, half_length, 4 * segments), PROTRUSION, far, sizes)
        x = ufl.SpatialCoordinate(domain.mesh)
        focus = e * half_length
        zeta = sum(ufl.sqrt(x[0] ** 2 + (x[1] + sign * focus) ** 2) for sign in (-1, 1)) / (2 * focus)
        decay = 0.5 * ufl.ln((zeta + 1) / (zeta - 1)) - 1 / zeta
        problem = immersed(domain, x[1] * (1 - decay / (np.arctanh(e) - e)), CONDUCTING)
        got = _at_pole(problem, 0.3 * radius**2 / half_length) / CONDUCTIVITY
        collected = integral(domain, current_into_electrode(problem), domain.ds([PROTRUSION], 4))
        expected = CONDUCTIVITY * np.pi * radius**2 * factor
        rows += [
            Row(f"a/b = {ratio}: tip current density / j0", factor, got, 2e-2),
            Row(f"a/b = {ratio}: collected current", expected * 1e12, collected * 1e12, 2e-2, unit="pA at 1 V/m"),
        ]
    return rows


@check("T24", "Circular void at an ideal electrode")
def circular_void() -> list[Row]:
    """j / j0 = 1 + (2 / pi) [1 / sqrt(x^2 - 1) - asin(1 / x)], x = r / a; extra resistance 4 a^3 / (3 A s).

    The potential is y [1 + (2 / pi) (1 / zeta - arccot zeta)] with the oblate coordinate zeta of the disc. What it
    leaves on the void, (2 / pi) sqrt(a^2 - r^2), times the current density that no longer enters there is the extra
    resistance of a wide cell. The excess current outside adds up to what the void keeps out, pi a^2 j0.
    """
    a, far = 5 * MICRON, 50 * MICRON

    def density(x: float) -> float:
        return float(1 + 2 / np.pi * (1 / np.sqrt(x * x - 1) - np.arcsin(1 / x)))

    places = ((1.01, 4.580029), (1.05, 2.185720), (1.1, 1.662774), (1.5, 1.104851), (2.0, 1.034219))
    windows = [(x - 0.05 * (x - 1), x + 0.05 * (x - 1)) for x, _ in places]
    kept = [(a * x, 0.0) for window in windows for x in window]
    domain = domain_of(
        {"ceramic": quarter_disc(far)},
        [
            (UNWETTED, shapely.LineString([(0.0, 0.0), (a, 0.0)])),
            (PLATING, shapely.LineString([(a, 0.0), (2 * far, 0.0)])),
            (SIDE, shapely.LineString([(0.0, 0.0), (0.0, 2 * far)])),
            (ARC, everywhere),
        ],
        SizeField(far / 12, growth=0.15, at_points=((a, 0.0, 2e-5 * a),)),
        points_to_keep=[(a, 0.0), (3 * a, 0.0), *kept],
        axisymmetric=True,
    )
    x = ufl.SpatialCoordinate(domain.mesh)
    outside = ufl.dot(x, x) / a**2 - 1
    zeta = ufl.sqrt(0.5 * (outside + ufl.sqrt(outside**2 + 4 * (x[1] / a) ** 2)))
    problem = immersed(domain, x[1] * (1 + 2 / np.pi * (1 / zeta - ufl.atan(1 / zeta))))
    into = current_into_electrode(problem) / CONDUCTIVITY
    rows = []
    for (place, reference), (low, high) in zip(places, windows, strict=True):
        expected = printed(density(place), reference)
        got = facet_mean(domain, PLATING, into, lambda m, w=(a * low, a * high): (m[:, 0] > w[0]) & (m[:, 0] < w[1]))  # type: ignore[misc]
        mean = quad(lambda t: t * density(t), low, high)[0] / quad(lambda t: t, low, high)[0]
        tolerance = 1e-2 if place >= 1.05 else 3e-2
        rows.append(Row(f"current density / j0 at r / a = {place:g}", expected, got * expected / mean, tolerance))

    area = (50 * MICRON) ** 2
    extra = printed(4 * a**3 / (3 * area * CONDUCTIVITY), 6.66667e-7, 1e-6)
    lost = integral(domain, problem.unknown, domain.ds([UNWETTED], 4)) / (area * CONDUCTIVITY)
    reach = 3.0
    beyond = 4 * a**2 * (0.5 * (np.sqrt(reach**2 - 1) - reach**2 * np.arcsin(1 / reach)) + 0.25 * np.pi)
    inner = ufl.conditional(ufl.lt(x[0], reach * a), 1.0, 0.0)
    excess = integral(domain, inner * (into - fem.Constant(domain.mesh, 1.0)), domain.ds([PLATING], 6))
    return [
        *rows,
        Row("extra resistance of (50 um)^2", extra * 1e7, lost * 1e7, 5e-3, unit="1e-7 ohm m^2"),
        Row("excess current outside the void, up to r / a = 3", beyond * 1e12, excess * 1e12, 1e-2, unit="j0 um^2"),
    ]
