# SPDX-License-Identifier: LGPL-3.0-or-later
"""How stress intensity factors of flaws are found: the interaction integral in the plane, wall jumps in space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.front import FrontIntensity, IntensityProbe
from jadeite.failure.intensity import InteractionIntegral
from jadeite.failure.wall_jumps import CrackWalls, WallJumps
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import Flaw, SurfaceKind, TaggedMesh
from jadeite.physics.cell import Cell
from jadeite.physics.mechanics import Deformation

#: Radius of the domain of integration for stress intensity factors over the depth of the flaw.
RADIUS_SHARE = 0.4
#: ... at least, where the last straight piece of a flaw is shorter.
_LEAST_SHARE = 0.1
#: Sine of the angle by which a straight piece may deviate from its direction.
_STRAIGHT = 1e-3


@dataclass(frozen=True)
class TipMaterial:
    """Properties of the region in which a flaw ends.

    Attributes:
        stiffness: laboratory frame, shape (6, 6), Pa.
        eigenstrain: laboratory frame, shape (3, 3).
        fracture_toughness: Pa m^0.5.
        boundary_toughness: of a grain boundary there, Pa m^0.5, or NaN.
        surface_energy: J/m^2 of sodium.
    """

    stiffness: NDArray[np.float64]
    eigenstrain: NDArray[np.float64]
    fracture_toughness: float
    boundary_toughness: float
    surface_energy: float


def intensity_probes(cell: Cell, tips: Sequence[TipMaterial]) -> tuple[IntensityProbe, IntensityProbe]:
    """Return the probes of the residual part and of the part by deposition of a cell with mechanics.

    Args:
        cell: the coupled cell.
        tips: material at the tip of each flaw, in the order of the flaws.

    Note:
        Collective.
    """
    assert cell.mechanics is not None
    domain, flaws = cell.domain, cell.domain.tagged.flaws
    if domain.dimension == 3:
        walls = [crack_walls(domain, flaw) for flaw in flaws]
        jumps = WallJumps(domain, walls, cell.mechanics.region_stiffness)
        return _Fronts(jumps, cell.residual), _Fronts(jumps, cell.deposit)
    mechanics = cell.mechanics
    residual, deposit = (
        InteractionIntegral(
            part.displacement, mechanics.strain(part), mechanics.stress(part), loaded, domain.axisymmetric
        )
        for part, loaded in ((cell.residual, cell.stack_pressures), (cell.deposit, cell.deposit_pressures))
    )
    ends = [straight_end(domain.tagged, flaw) for flaw in flaws]
    return (
        _Tips(residual, flaws, ends, tips, [tip.eigenstrain for tip in tips]),
        _Tips(deposit, flaws, ends, tips, [None] * len(tips)),
    )


def straight_end(tagged: TaggedMesh, flaw: Flaw) -> tuple[NDArray[np.float64], float]:
    """Return direction and radius (m) of the domain of integration at a tip in the plane.

    A cut along grain boundaries is bent: its last straight piece gives the direction, and the radius ends with it, down
    to a share of the depth below which the mesh would show nothing.
    """
    direction, radius = np.array(flaw.direction), RADIUS_SHARE * flaw.depth
    if flaw.mouth_width > 0.0:
        return direction, radius
    surfaces = tagged.surfaces
    rows = [row for row in surfaces.rows(SurfaceKind.FLAW_WALL) if surfaces.name[row] == f"flaw {flaw.name}"]
    walls = tagged.points[np.unique(tagged.facets[np.isin(tagged.facet_surface, rows)])] - np.array(flaw.tip)
    away = np.linalg.norm(walls, axis=1)
    walls, away = walls[away > 1e-9 * flaw.depth], away[away > 1e-9 * flaw.depth]
    last = int(np.argmin(away))
    direction = -walls[last] / away[last]
    aside = np.abs(walls[:, 0] * direction[1] - walls[:, 1] * direction[0])
    bent = away[aside > _STRAIGHT * away]
    return direction, min(radius, max(float(bent.min(initial=np.inf)), _LEAST_SHARE * flaw.depth))


def flaw_rows(domain: Domain, flaw: Flaw) -> NDArray[np.int64]:
    """Return the rows of the surface table that are walls of a flaw."""
    rows = domain.surface_rows(SurfaceKind.FLAW_WALL)
    return np.array([row for row in rows if domain.tagged.surfaces.name[row] == f"flaw {flaw.name}"], dtype=np.int64)


def crack_walls(domain: Domain, flaw: Flaw) -> CrackWalls:
    """Return a flaw in space as a crack that `WallJumps` reads."""
    size = min(flaw.depth, flaw.half_length) if flaw.half_length > 0.0 else flaw.depth
    return CrackWalls(
        f"flaw {flaw.name}",
        flaw_rows(domain, flaw),
        np.array(flaw.front),
        np.array(flaw.normal),
        size,
        flaw.mouth_width,
    )


@dataclass(frozen=True)
class _Fronts:
    """Wall jumps of one deformation."""

    jumps: WallJumps
    deformation: Deformation

    def evaluate(self) -> list[FrontIntensity]:
        return self.jumps.evaluate(self.deformation.displacement)


@dataclass(frozen=True)
class _Tips:
    """Interaction integrals of one deformation."""

    integral: InteractionIntegral
    flaws: Sequence[Flaw]
    ends: Sequence[tuple[NDArray[np.float64], float]]
    tips: Sequence[TipMaterial]
    eigenstrains: Sequence[NDArray[np.float64] | None]

    def evaluate(self) -> list[FrontIntensity]:
        found = []
        for flaw, end, tip, eigenstrain in zip(self.flaws, self.ends, self.tips, self.eigenstrains, strict=True):
            direction, radius = end
            one = self.integral.evaluate_anisotropic(flaw.tip, direction, radius, tip.stiffness, eigenstrain)
            modes = np.array([[one.mode_one, one.mode_two, one.mode_three]])
            found.append(FrontIntensity(np.array([flaw.tip]), np.zeros(1), modes, np.array([one.domain_spread])))
        return found
