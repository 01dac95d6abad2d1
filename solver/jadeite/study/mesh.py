# SPDX-License-Identifier: LGPL-3.0-or-later
"""`jadeite mesh`: build the mesh of a recipe, show what came out, write it for Gmsh and ParaView."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from jadeite.case.document import read_document
from jadeite.case.loading import load_case, load_recipe
from jadeite.case.microstructure import Recipe
from jadeite.microstructure.build import build
from jadeite.microstructure.export import export_mesh
from jadeite.microstructure.statistics import draw_statistics, report_table
from jadeite.output.display import quantity
from jadeite.output.figures import save_figure
from jadeite.output.figures.microstructure import microstructure_figure
from jadeite.output.folder import OutputError


def mesh_recipe(path: Path, overrides: Sequence[str], output: Path, console: Console) -> None:
    """Mesh a recipe, or the recipe of a case, into a folder: mesh.npz, mesh.msh, mesh.vtu and two pictures.

    Raises:
        CaseError: when the recipe or the case has problems.
        OutputError: when the folder cannot be created.
        MeshingError: when no valid mesh is found.
    """
    recipe = _recipe(path, overrides)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {output} cannot be created: {error.strerror}.") from error
    mesh = build(recipe)
    mesh.save(output / "mesh.npz")
    export_mesh(mesh, output / "mesh.msh")
    export_mesh(mesh, output / "mesh.vtu")
    save_figure(lambda: microstructure_figure(mesh), output / "microstructure.png")
    draw_statistics(mesh, output / "statistics.png")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("microstructure")
    table.add_column("value", justify="right")
    for label, value, unit in report_table(mesh):
        table.add_row(label, quantity(value, unit) if isinstance(value, float) else f"{value} {unit}".strip())
    console.print(table)
    console.print(f"written to {output}", highlight=False, soft_wrap=True)


def _recipe(path: Path, overrides: Sequence[str]) -> Recipe:
    """The recipe in a file that is either a recipe or a case."""
    is_case = "microstructure" in getattr(read_document(path), "data", {})
    return load_case(path, overrides).recipe if is_case else load_recipe(path, overrides)
