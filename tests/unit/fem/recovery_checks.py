# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of recovered stress that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from jadeite.fem.domain import Domain
from jadeite.fem.recovery import Recovery
from jadeite.verification.bricks import brick_mesh

COMM = MPI.COMM_WORLD


def two_grains(cells):
    """The unit square as two grains, left and right of the middle."""
    labels = np.zeros((cells, cells), dtype=int)
    labels[cells // 2 :] = 1
    return Domain.from_tagged_mesh(brick_mesh(labels, 1.0 / cells) if COMM.rank == 0 else None, COMM)


def stress_of(domain, displacement, degree, stiffness=(1.0, 3.0)):
    """Stress of an interpolated displacement in grains of unlike stiffness, 3 x 3."""
    u = fem.Function(fem.functionspace(domain.mesh, ("Lagrange", degree, (2,))))
    u.interpolate(displacement)
    u.x.scatter_forward()
    scale = domain.cell_field(np.array(stiffness), "scale")
    strain = ufl.sym(ufl.grad(u))
    rows = [[scale * strain[i, j] if i < 2 and j < 2 else 0.0 for j in range(3)] for i in range(3)]
    return ufl.as_tensor(rows)


def nodes(recovery):
    """Places and grains of the owned nodes."""
    space = recovery.space
    places = space.continuous.tabulate_dof_coordinates()[space.parent]
    grain = np.zeros(len(places), dtype=int)
    grain[space.space.dofmap.list] = recovery.domain.cell_region[:, None]
    return places[: recovery.owned], grain[: recovery.owned]


def smooth(x):
    return np.stack([np.sin(2 * x[0] + 1) * np.cos(3 * x[1]), np.cos(x[0]) * np.sin(2 * x[1])])


def largest_error(cells, degree):
    domain = two_grains(cells)
    recovery = Recovery(domain, degree)
    found = recovery.project(stress_of(domain, smooth, degree))[: recovery.owned, 0, 0]
    x, grain = nodes(recovery)
    exact = np.where(grain == 0, 1.0, 3.0) * 2 * np.cos(2 * x[:, 0] + 1) * np.cos(3 * x[:, 1])
    return COMM.allreduce(np.abs(found - exact).max(initial=0.0), op=MPI.MAX)


def check_linear_stress_is_recovered_exactly_on_both_sides():
    domain = two_grains(6)
    recovery = Recovery(domain, 2)
    found = recovery.project(stress_of(domain, lambda x: np.stack([x[0] ** 2 + x[0] * x[1], x[1] ** 2 - x[0] ** 2]), 2))
    x, grain = nodes(recovery)
    scale = np.where(grain == 0, 1.0, 3.0)
    mine = found[: recovery.owned]
    np.testing.assert_allclose(mine[:, 0, 0], scale * (2 * x[:, 0] + x[:, 1]), atol=1e-9)
    np.testing.assert_allclose(mine[:, 1, 1], scale * 2 * x[:, 1], atol=1e-9)
    np.testing.assert_allclose(mine[:, 0, 1], scale * 0.5 * (x[:, 0] - 2 * x[:, 0]), atol=1e-9)
    np.testing.assert_allclose(mine[:, 2], 0.0, atol=1e-9)


def check_a_jump_at_the_boundary_is_kept():
    """Uniform strain: each grain has its own stress, up to the boundary and without a node in between."""
    domain = two_grains(8)
    recovery = Recovery(domain, 2)
    found = recovery.project(stress_of(domain, lambda x: np.stack([0.0 * x[0], x[1]]), 2))[: recovery.owned, 1, 1]
    x, grain = nodes(recovery)
    np.testing.assert_allclose(found, np.where(grain == 0, 1.0, 3.0), atol=1e-10)
    at_boundary = np.abs(x[:, 0] - 0.5) < 1e-9
    assert COMM.allreduce(int(at_boundary.sum())) == 2 * (2 * 8 + 1)


def check_recovery_converges_up_to_the_boundary():
    """In the maximum norm over all nodes: second order for quadratic displacements, first for linear ones."""
    for degree, order in ((2, 2.0), (1, 1.0)):
        coarse, fine = (largest_error(cells, degree) for cells in (12, 24))
        assert np.log2(coarse / fine) == pytest.approx(order, abs=0.2)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
