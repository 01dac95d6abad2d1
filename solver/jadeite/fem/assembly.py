# SPDX-License-Identifier: LGPL-3.0-or-later
"""Assembled vectors and integrals that are complete on every rank."""

from __future__ import annotations

from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI
from petsc4py import PETSc


def assembled_vector(form: fem.Form) -> PETSc.Vec:
    """Assemble a linear form; the owner of each dof has the sum of all ranks' contributions.

    Note:
        Collective.
    """
    vector = petsc.assemble_vector(form)
    vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    return vector


def integral(form: fem.Form | None, comm: MPI.Comm) -> float:
    """Assemble a scalar form over all ranks; no form stands for an integral over nothing.

    Note:
        Collective.
    """
    return 0.0 if form is None else float(comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM))
