# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of elasticity: stress concentration, a pressurised cylinder, a rotated crystal."""

from __future__ import annotations

import numpy as np
import shapely
import ufl
from dolfinx import fem

from jadeite.fem.domain import Domain
from jadeite.materials.laws import hill_average, isotropic_stiffness, reuss_average, rotate_stiffness, voigt_average
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Deformation, Kinematics, Mechanics, Pin, Support
from jadeite.verification.measure import facet_mean
from jadeite.verification.registry import Row, check, observed_order, printed
from jadeite.verification.shapes import disc, domain_of, ellipse, everywhere

YOUNG, POISSON = 80e9, 0.26
MICRON = 1e-6

HOLE, OUTER, LINE_X, LINE_Y = (
    SurfaceKind.PORE_WALL,
    SurfaceKind.SIDE_WALL,
    SurfaceKind.PLATING_ELECTRODE,
    SurfaceKind.STRIPPING_ELECTRODE,
)


def quarter_ring(inner: float, outer: float, segments: int) -> Domain:
    """The quarter x, y > 0 of a ring; its circles are polygons with that many sides a quarter."""
    quarter = shapely.box(0.0, 0.0, 2 * outer, 2 * outer)
    ring = disc(outer, 4 * segments).difference(disc(inner, 4 * segments)).intersection(quarter)
    half_side = 0.5 * np.pi / 2 / segments
    size = 2 * inner * np.sin(half_side)
    return domain_of(
        {"ring": ring},
        [
            (LINE_X, shapely.LineString([(0, 0), (2 * outer, 0)])),
            (LINE_Y, shapely.LineString([(0, 0), (0, 2 * outer)])),
            (HOLE, lambda middle: np.hypot(*middle.T) < 1.01 * inner),
            (OUTER, everywhere),
        ],
        SizeField(2 * outer * np.sin(half_side), growth=0.2, on_surfaces={HOLE: size}),
    )


def symmetric_body(domain: Domain) -> Mechanics:
    """The isotropic body of the checks, with symmetry about both axes."""
    stiffness = isotropic_stiffness(YOUNG, POISSON)[None]
    return Mechanics(domain, stiffness, None, [Support((LINE_X,), 1), Support((LINE_Y,), 0)])


def hoop_stress(body: Mechanics, state: Deformation) -> ufl.core.expr.Expr:
    """Normal stress along the boundary."""
    normal = ufl.FacetNormal(body.domain.mesh)
    tangent = ufl.as_vector([-normal[1], normal[0], 0.0])
    return ufl.dot(tangent, ufl.dot(body.stress(state), tangent))


@check("M1", "Kirsch: circular hole under uniaxial tension")
def kirsch() -> list[Row]:
    """3 at the equator and -1 at the pole (Kirsch 1898); exact tractions on a circle of five radii."""
    radius, load, segments = 5 * MICRON, 100e6, 48
    domain = quarter_ring(radius, 5 * radius, segments)
    body = symmetric_body(domain)
    x = ufl.SpatialCoordinate(domain.mesh)
    distance = ufl.sqrt(ufl.dot(x, x))
    c, s = x[0] / distance, x[1] / distance
    cos2, sin2, q = c * c - s * s, 2 * s * c, (radius / distance) ** 2
    # polar stresses for tension along x
    radial = load / 2 * ((1 - q) + (1 - 4 * q + 3 * q * q) * cos2)
    hoop = load / 2 * ((1 + q) - (1 + 3 * q * q) * cos2)
    shear = -load / 2 * (1 + 2 * q - 3 * q * q) * sin2
    turn = ufl.as_matrix([[c, -s], [s, c]])
    exact = ufl.dot(turn, ufl.dot(ufl.as_matrix([[radial, shear], [shear, hoop]]), ufl.transpose(turn)))
    state = body.new_deformation("hole")
    ds = domain.ds([OUTER], 6)
    body.solve(body.load(tractions=[(ds, ufl.dot(exact, ufl.FacetNormal(domain.mesh)))]), state)
    along = hoop_stress(body, state)
    window = np.pi / 2 / segments * radius  # one facet: its mean differs from the extreme by 0.1 %
    equator = facet_mean(domain, HOLE, along, lambda middle: middle[:, 0] < window)
    pole = facet_mean(domain, HOLE, along, lambda middle: middle[:, 1] < window)
    return [
        Row("hoop stress at the equator / load", 3.0, equator / load, 5e-3),
        Row("hoop stress at the pole / load", -1.0, pole / load, 5e-3),
    ]


@check("M2", "Inglis: elliptical hole, ten times as long as it is wide")
def inglis() -> list[Row]:
    """1 + 2 a/b at the ends of the long axis under tension across it (Inglis 1913).

    Uniform tractions on a circle of thirty half lengths differ from an unbounded plate by a thousandth. The stress is
    the mean over the last of the short sides that the ellipse is made of.
    """
    long, short, load, segments = 10 * MICRON, 1 * MICRON, 100e6, 300
    edge = 30 * long
    quarter = shapely.box(0.0, 0.0, 2 * edge, 2 * edge)
    plate = disc(edge, 160).difference(ellipse(long, short, 4 * segments)).intersection(quarter)
    domain = domain_of(
        {"plate": plate},
        [
            (LINE_X, shapely.LineString([(0, 0), (2 * edge, 0)])),
            (LINE_Y, shapely.LineString([(0, 0), (0, 2 * edge)])),
            (HOLE, lambda middle: np.hypot(*middle.T) < 1.01 * long),
            (OUTER, everywhere),
        ],
        SizeField(0.1 * edge, growth=0.3, at_points=((long, 0.0, 0.5 * np.pi / segments * short),)),
    )
    body = symmetric_body(domain)
    state = body.new_deformation("ellipse")
    pull = load * ufl.FacetNormal(domain.mesh)[1] * ufl.as_vector([0.0, 1.0])
    body.solve(body.load(tractions=[(domain.ds([OUTER], 4), pull)]), state)
    window = 0.5 * np.pi / segments * short
    end = facet_mean(domain, HOLE, hoop_stress(body, state), lambda middle: middle[:, 1] < window)
    side = facet_mean(domain, HOLE, hoop_stress(body, state), lambda middle: middle[:, 0] < window * long / short)
    return [
        Row("stress at the end of the long axis / load", printed(1 + 2 * long / short, 21.0), end / load, 1e-2),
        Row("stress at the end of the short axis / load", -1.0, side / load, 1e-2),
    ]


@check("M4", "Lame: thick cylinder under internal pressure, plane strain")
def lame() -> list[Row]:
    """Hoop stress p a^2 (1 + b^2/r^2) / (b^2 - a^2), u(a) = (1 + nu) p a [(1 - 2 nu) a^2 + b^2] / [E (b^2 - a^2)]."""
    a, b, p = 10 * MICRON, 30 * MICRON, 50e6
    inner = printed(p * (a * a + b * b) / (b * b - a * a), 62.5e6)
    outer = printed(2 * p * a * a / (b * b - a * a), 12.5e6)
    opening = (1 + POISSON) * p * a * ((1 - 2 * POISSON) * a * a + b * b) / (YOUNG * (b * b - a * a))
    printed(opening, 9.331875e-9)
    found, segments = [], (16, 32, 64)
    for number in segments:
        domain = quarter_ring(a, b, number)
        body = symmetric_body(domain)
        state = body.new_deformation("cylinder")
        body.solve(body.load(pressures=[(domain.ds([HOLE], 4), fem.Constant(domain.mesh, p))]), state)
        along = hoop_stress(body, state)
        outward = -ufl.dot(state.displacement, ufl.FacetNormal(domain.mesh))
        found.append(
            (facet_mean(domain, HOLE, along), facet_mean(domain, OUTER, along), facet_mean(domain, HOLE, outward))
        )
    sizes = [1.0 / number for number in segments]

    def row(quantity: str, expected: float, column: int, unit: str, scale: float) -> Row:
        values = [entry[column] for entry in found]
        order = observed_order(sizes, [abs(value - expected) for value in values])
        return Row(quantity, expected / scale, values[-1] / scale, 1e-3, unit=unit, observed_order=order)

    # circles are polygons here: second order is what the geometry allows
    return [
        row("hoop stress at the inner radius", inner, 0, "MPa", 1e6),
        row("hoop stress at the outer radius", outer, 1, "MPa", 1e6),
        row("radial displacement at the inner radius", opening, 2, "nm", 1e-9),
    ]


@check("M12", "Rotated cubic crystal: Young's modulus along <100>, <110>, <111>")
def rotated_crystal() -> list[Row]:
    """1/E = S11 - 2 (S11 - S12 - S44/2) (n1^2 n2^2 + n2^2 n3^2 + n3^2 n1^2) (Nye 1957), by pulling a single crystal."""
    c11, c12, c44 = 7.59e9, 6.33e9, 4.30e9
    crystal = np.zeros((6, 6))
    crystal[:3, :3] = c12
    crystal[range(3), range(3)] = c11
    crystal[range(3, 6), range(3, 6)] = c44
    determinant = (c11 - c12) * (c11 + 2 * c12)
    s11, s12, s44 = (c11 + c12) / determinant, -c12 / determinant, 1 / c44
    rows = []
    side = 10 * MICRON
    for name, axis, other, reference, antiplane in (
        ("<100>", (1, 0, 0), (0, 1, 0), 1.832974e9, False),
        ("<110>", (1, 1, 0), (-1, 1, 0), 4.833823e9, False),
        ("<111>", (1, 1, 1), (1, -1, 0), 10.640530e9, True),
    ):
        n = np.array(axis) / np.linalg.norm(axis)
        m = np.array(other) / np.linalg.norm(other)
        products = n[0] ** 2 * n[1] ** 2 + n[1] ** 2 * n[2] ** 2 + n[2] ** 2 * n[0] ** 2
        expected = printed(1 / (s11 - 2 * (s11 - s12 - s44 / 2) * products), reference)
        # rows: laboratory axes in the crystal frame, so this matrix takes crystal to laboratory
        rotation = np.array([n, m, np.cross(n, m)])
        domain = domain_of(
            {"crystal": shapely.box(0, 0, side, side)},
            [
                (LINE_Y, shapely.LineString([(0, 0), (0, side)])),
                (OUTER, shapely.LineString([(side, 0), (side, side)])),
                (HOLE, everywhere),
            ],
            SizeField(side / 3),
        )
        supports: list[Support | Pin] = [Pin((0, 0), 0), Pin((0, 0), 1), Pin((0, side), 0)]
        body = Mechanics(
            domain,
            rotate_stiffness(crystal, rotation)[None],
            None,
            [*supports, Pin((0, 0), 2)] if antiplane else supports,
            Kinematics.GENERALISED_PLANE_STRAIN,
        )
        state = body.new_deformation("crystal")
        pull = np.zeros(body.components)
        pull[0] = 1e6
        tractions = [
            (domain.ds([kind], 2), fem.Constant(domain.mesh, sign * pull))
            for kind, sign in ((OUTER, 1.0), (LINE_Y, -1.0))
        ]
        body.solve(body.load(tractions=tractions), state)
        strain = facet_mean(domain, OUTER, body.strain(state)[0, 0])
        rows.append(Row(f"Young's modulus along {name}", expected / 1e9, 1e6 / strain / 1e9, 1e-6, unit="GPa"))

    shear_voigt = (c11 - c12 + 3 * c44) / 5
    shear_reuss = printed(5 / (4 * (s11 - s12) + 3 * s44), 1.291230e9)
    bulk, shear = (c11 + 2 * c12) / 3, (shear_voigt + shear_reuss) / 2
    young = printed(9 * bulk * shear / (3 * bulk + shear), 5.613359e9)
    ratio = printed(young / (2 * shear) - 1, 0.361399)
    got_young, got_ratio = hill_average(crystal)
    return [
        *rows,
        Row(
            "Voigt shear modulus",
            printed(shear_voigt, 2.832e9) / 1e9,
            voigt_average(crystal)[1] / 1e9,
            1e-6,
            unit="GPa",
        ),
        Row("Reuss shear modulus", shear_reuss / 1e9, reuss_average(crystal)[1] / 1e9, 1e-6, unit="GPa"),
        Row("Hill Young's modulus", young / 1e9, got_young / 1e9, 1e-6, unit="GPa"),
        Row("Hill Poisson's ratio", ratio, got_ratio, 1e-6),
    ]
