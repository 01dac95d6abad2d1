# SPDX-License-Identifier: LGPL-3.0-or-later
"""One run of a case, begun or resumed: open its folder, go through its study, publish what it found."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mpi4py import MPI
from rich.console import Console

from jadeite.case.frozen import freeze, thaw
from jadeite.case.loading import LoadedCase, load_case
from jadeite.case.reduced_case import case_of_materials
from jadeite.case.study_kind import study_kind
from jadeite.materials.resolve import resolve
from jadeite.output.folder import RunFolder
from jadeite.output.prepared_run import CASE_NAME, prepare_run, read_prepared, working
from jadeite.output.run_record import RunState, read_record
from jadeite.output.summary import Summary
from jadeite.study.chains import CHAINS
from jadeite.study.checkpoint import Checkpoint
from jadeite.study.context import RunContext
from jadeite.study.parallel import agree
from jadeite.study.progress import RunProgress


@dataclass(frozen=True)
class FinishedRun:
    """What the caller of a run tells the user.

    Attributes:
        folder: the run folder.
        summary: its content, on rank 0; None on other ranks.
    """

    folder: Path
    summary: Summary | None


def run_case(
    path: Path,
    overrides: Sequence[str] = (),
    output: Path | None = None,
    console: Console | None = None,
    comm: MPI.Comm = MPI.COMM_WORLD,
) -> FinishedRun:
    """Run a case file.

    Args:
        path: case file.
        overrides: settings `path=value` that replace values of the case.
        output: run folder, which must not exist yet; None chooses a free one under runs/.
        console: where rank 0 shows progress; None for none.
        comm: ranks that run the case together.

    Raises:
        CaseError: on every rank, when the case has problems.
        AgreedError: on every rank, when rank 0 cannot make the folder or the mesh.
        ConvergenceError: when a solver fails.
        CheckpointedStop: on every rank, when the run was asked to stop.

    Note:
        Collective.
    """
    loaded = load_case(path, overrides)
    # before the folder is made: a material that lacks a value is a problem of the case
    resolve(case_of_materials(loaded.case), loaded.recipe, str(path))
    folder = agree(lambda: prepare_run(loaded, output), comm)
    return _work(loaded, folder, console, comm, discard_when_empty=True)


def resume_run(folder: Path, console: Console | None = None, comm: MPI.Comm = MPI.COMM_WORLD) -> FinishedRun:
    """Begin a prepared run, or go on with one that was killed, failed, was interrupted or left a checkpoint.

    The folder alone is needed; the number of ranks may differ from that of earlier attempts. A run that has finished
    is left as it is.

    Args:
        folder: of the run.
        console: where rank 0 shows progress; None for none.
        comm: ranks that run the case together.

    Raises:
        AgreedError: on every rank, when the folder holds no run, another process works there, or a file is spoilt.

    Note:
        Collective; further errors as for `run_case`.
    """
    folder = folder.absolute()
    loaded = agree(lambda: read_prepared(folder), comm)
    written = comm.bcast(None if loaded is None else (freeze(loaded), loaded.source), root=0)
    finished = agree(lambda: _summary_of_finished(folder), comm)
    if comm.bcast(finished is not None, root=0):
        return FinishedRun(folder, finished)
    return _work(thaw(*written), folder if comm.rank == 0 else None, console, comm)


def _summary_of_finished(folder: Path) -> Summary | None:
    if read_record(folder).state is not RunState.FINISHED:
        return None
    return Summary.from_json(folder / "summary.json")


def _work(
    loaded: LoadedCase,
    folder: Path | None,
    console: Console | None,
    comm: MPI.Comm,
    *,
    discard_when_empty: bool = False,
) -> FinishedRun:
    """Go through the study of a prepared run; the folder is given on rank 0. Collective."""
    path = comm.bcast(folder, root=0)
    assert path is not None
    materials = resolve(case_of_materials(loaded.case), loaded.recipe, str(path / CASE_NAME))
    chain = CHAINS[study_kind(loaded.case)]
    progress = RunProgress(dict(chain.stages), console if comm.rank == 0 else None)
    with contextlib.ExitStack() as held:
        run = agree(lambda: _enter(held, path, comm.size, discard_when_empty), comm)
        with progress:
            checkpoint = Checkpoint.open(path, loaded.case.outputs.checkpoint_interval, comm)
            summary = chain.execute(RunContext(loaded, materials, run, progress, checkpoint, comm))
    return FinishedRun(path, summary)


def _enter(held: contextlib.ExitStack, folder: Path, ranks: int, discard_when_empty: bool) -> RunFolder:
    return held.enter_context(working(folder, ranks, discard_when_empty=discard_when_empty))
