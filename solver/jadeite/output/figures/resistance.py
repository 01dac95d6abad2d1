# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the cell's resistance comes from: parts that add up to the total, and the costliest grain boundaries."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from jadeite.output.display import number, percent, quantity
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import CYCLE, INK, SKY, titled
from jadeite.output.summary import BoundaryShare, ResistanceBreakdown

_TO_OHM_SQUARE_CENTIMETRE = 1e4
_BOUNDARIES_SHOWN = 10
#: Of the bar and of a line of its legend, inches.
_BAR_HEIGHT, _LINE_HEIGHT = 1.2, 0.27


def draw_resistance(data: RunData) -> Figure | None:
    """Draw the parts of the area-specific resistance as one bar, and the ten boundaries that dissipate most."""
    breakdown = data.summary.resistance
    if breakdown is None or not breakdown.total:
        return None
    if not data.summary.boundaries and sum(part.area_specific_resistance != 0.0 for part in breakdown.shares) < 2:
        return None  # one part is the whole
    boundaries = sorted(data.summary.boundaries, key=lambda boundary: -boundary.share)[:_BOUNDARIES_SHOWN]
    heights = [_BAR_HEIGHT, _LINE_HEIGHT * -(-len(breakdown.shares) // 2)]
    if boundaries:
        heights.append(0.36 * len(boundaries))
    figure = Figure(figsize=(11, 1.9 + sum(heights) + 0.9 * bool(boundaries)), layout="constrained")
    top, legend, *below = figure.subplots(len(heights), 1, height_ratios=heights)
    _draw_parts(top, breakdown)
    legend.set_axis_off()
    legend.legend(*top.get_legend_handles_labels(), loc="upper center", ncols=2, handlelength=1.0, columnspacing=2.5)
    for axes in below:
        _draw_boundaries(axes, boundaries)
    largest = max(breakdown.shares, key=lambda part: part.area_specific_resistance)
    share = largest.area_specific_resistance / breakdown.total
    titled(
        figure,
        f"The cell's area-specific resistance is {quantity(breakdown.total, 'ohm m^2')}; the largest part is "
        f"{largest.label}, {percent(share)}",
    )
    return figure


def _draw_parts(axes: Axes, breakdown: ResistanceBreakdown) -> None:
    """Stack the parts along one bar; negative parts lie left of zero, so that the sum of all lengths is the total."""
    right = left = 0.0
    for part, colour in zip(breakdown.shares, _colours([part.label for part in breakdown.shares]), strict=True):
        value = part.area_specific_resistance * _TO_OHM_SQUARE_CENTIMETRE
        start = right if value >= 0 else left
        share = part.area_specific_resistance / breakdown.total
        label = f"{part.label}: {number(value)} Ω cm² ({percent(share, 1)})"
        axes.barh(0, value, left=start, height=0.6, color=colour, edgecolor="white", linewidth=1.5, label=label)
        if abs(share) > 0.09:
            axes.text(
                start + value / 2, 0, f"{number(value)}", ha="center", va="center", color="white", fontweight="bold"
            )
        if value >= 0:
            right += value
        else:
            left += value
    total = breakdown.total * _TO_OHM_SQUARE_CENTIMETRE
    axes.axvline(total, color=INK, linestyle="--", linewidth=1.2)
    axes.text(total, 0.42, f"total {number(total)}", ha="right", va="bottom", fontsize=11)
    axes.axvline(0.0, color=INK, linewidth=1.0)
    axes.set_ylim(-0.45, 0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("area-specific resistance (Ω cm²)")


def _colours(labels: Sequence[str]) -> list[tuple[float, float, float]]:
    """One hue for each group of parts (grains, boundaries, either interface, the rest), lighter from part to part."""
    groups = ["boundaries" if "boundaries" in label else label.partition(" interface")[0] for label in labels]
    hue = {group: CYCLE[number % len(CYCLE)] for number, group in enumerate(dict.fromkeys(groups))}
    found: list[tuple[float, float, float]] = []
    for position, group in enumerate(groups):
        step, steps = groups[:position].count(group), groups.count(group)
        lighter = 0.55 * step / max(steps - 1, 1)
        red, green, blue = (part + (1.0 - part) * lighter for part in to_rgb(hue[group]))
        found.append((red, green, blue))
    return found


def _draw_boundaries(axes: Axes, boundaries: list[BoundaryShare]) -> None:
    percent = [100 * boundary.share for boundary in boundaries]
    axes.barh(range(len(boundaries)), percent, height=0.7, color=SKY)
    for position, (boundary, value) in enumerate(zip(boundaries, percent, strict=True)):
        text = f"{number(value, 2)} %, {quantity(boundary.resistance, 'ohm m^2')}"
        if boundary.misorientation:
            text += f", turned by {quantity(boundary.misorientation, 'rad', 2)}"
        axes.annotate(text, (value, position), xytext=(5, 0), textcoords="offset points", va="center", fontsize=10)
    axes.set_yticks(range(len(boundaries)), [boundary.name for boundary in boundaries])
    axes.invert_yaxis()
    axes.set_xlim(0, max(percent) * 1.5)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("share of the dissipated power (%)")
    axes.set_title(f"The {len(boundaries)} grain boundaries that cost most", loc="left")
