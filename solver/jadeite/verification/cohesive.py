# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of boundaries that open: fracture energy in all modes, snap-back of a bar, a double cantilever beam."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
import ufl
from dolfinx import fem
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.solid.body import Loads, SolidBody
from jadeite.physics.solid.cohesive.control import SeparationControl
from jadeite.physics.solid.cohesive.law import CohesiveLaw, cohesive_law
from jadeite.physics.solid.cohesive.mixed_mode import mixed_mode
from jadeite.physics.solid.cohesive.path import EquilibriumPath
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.laws import BulkRegions, InterfaceRows, State
from jadeite.physics.supports import Pin, Support
from jadeite.verification.measure import facet_mean
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import domain_of, everywhere

Array = NDArray[np.float64]

STRENGTH, FRACTURE_ENERGY = 100e6, 19.697  # Pa, J/m^2
LEFT, RIGHT, FREE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL


def law_of(
    rows: int,
    separation: str = "bilinear",
    *,
    strength: float = STRENGTH,
    energy: float = FRACTURE_ENERGY,
    mixed: str = "benzeggagh_kenane",
    shear: float = 1.0,
    sliding: float = 1.0,
    stiffness: float = 1e16,
) -> CohesiveLaw:
    """The same law for so many surface rows; `shear` and `sliding` are the ratios of strengths and energies."""
    return cohesive_law(
        separation,
        mixed_mode(mixed, sliding, 2.0),
        strength=np.full(rows, strength),
        fracture_energy=np.full(rows, energy),
        shear_strength_ratio=shear,
        mode_two_ratio=sliding,
        stiffness=np.full(rows, stiffness),
    )


def pulled(law: CohesiveLaw, path: Array) -> tuple[Array, Array]:
    """Take one point along jumps (n, 3); returns its tractions (n, 3), and its history at the end."""
    row, state = np.zeros(1, dtype=np.int32), State(path[:1], path[:1] * 0.0, np.zeros((1, law.history_size)))
    tractions = []
    for jump in path:
        response = law.update(jump[None], state.history, 0.0, row)
        state = State(jump[None], response.stress, response.history)
        tractions.append(response.stress[0])
    return np.array(tractions), state.history[0]


def work_along(tractions: Array, path: Array) -> float:
    """Work of tractions along jumps, by the trapezoidal rule, J/m^2."""
    return float((0.5 * (tractions[1:] + tractions[:-1]) * np.diff(path, axis=0)).sum())


@check("F10", "One cohesive facet opened and closed, and a cohesive bar with snap-back")
def cohesive_facet() -> list[Row]:
    """The area under the traction is the fracture energy; a bar with a boundary has u = t L/E + opening(t).

    Mixed modes at a share b of sliding in the energy: G_I + (G_II - G_I) b^2 (Benzeggagh and Kenane 1996), and
    [((1-b)/G_I)^2 + (b/G_II)^2]^(-1/2) for the quadratic law. With the ratios s of strengths and g of energies, the
    direction delta_s/delta_n = tan(a) has b = k tan^2(a)/(1 + k tan^2(a)), k = s^2/g.
    """
    young, poisson = 80e9, 0.26
    modulus = young / (1.0 - poisson**2)
    printed(9.0 * np.pi / 32.0 * modulus * FRACTURE_ENERGY / STRENGTH**2, 149.3e-6, 3e-4)
    rows = []
    for separation in ("bilinear", "exponential"):
        # the exponential law has an opening e T = G / delta_0 at its peak, and 1e-9 of its energy is left at 30 of them
        last = 2.0 * FRACTURE_ENERGY / STRENGTH * (1.0 if separation == "bilinear" else 6.0)
        opening = np.linspace(0.0, last, 2001)
        path = np.stack([opening, 0.0 * opening, 0.0 * opening], axis=1)
        tractions, history = pulled(law_of(1, separation), path)
        rows += [
            Row(
                f"{separation}: area under the traction",
                FRACTURE_ENERGY,
                work_along(tractions, path),
                5e-3,
                unit="J/m^2",
            ),
            Row(f"{separation}: energy dissipated", FRACTURE_ENERGY, history[1], 1e-6, unit="J/m^2"),
            Row(f"{separation}: largest traction", STRENGTH / 1e6, tractions.max() / 1e6, 5e-3, unit="MPa"),
        ]
    half = np.concatenate([np.linspace(0.0, 2e-7, 401), np.linspace(2e-7, 0.0, 401)])
    path = np.stack([half, 0.0 * half, 0.0 * half], axis=1)
    tractions, history = pulled(law_of(1), path)
    rows += [
        Row("opened by half and closed: work less dissipation", 0.0, work_along(tractions, path) - history[1], 5e-3,
            "absolute", "J/m^2"),
        Row("opened by half and closed: traction left", 0.0, tractions[-1, 0] / 1e6, 1e-9, "absolute", "MPa"),
    ]  # fmt: skip
    rows += _mixed_modes()
    return [*rows, *_bar()]


def _mixed_modes() -> list[Row]:
    rows, shear, sliding, angle = [], 1.3, 3.0, 0.8
    ratio = shear**2 / sliding * np.tan(angle) ** 2
    share = ratio / (1.0 + ratio)
    expected = {
        "benzeggagh_kenane": FRACTURE_ENERGY * (1.0 + (sliding - 1.0) * share**2),
        "quadratic": FRACTURE_ENERGY / np.hypot(1.0 - share, share / sliding),
    }
    steps = np.linspace(0.0, 3e-6, 2001)
    for mixed, energy in expected.items():
        for separation in ("bilinear", "exponential"):
            law = law_of(1, separation, mixed=mixed, shear=shear, sliding=sliding)
            path = np.stack([np.cos(angle) * steps, np.sin(angle) * steps, 0.0 * steps], axis=1)
            work = work_along(pulled(law, path)[0], path)
            rows.append(Row(f"{separation}, {mixed}, both modes: area", energy, work, 5e-3, unit="J/m^2"))
    path = np.stack([0.0 * steps, steps, 0.0 * steps], axis=1)
    tractions, _ = pulled(law_of(1, shear=shear, sliding=sliding), path)
    rows += [
        Row("sliding: area", sliding * FRACTURE_ENERGY, work_along(tractions, path), 5e-3, unit="J/m^2"),
        Row("sliding: largest traction", shear * STRENGTH / 1e6, tractions[:, 1].max() / 1e6, 5e-3, unit="MPa"),
    ]
    return rows


class CohesiveBody:
    """An elastic body in plane strain with one law on a boundary, and its path under tractions that rise together."""

    def __init__(
        self,
        domain: Domain,
        stiffness: Array,
        law: CohesiveLaw,
        boundaries: Sequence[int],
        pieces: Array,
        supports: Sequence[Support | Pin],
        tractions: Sequence[tuple[SurfaceKind, tuple[float, float]]],
    ) -> None:
        """`pieces` gives each region its piece; `tractions` (Pa) act under the full load."""
        self.domain, self.law, self.load = domain, law, fem.Constant(domain.mesh, 0.0)
        loads: list[tuple[ufl.Measure, Expr]] = [
            (domain.ds([kind], 4), self.load * fem.Constant(domain.mesh, traction)) for kind, traction in tractions
        ]
        self.body = SolidBody(
            domain,
            [BulkRegions(Elastic(stiffness), np.arange(len(domain.tagged.regions)))],
            supports,
            Loads(tractions=loads),
            pieces=np.asarray(pieces, dtype=np.int32)[domain.cell_region],
            interfaces=[InterfaceRows(law, boundaries, nodal=True)],
            name="cohesive body",
        )
        (self.facets,) = self.body.facets
        self.control = SeparationControl(self.facets, law)

    def spent(self) -> float:
        """Length (m) of boundary whose fracture energy has been spent. Collective."""
        states = self.facets.states
        return self.facets.integral(self.law.spent(states.settled.history, states.row))


def _bar() -> list[Row]:
    """A bar that is long for its fracture energy: end displacement and load both fall once the boundary softens."""
    young, length, height, energy = 80e9, 20e-6, 2e-6, 1.0
    stiffness = 100.0 * young / length
    domain = domain_of(
        {"left": shapely.box(0.0, 0.0, length / 2, height), "right": shapely.box(length / 2, 0.0, length, height)},
        [
            (LEFT, shapely.LineString([(0.0, 0.0), (0.0, height)])),
            (RIGHT, shapely.LineString([(length, 0.0), (length, height)])),
            (FREE, everywhere),
        ],
        SizeField(height),
    )
    rows = domain.surface_rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    law = law_of(len(domain.tagged.surfaces), energy=energy, stiffness=stiffness)
    full = 2.0 * STRENGTH
    bar = CohesiveBody(
        domain,
        isotropic_stiffness(young, 0.0),
        law,
        rows.tolist(),
        np.array([0, 1]),
        [Support((LEFT,), 0), Pin((0.0, 0.0), 1)],
        [(RIGHT, (full, 0.0))],
    )
    first, last = STRENGTH / stiffness, 2.0 * energy / STRENGTH
    largest, turned, missed, balance = 0.0, 0.0, 0.0, 0.0
    previous = 0.0
    for point in EquilibriumPath(bar.body, bar.load, bar.control, 10):
        end = facet_mean(domain, RIGHT, bar.body.displacement[0])
        traction = point.load * full
        largest = max(largest, traction)
        if point.dissipated > 1e-3 * energy * height and traction > 0.01 * STRENGTH:
            expected = traction * length / young + last - traction / STRENGTH * (last - first)
            missed = max(missed, abs(end / expected - 1.0))
            turned = max(turned, previous - end)
        previous = end
        balance = max(balance, abs(point.external_work - point.stored - point.dissipated) / point.external_work)
    return [
        Row("bar: end displacement along the path, largest error", 0.0, missed, 5e-3, "absolute"),
        Row("bar: largest traction", STRENGTH / 1e6, largest / 1e6, 5e-3, unit="MPa"),
        Row("bar: its end moves back while the boundary opens (1: yes)", 1.0, float(turned > 1e-10), 0.0, "absolute"),
        Row("bar: energy dissipated", energy * height * 1e6, bar.facets.integral(
            bar.facets.states.settled.history[:, 1]) * 1e6, 5e-3, unit="uJ/m"),
        Row("bar: energy that does not balance", 0.0, balance, 1e-6, "absolute"),
    ]  # fmt: skip


@check("F9", "Double cantilever beam: load and opening while a boundary opens", slow=True)
def double_cantilever() -> list[Row]:
    """P = sqrt(G b E I)/(a + chi h) with chi of Williams (1989, Eng. Fract. Mech. 32, 155): arms that shear and rotate.

    The beams are in plane stress. Plane strain with E (1 + 2 nu)/(1 + nu)^2 and nu/(1 + nu) has the same displacements
    in the plane. The crack tip is that which the energy spent so far would make.
    """
    young, poisson, arm, crack, energy = 80e9, 0.26, 1e-3, 20e-3, 20.0
    inertia = arm**3 / 12.0
    ratio = 1.18 * 2.0 * (1.0 + poisson)
    chi = np.sqrt(2.0 * (1.0 + poisson) / 11.0 * (3.0 - 2.0 * (ratio / (1.0 + ratio)) ** 2))
    beam = printed(np.sqrt(energy * young * inertia) / crack, 577.3503)
    corrected = printed(beam * crack / (crack + printed(chi, 0.6563, 1e-4) * arm), 559.007)
    printed(2.0 * beam * crack**3 / (3.0 * young * inertia), 0.4618802e-3)
    end, cell = crack + 5e-3, 4e-5
    box = shapely.box
    domain = domain_of(
        {
            "lower left": box(0.0, -arm, crack, 0.0),
            "upper left": box(0.0, 0.0, crack, arm),
            "lower right": box(crack, -arm, end, 0.0),
            "upper right": box(crack, 0.0, end, arm),
        },
        [
            (LEFT, shapely.LineString([(0.0, 0.0), (0.0, arm)])),
            (RIGHT, shapely.LineString([(0.0, -arm), (0.0, 0.0)])),
            (FREE, everywhere),
        ],
        SizeField(
            arm / 2,
            growth=0.3,
            at_points=tuple((x, 0.0, cell) for x in np.arange(crack - 4 * cell, crack + 1.1e-3, 4 * cell)),
        ),
    )
    surfaces = domain.tagged.surfaces
    ahead = [row for row, name in enumerate(surfaces.name) if "lower right" in name and "upper right" in name]
    full = 600.0
    arms = CohesiveBody(
        domain,
        isotropic_stiffness(young * (1.0 + 2.0 * poisson) / (1.0 + poisson) ** 2, poisson / (1.0 + poisson)),
        law_of(len(surfaces), energy=energy, stiffness=1e15),
        ahead,
        np.array(["upper" in name for name in domain.tagged.regions.name], dtype=int),
        [Pin((end, arm), 0), Pin((end, arm), 1), Pin((end, -arm), 0)],
        [(LEFT, (0.0, full / arm)), (RIGHT, (0.0, -full / arm))],
    )
    loads, openings, balance = [], [], 0.0
    for point in EquilibriumPath(arms.body, arms.load, arms.control, 5):
        grown = arms.spent()
        if grown > 0.15e-3:
            effective = crack + grown + chi * arm
            loads.append(point.load * full * effective / (crack + chi * arm))
            opening = facet_mean(domain, LEFT, arms.body.displacement[1]) - facet_mean(
                domain, RIGHT, arms.body.displacement[1]
            )
            openings.append(opening / (2.0 * point.load * full * effective**3 / (3.0 * young * inertia)))
        balance = max(balance, abs(point.external_work - point.stored - point.dissipated) / point.external_work)
        if grown > 0.6e-3:
            break
    return [
        Row("load per depth at a crack of 20 mm, against the corrected beam", corrected, float(np.mean(loads)), 1e-2,
            unit="N/m"),
        Row("opening over that of the corrected beam under the same load", 1.0, float(np.mean(openings)), 2e-2),
        Row("energy that does not balance", 0.0, balance, 1e-6, "absolute"),
    ]  # fmt: skip
