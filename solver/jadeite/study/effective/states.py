# SPDX-License-Identifier: LGPL-3.0-or-later
"""The conductivity of a case's microstructure at each temperature and magnification it asks for.

A microstructure m times as large has the same fields on the same mesh, when resistances across boundaries and
conductances along them are divided by m: R/(s^-1 L) and kappa/(s L) are all that its conductivity depends on. So one
mesh serves all grain sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from jadeite.case.protocol import EffectiveProperties
from jadeite.case.schema import Case
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.physics.boundary_transport import BoundaryTransport
from jadeite.physics.homogenisation import EffectiveConductivity, Homogenisation, SideCondition
from jadeite.physics.mixture_estimates import (
    BoundaryDensity,
    boundary_density,
    brick_layer,
    holes,
    isotropic_bounds,
    mean_bounds,
    principal_mixture,
    self_consistent,
)
from jadeite.study.assembly.boundaries import boundary_transport
from jadeite.study.assembly.cell import region_conductivity
from jadeite.study.checkpoint import Checkpoint
from jadeite.study.solves_in_turn import SolvesInTurn

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EffectiveState:
    """The microstructure at one temperature and magnification.

    Attributes:
        temperature: K.
        magnification: of every length, 1.
        grain_size: diameter of the disc (ball) of the mean area (volume) of the grains, m.
        found: what solving gave.
        grains: conductivity along each axis with boundaries that conduct perfectly, shape (d,), S/m.
        density: of the boundaries.
        brick_layer: estimate along each axis, shape (d,), S/m.
        bounds: lower and upper bound along each axis, shape (2, d), S/m.
        isotropic_bounds: of the grains without boundaries, if they are arranged at random, S/m.
        self_consistent: estimate of the grains without boundaries, if they are arranged at random, S/m.
    """

    temperature: float
    magnification: float
    grain_size: float
    found: EffectiveConductivity
    grains: Array
    density: BoundaryDensity
    brick_layer: Array
    bounds: Array
    isotropic_bounds: tuple[float, float]
    self_consistent: float

    @property
    def tensor(self) -> Array:
        """The symmetric part of the tensor, shape (d, d), S/m."""
        return 0.5 * (self.found.tensor + self.found.tensor.T)

    @property
    def mean(self) -> float:
        """A third (in the plane half) of the trace of the tensor, S/m."""
        return float(np.trace(self.tensor)) / len(self.tensor)

    @property
    def anisotropy(self) -> float:
        """Largest over smallest principal value of the tensor, 1."""
        values = np.linalg.eigvalsh(self.tensor)
        return float(values[-1] / values[0])

    @property
    def boundary_share(self) -> float:
        """Share of boundaries in the resistivity, mean over the axes, 1."""
        shares = self.found.resistivity_shares
        return float((shares[1:].sum(axis=0) / shares.sum(axis=0)).mean())


def side_conditions(case: Case, periodic: Sequence[str], dimension: int) -> tuple[SideCondition, ...]:
    """Return what holds on the sides across each axis.

    Args:
        case: with the protocol.
        periodic: axes along which the recipe repeats.
        dimension: 2 or 3.
    """
    assert isinstance(case.protocol, EffectiveProperties)
    asked = case.protocol.boundary_conditions
    if asked in ("automatic", "periodic"):
        kinds = [SideCondition.PERIODIC if axis in periodic else SideCondition.MIXED for axis in "xyz"[:dimension]]
        return tuple(kinds)
    return (SideCondition(asked),) * dimension


def solve_states(
    domain: Domain,
    at_temperature: Sequence[tuple[Case, ResolvedMaterials]],
    magnifications: Sequence[float],
    conditions: tuple[SideCondition, ...],
    progress: Callable[[str, float], None],
    checkpoint: Checkpoint,
) -> tuple[list[EffectiveState], Homogenisation]:
    """Solve all combinations; also returns the solved problem of the first one, for its fields.

    Args:
        domain: the meshed volume.
        at_temperature: the case at each temperature, with its materials.
        magnifications: of every length.
        conditions: on the sides across each axis.
        progress: called with what is done next, and the share of the work done.
        checkpoint: recalls what an earlier attempt of the run has found.

    Raises:
        ConvergenceError: when a linear system is not solved.

    Note:
        Collective.
    """
    states: list[EffectiveState] = []

    def homogenisation(case: Case, materials: ResolvedMaterials, boundaries: BoundaryTransport) -> Homogenisation:
        conductivity = region_conductivity(materials, domain.tagged)
        return Homogenisation(domain, conductivity, boundaries, conditions, case.solver.degree, case.solver.linear)

    def solve(case: Case, materials: ResolvedMaterials, magnification: float, grains: Array) -> EffectiveState:
        boundaries = scaled_boundaries(case, materials, domain.tagged, magnification)
        problem = homogenisation(case, materials, boundaries) if states else first
        return _solved(case, magnification, grains, boundaries, problem)

    case, materials = at_temperature[0]
    first = homogenisation(case, materials, scaled_boundaries(case, materials, domain.tagged, magnifications[0]))
    solves = SolvesInTurn(checkpoint, "effective properties", first.state, first.restore)
    total = len(at_temperature) * len(magnifications)
    for case, materials in at_temperature:
        alone = partial(_grains_alone, domain, region_conductivity(materials, domain.tagged), conditions, case)
        grains = checkpoint.recall(f"grains alone at {case.temperature!r} K", np.ndarray, alone)
        for magnification in magnifications:
            progress(f"{case.temperature:.2f} K, grains times {magnification:g}", len(states) / total)
            what = f"{case.temperature!r} K, grains times {magnification!r}"
            found = solves.find(what, EffectiveState, partial(solve, case, materials, magnification, grains))
            states.append(found)
    solves.go_on()
    return states, first


def _solved(
    case: Case,
    magnification: float,
    grains: Array,
    boundaries: BoundaryTransport,
    problem: Homogenisation,
) -> EffectiveState:
    """Solve one combination; grains have a conductivity along each axis without boundaries. Collective."""
    tagged = problem.domain.tagged
    mixture = *principal_mixture(tagged, problem.conductivity), tagged.dimension
    density = boundary_density(tagged, boundaries)
    return EffectiveState(
        case.temperature,
        magnification,
        magnification * grain_size(tagged),
        problem.solve(),
        grains,
        density,
        brick_layer(grains, density),
        np.array([np.diag(bound) for bound in mean_bounds(tagged, problem.conductivity, density)]),
        isotropic_bounds(*mixture),
        self_consistent(*mixture),
    )


def scaled_boundaries(
    case: Case, materials: ResolvedMaterials, tagged: TaggedMesh, magnification: float
) -> BoundaryTransport:
    """Boundaries of a magnified microstructure, as they act on the mesh that is not."""
    measure = tagged.regions.measure * magnification**tagged.dimension
    magnified = replace(tagged, regions=replace(tagged.regions, measure=measure))
    actual = boundary_transport(case, materials, magnified)
    return BoundaryTransport(
        actual.resistance / magnification, actual.surface_conductance / magnification, actual.capacitance
    )


def _grains_alone(domain: Domain, conductivity: Array, conditions: tuple[SideCondition, ...], case: Case) -> Array:
    """Conductivity along each axis when boundaries conduct perfectly; one crystal without holes needs no solve."""
    same = np.abs(conductivity - conductivity[0]).max() <= 1e-12 * np.abs(conductivity).max()
    if same and holes(domain.tagged) == 0.0:
        return np.diag(conductivity[0]).copy()
    problem = Homogenisation(domain, conductivity, None, conditions, case.solver.degree, case.solver.linear)
    return np.diag(problem.solve().tensor).copy()


def grain_size(tagged: TaggedMesh) -> float:
    """Return the diameter of the disc (in space the ball) of the mean area (volume) of the grains, m."""
    mean = float(tagged.regions.measure.sum()) / len(np.unique(tagged.regions.grain))
    return 2.0 * (mean / np.pi) ** 0.5 if tagged.dimension == 2 else (6.0 * mean / np.pi) ** (1.0 / 3.0)
