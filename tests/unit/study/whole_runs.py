# SPDX-License-Identifier: LGPL-3.0-or-later
"""A case run from its file to its summary, by all ranks together."""

import json
import tempfile
from pathlib import Path

import jadeite.fem  # noqa: F401  isort: skip
from mpi4py import MPI

from jadeite.output.summary import Summary
from jadeite.study.run import run_case

COMM = MPI.COMM_WORLD


def summary_of(case):
    """Run a case given as nested dictionaries; the summary on every rank."""
    made = tempfile.TemporaryDirectory() if COMM.rank == 0 else None
    base = Path(COMM.bcast(None if made is None else made.name))
    if COMM.rank == 0:
        (base / "case.yaml").write_text(json.dumps(case), encoding="utf-8")
    COMM.barrier()
    run_case(base / "case.yaml", [], base / "run")
    summary = COMM.bcast(Summary.from_json(base / "run" / "summary.json") if COMM.rank == 0 else None)
    if made is not None:
        made.cleanup()
    return summary
