# SPDX-License-Identifier: LGPL-3.0-or-later
"""Numbers for people: from SI to the units of the battery laboratory, with sensible digits."""

import math
from typing import NamedTuple


class DisplayUnit(NamedTuple):
    """A unit to show: multiply the SI value by ``factor``, write ``text`` behind it."""

    factor: float
    text: str


MICROMETRE = DisplayUnit(1e6, "µm")
MILLIVOLT = DisplayUnit(1e3, "mV")
MEGAPASCAL = DisplayUnit(1e-6, "MPa")
MILLIAMPERE_PER_SQUARE_CENTIMETRE = DisplayUnit(0.1, "mA/cm²")
OHM_SQUARE_CENTIMETRE = DisplayUnit(1e4, "Ω cm²")
MEGAPASCAL_ROOT_METRE = DisplayUnit(1e-6, "MPa√m")

#: Units that large values of others are told in.
_LARGE = {
    MILLIVOLT: DisplayUnit(1.0, "V"),
    MILLIAMPERE_PER_SQUARE_CENTIMETRE: DisplayUnit(1e-4, "A/cm²"),
}
_LARGE_FROM = 1e4

_BY_SI_UNIT = {
    "m": MICROMETRE,
    "V": MILLIVOLT,
    "Pa": MEGAPASCAL,
    "A m^-2": MILLIAMPERE_PER_SQUARE_CENTIMETRE,
    "ohm m^2": OHM_SQUARE_CENTIMETRE,
    "Pa m^0.5": MEGAPASCAL_ROOT_METRE,
    "rad": DisplayUnit(180 / math.pi, "°"),
    "": DisplayUnit(1.0, ""),
}
_EXPONENTS = str.maketrans("-0123456789.", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹·")


def display_unit(unit: str) -> DisplayUnit:
    """Return the unit in which a quantity of this SI unit is shown; unknown units keep their value and are typeset.

    Units may be written with negative exponents or with one stroke: ``A m^-2`` or ``A/m^2``.
    """
    unit = with_exponents(unit)
    return _BY_SI_UNIT.get(unit) or DisplayUnit(1.0, _typeset(unit))


def number(value: float, digits: int = 3) -> str:
    """Return a number with ``digits`` significant digits; very large and small ones as ``1.2 × 10⁻⁵``."""
    if not math.isfinite(value):
        return "not available" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    mantissa, exponent = f"{abs(value):.{digits - 1}e}".split("e")
    sign, power = "−" if value < 0 else "", int(exponent)
    if -4 < power < 5:
        return f"{sign}{float(f'{mantissa}e{exponent}'):.{max(digits - 1 - power, 0)}f}"
    return f"{sign}{mantissa} × 10{str(power).translate(_EXPONENTS)}"


def quantity(value: float, unit: str, digits: int = 3) -> str:
    """Return an SI value as a person would say it: ``quantity(19.0, "A m^-2")`` is ``1.90 mA/cm²``."""
    shown = display_unit(unit)
    if abs(value * shown.factor) >= _LARGE_FROM:
        shown = _LARGE.get(shown, shown)
    separator = "" if shown.text == "°" else " "
    return f"{number(value * shown.factor, digits)}{separator}{shown.text}".rstrip()


def percent(share: float, decimals: int = 0) -> str:
    """Return a share of one as a percentage: ``percent(0.231)`` is ``23 %``."""
    text = f"{100 * share:.{decimals}f} %"
    return text.replace("-", "−" if any(digit in text for digit in "123456789") else "")


def with_exponents(unit: str) -> str:
    """Write ``Pa*m^0.5`` as ``Pa m^0.5``, and ``m^3/(mol K)`` or ``m^3/mol/K`` as ``m^3 mol^-1 K^-1``."""
    over, _, under = unit.replace("*", " ").partition("/")
    words = [word for word in over.split() if word != "1"]
    for word in under.replace("/", " ").strip("()").split():
        base, _, exponent = word.partition("^")
        words.append(f"{base}^-{exponent or 1}")
    return " ".join(words)


def _typeset(unit: str) -> str:
    """Write ``S m^-1`` as ``S m⁻¹``."""
    words = []
    for word in unit.split():
        base, _, exponent = word.partition("^")
        words.append(base.replace("ohm", "Ω") + exponent.translate(_EXPONENTS))
    return " ".join(words)
