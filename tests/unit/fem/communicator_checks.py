# SPDX-License-Identifier: LGPL-3.0-or-later
"""A process that solves on one mesh after the other keeps its communicators; as a script this runs under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI
from petsc4py import PETSc

from jadeite.fem.communicators import release
from jadeite.fem.domain import Domain
from jadeite.verification.bricks import brick_mesh

COMM = MPI.COMM_WORLD


def solve_once():
    """Assemble and solve on a mesh of its own, and leave everything to Python."""
    domain = Domain.from_tagged_mesh(brick_mesh(np.zeros((4, 4), dtype=int), 0.25) if COMM.rank == 0 else None, COMM)
    space = fem.functionspace(domain.mesh, ("Lagrange", 1))
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    matrix = petsc.assemble_matrix(fem.form((ufl.inner(ufl.grad(trial), ufl.grad(test)) + trial * test) * ufl.dx))
    matrix.assemble()
    right = matrix.createVecLeft()
    right.set(1.0)
    solver = PETSc.KSP().create(matrix.comm)
    solver.setOperators(matrix)
    solver.solve(right, right.duplicate())


def communicators_left():
    """How many more communicators MPI has room for, up to a few thousand."""
    made = []
    handler = COMM.Get_errhandler()
    COMM.Set_errhandler(MPI.ERRORS_RETURN)
    try:
        while len(made) < 4000:
            made.append(COMM.Dup())
    except MPI.Exception:
        pass
    finally:
        COMM.Set_errhandler(handler)
    for one in made:
        one.Free()
    return len(made)


def check_communicators_of_meshes_come_back():
    solve_once()
    release()
    before = communicators_left()
    for _ in range(4):
        solve_once()
        release()
    assert before - communicators_left() <= 4, "more than one communicator is lost with each mesh"


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
