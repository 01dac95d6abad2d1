# SPDX-License-Identifier: LGPL-3.0-or-later
"""An impedance spectrum: Nyquist and Bode plots with the fitted circuit, and its relaxation times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from jadeite.output.display import number, percent, quantity
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import BLUE, GREEN, INK, ORANGE, PURPLE, QUIET, RED, SKY, outlined, titled

Array = NDArray[np.float64]

_TO_OHM_SQUARE_CENTIMETRE = 1e4
_COLOURS = {"grains": BLUE, "grain boundaries": ORANGE, "electrodes": GREEN}
_PART_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED)
_TAKEN_FOR = "taken for "
_RESISTANCE_LABEL = "Ω cm²"
#: Arcs below this share of the largest are drawn without a name.
_NAMED_SHARE = 0.02


def draw_nyquist(data: RunData) -> Figure | None:
    """Draw the impedance in the complex plane, the arcs of the fit below it, and the frequency at each decade."""
    spectrum = data.table("impedance")
    if spectrum is None:
        return None
    real, imaginary, fit_real, fit_imaginary = (
        spectrum.values(name) * _TO_OHM_SQUARE_CENTIMETRE for name in ("real", "imaginary", "fit_real", "fit_imaginary")
    )
    arcs = _arcs(data)
    resistances = [arc["resistance"] for arc in arcs]
    offset = next((h.value for h in data.summary.headlines if h.key == "circuit_offset"), 0.0)
    offset *= _TO_OHM_SQUARE_CENTIMETRE
    blocked = -imaginary[0] > 0.6 * max(sum(resistances), 1e-12)
    right = offset + sum(resistances) if resistances else float(real.max())
    height = max([0.5 * r for r in resistances] + ([] if blocked else [float(-imaginary.min())]), default=0.0)
    top = max(1.25 * height, 0.16 * right) if not blocked else max(1.6 * height, 0.45 * right)
    width = 10.5
    figure = Figure(
        figsize=(width, min(max(0.94 * width * top / (1.12 * right) + 1.5, 3.6), 8.0)), layout="constrained"
    )
    axes = figure.subplots()
    _draw_arcs(axes, arcs, offset, right, top)
    if not blocked:
        fit_real, fit_imaginary = _smooth(arcs, offset, spectrum.values("frequency"))
    axes.plot(fit_real, -fit_imaginary, color=RED, linewidth=1.4, linestyle="--", label="fitted circuit", zorder=4)
    axes.plot(real, -imaginary, "o", color=INK, markersize=3.4, label="computed", zorder=5)
    _mark_decades(axes, spectrum.values("frequency"), real, -imaginary, right, top)
    axes.set_xlim(-0.02 * right, 1.1 * right)
    axes.set_ylim(-0.03 * top, top)
    axes.set_aspect("equal")
    axes.set_xlabel(f"real part of the impedance ({_RESISTANCE_LABEL})")
    axes.set_ylabel(f"− imaginary part ({_RESISTANCE_LABEL})")
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.legend(loc="upper left", ncols=2)
    titled(figure, _finding(data))
    return figure


def draw_bode(data: RunData) -> Figure | None:
    """Draw magnitude and phase against frequency, and which mechanism resists at each frequency."""
    spectrum, parts = data.table("impedance"), data.table("impedance_parts")
    if spectrum is None or parts is None:
        return None
    frequency = spectrum.values("frequency")
    figure = Figure(figsize=(9.5, 9.0), layout="constrained")
    magnitude, phase, shares = figure.subplots(3, 1, sharex=True, height_ratios=[1.0, 0.8, 1.1])
    fit = spectrum.values("fit_real") + 1j * spectrum.values("fit_imaginary")
    magnitude.loglog(
        frequency, spectrum.values("magnitude") * _TO_OHM_SQUARE_CENTIMETRE, "o", color=INK, ms=3.5, label="computed"
    )
    magnitude.loglog(
        frequency, np.abs(fit) * _TO_OHM_SQUARE_CENTIMETRE, color=RED, lw=1.4, ls="--", label="fitted circuit"
    )
    magnitude.set_ylabel(f"magnitude ({_RESISTANCE_LABEL})")
    magnitude.legend(loc="lower left")
    phase.semilogx(frequency, np.degrees(spectrum.values("phase")), "o", color=INK, ms=3.5)
    phase.semilogx(frequency, np.degrees(np.angle(fit)), color=RED, lw=1.4, ls="--")
    phase.set_ylabel("phase (°)")
    phase.set_yticks([0, -30, -60, -90])
    names = [column.name.removesuffix(", real") for column in parts.columns if column.name.endswith(", real")]
    real = np.array([parts.values(f"{name}, real") for name in names])
    share = 100.0 * real / real.sum(axis=0)
    colours = [_PART_COLOURS[row % len(_PART_COLOURS)] for row in range(len(names))]
    shares.stackplot(frequency, share, colors=colours, labels=names, edgecolor="white", linewidth=0.6)
    shares.set_ylim(0, 100)
    shares.set_ylabel("share of the real part (%)")
    shares.set_xlabel("frequency (Hz)")
    shares.set_xlim(frequency[0], frequency[-1])
    figure.legend(*shares.get_legend_handles_labels(), loc="outside lower center", ncols=2 if len(names) > 3 else 3)
    low, high = (names[int(np.argmax(real[:, row]))] for row in (0, -1))
    titled(figure, f"At the lowest frequency most is lost to the {low}, at the highest to the {high}")
    return figure


def draw_relaxation_times(data: RunData) -> Figure | None:
    """Draw the distribution of relaxation times, and as sticks the relaxations of the system itself."""
    density, sticks = data.table("relaxation_times"), data.table("relaxations")
    if density is None or sticks is None:
        return None
    time, value = density.values("time"), density.values("density") * _TO_OHM_SQUARE_CENTIMETRE
    figure = Figure(figsize=(10, 5.2), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(time, value, color=SKY, alpha=0.35, linewidth=0)
    axes.semilogx(time, value, color=BLUE, linewidth=2.0, label="from the spectrum alone (left scale)")
    axes.set_ylim(0, 1.35 * value.max())
    beside = axes.twinx()
    beside.spines["right"].set_visible(True)
    exact, strength = sticks.values("time"), sticks.values("resistance") * _TO_OHM_SQUARE_CENTIMETRE
    beside.vlines(exact, 0.0, strength, color=RED, linewidth=1.6, label="of the microstructure itself (right scale)")
    beside.plot(exact, strength, "o", color=RED, markersize=3.5)
    beside.set_ylim(0, 1.35 * strength.max())
    beside.set_ylabel(f"resistance of one relaxation ({_RESISTANCE_LABEL})")
    for arc in _arcs(data):
        if arc["resistance"] < _NAMED_SHARE * max(other["resistance"] for other in _arcs(data)):
            continue
        place = 0.5 / (math.pi * arc["frequency"])
        near = value[np.abs(np.log(time / place)) < 1.0]
        label = axes.annotate(
            arc["name"],
            (place, near.max(initial=0.0)),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=11,
            fontweight="bold",
            color=_COLOURS.get(arc["name"], INK),
            zorder=7,
        )
        outlined(label)
    axes.set_zorder(beside.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.set_xlabel("relaxation time (s)")
    axes.set_ylabel(f"resistance per unit of ln(time) ({_RESISTANCE_LABEL})")
    handles = [*axes.get_legend_handles_labels()[0], *beside.get_legend_handles_labels()[0]]
    axes.legend(handles=handles, loc="upper left")
    total = strength.sum()
    within = int(np.searchsorted(np.cumsum(np.sort(strength)[::-1]), 0.99 * total)) + 1
    titled(
        figure,
        f"{within} relaxations of the microstructure make up 99 % of its resistance; the spectrum shows "
        f"{len(_arcs(data))} arc{'' if len(_arcs(data)) == 1 else 's'}",
    )
    return figure


def _draw_arcs(axes: Axes, arcs: list[dict[str, Any]], offset: float, right: float, top: float) -> None:
    """The arcs of the fit one after the other, the fastest first, each on its part of the real axis."""
    start, angle = offset, np.linspace(0.0, np.pi, 90)
    largest = max((arc["resistance"] for arc in arcs), default=1.0)
    for arc in arcs:
        resistance, exponent, colour = arc["resistance"], arc["exponent"], _COLOURS.get(arc["name"], INK)
        path = resistance / (1.0 + (1j * np.tan(0.5 * angle[1:-1])) ** exponent)
        x = start + np.concatenate([[resistance], path.real, [0.0]])
        y = np.concatenate([[0.0], -path.imag, [0.0]])
        axes.fill(x, y, color=colour, alpha=0.22, linewidth=0, zorder=1)
        if resistance > _NAMED_SHARE * largest:
            text = f"{arc['name']}\n{number(resistance)} {_RESISTANCE_LABEL}"
            inside = resistance > 0.14 * right and 0.5 * resistance > 0.22 * top
            label = axes.text(
                start + 0.5 * resistance,
                0.12 * resistance if inside else 0.5 * resistance + 0.16 * top,
                text,
                ha="center",
                va="bottom",
                fontsize=11,
                fontweight="bold",
                color=colour,
                zorder=6,
            )
            outlined(label)
        start += resistance


def _smooth(arcs: list[dict[str, Any]], offset: float, frequency: Array) -> tuple[Array, Array]:
    """Real and imaginary part of offset and arcs on a dense set of frequencies."""
    dense = np.geomspace(frequency[0], frequency[-1], 600)
    total = np.full(len(dense), offset, dtype=complex)
    for arc in arcs:
        total += arc["resistance"] / (1.0 + (1j * dense / arc["frequency"]) ** arc["exponent"])
    return total.real, total.imag


def _mark_decades(axes: Axes, frequency: Array, x: Array, y: Array, right: float, top: float) -> None:
    """Write the frequency at each decade; none where marks would lie upon each other."""
    last = np.array([math.inf, math.inf])
    first, final = math.ceil(math.log10(frequency[0]) - 1e-9), math.floor(math.log10(frequency[-1]) + 1e-9)
    for power in range(first, final + 1):
        place = np.array(
            [float(np.interp(power, np.log10(frequency), part)) for part in (x, y)]  # the spectrum is dense
        )
        if np.hypot(*(place - last)) < 0.035 * right or place[1] > top:
            continue
        last = place
        axes.plot(*place, "o", markersize=7, markerfacecolor="white", markeredgecolor=INK, zorder=6)
        label = axes.annotate(
            _hertz(power),
            (place[0], place[1]),
            xytext=(7, 6),
            textcoords="offset points",
            fontsize=9.5,
            color=QUIET,
            zorder=6,
        )
        outlined(label)


def _hertz(power: int) -> str:
    prefixes = {-3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
    base = 3 * math.floor(power / 3)
    return f"{10 ** (power - base):g} {prefixes[base]}Hz" if base in prefixes else f"10^{power} Hz"


def _finding(data: RunData) -> str:
    found = {headline.key: headline for headline in data.summary.headlines}
    read, error = (found.get(f"brick_layer_boundary_resistance{end}") for end in ("", "_error"))
    if read is not None and error is not None:
        amount = percent(abs(error.value))
        side = "too small" if error.value < 0.0 else "too large"
        return (
            f"Read as a brick layer, a boundary has {quantity(read.value, 'ohm m^2')}: {amount} {side}, though the "
            f"circuit fits within {percent(_misfit(data), 2)}"
        )
    return f"The fitted circuit describes the spectrum within {percent(_misfit(data), 2)}"


def _misfit(data: RunData) -> float:
    misfit = next((h.value for h in data.summary.headlines if h.key == "circuit_misfit"), math.nan)
    return max(misfit, 1e-4)  # what two decimals of a percentage can say


def _arcs(data: RunData) -> list[dict[str, Any]]:
    """Arcs of the fitted circuit in the order of their frequency, the fastest first; resistances in ohm cm^2."""
    table = data.table("arcs")
    if table is None:
        return []
    names = [column.name for column in table.columns]
    found: list[dict[str, Any]] = []
    for label, row in zip(table.row_labels, table.rows, strict=True):
        arc: dict[str, Any] = dict(zip(names, row, strict=True))
        arc["name"] = label.removeprefix(_TAKEN_FOR)
        arc["resistance"] *= _TO_OHM_SQUARE_CENTIMETRE
        found.append(arc)
    return found
