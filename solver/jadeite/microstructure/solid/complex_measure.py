# SPDX-License-Identifier: LGPL-3.0-or-later
"""Areas and volumes of a cell complex by the divergence theorem, and the check that it is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import GeometryError
from jadeite.microstructure.solid.cell_complex import OUTSIDE, CellComplex, Face

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# largest distance of a point from the plane of its face, relative to the extent of the complex
PLANARITY = 1e-10


@dataclass(frozen=True, eq=False)
class FlatComplex:
    """A complex as arrays: directed edges with the face they bound, and the pair of cells of each face.

    `edges` (e, 2) points, `edge_face` (e,); a curved face is bounded by the edges of its triangles. `anchor` (f,) is a
    point of each face.
    """

    edges: Index
    edge_face: Index
    anchor: Index
    cells: Index
    curved: NDArray[np.bool_]


def flatten(complex: CellComplex) -> FlatComplex:
    """The arrays of a complex."""

    def ring(face: Face) -> list[Index]:
        if face.triangles is not None:
            return [face.triangles[:, pair] for pair in ([0, 1], [1, 2], [2, 0])]
        return [np.stack([loop, np.roll(loop, -1)], axis=1) for loop in face.loops]

    parts = [np.concatenate(ring(face)) for face in complex.faces]
    return FlatComplex(
        np.concatenate(parts),
        np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        np.array([part[0, 0] for part in parts], dtype=np.int64),
        np.array([face.cells for face in complex.faces], dtype=np.int64),
        np.array([face.triangles is not None for face in complex.faces]),
    )


def area_vectors(complex: CellComplex, flat: FlatComplex | None = None) -> Array:
    """Area times normal of each face, (f, 3) in m^2; of a curved face, the sum over its triangles."""
    flat = flatten(complex) if flat is None else flat
    origin = complex.points[flat.anchor[flat.edge_face]]
    start, end = (complex.points[flat.edges[:, k]] - origin for k in (0, 1))
    return _sums(0.5 * np.cross(start, end), flat.edge_face, len(complex.faces))


def cell_volumes(complex: CellComplex, flat: FlatComplex | None = None) -> Array:
    """Volume of each cell in m^3: one third of the flux of the position through its faces (divergence theorem)."""
    flat = flatten(complex) if flat is None else flat
    middle = 0.5 * (complex.points.min(axis=0) + complex.points.max(axis=0))
    anchor = complex.points[flat.anchor] - middle
    flux = np.einsum("ij,ij->i", anchor, area_vectors(complex, flat)) / 3
    for number in np.flatnonzero(flat.curved).tolist():
        corners = complex.points[complex.faces[number].triangles] - middle
        flux[number] = np.linalg.det(corners).sum() / 6
    count = len(complex.cell_region)
    inside = flat.cells[:, 1] != OUTSIDE
    volume = np.bincount(flat.cells[:, 0], flux, count)
    return volume - np.bincount(flat.cells[inside, 1], flux[inside], count)


def shortest_edge(complex: CellComplex) -> float:
    """Length in m of the shortest edge of all planar faces."""
    flat = flatten(complex)
    edges = flat.edges[~flat.curved[flat.edge_face]]
    return float(np.linalg.norm(np.diff(complex.points[edges], axis=1), axis=2).min())


def check_complex(complex: CellComplex, volume: float, tolerance: float = 1e-12) -> None:
    """Raise GeometryError unless the complex is sound and fills `volume` (m^3).

    Every cell has faces that close it, each edge met once in either direction; planar faces are planar; volumes are
    positive and add up to `volume` within the relative `tolerance`.
    """
    flat = flatten(complex)
    _check_closed(complex, flat)
    area = area_vectors(complex, flat)
    size = np.linalg.norm(area, axis=1)
    planar = ~flat.curved
    if np.any(size[planar] <= 0.0):
        raise GeometryError(f"{np.count_nonzero(size[planar] <= 0.0)} faces have no area")
    arm = complex.points[flat.edges[:, 0]] - complex.points[flat.anchor[flat.edge_face]]
    normal = area / np.maximum(size, np.finfo(float).tiny)[:, None]
    height = np.abs(np.einsum("ij,ij->i", arm, normal[flat.edge_face]))
    bent = planar[flat.edge_face] & (height > PLANARITY * np.ptp(complex.points, axis=0).max())
    if np.any(bent):
        raise GeometryError(f"a face leaves its plane by {height[bent].max():.3g} m")
    volumes = cell_volumes(complex, flat)
    if np.any(volumes <= 0.0):
        worst = int(np.argmin(volumes))
        raise GeometryError(
            f"cell {worst} of region row {complex.cell_region[worst]} has volume {volumes[worst]:.3g} m^3"
        )
    error = abs(float(volumes.sum()) - volume) / volume
    if error > tolerance:
        raise GeometryError(f"the cells fill the box with a relative error of {error:.3g}")


def _check_closed(complex: CellComplex, flat: FlatComplex) -> None:
    """Every directed edge of a cell's faces, seen from outside the cell, must come once, and once reversed."""
    cells = flat.cells[flat.edge_face]
    inside = cells[:, 1] != OUTSIDE
    owner = np.concatenate([cells[:, 0], cells[inside, 1]])
    start = np.concatenate([flat.edges[:, 0], flat.edges[inside, 1]])
    end = np.concatenate([flat.edges[:, 1], flat.edges[inside, 0]])
    count = np.int64(len(complex.points))
    # two keys, as one of cell and both points could leave 64 bits
    edge, code = np.unique(np.concatenate([start * count + end, end * count + start]), return_inverse=True)
    forward, backward = np.split(owner * np.int64(len(edge)) + code.reshape(2, -1), 2)
    forward, backward = np.sort(forward.ravel()), np.sort(backward.ravel())
    open_ones = int(np.count_nonzero(forward != backward))
    if open_ones or np.any(np.diff(forward) == 0):
        raise GeometryError("the faces of a cell do not close it")


def _sums(values: Array, row: Index, count: int) -> Array:
    """Sums of vectors (n, 3) by row."""
    return np.stack([np.bincount(row, values[:, k], count) for k in range(3)], axis=1)
