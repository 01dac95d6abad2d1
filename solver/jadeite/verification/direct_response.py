# SPDX-License-Identifier: LGPL-3.0-or-later
"""The response at one frequency by a direct solution of the real 2x2 form: slow, and independent of any sweep.

    |  K     -w M | | x_r |     | -k   |
    | -w M   -K   | | x_i |  =  |  w m |

is symmetric and indefinite; MUMPS factorises it with pivots.
"""

from __future__ import annotations

import numpy as np
from petsc4py import PETSc

from jadeite.fem.frequency_response import ResponseSystem


def direct_admittance(system: ResponseSystem, frequency: float) -> complex:
    """Return current over terminal potential at an angular frequency (rad/s).

    Note:
        Collective.
    """
    conductance, capacitance = system.conductance, system.capacitance
    real, coupling = conductance.matrix.copy(), capacitance.matrix.copy()
    coupling.scale(-frequency)
    lower = real.copy()
    lower.scale(-1.0)
    blocks = PETSc.Mat().createNest([[real, coupling], [coupling, lower]], comm=real.comm)
    matrix = blocks.convert("aij")
    right, solution = matrix.createVecRight(), matrix.createVecRight()
    owned = conductance.column.getLocalSize()
    right.getArray()[:owned] = -conductance.column.getArray(readonly=True)
    right.getArray()[owned:] = frequency * capacitance.column.getArray(readonly=True)
    solver = PETSc.KSP().create(matrix.comm)
    solver.setOperators(matrix)
    solver.setType("preonly")
    solver.getPC().setType("lu")
    solver.getPC().setFactorSolverType("mumps")
    solver.solve(right, solution)
    parts = conductance.column.duplicate(), conductance.column.duplicate()
    parts[0].getArray()[:] = solution.getArray(readonly=True)[:owned]
    parts[1].getArray()[:] = solution.getArray(readonly=True)[owned:]
    (k_real, k_imaginary), (m_real, m_imaginary) = (
        [bordered.column.dot(part) for part in parts] for bordered in (conductance, capacitance)
    )
    current = k_real - frequency * m_imaginary + 1j * (k_imaginary + frequency * m_real)
    return complex(np.complex128(conductance.corner + 1j * frequency * capacitance.corner + current))
