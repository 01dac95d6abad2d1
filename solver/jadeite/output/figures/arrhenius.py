# SPDX-License-Identifier: LGPL-3.0-or-later
"""Conductivity of a microstructure against temperature and grain size: Arrhenius lines and their slopes."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jadeite.case.units import AVOGADRO
from jadeite.constants import ELEMENTARY_CHARGE, ZERO_CELSIUS
from jadeite.output.display import number, quantity
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import BLUE, INK, QUIET, RED, plain_decades, titled
from jadeite.output.summary import ResultTable

_PER_ELECTRON_VOLT = ELEMENTARY_CHARGE * AVOGADRO
"""J/mol in one eV."""


def draw_arrhenius(data: RunData) -> Figure | None:
    """Draw conductivity times temperature against 1/T for each grain size, and activation energies by grain size."""
    states, energies = data.table("effective_conductivity"), data.table("activation_energies")
    if states is None or energies is None:
        return None
    several = len(energies.rows) > 1
    figure = Figure(figsize=(10.5 if several else 6.5, 5.2), layout="constrained")
    panels = figure.subplots(1, 2 if several else 1, squeeze=False)[0]
    temperature, magnification = states.values("temperature"), states.values("magnification")
    sizes = dict(zip(energies.values("magnification"), energies.values("grain_size"), strict=True))
    shades = colormaps["viridis"](np.linspace(0.05, 0.85, len(sizes)))
    axes = panels[0]
    inverse = 1e3 / temperature
    order = np.argsort(inverse)
    grains = states.values("grains") * temperature
    last = magnification == magnification[0]
    axes.plot(inverse[order][last[order]], grains[order][last[order]], color=QUIET, ls="--", label="without boundaries")
    for (scale, size), shade in sorted(zip(sizes.items(), shades, strict=True), key=lambda item: -item[0][1]):
        rows = order[magnification[order] == scale]
        conductivity = (states.values("mean") * temperature)[rows]
        axes.plot(inverse[rows], conductivity, marker="o", color=shade, label=f"grains of {quantity(size, 'm')}")
    axes.set_yscale("log")
    axes.set_xlabel("1000 / temperature (1/K)")
    axes.set_ylabel("conductivity × temperature (S K/m)")
    axes.legend(loc="best")
    above = axes.secondary_xaxis("top", functions=(_celsius, _inverse))
    above.set_xlabel("temperature (°C)")
    above.set_xticks([round(value - ZERO_CELSIUS, 1) for value in np.unique(temperature)])
    total = energies.values("total") / _PER_ELECTRON_VOLT
    if several:
        _draw_energies(panels[1], energies, total)
        small, large = np.argsort(energies.values("grain_size"))[[0, -1]]
        ends = [f"{quantity(energies.values('grain_size')[row], 'm')}" for row in (small, large)]
        titled(
            figure,
            f"Grains of {ends[0]} conduct with {number(total[small])} eV, those of {ends[1]} with "
            f"{number(total[large])} eV",
        )
    else:
        titled(figure, f"The microstructure conducts with an activation energy of {number(total[0])} eV")
    return figure


def _draw_energies(axes: Axes, energies: ResultTable, total: NDArray[np.float64]) -> None:
    """Activation energies against grain size, between those of boundaries and of grains."""
    size = energies.values("grain_size") * 1e6
    axes.plot(size, total, marker="o", color=BLUE, label="microstructure")
    for name, colour, label in (("boundaries", RED, "boundaries alone"), ("grains", QUIET, "grains alone")):
        values = energies.values(name) / _PER_ELECTRON_VOLT
        if np.isfinite(values).all():
            axes.plot(size, values, ls="--", color=colour, label=label)
    axes.set_xscale("log")
    plain_decades(axes.xaxis)
    axes.set_xlabel("grain size (µm)")
    axes.set_ylabel("activation energy (eV)")
    axes.tick_params(colors=INK)
    axes.legend(loc="best")


def _celsius(inverse: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1e3 / np.maximum(np.asarray(inverse, dtype=float), 1e-3) - ZERO_CELSIUS


def _inverse(celsius: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1e3 / np.maximum(np.asarray(celsius, dtype=float) + ZERO_CELSIUS, 1e-3)
