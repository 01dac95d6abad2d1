# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of stress intensity factors in bodies of revolution: a penny-shaped crack and a crack around a bar."""

from __future__ import annotations

import numpy as np
import shapely
import ufl
from dolfinx import fem

from jadeite.failure.intensity import InteractionIntegral
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Mechanics, Pin, Support
from jadeite.verification.measure import integral, node_value
from jadeite.verification.mechanics import LINE_Y, MICRON, OUTER, POISSON, YOUNG
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import SLIT_ANGLE, domain_of, edge_slit, everywhere

WALL = SurfaceKind.FLAW_WALL
TOP, BOTTOM = SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.PLATING_ELECTRODE
SHEAR = YOUNG / (2 * (1 + POISSON))


@check("A1", "Penny-shaped crack under uniform and partial pressure, as a body of revolution")
def penny() -> list[Row]:
    """K = 2 p sqrt(a / pi), opening 8 p a / (pi E'), volume 16 p a^3 / (3 E') (Sneddon 1946); with b < a under pressure
    the factor 1 - sqrt(1 - b^2 / a^2).

    The body is a cylinder of 15 radii, which opens the crack more by some ten-thousandths.
    """
    a, p, far = 10 * MICRON, 200e6, 150 * MICRON
    modulus = YOUNG / (1 - POISSON**2)
    inner = 0.5 * a
    slit = edge_slit((0.0, 0.0), (a, 0.0))
    domain = domain_of(
        {"body": shapely.box(0.0, -far, far, far)},
        [
            (WALL, lambda m: (np.abs(m[:, 1]) < SLIT_ANGLE * a) & (m[:, 0] < a)),
            (LINE_Y, shapely.LineString([(0.0, -far), (0.0, far)])),
            (OUTER, everywhere),
        ],
        SizeField(far / 8, growth=0.2, at_points=((a, 0.0, 0.005 * a),), on_surfaces={WALL: 0.06 * a}),
        voids=[slit],
        axisymmetric=True,
    )
    body = Mechanics(domain, isotropic_stiffness(YOUNG, POISSON)[None], None, [Pin((far, 0.0), 1)])
    x = ufl.SpatialCoordinate(domain.mesh)
    on_walls = domain.ds([WALL], 8)
    rows = []
    whole = printed(2 * p * np.sqrt(a / np.pi), 0.7136496e6)
    for label, pressure, factor in (
        ("pressure everywhere", fem.Constant(domain.mesh, p), 1.0),
        ("pressure on half the radius", p * ufl.conditional(ufl.lt(x[0], inner), 1.0, 0.0), 1 - np.sqrt(0.75)),
    ):
        state = body.new_deformation(label)
        body.solve(body.load(pressures=[(on_walls, pressure)]), state)
        intensity = InteractionIntegral(
            state.displacement, body.strain(state), body.stress(state), [(on_walls, pressure)], axisymmetric=True
        )
        for share in (0.4, 0.8) if factor == 1.0 else (0.4,):
            found = intensity.evaluate((a, 0.0), (1.0, 0.0), share * a, SHEAR, POISSON)
            quantity = f"{label}: K_I, radius of integration {share} a"
            rows.append(Row(quantity, whole * factor / 1e6, found.mode_one / 1e6, 1e-2, unit="MPa m^0.5"))
        if factor == 1.0:
            opened = integral(domain, -ufl.dot(state.displacement, ufl.FacetNormal(domain.mesh)), on_walls)
            upper, lower = (node_value(state.displacement, (0.0, s * 0.5 * SLIT_ANGLE * a))[1] for s in (1, -1))
            opening, volume = 8 * p * a / (np.pi * modulus), 16 * p * a**3 / (3 * modulus)
            printed(opening, 59.35843e-9)
            printed(volume, 1.243200e-17)
            rows += [
                Row("opening in the middle", opening * 1e9, (upper - lower) * 1e9, 1e-2, unit="nm"),
                Row("volume of the opened crack", volume * 1e18, opened * 1e18, 1e-2, unit="um^3"),
            ]
    return rows


@check("A2", "Crack outside a disc under tension, as a body of revolution")
def external_crack() -> list[Row]:
    """K = P / (2 sqrt(pi) c^1.5) for two half spaces that hold together on a disc of radius c and bear the force P.

    In a bar of radius b the factor differs from this by the third power of c / b only (Benthem and Koiter 1973).
    """
    b, pull = 100 * MICRON, 1e6
    force = pull * np.pi * b**2
    rows = []
    for ratio in (0.05, 0.1):
        c, length = ratio * b, 2 * b
        slit = edge_slit((b, 0.0), (c, 0.0))
        domain = domain_of(
            {"bar": shapely.box(0.0, -length, b, length)},
            [
                (TOP, shapely.LineString([(0.0, length), (b, length)])),
                (BOTTOM, shapely.LineString([(0.0, -length), (b, -length)])),
                (WALL, slit.boundary),
                (OUTER, everywhere),
            ],
            SizeField(b / 5, growth=0.2, at_points=((c, 0.0, 0.005 * c),)),
            voids=[slit],
            axisymmetric=True,
        )
        body = Mechanics(domain, isotropic_stiffness(YOUNG, POISSON)[None], None, [Support((BOTTOM,), 1)])
        state = body.new_deformation("bar")
        traction = fem.Constant(domain.mesh, np.array([0.0, pull]))
        body.solve(body.load(tractions=[(domain.ds([TOP], 2), traction)]), state)
        strain, stress = body.strain(state), body.stress(state)
        intensity = InteractionIntegral(state.displacement, strain, stress, [], axisymmetric=True)
        found = intensity.evaluate((c, 0.0), (-1.0, 0.0), 0.8 * c, SHEAR, POISSON)
        expected = force / (2 * np.sqrt(np.pi) * c**1.5)
        rows.append(Row(f"c / b = {ratio}: K_I", expected / 1e6, found.mode_one / 1e6, 1e-2, unit="MPa m^0.5"))
    return rows
