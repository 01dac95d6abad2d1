# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a microstructure is, in numbers: size and misorientation distributions, mesh quality, a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from jadeite.microstructure.mesher import smallest_angles
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

Array = NDArray[np.float64]

MICROMETRE = 1e-6


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
