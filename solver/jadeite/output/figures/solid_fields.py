# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fields of a run in space: potential, current crowding and stress on a cut through the flaw that matters."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jadeite.microstructure.tagged_mesh import Flaw, TaggedMesh
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.solid_view import Cut, View, corner_cut, default_cut, solid_picture, values_in_mesh
from jadeite.output.figures.style import INK, outlined

Array = NDArray[np.float64]


def cut_through(mesh: TaggedMesh, flaw: Flaw | None) -> Cut:
    """Take away the corner that lays a flaw bare: one face of the cut across its mouth, the other beside it."""
    if flaw is None:
        return default_cut(mesh)
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    place = np.clip((np.array(flaw.mouth) - low) / (high - low), 0.05, 0.95)
    across = 2 if abs(flaw.normal[0]) >= abs(flaw.normal[2]) else 0
    along = 2 - across
    place[along] = max(place[along] - 0.22, 0.08)
    x, _, z = low + place * (high - low)
    return corner_cut(float(x), float(z))


def solid_figure(
    data: RunData, maps: dict[str, Array], flaw: Flaw | None, colour_map: Colormap, norm: Normalize
) -> tuple[Figure, list[Axes], ScalarMappable]:
    """Draw fields of the cells of a run on the same cut and scale.

    Args:
        data: a run with mesh and fields.
        maps: values in the order of the cells of the field file, by title (which may be empty).
        flaw: the flaw to cut through; the deepest if None.
        colour_map: of the values.
        norm: of the values.

    Returns:
        The figure, its pictures, and what a colour bar needs.
    """
    mesh, fields = data.mesh, data.fields
    assert mesh is not None and fields is not None
    figure = Figure(figsize=(9.6 if len(maps) == 1 else 7.2 * len(maps), 7.4), layout="constrained")
    panels = list(np.atleast_1d(figure.subplots(1, len(maps))))
    cut = cut_through(mesh, flaw)
    for axes, (title, values) in zip(panels, maps.items(), strict=True):
        ordered = values_in_mesh(mesh, fields.points, fields.cells, values)
        solid_picture(axes, mesh, ordered, cut=cut, colour_map=colour_map, norm=norm)
        axes.set_title(title)
    return figure, panels, ScalarMappable(norm, colour_map)


def mark_place(axes: Axes, place: tuple[float, ...], text: str) -> None:
    """Put a ring and a word at a place (m) of a picture; it may lie behind what is drawn."""
    at = View().project(np.array(place))
    axes.plot(
        *at, marker="o", markersize=11, markerfacecolor="none", markeredgecolor=INK, markeredgewidth=1.8, zorder=8
    )
    label = axes.annotate(text, tuple(at), xytext=(9, 7), textcoords="offset points", fontsize=11, zorder=9)
    outlined(label)
