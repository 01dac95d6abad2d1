# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pictures of solids with a part cut away: parallel projection, exact sections, polygons painted from back to front.

A cut takes away a part that is open towards the viewer. What it lays bare is therefore hidden by nothing, and the order
of painting is simple: what is seen through holes first, then outer faces and sections, then what stands free in the
cut. y points up; the plating electrode is the floor.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Colormap, Normalize, to_rgb
from numpy.typing import NDArray
from scipy.spatial import KDTree

from jadeite.microstructure.adjacency import cells_beside
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.output.display import number
from jadeite.output.figures.grain_colours import grain_colours
from jadeite.output.figures.shading import SHADING, SHADING_OF_VALUES, shaded
from jadeite.output.figures.slicing import (
    Plane,
    Polygons,
    clip,
    clip_outside,
    sections,
    segments_above,
    segments_outside,
    slice_cells,
)
from jadeite.output.figures.solid_edges import boundary_edges, sharp_edges
from jadeite.output.figures.style import INK, SODIUM, outlined

Array = NDArray[np.float64]

OUTER = (
    SurfaceKind.PLATING_ELECTRODE,
    SurfaceKind.STRIPPING_ELECTRODE,
    SurfaceKind.UNWETTED_PATCH,
    SurfaceKind.SIDE_WALL,
)
_BOUNDARIES = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
FLAW_COLOUR = "#5E6670"
PORE_COLOUR = "#453E3B"
_NO_VALUE = (0.85, 0.85, 0.85)
_SLAB_SHARE = 0.06
_MICROMETRE = 1e-6
# flaws that get their names written, at most
_NAMED = 5
_HOLES, _BODY, _LINES, _SHEETS, _WORDS = 2, 3, 4, 5, 6


@dataclass(frozen=True)
class View:
    """Where one looks from: turned from the z axis towards x, and raised above the horizon; degrees."""

    azimuth: float = 33.0
    elevation: float = 28.0

    @property
    def axes(self) -> Array:
        """Unit vectors to the right, upwards, and towards the viewer, as rows."""
        turn, rise = np.radians(self.azimuth), np.radians(self.elevation)
        towards = np.array([np.cos(rise) * np.sin(turn), np.sin(rise), np.cos(rise) * np.cos(turn)])
        right = np.array([np.cos(turn), 0.0, -np.sin(turn)])
        return np.array([right, np.cross(towards, right), towards])

    def project(self, points: Array) -> Array:
        """Points (..., 3) in m to the picture (..., 2) in micrometres."""
        projected: Array = points @ self.axes[:2].T / _MICROMETRE
        return projected


@dataclass(frozen=True, eq=False)
class Cut:
    """The part taken away: what lies above all planes; without planes, nothing."""

    planes: tuple[Plane, ...] = ()


def half_cut(axis: int, position: float) -> Cut:
    """Take away what lies beyond a position in m along one axis."""
    return Cut((Plane(np.eye(3)[axis], position),))


def corner_cut(x: float, z: float) -> Cut:
    """Take away the corner nearest to the viewer over the whole height: beyond x and beyond z, in m."""
    return Cut((Plane(np.eye(3)[0], x), Plane(np.eye(3)[2], z)))


def default_cut(mesh: TaggedMesh) -> Cut:
    """A corner that lays bare the middle, and the deepest flaw in section where it lies well inside."""
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    extent = high - low
    x, _, z = low + 0.45 * extent
    if mesh.flaws:
        deepest = max(mesh.flaws, key=lambda flaw: flaw.depth)
        share = (np.array(deepest.mouth) - low) / np.where(extent > 0.0, extent, 1.0)
        if 0.2 < share[2] < 0.8 and share[0] > 0.25:
            z = deepest.mouth[2]
            x = low[0] + extent[0] * float(np.clip(share[0] - 0.2, 0.15, 0.5))
    return corner_cut(float(x), float(z))


def values_in_mesh(mesh: TaggedMesh, points: Array, cells: NDArray[np.int64], values: Array) -> Array:
    """Values of the cells of a field file in the order of the cells of the mesh it was computed on.

    Cells are told by their middles; the corners of `cells` come first (VTK's order). Raises ValueError when the file
    has other cells than the mesh.
    """
    corners = mesh.cells.shape[1]
    tree = KDTree(points[cells[:, :corners]].mean(axis=1))
    gap, row = tree.query(mesh.points[mesh.cells].mean(axis=1))
    if gap.max() > 1e-6 * np.ptp(mesh.points, axis=0).max():
        raise ValueError("the field was computed on another mesh")
    found: Array = np.asarray(values)[row]
    return found


def solid_picture(
    axes: Axes,
    mesh: TaggedMesh,
    values: Array | None = None,
    *,
    cut: Cut | None = None,
    view: View | None = None,
    colour_map: Colormap | None = None,
    norm: Normalize | None = None,
    colours: Array | None = None,
    boundary_lines: bool = True,
    names: bool = True,
) -> ScalarMappable | None:
    """Draw a solid mesh with a part cut away.

    Args:
        axes: where to draw; gets equal scales in micrometres and loses its frame.
        mesh: tetrahedra.
        values: one per cell (m,), shown through `colour_map` and `norm` (by default over their range); grey where NaN.
        cut: the part taken away; a corner by default, see `default_cut`. Its normals must point towards the viewer.
        view: where one looks from.
        colour_map: of `values`.
        norm: of `values`.
        colours: of the regions (regions, 3) when there are no values; by default those of `grain_colours`.
        boundary_lines: draw grain and phase boundaries.
        names: write what the electrodes are, and the names of the first few flaws whose tips are in view.

    Returns:
        What a colour bar needs when there are values, else None.

    Raises:
        ValueError: for a plane mesh, or a cut that the viewer cannot see into.
    """
    if mesh.dimension != 3:
        raise ValueError("a solid picture needs a mesh of tetrahedra")
    view = View() if view is None else view
    cut = default_cut(mesh) if cut is None else cut
    if any(plane.normal @ view.axes[2] <= 0.0 for plane in cut.planes):
        raise ValueError("the viewer cannot see into this cut: turn its normals towards the viewer")
    painter = _Painter(axes, mesh, cut, view)
    mappable = None
    if values is not None:
        mappable = ScalarMappable(norm or Normalize(np.nanmin(values), np.nanmax(values)), colour_map)
        cell_colours = mappable.to_rgba(np.asarray(values, dtype=float))[:, :3]
        cell_colours[~np.isfinite(values)] = _NO_VALUE
    else:
        cell_colours = (grain_colours(mesh).rgb if colours is None else colours)[mesh.cell_region]
    painter.floor(names)
    painter.through_holes()
    painter.body(cell_colours, SHADING if values is None else SHADING_OF_VALUES)
    painter.lines(boundary_lines)
    painter.free_flaws(names)
    painter.finish()
    return mappable


class _Painter:
    """Draws the parts of one picture."""

    def __init__(self, axes: Axes, mesh: TaggedMesh, cut: Cut, view: View) -> None:
        self.axes, self.mesh, self.planes, self.view = axes, mesh, cut.planes, view
        self.towards = view.axes[2]
        self.low, self.high = mesh.points.min(axis=0), mesh.points.max(axis=0)
        kind = np.array([str(kind) for kind in mesh.surfaces.kind])[mesh.facet_surface]
        self.facets_of = {name: mesh.facets[kind == str(name)] for name in SurfaceKind}
        self.outer = np.concatenate([self.facets_of[name] for name in OUTER])
        beside, opposite = cells_beside(mesh.cells, self.outer, len(mesh.points))
        self.outer_cell = beside[:, 0]
        self.outer_normal = self._outward(self.outer, mesh.cells[beside[:, 0], opposite[:, 0]])

    # Parts of the picture, in the order of painting

    def floor(self, names: bool) -> None:
        """The sodium of the plating electrode as a slab under the cell, with unwetted patches where the cut shows."""
        electrodes = {SurfaceKind.PLATING_ELECTRODE, SurfaceKind.FLAW_WALL} & set(self.mesh.surfaces.kind)
        if SurfaceKind.PLATING_ELECTRODE not in electrodes:
            return
        (x0, y0, z0), (x1, _, z1) = self.low, self.high
        depth = y0 - _SLAB_SHARE * float((self.high - self.low).mean())
        faces = np.array(
            [
                [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],
                [(x0, depth, z1), (x1, depth, z1), (x1, y0, z1), (x0, y0, z1)],
                [(x1, depth, z0), (x1, depth, z1), (x1, y0, z1), (x1, y0, z0)],
            ]
        )
        normals = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
        shade = shaded(np.tile(to_rgb(SODIUM), (3, 1)), normals)
        self.axes.add_collection(
            PolyCollection(list(self.view.project(faces)), facecolors=shade, edgecolors=INK, linewidths=0.8, zorder=1)
        )
        patches = self.facets_of[SurfaceKind.UNWETTED_PATCH]
        if len(patches):
            bare = Polygons.of_simplices(self.mesh.points, patches)
            for plane in self.planes:
                bare = clip(bare, plane, above=True)
            self._paint(bare, np.array(to_rgb("white"))[None].repeat(len(bare), axis=0), 1.5)
            rims = self.mesh.points[sharp_edges(patches, np.tile([0.0, 1.0, 0.0], (len(patches), 1)))]
            self._stroke(segments_above(rims, self.planes), INK, 0.8, 1.6)
        if names:
            for text, height, place in (
                ("sodium, plating side", 0.5 * (y0 + depth), "center"),
                ("sodium, stripping side\n(not drawn)", self.high[1], "bottom"),
            ):
                at = self.view.project(np.array([x1, height, z0]))
                self.axes.annotate(
                    text, tuple(at), xytext=(8, 0), textcoords="offset points", va=place, fontsize=9, zorder=_WORDS
                )

    def through_holes(self) -> None:
        """Walls of pores and flaws that the cut opens, as seen through the openings."""
        for kind, colour in ((SurfaceKind.PORE_WALL, PORE_COLOUR), (SurfaceKind.FLAW_WALL, FLAW_COLOUR)):
            walls = self._opened(kind)
            if not len(walls):
                continue
            beside, opposite = cells_beside(self.mesh.cells, walls, len(self.mesh.points))
            normal = self._outward(walls, self.mesh.cells[beside[:, 0], opposite[:, 0]])
            seen = normal @ self.towards > 0.0
            polygons = clip_outside(Polygons.of_simplices(self.mesh.points, walls[seen]), self.planes)
            shade = shaded(np.array(to_rgb(colour)), normal[seen][polygons.source])
            self._paint(polygons, shade, _HOLES, sort=True)

    def body(self, cell_colours: Array, shading: float) -> None:
        """Outer faces that look towards the viewer, without the part cut away, and the sections."""
        front = np.flatnonzero(self.outer_normal @ self.towards > 1e-9)
        outside = clip_outside(Polygons.of_simplices(self.mesh.points, self.outer[front]), self.planes)
        rows = front[outside.source]
        self._paint(outside, shaded(cell_colours[self.outer_cell[rows]], self.outer_normal[rows], shading), _BODY)
        for number_, plane in enumerate(self.planes):
            section = slice_cells(self.mesh.points, self.mesh.cells, plane)
            for other in self._others(number_):
                section = clip(section, other, above=True)
            self._paint(section, shaded(cell_colours[section.source], plane.normal, shading), _BODY)

    def lines(self, boundaries: bool) -> None:
        """Boundaries, edges of the body and of the cut, and the traces of pores, flaws and cracks in the sections."""
        mesh = self.mesh
        front = self.outer_normal @ self.towards > 1e-9
        traced: list[tuple[tuple[SurfaceKind, ...], Any, float]] = [
            ((SurfaceKind.PORE_WALL,), INK, 0.9),
            ((SurfaceKind.FLAW_WALL,), FLAW_COLOUR, 2.2),
            ((SurfaceKind.EMBEDDED_CRACK,), INK, 2.2),
        ]
        if boundaries:
            traced.insert(0, (_BOUNDARIES, INK, 0.7))
            between = np.concatenate([self.facets_of[kind] for kind in _BOUNDARIES])
            if len(between):
                edges = boundary_edges(between, self.outer[front], len(mesh.points))
                self._stroke(segments_outside(mesh.points[edges], self.planes), INK, 0.7)
        for kinds, colour, width in traced:
            facets = np.concatenate([self.facets_of[kind] for kind in kinds])
            if len(facets):
                self._stroke(self._traces(facets), colour, width)
        edges = sharp_edges(self.outer, self.outer_normal, front)
        self._stroke(segments_outside(mesh.points[edges], self.planes), INK, 1.3)
        self._stroke(self._traces(self.outer), INK, 1.3)
        for number_, plane in enumerate(self.planes[:-1]):
            section = slice_cells(mesh.points, mesh.cells, plane)
            for row, other in enumerate(self.planes[number_ + 1 :], start=number_ + 1):
                rest = [self.planes[k] for k in range(len(self.planes)) if k not in (number_, row)]
                self._stroke(segments_above(sections(section, other)[0], rest), INK, 1.3)

    def free_flaws(self, names: bool) -> None:
        """Flaws in the part cut away, standing free on the plating electrode, and the names of some in view."""
        rows = self.mesh.surfaces.rows(SurfaceKind.FLAW_WALL).tolist() if self.planes else []
        walls = {row: self.mesh.facets[self.mesh.facet_surface == row] for row in rows}
        nearness = {row: float((self.mesh.points[facets] @ self.towards).mean()) for row, facets in walls.items()}
        for turn, row in enumerate(sorted(rows, key=nearness.__getitem__)):
            self._sodium(walls[row], _SHEETS + 1e-3 * turn)
        if names:
            reach = 1e-3 * float((self.high - self.low).max())
            seen = [f for f in self.mesh.flaws if all(p.height(np.array(f.tip)) > -reach for p in self.planes)]
            for flaw in seen[:_NAMED]:
                at = self.view.project(np.array(flaw.tip))
                label = self.axes.annotate(
                    flaw.name, tuple(at), xytext=(6, 6), textcoords="offset points", fontsize=11, fontweight="bold",
                    zorder=_WORDS,
                )  # fmt: skip
                outlined(label)

    def _sodium(self, walls: NDArray[np.int64], zorder: float) -> None:
        """The sodium that fills one flaw, as far as it lies in the part cut away."""
        beside, opposite = cells_beside(self.mesh.cells, walls, len(self.mesh.points))
        # its faces that look this way are those with the ceramic on this side
        normal = -self._outward(walls, self.mesh.cells[beside[:, 0], opposite[:, 0]])
        front = normal @ self.towards > 0.0
        sheets = Polygons.of_simplices(self.mesh.points, walls[front])
        for plane in self.planes:
            sheets = clip(sheets, plane, above=True)
        self._paint(sheets, shaded(np.array(to_rgb(FLAW_COLOUR)), normal[front][sheets.source]), zorder, sort=True)
        rims = self.mesh.points[sharp_edges(walls[front], normal[front])]
        self._stroke(segments_above(rims, self.planes), INK, 1.0, zorder)

    def finish(self) -> None:
        """Sizes along the edges, equal scales, no frame."""
        (x0, y0, z0), (x1, y1, z1) = self.low, self.high
        middle = 0.5 * (self.low + self.high)
        floor = y0 - _SLAB_SHARE * float((self.high - self.low).mean())
        if SurfaceKind.PLATING_ELECTRODE not in self.mesh.surfaces.kind:
            floor = y0
        extents = (self.high - self.low) / _MICROMETRE
        for place, shift, align, text in (
            ((middle[0], floor, z1), (-4, -4), ("right", "top"), f"x: {number(extents[0])} µm"),
            ((x1, floor, middle[2]), (4, -4), ("left", "top"), f"z: {number(extents[2])} µm"),
            ((x0, middle[1], z1), (-6, 0), ("right", "center"), f"y: {number(extents[1])} µm"),
        ):
            at = self.view.project(np.array(place))
            self.axes.annotate(
                text, tuple(at), xytext=shift, textcoords="offset points", ha=align[0], va=align[1], fontsize=10
            )
        corners = np.array([(x, y, z) for x in (x0, x1) for y in (floor, y1) for z in (z0, z1)])
        seen = self.view.project(corners)
        margin = 0.02 * np.ptp(seen, axis=0).max()
        # room for the height on the left, which layout engines leave out where there are no axes
        self.axes.set_xlim(seen[:, 0].min() - 6 * margin, seen[:, 0].max() + margin)
        self.axes.set_ylim(seen[:, 1].min() - margin, seen[:, 1].max() + margin)
        self.axes.set_aspect("equal")
        self.axes.set_axis_off()

    # What they are made of

    def _outward(self, facets: NDArray[np.int64], inner: NDArray[np.int64]) -> Array:
        """Unit normals of facets that point away from the inner points."""
        at = self.mesh.points[facets]
        normal = np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        inward = self.mesh.points[inner] - at[:, 0]
        outward: Array = normal * -np.sign(np.einsum("ij,ij->i", normal, inward))[:, None]
        return outward

    def _others(self, row: int) -> list[Plane]:
        return [plane for other, plane in enumerate(self.planes) if other != row]

    def _traces(self, facets: NDArray[np.int64]) -> Array:
        """Segments in which facets cross the sections."""
        polygons = Polygons.of_simplices(self.mesh.points, facets)
        pieces = [
            segments_above(sections(polygons, plane)[0], self._others(row)) for row, plane in enumerate(self.planes)
        ]
        return np.concatenate(pieces) if pieces else np.empty((0, 2, 3))

    def _opened(self, kind: SurfaceKind) -> NDArray[np.int64]:
        """Facets of the surfaces of one kind that the cut opens: part of each is taken away, part stays."""
        rows = self.mesh.surfaces.rows(kind)
        if not len(rows) or not self.planes:
            return np.empty((0, 3), dtype=np.int64)
        chosen = np.isin(self.mesh.facet_surface, rows)
        facets, surface = self.mesh.facets[chosen], self.mesh.facet_surface[chosen]
        gone = np.all([plane.height(self.mesh.points) > 0.0 for plane in self.planes], axis=0)[facets].any(axis=1)
        count = np.bincount(surface, minlength=len(self.mesh.surfaces))
        taken = np.bincount(surface[gone], minlength=len(self.mesh.surfaces))
        opened: NDArray[np.int64] = facets[((taken > 0) & (taken < count))[surface]]
        return opened

    def _paint(self, polygons: Polygons, colours: Array, zorder: float, sort: bool = False) -> None:
        if not len(polygons):
            return
        order = np.arange(len(polygons))
        if sort:
            order = np.argsort((polygons.corners @ self.towards).mean(axis=1))
        # without smoothing neighbours leave no seams; outlines are drawn over the edges
        self.axes.add_collection(
            PolyCollection(
                list(self.view.project(polygons.corners[order])), facecolors=colours[order], edgecolors="none",
                linewidths=0, antialiaseds=False, zorder=zorder,
            ),
            autolim=False,
        )  # fmt: skip

    def _stroke(self, segments: Array, colour: Any, width: float, zorder: float = _LINES) -> None:
        if len(segments):
            lines = LineCollection(
                list(self.view.project(segments)), colors=colour, linewidths=width, capstyle="round", zorder=zorder
            )
            self.axes.add_collection(lines, autolim=False)
