# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of boundaries that resist across and conduct along, on any number of ranks; as a script under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
from conduction_checks import HEIGHT, WIDTH, assert_balanced, conduction, grains, resistances
from mpi4py import MPI

from jadeite.failure.probes import BoundaryProbe
from jadeite.physics.conduction_state import Current, Voltage
from sample_meshes import grain_mesh, solid_grains

COMM = MPI.COMM_WORLD
SIZE = 2e-6  # of a cell of the grains
SIGMA = 0.1


def conductances(tagged, value=3e-7):
    """Boundaries that conduct along their plane, each another amount, every third not at all."""
    number = np.arange(len(tagged.surfaces))
    return np.where(number % 3 == 0, 0.0, value * (1.0 + number % 5))


def check_balance_with_everything_at_once():
    """Current and power balance, and each boundary tells what it costs, in the plane and in space."""
    for tagged, contacts, degree in (
        (grains(flaw=True), ("film", "linear"), 2),
        (grains(), ("ideal", "ideal"), 1),
        (solid_grains(4, 5, WIDTH), ("linear", "ideal"), 1),
    ):
        problem = conduction(tagged, *contacts, boundary_conductance=conductances(tagged), degree=degree)
        assert problem.network is not None
        result = problem.solve(Current(1e-4 if tagged.dimension == 2 else 1e-9))
        assert_balanced(result)
        assert 0.0 < result.along_power < result.boundary_power
        reading = BoundaryProbe(problem).read()
        assert reading.dissipation.sum() == pytest.approx(result.boundary_power, rel=1e-8)
        assert reading.along.sum() == pytest.approx(result.along_power, rel=1e-8)
        assert (reading.along[conductances(tagged) == 0.0] == 0.0).all()


def check_a_boundary_that_hardly_conducts_along_is_one_that_does_not():
    tagged = grains(flaw=True)
    plain = conduction(tagged).solve(Current(1e-4))
    # the first is left out; the second counts, with the error of a mesh too coarse for the ends of boundaries
    for value, tolerance in ((1e-14, 1e-10), (1e-12, 1e-3)):
        lateral = conduction(tagged, boundary_conductance=np.full(len(tagged.surfaces), value)).solve(Current(1e-4))
        assert lateral.voltage == pytest.approx(plain.voltage, rel=tolerance)


def check_no_resistance_is_the_limit_of_a_small_one():
    """Some boundaries resist, some do not, whatever they do along their plane: zero is what 1e-6 of a cell comes to.

    Grains that touch each other by way of others without resistance keep the resistance between them.
    """
    for tagged, size in ((grains(), SIZE), (solid_grains(4, 5, WIDTH), WIDTH / 4)):
        given = resistances(tagged)
        chosen = np.arange(len(tagged.surfaces)) % 2 == 0
        for along in (None, conductances(tagged)):
            voltages = []
            for little in (0.0, 1e-6 * size / SIGMA):
                problem = conduction(
                    tagged, resistance=np.where(chosen, little, given), boundary_conductance=along, degree=1
                )
                result = problem.solve(Current(1e-4 if tagged.dimension == 2 else 1e-9))
                assert_balanced(result, 1e-6)
                assert result.boundary_power > 0.0
                voltages.append(result.voltage)
            assert voltages[0] == pytest.approx(voltages[1], rel=1e-5)


def check_next_to_no_resistance_is_none():
    tagged = grains()
    perfect = conduction(tagged, resistance=np.zeros(len(tagged.surfaces)))
    nearly = conduction(tagged, resistance=np.full(len(tagged.surfaces), 1e-11 * SIZE / SIGMA))
    assert nearly.solve(Current(1e-4)).voltage == pytest.approx(perfect.solve(Current(1e-4)).voltage, rel=1e-10)


def check_more_conductance_never_costs_voltage():
    """Rayleigh's monotonicity law: the power of a network falls with every conductance in it."""
    tagged = grains()
    found = []
    for factor in (0.0, 0.1, 1.0, 10.0, 1e4):
        problem = conduction(tagged, boundary_conductance=factor * conductances(tagged))
        found.append(problem.solve(Current(1e-4)).voltage)
    assert (np.diff(found) < 0.0).all()


def check_a_boundary_between_ideal_electrodes_has_their_potential():
    """A straight boundary from metal to metal, both ideal, carries kappa/L, whatever it resists across."""
    lateral, height = 4e-7, HEIGHT
    tagged = halves()
    none = conduction(tagged, "ideal", "ideal", conductivity=SIGMA * np.tile(np.eye(2), (2, 1, 1)))
    base = none.solve(Voltage(1.0)).current_out
    for resistance in (0.0, 1e-6, 1.0):
        problem = conduction(
            tagged,
            "ideal",
            "ideal",
            np.full(len(tagged.surfaces), resistance),
            conductivity=SIGMA * np.tile(np.eye(2), (2, 1, 1)),
            boundary_conductance=np.full(len(tagged.surfaces), lateral),
        )
        assert problem.solve(Voltage(1.0)).current_out == pytest.approx(base + lateral / height, rel=1e-9)


def check_iterations_do_not_depend_on_the_resistance():
    """Across twelve decades, with and without conduction along boundaries, and with the answer of a factorisation."""
    tagged = solid_grains(4, 6, WIDTH)
    count = len(tagged.surfaces)
    tensors = np.tile(SIGMA * np.eye(3), (len(tagged.regions), 1, 1))
    for along in (None, np.full(count, SIGMA * 5e-6)):
        iterations = []
        for contrast in (1e-6, 1e-3, 1.0, 1e3, 1e6):
            voltages = []
            for linear in ("iterative", "direct"):
                problem = conduction(
                    tagged,
                    "ideal",
                    "ideal",
                    np.full(count, contrast * 1e-5 / SIGMA),
                    conductivity=tensors,
                    boundary_conductance=along,
                    linear=linear,
                )
                result = problem.solve(Current(1e-9))
                voltages.append(result.voltage)
                if linear == "iterative":
                    iterations.append(problem.linear_iterations / (2 * result.newton.steps))
            assert voltages[0] == pytest.approx(voltages[1], rel=1e-7)
        assert max(iterations) < 3.0 * min(iterations), iterations


def halves():
    """Two grains side by side."""
    return grain_mesh(WIDTH, HEIGHT, 12, 8, lambda m: m[:, 0] > 0.5 * WIDTH)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
