# SPDX-License-Identifier: LGPL-3.0-or-later
"""Spaces that repeat from one side of a box to the opposite one, and may still jump between grains.

A point on one side and its image on the other are one node: the dof on the low side stands for both, in a box that
repeats along two or three axes for all images of an edge or a corner. Everything else is the broken space, so that a
grain which a side cuts in two is one piece again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.fem.broken import Tie, broken_space
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import PeriodicSides, TaggedMesh

#: Nodes on a side and images agree to this part of the period.
_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class RepeatingSpace:
    """A Lagrange space whose fields repeat along some axes, beside the ordinary space of the same element.

    Attributes:
        space: of fields that repeat; the ordinary space itself when there is no axis.
        ordinary: where nodes on opposite sides are two.
        stands: for each local dof (block) of the ordinary space the local dof of `space` at that node or its image.
    """

    space: fem.FunctionSpace
    ordinary: fem.FunctionSpace
    stands: NDArray[np.int32]

    @classmethod
    def of(cls, domain: Domain, axes: Collection[int], element: tuple) -> RepeatingSpace:
        """Build the space of a domain that repeats along some axes, for an element as DOLFINx takes it.

        Raises:
            ValueError: when the mesh has no images along an axis.

        Note:
            Collective.
        """
        if not axes:
            ordinary = fem.functionspace(domain.mesh, element)
            index_map = ordinary.dofmap.index_map
            return cls(ordinary, ordinary, np.arange(index_map.size_local + index_map.num_ghosts, dtype=np.int32))
        whole = np.zeros(len(domain.cell_region), dtype=np.int32)
        tied = broken_space(domain.mesh, whole, element, periodic_tie(domain, axes))
        ordinary_map = tied.continuous.dofmap.index_map
        stands = np.zeros(ordinary_map.size_local + ordinary_map.num_ghosts, dtype=np.int32)
        stands[tied.continuous.dofmap.list.ravel()] = tied.space.dofmap.list.ravel()
        return cls(tied.space, tied.continuous, stands)


def periodic_tie(domain: Domain, axes: Collection[int]) -> Tie | None:
    """Return what makes a space repeat along some axes, for `broken_space`.

    Args:
        domain: the meshed box, whose tagged mesh lists the images of points along each axis.
        axes: 0, 1, 2 for x, y, z; none ties nothing.

    Raises:
        ValueError: when the mesh has no images along an axis; from the tie, when a node on a side has not exactly one.

    Note:
        The tie is collective: nodes on the sides are gathered on all ranks.
    """
    sides = [_sides(domain.tagged, axis) for axis in sorted(axes)]
    return (lambda space: _tied(space, domain, sides)) if sides else None


def grain_pieces(domain: Domain) -> NDArray[np.int32]:
    """Return the number of the grain of each local cell: what a periodic side has cut is one piece again."""
    return np.asarray(domain.tagged.regions.grain[domain.cell_region], dtype=np.int32)


def grains_meet_on_side(tagged: TaggedMesh, axis: int) -> bool:
    """Whether somewhere on a periodic side one grain meets another: a boundary that no facet between cells carries.

    Raises:
        ValueError: when the mesh has no images along the axis.
    """
    pairs = _sides(tagged, axis).points
    grain, dimension = tagged.regions.grain[tagged.cell_region], tagged.dimension
    facets = np.sort(np.concatenate([np.delete(tagged.cells, k, axis=1) for k in range(dimension + 1)]), axis=1)
    owner = np.tile(grain, dimension + 1)
    image = np.full(len(tagged.points), -1)
    image[pairs[:, 0]] = pairs[:, 1]
    on_high = np.zeros(len(tagged.points), dtype=bool)
    on_high[pairs[:, 1]] = True
    low, high = (image[facets] >= 0).all(axis=1), on_high[facets].all(axis=1)
    moved = np.sort(image[facets[low]], axis=1)
    order = [np.lexsort(corners.T) for corners in (moved, facets[high])]
    return not np.array_equal(owner[low][order[0]], owner[high][order[1]])


def _sides(tagged: TaggedMesh, axis: int) -> PeriodicSides:
    for sides in tagged.periodic:
        if sides.axis == axis:
            return sides
    raise ValueError(f"the mesh does not repeat along {'xyz'[axis]}")


def _tied(space: fem.FunctionSpace, domain: Domain, sides: list[PeriodicSides]) -> NDArray[np.int64]:
    """Global number of the dof that stands for each local dof."""
    comm, index_map = domain.mesh.comm, space.dofmap.index_map
    place = space.tabulate_dof_coordinates()[:, : domain.mesh.geometry.dim]
    number = index_map.local_to_global(np.arange(len(place), dtype=np.int32))
    low = domain.tagged.points.min(axis=0)
    on_side = np.zeros(len(place), dtype=bool)
    for side in sides:
        offset = (place[:, side.axis] - low[side.axis]) / side.period
        on_side |= (np.abs(offset) < _TOLERANCE) | (np.abs(offset - 1.0) < _TOLERANCE)
    owned = np.flatnonzero(on_side[: index_map.size_local])
    found = comm.allgather((number[owned], place[owned]))
    numbers, places = (np.concatenate(parts) for parts in zip(*found, strict=True))

    stands = np.arange(len(numbers))
    for side in sides:
        # a node on two high sides goes from one to the other: the image along the first axis lies on the second
        stands = _images(places, side, low[side.axis])[stands]
    order = np.argsort(numbers)
    mine = order[np.searchsorted(numbers[order], number[on_side])]
    representative = number.copy()
    representative[on_side] = numbers[stands[mine]]
    return representative


def _images(places: NDArray[np.float64], side: PeriodicSides, low: float) -> NDArray[np.int64]:
    """For each of the gathered nodes its image on the low side of an axis; itself unless it lies on the high side."""
    offset = (places[:, side.axis] - low) / side.period
    below = np.flatnonzero(np.abs(offset) < _TOLERANCE)
    above = np.flatnonzero(np.abs(offset - 1.0) < _TOLERANCE)
    image = np.arange(len(places))
    if len(below) == len(above) == 0:
        raise ValueError(f"no node lies on the periodic sides across {'xyz'[side.axis]}")
    moved = places[above].copy()
    moved[:, side.axis] = places[below[0], side.axis] if len(below) else low
    distance, nearest = cKDTree(places[below]).query(moved)
    if len(below) != len(above) or distance.max() > _TOLERANCE * side.period or len(np.unique(nearest)) < len(above):
        raise ValueError(f"nodes on the periodic sides across {'xyz'[side.axis]} are not images of each other")
    image[above] = below[nearest]
    return image
