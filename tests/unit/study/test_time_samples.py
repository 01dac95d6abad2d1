# SPDX-License-Identifier: LGPL-3.0-or-later
"""Times at which a curve is sampled: exact ends, straight lines that tell the rest, no needless work."""

import numpy as np
import pytest

from jadeite.study.ageing.time_samples import sample_in_time


@pytest.mark.parametrize("tolerance", [1e-1, 1e-2, 1e-3])
@pytest.mark.parametrize("rise", [0.01, 1.0, 100.0])
def test_straight_lines_between_samples_tell_a_root(tolerance, rise):
    duration = 3.6e6

    def curve(time):
        return 1.0 + rise * np.sqrt(np.asarray(time) / duration)

    times = sample_in_time(lambda time: float(curve(time)), duration, tolerance)
    assert times[0] == 0.0 and times[-1] == duration
    assert (np.diff(times) > 0).all()
    fine = np.concatenate([np.geomspace(1e-10, 1.0, 2000), np.linspace(0, 1, 2000)]) * duration
    missed = np.abs(np.interp(fine, times, curve(times)) - curve(fine)) / curve(fine)
    assert missed.max() < 1.5 * tolerance


def test_each_time_is_evaluated_once_and_a_straight_line_is_cheap():
    asked = []

    def line(time):
        asked.append(time)
        return 2.0 + time

    times = sample_in_time(line, 10.0, 1e-3)
    assert len(asked) == len(set(asked)) == len(times) < 30


def test_the_first_step_is_kept_where_it_may_be():
    times = sample_in_time(lambda time: 1.0, 10.0, 1e-3, first_step=4.0)
    assert times[:3] == [0.0, 2.0, 4.0]


def test_a_jump_does_not_hold_up_time():
    times = sample_in_time(lambda time: 1.0 if time < 3.0 else 2.0, 10.0, 1e-2)
    assert times[-1] == 10.0
    values = np.array(times)
    assert np.diff(values)[np.searchsorted(values, 3.0) - 1] < 1e-7
