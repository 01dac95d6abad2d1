# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of readings of cracks in one process, then together on two ranks."""

from pathlib import Path

import crack_reading_checks
import pytest

from parallel_script import checks_of


@pytest.mark.parametrize("name", checks_of(crack_reading_checks))
def test_on_one_rank(name):
    getattr(crack_reading_checks, name)()


@pytest.mark.mpi
def test_on_two_ranks(run_on_ranks):
    done = run_on_ranks(Path(crack_reading_checks.__file__), 2)
    assert done.stdout.count("passed") == len(checks_of(crack_reading_checks))
