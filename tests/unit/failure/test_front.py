# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which place on a front decides, and how loads add up."""

import numpy as np
import pytest

from jadeite.failure.front import FrontIntensity


def front(modes, spread=0.0):
    modes = np.array(modes, dtype=float)
    count = len(modes)
    return FrontIntensity(np.zeros((count, 3)), np.arange(count, dtype=float), modes, np.broadcast_to(spread, count))


def test_the_largest_equivalent_decides_and_closed_stations_do_not():
    """(3, 1) has K_eq above 3 (Erdogan and Sih 1963); a station pressed together has that of its sliding alone."""
    found = front([[3.0, 0.0, 0.0], [3.0, 1.0, 0.0], [-9.0, 1.0, 0.0]])
    assert found.decisive() == 1
    assert found.equivalent()[0] == pytest.approx(3.0)
    assert found.equivalent()[1] > 3.2
    assert found.equivalent()[2] == pytest.approx(2.0 / np.sqrt(3.0))
    assert found.at(1).mode_two == 1.0


def test_among_closed_stations_the_least_closed_one_is_reported():
    assert front([[-3.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [-2.0, 0.0, 0.0]]).decisive() == 1


def test_badly_known_stations_do_not_decide_while_there_are_others():
    modes = [[4.0, 0.0, 0.0], [3.0, 0.0, 0.0]]
    assert front(modes, [1.5, 0.1]).decisive() == 1
    assert front(modes, [1.5, 1.2]).decisive() == 0
    assert front(modes, [0.9, 0.1]).decisive() == 0


def test_loads_add_up():
    one, two = front([[1.0, 2.0, 3.0]], 0.1), front([[4.0, 5.0, 6.0]], 0.2)
    np.testing.assert_allclose((one + two).modes, [[5.0, 7.0, 9.0]])
    np.testing.assert_allclose((one + two).spread, 0.3)
