# SPDX-License-Identifier: LGPL-3.0-or-later
"""The members of a sweep as rows of values: every combination, rows as they are listed, or samples of ranges."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jadeite.sweep.ranges import value_range
from jadeite.sweep.schema import Parameter, Sampling

Row = tuple[Any, ...]
"""Values of one member in the order of the parameters, as a case file would have them."""


def rows(parameters: Sequence[Parameter], sampling: Sampling) -> tuple[Row, ...]:
    """Return one row of values for every member.

    In a grid the last parameter varies fastest. Samples depend on the seed and on the number of parameters alone:
    a range that is moved moves its values and leaves those of the others as they are.
    """
    if sampling.method == "grid":
        return tuple(itertools.product(*(levels(parameter) for parameter in parameters)))
    if sampling.method == "list":
        return tuple(zip(*(levels(parameter) for parameter in parameters), strict=True))
    assert sampling.samples is not None
    shares = _shares(sampling.method, sampling.samples, len(parameters), sampling.seed)
    columns = [
        [_at(parameter, share) for share in column] for parameter, column in zip(parameters, shares.T, strict=True)
    ]
    return tuple(zip(*columns, strict=True))


def levels(parameter: Parameter) -> tuple[Any, ...]:
    """Return the values of a parameter in a grid or a list; those of a range include both ends."""
    if parameter.values is not None:
        return parameter.values
    assert parameter.count is not None
    if parameter.first is not None:
        return tuple(range(parameter.first, parameter.first + parameter.count))
    return tuple(_at(parameter, share) for share in np.linspace(0.0, 1.0, parameter.count))


def _shares(method: str, samples: int, dimension: int, seed: int) -> NDArray[np.float64]:
    """Return points of the unit cube, one row a sample."""
    generator = np.random.default_rng(seed)
    if method == "random":
        return generator.random((samples, dimension))
    from scipy.stats import qmc  # takes a while to load, for which a grid does not wait

    cube: NDArray[np.float64] = qmc.LatinHypercube(dimension, seed=generator).random(samples)
    return cube


def _at(parameter: Parameter, share: float) -> Any:
    """Return the value at a share (0 to 1) of a parameter; separate values have equal parts of it each."""
    if parameter.uniform is not None:
        return value_range(parameter.uniform, logarithmic=False).at(share)
    if parameter.log_uniform is not None:
        return value_range(parameter.log_uniform, logarithmic=True).at(share)
    separate = levels(parameter)
    return separate[min(int(share * len(separate)), len(separate) - 1)]
