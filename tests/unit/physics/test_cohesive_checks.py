# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of bodies whose boundaries open in one process, then all together on two ranks."""

from pathlib import Path

import cohesive_checks
import pytest

from parallel_script import checks_of


@pytest.mark.parametrize("name", checks_of(cohesive_checks))
def test_on_one_rank(name):
    getattr(cohesive_checks, name)()


@pytest.mark.mpi
def test_on_two_ranks(run_on_ranks):
    done = run_on_ranks(Path(cohesive_checks.__file__), 2)
    assert done.stdout.count("passed") == len(checks_of(cohesive_checks))
