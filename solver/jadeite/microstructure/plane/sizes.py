# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cell sizes of a plane recipe: what it says, and what follows from grains, flaws and contact where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jadeite.microstructure.plane.geometry import PlanarGeometry
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import Crack, Flaw

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe

# sides that the round end of a filament, half a circle, gets at least
SIDES_OF_ROUND = 12


def measuring_length(recipe: Recipe) -> float:
    """Length in m that sizes are measured by: the smallest mean grain diameter, or the thinnest uniform layer."""
    means = [layer.polycrystal.grain_size.mean for layer in recipe.layers if layer.polycrystal is not None]
    return min(means or [layer.thickness for layer in recipe.layers])


def flaw_tip_size(recipe: Recipe, flaw: Flaw) -> float:
    """Cell size in m at the tip of a flaw."""
    size = recipe.mesh.tip_size or flaw.depth / 100
    return min(size, 0.5 * flaw.mouth_width * 3.14 / SIDES_OF_ROUND) if flaw.form == "filament" else size


def crack_tip_size(recipe: Recipe, crack: Crack) -> float:
    """Cell size in m at both ends of a crack."""
    return recipe.mesh.tip_size or crack.half_length / 25


def choose_sizes(recipe: Recipe, geometry: PlanarGeometry, size: float) -> SizeField:
    """Cell sizes of a recipe; what it leaves out follows from `size` (m), flaws, cracks and patches.

    Inside grains size/5, on boundaries and walls size/12, at a flaw tip depth/100 (on the end of a filament at most
    what makes it round), at the edge of a flaw's mouth a third of its width, at the end of a crack a fiftieth of its
    length, at the end of an unwetted patch a hundredth of its width.
    """
    mesh = recipe.mesh
    points = []
    for flaw in geometry.flaws:
        points.append((flaw.tip[0], flaw.tip[1], flaw_tip_size(recipe, flaw)))
        for side in (-0.5, 0.5) if flaw.mouth_width > 0.0 else ():
            edge = mesh.contact_edge_size or flaw.mouth_width / 3
            points.append((flaw.mouth[0] + side * flaw.mouth_width, 0.0, edge))
    for crack in geometry.cracks:
        points += [(end[0], end[1], crack_tip_size(recipe, crack)) for end in crack.front]
    for patch in geometry.patches:
        for end in (patch.start, patch.end):
            points.append((end, 0.0, mesh.contact_edge_size or (patch.end - patch.start) / 100))
    return SizeField(
        interior=mesh.interior_size or size / 5,
        boundary=mesh.boundary_size or size / 12,
        growth=mesh.growth,
        at_points=tuple(points),
    ).refined(mesh.refinements)
