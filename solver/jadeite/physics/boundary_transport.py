# SPDX-License-Identifier: LGPL-3.0-or-later
"""What grain boundaries and phase boundaries do to a current: one row of numbers per surface of a mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BoundaryTransport:
    """Resistance across, conductance along and capacitance of each surface row; zero where it is no internal boundary.

    Attributes:
        resistance: area-specific resistance across, shape (surfaces,), ohm m^2; zero is perfect contact.
        surface_conductance: conductance along the plane, thickness times conductivity, shape (surfaces,), S.
        capacitance: per area, in parallel with the resistance, shape (surfaces,), F/m^2.
    """

    resistance: Array
    surface_conductance: Array
    capacitance: Array

    def __post_init__(self) -> None:
        for name in ("resistance", "surface_conductance", "capacitance"):
            values = getattr(self, name)
            if not (np.isfinite(values).all() and (values >= 0.0).all()):
                raise ValueError(f"the {name.replace('_', ' ')} of boundaries must be finite and not negative")
