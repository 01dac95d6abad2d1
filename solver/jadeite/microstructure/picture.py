# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pictures and a table that show what a microstructure is before anything is solved on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch as Swatch
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from jadeite.microstructure.mesher import smallest_angles
from jadeite.microstructure.orientation import rotation_matrices
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

Array = NDArray[np.float64]

MICROMETRE = 1e-6
SODIUM = "#f2a900"
VOID = "#c0392b"
# light to dark blue-black, because gold is sodium
BOUNDARY_COLOURS = LinearSegmentedColormap.from_list("misorientation", ["#c3d4ea", "#5b6ea8", "#12122b"])


def draw(mesh: TaggedMesh, path: Path) -> None:
    """Draw grains, boundaries, pores, flaws and unwetted patches of a plane mesh; the format follows from the suffix.

    Grains are coloured by the direction of their crystal c axis, boundaries by misorientation; sodium is gold.
    """
    points = mesh.points / MICROMETRE
    width, height = points.max(axis=0)
    # the cell is drawn 7 inches long on its longer side; the rest is for labels and keys
    scale = 7.0 / max(width, height)
    page = (max(scale * float(width), 1.5) + 2.5, max(scale * float(height), 1.5) + 1.4)
    figure = Figure(figsize=page, layout="constrained")
    axes = figure.add_subplot()
    axis = rotation_matrices(mesh.regions.orientation)[:, :, 2]
    axes.add_collection(
        PolyCollection(
            list(points[mesh.cells]), facecolors=axis_colours(axis)[mesh.cell_region], edgecolors="face", lw=0.2
        )
    )
    handles = _draw_boundaries(figure, axes, mesh, points)
    band = 0.035 * height
    handles += _draw_metal(axes, mesh, width, height, band)
    axes.set_xlim(-0.01 * width, 1.01 * width)
    axes.set_ylim(-2.2 * band, height + 2.2 * band)
    axes.set_aspect("equal")
    axes.set_xlabel("x (µm)")
    axes.set_ylabel("y (µm)")
    axes.set_title(_title(mesh), fontsize=11)
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    if np.ptp(mesh.regions.orientation, axis=0).any():
        _axis_key(axes, 1.1 / page[0], 1.1 / page[1])
    figure.savefig(path, dpi=170)


def axis_colours(axis: Array) -> Array:
    """RGB colours (n, 3) of directions without sign, (n, 3) unit vectors.

    Nearly white points at the viewer; the more a direction lies in the plane, the stronger the colour, and its hue
    follows the in-plane angle over half a turn. The colours stay pale, so that what is drawn on them stands out.
    """
    angle = 2 * np.arctan2(axis[:, 1], axis[:, 0])
    strength = np.hypot(axis[:, 0], axis[:, 1])[:, None]
    phase = angle[:, None] - np.array([0.0, 2.0, 4.0]) * np.pi / 3
    hue = 0.74 + 0.24 * np.cos(phase)
    return np.clip(0.95 * (1 - strength) + hue * strength, 0.0, 1.0)


def _title(mesh: TaggedMesh) -> str:
    parts = [f"{mesh.statistics['grains']} grains" if "grains" in mesh.statistics else f"{len(mesh.regions)} layers"]
    for items, word in ((mesh.pores, "pore"), (mesh.flaws, "flaw"), (mesh.patches, "unwetted patch")):
        if items:
            plural = "es" if word.endswith("ch") else "s"
            parts.append(f"{len(items)} {word}{plural if len(items) > 1 else ''}")
    return ", ".join(parts) + f"; {len(mesh.cells):,} triangles".replace(",", " ")


def _draw_boundaries(figure: Figure, axes: Axes, mesh: TaggedMesh, points: Array) -> list[Any]:
    """Grain boundaries and layer interfaces, coloured by misorientation where there is one."""
    handles: list[Any] = []
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    here = np.isin(mesh.facet_surface, rows)
    if here.any():
        degrees = np.degrees(mesh.surfaces.misorientation[mesh.facet_surface[here]])
        lines = LineCollection(list(points[mesh.facets[here]]), lw=1.4, capstyle="round")
        axes.add_collection(lines)
        # equal crystals have boundaries without misorientation, and a scale of zeros says nothing
        if degrees.max() > 0.1:
            lines.set(array=degrees, cmap=BOUNDARY_COLOURS, clim=(0.0, float(degrees.max())))
            figure.colorbar(lines, ax=axes, label="misorientation of grain boundary (°)", shrink=0.7, pad=0.02)
        else:
            lines.set_color(BOUNDARY_COLOURS(1.0))
            handles.append(Line2D([], [], color=BOUNDARY_COLOURS(1.0), label="grain boundary"))
    here = np.isin(mesh.facet_surface, mesh.surfaces.rows(SurfaceKind.LAYER_INTERFACE))
    if here.any():
        axes.add_collection(LineCollection(list(points[mesh.facets[here]]), colors="black", lw=1.3))
        handles.append(Line2D([], [], color="black", label="layer interface"))
    here = np.isin(mesh.facet_surface, mesh.surfaces.rows(SurfaceKind.PORE_WALL))
    if here.any():
        axes.add_collection(LineCollection(list(points[mesh.facets[here]]), colors="black", lw=0.8))
        handles.append(Swatch(facecolor="white", edgecolor="black", label="pore"))
    return handles


def _draw_metal(axes: Axes, mesh: TaggedMesh, width: float, height: float, band: float) -> list[Any]:
    """Sodium of both electrodes and in the flaws, the gaps at unwetted patches, and the names of all of them."""
    axes.add_patch(_rectangle(0.0, -band, width, band, SODIUM))
    axes.add_patch(_rectangle(0.0, height, width, band, SODIUM))
    axes.text(width / 2, -1.15 * band, "sodium, plating (−)", ha="center", va="top", fontsize=9)
    axes.text(width / 2, height + 1.15 * band, "sodium, stripping (+)", ha="center", va="bottom", fontsize=9)
    handles: list[Any] = [Swatch(facecolor=SODIUM, label="sodium")]
    label: dict[str, Any] = {
        "fontsize": 9,
        "ha": "center",
        "bbox": {"fc": "white", "ec": "none", "alpha": 0.75, "pad": 1.0},
    }
    for flaw in mesh.flaws:
        (x, y), (tip_x, tip_y) = np.array(flaw.mouth) / MICROMETRE, np.array(flaw.tip) / MICROMETRE
        half = 0.5 * flaw.mouth_width / MICROMETRE
        corners = [(x - half, y), (tip_x, tip_y), (x + half, y)]
        # the outline keeps a flaw visible that is thinner than a pixel
        axes.fill(*zip(*corners, strict=True), facecolor=SODIUM, edgecolor=SODIUM, lw=1.6, zorder=4)
        axes.plot(tip_x, tip_y, marker="v", ms=4, color="black", zorder=5)
        axes.text(tip_x, tip_y + 0.6 * band, flaw.name, va="bottom", zorder=6, **label)
    if mesh.flaws:
        handles.append(Line2D([], [], color="black", ls="none", marker="v", ms=4, label="tip of sodium-filled flaw"))
    for patch in mesh.patches:
        start, end = patch.start / MICROMETRE, patch.end / MICROMETRE
        gap = _rectangle(start, -0.6 * band, end - start, 0.6 * band, "white")
        gap.set(hatch="////", edgecolor=VOID, lw=1.2, zorder=4)
        axes.add_patch(gap)
        axes.text((start + end) / 2, 0.4 * band, patch.name, va="bottom", color=VOID, zorder=6, **label)
    if mesh.patches:
        handles.append(Swatch(facecolor="white", edgecolor=VOID, hatch="////", label="unwetted patch"))
    return handles


def _rectangle(x: float, y: float, width: float, height: float, colour: str) -> Rectangle:
    return Rectangle((x, y), width, height, facecolor=colour, edgecolor="none")


def _axis_key(axes: Axes, width: float, height: float) -> None:
    """A disc that explains the colours of the grains, beside the lower right corner, given its size."""
    inset = axes.inset_axes((1.01, 0.0, width, height))
    radius, angle = np.meshgrid(np.linspace(0, 1, 24), np.linspace(0, 2 * np.pi, 97), indexing="ij")
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    vectors = np.stack([x, y, np.sqrt(np.clip(1 - x**2 - y**2, 0, 1))], axis=-1)
    inset.pcolormesh(x, y, axis_colours(vectors.reshape(-1, 3)).reshape(*x.shape, 3), shading="gouraud")
    inset.set_aspect("equal")
    inset.axis("off")
    inset.set_title("crystal c axis", fontsize=8, pad=2)


def draw_statistics(mesh: TaggedMesh, path: Path) -> None:
    """Draw the distributions of grain size (against its target), misorientation and mesh quality."""
    figure = Figure(figsize=(11.0, 3.6), layout="constrained")
    sizes, angles, quality = figure.subplots(1, 3)
    diameters = np.sqrt(4 * mesh.regions.measure / np.pi) / MICROMETRE
    sizes.set_ylabel("number of regions")
    sizes.yaxis.set_major_locator(MaxNLocator(integer=True))
    edges = np.linspace(0.0, 1.05 * diameters.max(), 12 + int(np.sqrt(len(diameters))))
    sizes.hist(diameters, bins=edges, color="#7f9fbf", edgecolor="white", label="regions as meshed")
    if "target_mean_diameter" in mesh.statistics:
        mean = float(mesh.statistics["target_mean_diameter"]) / MICROMETRE
        variation = float(mesh.statistics["target_coefficient_of_variation"])
        if variation > 0.0:
            width = np.sqrt(np.log(1 + variation**2))
            at = np.linspace(1e-3 * mean, 1.15 * max(diameters.max(), 2.0 * mean), 400)
            density = np.exp(-0.5 * (np.log(at / mean) / width + width / 2) ** 2) / (at * width * np.sqrt(2 * np.pi))
            sizes.plot(at, density * len(diameters) * (edges[1] - edges[0]), "k-", lw=1.4, label="target lognormal")
        sizes.axvline(mean, color="k", ls=":", lw=1, label="target mean")
        sizes.legend(frameon=False, fontsize=8)
    sizes.set_xlabel("equivalent-circle diameter (µm)")

    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    angles.hist(
        np.degrees(mesh.surfaces.misorientation[rows]),
        bins=np.linspace(0.0, 105.0, 22),
        weights=mesh.surfaces.measure[rows] / MICROMETRE,
        color="#bf8f7f",
        edgecolor="white",
    )
    angles.set_xlabel("misorientation of grain boundaries (°)")
    angles.set_ylabel("boundary length (µm)")

    smallest = np.degrees(smallest_angles(mesh.points, mesh.cells))
    quality.hist(smallest, bins=np.linspace(0, 60, 41), color="#8fae8b", edgecolor="white")
    quality.set_yscale("log")
    quality.set_xlabel("smallest angle of triangle (°)")
    quality.set_ylabel("number of triangles")
    quality.set_title(f"least {smallest.min():.1f}°, 1 % below {np.percentile(smallest, 1):.1f}°", fontsize=9)
    figure.savefig(path, dpi=150)


def report_table(mesh: TaggedMesh) -> list[tuple[str, float | int | str, str]]:
    """What there is to say about a microstructure in numbers: (label, value, unit), in units a person reads."""
    statistics = mesh.statistics
    wanted = [
        ("grains", "grains", 1.0, ""),
        ("layers", "layers", 1.0, ""),
        ("mean grain diameter", "mean_diameter", MICROMETRE, "µm"),
        ("target mean grain diameter", "target_mean_diameter", MICROMETRE, "µm"),
        ("coefficient of variation of the diameter", "coefficient_of_variation", 1.0, ""),
        ("target coefficient of variation", "target_coefficient_of_variation", 1.0, ""),
        ("crystal symmetry", "crystal_symmetry", 1.0, ""),
        ("grain boundaries", "grain_boundaries", 1.0, ""),
        ("total length of grain boundaries", "grain_boundary_length", MICROMETRE, "µm"),
        ("porosity", "porosity", 0.01, "%"),
        ("triangles", "cells", 1.0, ""),
        ("mesh points", "points", 1.0, ""),
        ("smallest angle in the mesh", "minimum_angle_degrees", 1.0, "°"),
        ("1 % of triangles have an angle below", "one_percent_angle_degrees", 1.0, "°"),
        ("mesh algorithm", "mesh_algorithm", 1.0, ""),
    ]
    rows: list[tuple[str, float | int | str, str]] = []
    for label, key, scale, unit in wanted:
        value = statistics.get(key)
        if value is None:
            continue
        rows.append((label, value if isinstance(value, int | str) else value / scale, unit))
    for flaw in mesh.flaws:
        rows.append((f"depth of flaw '{flaw.name}'", flaw.depth / MICROMETRE, "µm"))
        rows.append((f"tip of flaw '{flaw.name}' lies in", flaw.tip_region, ""))
    for patch in mesh.patches:
        rows.append((f"length of unwetted patch '{patch.name}'", (patch.end - patch.start) / MICROMETRE, "µm"))
    return rows
