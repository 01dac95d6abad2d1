# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checkpoints on one rank, on two, from two to others; and what becomes of files that are spoilt or half written."""

import signal
import subprocess
import sys
from pathlib import Path

import checkpoint_checks
import numpy as np
import pytest

from jadeite.output.folder import OutputError
from jadeite.study.checkpoint_file import LATEST, PREVIOUS, read_checkpoint, write_checkpoint
from parallel_script import checks_of

SCRIPT = Path(checkpoint_checks.__file__)


@pytest.mark.parametrize("name", checks_of(checkpoint_checks))
def test_on_one_rank(name):
    getattr(checkpoint_checks, name)()


@pytest.mark.mpi
def test_on_two_ranks(run_on_ranks):
    done = run_on_ranks(SCRIPT, 2)
    assert done.stdout.count("passed") == len(checks_of(checkpoint_checks))


@pytest.mark.mpi
def test_what_two_ranks_wrote_is_read_by_three_and_by_one(run_on_ranks, tmp_path):
    run_on_ranks(SCRIPT, 2, "write", str(tmp_path))
    run_on_ranks(SCRIPT, 3, "read", str(tmp_path))
    checkpoint_checks.read(tmp_path)


# --- The files


def content(number):
    return {"states": {"march": {"values": np.full(1000, float(number)), "time": number}}}


def two_files(folder):
    for number in (1, 2):
        write_checkpoint(folder, content(number))
    return folder / LATEST, folder / PREVIOUS


def truncated(path):
    path.write_bytes(path.read_bytes()[:-200])


def cut_short(path):
    path.write_bytes(path.read_bytes()[:100])


def emptied(path):
    path.write_bytes(b"")


def one_byte_changed(path):
    """In the middle of the numbers, where the structure of the file does not notice it."""
    found = bytearray(path.read_bytes())
    found[found.index(np.full(3, 2.0).tobytes()) + 8] ^= 1
    path.write_bytes(found)


@pytest.mark.parametrize("spoil", [truncated, cut_short, emptied, one_byte_changed])
def test_the_previous_file_serves_when_the_latest_is_spoilt(spoil, tmp_path):
    latest, _ = two_files(tmp_path)
    assert read_checkpoint(tmp_path)["states"]["march"]["time"] == 2
    spoil(latest)
    march = read_checkpoint(tmp_path)["states"]["march"]
    assert march["time"] == 1 and np.all(march["values"] == 1.0)


def test_nothing_is_made_up_when_both_files_are_spoilt(tmp_path):
    for path in two_files(tmp_path):
        truncated(path)
    with pytest.raises(
        OutputError, match=r"cannot be read .*latest.*previous.* Remove that folder to begin the run anew"
    ):
        read_checkpoint(tmp_path)


def test_nothing_in_a_file_is_executed(tmp_path):
    """An object would have to be made by its own code, which may do anything."""
    np.savez(tmp_path / LATEST, content=np.array([print], dtype=object))
    with pytest.raises(OutputError, match="cannot be read"):
        read_checkpoint(tmp_path)


HALF_WRITTEN = """
import os, signal, sys
from pathlib import Path
import numpy as np
from jadeite.study import checkpoint_file
folder = Path(sys.argv[1])
checkpoint_file.write_checkpoint(folder, {"states": {"time": 1}})
save = np.savez
def half(file, *rest, **arrays):
    save(file, *rest, **arrays)
    written = Path(file)
    written.write_bytes(written.read_bytes()[:150])
    os.kill(os.getpid(), signal.SIGKILL)
np.savez = half
checkpoint_file.write_checkpoint(folder, {"states": {"time": 2}})
"""


def test_a_process_that_is_killed_while_it_writes_leaves_the_file_before(tmp_path):
    done = subprocess.run([sys.executable, "-c", HALF_WRITTEN, str(tmp_path)], timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    assert read_checkpoint(tmp_path) == {"states": {"time": 1}}
    # what was left half written is in nobody's way
    write_checkpoint(tmp_path, {"states": {"time": 3}})
    assert read_checkpoint(tmp_path) == {"states": {"time": 3}}
