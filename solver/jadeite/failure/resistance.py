# SPDX-License-Identifier: LGPL-3.0-or-later
"""The cell's area-specific resistance, broken down by where the power goes.

Every part is a dissipated power over the square of the current, so the parts add up to cell voltage over current
density. What the
ceramic itself needs is measured on a reference state: the same grains, boundaries and pores between ideal electrodes
that touch
everywhere. The power that bulk and boundaries dissipate beyond it, because the current has to crowd around unwetted
patches and flaws, is the constriction. By the principle of least dissipation it is not negative as long as no flaw
carries current into the ceramic.
"""

from __future__ import annotations

from dataclasses import dataclass

from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import ConductionResult, Current
from jadeite.physics.contact import Contact

_FULL_CONTACT = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.UNWETTED_PATCH)


@dataclass(frozen=True)
class AreaSpecificResistance:
    """Parts of the area-specific resistance, ohm m^2."""

    bulk: float
    grain_boundaries: float
    plating_interface: float
    stripping_interface: float
    constriction: float

    @property
    def total(self) -> float:
        """Sum of the parts."""
        return self.bulk + self.grain_boundaries + self.plating_interface + self.stripping_interface + self.constriction


class ReferenceCeramic:
    """The ceramic between ideal electrodes that touch everywhere: what it costs without any constriction."""

    def __init__(self, conduction: Conduction, area: float, thickness: float) -> None:
        """Solve the reference state once (it is linear).

        Args:
            conduction: the problem whose ceramic is meant.
            area: cross-section of the separator, m^2 (in the plane: its width in m, per metre of depth).
            thickness: of the separator, m.

        Note:
            Collective.
        """
        reference = Conduction(
            conduction.domain,
            conduction.conductivity,
            conduction.boundary_resistance,
            plating=[Contact(_FULL_CONTACT, None)],
            stripping=[Contact((SurfaceKind.STRIPPING_ELECTRODE,), None)],
            degree=conduction.degree,
            linear=conduction.linear,
            boundary_conductance=conduction.boundary_conductance,
            name="reference conduction",
        )
        result = reference.solve(Current(area))  # 1 A/m^2
        self.bulk = result.bulk_power / area
        self.grain_boundaries = result.boundary_power / area
        self.area = area
        #: Conductivity of the ceramic as a whole, boundaries and pores included, S/m.
        self.effective_conductivity = thickness / (self.bulk + self.grain_boundaries)

    def breakdown(self, result: ConductionResult) -> AreaSpecificResistance:
        """Break down the resistance of a solved state."""
        per_power = self.area / result.current_out**2
        plating, stripping = (power * per_power for power in result.interface_power)
        excess = (result.bulk_power + result.boundary_power) * per_power - self.bulk - self.grain_boundaries
        return AreaSpecificResistance(self.bulk, self.grain_boundaries, plating, stripping, excess)
