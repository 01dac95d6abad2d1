# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is given and what is known of the space-charge layers on both sides of one flat charged boundary.

Potentials count against the grain far away, and only sodium ions move, in front of a frozen background that neutralises
the grain. With u = e phi/kT, a positive u repels them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from jadeite.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage

Array = NDArray[np.float64]

#: Beyond this potential of the core (V) the electrolyte itself would not last; a layer that needs more is refused.
LARGEST_POTENTIAL = 2.0


class SpaceChargeError(ValueError):
    """A core or a grain for which a closure has no answer; the message says why and what to try."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """A charged boundary and the grain beside it; exactly one of `core_potential` and `core_charge` is a number.

    Attributes:
        temperature: K.
        carrier_density: number density of mobile sodium ions in the grain, 1/m^3.
        relative_permittivity: of the grain, 1.
        conductivity: ionic conductivity of the grain, S/m.
        core_potential: potential of the core against the grain, V.
        core_charge: charge of the core, C/m^2, which the two layers balance.
        site_density: number density of the sites that sodium ions may take, 1/m^3; None: without limit.

    Raises:
        SpaceChargeError: the numbers describe no electrolyte, or not exactly one of potential and charge is given.
    """

    temperature: float
    carrier_density: float
    relative_permittivity: float
    conductivity: float
    core_potential: float | None = None
    core_charge: float | None = None
    site_density: float | None = None

    def __post_init__(self) -> None:
        for name in ("temperature", "carrier_density", "relative_permittivity", "conductivity"):
            if not getattr(self, name) > 0.0:
                raise SpaceChargeError(f"{name.replace('_', ' ')} is {getattr(self, name):g}; it must be positive")
        if (self.core_potential is None) == (self.core_charge is None):
            raise SpaceChargeError("give exactly one of the potential and the charge of the boundary core")
        if self.site_density is not None and not self.site_density > self.carrier_density:
            raise SpaceChargeError(
                f"{self.carrier_density:g} mobile ions per m^3 do not fit {self.site_density:g} sites per m^3; "
                "a site density above the carrier density leaves some of the sites empty"
            )

    @property
    def thermal_voltage(self) -> float:
        """kT/e, V."""
        return thermal_voltage(self.temperature)

    @property
    def permittivity(self) -> float:
        """F/m."""
        return VACUUM_PERMITTIVITY * self.relative_permittivity

    @property
    def filling(self) -> float:
        """Share of the sites that are taken in the grain; zero without limit."""
        return 0.0 if self.site_density is None else self.carrier_density / self.site_density

    @property
    def debye_length(self) -> float:
        """sqrt(eps kT/(e^2 c)) of one mobile ion, m."""
        return sqrt(self.permittivity * self.thermal_voltage / (ELEMENTARY_CHARGE * self.carrier_density))

    @property
    def charge_unit(self) -> float:
        """Charge of all mobile ions within one Debye length, C/m^2."""
        return ELEMENTARY_CHARGE * self.carrier_density * self.debye_length


@dataclass(frozen=True, slots=True)
class SpaceChargeLayers:
    """The two layers beside one boundary.

    Attributes:
        core_potential: V.
        core_charge: C/m^2.
        debye_length: length over which a small potential falls by e, m; site exclusion makes it longer.
        excess_resistance: what one boundary resists more than the grain it replaces, ohm m^2; negative where ions
            gather and the layers conduct better than the grain.
        conductivity: of the grain, S/m.
        carrier_density: of the grain, 1/m^3.
        profile: potential (V) at distances from the core (m), shape in = shape out.
        relative_concentration: density of ions over that of the grain at a potential (V), shape in = shape out.
    """

    core_potential: float
    core_charge: float
    debye_length: float
    excess_resistance: float
    conductivity: float
    carrier_density: float
    profile: Callable[[Array], Array]
    relative_concentration: Callable[[Array], Array]

    @property
    def width(self) -> float:
        """Thickness (m) of a layer without any ions that holds the charge of one side; negative where ions gather.

        It is the width of the layer after Mott and Schottky, and a fair measure with any closure.
        """
        return self.core_charge / (2.0 * ELEMENTARY_CHARGE * self.carrier_density)

    @property
    def resistance(self) -> float:
        """Resistance of the two layers themselves (ohm m^2): excess plus that of the grain in their place."""
        return self.excess_resistance + 2.0 * abs(self.width) / self.conductivity
