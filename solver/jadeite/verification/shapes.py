# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shapes of the reference checks: polygons, slits and discs meshed by the same mesher as any case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from mpi4py import MPI
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.geometry import RegionShape, SurfaceRule, planar_from_polygons
from jadeite.microstructure.plane.mesher import mesh_planar
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.revolution import revolved
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

type Where = BaseGeometry | Callable[[NDArray[np.float64]], NDArray[np.bool_]]

SLIT_ANGLE = 1e-3
"""Opening angle (rad) at the tips of a crack, which is meshed as a thin notch: with the singularity of a crack to six
digits."""


def domain_of(
    regions: Mapping[str, shapely.Polygon],
    surfaces: Sequence[tuple[SurfaceKind, Where]],
    sizes: SizeField,
    *,
    voids: Sequence[shapely.Polygon] = (),
    materials: Mapping[str, str] | None = None,
    points_to_keep: ArrayLike = (),
    divisions: int = 0,
    axisymmetric: bool = False,
) -> Domain:
    """Mesh named regions and distribute them; meshing happens on rank 0. Collective.

    `surfaces` are (kind, where) pairs for the outer boundary, walls of voids included; the first match wins.
    `materials` may give a region a material of its own; by default all are "ceramic". With `axisymmetric` the shapes
    are the half sections of bodies of revolution around x = 0.
    """
    tagged = None
    if MPI.COMM_WORLD.rank == 0:
        shapes = [RegionShape(name, (materials or {}).get(name, "ceramic"), shape) for name, shape in regions.items()]
        rules = [SurfaceRule(f"surface {number}", kind, where) for number, (kind, where) in enumerate(surfaces)]
        tagged = mesh_planar(planar_from_polygons(shapes, rules, voids=voids, points_to_keep=points_to_keep), sizes)
        for _ in range(divisions):
            tagged = divided(tagged)
        if axisymmetric:
            tagged = revolved(tagged)
    return Domain.from_tagged_mesh(tagged)


def divided(coarse: TaggedMesh) -> TaggedMesh:
    """Cut every triangle into four similar ones: meshes of one family, for orders of convergence without noise."""
    number = len(coarse.points)
    pairs = np.sort(coarse.cells[:, [1, 2, 2, 0, 0, 1]].reshape(-1, 2), axis=1)
    edges, edge_of_side = np.unique(pairs, axis=0, return_inverse=True)
    middle = number + edge_of_side.reshape(-1, 3)  # across from corners 0, 1, 2
    corner = coarse.cells
    inner = np.roll(middle, -1, axis=1), np.roll(middle, -2, axis=1)
    cells = np.concatenate([middle[:, None], np.stack([corner, inner[1], inner[0]], axis=2)], axis=1).reshape(-1, 3)
    keys = edges[:, 0] * number + edges[:, 1]
    facets = np.sort(coarse.facets, axis=1)
    half = number + np.searchsorted(keys, facets[:, 0] * number + facets[:, 1])
    return replace(
        coarse,
        points=np.concatenate([coarse.points, coarse.points[edges].mean(axis=1)]),
        cells=cells,
        cell_region=np.repeat(coarse.cell_region, 4),
        facets=np.concatenate([np.stack([facets[:, end], half], axis=1) for end in (0, 1)]),
        facet_surface=np.tile(coarse.facet_surface, 2),
    )


def everywhere(midpoints: NDArray[np.float64]) -> NDArray[np.bool_]:
    """All edges: the last surface of a list takes whatever the others left."""
    return np.ones(len(midpoints), dtype=bool)


def disc(radius: float, segments: int, centre: tuple[float, float] = (0.0, 0.0)) -> shapely.Polygon:
    """A regular polygon with its corners on a circle, the first one on the positive x axis of the centre."""
    return ellipse(radius, radius, segments, centre)


def ellipse(
    half_width: float, half_height: float, segments: int, centre: tuple[float, float] = (0.0, 0.0)
) -> shapely.Polygon:
    """A polygon with its corners on an ellipse, at equal steps of the eccentric angle."""
    angle = 2.0 * np.pi * np.arange(segments) / segments
    return shapely.Polygon(
        np.column_stack([centre[0] + half_width * np.cos(angle), centre[1] + half_height * np.sin(angle)])
    )


def half_disc(radius: float, segments: int) -> shapely.Polygon:
    """The half y > 0 of a disc about the origin."""
    angle = np.pi * np.arange(segments + 1) / segments
    return shapely.Polygon(radius * np.column_stack([np.cos(angle), np.sin(angle)]))


def edge_slit(mouth: ArrayLike, tip: ArrayLike) -> shapely.Polygon:
    """A thin wedge from its mouth on a free surface to its tip; it sticks out of the surface, to cut it cleanly."""
    start, end = np.asarray(mouth, dtype=float), np.asarray(tip, dtype=float)
    along = end - start
    outside = start - 0.1 * along
    side = 0.5 * SLIT_ANGLE * 1.1 * np.array([-along[1], along[0]])
    return shapely.Polygon([end, outside + side, outside - side])


def embedded_slit(first_tip: ArrayLike, second_tip: ArrayLike) -> shapely.Polygon:
    """A thin rhombus from tip to tip."""
    start, end = np.asarray(first_tip, dtype=float), np.asarray(second_tip, dtype=float)
    along = 0.5 * (end - start)
    side = 0.5 * SLIT_ANGLE * np.array([-along[1], along[0]])
    middle = 0.5 * (start + end)
    return shapely.Polygon([start, middle - side, end, middle + side])
