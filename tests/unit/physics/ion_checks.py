# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of resolved space charge that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from dataclasses import replace

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from jadeite.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.nernst_planck_poisson import CHARGED, IonElectrode, MobileIons, NernstPlanckPoisson
from jadeite.physics.space_charge.conditions import Conditions
from jadeite.physics.space_charge.site_limited import solve
from jadeite.verification.bricks import brick_mesh

COMM = MPI.COMM_WORLD
WIDTH, HALF, CHARGE, CARRIERS, SITES, BULK = 1e-9, 12e-9, 0.04, 1e26, 3e26, 0.1


def column(dimension=2, charge=CHARGE, electrode=IonElectrode.REVERSIBLE):
    """Two grains on top of each other with a charged boundary between them."""
    side = HALF * np.linspace(0.0, 1.0, 25) ** 1.5
    y = np.concatenate([-side[:0:-1], side])
    labels = np.repeat([0, 1], len(side) - 1)
    labels = labels[None, :] if dimension == 2 else labels[None, :, None]
    mesh = brick_mesh(labels, 1.0)
    points = WIDTH * mesh.points
    points[:, 1] = y[np.rint(mesh.points[:, 1]).astype(int)]
    domain = Domain.from_tagged_mesh(replace(mesh, points=points) if COMM.rank == 0 else None, COMM)
    ions = MobileIons(
        conductivity=np.tile(BULK * np.eye(dimension), (2, 1, 1)),
        carrier_density=np.full(2, CARRIERS),
        filling=np.full(2, CARRIERS / SITES),
        permittivity=np.full(2, 30.0 * VACUUM_PERMITTIVITY),
    )
    return NernstPlanckPoisson(domain, ions, 298.15, np.full(len(mesh.surfaces), charge), electrode=electrode)


def resistance(problem, area):
    state = problem.solve(Voltage(1e-4))
    return state.voltage / state.current * area


def check_layers_balance_the_charge_of_the_core():
    problem = column()
    problem.equilibrium()
    density = ELEMENTARY_CHARGE * problem.carrier_density * (problem.relative_concentration() - 1.0)
    dx, dS = problem.domain.dx(8), problem.domain.dS(CHARGED, 2)
    ions = integral(fem.form(density * dx), COMM)
    area = integral(fem.form(fem.Constant(problem.domain.mesh, 1.0) * dS), COMM)
    assert area == pytest.approx(WIDTH, rel=1e-9)
    assert ions == pytest.approx(-CHARGE * area, rel=1e-3)


def check_site_limited_closure_holds_for_either_sign():
    for charge in (CHARGE, -CHARGE):
        closed = solve(Conditions(298.15, CARRIERS, 30.0, BULK, core_charge=charge, site_density=SITES))
        problem = column(charge=charge)
        problem.equilibrium()
        assert problem.core_potential() == pytest.approx(closed.core_potential, rel=1e-4)
        excess = resistance(problem, WIDTH) - 2.0 * HALF / BULK
        assert excess == pytest.approx(closed.excess_resistance, rel=5e-3, abs=2e-3 * 2.0 * HALF / BULK)


def check_current_and_voltage_control_meet():
    problem = column()
    problem.equilibrium()
    # far above kT/e, where the boundary no longer follows Ohm's law
    by_voltage = problem.solve(Voltage(0.2))
    potential = problem.potential.x.array.copy()
    problem.equilibrium()
    by_current = problem.solve(Current(by_voltage.current))
    assert by_current.voltage == pytest.approx(0.2, rel=1e-6)
    assert np.abs(problem.potential.x.array - potential).max(initial=0.0) < 1e-6


def check_space_and_plane_agree():
    plane, space = column(2), column(3)
    for problem in (plane, space):
        problem.equilibrium()
    assert space.core_potential() == pytest.approx(plane.core_potential(), rel=1e-4)
    assert resistance(space, WIDTH**2) == pytest.approx(resistance(plane, WIDTH), rel=2e-3)


def check_blocking_electrodes_pass_no_steady_current():
    problem = column(charge=0.0, electrode=IonElectrode.BLOCKING)
    problem.equilibrium()
    with pytest.raises(ValueError, match="blocking"):
        problem.solve(Current(1.0))
    states = list(problem.march(Voltage(1e-3), 1e-6, tolerance=1e-2))
    assert states[0].time == 0.0
    assert states[-1].time == pytest.approx(1e-6)
    assert abs(states[-1].current) < 1e-9 * WIDTH * BULK * 1e-3 / (2.0 * HALF)
    # two layers in series hold eps/(2 L) per volt
    length = Conditions(298.15, CARRIERS, 30.0, BULK, core_potential=0.0).debye_length / np.sqrt(1.0 - CARRIERS / SITES)
    held = 30.0 * VACUUM_PERMITTIVITY / (2.0 * length) * 1e-3 * WIDTH
    assert problem.electrode_charge() == pytest.approx(held, rel=5e-2)


def check_charges_of_both_signs_are_refused():
    tagged = brick_mesh(np.array([[0, 1, 2]]), WIDTH)
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    charges = np.zeros(len(tagged.surfaces))
    charges[domain.surface_rows(*CHARGED)] = [CHARGE, -CHARGE]
    three = np.ones(3)
    ions = MobileIons(np.tile(np.eye(2), (3, 1, 1)), CARRIERS * three, 0.0 * three, VACUUM_PERMITTIVITY * three)
    with pytest.raises(ValueError, match="both signs"):
        NernstPlanckPoisson(domain, ions, 298.15, charges)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
