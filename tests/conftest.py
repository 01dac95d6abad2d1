# SPDX-License-Identifier: LGPL-3.0-or-later
"""Starts scripts on several ranks, with a time limit, because a parallel program that fails often hangs.

Shares the tests out to processes (`make test`): those of one file go together, because they share what they prepare.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

#: Scripts on several ranks import the helpers of the tests and find their own folder first, as Python arranges.
TESTS = Path(__file__).resolve().parent

#: Modules whose tests prepare nothing for each other and take long, so that any process may have any of them.
APART = ("test_book", "test_cases", "test_recipe_bounds")


def on_several_ranks(name: str) -> bool:
    """Whether a test keeps more than one core busy; its name says so, which is all that the process in charge knows."""
    return "_ranks" in name.partition("[")[0]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the processes of pytest-xdist long tests come first, and those on several ranks last."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (on_several_ranks(item.name), item.get_closest_marker("slow") is None))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share out whole files, single tests of `APART`, and all tests on several ranks to one process."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, name = nodeid.partition("::")
            if on_several_ranks(name):
                return "several ranks"
            return nodeid if Path(file).stem in APART else file

    return Scheduling(config, log)


def find_mpirun() -> str | None:
    """The launcher that belongs to the interpreter's environment, or else the first one on the search path."""
    beside = Path(sys.executable).with_name("mpirun")
    return str(beside) if beside.exists() else shutil.which("mpirun")


def parallel_environment(**extra: str) -> dict[str, str]:
    """The environment of this process, one thread a rank, with the tests' helpers importable."""
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path, **extra}


def run_limited(
    command: Sequence[str], timeout: float, environment: Mapping[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process group of its own and end the whole group when the time is over."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        pytest.fail(f"no end after {timeout:g} s: {' '.join(command)}\n{out}\n{err}")
    return subprocess.CompletedProcess(command, process.returncode, out, err)


MpiRunner = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def mpi_command() -> Callable[[int], list[str]]:
    """The words that start a program on a number of ranks; on one rank none, so that it needs no launcher."""
    launcher = find_mpirun()

    def words(ranks: int) -> list[str]:
        if ranks == 1:
            return []
        if launcher is None:
            pytest.skip("no mpirun beside the interpreter or on the search path")
        return [launcher, "-n", str(ranks)]

    return words


@pytest.fixture(scope="session")
def run_on_ranks(mpi_command: Callable[[int], list[str]]) -> MpiRunner:
    """Run a Python script on a number of ranks and fail unless it ends in time with the expected exit code."""

    def run(
        script: Path, ranks: int, *arguments: str, timeout: float = 300.0, code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        command = [*mpi_command(ranks), sys.executable, str(script), *arguments]
        done = run_limited(command, timeout, parallel_environment())
        assert done.returncode == code, (
            f"{script.name} on {ranks} ranks: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    return run
