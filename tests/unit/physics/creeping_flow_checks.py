# SPDX-License-Identifier: LGPL-3.0-or-later
"""Steady flow of creeping metal against closed forms; as a script these checks run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from jadeite.fem.domain import Domain
from jadeite.microstructure.revolution import revolved
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.creeping_flow import CreepingFlow, Wall
from jadeite.physics.film_flow import PowerLaw, free_layer_pressure, sliding_pressure
from jadeite.physics.solid.contact_law import Friction
from jadeite.physics.supports import Support
from sample_meshes import box_mesh, layered_mesh

COMM = MPI.COMM_WORLD
LOWER, UPPER, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
SODIUM = PowerLaw(5.0, 0.25e6, 1e-3)
THICKNESS, SPEED = 50e-6, 6e-9
LOW_X = Support((SIDE,), 0, where=lambda x: np.abs(x[0]) < 1e-12)
LOW_Z = Support((SIDE,), 2, where=lambda x: np.abs(x[2]) < 1e-12)


def film(aspect, across=16, along=4):
    return Domain.from_tagged_mesh(layered_mesh([THICKNESS], aspect * THICKNESS, across, along), COMM)


def disc(aspect, across=16, along=4):
    tagged = revolved(layered_mesh([THICKNESS], aspect * THICKNESS, across, along))
    return Domain.from_tagged_mesh(tagged, COMM)


def squeezed(domain, friction, conditions=(), law=SODIUM, speed=SPEED, rigid=None):
    upper = Wall((UPPER,), fem.Constant(domain.mesh, -speed), friction)
    rate = SPEED / THICKNESS
    flow = CreepingFlow(
        domain,
        lambda strain_rate: law.reference_stress * (strain_rate / law.reference_rate) ** (1.0 / law.exponent),
        [Wall((LOWER,), fem.Constant(domain.mesh, 0.0), friction), upper],
        nominal_speed=SPEED,
        nominal_rate=rate,
        nominal_stress=float(law.flow_stress(rate)),
        conditions=conditions,
        rigid=rigid,
    )
    flow.solve()
    return flow, upper


def check_a_free_layer_needs_its_flow_stress():
    """Uniaxial in a disc and in space, plane strain in a slice; what the walls do is dissipated."""
    free = Friction(0.0)
    cube = Domain.from_tagged_mesh(box_mesh([THICKNESS], [THICKNESS, THICKNESS], across=[1, 1], along=1), COMM)
    for domain, conditions, area, axisymmetric in (
        (film(1.0, 2, 2), [LOW_X], THICKNESS, False),
        (disc(1.0, 2, 2), [], np.pi * THICKNESS**2, True),
        (cube, [LOW_X, LOW_Z], THICKNESS**2, True),
    ):
        flow, upper = squeezed(domain, free, conditions)
        expected = free_layer_pressure(SODIUM, SPEED, THICKNESS, axisymmetric=axisymmetric)
        assert flow.force_on(upper) / area == pytest.approx(expected, rel=1e-6)
        brought, dissipated, rubbed = flow.powers()
        assert brought == pytest.approx(dissipated, rel=1e-9) and rubbed == 0.0


def check_pressure_goes_with_the_root_of_the_speed():
    """Three times as fast from the last solution, and the same from the start."""
    flow, upper = squeezed(disc(3.0), None)
    slow = flow.force_on(upper)
    upper.velocity.value = -3.0 * SPEED
    flow.solve()
    assert flow.force_on(upper) / slow == pytest.approx(3.0 ** (1.0 / SODIUM.exponent), rel=1e-6)
    again, wall = squeezed(disc(3.0), None, speed=3.0 * SPEED)
    assert again.force_on(wall) == pytest.approx(flow.force_on(upper), rel=1e-6)


def check_both_walls_carry_the_same():
    flow, upper = squeezed(disc(2.0), None)
    assert flow.force_on(flow.walls[0]) == pytest.approx(flow.force_on(upper), rel=1e-8)
    brought, dissipated, _ = flow.powers()
    assert brought == pytest.approx(dissipated, rel=1e-9)


def check_sliding_under_a_constant_shear_stress():
    """The slab method holds where friction is small against the flow stress; friction dissipates its share."""
    shear_stress = 0.02e6
    flow, upper = squeezed(disc(4.0), Friction(10.0, shear_stress))
    pressure = flow.force_on(upper) / (np.pi * (4.0 * THICKNESS) ** 2)
    free = free_layer_pressure(SODIUM, SPEED, THICKNESS, axisymmetric=True)
    expected = sliding_pressure(free, shear_stress, 4.0 * THICKNESS, THICKNESS, axisymmetric=True)
    assert pressure == pytest.approx(expected, rel=2e-2)
    brought, dissipated, rubbed = flow.powers()
    assert brought == pytest.approx(dissipated + rubbed, rel=1e-9)
    assert rubbed / brought == pytest.approx(1.0 - free / expected, rel=5e-2)


def check_rigid_ceramic_moves_with_its_wall():
    """A foil between ceramic flows as one between platens."""
    layers = [20e-6, THICKNESS, 20e-6]
    stack = Domain.from_tagged_mesh(layered_mesh(layers, 2.0 * THICKNESS, 8, 4), COMM)
    flow, upper = squeezed(stack, None, [LOW_X], rigid=np.array([True, False, True]))
    bare, wall = squeezed(film(2.0, 8, 4), None, [LOW_X])
    assert flow.force_on(upper) == pytest.approx(bare.force_on(wall), rel=1e-6)
    with pytest.raises(ValueError, match="no wall or on two"):
        squeezed(stack, None, [LOW_X], rigid=np.array([False, True, False]))


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
