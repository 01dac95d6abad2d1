# SPDX-License-Identifier: LGPL-3.0-or-later
"""Progress of a run on the terminal: stage, step, residual, time left; and the timed stages for the log."""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from jadeite.interrupts import raise_if_interrupted

_LOGGER = logging.getLogger(__name__)

#: Columns of a terminal from which there is room for a bar.
_WIDE = 115


class RunProgress:
    """Shows which stage a run is in and estimates the time left from the share of work that is done.

    Only the rank that is given a console shows anything; all ranks time their stages.
    """

    def __init__(self, stages: dict[str, float], console: Console | None) -> None:
        """Prepare the display.

        Args:
            stages: the stages in order and the share of the work that each is expected to be (any scale).
            console: where to show it, or None to stay silent.
        """
        self._stages, self._console = stages, console
        self._names = list(stages)
        self._current: str | None = None
        self._begun = self._stage_begun = time.perf_counter()
        self.timings: dict[str, float] = {}
        self._bar: Progress | None = None
        if console is not None and console.is_terminal:
            # what cannot be read when it is squeezed, bar and elapsed time, is for wide terminals
            wide = [BarColumn(bar_width=24), TimeElapsedColumn()] if console.width >= _WIDE else []
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                *wide,
                TextColumn(
                    "{task.fields[step]}", style="dim", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
                ),
                TextColumn("{task.fields[left]}", style="dim"),
                console=console,
                transient=True,
                expand=True,
            )
            self._task = self._bar.add_task("starting", total=1.0, step="", left="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish_stage()
        if self._bar is not None:
            self._bar.stop()

    def stage(self, name: str) -> None:
        """Begin a stage; the one before it is finished."""
        raise_if_interrupted()
        self._finish_stage()
        self._current, self._stage_begun = name, time.perf_counter()
        number = self._names.index(name) + 1
        _LOGGER.info("stage %d of %d: %s", number, len(self._names), name)
        if self._bar is not None:
            self._bar.update(self._task, description=f"[{number}/{len(self._names)}] {name}", step="")
            self._show_share(0.0)
        elif self._console is not None:
            self._console.print(f"[{number}/{len(self._names)}] {name}", markup=False, highlight=False)

    def step(self, text: str, share: float = 0.0) -> None:
        """Say what the stage is doing, and which share of it is done (0 to 1)."""
        raise_if_interrupted()
        _LOGGER.info("%s: %s", self._current, text)
        if self._bar is not None:
            self._bar.update(self._task, step=text)
            self._show_share(share)

    def newton(self, step: int, residual: float) -> None:
        """Show a step of Newton's method."""
        raise_if_interrupted()
        _LOGGER.debug("Newton step %d, residual %.2e", step, residual)
        if self._bar is not None:
            self._bar.update(self._task, step=f"Newton step {step}, residual {residual:.1e}")

    def _show_share(self, share: float) -> None:
        assert self._bar is not None and self._current is not None
        total = sum(self._stages.values())
        done = sum(self._stages[name] for name in self._names[: self._names.index(self._current)])
        fraction = (done + share * self._stages[self._current]) / total
        elapsed = time.perf_counter() - self._begun
        left = f"≈ {elapsed * (1 - fraction) / fraction:.0f} s left" if fraction > 0.05 else ""
        self._bar.update(self._task, completed=fraction, left=left)

    def _finish_stage(self) -> None:
        if self._current is not None:
            self.timings[self._current] = time.perf_counter() - self._stage_begun
            _LOGGER.info("%s took %.2f s", self._current, self.timings[self._current])
        self._current = None
