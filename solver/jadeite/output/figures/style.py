# SPDX-License-Identifier: LGPL-3.0-or-later
"""How all figures look: fonts, colours that colour-blind readers can tell apart, and the parts every map shares."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon, Rectangle
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from jadeite.microstructure.tagged_mesh import Flaw, SurfaceKind, TaggedMesh
from jadeite.output.figures.walls import has_no_width, wall_polylines

# Okabe and Ito (2008), "Color universal design"
BLUE, ORANGE, GREEN, RED, SKY, PURPLE, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442",
)  # fmt: skip
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED)
MARKERS = ("o", "s", "^", "D", "v", "P")
SODIUM = "#C9CDD2"
INK = "#222222"
CRACK = "#8B1A1A"
# beyond this number flaws are drawn without their names
NAMED_FLAWS = 8
QUIET = "#777777"
DOTS_PER_INCH = 150
_BAND_INCHES = 0.3
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=%|×|µm|mV|V\b|MPa|mA/|Ω)|(?<=Ω) (?=cm)")
_TALLEST_MAP = 8.5  # inches
_NARROW = 0.4  # width over height below which the names of the electrodes do not fit in

_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.labelsize": 12,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.8,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw with these settings only inside the block; the caller's own matplotlib settings stay as they are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def plain_decades(axis: Axis) -> None:
    """Label a logarithmic axis at 1, 2 and 5 of each decade, with numbers as one writes them."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def part_of(name: str, start: float, end: float) -> ListedColormap:
    """Return a part of a named colour map."""
    return ListedColormap(matplotlib.colormaps[name](np.linspace(start, end, 256)))


def titled(figure: Figure, finding: str) -> None:
    """Write what the figure shows, in words, above it; lines break to the figure's width, never before a unit."""
    width = int(figure.get_figwidth() * 8.0)
    finding = _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", finding)
    figure.suptitle(textwrap.fill(finding, width), x=0.012, ha="left", fontsize=14, fontweight="bold")


def outlined(text: Any) -> None:
    """Give a text or line on a map a white rim, so that it can be read on any colour."""
    text.set_path_effects([patheffects.withStroke(linewidth=3, foreground="white")])


def map_figure(mesh: TaggedMesh, maps: int = 1, close_ups: int = 0, bars: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure of equal-scale maps followed by square close-ups, arranged to suit the domain's shape.

    Several panels of a compact domain make two columns; the maps of a wide domain lie one above the other with the
    close-ups side by side below. ``bars`` is the number of colour bars there must be room for.
    """
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    aspect = float((high[0] - low[0]) / (high[1] - low[1]))
    names = [f"map {number}" for number in range(maps)]
    squares = [f"close-up {number}" for number in range(close_ups)]
    if maps + close_ups == 1:
        width = min(9.0, max(7.0 * aspect, 4.0))
        rows, columns, heights = [names], 1, [min(width / aspect, _TALLEST_MAP)]
    elif aspect > 1.6 or (maps == 1 and close_ups == 2):
        width = 10.0 / max(close_ups, 1)
        columns = max(close_ups, 1)
        rows = [[name] * columns for name in names] + ([squares] if squares else [])
        heights = [min(10.0 / aspect, 5.5)] * maps + ([min(width, 4.5)] if squares else [])
    else:
        width, columns = 5.2, 2
        every = [*names, *squares]
        rows = [every[start : start + 2] for start in range(0, len(every), 2)]
        heights = [width / max(aspect, 0.6)] * len(rows)
    size = (columns * width + 0.8 + 1.5 * bars, sum(heights) + 0.8 * len(rows) + 1.7)
    figure = Figure(figsize=size, layout="constrained")
    mosaic: Any = rows
    panels = figure.subplot_mosaic(mosaic, height_ratios=heights)
    return figure, [panels[name] for name in (*names, *squares)]


def dress_map(axes: Axes, mesh: TaggedMesh, names: bool = True) -> None:
    """Add to a map in micrometres what is not ceramic: sodium electrodes, filled flaws, pores, unwetted patches."""
    low, high = mesh.points.min(axis=0) * 1e6, mesh.points.max(axis=0) * 1e6
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    band = _BAND_INCHES * (high[0] - low[0]) / max(figure.get_figwidth() * 0.75, 1.0)
    band = float(np.clip(band, 0.03 * (high[1] - low[1]), 0.12 * (high[1] - low[1])))
    kinds = set(mesh.surfaces.kind)
    plating = SurfaceKind.PLATING_ELECTRODE in kinds
    # sodium fills the grooves: behind the cells it reaches up to the highest place of the electrode
    touching = mesh.facets[np.isin(mesh.facet_surface, mesh.surfaces.rows(SurfaceKind.PLATING_ELECTRODE))]
    grooves = float(mesh.points[touching][..., 1].max(initial=0.0)) * 1e6 - low[1] if plating else 0.0
    if grooves > 0.0:
        axes.add_patch(Rectangle((low[0], low[1]), high[0] - low[0], grooves, facecolor=SODIUM, zorder=0))
    stripping = SurfaceKind.STRIPPING_ELECTRODE in kinds
    for shown, bottom, text in (
        (plating, low[1] - band, "sodium, plating side"),
        (stripping, high[1], "sodium, stripping side"),
    ):
        if shown:
            axes.add_patch(Rectangle((low[0], bottom), high[0] - low[0], band, facecolor=SODIUM, edgecolor="none"))
            if names:
                narrow = (high[0] - low[0]) / (high[1] - low[1]) < _NARROW
                x = high[0] if narrow else low[0]
                axes.annotate(
                    text, (x, bottom + band / 2), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9
                )
    for patch in mesh.patches:
        axes.add_patch(
            Rectangle(
                (patch.start * 1e6, low[1] - band),
                (patch.end - patch.start) * 1e6,
                band,
                facecolor="white",
                edgecolor=INK,
                hatch="////",
                linewidth=0.8,
            )
        )
    for wall in wall_polylines(mesh, SurfaceKind.PORE_WALL):
        axes.add_patch(Polygon(wall, facecolor="white", edgecolor=INK, linewidth=0.8, zorder=3))
    for wall in wall_polylines(mesh, SurfaceKind.FLAW_WALL):
        axes.add_patch(Polygon(wall, facecolor=SODIUM, edgecolor=INK, linewidth=1.2, joinstyle="round", zorder=4))
        if has_no_width(wall):
            # a cut gets a width that can be seen
            axes.plot(*wall.T, color=INK, linewidth=4.0, solid_capstyle="round", zorder=4)
            axes.plot(*wall.T, color=SODIUM, linewidth=2.0, solid_capstyle="round", zorder=4)
    for wall in wall_polylines(mesh, SurfaceKind.EMBEDDED_CRACK):
        axes.add_patch(Polygon(wall, facecolor="white", edgecolor=CRACK, linewidth=1.8, joinstyle="round", zorder=4))
    if names and len(mesh.flaws) <= NAMED_FLAWS:
        for flaw in mesh.flaws:
            name_flaw(axes, flaw, flaw.name)
    axes.set_aspect("equal")
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1] - band * plating, high[1] + band * stripping)
    axes.set_xlabel(electrode_label(mesh))
    if not plating:
        axes.set_ylabel("y (µm)")
    else:
        axes.set_ylabel("height above the plating electrode (µm)" if mesh.axisymmetric else "height above it (µm)")
    for spine in axes.spines.values():
        spine.set_visible(False)


def electrode_label(mesh: TaggedMesh) -> str:
    """What the horizontal axis of a plane cell is called."""
    if mesh.axisymmetric:
        return "distance from the axis (µm)"
    return "along the plating electrode (µm)" if SurfaceKind.PLATING_ELECTRODE in mesh.surfaces.kind else "x (µm)"


def name_flaw(axes: Axes, flaw: Flaw, text: str) -> None:
    """Write a text at the tip of a flaw, on the side where the map has more room."""
    left, right = np.sort(axes.get_xlim())
    x, y = flaw.tip[0] * 1e6, flaw.tip[1] * 1e6
    on_right = x < left + 0.75 * (right - left)
    label = axes.annotate(
        text,
        (x, y),
        xytext=(7 if on_right else -7, 5),
        textcoords="offset points",
        ha="left" if on_right else "right",
        fontsize=11,
        fontweight="bold",
        zorder=6,
    )
    outlined(label)


def boundary_lines(mesh: TaggedMesh, *kinds: SurfaceKind, **appearance: Any) -> tuple[LineCollection, np.ndarray]:
    """Return the facets of these kinds as lines in micrometres, and the surface row of each."""
    chosen = np.isin(mesh.facet_surface, mesh.surfaces.rows(*kinds))
    lines = LineCollection(list(mesh.points[mesh.facets[chosen]] * 1e6), capstyle="round", **appearance)
    return lines, mesh.facet_surface[chosen]


def map_legend(figure: Figure, mesh: TaggedMesh, extra: Sequence[Line2D | Patch] = ()) -> None:
    """Explain below a map what the shapes on it are; only those that occur."""
    handles: list[Any] = list(extra)
    if mesh.flaws:
        handles.append(Patch(facecolor=SODIUM, edgecolor=INK, label="flaw filled with sodium"))
    if mesh.pores:
        handles.append(
            Line2D([], [], marker="o", ls="", markerfacecolor="white", markeredgecolor=INK, ms=9, label="pore")
        )
    if mesh.cracks:
        handles.append(Line2D([], [], color=CRACK, lw=1.8, label="crack"))
    if mesh.patches:
        handles.append(Patch(facecolor="white", edgecolor=INK, hatch="////", label="no contact (unwetted)"))
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.6)


class Window(NamedTuple):
    """A square part of the domain to magnify; ``centre`` and ``size`` in m."""

    title: str
    centre: Sequence[float]
    size: float


def flaw_window(flaw: Flaw) -> Window:
    """Return the window around the tip of a flaw that also shows a good part of its walls."""
    size = max(0.8 * flaw.depth, 4 * flaw.mouth_width)
    return Window(f"close-up of flaw '{flaw.name}'", (flaw.tip[0], flaw.tip[1] - 0.1 * size), size)


def close_up(axes: Axes, zoomed: Axes, window: Window, domain: TaggedMesh) -> None:
    """Limit ``zoomed`` to a window, shifted into the domain if need be, and mark that window on ``axes``."""
    low, high = domain.points.min(axis=0) * 1e6, domain.points.max(axis=0) * 1e6
    size = min(window.size * 1e6, float((high - low).min()))
    corner = np.clip(np.array(window.centre[:2]) * 1e6 - size / 2, low, high - size)
    zoomed.set_xlim(corner[0], corner[0] + size)
    zoomed.set_ylim(corner[1], corner[1] + size)
    zoomed.set_aspect("equal")
    axes.add_patch(Rectangle(tuple(corner), size, size, fill=False, edgecolor=INK, linewidth=1.2, zorder=7))
    for spine in zoomed.spines.values():
        spine.set_visible(True)
    zoomed.set_xlabel(electrode_label(domain))
    zoomed.set_ylabel("")
    zoomed.set_title(window.title)
