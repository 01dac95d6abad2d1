# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the stress of a polycrystal grows without limit, by name, and the largest stress at a distance from there.

Beside fronts and mouths of flaws and rims of unwetted patches these are the fronts of embedded cracks, the lines where
three or more grains or particles meet (in the plane points), and the edges where a boundary ends at the surface of the
body: each is a corner of two unlike materials, at which elasticity has no bound, however fine the mesh (Bogy 1971,
Journal of Applied Mechanics 38, 377).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.failure.singular import SingularSet, along, singular_set
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

Array = NDArray[np.float64]

_SPACING = 0.15
#: Points on each edge of a singular line of the mesh, at most.
_MOST_ON_EDGE = 12
_BOUNDARIES = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)


@dataclass(frozen=True)
class StressPeak:
    """The largest (or smallest) value of a stress away from singular places.

    Attributes:
        value: Pa.
        place: coordinates, m.
        near: the nearest singular place, in words, or the name of the region where there is none.
        gap: distance from it, m; infinite where there is none.
    """

    value: float
    place: tuple[float, ...]
    near: str
    gap: float

    def where(self, words: Callable[[float, str], str]) -> str:
        """Return the place in words, given how to say a quantity with its SI unit."""
        rounding = 1e-9 * max(map(abs, self.place))
        rounded = (0.0 if abs(value) < rounding else value for value in self.place)
        place = ", ".join(f"{name} = {words(value, 'm')}" for name, value in zip("xyz", rounded, strict=False))
        if np.isinf(self.gap):
            return f"at {place}, in {self.near}"
        return f"at {place}, {words(self.gap, 'm')} from {self.near}"


def stress_singularities(tagged: TaggedMesh, distance: float) -> SingularSet:
    """Return the singular set of stress of a mesh, for exclusions of a stated distance (m)."""
    known = singular_set(tagged, distance)
    points, names, on_electrode = [known.points], list(known.names), [known.on_electrode]
    for crack in tagged.cracks:
        front = np.array(crack.front)
        if tagged.dimension == 3 and not np.array_equal(front[0], front[-1]):
            front = np.concatenate([front, front[:1]])  # a closed line, whose corners are listed once
        found = along(front, _SPACING * distance)
        points.append(found)
        names += [f"crack {crack.name}"] * len(found)
        on_electrode.append(np.zeros(len(found), dtype=bool))
    for found, of_point in (_triple_lines(tagged, distance), _edges_at_surface(tagged, distance)):
        points.append(found)
        names += of_point
        on_electrode.append(np.zeros(len(found), dtype=bool))
    return SingularSet(np.concatenate(points), tuple(names), np.concatenate(on_electrode))


def stress_peak(
    values: Array, places: Array, regions: tuple[str, ...], singular: SingularSet, distance: float, comm: MPI.Comm
) -> StressPeak | None:
    """Return the largest of the values at least a distance from singular places, over all ranks; None without any.

    Args:
        values: shape (n,), Pa.
        places: of this rank's values, shape (n, d), m.
        regions: name of the region of each.
        singular: places to keep away from.
        distance: m.
        comm: ranks that share the body.

    Note:
        Collective.
    """
    away = np.where(singular.distance(places) >= distance, values, -np.inf)
    largest = float(away.max(initial=-np.inf))
    best, rank = comm.allreduce((largest, comm.rank), op=MPI.MAXLOC)
    if not np.isfinite(best):
        return None
    found = None
    if comm.rank == rank:
        row = int(np.argmax(away))
        gaps = np.linalg.norm(singular.points - places[row], axis=1)
        near, gap = (singular.names[int(gaps.argmin())], float(gaps.min())) if len(gaps) else (regions[row], np.inf)
        found = StressPeak(best, tuple(float(part) for part in places[row]), near, gap)
    return comm.bcast(found, root=rank)


def _triple_lines(tagged: TaggedMesh, distance: float) -> tuple[Array, list[str]]:
    lines = tagged.triple_lines
    if not len(lines):
        return np.empty((0, tagged.dimension)), []
    corners = tagged.points[lines.ridges]
    found, edge = (corners[:, 0], np.arange(len(corners))) if tagged.dimension == 2 else _filled(corners, distance)
    return found, [f"triple line {lines.name[row]}" for row in lines.ridge_line[edge]]


def _edges_at_surface(tagged: TaggedMesh, distance: float) -> tuple[Array, list[str]]:
    """Where boundaries end at outer surfaces; planes of symmetry, which the sides are, are taken for surfaces."""
    inner = tagged.surfaces.rows(*_BOUNDARIES)
    outer = np.setdiff1d(np.arange(len(tagged.surfaces)), inner)
    of_inner, of_outer = (np.isin(tagged.facet_surface, rows) for rows in (inner, outer))
    if tagged.dimension == 2:
        on_outer = np.zeros(len(tagged.points), dtype=bool)
        on_outer[tagged.facets[of_outer]] = True
        ends = tagged.facets[of_inner]
        rows = np.repeat(tagged.facet_surface[of_inner], 2)
        chosen = on_outer[ends.ravel()]
        point, first = np.unique(ends.ravel()[chosen], return_index=True)
        return tagged.points[point], [f"end of {tagged.surfaces.name[row]}" for row in rows[chosen][first]]
    (inner_edges, rows), (outer_edges, _) = (
        _edges(tagged.facets[chosen], tagged.facet_surface[chosen]) for chosen in (of_inner, of_outer)
    )
    size = len(tagged.points)
    shared = np.isin(inner_edges @ [size, 1], outer_edges @ [size, 1])
    found, edge = _filled(tagged.points[inner_edges[shared]], distance)
    return found, [f"end of {tagged.surfaces.name[row]}" for row in rows[shared][edge]]


def _edges(facets: NDArray[np.int64], rows: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Edges of triangles, lower node first, each once with the surface of one of its triangles."""
    edges = np.sort(np.concatenate([facets[:, [0, 1]], facets[:, [1, 2]], facets[:, [2, 0]]]), axis=1)
    unique, first = np.unique(edges.reshape(-1, 2), axis=0, return_index=True)
    return unique, np.tile(rows, 3)[first]


def _filled(edges: Array, distance: float) -> tuple[Array, NDArray[np.int64]]:
    """Points on edges (n, 2, d) with a spacing that suits the distance, and the edge of each."""
    longest = float(np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1).max(initial=0.0))
    steps = int(np.clip(np.ceil(longest / (_SPACING * distance)), 1, _MOST_ON_EDGE))
    share = np.linspace(0.0, 1.0, steps + 1)[None, :, None]
    points = (1.0 - share) * edges[:, :1] + share * edges[:, 1:]
    return points.reshape(-1, edges.shape[-1]), np.repeat(np.arange(len(edges)), steps + 1)
