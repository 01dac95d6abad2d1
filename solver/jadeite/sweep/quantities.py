# SPDX-License-Identifier: LGPL-3.0-or-later
"""Values as a case file has them turned into a column of SI numbers, or of text where they are something else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jadeite.case import units
from jadeite.case.units import Dimension, UnitError, dimensionality, split, to_si
from jadeite.output.display import with_exponents


def column_in_si(values: Sequence[Any]) -> tuple[str, tuple[float | int | str | None, ...]]:
    """Return the unit of a column and its values.

    Numbers and quantities of one kind become SI numbers, whole ones stay whole; the unit is `1` without a dimension.
    Anything else (names of laws, blocks, true and false) becomes text, with an empty unit.
    """
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return "1", tuple(values)
    read = [_quantity(value) for value in values]
    kinds = {json.dumps(dimensionality(unit), sort_keys=True) for _, unit in read if unit is not None}
    if len(kinds) != 1 or any(unit is None for _, unit in read):
        return "", tuple(value if isinstance(value, str) else json.dumps(value) for value in values)
    return si_unit(next(unit for _, unit in read if unit is not None)), tuple(number for number, _ in read)


def si_unit(unit: str) -> str:
    """Return the SI unit of whatever a unit measures, with exponents: `A m^-2` for `mA/cm^2`."""
    kind = dimensionality(unit)
    if not kind:
        return "1"
    known = (entry for entry in vars(units).values() if isinstance(entry, Dimension))
    named = next((entry.unit for entry in known if dimensionality(entry.unit) == kind), None)
    if named is None:
        base: Any = units.registry().Quantity(1, unit).to_base_units().units
        named = f"{base:~C}".replace("**", "^")
    return with_exponents(named)


def _quantity(value: Any) -> tuple[float, str | None]:
    """Return the SI value and the unit as written; no unit (None) for what is not a quantity."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0, None
    try:
        number, unit = split(str(value))
        return to_si(number, unit)[0], unit
    except UnitError:
        return 0.0, None
