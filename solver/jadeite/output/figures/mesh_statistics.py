# SPDX-License-Identifier: LGPL-3.0-or-later
"""Distributions of a microstructure against what they are meant to be: sizes, misorientations, flaws, mesh, planes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter
from numpy.typing import NDArray

from jadeite.microstructure.network.attach import BOUNDARIES
from jadeite.microstructure.quality import CellShapes, cell_shapes
from jadeite.microstructure.samples import Sample, depth_sample, grain_size_samples, misorientation_samples
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import number
from jadeite.output.figures.style import BLUE, CYCLE, GREEN, INK, ORANGE, PURPLE, QUIET, part_of

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe

Array = NDArray[np.float64]
Panel = Callable[[Axes], None]

_MICROMETRE = 1e-6
_COLUMNS = 3
# of the pole figure: bins along each axis, and degrees from a normal to where its weight has halved
_BINS, _SMOOTHING = 45, 8.0


def statistics_figure(mesh: TaggedMesh, recipe: "Recipe | None" = None) -> Figure:
    """Draw the distributions of a mesh whose network is attached, with the laws of its recipe where it is given."""
    panels: list[tuple[str, Panel]] = []
    sizes = grain_size_samples(mesh, recipe)
    if sizes:
        panels.append(("grain sizes", lambda axes: _draw_sizes(axes, sizes)))
    turns = misorientation_samples(mesh)
    if turns:
        panels.append(("misorientation of grain boundaries", lambda axes: _draw_misorientations(axes, turns)))
    if len(mesh.surfaces.rows(*BOUNDARIES)):
        draw_planes = _draw_rose if mesh.dimension == 2 else _draw_pole_figure
        panels.append(("planes of boundaries", lambda axes: draw_planes(axes, mesh)))
    depths = None if recipe is None else depth_sample(mesh, recipe)
    if depths is not None:
        panels.append(("depths of flaws", lambda axes: _draw_depths(axes, depths)))
    shapes = cell_shapes(mesh.points, mesh.cells)
    panels.append(("angles of cells", lambda axes: _draw_angles(axes, shapes)))
    panels.append(("shapes of cells", lambda axes: _draw_ratios(axes, shapes)))
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.6 * columns, 3.9 * rows), layout="constrained")
    for position, (title, draw) in enumerate(panels, start=1):
        polar = title == "planes of boundaries" and mesh.dimension == 2
        axes = figure.add_subplot(rows, columns, position, projection="polar" if polar else None)
        axes.set_title(title, fontweight="bold", loc="center" if polar else "left")
        draw(axes)
    return figure


def _draw_sizes(axes: Axes, samples: list[Sample]) -> None:
    largest = max(float(sample.values.max()) for sample in samples) / _MICROMETRE
    most = max(len(sample.values) for sample in samples)
    edges = np.linspace(0.0, 1.05 * largest, 10 + int(np.sqrt(most)))
    at = np.linspace(1e-3 * largest, 1.05 * largest, 400)
    for sample, colour in zip(samples, _repeated(CYCLE, len(samples)), strict=True):
        label = sample.label or "grains as meshed"
        axes.hist(sample.values / _MICROMETRE, edges.tolist(), color=colour, alpha=0.45, edgecolor="white", label=label)
        if sample.density is not None:
            expected = sample.density(at * _MICROMETRE) * _MICROMETRE * len(sample.values) * (edges[1] - edges[0])
            label = "target" if len(samples) == 1 else f"target, {sample.label}"
            axes.plot(at, expected, color=INK if len(samples) == 1 else colour, lw=1.6, label=_with_test(label, sample))
        elif not np.isnan(sample.mean):
            axes.axvline(sample.mean / _MICROMETRE, color=INK, ls=":", label="target")
    axes.set_xlabel("equivalent diameter (µm)")
    axes.set_ylabel("grains")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=9)


def _draw_misorientations(axes: Axes, samples: list[Sample]) -> None:
    largest = max(float(np.degrees(sample.values).max()) for sample in samples)
    edges = np.arange(0.0, max(largest, 60.0) + 4.0, 4.0)
    for sample, colour in zip(samples, _repeated((ORANGE, PURPLE, GREEN), len(samples)), strict=True):
        label = f"boundaries, {sample.label}"
        axes.hist(np.degrees(sample.values), edges.tolist(), color=colour, alpha=0.5, edgecolor="white", label=label)
        if sample.cumulative is not None:
            expected = np.diff(sample.cumulative(np.radians(edges))) * len(sample.values)
            label = _with_test("random crystals", sample)
            axes.stairs(expected, edges, color=INK if len(samples) == 1 else colour, lw=1.6, label=label)
    axes.set_xlabel("misorientation angle (°)")
    axes.set_ylabel("boundaries")
    axes.legend(fontsize=9, loc="upper left")


def _draw_rose(axes: Axes, mesh: TaggedMesh) -> None:
    """Directions of the normals of boundaries in the plane, weighted by length."""
    assert isinstance(axes, PolarAxes)
    at = mesh.points[_boundary_facets(mesh)]
    along = at[:, 1] - at[:, 0]
    angle = np.arctan2(-along[:, 0], along[:, 1])
    edges = np.linspace(-np.pi, np.pi, 49)
    # a normal and its opposite are one
    both = np.concatenate([angle, np.mod(angle + 2 * np.pi, 2 * np.pi) - np.pi])
    length = np.tile(np.linalg.norm(along, axis=1), 2)
    share = np.histogram(both, edges, weights=length)[0] / length.sum() * len(edges[:-1])
    axes.bar(0.5 * (edges[1:] + edges[:-1]), share, width=np.diff(edges), color=BLUE, alpha=0.6, edgecolor="white")
    axes.plot(np.linspace(0, 2 * np.pi, 200), np.ones(200), color=INK, lw=1.0)
    axes.set_yticklabels([])
    axes.set_xticks(np.radians([0, 90, 180, 270]), ["x", "y", "−x", "−y"])
    axes.set_xlabel("normals by length; ring: isotropic", fontsize=9)


def _draw_pole_figure(axes: Axes, mesh: TaggedMesh) -> None:
    """Density of the normals of boundaries by area, smoothed, on a half sphere seen along y, equal areas."""
    at = mesh.points[_boundary_facets(mesh)]
    normal = np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0])
    area = np.linalg.norm(normal, axis=1)
    normal = normal / area[:, None] * np.where(normal[:, 1:2] < 0.0, -1.0, 1.0)
    # Lambert's projection, scaled to a disc of radius one: equal areas of the sphere are equal areas of the disc
    flat = normal[:, [0, 2]] / np.sqrt(1.0 + normal[:, 1:2])
    weight, x_edges, z_edges = np.histogram2d(
        flat[:, 0], flat[:, 1], bins=_BINS, range=[(-1.0, 1.0), (-1.0, 1.0)], weights=area
    )
    x, z = np.meshgrid(0.5 * (x_edges[1:] + x_edges[:-1]), 0.5 * (z_edges[1:] + z_edges[:-1]), indexing="ij")
    found = weight > 0.0
    sources = _from_disc(x[found], z[found])
    grid = np.linspace(-1.0, 1.0, 71)
    grid_x, grid_z = np.meshgrid(grid, grid)
    seen = np.abs(_from_disc(grid_x.ravel(), grid_z.ravel()) @ sources.T)
    concentration = np.log(2.0) / (1.0 - np.cos(np.radians(_SMOOTHING)))
    density = np.exp(concentration * (seen - 1.0)) @ weight[found]
    inside = (grid_x**2 + grid_z**2).ravel() <= 1.0
    density /= density[inside].mean()
    image = np.ma.masked_array(density.reshape(grid_x.shape), mask=(grid_x**2 + grid_z**2) > 1.04)
    top = max(2.0, float(np.ceil(density.max())))
    levels = np.linspace(0.0, top, 13)
    shown = axes.contourf(grid_x, grid_z, image, levels=levels, cmap=part_of("Blues", 0.0, 0.9))
    rim = Circle((0, 0), 1.0, fill=False, edgecolor=INK, lw=1.2)
    axes.add_patch(rim)
    shown.set_clip_path(rim)
    for text, place in (("x", (1.08, 0.0)), ("−x", (-1.1, 0.0)), ("z", (0.0, 1.08)), ("−z", (0.0, -1.1))):
        axes.text(*place, text, ha="center", va="center")
    axes.plot(0.0, 0.0, "+", color=INK, ms=7)
    axes.text(0.04, 0.05, "y")
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    bar = figure.colorbar(shown, ax=axes, shrink=0.75, ticks=np.linspace(0.0, top, 5))
    bar.set_label("area of normals over isotropic", fontsize=9)
    axes.set_xlim(-1.2, 1.2)
    axes.set_ylim(-1.2, 1.2)
    axes.set_aspect("equal")
    axes.set_axis_off()


def _from_disc(x: Array, z: Array) -> Array:
    """Directions (n, 3) with y >= 0 that Lambert's projection maps to points of the unit disc; the rim beyond it."""
    inwards = 1.0 / np.maximum(np.hypot(x, z), 1.0)
    x, z = x * inwards, z * inwards
    square = x**2 + z**2
    spread = np.sqrt(2.0 - square)
    return np.column_stack([x * spread, 1.0 - square, z * spread])


def _boundary_facets(mesh: TaggedMesh) -> NDArray[np.int64]:
    return mesh.facets[np.isin(mesh.facet_surface, mesh.surfaces.rows(*BOUNDARIES))]


def _draw_depths(axes: Axes, sample: Sample) -> None:
    depth = np.sort(sample.values)[::-1] / _MICROMETRE
    axes.loglog(depth, np.arange(1, len(depth) + 1), "o", color=BLUE, ms=5, label="flaws")
    assert sample.cumulative is not None
    at = np.geomspace(0.9 * depth[-1], 1.1 * depth[0], 300)
    expected = len(depth) * (1.0 - sample.cumulative(at * _MICROMETRE))
    shown = expected > 0.3
    label = _with_test(f"law, exponent {number(sample.mean, 2)}", sample)
    axes.loglog(at[shown], expected[shown], color=INK, lw=1.6, label=label)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_formatter(NullFormatter())
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.set_xlabel("depth c (µm)")
    axes.set_ylabel("flaws deeper than c")
    axes.legend(fontsize=9)


def _draw_angles(axes: Axes, shapes: CellShapes) -> None:
    smallest = np.degrees(shapes.smallest_angle)
    if shapes.dihedral is not None:
        every = np.degrees(shapes.dihedral).ravel()
        axes.hist(every, np.linspace(0.0, 180.0, 91).tolist(), color=GREEN, alpha=0.6, label="between faces")
        axes.set_xlabel("dihedral angle of tetrahedra (°)")
        axes.set_ylabel("angles")
    else:
        axes.hist(smallest, np.linspace(0.0, 60.0, 61).tolist(), color=GREEN, alpha=0.6)
        axes.set_xlabel("smallest angle of each triangle (°)")
        axes.set_ylabel("triangles")
    axes.set_yscale("log")
    first = float(np.percentile(smallest, 1))
    axes.axvline(first, color=QUIET, ls="--", lw=1.2)
    note = f"least {number(float(smallest.min()), 3)}°\n1 % of cells below {number(first, 3)}°"
    place, align = (0.97, "right") if shapes.dihedral is not None else (0.03, "left")
    axes.text(place, 0.96, note, transform=axes.transAxes, ha=align, va="top", fontsize=9)


def _draw_ratios(axes: Axes, shapes: CellShapes) -> None:
    ratio = shapes.radius_ratio
    axes.hist(ratio, np.linspace(0.0, 1.0, 61).tolist(), color=BLUE, alpha=0.55)
    axes.set_yscale("log")
    axes.set_xlabel("radius ratio, 1 at best")
    axes.set_ylabel("cells")
    first = float(np.percentile(ratio, 1))
    axes.axvline(first, color=QUIET, ls="--", lw=1.2)
    note = f"worst {number(float(ratio.min()), 2)}\n1 % below {number(first, 2)}"
    axes.text(0.03, 0.96, note, transform=axes.transAxes, ha="left", va="top", fontsize=9)


def _with_test(label: str, sample: Sample) -> str:
    return label if np.isnan(sample.p_value) else f"{label} (p = {number(sample.p_value, 2)})"


def _repeated(colours: tuple[str, ...], count: int) -> list[str]:
    return [colours[row % len(colours)] for row in range(count)]
