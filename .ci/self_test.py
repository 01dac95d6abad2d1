# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shows that a fresh environment works: Gmsh loads, a weak form compiles, two MPI ranks agree on an integral."""

import os
import sys

# The same settings as in a run: no cross-memory attach (forbidden in some containers), no UCX over plain TCP.
os.environ.setdefault("MPIR_CVAR_CH4_CMA_ENABLE", "0")
os.environ.setdefault("MPICH_CH4_NETMOD", "ofi")

import dolfinx_solver  # noqa: F401
import gmsh
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI


def main() -> int:
    """Integrate 1 over the unit square on all ranks; the exit code is 0 where the area is right."""
    gmsh.initialize(interruptible=False)
    gmsh.finalize()
    square = mesh.create_unit_square(MPI.COMM_WORLD, 8, 8)
    form = fem.form(fem.Constant(square, 1.0) * ufl.dx)
    area = square.comm.allreduce(fem.assemble_scalar(form))
    if abs(area - 1.0) > 1e-12 or square.comm.size != 2:
        sys.stderr.write(f"self-test: area {area!r} on {square.comm.size} ranks, expected 1.0 on 2\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
