# SPDX-License-Identifier: LGPL-3.0-or-later
"""Uniform pressures on surfaces of a solid: by name, and in the words of the mechanical problems.

Tractions are normal to the surface. One pressure, of a stack, of sodium in a flaw or of what pulls on the sides, is
integrated exactly for displacements of every degree that a case may ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ufl
from dolfinx import fem
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind

#: Degree up to which the work of a uniform pressure is integrated exactly: the largest of a displacement.
_DEGREE = 4

#: Surfaces that the stack pressure reaches in a cell: the electrode, and walls of flaws through the sodium in them.
PRESSED_BY_STACK = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.FLAW_WALL)


@dataclass(frozen=True)
class SurfaceLoad:
    """A uniform pressure on surfaces.

    Attributes:
        name: in words: "stack pressure".
        kinds: kinds of surface that it acts on.
        pressure: Pa under the full load, along the inward normal of the solid; tension is negative.
    """

    name: str
    kinds: tuple[SurfaceKind, ...]
    pressure: float

    def measure(self, domain: Domain) -> ufl.Measure:
        """Return the integral over the surfaces."""
        return domain.ds(self.kinds, _DEGREE)


def in_form(loads: Sequence[SurfaceLoad], domain: Domain) -> list[tuple[ufl.Measure, Expr]]:
    """Return measures and pressures (Pa) as `Mechanics.load` takes them; nothing for those that are zero."""
    return [(load.measure(domain), fem.Constant(domain.mesh, load.pressure)) for load in loads if load.pressure != 0.0]
