# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs functions named check_* one after the other on all ranks; the first that fails on any rank ends them all."""

import sys
import traceback
from types import ModuleType

from mpi4py import MPI


def checks_of(module: ModuleType) -> list[str]:
    """Names of the checks of a module, in the order in which they were written."""
    return [name for name in vars(module) if name.startswith("check_")]


def run_checks(module: ModuleType) -> None:
    """Run every check of a module; rank 0 prints the name of each one that all ranks have passed."""
    for name in checks_of(module):
        try:
            getattr(module, name)()
        except BaseException:
            sys.stderr.write(f"[rank {MPI.COMM_WORLD.rank}] {name}\n{traceback.format_exc()}")
            sys.stderr.flush()
            MPI.COMM_WORLD.Abort(1)
        MPI.COMM_WORLD.barrier()
        if MPI.COMM_WORLD.rank == 0:
            print(f"passed {name}", flush=True)
