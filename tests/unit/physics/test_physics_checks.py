# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of conduction, mechanics and the coupled cell in one process, then all together on several ranks."""

from pathlib import Path

import cell_checks
import conduction_checks
import electronic_checks
import mechanics_checks
import network_checks
import pytest

from parallel_script import checks_of

MODULES = (conduction_checks, mechanics_checks, cell_checks, electronic_checks, network_checks)


@pytest.mark.parametrize(
    ("module", "name"),
    [(m, name) for m in MODULES for name in checks_of(m)],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_on_one_rank(module, name):
    getattr(module, name)()


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_on_several_ranks(module, ranks, run_on_ranks):
    done = run_on_ranks(Path(module.__file__), ranks)
    assert done.stdout.count("passed") == len(checks_of(module))
