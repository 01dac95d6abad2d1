# SPDX-License-Identifier: LGPL-3.0-or-later
"""Heat through the thickness: how much warmer the ceramic is, and the stress that holds it together."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jadeite.output.display import number
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import BLUE, INK, ORANGE, RED, titled

RISE = "temperature rise (K)"
_BANDS = 40


def draw_heat(data: RunData) -> Figure | None:
    """Draw temperature and principal stresses in bands across the separator: median, and what nine in ten have."""
    fields = data.fields
    if fields is None or RISE not in fields.point:
        return None
    height = fields.points[:, 1] * 1e6
    stresses = [fields.point.get(f"recovered {which} principal stress (Pa)") for which in ("largest", "smallest")]
    stressed = all(stress is not None for stress in stresses)
    figure = Figure(figsize=(11 if stressed else 6.5, 4.8), layout="constrained")
    panels: list[Axes] = list(figure.subplots(1, 2 if stressed else 1, squeeze=False)[0])
    _draw_bands(panels[0], height, fields.point[RISE], ORANGE)
    panels[0].set_ylabel("temperature above that of the case (K)")
    panels[0].set_ylim(bottom=0.0)
    if stressed:
        for stress, colour, label in zip(stresses, (RED, BLUE), ("largest", "smallest"), strict=True):
            assert stress is not None
            _draw_bands(panels[1], height, stress * 1e-6, colour, label)
        panels[1].axhline(0.0, color=INK, linewidth=0.8)
        panels[1].set_ylabel("principal stress (MPa), tension positive")
        panels[1].legend(loc="best")
    for axes in panels:
        axes.set_xlim(height.min(), height.max())
        axes.set_xlabel("height above the plating electrode (µm)")
    titled(figure, _finding(data))
    return figure


def _draw_bands(
    axes: Axes, height: NDArray[np.float64], values: NDArray[np.float64], colour: str, label: str = ""
) -> None:
    """Median of the nodes in each band of height, and the range of nine in ten of them."""
    edges = np.linspace(height.min(), height.max(), _BANDS + 1)
    band = np.clip(np.searchsorted(edges, height, side="right") - 1, 0, _BANDS - 1)
    filled = np.unique(band)
    middle = 0.5 * (edges[filled] + edges[filled + 1])
    middle[0], middle[-1] = edges[0], edges[-1]
    # nodes of the faces themselves stand for the outermost bands
    members = [band == k for k in filled]
    members[0], members[-1] = height <= edges[0], height >= edges[-1]
    median, low, high = (np.array([np.quantile(values[m], q) for m in members]) for q in (0.5, 0.05, 0.95))
    axes.fill_between(middle, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(middle, median, color=colour, linewidth=2.0, label=label or None)


def _finding(data: RunData) -> str:
    found = {headline.key: headline.value for headline in data.summary.headlines}
    finding = f"Joule heat warms the ceramic by up to {number(found.get('temperature_rise', np.nan))} K"
    stress = found.get("largest_thermal_stress")
    return finding if stress is None else f"{finding}, which pulls its cold parts with {number(stress * 1e-6)} MPa"
