# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of homogenised tensors in one process, then all together on two and three ranks."""

from pathlib import Path

import homogenisation_checks
import pytest

from parallel_script import checks_of


@pytest.mark.parametrize("name", checks_of(homogenisation_checks))
def test_on_one_rank(name):
    getattr(homogenisation_checks, name)()


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2, 3])
def test_on_several_ranks(ranks, run_on_ranks):
    done = run_on_ranks(Path(homogenisation_checks.__file__), ranks)
    assert done.stdout.count("passed") == len(checks_of(homogenisation_checks))
