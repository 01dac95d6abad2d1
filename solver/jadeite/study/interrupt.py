# SPDX-License-Identifier: LGPL-3.0-or-later
"""Ctrl-C that cannot get lost: an interrupt swallowed somewhere below is raised again at the next step of the run.

Python raises KeyboardInterrupt wherever it happens to be, also inside destructors and callbacks from C, where it is
printed at best and forgotten.
"""

from __future__ import annotations

import signal
from types import FrameType

_requested = False


def catch_interrupts() -> None:
    """Remember Ctrl-C from now on."""
    signal.signal(signal.SIGINT, _remember)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if Ctrl-C has been pressed, whatever became of it then."""
    if _requested:
        raise KeyboardInterrupt


def _remember(_number: int, _frame: FrameType | None) -> None:
    global _requested
    _requested = True
    raise KeyboardInterrupt
