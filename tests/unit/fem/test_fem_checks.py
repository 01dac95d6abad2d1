# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of the finite-element tools in one process, then all together on two and three ranks."""

from pathlib import Path

import fem_checks
import pytest

from parallel_script import checks_of


@pytest.mark.parametrize("name", checks_of(fem_checks))
def test_on_one_rank(name):
    getattr(fem_checks, name)()


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2, 3])
def test_on_several_ranks(ranks, run_on_ranks):
    done = run_on_ranks(Path(fem_checks.__file__), ranks)
    assert done.stdout.count("passed") == len(checks_of(fem_checks))
