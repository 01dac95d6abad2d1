# SPDX-License-Identifier: LGPL-3.0-or-later
"""Signals that cannot get lost: an interrupt swallowed somewhere below is raised again at the next step of the run.

Ctrl-C and the signal TERM (what `kill`, a container engine and a batch system send) interrupt a run. The signal USR1
asks it to write a checkpoint at its next safe point and to leave.

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
_stop = False


def catch_interrupts(rank: int = 0) -> None:
    """Remember signals from now on; on other ranks than the first one interrupts count only after a while.

    Call it when PETSc has been initialised, which has handlers of its own.
    """
    catch_stop_requests()
    if rank > 0:
        signal.signal(signal.SIGALRM, _remember)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _remember if rank == 0 else _wait)


def catch_stop_requests() -> None:
    """Remember the signal USR1 from now on; MPI and PETSc replace its handler when they are initialised."""
    signal.signal(signal.SIGUSR1, _stop_soon)


def stop_requested() -> bool:
    """Tell whether this rank was asked to write a checkpoint and leave."""
    return _stop


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if the run was interrupted, whatever became of it then."""
    if _requested:
        raise KeyboardInterrupt


def _stop_soon(_number: int, _frame: FrameType | None) -> None:
    global _stop
    _stop = True


def _remember(_number: int, _frame: FrameType | None) -> None:
    global _requested
    _requested = True
    raise KeyboardInterrupt


def _wait(_number: int, _frame: FrameType | None) -> None:
    # a launcher may pass Ctrl-C on although the terminal has sent it: the first one counts
    if signal.getitimer(signal.ITIMER_REAL)[0] == 0.0:
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
