# SPDX-License-Identifier: LGPL-3.0-or-later
"""The foil of a case: its size, its law, what holds it, and what thin-film theory says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.case.physics.metal import SlidingMetal
from jadeite.case.schema import METAL_ROLE
from jadeite.fem.domain import Domain
from jadeite.materials.creep import LinearViscosity, MetalFlow, PowerLawCreep
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.film_flow import PowerLaw, free_layer_pressure, squeeze_pressure
from jadeite.physics.solid.contact_law import Friction
from jadeite.physics.supports import Pin, Support, Where
from jadeite.study.context import RunContext

LOWER, UPPER, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL


@dataclass(frozen=True, eq=False)
class Foil:
    """A foil between platens.

    Attributes:
        thickness: of the sodium, m.
        half_width: radius of a disc, half the (smaller) width of a strip or sheet, m.
        area: that the platens press on before it spreads, m^2 (in the plane m).
        axisymmetric: whether it is a disc.
        dimension: of its mesh.
        metal: regions of sodium, (regions,).
        flow: how sodium flows; None where it does not.
        friction: of sodium that slides on the platens; None where it sticks.
        conditions: what holds it beside the platens.
    """

    thickness: float
    half_width: float
    area: float
    axisymmetric: bool
    dimension: int
    metal: NDArray[np.bool_]
    flow: MetalFlow | None
    friction: Friction | None
    conditions: Sequence[Support | Pin]

    @property
    def aspect_ratio(self) -> float:
        """Half width over thickness, 1."""
        return self.half_width / self.thickness

    @property
    def power_law(self) -> PowerLaw | None:
        """The flow as a power law, None where it is none."""
        if isinstance(self.flow, PowerLawCreep):
            return PowerLaw(self.flow.exponent, self.flow.reference_stress, self.flow.reference_rate)
        return PowerLaw.viscous(self.flow.viscosity) if isinstance(self.flow, LinearViscosity) else None

    def free_layer(self, speed: float) -> float | None:
        """Return the pressure under which it thins at a speed (m/s) without friction, Pa; None where not known."""
        law = self.power_law
        if law is None or self.dimension == 3:
            return None
        return free_layer_pressure(law, speed, self.thickness, axisymmetric=self.axisymmetric)

    def squeeze_film(self, speed: float, half_width: float | None = None) -> float | None:
        """Return the pressure of a thin film that sticks to the platens, Pa, of any half width; None as above."""
        law = self.power_law
        if law is None or self.dimension == 3:
            return None
        width = self.half_width if half_width is None else half_width
        return float(squeeze_pressure(law, speed, width, self.thickness, axisymmetric=self.axisymmetric))


def foil_of(run: RunContext, domain: Domain) -> Foil:
    """Return the foil of a checked case."""
    recipe, tagged = run.recipe, domain.tagged
    settings = run.case.physics.mechanics
    assert settings is not None
    metal = np.array([role == METAL_ROLE for role in tagged.regions.material])
    thickness = sum(
        layer.thickness * layer.repeat
        for layer in recipe.layers
        if (layer.material if layer.polycrystal is None else layer.polycrystal.material) == METAL_ROLE
    )
    widths = recipe.box[::2]
    contact = settings.metal_contact
    friction = None
    if isinstance(contact, SlidingMetal):
        friction = Friction(contact.friction_coefficient, contact.largest_shear_stress)
    return Foil(
        thickness=thickness,
        half_width=recipe.width if recipe.axisymmetric else 0.5 * min(widths),
        area=recipe.electrode_area,
        axisymmetric=recipe.axisymmetric,
        dimension=recipe.dimension,
        metal=metal,
        flow=run.materials.sodium.flow,
        friction=friction,
        conditions=_conditions(domain, settings.sides == "held", friction),
    )


def _conditions(domain: Domain, held: bool, friction: Friction | None) -> list[Support | Pin]:
    """Sides that are held in, and points that keep a foil in place where nothing else does."""
    tagged = domain.tagged
    axes = (0, 2)[: tagged.dimension - 1]
    if held:
        low, high = tagged.points.min(axis=0), tagged.points.max(axis=0)
        across = (low, high)
        return [
            Support((SIDE,), axis, where=_on_plane(axis, float(end[axis]), float(high[axis] - low[axis])))
            for axis in axes
            for end in across
        ]
    if friction is None or friction.coefficient > 0.0 or tagged.axisymmetric:
        return []
    low, high = tagged.points.min(axis=0), tagged.points.max(axis=0)
    middle = 0.5 * (low + high)
    middle[1] = low[1]
    pins = [Pin(tuple(middle.tolist()), axis) for axis in axes]
    if tagged.dimension == 3:
        aside = middle.copy()
        aside[0] = low[0]
        pins.append(Pin(tuple(aside.tolist()), 2))
    return [*pins]


def _on_plane(axis: int, place: float, extent: float) -> Where:
    """Whether points (3, n) lie in a plane across an axis."""
    return lambda points: np.abs(points[axis] - place) < 1e-9 * extent
