# SPDX-License-Identifier: LGPL-3.0-or-later
"""Walls of pores, flaws and cracks of a plane mesh as polylines, in the order of their points."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, depth_first_order

from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh


def wall_polylines(mesh: TaggedMesh, *kinds: SurfaceKind) -> list[NDArray[np.float64]]:
    """Return the facets of these kinds of a plane mesh as connected polylines (n, 2) in micrometres.

    Closed walls come without repetition of their first point, open ones from one end to the other.
    """
    facets = mesh.facets[np.isin(mesh.facet_surface, mesh.surfaces.rows(*kinds))]
    if not len(facets):
        return []
    used, number = np.unique(facets, return_inverse=True)
    ends = number.reshape(facets.shape)
    size = len(used)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size)).tocsr()
    count, component = connected_components(graph, directed=False)
    degree = np.bincount(ends.ravel(), minlength=size)
    # an open wall starts at one of its ends
    order = np.lexsort((degree, component))
    starts = order[np.searchsorted(component[order], np.arange(count))]
    lines = []
    for start in starts.tolist():
        chain, _ = depth_first_order(graph, start, directed=False)
        lines.append(mesh.points[used[chain]] * 1e6)
    return lines


def has_no_width(wall: NDArray[np.float64]) -> bool:
    """Whether a polyline (n, 2) runs back on itself: both walls of a cut."""
    x, y = wall.T
    area = 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    return bool(area < 1e-6 * np.ptp(wall, axis=0).max() ** 2)
