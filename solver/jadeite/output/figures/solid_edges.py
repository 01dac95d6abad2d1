# SPDX-License-Identifier: LGPL-3.0-or-later
"""Edges of triangulated surfaces that a picture shows: sharp ones, and those on which boundaries end."""

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.adjacency import Numbering, faces_of

_SHARP = np.cos(np.radians(40.0))


def sharp_edges(
    facets: NDArray[np.int64], normals: NDArray[np.float64], front: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Edges (k, 2) of facets (n, 3) with unit normals (n, 3) that are rims, or bend by more than 40 degrees.

    `front` (n,) limits them to edges of at least one facet that faces the viewer.
    """
    edges = faces_of(facets).reshape(-1, 2)
    owner = np.repeat(np.arange(len(facets)), 3)
    keys = Numbering(facets, int(facets.max(initial=0)) + 1).keys(edges)
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-2))
    count = np.diff(starts, append=len(order))
    first = owner[order[starts]]
    second = owner[order[np.minimum(starts + 1, len(order) - 1)]]
    sharp = (count != 2) | (np.einsum("ij,ij->i", normals[first], normals[second]) < _SHARP)
    if front is not None:
        sharp &= front[first] | ((count == 2) & front[second])
    return edges[order[starts[sharp]]]


def boundary_edges(boundaries: NDArray[np.int64], outer: NDArray[np.int64], points: int) -> NDArray[np.int64]:
    """Edges (k, 2) that facets of boundaries share with facets of an outer surface."""
    edges = faces_of(outer).reshape(-1, 2)
    numbering = Numbering(outer, points)
    keys, first = np.unique(numbering.keys(edges), return_index=True)
    wanted = numbering.keys(faces_of(boundaries).reshape(-1, 2))
    return edges[first[np.isin(keys, wanted)]]
