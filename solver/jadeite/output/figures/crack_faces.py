# SPDX-License-Identifier: LGPL-3.0-or-later
"""How faces of cracks press and rub on each other."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jadeite.output.display import number
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import CYCLE, INK, titled

#: Most cracks that are told apart: those with the largest pressure.
_MOST = len(CYCLE)
#: An opening smaller than this, over the largest displacement, is none.
_VISIBLE = 1e-3


def draw_crack_faces(run: RunData) -> Figure | None:
    """Draw pressure and shear traction along the faces of each crack, and how far they have slipped or opened."""
    table, whole = run.table("crack_face_profiles"), run.table("crack_faces")
    if table is None or whole is None:
        return None
    names = np.array(table.row_labels)
    position, pressure, shear, slip, opening = (
        table.values(name) for name in ("position", "pressure", "shear", "slip", "opening")
    )
    cracks = sorted(dict.fromkeys(table.row_labels), key=lambda name: -pressure[names == name].max())[:_MOST]
    cracks = [name for name in dict.fromkeys(table.row_labels) if name in cracks]
    figure = Figure(figsize=(11.0, 4.8), layout="constrained")
    forces, moves = figure.subplots(1, 2)
    for colour, name in zip(CYCLE, cracks, strict=False):
        own = names == name
        x = position[own] * 1e6
        forces.plot(x, pressure[own] * 1e-6, color=colour)
        forces.plot(x, shear[own] * 1e-6, "--", color=colour)
        moves.plot(x, slip[own] * 1e9, color=colour, label=name.removeprefix("crack "))
        if opening[own].max() > _VISIBLE * max(slip.max(), opening.max()):
            moves.plot(x, np.maximum(opening[own], 0.0) * 1e9, ":", color=colour)
    opens = bool(opening.max() > _VISIBLE * max(slip.max(), opening.max()))
    moved = "displacement across the crack (nm)" if opens else "slip (nm)"
    for axes, label in ((forces, "traction between the faces (MPa)"), (moves, moved)):
        axes.set_xlabel("position along the crack, from its middle (µm)")
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0.0)
    forces.legend(handles=[_line("-", "pressure"), _line("--", "shear traction")], loc="best")
    handles, labels = moves.get_legend_handles_labels()
    if opens:
        handles += [_line("-", ""), _line(":", "")]
        labels += ["slip", "opening"]
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 6))
    titled(figure, _finding(whole.row_labels[1:], whole.values("closed")[1:], whole.values("sticking")[1:]))
    return figure


def _line(style: Literal["-", "--", ":"], label: str) -> Line2D:
    return Line2D([], [], color=INK, linestyle=style, label=label)


def _finding(names: tuple[str, ...], closed: np.ndarray, sticking: np.ndarray) -> str:
    """How many cracks are open, stick and slide."""
    touching, stuck = closed > 0.0, sticking > 0.5 * closed
    count = len(names)
    if not touching.any():
        return "All cracks are open"
    sliding = int((touching & ~stuck).sum())
    if count == 1:
        return f"{number(100 * closed[0])} % of the faces touch; they {'slide' if sliding else 'stick'}"
    which = (
        f"All {count} cracks are closed" if touching.all() else f"{int(touching.sum())} of {count} cracks are closed"
    )
    if sliding == touching.sum():
        return f"{which} and slide"
    return f"{which}: {sliding} slide, {int(touching.sum()) - sliding} stick" if sliding else f"{which} and stick"
