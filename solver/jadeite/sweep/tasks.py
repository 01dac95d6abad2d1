# SPDX-License-Identifier: LGPL-3.0-or-later
"""One member as work to be done: its run folder, and the checked case that makes it where it is not there yet."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from jadeite.output.prepared_run import prepare_run
from jadeite.output.run_record import RECORD_NAME


@dataclass(frozen=True, slots=True)
class Task:
    """A member to run.

    Attributes:
        number: of the member.
        folder: its run folder, which may be there already.
        case: its checked case, pickled: what is changed in files from now on does not reach it.
    """

    number: int
    folder: Path
    case: bytes = field(repr=False)


def prepare(task: Task) -> None:
    """Make the run folder of a task unless it is there; raises `OutputError` when it cannot be made."""
    if (task.folder / RECORD_NAME).exists():
        return
    shutil.rmtree(task.folder, ignore_errors=True)  # without a record its preparation was cut short
    prepare_run(pickle.loads(task.case), task.folder)
