# SPDX-License-Identifier: LGPL-3.0-or-later
"""Gives back the communicators of meshes that are gone.

On several ranks PETSc cannot destroy an object when Python gives it up, because the ranks do so at different times: it
is put aside until all ranks ask for it together. Until then it holds a communicator of its mesh, of which MPI has room
for about two thousand, so that a process that solves on hundreds of meshes one after the other has to ask.
"""

from __future__ import annotations

import gc

from mpi4py import MPI
from petsc4py import PETSc

#: One empty object of PETSc for each mesh: it keeps the way open to what is put aside when the mesh itself is gone.
_MARKERS: list[PETSc.IS] = []


def remember(comm: MPI.Comm) -> None:
    """Note the communicator of a new mesh.

    Note:
        Collective.
    """
    if comm.size > 1:
        _MARKERS.append(PETSc.IS().createGeneral([], comm=comm))


def release() -> None:
    """Destroy what nobody uses any more on the meshes that were made since the last call.

    Note:
        Collective, on the ranks of all these meshes.
    """
    gc.collect()
    for marker in _MARKERS:
        PETSc.garbage_cleanup(marker.comm)
        marker.destroy()
    _MARKERS.clear()
