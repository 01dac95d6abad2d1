# SPDX-License-Identifier: LGPL-3.0-or-later
"""Effective conductivity of a sample between two ideal electrodes, in the directions of its box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.microstructure.orientation import rotation_matrices
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.physics.tensors import rotate_principal_values
from jadeite.verification.slab import IDEAL_PLATING, IDEAL_STRIPPING

Array = NDArray[np.float64]

_ACROSS = {"side wall left": SurfaceKind.PLATING_ELECTRODE, "side wall right": SurfaceKind.STRIPPING_ELECTRODE}


def shared(make: Callable[[], TaggedMesh]) -> TaggedMesh:
    """Make a mesh on rank 0 and give it to all ranks. Collective."""
    comm = MPI.COMM_WORLD
    mesh: TaggedMesh = comm.bcast(make() if comm.rank == 0 else None, root=0)
    return mesh


def across(mesh: TaggedMesh) -> TaggedMesh:
    """The same sample with its electrodes on the side walls x = 0 and x = width, and insulated where they were."""
    surfaces = mesh.surfaces
    outer = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE)
    kinds = tuple(
        SurfaceKind.SIDE_WALL if kind in outer else _ACROSS.get(name, kind)
        for name, kind in zip(surfaces.name, surfaces.kind, strict=True)
    )
    return replace(mesh, surfaces=replace(surfaces, kind=kinds))


def effective_conductivity(
    mesh: TaggedMesh,
    conductivity: Array,
    *,
    resistance: float | None = None,
    lateral: float | None = None,
    axis: int = 1,
    degree: int = 2,
) -> float:
    """Current density over field (S/m) between the electrodes of a box, its other walls insulated. Collective.

    Args:
        mesh: the same on every rank.
        conductivity: of each region in the laboratory frame, shape (regions, d, d), S/m.
        resistance: area-specific resistance of every boundary, ohm m^2.
        lateral: conductance of every boundary along its plane, S.
        axis: direction between the electrodes: 1 (y), or 0 (x) for a mesh from `across`.
        degree: of the potential.
    """
    count = len(mesh.surfaces)
    problem = Conduction(
        Domain.from_tagged_mesh(mesh),
        conductivity,
        None if resistance is None else np.full(count, resistance),
        IDEAL_PLATING,
        IDEAL_STRIPPING,
        degree=degree,
        boundary_conductance=None if lateral is None else np.full(count, lateral),
    )
    extent = mesh.points.max(axis=0) - mesh.points.min(axis=0)
    area = float(np.prod(np.delete(extent, axis)))
    # a current through the whole box per volt, whose field is 1 V over the distance of the electrodes
    return problem.solve(Voltage(1.0)).current_out * float(extent[axis]) / area


def crystals(mesh: TaggedMesh, in_plane: float, c_axis: float) -> Array:
    """Conductivity tensors (regions, d, d) of uniaxial crystals in their orientations; S/m."""
    principal = np.tile([in_plane, in_plane, c_axis], (len(mesh.regions), 1))
    dimension = mesh.dimension
    return rotate_principal_values(principal, rotation_matrices(mesh.regions.orientation))[:, :dimension, :dimension]


def phases(mesh: TaggedMesh, by_material: dict[str, float]) -> Array:
    """Isotropic conductivity tensors (regions, d, d) by the material of each region; S/m."""
    values = np.array([by_material[material] for material in mesh.regions.material])
    return values[:, None, None] * np.eye(mesh.dimension)


def hashin_shtrikman(first: float, second: float, share: float, dimension: int) -> tuple[float, float]:
    """Bounds (lower, upper) of the effective conductivity of an isotropic mixture of two phases.

    s1 + f2 / (1/(s2 - s1) + f1/(d s1)), once from each phase (Hashin and Shtrikman, J. Appl. Phys. 33, 1962, 3125,
    eqs. 3.19 and 3.20; Hashin 1970 for d = 2).

    Args:
        first, second: conductivities of the phases, S/m.
        share: volume (area) fraction of the second phase.
        dimension: 2 or 3.
    """

    def bound(matrix: float, other: float, fraction: float) -> float:
        return matrix + fraction / (1.0 / (other - matrix) + (1.0 - fraction) / (dimension * matrix))

    both = bound(first, second, share), bound(second, first, 1.0 - share)
    return min(both), max(both)
