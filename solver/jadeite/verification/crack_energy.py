# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of J beside K in the plane, on sections of revolution, across grains under misfit, and along fronts."""

from __future__ import annotations

from functools import partial

import numpy as np
import shapely
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.case.microstructure import Recipe
from jadeite.failure.crack_front import PlaneTip
from jadeite.failure.crack_samples import ElasticState
from jadeite.failure.cracks import CrackMaterials, CrackReading, read_cracks
from jadeite.failure.tip_field import uniform_tip
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.build import build
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Mechanics, Pin, Support
from jadeite.verification.fracture import (
    CRACK,
    EFFECTIVE,
    FAR,
    OUTER,
    POISSON,
    PRESSURE,
    TIP_SIZE,
    WALL,
    YOUNG,
    CrackedBody,
    edge_crack_factor,
    half_plane_with_edge_crack,
    held,
    infinite_body_with_line_crack,
)
from jadeite.verification.fronts import graded_factor
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import SLIT_ANGLE, disc, domain_of, edge_slit, embedded_slit, everywhere
from jadeite.verification.tips import integrals_at

Array = NDArray[np.float64]

STIFFNESS = isotropic_stiffness(YOUNG, POISSON)
MIDDLE = 8.0 * CRACK  # of the box around a penny-shaped crack, each coordinate
CORNER = (SurfaceKind.SIDE_WALL, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.PLATING_ELECTRODE)


@check("F21", "J integral beside the factors: embedded, edge and partly filled cracks, and a penny")
def energy_release_rates() -> list[Row]:
    """J = K^2 / E' (Irwin 1957) with K of F1, F2, F5 and A1; J and K come from separate integrals."""
    scale = PRESSURE**2 * np.pi * CRACK / EFFECTIVE
    rate = printed(scale, 14.64610)
    body = CrackedBody(infinite_body_with_line_crack(breaks=(0.5,)), held())
    right = PlaneTip(np.array([CRACK, 0.0]), np.array([1.0, 0.0]))
    rows = []
    for label, pressure, expected in (
        ("embedded", body.constant(PRESSURE), 1.0),
        (
            "filled to half its length",
            ufl.conditional(ufl.lt(abs(body.x[0]), 0.5 * CRACK), PRESSURE, 0.0),
            printed((2 / np.pi * np.arcsin(0.5)) ** 2, 1 / 9),
        ),
    ):
        energy, _, of_modes = integrals_at(
            body.domain, _solved(body, pressure), right, 0.4 * CRACK, uniform_tip(STIFFNESS, 2), STIFFNESS[None]
        )
        rows += _both(label, rate * expected, energy, of_modes)
    edge = half_plane_with_edge_crack()
    upper = PlaneTip(np.array([0.0, CRACK]), np.array([0.0, 1.0]))
    energy, _, of_modes = integrals_at(
        edge.domain,
        _solved(edge, edge.constant(PRESSURE)),
        upper,
        0.8 * CRACK,
        uniform_tip(STIFFNESS, 2),
        STIFFNESS[None],
    )
    factor = printed(edge_crack_factor(lambda x: np.ones_like(x)), 1.121522)
    return [*rows, *_both("edge", rate * factor**2, energy, of_modes), *_penny_of_revolution()]


@check("F24", "J across grains of other stiffness and expansion ahead of a tip")
def across_grains() -> list[Row]:
    """J counts what acts on boundaries within its domain, so that it does not depend on the domain.

    Ahead of the tip is a particle that is stiffer and has expanded; a domain that holds it and one that does not give
    the same J, and that of the factors.
    """
    slit = embedded_slit((-CRACK, 0.0), (CRACK, 0.0))
    particle = disc(0.2 * CRACK, 24, (1.45 * CRACK, 0.1 * CRACK))
    domain = domain_of(
        {"body": disc(FAR * CRACK, 48).difference(particle), "particle": particle},
        [(WALL, slit.boundary), (OUTER, everywhere)],
        SizeField(
            0.15 * FAR * CRACK,
            growth=0.2,
            at_points=((CRACK, 0.0, TIP_SIZE * CRACK), (1.45 * CRACK, 0.1 * CRACK, 0.04 * CRACK)),
            on_surfaces={WALL: 0.06 * CRACK},
        ),
        voids=[slit],
    )
    inside = domain.tagged.regions.name.index("particle")
    stiffness, misfit = np.array([STIFFNESS, STIFFNESS]), np.zeros((2, 6))
    stiffness[inside] = isotropic_stiffness(2.5 * YOUNG, 0.2)
    misfit[inside, :3] = 3e-3
    body = Mechanics(domain, stiffness, misfit, held())
    state = body.new_deformation("particle")
    walls, load = domain.ds([WALL], 8), fem.Constant(domain.mesh, PRESSURE)
    body.solve(body.load(pressures=[(walls, load)], eigenstrain=True), state)
    elastic = ElasticState(state.displacement, body.strain(state), body.stress(state), [(walls, load)])
    tip, field = PlaneTip(np.array([CRACK, 0.0]), np.array([1.0, 0.0])), uniform_tip(STIFFNESS, 2)
    near, _, of_modes = integrals_at(domain, elastic, tip, 0.2 * CRACK, field, stiffness)
    rows = [Row("without the particle: J of the factors", of_modes, near, 1e-2, unit="J/m^2")]
    for share in (0.6, 0.9):
        energy, _, of_all = integrals_at(domain, elastic, tip, share * CRACK, field, stiffness)
        rows += [
            Row(f"domain of {share} a with the particle: J", near, energy, 1e-2, unit="J/m^2"),
            Row(f"domain of {share} a with the particle: J of the factors", near, of_all, 1e-2, unit="J/m^2"),
        ]
    return rows


@check("F22", "Penny-shaped crack in space by domain integrals, on a mesh as of a case", slow=True)
def penny_in_space() -> list[Row]:
    """K = 2 p sqrt(a / pi) (Sneddon 1946) and, under p1 |y| / a, the Green's function of F4.

    Facets at the front have a tenth of the radius; the box of sixteen radii, which is held, holds the crack by 0.2 %.
    Where the pressure is least the factor has a kink, over which a station averages.
    """
    body = _Penny(0.0, None)
    scale = float(printed(PRESSURE * 2.0 * np.sqrt(CRACK / np.pi), 0.7136496e6))
    y = (ufl.SpatialCoordinate(body.domain.mesh)[1] - MIDDLE) / CRACK
    uniform = body.read(fem.Constant(body.domain.mesh, PRESSURE))
    graded = body.read(PRESSURE * abs(y))
    one = uniform.front.modes[:, 0] / scale
    rate = printed(scale**2 / EFFECTIVE, 5.935843)
    place = graded.front.place - MIDDLE
    unit = PRESSURE * np.sqrt(CRACK)
    exact = graded_factor(np.arctan2(place[:, 2], place[:, 1]))
    top = float(printed(graded_factor(np.zeros(1))[0], 0.811249))
    printed(graded_factor(np.array([0.5 * np.pi]))[0], 0.18805, 1e-4)
    found = graded.front.modes[:, 0] / unit
    return [
        Row("uniform p: K_I / (2 p sqrt(a/pi)), mean", 1.0, float(one.mean()), 1e-2),
        Row("uniform p: K_I, largest deviation", 0.0, float(np.abs(one - 1.0).max()), 1.5e-2, "absolute"),
        Row("uniform p: K_II, K_III", 0.0, float(np.abs(uniform.front.modes[:, 1:]).max() / scale), 1e-2, "absolute"),
        Row("uniform p: J, mean", rate, float(uniform.energy_release_rate.mean()), 4e-2, unit="J/m^2"),
        Row("graded p1 |y|/a: K_I / (p1 sqrt(a)), largest", top, float(found.max()), 2e-2),
        Row(
            "graded p1 |y|/a: K_I, largest deviation, of that on y",
            0.0,
            float(np.abs(found - exact).max() / top),
            2e-2,
            "absolute",
        ),
    ]


@check("F23", "Inclined penny-shaped crack in space: three modes", slow=True)
def inclined_penny() -> list[Row]:
    """Under a tension s at 45 degrees to its plane, with the shear t = s/2 (Kassir and Sih 1966).

    K_I = s sqrt(a/pi), K_II = 4 t sqrt(a/pi) cos(w) / (2 - nu), K_III = 4 (1 - nu) t sqrt(a/pi) sin(w) / (2 - nu), w
    being the angle along the front from the direction of the shear.
    """
    body = _Penny(45.0, np.array([0.0, PRESSURE, 0.0, 0.0, 0.0, 0.0]))
    reading = body.read(None)
    place = (reading.front.place - MIDDLE) / CRACK
    cosine, sine = place @ np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0]), place[:, 2]
    root = np.sqrt(CRACK / np.pi)
    one, two = PRESSURE * root, 2.0 * PRESSURE * root / (2.0 - POISSON)
    three = two * (1.0 - POISSON)
    modes = reading.front.modes
    # amplitudes of the harmonics, and what is left of each mode beside them
    second, third = float(modes[:, 1] @ cosine / (cosine @ cosine)), float(modes[:, 2] @ sine / (sine @ sine))
    rest = float(np.abs(modes[:, 1:] - np.stack([second * cosine, third * sine], axis=1)).max() / two)
    rate = (one**2 + (two * cosine) ** 2) / EFFECTIVE + (three * sine) ** 2 * (1 + POISSON) / YOUNG
    of_modes, energy = reading.rate_of_modes / rate, reading.energy_release_rate / rate
    unit = "MPa m^0.5"
    return [
        Row("K_I, mean", one / 1e6, float(modes[:, 0].mean()) / 1e6, 1e-2, unit=unit),
        Row("K_II, amplitude", two / 1e6, abs(second) / 1e6, 1e-2, unit=unit),
        Row("K_III, amplitude", three / 1e6, abs(third) / 1e6, 1e-2, unit=unit),
        Row("K_II and K_III beside cos and sin, of K_II", 0.0, rest, 2e-2, "absolute"),
        Row(
            "energy release rate of the modes, largest deviation",
            0.0,
            float(np.abs(of_modes - 1.0).max()),
            3e-2,
            "absolute",
        ),
        Row("J, largest deviation", 0.0, float(np.abs(energy - 1.0).max()), 6e-2, "absolute"),
    ]


class _Penny:
    """A crack of radius CRACK in the middle of a box, whose outer boundary has the displacement of a uniform stress."""

    def __init__(self, tilt: float, remote: Array | None) -> None:
        tagged = build(_penny_recipe(tilt)) if MPI.COMM_WORLD.rank == 0 else None
        self.domain = Domain.from_tagged_mesh(tagged)
        e = np.linalg.solve(STIFFNESS, np.zeros(6) if remote is None else remote)
        strain = np.array([[e[0], e[5] / 2, e[4] / 2], [e[5] / 2, e[1], e[3] / 2], [e[4] / 2, e[3] / 2, e[2]]])
        supports = [Support(CORNER, row, value=partial(_linear, strain[row])) for row in range(3)]
        self.mechanics = Mechanics(self.domain, STIFFNESS[None], None, supports)
        self.state = self.mechanics.new_deformation("penny")
        self.walls = self.domain.ds([SurfaceKind.EMBEDDED_CRACK], 8)

    def read(self, pressure: ufl.core.expr.Expr | None) -> CrackReading:
        """Solve for a pressure on the walls and read the front."""
        loaded = [] if pressure is None else [(self.walls, pressure)]
        self.mechanics.solve(self.mechanics.load(pressures=loaded), self.state)
        strain, stress = self.mechanics.strain(self.state), self.mechanics.stress(self.state)
        surfaces = len(self.domain.tagged.surfaces)
        materials = CrackMaterials(STIFFNESS[None], np.zeros((1, 3, 3)), np.ones(1), np.full(surfaces, np.nan))
        (reading,) = read_cracks(self.domain, ElasticState(self.state.displacement, strain, stress, loaded), materials)
        return reading


def _penny_recipe(tilt: float) -> Recipe:
    """A box of sixteen radii with a crack in the middle, its plane turned from y by an angle in degrees."""
    return Recipe.model_validate(
        {
            "dimension": 3,
            "width": "160 um",
            "width_z": "160 um",
            "separator": {"layers": [{"thickness": "160 um"}]},
            "cracks": [
                {
                    "name": "penny",
                    "centre": ["80 um", "80 um", "80 um"],
                    "half_length": "10 um",
                    "tilt": f"{tilt} deg",
                }
            ],
            "mesh": {"interior_size": "30 um", "boundary_size": "30 um", "tip_size": "1 um", "growth": 0.4},
        }
    )


def _linear(slope: Array, points: Array) -> Array:
    """A displacement component at points (3, n) that vanishes in the middle of the box."""
    return np.asarray(slope @ (points - MIDDLE))


def _solved(body: CrackedBody, pressure: ufl.core.expr.Expr) -> ElasticState:
    body.mechanics.solve(body.mechanics.load(pressures=[(body.walls, pressure)]), body.state)
    strain, stress = body.mechanics.strain(body.state), body.mechanics.stress(body.state)
    return ElasticState(body.state.displacement, strain, stress, [(body.walls, pressure)])


def _both(label: str, expected: float, energy: float, of_modes: float) -> list[Row]:
    return [
        Row(f"{label}: J", expected, energy, 1e-2, unit="J/m^2"),
        Row(f"{label}: J of the factors", expected, of_modes, 1e-2, unit="J/m^2"),
    ]


def _penny_of_revolution() -> list[Row]:
    """The penny of A1 on its section: J = 4 p^2 a / (pi E')."""
    far = 15.0 * CRACK
    slit = edge_slit((0.0, 0.0), (CRACK, 0.0))
    domain = domain_of(
        {"body": shapely.box(0.0, -far, far, far)},
        [
            (WALL, lambda m: (np.abs(m[:, 1]) < SLIT_ANGLE * CRACK) & (m[:, 0] < CRACK)),
            (SurfaceKind.SIDE_WALL, everywhere),
        ],
        SizeField(far / 8, growth=0.2, at_points=((CRACK, 0.0, 0.005 * CRACK),), on_surfaces={WALL: 0.06 * CRACK}),
        voids=[slit],
        axisymmetric=True,
    )
    body = Mechanics(domain, STIFFNESS[None], None, [Pin((far, 0.0), 1)])
    state = body.new_deformation("penny")
    walls, load = domain.ds([WALL], 8), fem.Constant(domain.mesh, PRESSURE)
    body.solve(body.load(pressures=[(walls, load)]), state)
    elastic = ElasticState(state.displacement, body.strain(state), body.stress(state), [(walls, load)])
    tip = PlaneTip(np.array([CRACK, 0.0]), np.array([1.0, 0.0]))
    energy, _, of_modes = integrals_at(domain, elastic, tip, 0.6 * CRACK, uniform_tip(STIFFNESS, 2), STIFFNESS[None])
    return _both("penny of revolution", 4.0 * PRESSURE**2 * CRACK / (np.pi * EFFECTIVE), energy, of_modes)
