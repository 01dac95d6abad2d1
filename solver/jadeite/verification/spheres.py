# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of elasticity in bodies of revolution: a spherical cavity, a sphere under pressure, a misfitting sphere."""

from __future__ import annotations

import numpy as np
import shapely
import ufl
from dolfinx import fem
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.physics.mechanics import Mechanics, Support
from jadeite.verification.measure import facet_mean, integral
from jadeite.verification.mechanics import HOLE, LINE_X, LINE_Y, MICRON, OUTER, POISSON, YOUNG, hoop_stress
from jadeite.verification.registry import Row, check, observed_order, printed
from jadeite.verification.shapes import disc, domain_of, everywhere


def half_shell(inner: float, outer: float, segments: int, *, filled: bool = False) -> Domain:
    """The half y > 0 of a shell about the axis x = 0, its circles with that many sides a quarter; or of a full ball.

    A ball that is `filled` has the regions "shell" and "core".
    """
    quarter = shapely.box(0.0, 0.0, 2 * outer, 2 * outer)
    core = disc(inner, 4 * segments).intersection(quarter)
    shell = disc(outer, 4 * segments).intersection(quarter).difference(core)
    half_side = 0.25 * np.pi / segments
    regions = {"shell": shell, "core": core} if filled else {"shell": shell}
    surfaces = [
        (LINE_X, shapely.LineString([(0, 0), (2 * outer, 0)])),
        (LINE_Y, shapely.LineString([(0, 0), (0, 2 * outer)])),
        *([] if filled else [(HOLE, lambda middle: np.hypot(*middle.T) < 1.01 * inner)]),
        (OUTER, everywhere),
    ]
    sizes = SizeField(
        2 * outer * np.sin(half_side),
        growth=0.2,
        on_surfaces={} if filled else {HOLE: 2 * inner * np.sin(half_side)},
    )
    return domain_of(regions, surfaces, sizes, axisymmetric=True)


def _body(domain: Domain, eigenstrain: float | None = None) -> Mechanics:
    """The isotropic body of the checks on its plane of symmetry; the core swells by an eigenstrain."""
    regions = len(domain.tagged.regions)
    stiffness = np.tile(isotropic_stiffness(YOUNG, POISSON), (regions, 1, 1))
    strain_free = None
    if eigenstrain is not None:
        in_core = np.array([name == "core" for name in domain.tagged.regions.name])
        strain_free = np.outer(in_core, [eigenstrain] * 3 + [0.0] * 3)
    return Mechanics(domain, stiffness, strain_free, [Support((LINE_X,), 1)])


@check("M3", "Spherical cavity under uniaxial tension")
def spherical_cavity() -> list[Row]:
    """(27 - 15 nu) / (2 (7 - 5 nu)) at the equator and -(3 + 15 nu) / (2 (7 - 5 nu)) at the pole (Goodier 1933).

    The body is a ball of ten radii under the traction of uniform tension: the cavity changes the stress at its surface
    by some thousandths.
    """
    radius, load, segments = 5 * MICRON, 100e6, 40
    domain = half_shell(radius, 10 * radius, segments)
    body = _body(domain)
    state = body.new_deformation("cavity")
    pull = load * ufl.FacetNormal(domain.mesh)[1] * ufl.as_vector([0.0, 1.0])
    body.solve(body.load(tractions=[(domain.ds([OUTER], 4), pull)]), state)
    stress = body.stress(state)
    window = 0.5 * np.pi / segments * radius
    equator = facet_mean(domain, HOLE, hoop_stress(body, state), lambda m: m[:, 1] < window)
    pole = facet_mean(domain, HOLE, stress[2, 2], lambda m: m[:, 0] < 2 * window)
    factor = (27 - 15 * POISSON) / (2 * (7 - 5 * POISSON))
    return [
        Row("axial stress at the equator / load", printed(factor, 2.026316), equator / load, 1e-2),
        Row("stress at the pole / load", -(3 + 15 * POISSON) / (2 * (7 - 5 * POISSON)), pole / load, 2e-2),
    ]


@check("M5", "Lame: thick sphere under internal pressure")
def thick_sphere() -> list[Row]:
    """Hoop stress p a^3 (2 r^3 + b^3) / (2 r^3 (b^3 - a^3)), u = p a^3 r [(1 - 2 nu) + (1 + nu) b^3 / (2 r^3)] / ...

    with E (b^3 - a^3) below (Lame 1852; Timoshenko and Goodier 1970, section 136).
    """
    a, b, p = 10 * MICRON, 30 * MICRON, 50e6
    inner = printed(p * (2 * a**3 + b**3) / (2 * (b**3 - a**3)), 27.88462e6)
    outer = printed(1.5 * p * a**3 / (b**3 - a**3), 2.884615e6)
    opening = p * a**4 / (YOUNG * (b**3 - a**3)) * ((1 - 2 * POISSON) + (1 + POISSON) * b**3 / (2 * a**3))
    printed(opening, 4.204327e-9)
    work = 0.5 * p * opening * 2 * np.pi * a**2  # of half the sphere
    found, segments = [], (16, 32, 64)
    for number in segments:
        domain = half_shell(a, b, number)
        body = _body(domain)
        state = body.new_deformation("sphere")
        body.solve(body.load(pressures=[(domain.ds([HOLE], 4), fem.Constant(domain.mesh, p))]), state)
        along, around = hoop_stress(body, state), body.stress(state)[2, 2]
        outward = -ufl.dot(state.displacement, ufl.FacetNormal(domain.mesh))
        found.append(
            (
                facet_mean(domain, HOLE, along),
                facet_mean(domain, HOLE, around),
                facet_mean(domain, OUTER, around),
                facet_mean(domain, HOLE, outward),
                body.strain_energy(state),
            )
        )
    sizes = [1.0 / number for number in segments]

    def row(quantity: str, expected: float, column: int, unit: str, scale: float) -> Row:
        values = [entry[column] for entry in found]
        order = observed_order(sizes, [abs(value - expected) for value in values])
        return Row(quantity, expected / scale, values[-1] / scale, 2e-3, unit=unit, observed_order=order)

    # circles are polygons here: second order is what the geometry allows
    return [
        row("hoop stress in the section, inner radius", inner, 0, "MPa", 1e6),
        row("hoop stress around the axis, inner radius", inner, 1, "MPa", 1e6),
        row("hoop stress around the axis, outer radius", outer, 2, "MPa", 1e6),
        row("radial displacement at the inner radius", opening, 3, "nm", 1e-9),
        row("elastic energy of half the sphere", work, 4, "pJ", 1e-12),
    ]


@check("M6", "Eshelby: sphere that swells in a matrix of the same stiffness")
def swelling_sphere() -> list[Row]:
    """Pressure 2 E e / (3 (1 - nu)) inside, half as much tension around it (Eshelby, Proc. R. Soc. A 241, 1957, 376).

    In a free ball of eight radii the stress inside is smaller by (a / b)^3, which is part of the expected value.
    """
    a, b, strain = 5 * MICRON, 40 * MICRON, 0.01
    unbounded = printed(-2 * YOUNG * strain / (3 * (1 - POISSON)), -720.7207e6)
    share = (a / b) ** 3
    domain = half_shell(a, b, 40, filled=True)
    body = _body(domain, strain)
    state = body.new_deformation("swelling")
    body.solve(body.load(eigenstrain=True), state)
    core = domain.cell_field(np.array([float(name == "core") for name in domain.tagged.regions.name]), "core")
    volume = integral(domain, core, domain.dx(2))

    def inside(stress: Expr) -> float:
        return integral(domain, core * stress, domain.dx(2)) / volume

    stress = body.stress(state)

    return [
        Row(f"{name} stress inside", unbounded * (1 - share) / 1e6, inside(stress[k, k]) / 1e6, 5e-3, unit="MPa")
        for k, name in enumerate(("radial", "axial", "hoop"))
    ]
