# SPDX-License-Identifier: LGPL-3.0-or-later
"""Dofs on some of the cells of a distributed mesh.

Ghost cells lie across facets only: the rank that owns a node may touch a cell there in no more than that node, and
does not hold it. What a rank knows from its own cells is therefore shared with the others.
"""

from __future__ import annotations

import numpy as np
from dolfinx import fem, la
from numpy.typing import NDArray


def dofs_of_cells(space: fem.FunctionSpace, cells: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return the local dofs (blocks, ghosts included) on cells that this rank or another one names.

    Args:
        space: any space with its dofs in a dof map.
        cells: local cells of this rank; each cell is named by its owner at least.

    Note:
        Collective.
    """
    marked = la.vector(space.dofmap.index_map, 1)
    marked.array[:] = 0.0
    marked.array[space.dofmap.list[cells].ravel()] = 1.0
    marked.scatter_reverse(la.InsertMode.add)
    marked.scatter_forward()
    return np.flatnonzero(marked.array > 0.0).astype(np.int32)
