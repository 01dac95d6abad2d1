# SPDX-License-Identifier: LGPL-3.0-or-later
"""The space-charge law of a case as the resistance of one of its boundaries."""

from __future__ import annotations

from typing import NoReturn

from jadeite.case.physics import SpaceChargeResistance
from jadeite.case.problems import CaseError, Problem
from jadeite.physics.space_charge.conditions import Conditions, SpaceChargeError, SpaceChargeLayers
from jadeite.physics.space_charge.registry import solve

_PLACE = "physics.grain_boundaries"
#: Resistance of a boundary above which it blocks for all purposes, ohm m^2: the largest that a case may state.
_BLOCKING = 1e3


def boundary_layers(
    law: SpaceChargeResistance, conductivity: float, relative_permittivity: float, temperature: float
) -> SpaceChargeLayers:
    """Return the space-charge layers beside a boundary of a case.

    Args:
        law: the law of the case.
        conductivity: of the grain at this temperature, S/m.
        relative_permittivity: of the material, 1; what the law itself says comes first.
        temperature: K.

    Raises:
        CaseError: the closure has no answer for the core.
    """
    given = law.relative_permittivity
    try:
        conditions = Conditions(
            temperature=temperature,
            carrier_density=law.carrier_density,
            relative_permittivity=relative_permittivity if given is None else given,
            conductivity=conductivity,
            core_potential=law.potential,
            core_charge=law.core_charge,
            site_density=law.site_density,
        )
        return solve(law.closure, conditions)
    except SpaceChargeError as error:
        _refuse(f"{error} ({law.closure}, {temperature:.2f} K)", error)


def boundary_resistance(
    law: SpaceChargeResistance,
    conductivity: float,
    relative_permittivity: float,
    temperature: float,
    smallest_grain: float | None = None,
) -> float:
    """Return what a space-charge boundary resists more than the grain it replaces, ohm m^2.

    Grains are meshed up to the boundary, so the resistance of the jump is the excess, int (1/sigma(x) - 1/sigma) dx
    over both layers. Where ions gather, the excess is negative: the layers conduct better than the grain, by the
    resistance of a few Debye lengths of it. A jump cannot say this, and it is refused rather than hidden.

    Args:
        law, conductivity, relative_permittivity, temperature: see `boundary_layers`.
        smallest_grain: size of the smallest grain, m, in which the layers of two boundaries must not meet; None where
            it is not known.

    Raises:
        CaseError: the closure has no answer for the core, the layers conduct better than the grain, or they fill it.
    """
    layers = boundary_layers(law, conductivity, relative_permittivity, temperature)
    if smallest_grain is not None and 2.0 * abs(layers.width) > smallest_grain:
        _refuse(
            f"the space-charge layers are {abs(layers.width) * 1e9:.3g} nm wide on either side and meet in the "
            f"smallest grain, which measures {smallest_grain * 1e9:.3g} nm: its ions do not suffice to balance the "
            "cores; choose larger grains, a smaller core charge, or more carriers"
        )
    if layers.excess_resistance < 0.0:
        gain = -layers.excess_resistance * conductivity
        _refuse(
            f"the layers beside a core at {layers.core_potential:.3g} V conduct better than the grain, as if it were "
            f"{gain * 1e9:.3g} nm thinner, which is no resistance; choose `law: none`, with surface_conductance where "
            "they conduct along the boundary"
        )
    if layers.excess_resistance > _BLOCKING:
        _refuse(
            f"the layers beside a core at {layers.core_potential:.3g} V resist {layers.excess_resistance * 1e4:.3g} "
            f"ohm cm^2, which no current passes; the most that is solved for is {_BLOCKING * 1e4:.3g} ohm cm^2: choose "
            "a smaller potential or core charge, or more carriers"
        )
    return layers.excess_resistance


def _refuse(message: str, cause: Exception | None = None) -> NoReturn:
    raise CaseError([Problem("case", None, _PLACE, message)]) from cause
