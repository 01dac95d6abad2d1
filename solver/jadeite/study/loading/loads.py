# SPDX-License-Identifier: LGPL-3.0-or-later
"""The loads of the protocol `loading`: which pressure acts on which surfaces; cooling is an eigenstrain of the regions.

Tractions are normal to the surface. Walls of flaws carry what the protocol gives them, whatever presses on the stack.
A remote stress on sides that repeat has no surface to act on: it is the mean stress of the box along these axes.
"""

from __future__ import annotations

from dataclasses import dataclass

from jadeite.case.mechanical_protocols import Loading
from jadeite.case.schema import Case
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.surface_loads import SurfaceLoad, in_form

__all__ = ["Loads", "SurfaceLoad", "in_form", "loads_of"]


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
