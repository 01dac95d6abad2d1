# SPDX-License-Identifier: LGPL-3.0-or-later
"""The checks of the small-signal system on one and on two ranks."""

from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("impedance_checks.py")


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [1, 2])
def test_impedance_on(run_on_ranks, ranks):
    done = run_on_ranks(SCRIPT, ranks)
    assert done.stdout.count("passed check_") == SCRIPT.read_text().count("def check_")
