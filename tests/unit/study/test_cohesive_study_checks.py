# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of bodies whose boundaries may open in one process, then all together on two ranks."""

from pathlib import Path

import cohesive_study_checks
import pytest

from parallel_script import checks_of


@pytest.mark.parametrize("name", checks_of(cohesive_study_checks))
def test_on_one_rank(name):
    getattr(cohesive_study_checks, name)()


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2])
def test_on_several_ranks(ranks, run_on_ranks):
    done = run_on_ranks(Path(cohesive_study_checks.__file__), ranks)
    assert done.stdout.count("passed") == len(checks_of(cohesive_study_checks))
