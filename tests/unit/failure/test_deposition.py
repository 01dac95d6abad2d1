# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of deposition by leaking electrons in one process, then together on two ranks; nuclei by hand."""

from pathlib import Path

import deposition_checks
import pytest

from jadeite.failure.nucleation import critical_nucleus_radius, filling_potential, opening_potential
from parallel_script import checks_of


@pytest.mark.parametrize("name", checks_of(deposition_checks))
def test_on_one_rank(name):
    getattr(deposition_checks, name)()


@pytest.mark.mpi
def test_on_two_ranks(run_on_ranks):
    done = run_on_ranks(Path(deposition_checks.__file__), 2)
    assert done.stdout.count("passed") == len(checks_of(deposition_checks))


def test_a_nucleus_of_critical_radius_is_in_equilibrium():
    radius = critical_nucleus_radius(0.03, 0.22, 23.78e-6)
    assert filling_potential(radius, 0.22, 23.78e-6) == pytest.approx(0.03, rel=1e-12)


def test_no_nucleus_survives_without_supersaturation_or_under_too_much_pressure():
    assert critical_nucleus_radius(-0.01, 0.22, 23.78e-6) is None
    assert critical_nucleus_radius(0.01, 0.22, 23.78e-6, 41e6) is None
    assert critical_nucleus_radius(0.01, 0.22, 23.78e-6, 40e6) > 0.0


def test_what_opens_a_flaw_falls_with_the_root_of_its_size():
    """Without surface energy: twice the toughness or a quarter of the size, twice the potential."""
    reference = opening_potential(8e-6, 1e6, 0.0, 23.78e-6)
    assert opening_potential(2e-6, 1e6, 0.0, 23.78e-6) == pytest.approx(2 * reference, rel=1e-12)
    assert opening_potential(8e-6, 2e6, 0.0, 23.78e-6) == pytest.approx(2 * reference, rel=1e-12)
