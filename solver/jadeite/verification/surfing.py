# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of the toughness that a phase field of cracks really has: a crack that follows a moving field of its tip.

Hossain, Hsueh, Bourdin and Bhattacharya, J. Mech. Phys. Solids 71 (2014) 15: the walls of a strip are displaced as by
a crack tip that moves on. The crack follows, and the J integral far from it becomes the toughness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from numpy.typing import NDArray

from jadeite.fem.assembly import integral
from jadeite.physics.phase_field.evolution_steps import EvolutionSettings, EvolutionStep
from jadeite.physics.phase_field.registry import MODELS
from jadeite.physics.supports import Support
from jadeite.verification.phase_field import (
    ALL_WALLS,
    ENERGY,
    MICRON,
    PLANE_STRAIN,
    POISSON,
    YOUNG,
    CrackedBody,
    cracked_body,
    grid,
    lines,
)
from jadeite.verification.registry import Row, check

Array = NDArray[np.float64]

LENGTH = MICRON
SIZE = 0.25 * LENGTH
LONG, HALF_HIGH = 14.0 * LENGTH, 10.0 * LENGTH
START, END = 4.0 * LENGTH, 8.5 * LENGTH
_STEPS = 9


@dataclass(frozen=True)
class Surfing:
    """J over the input toughness while the crack follows the field: mean, and its spread over the last steps."""

    mean: float
    spread: float


def surf(model: str, boundary: float | None = None) -> Surfing:
    """Let a crack follow a field along the middle of a strip, or along a boundary of given toughness (J/m^2) there.

    Without a boundary the toughness is not corrected for the size of the cells, which is what is measured.
    """
    beside = lines([(1.5 * LENGTH, SIZE), (HALF_HIGH, 6.0 * SIZE)])
    mesh = grid(
        np.linspace(0.0, LONG, round(LONG / SIZE) + 1), np.concatenate([-beside[:0:-1], beside]), boundary is not None
    )
    conditions = [Support(ALL_WALLS, component, value=lambda x: 0.0 * x[0]) for component in (0, 1)]
    body = cracked_body(mesh, conditions, model, LENGTH, corrected=boundary is not None, boundary=boundary)
    body.hold_broken((np.abs(body.points[:, 1]) < 0.1 * SIZE) & (body.points[:, 0] < START + 0.1 * SIZE))
    expected = boundary if boundary is not None else ENERGY * (1.0 + MODELS[model].mesh_excess * SIZE / LENGTH)
    intensity = 1.03 * np.sqrt(PLANE_STRAIN * expected)
    shear, kappa = 0.5 * YOUNG / (1.0 + POISSON), 3.0 - 4.0 * POISSON
    moved = fem.Function(body.solid.space)

    def prescribe(load: float) -> None:
        tip = START + (END - START) * load

        def near_tip(x: Array) -> Array:
            radius, angle = np.hypot(x[0] - tip, x[1]), np.arctan2(x[1], x[0] - tip)
            size = intensity / (2.0 * shear) * np.sqrt(radius / (2.0 * np.pi)) * (kappa - np.cos(angle))
            return np.stack([size * np.cos(0.5 * angle), size * np.sin(0.5 * angle)])

        moved.interpolate(near_tip)
        body.solid.prescribed.x.array[:] = moved.x.array

    rate = j_integral(body)
    found: list[float] = []

    def read(_step: EvolutionStep) -> None:
        found.append(integral(rate, body.domain.mesh.comm))

    settings = EvolutionSettings(steps=_STEPS, smallest_step=1.0, damage_tolerance=5e-4)
    body.evolve(settings, prescribe, read)
    last = np.array(found[-3:]) / (boundary if boundary is not None else ENERGY)
    return Surfing(float(last.mean()), float(np.ptp(last)))


def j_integral(body: CrackedBody) -> fem.Form:
    """J as an integral over a frame near the walls: int (sigma_ij u_i,x - W delta_jx) q,j with q = 1 inside it."""
    x = ufl.SpatialCoordinate(body.domain.mesh)
    inward = ufl.min_value(ufl.min_value(x[0], LONG - x[0]), HALF_HIGH - abs(x[1]))
    q = ufl.max_value(0.0, ufl.min_value(1.0, (inward - 0.5 * LENGTH) / (2.5 * LENGTH)))
    solid = body.solid
    stress, strain = solid.stress(), ufl.grad(solid.displacement)
    flux = sum(stress[i, j] * strain[i, 0] * ufl.grad(q)[j] for i in range(2) for j in range(2))
    energy = solid.remaining * solid.released
    return fem.form((flux - energy * ufl.grad(q)[0]) * solid.dx)


@check("F14", "Phase field: toughness that a moving crack meets", slow=True)
def toughness_of_models() -> list[Row]:
    """J = G_c (1 + h/2l) in AT2 and G_c (1 + 3h/8l) in AT1, which `toughness_correction` takes off."""
    rows = []
    for model, factor in (("AT2", 1.0 / 2.0), ("AT1", 3.0 / 8.0)):
        measured = surf(model)
        rows += [
            Row(f"{model}, h/l = 1/4: J / G_c", 1.0 + factor * SIZE / LENGTH, measured.mean, 0.03),
            Row(f"{model}: J while the crack runs, change over the last third", 0.0, measured.spread, 0.03, "absolute"),
        ]
    return rows


@check("F31", "Phase field: toughness that a crack meets along a boundary", slow=True)
def toughness_of_a_boundary() -> list[Row]:
    """J is the toughness given to the boundary, although cracks spread beyond its band (Hansen-Doerr et al. 2019)."""
    measured = surf("AT2", 0.5 * ENERGY)
    return [Row("AT2, boundary half as tough as the grains: J / toughness of the boundary", 1.0, measured.mean, 0.04)]
