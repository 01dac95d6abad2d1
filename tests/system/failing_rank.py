# SPDX-License-Identifier: LGPL-3.0-or-later
"""One rank of a guarded job fails in a way named on the command line, while the others wait for it."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import os
import signal

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from jadeite.study.parallel import guarded


def more_memory_than_there_is() -> None:
    np.ones(2**50)


def petsc_without_memory() -> None:
    raise PETSc.Error(55)


WAYS = {
    "raises": lambda: 1 // 0,
    "leaves": lambda: sys.exit(3),
    "leaves with a message": lambda: sys.exit("said on leaving"),
    "ends at once": lambda: os._exit(4),
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "needs memory": more_memory_than_there_is,
    "needs memory in PETSc": petsc_without_memory,
}


def run() -> int:
    comm = MPI.COMM_WORLD
    culprit = min(int(sys.argv[2]), comm.size - 1)
    comm.barrier()
    if comm.rank == culprit:
        WAYS[sys.argv[1]]()
    comm.barrier()
    return 0


if __name__ == "__main__":
    sys.exit(guarded(run))
