# SPDX-License-Identifier: LGPL-3.0-or-later
"""The guard around what runs on several ranks: one that fails ends all with its message, never a hang.

With PETSc loaded, neither an uncaught exception nor `sys.exit` on one rank ends a parallel job: the others wait for
it in a collective call, and it waits for them at exit.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

from mpi4py import MPI
from petsc4py import PETSc

from jadeite.case.problems import CaseError
from jadeite.exit_codes import ExitCode
from jadeite.fem.form_cache import discard_interrupted_forms
from jadeite.fem.solvers import ConvergenceError
from jadeite.interrupts import catch_interrupts
from jadeite.microstructure.errors import GeometryError, MeshingError, MicrostructureError, TessellationError
from jadeite.output.folder import OutputError
from jadeite.output.prepared_run import CheckpointedStop
from jadeite.output.run_record import NoRunError
from jadeite.physics.rigid_motion import UnconstrainedBody

_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

#: PETSc's numbers of errors: memory could not be had; a library below failed.
_PETSC_MEMORY, _PETSC_LIBRARY = 55, 76

_LESS_MEMORY = (
    "What helps: larger cells (`--set microstructure.mesh.interior_size=...`), a lower degree "
    "(`--set solver.degree=1`), `--set solver.linear=iterative`, or ranks on more machines."
)

#: Seconds that other ranks leave the first one to end in order.
_GRACE = 3.0

#: Errors that another input would avoid: they end a job as a broken case file does.
_INPUT = (NoRunError, CaseError, MicrostructureError, TessellationError, UnconstrainedBody)

#: Errors whose message is meant for the user; anything else is a defect and shows its traceback.
_EXPLAINED = (*_INPUT, ConvergenceError, GeometryError, MeshingError, OutputError)


class AgreedError(Exception):
    """An error that every rank raises together, so that all can leave in order; only rank 0 says it.

    Attributes:
        original: what rank 0 met; None on the other ranks, which know its message only.
        code: exit code of the job, the same on every rank.
    """

    def __init__(self, message: str, code: int, original: Exception | None) -> None:
        """Take over the error that rank 0 met and told the others."""
        super().__init__(message)
        self.code, self.original = code, original


def guarded(run: Callable[[], int], comm: MPI.Comm = MPI.COMM_WORLD) -> int:
    """Run a function on every rank and return its exit code; a rank that fails ends the job.

    Errors that all ranks meet alike (a broken case file, a folder that exists) are said once and end the job in order.
    """
    _check_launch(comm)
    catch_interrupts(comm.rank)
    try:
        return run()
    except _INPUT as error:
        _say(str(error), comm, everyone=False)
        return ExitCode.INPUT
    except AgreedError as error:
        if error.original is not None:
            _say(_explain(error.original, error), comm, everyone=False)
        return error.code
    except CheckpointedStop as stop:
        _say(str(stop), comm, everyone=False)
        return ExitCode.CHECKPOINTED
    except KeyboardInterrupt as error:
        discard_interrupted_forms(error)
        _say(str(error) or "Interrupted.", comm, everyone=bool(str(error)))
        return _leave(ExitCode.INTERRUPTED, comm)
    except SystemExit as left:
        # the other ranks would wait for this one for ever
        if comm.size == 1:
            raise
        _say(f"This rank has left the run: {left.code}", comm, everyone=True)
        return _leave(ExitCode.FAILED, comm)
    except Exception as error:
        # Solvers fail on all ranks alike; anything else may have happened on one only.
        _say(_explain(error, error), comm, everyone=not isinstance(error, ConvergenceError))
        return _leave(ExitCode.FAILED, comm)


def agree[Result](action: Callable[[], Result], comm: MPI.Comm) -> Result | None:
    """Do something on rank 0 only; the others get None. Should it fail, every rank raises `AgreedError`.

    Note:
        Collective.
    """
    result, error = None, None
    if comm.rank == 0:
        try:
            result = action()
        except Exception as met:
            error = met
    code = ExitCode.INPUT if isinstance(error, _INPUT) else ExitCode.FAILED
    failed = comm.bcast(None if error is None else (str(error), code), root=0)
    if failed is not None:
        message, code = failed
        raise AgreedError(message, code, error)
    return result


def _explain(error: BaseException, noted: BaseException) -> str:
    """Return the message of an error, with the notes that another may carry for it; with the traceback of a defect."""
    notes = "\n".join(getattr(noted, "__notes__", []))
    if isinstance(error, _EXPLAINED):
        return f"{error}\n{notes}".strip()
    if isinstance(error, OSError) and error.errno in _FULL_DISK:
        return f"The disk for temporary files is full: {error}\n{notes}".strip()
    if _lacks_memory(error):
        where = [frame.name for frame in traceback.extract_tb(error.__traceback__) if "/jadeite/" in frame.filename][1:]
        met = f" (met in {where[-1]})" if where else ""
        return f"The memory of this machine is used up{met}: {str(error).strip()}\n{_LESS_MEMORY}\n{notes}".strip()
    shown = "".join(traceback.format_exception(error))
    return shown if noted is error else f"{shown}{notes}"


def _lacks_memory(error: BaseException) -> bool:
    """Tell whether Python or PETSc (errors 55 and 76, the latter from MUMPS) could not get memory."""
    if isinstance(error, PETSc.Error):
        return error.ierr == _PETSC_MEMORY or (error.ierr == _PETSC_LIBRARY and "memory" in str(error).lower())
    return isinstance(error, MemoryError)


def _say(message: str, comm: MPI.Comm, everyone: bool) -> None:
    if everyone or comm.rank == 0:
        prefix = f"[rank {comm.rank}] " if comm.size > 1 and everyone else ""
        sys.stderr.write(f"{prefix}{message}\n")
        sys.stderr.flush()


def _leave(code: int, comm: MPI.Comm) -> int:
    """Return the code, or end all ranks with it: they may be anywhere, so no agreement is possible.

    The first rank, which has the run folder, gets a moment to put it in order when it fails or is interrupted as well.
    """
    if comm.size > 1:
        # a launcher passes Ctrl-C on although the terminal has sent it: the copy must not cut the moment short
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        try:
            time.sleep(0.0 if comm.rank == 0 else _GRACE)
        finally:
            comm.Abort(code)
    return code


def _check_launch(comm: MPI.Comm) -> None:
    """Refuse to run as N separate one-rank runs, which a launcher with the wrong MPI starts without a word."""
    launcher, started = _started()
    if comm.size == 1 and started > 1:
        raise SystemExit(
            f"{launcher} started {started} ranks, but each sees only itself: the launcher and the MPI library do not "
            "match. Use the mpirun that belongs to the installation of DOLFINx, inside the job of a cluster as well, "
            "or srun --mpi=pmi2."
        )


def _started() -> tuple[str, int]:
    """Return the launcher that started this process, and how many ranks it says it started."""
    environment = os.environ
    for variable in ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE"):
        # of the launcher of MPICH and its kin (also srun --mpi=pmi2), and of Open MPI's
        if environment.get(variable, "").isdigit():
            return "The launcher", int(environment[variable])
    # a shell on a node (srun --pty) is a task, and what is typed there is not started by Slurm
    by_slurm = "SLURM_PROCID" in environment and "SLURM_PTY_PORT" not in environment
    tasks = environment.get("SLURM_STEP_NUM_TASKS", "")
    return "Slurm", int(tasks) if by_slurm and tasks.isdigit() else 1
