# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boundaries that open while a load rises: where they are, and at which load."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from jadeite.output.display import percent
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import BLUE, INK, ORANGE, QUIET, dress_map, part_of, titled
from jadeite.output.summary import ResultTable

_DAMAGE, _OPENING = "damage", "opening (m)"
_OPEN = "share_of_boundaries_open"


def draw_opened_boundaries(data: RunData) -> Figure | None:
    """Draw the damage of boundaries on the map, where the run is plane, and what is open against the load."""
    steps = data.table("load_steps")
    if steps is None or _OPEN not in {column.name for column in steps.columns}:
        return None
    # fields and headlines are about the first grain size
    size = steps.values("magnification")
    kept = tuple(row for row, own in zip(steps.rows, size == size[0], strict=True) if own)
    steps = replace(steps, rows=kept)
    mapped = data.plane_mesh is not None and data.interfaces is not None and _DAMAGE in data.interfaces.cell
    figure = Figure(figsize=(13 if mapped else 7, 5.6), layout="constrained")
    panels: list[Axes] = list(figure.subplots(1, 2 if mapped else 1, squeeze=False)[0])
    if mapped:
        _draw_map(figure, panels[0], data)
    _draw_steps(panels[-1], steps)
    load, opened = steps.values("load_factor"), steps.values(_OPEN)
    first = load[opened > 0.0]
    text = f"{percent(float(opened[-1]))} of the boundaries are open at the end"
    titled(
        figure, f"{text}, the first at {percent(float(first[0]))} of the load" if len(first) else "No boundary opens"
    )
    return figure


def _draw_map(figure: Figure, axes: Axes, data: RunData) -> None:
    mesh, faces = data.plane_mesh, data.interfaces
    assert mesh is not None and faces is not None
    dress_map(axes, mesh, names=False)
    damage, opening = faces.cell[_DAMAGE], faces.cell[_OPENING]
    inner = np.flatnonzero(
        np.isin(faces.cell["surface"], [k for k, name in enumerate(mesh.surfaces.name) if "|" in name])
    )
    inner = inner[np.argsort(damage[inner])]
    width = 1.0 + 5.0 * np.maximum(opening[inner], 0.0) / max(float(opening[inner].max(initial=0.0)), 1e-30)
    lines = LineCollection(
        list(faces.points[faces.cells[inner]][:, :, :2] * 1e6),
        array=damage[inner],
        cmap=part_of("inferno_r", 0.12, 1.0),
        norm=Normalize(0.0, 1.0),
        linewidths=width,
        capstyle="round",
        zorder=5,
    )
    axes.add_collection(lines)
    bar = figure.colorbar(lines, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label("damage (thicker lines: wider open)")


def _draw_steps(axes: Axes, steps: ResultTable) -> None:
    load, opened = 100.0 * steps.values("load_factor"), 100.0 * steps.values(_OPEN)
    axes.plot(load, opened, color=BLUE, marker="o", markersize=3.5, linewidth=1.6, label="open boundaries")
    axes.set_xlabel("share of the full load (%)")
    axes.set_ylabel("share of the boundaries that is open (%)", color=BLUE)
    axes.set_ylim(bottom=0.0)
    work, spent = steps.values("external_work"), steps.values("dissipated_energy")
    largest = float(np.abs(work).max())
    if largest == 0.0:
        return
    energies = axes.twinx()
    energies.plot(load, work / largest, color=QUIET, linewidth=1.4, label="work of the loads")
    energies.plot(load, spent / largest, color=ORANGE, linewidth=1.6, label="dissipated by boundaries")
    energies.set_ylabel("energy over the largest work", color=INK)
    energies.set_ylim(bottom=0.0)
    handles = [line for panel in (axes, energies) for line in panel.get_lines()]
    axes.legend(handles=handles, loc="upper left")
