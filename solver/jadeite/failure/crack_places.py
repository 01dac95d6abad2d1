# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the tips and fronts of a mesh are, and how large a domain of integration around each may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.failure.crack_front import CurvedFront, PlaneTip
from jadeite.microstructure.tagged_mesh import Crack, Flaw, SurfaceKind, TaggedMesh

Array = NDArray[np.float64]

#: Radius of the domain over the size of a crack; no more than this share of the distance to anything else.
RADIUS_SHARE, CLEARANCE = 0.4, 0.9
#: ... but at least this many cells, where the last straight piece of a crack is short.
_FEWEST_CELLS = 2.0
#: Sine of the angle by which a straight piece may deviate from its direction.
_STRAIGHT = 1e-3
#: A crack counts as plane when its front misses the plane by less than this share of its size.
_PLANE = 1e-3
#: Share of an open front at either end that is left out: where it meets a free surface the singularity is another one.
_END_SHARE = 0.05
#: Cells nearest to a point among which that which holds it is looked for.
_CANDIDATES = 64
_NO_OBSTACLE = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY, SurfaceKind.UNWETTED_PATCH)


@dataclass(frozen=True, eq=False)
class CrackPlace:
    """A tip or front with its domain of integration.

    Attributes:
        name: "flaw deep" or "crack one, lower end".
        kind: what it belongs to.
        front: the tip or front.
        points: on it, no farther apart than the radius, shape (k, dimension), m.
        radius: of the domain, m.
        cell_size: of cells at the front, m.
        end: length at either end of an open front that is left out, m.
        tagged: the mesh.
        crowded: whether cells are so large that the domain, two of them wide, comes too close to a support, to the
            walls of another void or to another tip.
    """

    name: str
    kind: Literal["flaw", "crack"]
    front: PlaneTip | CurvedFront
    points: Array
    radius: float
    cell_size: float
    end: float
    tagged: TaggedMesh
    crowded: bool = False

    def region_ahead(self, point: Array) -> int:
        """Return the row of the region that holds a point (3,), m, close to the front."""
        mesh, (cells, middle) = self.tagged, self.near
        at = point[: mesh.dimension]
        nearest = cells[np.argsort(np.linalg.norm(middle - at, axis=1))[:_CANDIDATES]]
        corners = mesh.points[mesh.cells[nearest]]
        # the cell that the point is deepest in, or least outside of
        step = corners[:, 1:] - corners[:, :1]
        share = np.linalg.solve(np.swapaxes(step, 1, 2), (at - corners[:, 0])[..., None])[..., 0]
        depth = np.minimum(share.min(axis=1), 1.0 - share.sum(axis=1))
        return int(mesh.cell_region[nearest[int(np.argmax(depth))]])

    @cached_property
    def near(self) -> tuple[NDArray[np.int64], Array]:
        """Cells that the domain of integration may reach, and their middles, m."""
        middle = self.tagged.points[self.tagged.cells].mean(axis=1)
        gap = cKDTree(self.points).query(middle)[0]
        cells = np.flatnonzero(gap <= max(3.0 * self.radius, float(gap.min())))
        return cells, middle[cells]


def crack_places(tagged: TaggedMesh, pushed: Sequence[SurfaceKind] = ()) -> list[CrackPlace]:
    """Return the tips and fronts of a mesh: flaws first, in the order of their tables.

    In space only plane cracks are read; those along grain boundaries, whose fronts turn, are left out.

    Args:
        tagged: the mesh.
        pushed: outer surfaces that bear a known pressure or nothing, and no support: domains may reach them.
    """
    if tagged.dimension == 2:
        return _in_plane(tagged, pushed)
    return _in_space(tagged, pushed)


def _in_plane(tagged: TaggedMesh, pushed: Sequence[SurfaceKind]) -> list[CrackPlace]:
    tips: list[tuple[str, Literal["flaw", "crack"], Array, Array, float]] = []
    for flaw in tagged.flaws:
        tips.append((f"flaw {flaw.name}", "flaw", np.array(flaw.tip), np.array(flaw.direction), flaw.depth))
    for crack in tagged.cracks:
        ends = np.array(crack.front)
        along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
        names = ("lower end", "upper end") if abs(along[1]) > 1e-9 else ("left end", "right end")
        for end, sign, name in zip(ends, (-1.0, 1.0), names, strict=True):
            if tagged.axisymmetric and end[0] <= 1e-9 * tagged.points[:, 0].max():
                continue  # the middle of a disc
            tips.append((f"crack {crack.name}, {name}", "crack", end, sign * along, 2.0 * crack.half_length))
    others = np.array([tip for _, _, tip, _, _ in tips])
    found = []
    for number, (name, kind, tip, direction, size) in enumerate(tips):
        heading, straight = _last_piece(tagged, name.split(",")[0], tip, direction, size)
        rest = np.delete(others, number, axis=0)
        apart = np.linalg.norm(rest - tip, axis=1).min(initial=np.inf)
        own = name.split(",")[0]
        clear = min(0.5 * apart, _distance_to_boundary(tagged, own, tip[None], pushed))
        cell = _cell_size(tagged, own, tip[None])
        radius = max(min(RADIUS_SHARE * size, CLEARANCE * clear, straight), _FEWEST_CELLS * cell)
        crowded = radius > CLEARANCE * clear
        found.append(CrackPlace(name, kind, PlaneTip(tip, heading), tip[None], radius, cell, 0.0, tagged, crowded))
    return found


def _in_space(tagged: TaggedMesh, pushed: Sequence[SurfaceKind]) -> list[CrackPlace]:
    fronts: list[tuple[str, Literal["flaw", "crack"], Flaw | Crack, Array, float]] = []
    for flaw in tagged.flaws:
        size = min(flaw.depth, flaw.half_length) if flaw.half_length > 0.0 else flaw.depth
        fronts.append((f"flaw {flaw.name}", "flaw", flaw, np.array(flaw.mouth), size))
    for crack in tagged.cracks:
        fronts.append((f"crack {crack.name}", "crack", crack, np.array(crack.centre), crack.half_length))
    lines = [_front_line(record, size) for _, _, record, _, size in fronts]
    found = []
    for number, (name, kind, record, inside, size) in enumerate(fronts):
        line, normal = lines[number], np.array(record.normal)
        if np.abs((line - inside) @ normal).max() > _PLANE * size:
            continue
        curve = CurvedFront(line, normal, inside, size)
        cell = _cell_size(tagged, name, line)
        end = 0.0 if curve.closed else _END_SHARE * curve.length
        run = np.linspace(end, curve.length - end, 64)
        points = curve.at(run)[0]
        rest = [other for k, other in enumerate(lines) if k != number]
        apart = min((float(cKDTree(other).query(points)[0].min()) for other in rest), default=np.inf)
        clear = min(0.5 * apart, _distance_to_boundary(tagged, name, points, pushed))
        radius = max(min(RADIUS_SHARE * size, CLEARANCE * clear), _FEWEST_CELLS * cell)
        dense = curve.at(np.linspace(0.0, curve.length, max(64, int(4.0 * curve.length / radius))))[0]
        found.append(CrackPlace(name, kind, curve, dense, radius, cell, end, tagged, radius > CLEARANCE * clear))
    return found


def _front_line(record: Flaw | Crack, size: float) -> Array:
    """Points along a front; that of a crack inside the ceramic ends where it starts."""
    line = np.array(record.front)
    open_end = np.linalg.norm(line[0] - line[-1]) > 1e-9 * size
    return np.concatenate([line, line[:1]]) if isinstance(record, Crack) and open_end else line


def _last_piece(tagged: TaggedMesh, name: str, tip: Array, direction: Array, size: float) -> tuple[Array, float]:
    """Direction of the last straight piece of a cut, and its length, m; of walls that stand apart the crack itself."""
    walls = _wall_points(tagged, name) - tip
    away = np.linalg.norm(walls, axis=1)
    walls, away = walls[away > 1e-9 * size], away[away > 1e-9 * size]
    if any(flaw.mouth_width > 0.0 for flaw in tagged.flaws if f"flaw {flaw.name}" == name) or not len(walls):
        return direction, np.inf
    last = int(np.argmin(away))
    heading = -walls[last] / away[last]
    aside = np.abs(walls[:, 0] * heading[1] - walls[:, 1] * heading[0])
    bent = away[aside > _STRAIGHT * away]
    return heading, float(bent.min(initial=np.inf))


def _wall_facets(tagged: TaggedMesh, name: str) -> NDArray[np.int64]:
    rows = [row for row, given in enumerate(tagged.surfaces.name) if given == name]
    return tagged.facets[np.isin(tagged.facet_surface, rows)]


def _wall_points(tagged: TaggedMesh, name: str) -> Array:
    return np.asarray(tagged.points[np.unique(_wall_facets(tagged, name))])


def _cell_size(tagged: TaggedMesh, name: str, line: Array) -> float:
    """Mean length of the edges of wall facets next to a tip or front, m."""
    corners = tagged.points[_wall_facets(tagged, name)]
    gap = cKDTree(line).query(corners.mean(axis=1))[0]
    edge = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).mean(axis=1)
    near = np.argsort(gap)[: max(2, len(line))]
    return float(edge[near].mean())


def _distance_to_boundary(tagged: TaggedMesh, name: str, line: Array, pushed: Sequence[SurfaceKind]) -> float:
    """Distance from a tip or front to walls of other voids and to outer surfaces whose traction is not known, m."""
    inner = tagged.surfaces.rows(*_NO_OBSTACLE, *pushed)
    own = [row for row, given in enumerate(tagged.surfaces.name) if given == name]
    outer = tagged.facets[~np.isin(tagged.facet_surface, np.concatenate([inner, own]))]
    points = tagged.points[np.unique(outer)]
    if tagged.axisymmetric:
        points = points[points[:, 0] > 0.0]
    return float(cKDTree(line).query(points)[0].min(initial=np.inf))
