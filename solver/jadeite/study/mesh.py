# SPDX-License-Identifier: LGPL-3.0-or-later
"""`jadeite mesh`: build the mesh of a recipe, show what came out, write it for Gmsh and ParaView."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from jadeite.case.document import read_document
from jadeite.case.loading import load_case, load_recipe
from jadeite.case.microstructure import Recipe
from jadeite.microstructure.build import build
from jadeite.microstructure.export import export_mesh, export_network
from jadeite.microstructure.mesh_cache import default_folder
from jadeite.microstructure.network.attach import BOUNDARIES
from jadeite.microstructure.network.files import write_network
from jadeite.microstructure.statistics import Row, report_rows
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import number, quantity
from jadeite.output.figures import save_figure
from jadeite.output.figures.mesh_statistics import statistics_figure
from jadeite.output.figures.microstructure import microstructure_figure
from jadeite.output.folder import OutputError

LARGEST_SHOWN = 15
"""Boundaries that a report lists on the screen."""


def mesh_recipe(path: Path, overrides: Sequence[str], output: Path, console: Console, report: bool = False) -> None:
    """Mesh a recipe, or the recipe of a case, into a folder and print what came out.

    The folder gets mesh.npz, mesh.msh, mesh.vtu, boundaries.vtu, triple_lines.vtu and two pictures; with `report` also
    the network as tables (regions.csv, boundaries.csv, triple_lines.csv, junctions.csv), and the largest boundaries are
    printed.

    Raises:
        CaseError: when the recipe or the case has problems.
        OutputError: when the folder cannot be created or written.
        MeshingError: when no valid mesh is found.
    """
    recipe = _recipe(path, overrides)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {output} cannot be created: {error.strerror}.") from error
    mesh = build(recipe, default_folder())
    try:
        mesh.save(output / "mesh.npz")
        export_mesh(mesh, output / "mesh.msh")
        export_mesh(mesh, output / "mesh.vtu")
        export_network(mesh, output / "boundaries.vtu", output / "triple_lines.vtu")
        if report:
            write_network(mesh, output)
    except OSError as error:
        raise OutputError(f"The mesh cannot be written to {output}: {error.strerror}.") from error
    save_figure(lambda: microstructure_figure(mesh), output / "microstructure.png")
    save_figure(lambda: statistics_figure(mesh, recipe), output / "statistics.png")
    console.print(_summary(report_rows(mesh, recipe)))
    if report and len(mesh.surfaces.rows(*BOUNDARIES)):
        console.print(_largest_boundaries(mesh))
    console.print(f"written to {output}", highlight=False, soft_wrap=True)


def _summary(rows: Sequence[Row]) -> Table:
    """What came out beside what was wanted."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("microstructure", min_width=32)
    for heading in ("value", "target"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for row in rows:
        target = "" if row.target is None else _shown(row.target, row.unit)
        table.add_row(row.label, _shown(row.value, row.unit), target, row.note)
    return table


def _largest_boundaries(mesh: TaggedMesh) -> Table:
    """The boundaries of largest area (length in 2-D), with what is known of each."""
    surfaces = mesh.surfaces
    rows = surfaces.rows(*BOUNDARIES)
    largest = rows[np.argsort(-surfaces.measure[rows], kind="stable")][:LARGEST_SHOWN]
    solid = mesh.measured_in_space
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column(f"largest {len(largest)} of {len(rows)} boundaries")
    for heading in ("area" if solid else "length", "misorientation", "normal", "touches"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in largest.tolist():
        touched = surfaces.electrode_contact[row] > 0.0
        electrodes = [name for name, on in zip(("plating", "stripping"), touched, strict=True) if on]
        measure = surfaces.measure[row] * (1e12 if solid else 1e6)
        table.add_row(
            surfaces.name[row],
            f"{number(measure)} {'µm²' if solid else 'µm'}",
            "" if math.isnan(surfaces.misorientation[row]) else quantity(surfaces.misorientation[row], "rad"),
            _vector(surfaces.normal[row]),
            ", ".join(electrodes),
        )
    return table


def _vector(components: Sequence[float]) -> str:
    return "" if np.isnan(components).any() else " ".join(f"{part:.2f}" for part in components)


def _shown(value: float | int | str, unit: str) -> str:
    return quantity(value, unit) if isinstance(value, float) else f"{value} {unit}".strip()


def _recipe(path: Path, overrides: Sequence[str]) -> Recipe:
    """The recipe in a file that is either a recipe or a case."""
    is_case = "microstructure" in getattr(read_document(path), "data", {})
    return load_case(path, overrides).recipe if is_case else load_recipe(path, overrides)
