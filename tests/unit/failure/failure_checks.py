# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of what is read off a solved cell, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI

from jadeite.constants import thermal_voltage
from jadeite.failure.electronic import ElectronicPotential
from jadeite.failure.probes import BoundaryProbe, ElectrodeProbe
from jadeite.failure.resistance import ReferenceCeramic
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, ConfinedSodium, LinearResistance
from sample_meshes import grain_mesh, layered_mesh, retag

COMM = MPI.COMM_WORLD
PLATING, STRIPPING, WALL = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.FLAW_WALL
WIDTH, HEIGHT, SIGMA, INTERFACE, BOUNDARY, J = 30e-6, 20e-6, 0.1, 2e-3, 5e-5, 10.0


def solved(tagged, sodium=None):
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    law = LinearResistance(INTERFACE)
    problem = Conduction(
        domain,
        np.tile(SIGMA * np.eye(2), (len(tagged.regions), 1, 1)),
        np.full(len(tagged.surfaces), BOUNDARY),
        [Contact((PLATING,), law), Contact((WALL,), law, sodium)],
        [Contact((STRIPPING,), law)],
    )
    return problem, problem.solve(Current(J * WIDTH))


def grains():
    return grain_mesh(WIDTH, HEIGHT, 15, 10, lambda m: (m[:, 0] > 0.6 * WIDTH) + 2 * (m[:, 1] > 0.5 * HEIGHT))


def check_boundary_readings_sum_to_the_boundary_power():
    problem, result = solved(
        retag(grains(), SurfaceKind.UNWETTED_PATCH, "void", lambda m: (m[:, 1] == 0) & (m[:, 0] < 8e-6))
    )
    reading = BoundaryProbe(problem).read()
    assert reading.dissipation.sum() == pytest.approx(result.boundary_power, rel=1e-9)
    rows = problem.domain.surface_rows(SurfaceKind.GRAIN_BOUNDARY)
    assert (reading.dissipation[rows] > 0).all() and np.delete(reading.dissipation, rows).max() == 0.0


def check_electrode_reading_integrates_to_the_current():
    problem, result = solved(grains())
    reading = ElectrodeProbe(problem).read()
    for kind, sign in ((PLATING, 1.0), (STRIPPING, -1.0)):
        part = reading.on(problem.domain.surface_rows(kind))
        assert (part.current_density * part.weight).sum() == pytest.approx(sign * result.current_out, rel=1e-9)
        np.testing.assert_allclose(part.overpotential, INTERFACE * part.current_density, rtol=1e-9)


def check_resistance_parts():
    """Parts add up; uniform contact has no constriction, a void beside a confined flaw has a positive one."""
    problem, result = solved(layered_mesh([HEIGHT / 2] * 2, WIDTH))
    parts = ReferenceCeramic(problem, WIDTH, HEIGHT).breakdown(result)
    assert parts.bulk == pytest.approx(HEIGHT / SIGMA, rel=1e-9)
    assert parts.grain_boundaries == pytest.approx(BOUNDARY, rel=1e-9)
    assert parts.plating_interface == pytest.approx(INTERFACE, rel=1e-9)
    assert parts.stripping_interface == pytest.approx(INTERFACE, rel=1e-9)
    assert abs(parts.constriction) < 1e-9 * parts.total
    flawed = retag(grains(), WALL, "flaw deep", lambda m: (m[:, 1] == 0) & (abs(m[:, 0] - 9e-6) < 3.1e-6))
    flawed = retag(flawed, SurfaceKind.UNWETTED_PATCH, "void", lambda m: (m[:, 1] == 0) & (m[:, 0] > 24e-6))
    problem, result = solved(flawed, ConfinedSodium(23.78e-6, np.inf))
    parts = ReferenceCeramic(problem, WIDTH, HEIGHT).breakdown(result)
    assert parts.total == pytest.approx(result.voltage / J, rel=1e-9)
    assert parts.constriction > 0


def check_resistance_by_class_of_boundary():
    """Four layers in series: a low-angle and a high-angle boundary, one between materials, and a film."""
    tagged = layered_mesh([HEIGHT / 4] * 4, WIDTH, materials=["good", "good", "poor", "poor"])
    rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    angles = tagged.surfaces.misorientation.copy()
    angles[rows] = np.radians([5.0, np.nan, 40.0])
    tagged = replace(tagged, surfaces=replace(tagged.surfaces, misorientation=angles))
    resistance = np.zeros(len(tagged.surfaces))
    resistance[rows] = [1e-5, 2e-5, 4e-5]
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    problem = Conduction(
        domain,
        np.tile(SIGMA * np.eye(2), (4, 1, 1)),
        resistance,
        [Contact((PLATING,), ButlerVolmer(10.0, 298.15, 0.5, INTERFACE))],
        [Contact((STRIPPING,), LinearResistance(INTERFACE))],
    )
    result = problem.solve(Current(J * WIDTH))
    parts = ReferenceCeramic(problem, WIDTH, HEIGHT).breakdown(result)
    found = {part.label: part.value for part in parts.parts}
    assert sum(found.values()) == pytest.approx(result.voltage / J, rel=1e-9)
    for label, value in (
        ("grain boundaries, low angle", 1e-5),
        ("grain boundaries, high angle", 4e-5),
        ("phase boundaries good | poor", 2e-5),
        ("plating interface, film", INTERFACE),
        ("stripping interface", INTERFACE),
    ):
        assert found[label] == pytest.approx(value, rel=1e-8), label
    kinetics = 2.0 * thermal_voltage(298.15) * np.arcsinh(0.5 * J / 10.0) / J
    assert found["plating interface, charge transfer"] == pytest.approx(kinetics, rel=1e-8)


def check_power_along_boundaries_is_a_part_of_its_own():
    """One boundary from electrode to electrode carries its share along its plane, and nothing across."""
    tagged, lateral = grain_mesh(WIDTH, HEIGHT, 12, 8, lambda m: m[:, 0] > 0.5 * WIDTH), 1e-6
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    ideal = [Contact((PLATING,), None)], [Contact((STRIPPING,), None)]
    count = len(tagged.surfaces)
    problem = Conduction(
        domain,
        np.tile(SIGMA * np.eye(2), (2, 1, 1)),
        np.full(count, BOUNDARY),
        *ideal,
        boundary_conductance=np.full(count, lateral),
    )
    result = problem.solve(Current(J * WIDTH))
    found = {p.label: p.value for p in ReferenceCeramic(problem, WIDTH, HEIGHT).breakdown(result).parts}
    whole = HEIGHT / (SIGMA + lateral / WIDTH)
    share = lateral / WIDTH / (SIGMA + lateral / WIDTH)
    assert found["grains (bulk)"] == pytest.approx(whole * (1.0 - share), rel=1e-9)
    assert found["grain boundaries, along"] == pytest.approx(whole * share, rel=1e-9)
    assert abs(found["grain boundaries"]) < 1e-9 * whole


def check_sodium_potential_of_a_laminate():
    """mu_Na / F is +r j beside the plating metal and -r j beside the stripping one, antisymmetric about the middle."""
    problem, result = solved(layered_mesh([HEIGHT], WIDTH, 4, 6))
    potential = ElectronicPotential(problem).sodium_potential(result.voltage)
    height = problem.space.space.tabulate_dof_coordinates()[:, 1]
    np.testing.assert_allclose(potential, INTERFACE * J * (1.0 - 2.0 * height / HEIGHT), atol=1e-10 * INTERFACE * J)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
