# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of the panel of flaws in one process, then together on two ranks."""

from pathlib import Path

import panel_checks
import pytest

from parallel_script import checks_of


@pytest.mark.parametrize("name", checks_of(panel_checks))
def test_on_one_rank(name):
    getattr(panel_checks, name)()


@pytest.mark.mpi
def test_on_two_ranks(run_on_ranks):
    done = run_on_ranks(Path(panel_checks.__file__), 2)
    assert done.stdout.count("passed") == len(checks_of(panel_checks))
