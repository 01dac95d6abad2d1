# SPDX-License-Identifier: LGPL-3.0-or-later
"""Openings and grooves made by moving the points of a finished mesh: walls of cuts part, boundaries sink in.

Every point moves in one direction by a smooth amount that depends on its place alone and dies out inside the material,
so that whatever lies in one place stays together, but for the two walls that are to part. Volumes and areas change with
the map; topology, names and periodic images do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import factorial
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.adjacency import cells_beside
from jadeite.microstructure.errors import MeshingError, MicrostructureError
from jadeite.microstructure.solid.interior_smoothing import improve, signed_qualities
from jadeite.microstructure.tagged_mesh import Flaw, SurfaceKind, TaggedMesh

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# an opening dies out over this part of the depth of a flaw, and over so many widths at least
OPENING_REACH, OPENING_WIDTHS = 0.5, 5.0
# a groove dies out over so many depths, so that it presses cells together by a half at most
GROOVE_DEPTHS = 3.0
# how often the reach of grooves is doubled when they invert cells
ATTEMPTS = 4
# steps in which walls part that cannot part at once
STEPS = 8
# the end of a filament is round when half its width is at least so many edges of the front
ROUND = 3.0
# quality (see interior_smoothing) under which they are parted in steps
POOR = 0.02
# points nearer to the electrode than this part of the extent lie on it
ON_ELECTRODE = 1e-9


class GrooveShape(Protocol):
    """Depth and width of grooves at the electrode, in m."""

    @property
    def depth(self) -> float: ...

    @property
    def width(self) -> float: ...


def open_walls(mesh: TaggedMesh) -> TaggedMesh:
    """Part the walls of all flaws of a solid mesh that have a width, along the plating electrode.

    The wall of a notch moves by half of mouth_width (1 - s), where s runs from 0 in the middle of the mouth to 1 on the
    front along straight lines: a wedge in every plane through the middle. That of a filament moves by half the width,
    less only near the front: its section ends in half a circle where edges on the front are at most a sixth of the
    width, and else, since a coarse mesh cannot bend like that, in an arch over one width or two edges. Raises
    MeshingError when cells would invert.
    """
    for flaw in mesh.flaws:
        if flaw.form != "cut" and flaw.mouth_width > 0.0:
            mesh = _open(mesh, flaw)
    return mesh


def press_grooves(mesh: TaggedMesh, grooves: GrooveShape | None) -> TaggedMesh:
    """Press grooves into the plating electrode along its lines of grain and phase boundaries (in 2-D, its points).

    The electrode sinks by depth (1 - 2 d / width) where that is positive, d being the distance from the nearest line.
    Nothing happens without `grooves` or boundaries. Raises MeshingError when cells would invert.
    """
    traces = _traces(mesh) if grooves is not None else shapely.GeometryCollection()
    if grooves is None or shapely.is_empty(traces):
        return mesh
    height = float(mesh.points[:, 1].max())
    beside = [axis for axis in range(mesh.dimension) if axis != 1]
    place = np.zeros((len(mesh.points), 2))
    place[:, : len(beside)] = mesh.points[:, beside]
    lines = shapely.STRtree(shapely.get_parts(traces))
    depth = np.zeros(len(place))
    near, distance = lines.query_nearest(
        shapely.points(place), max_distance=0.5 * grooves.width, return_distance=True, all_matches=False
    )
    depth[near[0]] = grooves.depth * (1.0 - 2.0 * distance / grooves.width)
    reach = max(GROOVE_DEPTHS * grooves.depth, grooves.width)
    for _ in range(ATTEMPTS):
        points = mesh.points.copy()
        points[:, 1] += depth * _fade(mesh.points[:, 1] / min(reach, height))
        for sides in mesh.periodic:
            low, high = sides.points.T
            points[high, 1] = points[low, 1]
        if not _inverts(points, mesh.cells):
            return replace(mesh, points=points)
        reach *= 2.0
    raise MicrostructureError(
        f"grooves of depth {1e6 * grooves.depth:.3g} um and width {1e6 * grooves.width:.3g} um turn cells inside out; "
        "make them shallower or wider"
    )


@dataclass(frozen=True, eq=False)
class _Opening:
    """The plane of a flaw: middle of its mouth, unit normal and two axes in the plane, and its front in these axes."""

    mouth: Array
    normal: Array
    axes: Array
    front: Array
    flaw: Flaw

    @classmethod
    def of(cls, flaw: Flaw) -> _Opening:
        """The opening of a flaw; axes run along the mouth and into the depth, the front from one end to the other."""
        normal, mouth = np.array(flaw.normal), np.array(flaw.mouth)
        along = np.cross(normal, np.array([0.0, 1.0, 0.0]))
        along /= np.linalg.norm(along)
        into = np.cross(along, normal)
        axes = np.stack([along, into if into[1] > 0.0 else -into])
        front = (np.array(flaw.front) - mouth) @ axes.T
        return cls(mouth, normal, axes, front if front[0, 0] > front[-1, 0] else front[::-1], flaw)

    def directions(self, height: Array) -> Array:
        """How points at heights y above the electrode move, (n, 3): along it at y = 0, normal to the plane deep.

        The length is such that the distance of the walls, normal to the plane, is that of the half widths throughout.
        """
        level = np.sqrt(1.0 - self.normal[1] ** 2)
        share = _fade(height / (OPENING_REACH * self.flaw.depth))
        direction = self.normal - share[:, None] * np.array([0.0, self.normal[1], 0.0])
        return np.asarray(level * direction / (direction @ self.normal)[:, None])

    def half_width(self, place: Array, height: Array, front_edge: float) -> Array:
        """Half the width at places (n, 2) in the plane, zero outside the front, as felt at a height above the plane.

        `front_edge` (m) is how long edges on the front are.

        With height, the round end of a filament becomes softer, so that cells are not sheared apart, but so slowly that
        points above a wall never move less than those on it by more than half their height.
        """
        # the segment of the front on the ray from the mouth through each place: angles ascend along the front
        angle = np.arctan2(self.front[:, 1], self.front[:, 0])
        angle[0], angle[-1] = 0.0, np.pi
        radius = np.linalg.norm(place, axis=1)
        ray = place / np.maximum(radius, np.finfo(float).tiny)[:, None]
        ray[:, 1] = np.maximum(ray[:, 1], 0.0)
        segment = np.clip(np.searchsorted(angle, np.arctan2(ray[:, 1], ray[:, 0]), side="right") - 1, 0, len(angle) - 2)
        start, along = self.front[segment], self.front[segment + 1] - self.front[segment]
        reach = np.abs(_cross(start, along)) / np.maximum(np.abs(_cross(ray, along)), np.finfo(float).tiny)
        half = 0.5 * self.flaw.mouth_width
        if self.flaw.form == "notch":
            return np.asarray(half * np.maximum(1.0 - radius / reach, 0.0))
        round_end = half >= ROUND * front_edge
        length = half if round_end else max(2.0 * half, 2.0 * front_edge)
        end = np.clip((reach - radius) / (length + height / 3.0), 0.0, 1.0)
        power = (0.5 if round_end else 1.0) + np.minimum(height / half / 4.0, 1.0)
        return np.asarray(half * (end * (2.0 - end)) ** power)


def _open(mesh: TaggedMesh, flaw: Flaw) -> TaggedMesh:
    """Part the walls of one flaw."""
    opening = _Opening.of(flaw)
    rows = np.flatnonzero(mesh.facet_surface == mesh.surfaces.name.index(f"flaw {flaw.name}"))
    relative = mesh.points - opening.mouth
    height, place = relative @ opening.normal, relative @ opening.axes.T
    # points on the plane: those of a wall belong to the side of their cells, those of the front to neither
    walls = mesh.facets[rows]
    beside, _ = cells_beside(mesh.cells, walls, len(mesh.points))
    above = height[mesh.cells[beside[:, 0]]].mean(axis=1) > 0.0
    side = np.sign(height)
    side[walls] = 0.0
    upper, lower = (np.isin(np.arange(len(side)), walls[chosen]) for chosen in (above, ~above))
    side[upper & ~lower], side[lower & ~upper] = 1.0, -1.0

    on_front = upper & lower
    ends = walls[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    ends = ends[np.all(on_front[ends], axis=1)]
    front_edge = float(np.mean(np.linalg.norm(mesh.points[ends[:, 0]] - mesh.points[ends[:, 1]], axis=1)))
    half = opening.half_width(place, np.abs(height), front_edge) * side
    direction = opening.directions(mesh.points[:, 1])
    room = _room(mesh.points - height[:, None] * opening.normal, side[:, None] * opening.normal, mesh.points)
    reach = max(OPENING_REACH * flaw.depth, OPENING_WIDTHS * flaw.mouth_width)
    amount = half * _fade(np.abs(height) / np.minimum(reach, room))
    movement = amount[:, None] * direction
    points = mesh.points + movement
    if signed_qualities(points, mesh.cells).min() < min(POOR, 0.5 * signed_qualities(mesh.points, mesh.cells).min()):
        # where the front is coarse for the width, points inside have to make room step by step
        inside = np.ones(len(points), dtype=bool)
        inside[mesh.facets] = False
        points = mesh.points
        for _ in range(STEPS):
            points = improve(points + movement / STEPS, mesh.cells, inside, below=0.1)
        if _inverts(points, mesh.cells):
            raise MeshingError(f"opening flaw '{flaw.name}' by {flaw.mouth_width:.3g} m inverts cells")
    return replace(mesh, points=points)


def _room(start: Array, direction: Array, box: Array) -> Array:
    """Distance along a direction from each start to the sides of the box around some points."""
    low, high = box.min(axis=0), box.max(axis=0)
    end = np.where(direction > 0.0, high, low)
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(direction != 0.0, (end - start) / direction, np.inf)
    # the electrodes do not limit motion along them
    return np.asarray(np.maximum(room[:, [0, 2]].min(axis=1), np.finfo(float).tiny))


def _fade(position: Array) -> Array:
    """A smooth step from 1 at 0 to 0 at 1 and beyond, with zero slope at both ends."""
    t = np.clip(position, 0.0, 1.0)
    return np.asarray((1.0 - t) ** 2 * (1.0 + 2.0 * t))


def _inverts(points: Array, cells: Index) -> bool:
    """Whether a cell has no positive measure."""
    corner = points[cells]
    measure = np.linalg.det(corner[:, 1:] - corner[:, :1]) / factorial(points.shape[1])
    return bool(measure.min() <= 0.0)


def _traces(mesh: TaggedMesh) -> shapely.Geometry:
    """Lines (x, z) in which boundaries meet the plating electrode, those beyond periodic sides included; in 2-D points.

    Positions have two coordinates in 2-D as well, the second zero.
    """
    boundary = np.isin(mesh.facet_surface, mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY))
    facets = mesh.facets[boundary]
    on_electrode = (np.abs(mesh.points[:, 1]) < ON_ELECTRODE * np.ptp(mesh.points))[facets]
    touching = on_electrode.sum(axis=1) == mesh.dimension - 1
    ends = facets[touching][on_electrode[touching]].reshape(-1, mesh.dimension - 1)
    place = np.zeros((*ends.shape, 2))
    beside = [axis for axis in range(mesh.dimension) if axis != 1]
    place[..., : len(beside)] = mesh.points[ends][..., beside]
    for sides in mesh.periodic:
        shift = np.zeros(2)
        shift[beside.index(sides.axis)] = sides.period
        place = np.concatenate([place, place + shift, place - shift])
    if mesh.dimension == 2:
        return shapely.multipoints(place[:, 0]) if len(place) else shapely.GeometryCollection()
    return shapely.multilinestrings(shapely.linestrings(place)) if len(place) else shapely.GeometryCollection()


def _cross(first: Array, second: Array) -> Array:
    """Component of the cross product of vectors in a plane."""
    return np.asarray(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
