# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of checkpoints that hold on any number of ranks; as a script they run under mpirun.

With `write FOLDER` the script leaves a checkpoint there instead, which `read FOLDER` compares on any number of ranks.
"""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite import interrupts
from jadeite.fem.broken import broken_space
from jadeite.fem.domain import Domain
from jadeite.fem.state import cell_numbers, cell_rows, function_rows, restore_function
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.prepared_run import CheckpointedStop
from jadeite.study import checkpoint as checkpoint_module
from jadeite.study.checkpoint import Checkpoint
from jadeite.study.parallel import AgreedError
from jadeite.study.solves_in_turn import SolvesInTurn
from sample_meshes import grain_mesh

COMM = MPI.COMM_WORLD


@dataclass(frozen=True)
class Found:
    """A finding with all that findings hold."""

    value: float
    nothing: float | None
    parts: dict[tuple[str, str], float]
    of_number: dict[int, float]
    profile: NDArray[np.float64]
    response: complex
    shape: tuple[float, ...]


FOUND = Found(
    0.1 + 0.2,
    None,
    {("flaw 1", "griffith"): 1.0 / 3.0, ("flaw 2", "griffith"): np.nan},
    {3: np.inf},
    np.array([[1.0, np.nan], [-0.0, 1e-300]]),
    1.0 - 2.0j,
    (1.0, 2.0),
)


def same(found):
    np.testing.assert_equal(vars(found), vars(FOUND))


@contextlib.contextmanager
def shared_folder():
    """One new folder for all ranks."""
    made = tempfile.TemporaryDirectory() if COMM.rank == 0 else None
    try:
        yield Path(COMM.bcast(None if made is None else made.name))
    finally:
        COMM.barrier()
        if made is not None:
            made.cleanup()


@contextlib.contextmanager
def always_written():
    """Every safe point writes, however long that takes."""
    share = checkpoint_module._LARGEST_SHARE
    checkpoint_module._LARGEST_SHARE = np.inf
    try:
        yield
    finally:
        checkpoint_module._LARGEST_SHARE = share


def attempt(folder):
    return Checkpoint.open(folder, 1e-9, COMM)


def never():
    raise AssertionError("computed again")


def check_what_was_found_is_recalled_and_not_computed_again():
    with shared_folder() as folder, always_written():
        calls = []
        same(attempt(folder).recall("found", Found, lambda: calls.append(0) or FOUND))
        assert calls == [0]
        later = attempt(folder)
        same(later.recall("found", Found, never))
        assert later.recall("other", list[float], lambda: [1.0, np.nan])[0] == 1.0
        by_flaw = {("flaw 1", "griffith"): 0.5}
        assert later.recall("of flaws", dict[tuple[str, str], float], lambda: by_flaw) == by_flaw
        assert attempt(folder).recall("of flaws", dict[tuple[str, str], float], never) == by_flaw
        numbers = attempt(folder).recall("other", list[float], never)
        assert numbers[0] == 1.0 and np.isnan(numbers[1])


def check_nothing_is_written_before_it_is_time():
    with shared_folder() as folder:
        Checkpoint.open(folder, 1e3, COMM).recall("found", float, lambda: 1.0)
        assert Checkpoint.open(folder, 1e3, COMM).recall("found", float, lambda: 2.0) == 2.0


def check_a_request_to_stop_reaches_all_ranks_and_keeps_what_was_found():
    """One rank alone is asked, and the interval is long."""
    with shared_folder() as folder:
        interrupts._stop = COMM.rank == COMM.size - 1
        try:
            with pytest.raises(CheckpointedStop):
                Checkpoint.open(folder, 1e6, COMM).recall("found", Found, lambda: FOUND)
        finally:
            interrupts._stop = False
        same(Checkpoint.open(folder, 1e6, COMM).recall("found", Found, never))


def check_a_march_goes_on_from_what_it_offered_last():
    with shared_folder() as folder, always_written():
        first = attempt(folder)
        assert first.resume("march") is None
        for time in (1.0, 2.0):
            first.offer("march", lambda: {"time": time, "within": {"found": FOUND}})  # noqa: B023
        kept = attempt(folder).resume("march")
        assert kept["time"] == 2.0
        same(kept.part("within").read("found", Found))


def check_solves_in_turn_start_from_what_the_last_one_left():
    """A field that doubles with each solve: attempts that end anywhere do not change what is found."""

    class Stopped(Exception):
        pass

    domain = Domain.from_tagged_mesh(three_grains() if COMM.rank == 0 else None, COMM)

    def go_through(folder, solves_before_stop):
        field = fem.Function(fem.functionspace(domain.mesh, ("Lagrange", 2)), name="field")
        field.x.array[:] = 1.0
        solved = []

        def solve():
            if len(solved) == solves_before_stop:
                raise Stopped
            solved.append(0)
            field.x.array[:] *= 2.0
            return float(field.x.array.max(initial=0.0))

        turn = SolvesInTurn(
            attempt(folder),
            "field",
            lambda: {"field": function_rows(field)},
            lambda kept: restore_function(field, kept, "field"),
        )
        found = [turn.find(f"solve {number}", float, solve) for number in range(4)]
        turn.go_on()
        assert np.all(field.x.array == 16.0)
        return found, len(solved)

    with shared_folder() as folder, always_written():
        for _ in range(2):
            with pytest.raises(Stopped):
                go_through(folder, 1)
        assert go_through(folder, 4) == ([2.0, 4.0, 8.0, 16.0], 2)
        assert go_through(folder, 0) == ([2.0, 4.0, 8.0, 16.0], 0)


def check_a_checkpoint_of_another_mesh_is_refused_on_all_ranks():
    with shared_folder() as folder, always_written():
        first = attempt(folder)
        first.bind("one mesh" if COMM.rank == 0 else None)
        first.recall("found", float, lambda: 1.0)
        attempt(folder).bind("one mesh" if COMM.rank == 0 else None)
        with pytest.raises(AgreedError, match="belongs to another mesh"):
            attempt(folder).bind("another mesh" if COMM.rank == 0 else None)


def check_spoilt_files_are_refused_on_all_ranks():
    with shared_folder() as folder, always_written():
        attempt(folder).recall("found", float, lambda: 1.0)
        COMM.barrier()
        if COMM.rank == 0:
            (folder / "checkpoint" / "latest.npz").write_bytes(b"spoilt")
        COMM.barrier()
        with pytest.raises(AgreedError, match=r"cannot be read .* Remove that folder"):
            attempt(folder)


# --- From some ranks to others


def three_grains():
    """Grain 1 below, grains 2 and 3 above it; the three meet in (2, 1)."""
    return grain_mesh(4.0, 2.0, 12, 8, lambda m: np.where(m[:, 1] < 1.0, 0, np.where(m[:, 0] < 2.0, 1, 2)))


def fields():
    """Fields of all kinds and, by name, what each is at places in a region."""
    domain = Domain.from_tagged_mesh(three_grains() if COMM.rank == 0 else None, COMM)
    boundaries = domain.facets(SurfaceKind.GRAIN_BOUNDARY)
    made = {}
    for degree in (1, 2, 3):
        broken = broken_space(domain.mesh, domain.cell_region, ("Lagrange", degree), network=boundaries)
        function = fem.Function(broken.space)
        made[f"broken of degree {degree}"] = function, lambda x, region: 10.0 * region + x[0] - 3.0 * x[1]
        network = fem.Function(broken.network, function.x)
        made[f"network of degree {degree}"] = network, None
    vector = fem.Function(fem.functionspace(domain.mesh, ("Lagrange", 2, (2,))))
    made["vector"] = vector, lambda x, region: np.stack([x[0] ** 2, x[1] - x[0]])
    cells = fem.Function(fem.functionspace(domain.mesh, ("DG", 0)))
    made["cells"] = cells, lambda x, region: region + x[0] * x[1]
    return domain, made


def fill(domain, function, formula):
    """Give a function the values of a formula, cell by cell, so that it jumps where it can."""
    space = function.function_space
    # rounded, because coordinates differ in the last digit from partition to partition
    place = space.tabulate_dof_coordinates().round(6)
    values = function.x.array.reshape(-1, space.dofmap.bs)
    for cell, dofs in enumerate(space.dofmap.list):
        values[dofs] = np.reshape(formula(place[dofs].T, domain.cell_region[cell]), (-1, len(dofs))).T


def fill_all(domain, made):
    """The network shares the vector of the cells, and has values of its own only where they do not."""
    for function, formula in made.values():
        if formula is None:
            fill(domain, function, lambda x, region: 100.0 + x[0])
    for function, formula in made.values():
        if formula is not None:
            fill(domain, function, formula)


def at_points(domain):
    """Two histories at three points of each local cell."""
    return cell_numbers(domain.mesh)[:, None, None] + np.arange(6).reshape(1, 3, 2) / 8.0


def write(folder):
    domain, made = fields()
    fill_all(domain, made)
    state = {name: function_rows(function) for name, (function, _) in made.items()}
    state |= {"points": cell_rows(domain.mesh, at_points(domain)), "time": 0.1 + 0.2, "found": [FOUND]}
    with always_written():
        attempt(folder).offer("state", lambda: state)


def read(folder):
    domain, made = fields()
    fill_all(domain, made)
    expected = {name: function.x.array.copy() for name, (function, _) in made.items()}
    kept = attempt(folder).resume("state")
    for function, _ in made.values():
        function.x.array[:] = np.nan
    for name, (function, _) in made.items():
        restore_function(function, kept, name)
    for name, (function, _) in made.items():
        np.testing.assert_array_equal(function.x.array, expected[name], err_msg=name)
    np.testing.assert_array_equal(kept.rows("points", cell_numbers(domain.mesh)), at_points(domain))
    assert kept["time"] == 0.1 + 0.2
    same(kept.read("found", list[Found])[0])


def check_fields_survive():
    """Jumps, networks of boundaries, vectors, values of cells and of their points."""
    with shared_folder() as folder:
        write(folder)
        read(folder)


if __name__ == "__main__":
    from parallel_script import run_checks

    if len(sys.argv) > 1:
        {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
    else:
        run_checks(sys.modules[__name__])
