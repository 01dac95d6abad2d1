# SPDX-License-Identifier: LGPL-3.0-or-later
"""What marches and was stopped half-way goes on as if nothing had happened, also on another number of ranks."""

import functools
import tempfile
from pathlib import Path

import pytest
import restart_samples
from restart_samples import SAMPLES, resumed, stopped


@functools.cache
def gone_through(make):
    """Stop half-way, go on with the same objects and with new ones: the steps left and the numbers at the end."""
    with tempfile.TemporaryDirectory() as folder:
        sample, steps = stopped(make, Path(folder) / "checkpoint")
        left = list(steps)
        again = resumed(make, Path(folder))
        return (left, sample.numbers()), (list(again.steps), again.numbers())


@pytest.mark.parametrize("make", SAMPLES, ids=lambda make: make.__name__)
def test_the_same_steps_on_one_rank(make):
    (left, numbers), (left_again, numbers_again) = gone_through(make)
    assert left == left_again and left
    assert numbers_again == pytest.approx(numbers, rel=1e-13, abs=0.0)


@pytest.mark.mpi
def test_from_two_ranks_to_one(run_on_ranks, tmp_path):
    done = run_on_ranks(Path(restart_samples.__file__), 2, str(tmp_path))
    assert done.stdout.count("stopped") == len(SAMPLES)
    for make in SAMPLES:
        (left, numbers), _ = gone_through(make)
        again = resumed(make, tmp_path / make.__name__)
        assert len(list(again.steps)) == len(left)
        assert again.numbers() == pytest.approx(numbers, rel=1e-5), make.__name__
