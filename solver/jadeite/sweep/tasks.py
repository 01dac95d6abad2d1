# SPDX-License-Identifier: LGPL-3.0-or-later
"""One member as work to be done: its run folder, and all that makes it where it is not there yet."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from jadeite.case.loading import load_case
from jadeite.output.folder import OutputError
from jadeite.output.prepared_run import prepare_run
from jadeite.output.run_record import RECORD_NAME
from jadeite.sweep.members import content_hash


@dataclass(frozen=True, slots=True)
class Task:
    """A member to run.

    Attributes:
        number: of the member.
        folder: its run folder, which may be there already.
        case_file: from which it is prepared where it is not.
        settings: that the member replaces in the case.
        content: hash that the prepared case must have.
    """

    number: int
    folder: Path
    case_file: Path
    settings: tuple[str, ...]
    content: str


def prepare(task: Task) -> None:
    """Make the run folder of a task unless it is there.

    Raises:
        CaseError: when the case has been changed since it was checked.
        OutputError: when the folder cannot be made.
    """
    if (task.folder / RECORD_NAME).exists():
        return
    shutil.rmtree(task.folder, ignore_errors=True)  # without a record its preparation was cut short
    loaded = load_case(task.case_file, task.settings)
    if content_hash(loaded) != task.content:
        raise OutputError(f"{task.case_file} was changed while the sweep was running; call it again.")
    prepare_run(loaded, task.folder)
