# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rigid-body modes of a displacement space, the near null space that multigrid needs for elasticity."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from petsc4py import PETSc


def rigid_body_modes(space: fem.FunctionSpace, rotations: bool = True) -> PETSc.NullSpace:
    """Return translations and rotations of a vector-valued Lagrange space with 2 or 3 components on a 2-D or 3-D mesh.

    On a two-dimensional mesh with three components the fields do not vary along z, so of the rotations only the one
    about z is rigid. A field that repeats from side to side does not rotate.
    """
    components = space.dofmap.index_map_bs
    coordinates = space.tabulate_dof_coordinates()
    directions = space.mesh.geometry.dim
    owned = space.dofmap.index_map.size_local
    # One centre for all ranks: rotations about different ones would tear the body apart between them.
    comm = space.mesh.comm
    centred = coordinates - comm.allreduce(coordinates[:owned].sum(axis=0)) / comm.allreduce(owned)
    planes = [(0, 1)] if directions == 2 else [(0, 1), (1, 2), (2, 0)]
    basis = []
    for component in range(components):
        basis.append(np.zeros((owned, components)))
        basis[-1][:, component] = 1.0
    for first, second in planes if rotations else []:
        mode = np.zeros((owned, components))
        mode[:, first] = -centred[:owned, second]
        mode[:, second] = centred[:owned, first]
        basis.append(mode)
    vectors: list[PETSc.Vec] = []
    template = fem.Function(space)  # owns the memory behind its PETSc vector, so it must outlive the copies
    for mode in basis:
        vector = template.x.petsc_vec.copy()
        vector.getArray()[:] = mode.ravel()
        for earlier in vectors:
            vector.axpy(-vector.dot(earlier), earlier)
        vector.normalize()
        vectors.append(vector)
    return PETSc.NullSpace().create(vectors=vectors, comm=comm)
