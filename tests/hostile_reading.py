# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reads one mutant as `jadeite check` does, in this process, with a limit of time."""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType

from hostile_documents import REPOSITORY, Mutant
from jadeite.case.loading import load_recipe
from jadeite.case.problems import CaseError
from jadeite.cli import check


class TookTooLong(BaseException):
    """A document was not read in time; no handler of the library can swallow it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End the block by `TookTooLong` after some seconds of work, or after ten times as many of waiting.

    A machine that others keep busy must not make a document look slow.
    """

    def ring(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"not read after {seconds:g} s")

    clocks = {signal.ITIMER_PROF: (signal.SIGPROF, seconds), signal.ITIMER_REAL: (signal.SIGALRM, 10.0 * seconds)}
    before = {number: signal.signal(number, ring) for number, _ in clocks.values()}
    for clock, (_, limit) in clocks.items():
        signal.setitimer(clock, limit)
    try:
        yield
    finally:
        for clock in clocks:
            signal.setitimer(clock, 0.0)
        for number, handler in before.items():
            signal.signal(number, handler)


def make_workspace(folder: Path) -> Path:
    """A folder in which a case finds the shipped recipes, as a repository has them; returns where cases are put."""
    (folder / "meshes").symlink_to(REPOSITORY / "meshes")
    place = folder / "cases" / "mutant"
    place.mkdir(parents=True)
    return place


def read_mutant(mutant: Mutant, place: Path, seconds: float = 10.0) -> CaseError | None:
    """Read a mutant as `jadeite check` does; returns what is wrong with it, or None when nothing is.

    Whatever else is raised is a defect, and so are a message that cannot be printed and any other file.
    """
    file = place / "case.yaml"
    file.write_bytes(mutant.content)
    refused = None
    with limited(seconds), redirect_stdout(io.StringIO()) as said:
        try:
            if mutant.is_recipe:
                load_recipe(file)
            else:
                check(file)
        except CaseError as error:
            refused = error
    if refused is not None:
        assert refused.problems, "an error without any problem"
        for problem in refused.problems:
            assert problem.file and problem.message
            assert problem.line is None or problem.line >= 1
    shown = said.getvalue() if refused is None else str(refused)
    shown.encode("utf-8")
    assert "\x1b" not in shown and "\x00" not in shown, "control characters reach the terminal"
    assert len(shown) < 200_000, f"{len(shown)} characters are printed"
    assert [path.name for path in place.iterdir()] == ["case.yaml"], "reading made a file"
    return refused
