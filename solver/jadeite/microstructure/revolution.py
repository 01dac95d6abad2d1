# SPDX-License-Identifier: LGPL-3.0-or-later
"""A plane mesh as the meridian section of a body of revolution: x is the distance from the axis, which is x = 0.

Its regions are rings (discs and cylinders at the axis), its surfaces swept lines. By Pappus's theorem the volume that a
cell sweeps is its area times the circumference through its centre, and likewise for the area that a facet sweeps.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.quality import cell_measures
from jadeite.microstructure.tagged_mesh import TaggedMesh

#: Points may lie beyond the axis by this share of the largest radius, as rounding puts them; they are moved onto it.
ON_AXIS = 1e-9


def revolved(section: TaggedMesh) -> TaggedMesh:
    """The body that a plane mesh sweeps: measures of regions and surfaces become volumes (m^3) and areas (m^2).

    Raises ValueError for a mesh in three dimensions or one that reaches beyond the axis.
    """
    if section.dimension == 3 or section.axisymmetric:
        raise ValueError("a body of revolution is made from a plane mesh")
    if section.points[:, 0].min() < -ON_AXIS * section.points[:, 0].max():
        raise ValueError("the section of a body of revolution lies at x >= 0")
    points = section.points.copy()
    points[:, 0] = np.maximum(points[:, 0], 0.0)
    section = replace(section, points=points)
    corners = section.points[section.facets]
    length = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    area = cell_measures(section.points, section.cells)
    volume = _swept(section, section.cells, area, section.cell_region, len(section.regions))
    surface = _swept(section, section.facets, length, section.facet_surface, len(section.surfaces))
    return replace(
        section,
        regions=replace(section.regions, measure=volume),
        surfaces=replace(section.surfaces, measure=surface),
        axisymmetric=True,
    )


def section_lengths(body: TaggedMesh) -> NDArray[np.float64]:
    """Lengths (m) of the surfaces of a plane mesh in its plane, one per row, also where it is that of a body."""
    corners = body.points[body.facets]
    length = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    return np.bincount(body.facet_surface, length, minlength=len(body.surfaces))


def section_areas(body: TaggedMesh) -> NDArray[np.float64]:
    """Areas (m^2) of the regions of a plane mesh in its plane, one per row, also where it is that of a body."""
    return np.bincount(body.cell_region, cell_measures(body.points, body.cells), minlength=len(body.regions))


def _swept(
    section: TaggedMesh, nodes: NDArray[np.int64], measure: NDArray[np.float64], row: NDArray[np.int32], rows: int
) -> NDArray[np.float64]:
    """Measures of simplices times the circumference through their centres, summed over the rows of a table."""
    radius = section.points[:, 0][nodes].mean(axis=1)
    return np.bincount(row, 2.0 * np.pi * radius * measure, minlength=rows)
