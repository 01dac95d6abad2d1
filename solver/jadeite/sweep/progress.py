# SPDX-License-Identifier: LGPL-3.0-or-later
"""Progress of a sweep on the terminal: members checked, done, failed and left, and the time that takes."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from jadeite.exit_codes import ExitCode
from jadeite.sweep.worker import Outcome

#: Seconds between lines where there is no terminal to draw on.
_BETWEEN_LINES = 15.0

_DONE = (ExitCode.SUCCESS, ExitCode.UNEXPECTED_RESULT)


class SweepProgress:
    """Shows how far a sweep is: a bar on a terminal, a line now and then elsewhere; failures at once."""

    def __init__(self, console: Console) -> None:
        """Prepare the display."""
        self._console = console
        self._bar: Progress | None = None
        if console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[state]}", style="dim"),
            )
            self._bar = Progress(*columns, console=console, transient=True, refresh_per_second=2)
            self._task = self._bar.add_task("checking members", total=None, state="")
        self._begun = self._said = time.monotonic()
        self._total = self._done = self._failed = 0
        self._seconds = 0.0

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def checked(self, number: int, total: int) -> None:
        """Say how many members have been checked."""
        if self._bar is not None:
            self._bar.update(self._task, completed=number, total=total, state=f"{number} of {total}")

    def begin(self, total: int) -> None:
        """Say that members begin to run, how many of them."""
        self._begun = self._said = time.monotonic()
        self._total = total
        self._show()

    def add(self, outcome: Outcome) -> None:
        """Count a member that has ended; one that failed is named at once."""
        self._done += 1
        self._seconds += outcome.seconds
        if outcome.code not in _DONE:
            self._failed += 1
            message = outcome.message.splitlines()
            last = message[-1] if message else f"exit code {outcome.code}"
            self._console.print(f"member {outcome.task.number} failed: {last}", markup=False, highlight=False)
        self._show()

    def end(self) -> None:
        """Say what the members took, preparation included."""
        self._console.print(f"{self._done} members took {self._seconds:.1f} s together", highlight=False)

    def _show(self) -> None:
        now = time.monotonic()
        words = [f"{self._done} of {self._total} done"]
        if self._failed:
            words.append(f"{self._failed} failed")
        if self._done:
            left = (now - self._begun) / self._done * (self._total - self._done)
            words.append(f"≈ {duration(left)} left")
        if self._bar is not None:
            self._bar.update(
                self._task,
                description="running members",
                completed=self._done,
                total=self._total,
                state=", ".join(words),
            )
        elif self._done and (now - self._said > _BETWEEN_LINES or self._done == self._total):
            self._said = now
            self._console.print(", ".join(words), markup=False, highlight=False)


def duration(seconds: float) -> str:
    """Return a time as a person says it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
