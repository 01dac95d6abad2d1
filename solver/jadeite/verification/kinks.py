# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of cracks between two solids and of small kinks."""

from __future__ import annotations

import numpy as np
import shapely
from dolfinx import fem
from numpy.typing import NDArray

from jadeite.failure.crack_front import PlaneTip
from jadeite.failure.crack_samples import ElasticState
from jadeite.failure.dundurs import IsotropicSolid, dundurs
from jadeite.failure.interface_field import interface_tip
from jadeite.failure.kink import first_order_kink_matrix, kink_matrix
from jadeite.failure.tip_field import uniform_tip
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.physics.mechanics import Mechanics
from jadeite.verification.fracture import CRACK, EFFECTIVE, FAR, OUTER, POISSON, TIP_SIZE, WALL, YOUNG, held
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import SLIT_ANGLE, disc, domain_of, embedded_slit, everywhere
from jadeite.verification.tips import integrals_at

Array = NDArray[np.float64]

KINK = 0.004  # length of a kink over half the crack
PRESSURE = 100e6  # Pa


@check("F7", "Crack between two solids under face pressure")
def interface_crack() -> list[Row]:
    """G = (1 - beta^2)(1 + 4 eps^2) p^2 pi a / E*, K l^(i eps) = p sqrt(pi a) (1 + 2 i eps) (l / 2a)^(i eps).

    England 1965, Rice 1988. The oscillation comes from the Stroh formalism of two general solids, its expected value
    from Dundurs' parameters.
    """
    pressure, nzsp = 50e6, (80e9, 0.26)
    rows = []
    for label, other, numbers in (
        ("NZSP over Na", (4.6e9, 0.315), (0.887649, 0.236683, 0.0767944, 9.639685e9, 7.872566)),
        ("NZSP over beta''", (200e9, 0.25), (-0.426342, -0.135689, None, None, 0.634712)),
        ("NZSP over NZSP", nzsp, (0.0, 0.0, 0.0, 85.80009e9, 0.915382)),
    ):
        alpha, beta, oscillation, modulus, rate = _interface_formulas(nzsp, other, pressure)
        for value, number in zip((alpha, beta, abs(oscillation), modulus, rate), numbers, strict=True):
            if number:
                printed(value, number, 2e-5)
        found = dundurs(IsotropicSolid(*nzsp), IsotropicSolid(*other))
        stiffness = np.array([isotropic_stiffness(*nzsp), isotropic_stiffness(*other)])
        domain = two_half_discs()
        first = domain.tagged.regions.name.index("above")
        of_region = stiffness if first == 0 else stiffness[::-1]
        body = Mechanics(domain, of_region, None, held())
        state = body.new_deformation(label)
        walls, load = domain.ds([WALL], 8), fem.Constant(domain.mesh, pressure)
        body.solve(body.load(pressures=[(walls, load)]), state)
        field = interface_tip(stiffness[0], stiffness[1], 2, CRACK)
        tip = PlaneTip(np.array([CRACK, 0.0]), np.array([1.0, 0.0]))
        elastic = ElasticState(state.displacement, body.strain(state), body.stress(state), [(walls, load)])
        energy, modes, of_modes = integrals_at(domain, elastic, tip, 0.8 * CRACK, field, of_region)
        expected = pressure * np.sqrt(np.pi * CRACK) * (1 + 2j * oscillation) * 0.5 ** (1j * oscillation)
        factor = complex(modes[0], modes[1])
        rows += [
            Row(f"{label}: alpha", alpha, found.alpha, 1e-9, "absolute"),
            Row(f"{label}: oscillation", oscillation, field.oscillation, 1e-7, "absolute"),
            Row(f"{label}: G of the modes", rate, of_modes, 1e-2, unit="J/m^2"),
            Row(f"{label}: G by the J integral", rate, energy, 1e-2, unit="J/m^2"),
            Row(f"{label}: |K|", abs(expected) / 1e6, abs(factor) / 1e6, 1e-2, unit="MPa m^0.5"),
            Row(f"{label}: phase angle at a", np.angle(expected), np.angle(factor), 1e-2, "absolute", "rad"),
        ]
    return rows


@check("F8", "A small kink at the end of a crack", slow=True)
def kinked_crack() -> list[Row]:
    """F11^2 + F21^2 (Amestoy and Leblond 1992), to first order cos^4(t/2) (Cotterell and Rice 1980), against a mesh.

    The crack and its kinks, a 250th as long, bear the same pressure: the stress along the crack then vanishes at
    its tip, and with it the leading influence of the length of the kink.
    """
    for degrees, ratio in ((30, 0.870513), (45, 0.728553), (60, 0.5625), (90, 0.25)):
        first_order = first_order_kink_matrix(np.radians(degrees))
        printed(float(first_order[0, 0] ** 2 + first_order[1, 0] ** 2), ratio, 3e-6)
    scale = PRESSURE * np.sqrt(np.pi * CRACK)
    rows = []
    for pair in ((30, 60), (45, 90)):
        domain, tips = _kinked(np.radians(pair))
        stiffness = isotropic_stiffness(YOUNG, POISSON)
        body = Mechanics(domain, stiffness[None], None, held())
        state = body.new_deformation("kinks")
        walls, load = domain.ds([WALL], 8), fem.Constant(domain.mesh, PRESSURE)
        body.solve(body.load(pressures=[(walls, load)]), state)
        elastic = ElasticState(state.displacement, body.strain(state), body.stress(state), [(walls, load)])
        for degrees, tip in zip(pair, tips, strict=True):
            expected = kink_matrix(np.radians(degrees))[:2, 0]
            energy, modes, _ = integrals_at(
                domain, elastic, tip, 0.7 * KINK * CRACK, uniform_tip(stiffness, 2), stiffness[None]
            )
            exact = float(expected @ expected)
            cosine = float(np.cos(0.5 * np.radians(degrees)) ** 4)
            rows += [
                Row(f"{degrees} degrees: k_I / K_I", float(expected[0]), modes[0] / scale, 1e-2),
                Row(f"{degrees} degrees: k_II / K_I", float(expected[1]), modes[1] / scale, 2e-2),
                Row(f"{degrees} degrees: G / G_0", exact, energy * EFFECTIVE / scale**2, 3e-2),
                Row(f"{degrees} degrees: first order of G / G_0", cosine, exact, 4e-2),
            ]
    return rows


def _interface_formulas(
    above: tuple[float, float], below: tuple[float, float], pressure: float
) -> tuple[float, float, float, float, float]:
    """alpha, beta, epsilon, E* (Pa) and G (J/m^2), from moduli and Poisson's ratios."""
    (young_1, nu_1), (young_2, nu_2) = above, below
    plane_1, plane_2 = young_1 / (1 - nu_1**2), young_2 / (1 - nu_2**2)
    shear_1, shear_2 = young_1 / (2 * (1 + nu_1)), young_2 / (2 * (1 + nu_2))
    alpha = (plane_1 - plane_2) / (plane_1 + plane_2)
    beta = 0.5 * (shear_1 * (1 - 2 * nu_2) - shear_2 * (1 - 2 * nu_1)) / (shear_1 * (1 - nu_2) + shear_2 * (1 - nu_1))
    oscillation = np.log((1 - beta) / (1 + beta)) / (2 * np.pi)
    modulus = 2 / (1 / plane_1 + 1 / plane_2)
    rate = (1 - beta**2) * (1 + 4 * oscillation**2) * pressure**2 * np.pi * CRACK / modulus
    return alpha, beta, oscillation, modulus, rate


def two_half_discs() -> Domain:
    """A crack of half length CRACK on the line between two solids."""
    whole, slit = disc(FAR * CRACK, 48), embedded_slit((-CRACK, 0.0), (CRACK, 0.0))
    wide = 2 * FAR * CRACK
    return domain_of(
        {
            "above": whole.intersection(shapely.box(-wide, 0.0, wide, wide)),
            "below": whole.intersection(shapely.box(-wide, -wide, wide, 0.0)),
        },
        [(WALL, slit.boundary), (OUTER, everywhere)],
        SizeField(
            0.15 * FAR * CRACK,
            growth=0.2,
            at_points=tuple((sign * CRACK, 0.0, TIP_SIZE * CRACK) for sign in (1, -1)),
            on_surfaces={WALL: 0.06 * CRACK},
        ),
        voids=[slit],
    )


def _kinked(angles: Array) -> tuple[Domain, list[PlaneTip]]:
    """A crack with a kink at its right end by the first angle and one at its left end by the second."""
    half = 0.5 * SLIT_ANGLE * CRACK
    corners = [np.array([CRACK, 0.0]), np.array([-CRACK, 0.0])]
    headings = [np.array([np.cos(angles[0]), np.sin(angles[0])]), -np.array([np.cos(angles[1]), np.sin(angles[1])])]
    ends = [corner + KINK * CRACK * heading for corner, heading in zip(corners, headings, strict=True)]
    # at its corners the slit is as wide as it is in the middle of a kink
    normals = [
        np.array([-heading[1], heading[0]]) + np.array([0.0, sign])
        for heading, sign in zip(headings, (1, -1), strict=True)
    ]
    wide = [0.5 * SLIT_ANGLE * KINK * CRACK * normal / np.linalg.norm(normal) for normal in normals]
    slit = shapely.Polygon(
        [
            ends[0], corners[0] + wide[0], (0.0, half), corners[1] - wide[1],
            ends[1], corners[1] + wide[1], (0.0, -half), corners[0] - wide[0],
        ]
    )  # fmt: skip
    points = [(*end, 0.02 * KINK * CRACK) for end in ends] + [(*corner, 0.02 * KINK * CRACK) for corner in corners]
    domain = domain_of(
        {"body": disc(FAR * CRACK, 48)},
        [(WALL, slit.boundary), (OUTER, everywhere)],
        SizeField(0.15 * FAR * CRACK, growth=0.2, at_points=tuple(points), on_surfaces={WALL: 0.06 * CRACK}),
        voids=[slit],
    )
    return domain, [PlaneTip(end, heading) for end, heading in zip(ends, headings, strict=True)]
