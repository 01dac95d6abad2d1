# SPDX-License-Identifier: LGPL-3.0-or-later
"""All flaws and cracks of a plane recipe in place: voids, slits to be closed again, and paths along boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely
from shapely.geometry.base import BaseGeometry

from jadeite.microstructure.plane.arrangement import Arrangement, RegionShape
from jadeite.microstructure.plane.boundary_paths import follow_boundaries
from jadeite.microstructure.plane.defects import Void
from jadeite.microstructure.plane.flaws import (
    crack_slit,
    flaw_slit,
    flaw_void,
    locate_crack,
    locate_flaw,
    move_ends,
    move_tip,
)
from jadeite.microstructure.plane.sizes import crack_tip_size, flaw_tip_size
from jadeite.microstructure.plane.slits import Slit
from jadeite.microstructure.plane.tips import BoundaryEdges
from jadeite.microstructure.tagged_mesh import Crack, Flaw

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe


@dataclass(frozen=True, eq=False)
class Openings:
    """Flaws and cracks, with what each does to the ceramic.

    `voids` belong to notches and filaments, `slits` to straight cuts and to cracks, `paths` (by name of the flaw) to
    flaws along grain boundaries.
    """

    flaws: tuple[Flaw, ...]
    cracks: tuple[Crack, ...]
    voids: tuple[Void, ...]
    slits: tuple[Slit, ...]
    paths: dict[str, shapely.LineString]

    @property
    def cut_flaws(self) -> dict[str, BaseGeometry]:
        """Lines of the flaws that are cuts, by surface name."""
        straight = [flaw for flaw in self.flaws if flaw.form == "cut" and flaw.name not in self.paths]
        lines = {f"flaw {flaw.name}": flaw_slit(flaw).line for flaw in straight}
        return {**lines, **{f"flaw {name}": path for name, path in self.paths.items()}}

    @property
    def flaw_shapes(self) -> dict[str, BaseGeometry]:
        """Polygons and lines of all flaws, by surface name."""
        return {**{void.name: void.polygon for void in self.voids}, **self.cut_flaws}

    @property
    def crack_shapes(self) -> dict[str, BaseGeometry]:
        """Lines of all cracks, by surface name."""
        return {f"crack {crack.name}": crack_slit(crack).line for crack in self.cracks}


def open_flaws(recipe: Recipe, tiling: Arrangement, shapes: Sequence[RegionShape], size: float) -> Openings:
    """Put all flaws and cracks of a recipe in place; `size` is the mean grain diameter in m.

    Straight flaws come first; those along grain boundaries keep clear of them and of each other. A straight tip that
    all but touches a boundary is moved onto it. Raises MicrostructureError when a flaw does not fit.
    """
    boundaries = BoundaryEdges.of(tiling)
    straight = {
        flaw.name: _settled_flaw(locate_flaw(flaw, shapes), boundaries, recipe, shapes)
        for flaw in recipe.flaws
        if flaw.path == "straight"
    }
    cracks = [_settled_crack(locate_crack(crack), boundaries, recipe) for crack in recipe.cracks]
    voids = [flaw_void(flaw) for flaw in straight.values() if flaw.form != "cut"]
    slits = [flaw_slit(flaw) for flaw in straight.values() if flaw.form == "cut"]
    slits += [crack_slit(crack) for crack in cracks]

    near: list[BaseGeometry] = [*(void.polygon for void in voids), *(slit.line for slit in slits)]
    near += [
        shapely.LineString([(patch.start, 0.0), (patch.end, 0.0)])
        for patch in recipe.unwetted_patches
        if patch.start is not None and patch.end is not None
    ]
    followed: dict[str, Flaw] = {}
    paths: dict[str, shapely.LineString] = {}
    for flaw in recipe.flaws:
        if flaw.path == "grain_boundaries":
            followed[flaw.name], paths[flaw.name] = follow_boundaries(flaw, tiling, shapes, size, near)
            near.append(paths[flaw.name])
    located = {**straight, **followed}
    flaws = tuple(located[flaw.name] for flaw in recipe.flaws)
    return Openings(flaws, tuple(cracks), tuple(voids), tuple(slits), paths)


def _settled_flaw(flaw: Flaw, boundaries: BoundaryEdges, recipe: Recipe, shapes: Sequence[RegionShape]) -> Flaw:
    """A straight flaw whose tip lies on a boundary or well away from it."""
    return move_tip(flaw, boundaries.settle(flaw.tip, flaw.direction, flaw_tip_size(recipe, flaw)), shapes)


def _settled_crack(crack: Crack, boundaries: BoundaryEdges, recipe: Recipe) -> Crack:
    """A crack whose ends each lie on a boundary or well away from it."""
    size, along = crack_tip_size(recipe, crack), (-crack.normal[1], crack.normal[0])
    lower, upper = (boundaries.settle(end, along, size) for end in crack.front)
    return move_ends(crack, lower, upper)
