# SPDX-License-Identifier: LGPL-3.0-or-later
"""A microstructure in three dimensions before it is meshed: a complex of cells, and what its parts mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jadeite.microstructure.solid.cell_complex import CellComplex
from jadeite.microstructure.tagged_mesh import Crack, Flaw, Patch, Pore, RegionTable, SurfaceKind

# walls of the box by axis: the names of its low and its high side
BOX_WALLS: tuple[tuple[str, str], ...] = (
    ("side wall left", "side wall right"),
    ("plating electrode", "stripping electrode"),
    ("side wall front", "side wall back"),
)

BOX_WALL_KINDS: dict[str, SurfaceKind] = {
    "side wall left": SurfaceKind.SIDE_WALL,
    "side wall right": SurfaceKind.SIDE_WALL,
    "plating electrode": SurfaceKind.PLATING_ELECTRODE,
    "stripping electrode": SurfaceKind.STRIPPING_ELECTRODE,
    "side wall front": SurfaceKind.SIDE_WALL,
    "side wall back": SurfaceKind.SIDE_WALL,
}


@dataclass(frozen=True)
class Grooves:
    """Grooves pressed into the plating electrode along its lines of grain boundaries: depth and width at y = 0 in m."""

    depth: float
    width: float


@dataclass(frozen=True, eq=False)
class SolidGeometry:
    """Everything a mesher needs to know.

    `complex` tiles the box [0, box[0]] x [0, box[1]] x [0, box[2]] (m) but for its pores. `regions` has one row per
    region, with its exact volume before any flaw is opened. `walls` gives the kind of every name that a face of the
    complex bears as its `wall`; a face between two cells without a wall is a boundary where the regions differ and
    nothing at all where they do not. Flaws are cuts in the complex: where `form` of a flaw is "notch" or "filament",
    its walls are still to be parted by its `mouth_width`, and `grooves` are still to be pressed in. `periodic` lists
    axes whose two sides carry the same faces, point by point. `size` (m) is the mean grain diameter, or the thickness
    of the thinnest layer; mesh sizes are measured by it.
    """

    complex: CellComplex
    regions: RegionTable
    walls: Mapping[str, SurfaceKind]
    box: tuple[float, float, float]
    periodic: tuple[int, ...]
    size: float
    flaws: tuple[Flaw, ...] = ()
    cracks: tuple[Crack, ...] = ()
    pores: tuple[Pore, ...] = ()
    patches: tuple[Patch, ...] = ()
    grooves: Grooves | None = None
    statistics: dict[str, float | int | str] = field(default_factory=dict)
