# SPDX-License-Identifier: LGPL-3.0-or-later
"""A labelled image made fit for meshing: grains in one piece, no specks, no contact over edges or corners only.

Two voxels of one grain that share an edge or a corner but no face would make the grain pinch to nothing there, and no
smooth boundary exists; such places are repaired by giving one voxel to a neighbour, whichever its surroundings favour.
Images have two or three axes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jadeite.microstructure.errors import MicrostructureError

Index = NDArray[np.int64]

# rounds of splitting, giving away and repairing, and sweeps over pinched places within each
ROUNDS, SWEEPS = 12, 30


@dataclass(frozen=True, eq=False)
class GrainImage:
    """Voxels with the row of their grain, 0 to `len(source) - 1`; from there on, the rows of `pores` closed pores.

    `source` is the label that each grain had in the file, `piece` counts the pieces of a label from 0.
    """

    rows: Index
    source: Index
    piece: Index
    pores: int
    statistics: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def grains(self) -> int:
        """Number of grains."""
        return len(self.source)


def clean_labels(labels: Index, pore_labels: tuple[int, ...] = (), smallest: int = 0) -> GrainImage:
    """Grains and pores of a labelled image, every one connected through faces.

    `labels` (nx, ny) or (nx, ny, nz) integers; those in `pore_labels` are void. Pieces of fewer than `smallest` voxels
    go to the nearest voxels that stay, and larger pieces of one label become grains of their own. Material without
    contact to the rest becomes void. Raises MicrostructureError when no grain is left or the material does not reach
    from the smallest to the largest y.
    """
    missing = [label for label in pore_labels if not np.any(labels == label)]
    if missing:
        raise MicrostructureError(f"the image has no voxel with the pore label {missing[0]}")
    values, rows = np.unique(labels, return_inverse=True)
    rows = rows.reshape(labels.shape).astype(np.int64)
    void = np.isin(values, pore_labels)
    if void.all():
        raise MicrostructureError("every voxel of the image is a pore")
    given = pinched = 0
    for _ in range(ROUNDS):
        piece, count = _pieces(rows)
        small = (np.bincount(piece.ravel(), minlength=count) < smallest)[piece]
        if small.all():
            raise MicrostructureError(f"no grain of the image has {smallest} voxels")
        if small.any():
            nearest = ndimage.distance_transform_edt(small, return_distances=False, return_indices=True)
            rows = rows[tuple(nearest)]
            given += int(small.sum())
        repaired = _repair(rows)
        pinched += repaired
        if not small.any() and not repaired:
            break
    rows, loose = _without_loose_material(rows, void)
    piece, count = _pieces(rows)
    label_of = np.empty(count, dtype=np.int64)
    label_of[piece.ravel()] = rows.ravel()
    size = np.bincount(piece.ravel())
    # grains before pores, in the order of their labels, the largest piece of a label first
    order = np.lexsort((-size, label_of, void[label_of]))
    row_of = np.empty(count, dtype=np.int64)
    row_of[order] = np.arange(count)
    solid = int(np.count_nonzero(~void[label_of]))
    source = label_of[order[:solid]]
    first = np.searchsorted(source, source)
    return GrainImage(
        row_of[piece],
        values[source].astype(np.int64),
        np.arange(solid) - first,
        count - solid,
        {"voxels_given_to_neighbours": given, "voxels_repaired": pinched, "voxels_of_loose_material": loose},
    )


def coarsen(labels: Index, shape: tuple[int, ...]) -> Index:
    """The image with fewer voxels: each takes the most frequent label among those whose middle lies in it."""
    values, rows = np.unique(labels, return_inverse=True)
    rows = rows.reshape(labels.shape)
    along = [
        ((np.arange(old) + 0.5) * new / old).astype(np.int64) for old, new in zip(labels.shape, shape, strict=True)
    ]
    bins = np.zeros(labels.shape[1:], dtype=np.int64)
    for axis, new in enumerate(shape[1:]):
        bins = bins * new + along[axis + 1].reshape([-1 if k == axis else 1 for k in range(labels.ndim - 1)])
    result = np.empty((shape[0], int(np.prod(shape[1:]))), dtype=np.int64)
    generator = np.random.default_rng(0)
    # slab by slab, so that large images need little memory beside themselves
    for slab in range(shape[0]):
        pairs, counts = np.unique(bins * len(values) + rows[along[0] == slab], return_counts=True)
        # the last of each bin is its most frequent; chance decides between equals, or some grains would grow
        order = np.lexsort((generator.random(len(counts)), counts, pairs // len(values)))
        result[slab, pairs[order] // len(values)] = values[pairs[order] % len(values)]
    return result.reshape(shape)


def boundary_faces(labels: Index) -> int:
    """Number of faces between voxels of different labels."""
    return sum(int(np.count_nonzero(np.diff(labels, axis=axis))) for axis in range(labels.ndim))


def _pieces(rows: Index) -> tuple[Index, int]:
    """Number of the piece, connected through faces and of one row, that each voxel belongs to; number of pieces."""
    at = np.arange(rows.size).reshape(rows.shape)
    first, second = [], []
    for axis in range(rows.ndim):
        low = (slice(None),) * axis + (slice(None, -1),)
        high = (slice(None),) * axis + (slice(1, None),)
        same = rows[low] == rows[high]
        first.append(at[low][same])
        second.append(at[high][same])
    i, j = np.concatenate(first), np.concatenate(second)
    count, piece = connected_components(coo_array((np.ones(len(i), bool), (i, j)), (at.size, at.size)), directed=False)
    return piece.reshape(rows.shape).astype(np.int64), int(count)


def _without_loose_material(rows: Index, void: NDArray[np.bool_]) -> tuple[Index, int]:
    """Rows in which only the largest connected part of the material is left, and the number of voxels lost."""
    solid = ~void[rows]
    if solid.all():
        return rows, 0
    parts, _ = ndimage.label(solid)
    largest = int(np.bincount(parts.ravel())[1:].argmax()) + 1
    at_electrodes = [parts.take(side, axis=1) == largest for side in (0, -1)]
    if not all(side.any() for side in at_electrodes):
        raise MicrostructureError("the material of the image does not reach from electrode to electrode: pores part it")
    loose = solid & (parts != largest)
    return np.where(loose, np.flatnonzero(void)[0], rows), int(loose.sum())


def _repair(rows: Index) -> int:
    """Give voxels to neighbours, in place, until no row touches itself over an edge or a corner only; how many."""
    generator = np.random.default_rng(0)
    flips = 0
    for sweep in range(SWEEPS):
        voxel, label = _proposals(rows)
        if len(voxel) == 0:
            break
        # one change per voxel; some wait from the fifth sweep on, so that two neighbours do not swap for ever
        voxel, first = np.unique(voxel, return_index=True)
        label = label[first]
        if sweep >= 5:
            chosen = generator.random(len(voxel)) < 0.5
            voxel, label = voxel[chosen], label[chosen]
        rows.reshape(-1)[voxel] = label
        flips += len(voxel)
    return flips


def _proposals(rows: Index) -> tuple[Index, Index]:
    """For every pinched place the voxel (flat index) and its new row that suit the surroundings best."""
    at = np.arange(rows.size).reshape(rows.shape)
    flat = rows.reshape(-1)
    groups = []
    for first, second in combinations(range(rows.ndim), 2):
        corner = [at[_shifted(rows.ndim, {first: i, second: j})].ravel() for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]
        for turn in (0, 1):
            a, b, c, d = corner[turn:] + corner[:turn]
            bad = (flat[a] == flat[c]) & (flat[b] != flat[a]) & (flat[d] != flat[a])
            a, b, c, d = a[bad], b[bad], c[bad], d[bad]
            groups.append([(b, a), (d, a), (a, b), (a, d), (c, b), (c, d)])
    if rows.ndim == 3:
        corners = {key: at[_shifted(3, dict(enumerate(key)))].ravel() for key in product((0, 1), repeat=3)}
        for key in ((0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)):
            opposite = tuple(1 - k for k in key)
            bad = flat[corners[key]] == flat[corners[opposite]]
            others = [where for name, where in corners.items() if name not in (key, opposite)]
            for where in others:
                bad &= flat[where] != flat[corners[key]]
            one, two = corners[key][bad], corners[opposite][bad]
            groups.append([(end, where[bad]) for where in others for end in (one, two)])
    found = [_best(rows, group) for group in groups if len(group[0][0])]
    if not found:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    return np.concatenate([voxel for voxel, _ in found]), np.concatenate([label for _, label in found])


def _shifted(dimension: int, start: dict[int, int]) -> tuple[slice, ...]:
    """Slices of one corner of all blocks that are two voxels long along the axes of `start`."""
    return tuple(slice(start[k], None if start[k] else -1) if k in start else slice(None) for k in range(dimension))


def _best(rows: Index, options: list[tuple[Index, Index]]) -> tuple[Index, Index]:
    """Among options (voxel, voxel whose row it may take) the one with most like neighbours gained, place by place."""
    padded = np.pad(rows, 1, constant_values=-1)
    flat = padded.reshape(-1)
    strides = np.array([stride // padded.itemsize for stride in padded.strides])
    around = np.array(list(product((-1, 0, 1), repeat=rows.ndim))) @ strides
    scores, voxels, labels = [], [], []
    for voxel, giver in options:
        label = rows.reshape(-1)[giver]
        where = (np.stack(np.unravel_index(voxel, rows.shape), axis=-1) + 1) @ strides
        near = flat[where[:, None] + around]
        scores.append((near == label[:, None]).sum(axis=1) - (near == flat[where][:, None]).sum(axis=1))
        voxels.append(voxel)
        labels.append(label)
    best = np.argmax(scores, axis=0)
    place = np.arange(len(best))
    return np.array(voxels)[best, place], np.array(labels)[best, place]
