# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where current density and stress grow without limit: fronts and mouths of flaws, rims of unwetted patches.

In the plane these are points. In space they are lines, kept as points so close together that distances of the stated
size are right to a few thousandths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.microstructure.tagged_mesh import Flaw, Patch, SurfaceKind, TaggedMesh

Array = NDArray[np.float64]

#: Points on a line stand this share of the stated distance apart, which is wrong by at most its square over eight.
_SPACING = 0.15
#: ... but no line gets more of them than this.
_MOST_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class SingularSet:
    """Points at which fields are singular or nearly so.

    Attributes:
        points: shape (n, dimension), m.
        names: what causes each, for example "flaw deep".
        on_electrode: whether it lies on the plating electrode, as mouths and rims do, shape (n,).
    """

    points: Array
    names: tuple[str, ...]
    on_electrode: NDArray[np.bool_]

    def distance(self, points: Array, electrode_only: bool = False) -> Array:
        """Return the distance (m) of points (n, dimension) from the set; infinite when that is empty."""
        chosen = self.points[self.on_electrode] if electrode_only else self.points
        if not len(chosen):
            return np.full(len(points), np.inf)
        return np.asarray(cKDTree(chosen).query(points)[0], dtype=float)


def singular_set(tagged: TaggedMesh, distance: float) -> SingularSet:
    """Return the singular set of a mesh for exclusions of a stated distance (m)."""
    points: list[Array] = []
    names: list[str] = []
    on_electrode: list[bool] = []

    def add(found: Array, name: str, electrode: bool) -> None:
        points.append(found)
        names.extend([name] * len(found))
        on_electrode.extend([electrode] * len(found))

    for flaw in tagged.flaws:
        name = f"flaw {flaw.name}"
        add(along(np.array(flaw.front), _SPACING * distance), name, False)
        add(mouth_points(tagged, flaw, _SPACING * distance), name, True)
    for patch in tagged.patches:
        rim = rim_points(patch, _SPACING * distance)
        # the axis of a body of revolution is the middle of a disc, not its rim
        add(rim[rim[:, 0] > 0.0] if tagged.axisymmetric else rim, f"unwetted patch {patch.name}", True)
    dimension = tagged.dimension
    return SingularSet(
        np.concatenate([np.empty((0, dimension)), *points]), tuple(names), np.array(on_electrode, dtype=bool)
    )


def mouth_points(tagged: TaggedMesh, flaw: Flaw, spacing: float) -> Array:
    """Return points (m) where a flaw's walls meet the plating electrode: two in the plane, lines in space."""
    if tagged.dimension == 2:
        half = 0.5 * flaw.mouth_width
        return np.array([(flaw.mouth[0] - half, flaw.mouth[1]), (flaw.mouth[0] + half, flaw.mouth[1])])
    surfaces = tagged.surfaces
    wall = [row for row in surfaces.rows(SurfaceKind.FLAW_WALL) if surfaces.name[row] == f"flaw {flaw.name}"]
    contact = surfaces.rows(SurfaceKind.PLATING_ELECTRODE, SurfaceKind.UNWETTED_PATCH)
    first, second = (_edges(tagged.facets[np.isin(tagged.facet_surface, rows)]) for rows in (wall, contact))
    size = len(tagged.points)
    shared = np.intersect1d(first[:, 0] * size + first[:, 1], second[:, 0] * size + second[:, 1])
    ends = tagged.points[np.column_stack(np.divmod(shared, size))]
    return np.concatenate([np.empty((0, 3)), *(along(edge, spacing) for edge in ends)])


def rim_points(patch: Patch, spacing: float) -> Array:
    """Return points (m) on the rim of an unwetted patch: its two ends in the plane, its outline in space."""
    if not patch.outline:
        return np.array([(patch.start, 0.0), (patch.end, 0.0)])
    plane = np.array([*patch.outline, patch.outline[0]])
    return along(np.column_stack([plane[:, 0], np.zeros(len(plane)), plane[:, 1]]), spacing)


def along(line: Array, spacing: float) -> Array:
    """Return points on a polyline (k, dimension), its own included, no farther apart than a spacing (m)."""
    if len(line) < 2:
        return line
    steps = np.diff(line, axis=0)
    length = np.linalg.norm(steps, axis=1)
    spacing = max(spacing, float(length.sum()) / _MOST_POINTS)
    count = np.maximum(np.ceil(length / spacing), 1).astype(int)
    share = np.concatenate([np.arange(n) / n for n in count])
    return np.concatenate(
        [np.repeat(line[:-1], count, axis=0) + share[:, None] * np.repeat(steps, count, axis=0), line[-1:]]
    )


def _edges(facets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Edges of triangles, lower node first, each once."""
    edges = np.sort(np.concatenate([facets[:, [0, 1]], facets[:, [1, 2]], facets[:, [2, 0]]]), axis=1)
    return np.unique(edges, axis=0)
