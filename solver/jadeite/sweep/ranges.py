# SPDX-License-Identifier: LGPL-3.0-or-later
"""A range of values between two written bounds, and the value at a share of it, written as the bounds are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jadeite.case.units import dimensionality, registry, to_si
from jadeite.sweep.schema import Bound

#: Significant digits of a value in a range that is as wide as its values are large.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class ValueRange:
    """From `low` to `high`, both in `unit` (that of the lower bound; empty without one)."""

    low: float
    high: float
    unit: str
    logarithmic: bool

    def at(self, share: float) -> Any:
        """Return the value at a share (0 to 1) of the range, as a case file would have it: text where there is a unit.

        It has the digits that tell it from its neighbours and no more, so that tables and names stay readable.
        """
        if self.logarithmic:
            number = self.low * (self.high / self.low) ** share
        else:
            number = self.low + (self.high - self.low) * share
        width = math.log10(max(abs(self.low), abs(self.high)) / (self.high - self.low))
        number = float(f"{number:.{_DIGITS + max(0, math.ceil(width))}g}")
        number = min(max(number, self.low), self.high)
        return f"{number:.12g} {self.unit}" if self.unit else number


def has_offset(bound: Bound) -> bool:
    """Tell whether the zero of a unit is not that of its quantity, as in degC: ratios of such numbers mean nothing."""
    return to_si(Decimal(0), bound.unit)[0] != 0.0


def value_range(bounds: tuple[Bound, Bound], logarithmic: bool) -> ValueRange:
    """Return the range between two bounds.

    Raises:
        ValueError: they are no range; the message completes "`uniform` ...".
    """
    lower, upper = bounds
    if dimensionality(lower.unit) != dimensionality(upper.unit):
        raise ValueError("has bounds of different kinds")
    low, high = float(lower.number), float(upper.number)
    if lower.unit != upper.unit:
        units: Any = registry()
        quantity = units.Quantity(upper.number, units.parse_units(upper.unit))
        high = float(quantity.to(units.parse_units(lower.unit)).magnitude)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("has a bound that is not finite")
    if low >= high:
        raise ValueError("has a lower bound that is not below the upper one")
    if logarithmic and low <= 0.0:
        raise ValueError("has a lower bound that is not above zero, which has no logarithm")
    return ValueRange(low, high, lower.unit, logarithmic)
