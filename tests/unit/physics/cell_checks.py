# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of the coupled cell that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import math

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from jadeite.constants import FARADAY
from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.cell import Cell
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, ConfinedSodium, LinearResistance
from jadeite.physics.mechanics import Kinematics, Mechanics, Platen, Support
from sample_meshes import grain_mesh, layered_mesh, retag

COMM = MPI.COMM_WORLD
PLATING, STRIPPING, WALL, SIDE = (
    SurfaceKind.PLATING_ELECTRODE,
    SurfaceKind.STRIPPING_ELECTRODE,
    SurfaceKind.FLAW_WALL,
    SurfaceKind.SIDE_WALL,
)
WIDTH, HEIGHT = 30e-6, 20e-6
MOLAR_VOLUME = 23.78e-6
STIFF = isotropic_stiffness(80e9, 0.26)


def window():
    left = Support((SIDE,), 0, where=lambda x: np.abs(x[0]) < 1e-9 * WIDTH)
    right = Platen((SIDE,), 0, where=lambda x: np.abs(x[0] - WIDTH) < 1e-9 * WIDTH)
    return [left, right, Support((STRIPPING,), 1), Support((STRIPPING,), 2)]


def build(tagged, law, mismatch=None, sodium=None, **more):
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    regions = len(tagged.regions)
    eigenstrain = None if mismatch is None else np.array(mismatch)[:, None] * [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    mechanics = Mechanics(
        domain, np.tile(STIFF, (regions, 1, 1)), eigenstrain, window(), Kinematics.GENERALISED_PLANE_STRAIN
    )

    def conduction(ion_potential):
        return Conduction(
            domain,
            np.tile(0.1 * np.eye(2), (regions, 1, 1)),
            np.full(len(tagged.surfaces), 2e-5),
            [Contact((PLATING,), law), Contact((WALL,), law, sodium)],
            [Contact((STRIPPING,), law)],
            ion_potential=ion_potential,
        )

    return Cell(domain, conduction, mechanics, MOLAR_VOLUME, **more)


def flawed():
    tagged = grain_mesh(WIDTH, HEIGHT, 15, 10, lambda m: (m[:, 0] > 0.6 * WIDTH).astype(int))
    return retag(tagged, WALL, "flaw deep", lambda m: (m[:, 1] == 0) & (abs(m[:, 0] - 0.3 * WIDTH) < 0.101 * WIDTH))


def total(expression, measure):
    return integral(fem.form(expression * measure), COMM)


def check_pressure_of_confined_sodium_deforms_the_cell():
    """p = F |D| / V on the wall, at every point, and the stress balances it."""
    cell = build(flawed(), ButlerVolmer(10.0, 298.15, 0.4), sodium=ConfinedSodium(MOLAR_VOLUME, math.inf))
    result = cell.solve(Current(20.0 * WIDTH))
    assert result.coupling_iterations == 1
    ((measure, pressure),) = cell.deposit_pressures
    _, driving, current, _ = next(e for e in cell.conduction.contact_expressions() if e[0].sodium is not None)
    assert abs(total(current, measure)) < 1e-12 * 20.0 * WIDTH
    exact = -FARADAY * driving / MOLAR_VOLUME
    force = total(pressure, measure)
    assert force > 0
    assert total((pressure - exact) ** 2, measure) < 1e-16 * total(pressure**2, measure)
    # virtual stretch along y: int sigma_yy dx = -H times the force on y = 0
    along = total(cell.mechanics.stress(cell.deposit)[1, 1], cell.domain.dx(4))
    assert along == pytest.approx(-HEIGHT * force, rel=1e-8)
    # the same voltage control state by prescribing its voltage
    again = cell.solve(Voltage(result.conduction.voltage))
    assert again.conduction.current_out == pytest.approx(20.0 * WIDTH, rel=1e-8)
    # twice the current, more than half and less than all of twice the pressure of a law that flattens
    cell.solve(Current(40.0 * WIDTH))
    assert 1.0 < total(pressure, measure) / force < 2.0


def check_total_is_residual_plus_deposit():
    cell = build(
        flawed(), LinearResistance(2e-3), (1e-4, -2e-4), ConfinedSodium(MOLAR_VOLUME, math.inf), stack_pressure=5e6
    )
    cell.solve(Current(20.0 * WIDTH))
    parts = cell.residual.displacement.x.array + cell.deposit.displacement.x.array
    np.testing.assert_allclose(cell.total.displacement.x.array, parts, atol=1e-14 * np.abs(parts).max(initial=0.0))
    force = total(cell.mechanics.stress(cell.residual)[1, 1], cell.domain.dx(4))
    # stack pressure acts on electrode and flaw wall alike; eigenstrain leaves no net force
    assert force == pytest.approx(-5e6 * WIDTH * HEIGHT, rel=1e-8)


def check_stack_pressure_leaves_the_voltage():
    voltages = [
        build(flawed(), ButlerVolmer(10.0, 298.15), stack_pressure=p).solve(Current(20.0 * WIDTH)).conduction.voltage
        for p in (0.0, 2e7)
    ]
    assert voltages[1] == pytest.approx(voltages[0], rel=1e-9)


def check_ion_volume_shifts_the_electrodes_by_their_stress():
    """Two layers with mismatch: V changes by V_+ (p_stripping - p_plating) / F, p = -tr(sigma)/3 of the closed form."""
    volume, mismatch = 2e-6, 1e-3
    tagged = layered_mesh([0.4 * HEIGHT, 0.6 * HEIGHT], WIDTH, 4, 3)
    plain, coupled = (
        build(tagged, LinearResistance(2e-3), (mismatch, 0.0), ion_partial_molar_volume=v) for v in (0.0, volume)
    )
    before, after = plain.solve(Current(10.0 * WIDTH)), coupled.solve(Current(10.0 * WIDTH))
    biaxial = 80e9 / (1 - 0.26)
    stress = biaxial * (0.4 * mismatch - np.array([mismatch, 0.0]))  # along x and z
    pressure = -2.0 / 3.0 * stress
    shift = volume * (pressure[1] - pressure[0]) / FARADAY
    assert after.conduction.voltage - before.conduction.voltage == pytest.approx(shift, rel=1e-6)
    assert after.coupling_iterations >= 2 and before.coupling_iterations == 1


def check_ion_volume_feedback_agrees_with_perturbation():
    """To first order I dV = int j V_+ p / F ds over the electrodes, with fields of the uncoupled cell."""
    law, sodium = ButlerVolmer(10.0, 298.15, 0.4), ConfinedSodium(MOLAR_VOLUME, math.inf)
    load = Current(10.0 * WIDTH)
    plain = build(flawed(), law, (3e-4, -2e-4), sodium)
    voltage = plain.solve(load).conduction.voltage
    space = fem.functionspace(plain.domain.mesh, ("DG", 1))
    ion_pressure = fem.Function(space)
    expression = -ufl.tr(plain.mechanics.stress(plain.total)) / 3.0
    ion_pressure.interpolate(fem.Expression(expression, space.element.interpolation_points))
    work = sum(
        total(current * ion_pressure, plain.domain.ds(contact.kinds, 6))
        for contact, _, current, _ in plain.conduction.contact_expressions()
    )
    estimate = work / FARADAY / load.value  # V per (m^3/mol)
    errors = []
    for volume in (2e-7, 1e-7):
        cell = build(flawed(), law, (3e-4, -2e-4), sodium, ion_partial_molar_volume=volume, coupling_tolerance=1e-13)
        change = cell.solve(load).conduction.voltage - voltage
        errors.append(abs(change / (estimate * volume) - 1.0))
    assert errors[1] < 0.02 and errors[1] < 0.7 * errors[0]


def check_large_ion_volume_still_agrees_with_itself():
    """The loop ends where conduction and mechanics agree: solving again from there changes nothing."""
    cell = build(
        flawed(),
        ButlerVolmer(10.0, 298.15),
        (3e-4, -2e-4),
        ConfinedSodium(MOLAR_VOLUME, math.inf),
        ion_partial_molar_volume=5e-6,
        coupling_tolerance=1e-10,
    )
    first = cell.solve(Current(10.0 * WIDTH))
    second = cell.solve(Current(10.0 * WIDTH))
    assert 2 <= second.coupling_iterations <= first.coupling_iterations < 20
    assert second.conduction.voltage == pytest.approx(first.conduction.voltage, rel=1e-9)
    assert second.conduction.current_in == pytest.approx(second.conduction.current_out, rel=1e-9)


def check_cell_without_mechanics():
    tagged = flawed()
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    law = LinearResistance(2e-3)

    def conduction(ion_potential):
        assert ion_potential is None
        contacts = [Contact((PLATING, WALL), law)], [Contact((STRIPPING,), law)]
        return Conduction(domain, np.tile(0.1 * np.eye(2), (2, 1, 1)), None, *contacts)

    cell = Cell(domain, conduction, None, MOLAR_VOLUME)
    # the flaw wall is flat here, so the cell is one-dimensional
    voltage = cell.solve(Current(10.0 * WIDTH)).conduction.voltage
    assert voltage == pytest.approx(10.0 * (HEIGHT / 0.1 + 4e-3), rel=1e-10)
    assert cell.deposit_pressures == []


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
