# SPDX-License-Identifier: LGPL-3.0-or-later
"""Communicators come back on two ranks; on one PETSc gives everything back at once."""

from pathlib import Path

import communicator_checks
import pytest


@pytest.mark.mpi
def test_on_two_ranks(run_on_ranks):
    done = run_on_ranks(Path(communicator_checks.__file__), 2)
    assert done.stdout.count("passed") == 1
