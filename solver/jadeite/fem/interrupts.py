# SPDX-License-Identifier: LGPL-3.0-or-later
"""Ctrl-C that cannot get lost: an interrupt swallowed somewhere below is raised again at the next step of the run.

Python raises KeyboardInterrupt wherever it happens to be, also inside destructors and callbacks from C, where it is
printed at best and forgotten.

Ctrl-C reaches all ranks of a run, and only the first one acts on it: the others go on, so that a first rank that waits
for them in a collective call comes back from it, puts its folder in order and ends them all. Should it not, they end
by themselves after a while.
"""

from __future__ import annotations

import signal
from types import FrameType

#: Seconds that other ranks go on after Ctrl-C, for the first one to end the run.
_PATIENCE = 10.0

_requested = False


def catch_interrupts(rank: int = 0) -> None:
    """Remember Ctrl-C from now on; on other ranks than the first one it counts only after a while."""
    if rank == 0:
        signal.signal(signal.SIGINT, _remember)
        return
    signal.signal(signal.SIGALRM, _remember)
    signal.signal(signal.SIGINT, _wait)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if Ctrl-C has been pressed, whatever became of it then."""
    if _requested:
        raise KeyboardInterrupt


def _remember(_number: int, _frame: FrameType | None) -> None:
    global _requested
    _requested = True
    raise KeyboardInterrupt


def _wait(_number: int, _frame: FrameType | None) -> None:
    # a launcher may pass Ctrl-C on although the terminal has sent it: the first one counts
    if signal.getitimer(signal.ITIMER_REAL)[0] == 0.0:
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
