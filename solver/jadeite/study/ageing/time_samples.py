# SPDX-License-Identifier: LGPL-3.0-or-later
"""Times at which a state that is known at any time has to be solved, so that straight lines between them tell the rest.

Films grow in closed form and everything else follows at once, so no error adds up from step to step. What a step can
get wrong is what happens between its ends: it is accepted when the value at its middle lies near the straight line.
"""

from __future__ import annotations

from collections.abc import Callable

#: Share of the duration that the first step takes when nothing is said, and the shortest step before it is accepted as
#: it is: a value that jumps has no step that is short enough.
FIRST_SHARE, SHORTEST_SHARE = 1e-4, 1e-9
_SAFETY, _LARGEST_GROWTH = 0.9, 3.0


def sample_in_time(
    evaluate: Callable[[float], float], duration: float, tolerance: float, first_step: float | None = None
) -> list[float]:
    """Evaluate a quantity from zero to the end of a duration and return the times of all accepted samples, ascending.

    Both ends and the middle of every step are samples. Steps are chosen such that the middle misses the straight line
    between the ends by no more than the tolerance, over the largest magnitude of the three.

    Args:
        evaluate: the quantity at a time (s); called once for each time, not always in order.
        duration: s, positive; the last sample lies exactly there.
        tolerance: relative.
        first_step: s; a share of the duration when left out.
    """
    known: dict[float, float] = {}

    def value(time: float) -> float:
        if time not in known:
            known[time] = evaluate(time)
        return known[time]

    times, time = [0.0], 0.0
    step = min(FIRST_SHARE * duration if first_step is None else first_step, duration)
    value(0.0)
    while time < duration:
        # a last step that would leave a crumb is shared evenly
        rest = duration - time
        step = rest if step >= rest else min(step, 0.5 * rest) if step > 0.6 * rest else step
        end = duration if step == rest else time + step
        middle = 0.5 * (time + end)
        values = value(time), value(middle), value(end)
        size = max(abs(one) for one in values)
        deviation = abs(values[1] - 0.5 * (values[0] + values[2])) / size if size > 0.0 else 0.0
        if deviation > tolerance and step > SHORTEST_SHARE * duration:
            # the middle is known, and is the end of the next try
            step *= 0.5
            continue
        times += [middle, end]
        time = end
        step *= min(_LARGEST_GROWTH, _SAFETY * (tolerance / max(deviation, 1e-30)) ** 0.5)
    return times
