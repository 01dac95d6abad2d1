# SPDX-License-Identifier: LGPL-3.0-or-later
"""Solids at large strain against closed forms in slices, discs and space; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
from mpi4py import MPI

from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.revolution import revolved
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.finite_strain import FiniteStrainBody, Plate
from jadeite.physics.solid.laws import BulkRegions
from jadeite.physics.solid.norton import NortonFlow
from jadeite.physics.solid.steps import March
from jadeite.physics.solid.viscous_metal import ViscousMetal
from jadeite.physics.supports import Support
from sample_meshes import box_mesh, layered_mesh

COMM = MPI.COMM_WORLD
LOWER, UPPER, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
YOUNG, POISSON, SIDE_LENGTH = 4.6e9, 0.41, 30e-6
BULK, SHEAR = YOUNG / 3 / (1 - 2 * POISSON), YOUNG / 2 / (1 + POISSON)
NORTON = NortonFlow(1e-3, 0.25e6, 5.0)
METAL = ViscousMetal(BULK, SHEAR, NORTON)
LOW_X = Support((SIDE,), 0, where=lambda x: np.abs(x[0]) < 1e-12)
LOW_Z = Support((SIDE,), 2, where=lambda x: np.abs(x[2]) < 1e-12)


def slice_of(*thicknesses, width=SIDE_LENGTH):
    return Domain.from_tagged_mesh(layered_mesh(list(thicknesses), width, across=2, along=2), COMM)


def disc():
    return Domain.from_tagged_mesh(revolved(layered_mesh([SIDE_LENGTH], SIDE_LENGTH, across=2, along=2)), COMM)


def cube():
    return Domain.from_tagged_mesh(box_mesh([SIDE_LENGTH], [SIDE_LENGTH, SIDE_LENGTH], across=[1, 1], along=1), COMM)


def body_of(domain, law, conditions, force=None, mixed=True):
    regions = len(domain.tagged.regions)
    return FiniteStrainBody(
        domain,
        [BulkRegions(law, range(regions))],
        np.full(regions, mixed),
        Plate((UPPER,), force),
        [Support((LOWER,), 1), *conditions],
        stress_size=1e6,
    )


def stretched(body, change, duration, steps):
    """Drive the plate by a change of height, m, in equal steps."""
    body.drive(change / duration)
    for _ in March(body, duration, duration / steps, tolerance=np.inf, largest_step=duration / steps):
        pass
    return body.plate_force()


def check_hencky_elasticity_of_a_pulled_cube():
    """Uniaxial: Kirchhoff stress E ln(stretch), and the sides shrink by the stretch to the power -nu."""
    stretch = 1.4
    body = body_of(cube(), Elastic(isotropic_stiffness(YOUNG, POISSON)), [LOW_X, LOW_Z])
    force = stretched(body, (stretch - 1.0) * SIDE_LENGTH, 1.0, 4)
    # the volume goes with the stretch to the power 1 - 2 nu, and force times height is Kirchhoff stress times volume
    expected = YOUNG * np.log(stretch) / stretch * SIDE_LENGTH**2
    assert force == pytest.approx(expected, rel=1e-8)
    assert body.volume() == pytest.approx(SIDE_LENGTH**3 * stretch ** (1 - 2 * POISSON), rel=1e-8)


def check_the_same_with_and_without_a_mean_stress():
    law = Elastic(isotropic_stiffness(YOUNG, POISSON))
    for domain, conditions in ((disc(), []), (slice_of(SIDE_LENGTH), [LOW_X])):
        bodies = [body_of(domain, law, conditions, mixed=mixed) for mixed in (True, False)]
        forces = [stretched(body, -0.3 * SIDE_LENGTH, 1.0, 3) for body in bodies]
        assert forces[0] == pytest.approx(forces[1], rel=1e-8)


def check_creep_at_a_constant_speed():
    """A disc between smooth platens at a true rate e = v / h: flow stress (e / rate)^(1/n) on its growing area."""
    body, lost = body_of(disc(), METAL, []), 1.0 / 3.0
    duration = lost / 1e-3
    force = stretched(body, -lost * SIDE_LENGTH, duration, 60)
    height = 1.0 - lost
    area = np.pi * SIDE_LENGTH**2 / height
    expected = -float(NORTON.stress_at(1e-3 / height, 0.0)) * area
    assert force == pytest.approx(expected, rel=3e-3)
    assert body.contact_area() == pytest.approx(area, rel=1e-4)
    assert body.work_imbalance < 1e-9
    assert body.ledger.imbalance < 1e-4


def check_energy_balance_of_a_disc_that_sticks():
    """Works outside and inside agree in equilibrium; stored and dissipated energies do to the square of the step."""
    sticks = [Support((kind,), 0) for kind in (LOWER, UPPER)]
    gaps = []
    for steps in (10, 20):
        body = body_of(disc(), METAL, sticks)
        stretched(body, -0.2 * SIDE_LENGTH, 200.0, steps)
        assert body.work_imbalance < 1e-6
        gaps.append(body.ledger.imbalance)
    assert gaps[1] < 1e-3
    assert np.log2(gaps[0] / gaps[1]) == pytest.approx(2.0, abs=0.2)


def check_steps_keep_the_imbalance_of_energy_below_their_tolerance():
    sticks = [Support((kind,), 0) for kind in (LOWER, UPPER)]
    counts = []
    for tolerance in (1e-3, 1e-4):
        body = body_of(disc(), METAL, sticks)
        body.drive(-0.2 * SIDE_LENGTH / 200.0)
        for _ in March(body, 200.0, 1.0, tolerance=tolerance):
            pass
        counts.append(len(body.ledger.steps))
        assert body.ledger.imbalance < tolerance
    assert counts[1] > counts[0]


def check_creep_under_a_force():
    """A dead load on a disc that thins: d(ln h)/dt = -rate (F h / (V stress))^n, so h falls from a closed form."""
    domain, pressure, duration = disc(), 0.25e6, 100.0
    body = body_of(domain, METAL, [], force=-pressure * np.pi * SIDE_LENGTH**2)
    for _ in March(body, duration, duration / 80, tolerance=np.inf, largest_step=duration / 40):
        pass
    # dh/dt = -rate h^(n+1) in units of the start, which gives h = (1 + n rate t)^(-1/n); elastic strain is 5e-5
    expected = (1.0 + 5.0 * 1e-3 * duration) ** -0.2
    assert 1.0 + body.plate_displacement / SIDE_LENGTH == pytest.approx(expected, rel=1e-3)


def check_metal_between_ceramic():
    """A compliant foil between ceramic takes the change of height; its mean stress does not reach into the ceramic."""
    domain = slice_of(10e-6, 10e-6, 10e-6)
    ceramic = Elastic(isotropic_stiffness(80e9, 0.26))
    laws = [BulkRegions(ceramic, [0, 2]), BulkRegions(METAL, [1])]
    body = FiniteStrainBody(
        domain,
        laws,
        np.array([False, True, False]),
        Plate((UPPER,)),
        [Support((LOWER,), 1), LOW_X],
        stress_size=1e6,
    )
    stretched(body, -1e-6, 100.0, 20)
    assert body.volume() == pytest.approx(10e-6 * SIDE_LENGTH, rel=2e-3)
    assert body.work_imbalance < 1e-6
    assert body.ledger.imbalance < 1e-3


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
