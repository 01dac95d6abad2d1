# SPDX-License-Identifier: LGPL-3.0-or-later
"""A column of the results as an axis of a figure: in the units of the laboratory, with its label and its scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axis import Axis as DrawnAxis
from matplotlib.ticker import FixedLocator, LogLocator
from numpy.typing import NDArray

from jadeite.output.display import display_unit, number
from jadeite.output.figures.style import plain_decades
from jadeite.sweep.gathering import TableColumn

#: Ratio of largest to smallest value from which an axis counts decades.
_DECADES = 20.0


@dataclass(frozen=True, slots=True)
class Axis:
    """What stands along an axis.

    Attributes:
        name: of the column.
        label: of the quantity.
        unit: that it is shown in; empty without one.
        values: in that unit; not-a-number where there is none. Words are counted from 0.
        words: what the counts stand for, where the column holds text.
        logarithmic: whether the axis counts decades.
    """

    name: str
    label: str
    unit: str
    values: NDArray[np.float64]
    words: tuple[str, ...] = ()
    logarithmic: bool = False

    @property
    def title(self) -> str:
        """Label and unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def told(self, value: float) -> str:
        """Return a value that was found, as it is said in a sentence."""
        return self.words[int(value)] if self.words else f"{number(value)} {self.unit}".rstrip()

    def bare(self, value: float) -> str:
        """Return a value that was chosen, without its unit and without digits that say nothing."""
        if self.words:
            return self.words[int(value)]
        return f"{value:.4g}" if value == 0 or 1e-4 < abs(value) < 1e5 else number(value)

    def chosen(self, value: float) -> str:
        """Return a value that was chosen, as it is said in a sentence."""
        return f"{self.bare(value)} {self.unit}".rstrip()

    def dress(self, drawn: DrawnAxis) -> None:
        """Give an axis of a figure its scale and ticks."""
        axes: Any = drawn.axes
        along = "x" if drawn is axes.xaxis else "y"
        if self.logarithmic:
            getattr(axes, f"set_{along}scale")("log")
            plain_decades(drawn)
            low, high = sorted(getattr(axes, f"get_{along}lim")())
            if high / low > 1e3:
                drawn.set_major_locator(LogLocator(subs=(1.0,)))
        if self.words:
            drawn.set_major_locator(FixedLocator(list(range(len(self.words)))))
            drawn.set_ticklabels(list(self.words))


def axis_of(column: TableColumn, logarithmic: bool | None = None) -> Axis:
    """Return a column as an axis.

    Args:
        column: of the results.
        logarithmic: whether it counts decades; decided by its values when left out.
    """
    if not column.unit:
        words = tuple(dict.fromkeys(str(value) for value in column.values))
        return Axis(column.name, column.label, "", np.array([words.index(str(v)) for v in column.values], float), words)
    shown = display_unit("" if column.unit == "1" else column.unit)
    values = np.array([np.nan if value is None else float(value) for value in column.values]) * shown.factor
    given = values[np.isfinite(values)]
    positive = len(given) > 0 and bool((given > 0).all())
    wide = positive and bool(given.max() / given.min() >= _DECADES)
    return Axis(
        column.name, column.label, shown.text, values, (), positive and (wide if logarithmic is None else logarithmic)
    )
