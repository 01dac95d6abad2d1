# SPDX-License-Identifier: LGPL-3.0-or-later
"""The driving force for plating along the electrode and in the flaws, and the sodium pressure it is worth."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from jadeite.constants import FARADAY
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import number
from jadeite.output.fields import FieldData
from jadeite.output.figures.run_data import OVERPOTENTIAL, SURFACE, RunData, centres
from jadeite.output.figures.style import BLUE, CYCLE, MARKERS, electrode_label, titled


def draw_interface(data: RunData) -> Figure | None:
    """Draw the plating overpotential along the electrode and down the walls of every flaw."""
    mesh, interfaces = data.mesh, data.interfaces
    if mesh is None or interfaces is None or OVERPOTENTIAL not in interfaces.cell:
        return None
    surface = interfaces.cell[SURFACE]
    # results count plating currents positive, but an overpotential that plates is negative
    millivolts = -interfaces.cell[OVERPOTENTIAL] * 1e3
    on_electrode = np.isin(surface, data.surface_rows(SurfaceKind.PLATING_ELECTRODE))
    on_walls = np.isin(surface, data.surface_rows(SurfaceKind.FLAW_WALL))
    if not millivolts[on_electrode | on_walls].any():  # no such surfaces, or contact without any resistance
        return None
    panels = int(on_electrode.any()) + int(on_walls.any())
    solid = mesh.dimension == 3
    figure = Figure(figsize=(11 if panels == 2 else 8, 5.4), layout="constrained")
    columns = list(np.atleast_1d(figure.subplots(1, panels, sharey=not solid)))
    pressure_per_millivolt = FARADAY / data.summary.sodium_molar_volume * 1e-9  # MPa per mV
    place = centres(interfaces)
    if on_electrode.any() and solid:
        _draw_electrode(columns[0], interfaces, millivolts, on_electrode)
    elif on_electrode.any():
        axes = columns[0]
        order = np.argsort(place[on_electrode, 0])
        x, y = _with_gaps(place[on_electrode, 0][order] * 1e6, millivolts[on_electrode][order])
        axes.plot(x, y, color=BLUE, linewidth=1.8)
        for patch in mesh.patches:
            axes.axvspan(patch.start * 1e6, patch.end * 1e6, facecolor="none", edgecolor="#AAAAAA", hatch="////")
            axes.text(
                (patch.start + patch.end) * 0.5e6, 0.98, "no contact", transform=axes.get_xaxis_transform(),
                ha="center", va="top", fontsize=10, rotation=90, backgroundcolor="white",
            )  # fmt: skip
        axes.set_title("along the plating electrode")
        axes.set_xlabel(electrode_label(mesh))
        axes.set_ylabel("plating overpotential (mV)")
    if on_walls.any():
        _draw_walls(columns[-1], data, interfaces, millivolts, place)
        columns[-1].set_ylabel("" if panels == 2 and not solid else "plating overpotential (mV)")
    curves = [axes for axes in columns if not solid or (on_walls.any() and axes is columns[-1])]
    shown = millivolts[on_walls if solid else on_electrode | on_walls]
    if curves:
        margin = max(0.08 * float(np.ptp(shown)), 0.005 * float(np.abs(shown).max()))
        curves[0].set_ylim(float(shown.min()) - margin, float(shown.max()) + margin)
        right = curves[-1].secondary_yaxis(
            "right", functions=(lambda mv: mv * pressure_per_millivolt, lambda mpa: mpa / pressure_per_millivolt)
        )
        right.set_ylabel("sodium pressure that would stop plating (MPa)")
    largest = int(np.argmax(np.where(on_electrode | on_walls, millivolts, -np.inf)))
    value, name = float(millivolts[largest]), mesh.surfaces.name[int(surface[largest])]
    place_name = name if on_walls[largest] else f"the {name}"
    titled(
        figure,
        f"Plating is driven hardest at {place_name}: {number(value)} mV, "
        f"worth {number(value * pressure_per_millivolt)} MPa of sodium pressure",
    )
    return figure


def _draw_electrode(
    axes: Axes, interfaces: FieldData, millivolts: NDArray[np.float64], on_electrode: NDArray[np.bool_]
) -> None:
    """Colour the plating electrode of a solid cell, seen along the current; what has no contact stays white."""
    corners = interfaces.points[interfaces.cells[on_electrode]][:, :, [0, 2]].reshape(-1, 2) * 1e6
    own = Triangulation(corners[:, 0], corners[:, 1], np.arange(len(corners)).reshape(-1, 3))
    colours = axes.tripcolor(own, np.repeat(millivolts[on_electrode], 3), shading="gouraud", cmap="viridis")
    axes.set_aspect("equal")
    axes.set_title("on the plating electrode")
    axes.set_xlabel("x (µm)")
    axes.set_ylabel("z (µm)")
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    figure.colorbar(colours, ax=axes, shrink=0.8, pad=0.02).set_label("plating overpotential (mV)")


def _draw_walls(
    axes: Axes, data: RunData, interfaces: FieldData, millivolts: NDArray[np.float64], place: NDArray[np.float64]
) -> None:
    """Plot each flaw against depth below its mouth; the names of the surfaces of a flaw end with the flaw's name."""
    mesh = data.mesh
    assert mesh is not None
    walls = data.surface_rows(SurfaceKind.FLAW_WALL)
    for position, flaw in enumerate(mesh.flaws):
        rows = [row for row in walls if mesh.surfaces.name[row].removeprefix("flaw ") == flaw.name]
        chosen = np.isin(interfaces.cell[SURFACE], rows)
        depth = (place[chosen, : mesh.dimension] - np.array(flaw.mouth)) @ np.array(flaw.direction) * 1e6
        axes.plot(
            depth, millivolts[chosen], linestyle="", marker=MARKERS[position % len(MARKERS)], markersize=5,
            color=CYCLE[position % len(CYCLE)], label=f"flaw '{flaw.name}'", alpha=0.8,
        )  # fmt: skip
    axes.set_title("on the walls of the flaws")
    axes.set_xlabel("depth from the mouth towards the tip (µm)")
    axes.legend(loc="best")


def _with_gaps(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Interrupt a line where its points lie far apart: at the mouths of flaws and at unwetted patches."""
    if len(x) < 3:
        return x, y
    gaps = np.flatnonzero(np.diff(x) > 6 * np.median(np.diff(x))) + 1
    return np.insert(x, gaps, np.nan), np.insert(y, gaps, np.nan)
