# SPDX-License-Identifier: LGPL-3.0-or-later
"""One run of a case: read it, make its folder, go through its study, publish what it found."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mpi4py import MPI
from rich.console import Console

from jadeite.case.loading import load_case
from jadeite.case.reduced_case import case_of_materials
from jadeite.case.study_kind import study_kind
from jadeite.materials.resolve import resolve
from jadeite.output.folder import RunFolder, default_run_path
from jadeite.output.summary import Summary
from jadeite.study.chains import CHAINS
from jadeite.study.context import RunContext
from jadeite.study.parallel import agree
from jadeite.study.progress import RunProgress

#: Bytes that a run of ordinary size takes, for the check of free disk space before work begins.
_SMALLEST_RUN = 50_000_000


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

    Note:
        Collective.
    """
    loaded = load_case(path, overrides)
    materials = resolve(case_of_materials(loaded.case), loaded.recipe, str(path))
    folder = agree(
        lambda: RunFolder.create(output or default_run_path(path.resolve().parent.name), _SMALLEST_RUN), comm
    )
    chain = CHAINS[study_kind(loaded.case)]
    progress = RunProgress(dict(chain.stages), console if comm.rank == 0 else None)
    with folder if folder is not None else contextlib.nullcontext(), progress:
        summary = chain.execute(RunContext(loaded, materials, folder, progress, comm))
    final = comm.bcast(None if folder is None else folder.final, root=0)
    return FinishedRun(final, summary)
