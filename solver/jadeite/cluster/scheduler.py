# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is asked of every scheduler: take a script, say where jobs stand, cancel them."""

from __future__ import annotations

import importlib
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol, cast

#: Seconds that a command of a scheduler may take; busy ones take a while.
_PATIENCE = 120.0


class ClusterError(Exception):
    """A scheduler that is not there or refuses; the message says what it said and what to do."""


class JobState(StrEnum):
    """Where a job stands, for its scheduler."""

    PENDING = "pending"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """Where a job stands, and what the scheduler gives as a reason, in its own words."""

    state: JobState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Dependency:
    """Jobs that another one waits for: until all have ended well (`success`), or ended at all (`end`)."""

    jobs: tuple[str, ...]
    until: Literal["success", "end"]


class Scheduler(Protocol):
    """The commands of one scheduler."""

    def submit(self, script: Path, after: Dependency | None = None) -> str:
        """Submit a script and return the number of the job; raises `ClusterError`."""

    def states(self, jobs: Sequence[str]) -> Mapping[str, JobStatus]:
        """Return the state of those jobs that the scheduler knows; raises `ClusterError`."""

    def cancel(self, jobs: Sequence[str]) -> None:
        """Cancel jobs; raises `ClusterError`."""

    def task(self, array: str, number: int) -> str:
        """Return the name of a task of an array job, counted from 1."""


def scheduler_named(name: str) -> Scheduler:
    """Return the scheduler that a profile or the record of a job names."""
    if name not in ("slurm", "pbs", "lsf"):
        raise ClusterError(f"There is no scheduler `{name}`; known are slurm, pbs and lsf.")
    return cast(Scheduler, importlib.import_module(f"jadeite.cluster.{name}"))


def call(words: Sequence[str], stdin: Path | None = None, ignore: re.Pattern[str] | None = None) -> str:
    """Run a command of a scheduler and return what it prints.

    Args:
        words: of the command.
        stdin: file to give it as input.
        ignore: complaints that do not matter, if it has no others.

    Raises:
        ClusterError: when it is not installed, fails, or does not answer.
    """
    try:
        with (stdin or Path("/dev/null")).open(encoding="utf-8") as given:
            done = subprocess.run(
                words, stdin=given, capture_output=True, text=True, timeout=_PATIENCE, check=False, errors="replace"
            )
    except FileNotFoundError:
        raise ClusterError(
            f"The command `{words[0]}` is not there: jobs are submitted, watched and cancelled on a login node of the "
            "cluster."
        ) from None
    except subprocess.TimeoutExpired:
        raise ClusterError(f"`{words[0]}` has not answered for {_PATIENCE:.0f} s; try again later.") from None
    complaints = [line for line in done.stderr.splitlines() if line.strip()]
    harmless = ignore is not None and complaints and all(ignore.search(line) for line in complaints)
    if done.returncode != 0 and not harmless:
        said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}, without a word"
        raise ClusterError(f"`{' '.join(words)}` failed:\n{said}")
    return done.stdout
