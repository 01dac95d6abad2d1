# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of sodium that slides in one process, then all together on two ranks."""

from pathlib import Path

import pytest
import sliding_checks

from parallel_script import checks_of


@pytest.mark.parametrize("name", checks_of(sliding_checks))
def test_on_one_rank(name):
    getattr(sliding_checks, name)()


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2])
def test_on_several_ranks(ranks, run_on_ranks):
    done = run_on_ranks(Path(sliding_checks.__file__), ranks)
    assert done.stdout.count("passed") == len(checks_of(sliding_checks))
