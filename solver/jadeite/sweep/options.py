# SPDX-License-Identifier: LGPL-3.0-or-later
"""What `jadeite sweep` is asked to do, and which of its options say nothing together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from jadeite.case.problems import CaseError, Problem


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the command; None and False where they are not given.

    Attributes:
        check: only check all members and list them.
        gather: only gather what members have found.
        processes: members that run at the same time on this machine.
        ranks: MPI ranks of each member.
        cluster: profile of the cluster that members are submitted to.
        throttle: members that run at the same time there.
        walltime: of each member there, in place of the profile's.
    """

    check: bool = False
    gather: bool = False
    processes: int | None = None
    ranks: int | None = None
    cluster: str | None = None
    throttle: int | None = None
    walltime: str | None = None

    def __post_init__(self) -> None:
        """Refuse options that would say nothing; raises `CaseError` with all of them."""
        problems = list(self._idle())
        if problems:
            raise CaseError(problems, "command")

    def _idle(self) -> Iterator[Problem]:
        """Yield a problem for every option that would say nothing beside the others."""
        if self.gather:
            others = ("check", "processes", "ranks", "cluster", "throttle", "walltime")
            for name in others:
                if getattr(self, name) not in (None, False):
                    yield Problem(f"--{name}", None, "", "says nothing beside --gather, which runs nothing")
            return
        if self.cluster is None:
            for name in ("throttle", "walltime"):
                if getattr(self, name) is not None:
                    here = "; --processes limits members at the same time here" if name == "throttle" else ""
                    yield Problem(f"--{name}", None, "", f"says nothing without --cluster{here}")
        elif self.processes is not None:
            said = "says nothing beside --cluster, where --throttle limits members at the same time"
            yield Problem("--processes", None, "", said)

    @property
    def at_once(self) -> int:
        """Members that run at the same time on this machine."""
        return self.processes or max(1, len(os.sched_getaffinity(0)) // (self.ranks or 1))
