# SPDX-License-Identifier: LGPL-3.0-or-later
"""How the stress intensity changes along the fronts of flaws in space."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from jadeite.output.display import MEGAPASCAL_ROOT_METRE, number, percent
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import CYCLE, INK, MARKERS, titled


def draw_fronts(data: RunData) -> Figure | None:
    """Draw K_I from one end of every front to the other, with the toughness it has to reach."""
    flaws = [flaw for flaw in data.summary.flaws if flaw.front]
    if not flaws:
        return None
    figure = Figure(figsize=(8.5, 5.2), layout="constrained")
    axes = figure.subplots()
    loads: dict[str, float] = {}
    for position, flaw in enumerate(flaws):
        distance = np.array([point.distance for point in flaw.front])
        opening = np.array([point.mode_one for point in flaw.front])
        # the ends of the front lie as far beyond the outermost stations as these begin
        share = distance / (distance[0] + distance[-1])
        style: Any = {"color": CYCLE[position % len(CYCLE)], "marker": MARKERS[position % len(MARKERS)]}
        axes.plot(share, opening * MEGAPASCAL_ROOT_METRE.factor, label=f"flaw '{flaw.name}'", **style)
        if flaw.fracture_toughness:
            loads[flaw.name] = float(opening.max()) / flaw.fracture_toughness
    for toughness in sorted({flaw.fracture_toughness for flaw in flaws if flaw.fracture_toughness}):
        axes.axhline(toughness * MEGAPASCAL_ROOT_METRE.factor, color=INK, linestyle="--", linewidth=1.0)
        axes.annotate(
            f"fracture toughness {number(toughness * MEGAPASCAL_ROOT_METRE.factor)} MPa√m",
            (0.0, toughness * MEGAPASCAL_ROOT_METRE.factor), xytext=(2, 3), textcoords="offset points", fontsize=10,
        )  # fmt: skip
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("place along the front, from mouth (0) over the deepest point to mouth (1)")
    axes.set_ylabel("stress intensity factor K$_I$ (MPa√m)")
    axes.legend(loc="best")
    if loads:
        worst = max(loads, key=lambda name: loads[name])
        titled(figure, f"Flaw '{worst}' carries up to {percent(loads[worst])} of the fracture toughness at its front")
    return figure
