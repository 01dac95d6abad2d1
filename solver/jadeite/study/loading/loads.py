# SPDX-License-Identifier: LGPL-3.0-or-later
"""The loads of the protocol `loading`: which pressure acts on which surfaces; cooling is an eigenstrain of the regions.

Tractions are normal to the surface. Walls of flaws carry what the protocol gives them, whatever presses on the stack.
A remote stress on sides that repeat has no surface to act on: it is the mean stress of the box along these axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ufl
from dolfinx import fem
from ufl.core.expr import Expr

from jadeite.case.mechanical_protocols import Loading
from jadeite.case.schema import Case
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind

#: Degree up to which the work of a uniform pressure is integrated exactly, for displacements of degree four at most.
_DEGREE = 4


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


@dataclass(frozen=True)
class Loads:
    """The tractions of a case under its full load.

    Attributes:
        surfaces: pressures on surfaces.
        mean_stress: along axes that repeat, tension positive, Pa.
    """

    surfaces: tuple[SurfaceLoad, ...]
    mean_stress: float = 0.0


def loads_of(case: Case) -> Loads:
    """Return the tractions of a case with the protocol `loading`, those that are not zero."""
    protocol, mechanics = case.protocol, case.physics.mechanics
    assert isinstance(protocol, Loading) and mechanics is not None
    repeats = mechanics.sides == "periodic"
    surfaces = [
        SurfaceLoad("stack pressure", (SurfaceKind.PLATING_ELECTRODE,), mechanics.stack_pressure),
        SurfaceLoad("flaw pressure", (SurfaceKind.FLAW_WALL,), protocol.flaw_pressure),
        SurfaceLoad("crack pressure", (SurfaceKind.EMBEDDED_CRACK,), protocol.crack_pressure),
        SurfaceLoad("side stress", (SurfaceKind.SIDE_WALL,), 0.0 if repeats else -protocol.side_stress),
    ]
    return Loads(tuple(load for load in surfaces if load.pressure != 0.0), protocol.side_stress if repeats else 0.0)


def in_form(loads: Sequence[SurfaceLoad], domain: Domain) -> list[tuple[ufl.Measure, Expr]]:
    """Return measures and pressures (Pa) as `Mechanics.load` takes them."""
    return [(load.measure(domain), fem.Constant(domain.mesh, load.pressure)) for load in loads]
