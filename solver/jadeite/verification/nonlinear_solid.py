# SPDX-License-Identifier: LGPL-3.0-or-later
"""Patch tests of the nonlinear solid: uniform stress in distorted cells, with metal that creeps and bonded boundaries.

The stress, the creep strain and the opening of a boundary with a compliant bond are known at every point, and all of
the elements contain them: they have to come out to rounding.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.microstructure.revolution import revolved
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.mechanics import Kinematics
from jadeite.physics.solid.body import Loads, SolidBody
from jadeite.physics.solid.laws import BulkRegions, InterfaceRows, Response, State
from jadeite.physics.solid.steps import March
from jadeite.physics.supports import Pin
from jadeite.verification.bricks import brick_mesh
from jadeite.verification.creep import CLOSES, COEFFICIENT, EXPONENT, loaded, metal
from jadeite.verification.registry import Row, check

Array = NDArray[np.float64]

EDGE = 5e-6
OUTSIDE = (SurfaceKind.SIDE_WALL, SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE)
#: Of the bond, Pa/m: opening and sliding.
BOND = np.diag([1e15, 4e14, 4e14])
MOMENT, DURATION = 1e-6, 2.0
#: Size of the stresses, Pa.
LOAD = 0.2e6
PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
IN_PLANE = [0, 1, 5]


class Bond:
    """A thin elastic layer between two regions: traction proportional to the jump."""

    history_size = 0
    has_rate = False

    def update(self, jump: Array, history: Array, step: float, row: NDArray[np.int32]) -> Response:
        """Return traction and stiffness."""
        return Response(jump @ BOND, np.broadcast_to(BOND, (len(jump), 3, 3)), history)

    def stored_energy(self, state: State, row: NDArray[np.int32]) -> Array:
        """Return half traction times jump."""
        return 0.5 * np.einsum("pi,pi->p", state.stress, state.strain)

    def dissipated_energy(self, before: State, after: State, row: NDArray[np.int32]) -> Array:
        """Return zero."""
        return np.zeros(len(row))


def distorted(dimension: int) -> TaggedMesh:
    """Bricks in two regions, below and above, whose inner nodes away from the boundary between them are moved."""
    shape = (3, 4, 3)[:dimension]
    labels = np.zeros(shape, dtype=np.int64)
    labels[:, 2:] = 1
    mesh = brick_mesh(labels, EDGE)
    ends = mesh.points.max(axis=0)
    inside = ((mesh.points > 0.1 * ends) & (mesh.points < 0.9 * ends)).all(axis=1)
    inside &= np.abs(mesh.points[:, 1] - 2 * EDGE) > 0.5 * EDGE
    shift = 0.2 * EDGE * np.sin(37.0 * np.arange(mesh.points.size).reshape(mesh.points.shape))
    return replace(mesh, points=mesh.points + shift * inside[:, None])


def pins(dimension: int, axisymmetric: bool) -> list[Pin]:
    """Conditions that take out the motions of a rigid body."""
    side = 3 * EDGE
    if axisymmetric:
        return [Pin((0.0, 0.0), 1)]
    if dimension == 2:
        return [Pin((0.0, 0.0), 0), Pin((0.0, 0.0), 1), Pin((side, 0.0), 1)]
    origin, along, across = (0.0, 0.0, 0.0), (side, 0.0, 0.0), (0.0, 0.0, side)
    return [*(Pin(origin, axis) for axis in range(3)), Pin(along, 1), Pin(along, 2), Pin(across, 1)]


def largest(values: Array) -> float:
    """Largest absolute value over all ranks."""
    return float(MPI.COMM_WORLD.allreduce(np.abs(values).max(initial=0.0), op=MPI.MAX))


@check("N1", "Patch tests of the nonlinear solid: uniform stress, creep and bonded boundaries")
def patch_tests() -> list[Row]:
    """Largest deviations from stress as applied, creep strain (3/2) A q^(n-1) s t, traction stress times normal."""
    rows: list[Row] = []
    for dimension in (2, 3):
        mesh = distorted(dimension)
        for kinematics in Kinematics if dimension == 2 else (Kinematics.PLANE_STRAIN,):
            axisymmetric = kinematics is Kinematics.AXISYMMETRIC
            domain = Domain.from_tagged_mesh(revolved(mesh) if axisymmetric else mesh)
            applied = np.diag([0.1e6, -0.2e6, 0.1e6]) if axisymmetric else np.diag([0.15e6, -0.1e6, 0.0])
            if not axisymmetric:
                applied[0, 1] = applied[1, 0] = 0.08e6
            name = "3-D" if dimension == 3 else kinematics.value.replace("_", " ")
            for degree in (1, 2):
                rows += _patch(f"{name}, degree {degree}", domain, kinematics, applied, degree)
            if dimension == 2:
                rows += _patch(f"{name}, degree 2 with pressure", domain, kinematics, applied, 2, with_pressure=True)
    return rows


def _patch(
    name: str, domain: Domain, kinematics: Kinematics, applied: Array, degree: int, *, with_pressure: bool = False
) -> list[Row]:
    dimension = domain.dimension
    factor = fem.Constant(domain.mesh, 0.0)
    pull = ufl.dot(ufl.as_matrix(applied[:dimension, :dimension].tolist()), ufl.FacetNormal(domain.mesh))
    body = SolidBody(
        domain,
        [BulkRegions(metal(), [0, 1])],
        pins(dimension, domain.axisymmetric),
        Loads(tractions=[(domain.ds(OUTSIDE, 2 * degree), factor * pull)]),
        kinematics=kinematics,
        degree=degree,
        pieces=domain.cell_region,
        interfaces=[InterfaceRows(Bond(), domain.surface_rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY))],
        with_pressure=[0, 1] if with_pressure else [],
    )
    steps = loaded(body, factor, 1.0, MOMENT)
    for _ in March(steps, DURATION, DURATION, start=MOMENT, tolerance=1.0):
        pass
    (_, states), (facets,) = body.cells.groups[0], body.facets
    deviation = states.settled.stress - np.array([applied[pair] for pair in PAIRS])
    # along a slice that cannot stretch there is a stress of its own, which is uniform and changes with time
    held = dimension == 2 and kinematics is Kinematics.PLANE_STRAIN
    rows = [
        Row(f"{name}: stress", 0.0, largest(deviation[:, IN_PLANE] if held else deviation) / LOAD, 1e-9, "absolute")
    ]
    if not held:
        # the load rises during the moment, whose flow is far below the tolerance
        flow = _creep(applied) * DURATION
        error = largest(states.settled.history[:, :6] - flow) / np.abs(flow).max()
        rows.append(Row(f"{name}: creep strain", 0.0, error, 1e-5, "absolute"))
    normal = facets.frames[:, 0]
    tractions = (facets.states.settled.strain @ BOND).reshape(len(normal), -1, 3)
    felt = np.einsum("fic,fpi->fpc", facets.frames, tractions)
    error = largest(felt - (normal @ applied)[:, None]) / LOAD
    rows.append(Row(f"{name}: traction of the boundary", 0.0, error, 1e-9, "absolute"))
    return [*rows, Row(f"{name}: energy", 0.0, steps.ledger.imbalance, CLOSES, "absolute")]


def _creep(stress: Array) -> Array:
    """Creep rate under a stress (3, 3), Voigt with engineering shears, 1/s."""
    deviator = stress - np.trace(stress) / 3 * np.eye(3)
    equivalent = np.sqrt(1.5 * np.sum(deviator * deviator))
    rate = 1.5 * COEFFICIENT * equivalent ** (EXPONENT - 1) * deviator
    return np.array([rate[pair] * (1 if pair[0] == pair[1] else 2) for pair in PAIRS])
