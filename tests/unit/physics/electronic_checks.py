# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of electronic conduction, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from jadeite.constants import thermal_voltage
from jadeite.fem.broken import broken_space
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import LinearResistance
from jadeite.physics.electronic_conduction import ElectronicConduction
from jadeite.verification.measure import facet_mean
from sample_meshes import box_mesh, grain_mesh, layered_mesh

COMM = MPI.COMM_WORLD
PLATING, STRIPPING = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE
WIDTH, HEIGHT, LEAK, VOLTAGE = 20e-6, 40e-6, 1e-7, 0.12


def on(tagged, ionic=lambda x: 0.0 * x[0], leak=LEAK, degree=2, **settings):
    """Electrons on a mesh with a prescribed ionic potential that does not jump."""
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    pieces = np.zeros(len(domain.cell_region), dtype=np.int32)
    space = broken_space(domain.mesh, pieces, ("Lagrange", degree))
    potential = fem.Function(space.space)
    potential.interpolate(ionic)
    conductivity = np.broadcast_to(leak, len(domain.tagged.regions)).astype(float)
    return domain, ElectronicConduction(domain, space, potential, conductivity, degree=degree, **settings)


def check_layers_and_interfaces_are_in_series():
    domain, electrons = on(layered_mesh([10e-6, 30e-6], WIDTH), leak=[1e-7, 4e-7], interface_resistance=(200.0, 50.0))
    result = electrons.solve(VOLTAGE)
    density = VOLTAGE / (200.0 + 10e-6 / 1e-7 + 30e-6 / 4e-7 + 50.0)
    assert result.current_in == pytest.approx(density * WIDTH, rel=1e-9)
    assert result.current_out == pytest.approx(density * WIDTH, rel=1e-9)
    assert facet_mean(domain, PLATING, electrons.unknown) == pytest.approx(200.0 * density, rel=1e-9)
    assert facet_mean(domain, STRIPPING, electrons.unknown) == pytest.approx(VOLTAGE - 50.0 * density, rel=1e-9)


def check_a_linear_problem_is_solved_once_for_all_voltages():
    _, electrons = on(layered_mesh([HEIGHT], WIDTH))
    first, second = electrons.solve(VOLTAGE), electrons.solve(-3 * VOLTAGE)
    assert (first.newton_steps, second.newton_steps) == (1, 0)
    assert second.current_in == pytest.approx(-3 * first.current_in, rel=1e-12)


def check_a_boundary_upright_carries_beside_the_grains():
    """Two grains with an upright boundary: WIDTH s / H and k / H side by side."""
    tagged = grain_mesh(WIDTH, HEIGHT, 4, 6, lambda m: (m[:, 0] > 0.5 * WIDTH).astype(int))
    along = 3e-12
    _, electrons = on(tagged, boundary_conductance=np.full(len(tagged.surfaces), along))
    result = electrons.solve(VOLTAGE)
    assert result.current_in == pytest.approx(VOLTAGE * (LEAK * WIDTH + along) / HEIGHT, rel=1e-9)


def check_conductivity_follows_sodium_on_a_slope():
    """exp(-b phi_e F/RT) obeys a linear equation, grains and an upright boundary alike."""
    exponent, low, high = 0.8, 0.03, 0.09
    tagged = grain_mesh(WIDTH, HEIGHT, 4, 24, lambda m: (m[:, 0] > 0.5 * WIDTH).astype(int))
    along = 3e-12
    _, electrons = on(
        tagged,
        lambda x: low + (high - low) * x[1] / HEIGHT,
        sodium_exponent=exponent,
        boundary_conductance=np.full(len(tagged.surfaces), along),
    )
    result = electrons.solve(VOLTAGE)
    rate = exponent / thermal_voltage(298.15)
    weight = (np.exp(-rate * low) - np.exp(-rate * high)) / (rate * (high - low))
    exact = (1.0 - np.exp(-rate * VOLTAGE)) / (rate * weight) * (LEAK * WIDTH + along) / HEIGHT
    assert result.current_in == pytest.approx(exact, rel=1e-5)
    assert result.current_out == pytest.approx(result.current_in, rel=1e-8)


def check_newton_converges_quadratically_where_electrons_follow_sodium_strongly():
    _, electrons = on(layered_mesh([HEIGHT], WIDTH, along=24), lambda x: 0.3 - 0.1 * x[1] / HEIGHT, sodium_exponent=1.0)
    assert electrons.solve(0.4).newton_steps <= 15


def check_in_space_and_with_an_iteration():
    tagged = box_mesh([HEIGHT], [WIDTH, WIDTH], [3, 3], along=4)
    for linear in ("direct", "iterative"):
        _, electrons = on(tagged, lambda x: 0.05 + 0.0 * x[0], sodium_exponent=0.5, linear=linear)
        result = electrons.solve(VOLTAGE)
        rate = 0.5 / thermal_voltage(298.15)
        exact = np.exp(rate * 0.05) * (1.0 - np.exp(-rate * VOLTAGE)) / rate * LEAK * WIDTH**2 / HEIGHT
        assert result.current_in == pytest.approx(exact, rel=1e-3)


def check_a_sink_keeps_sodium_at_its_limit():
    """A boundary across the current between grains: electrons arrive from the plating side, ions from the other."""
    height, level, limit = 0.25 * HEIGHT, 0.08, 0.03
    tagged = layered_mesh([height, HEIGHT - height], WIDTH, along=6)
    _, electrons = on(tagged, lambda x: level + 0.0 * x[0], sink_limit=np.full(len(tagged.surfaces), limit))
    result = electrons.solve(VOLTAGE)
    there = level - limit
    below, above = there / height, (VOLTAGE - there) / (HEIGHT - height)
    assert result.current_in == pytest.approx(LEAK * WIDTH * below, rel=2e-3)
    assert result.sink_current == pytest.approx(LEAK * WIDTH * (below - above), rel=2e-3)
    assert result.current_in == pytest.approx(result.current_out + result.sink_current, rel=1e-8)


def check_a_sink_below_its_limit_does_nothing():
    tagged = layered_mesh([0.5 * HEIGHT, 0.5 * HEIGHT], WIDTH)
    _, electrons = on(tagged, sink_limit=np.full(len(tagged.surfaces), 0.1))
    result = electrons.solve(VOLTAGE)
    assert result.sink_current == 0.0
    assert result.current_in == pytest.approx(VOLTAGE * LEAK * WIDTH / HEIGHT, rel=1e-9)


def check_sodium_jumps_with_the_ions_at_a_boundary():
    """The potential of electrons is continuous where that of the ions jumps by R j."""
    tagged = layered_mesh([0.5 * HEIGHT, 0.5 * HEIGHT], WIDTH)
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    law, step = LinearResistance(1e-3), 2e-4
    ions = Conduction(
        domain,
        np.tile(0.1 * np.eye(2), (2, 1, 1)),
        np.full(len(tagged.surfaces), step),
        [Contact((PLATING,), law)],
        [Contact((STRIPPING,), law)],
    )
    voltage = ions.solve(Current(10.0 * WIDTH)).voltage
    electrons = ElectronicConduction(domain, ions.space, ions.unknown, np.full(2, LEAK))
    electrons.solve(voltage)
    sides = [facet_mean(domain, SurfaceKind.GRAIN_BOUNDARY, electrons.sodium_potential(), side=side) for side in (0, 1)]
    assert sides[1] - sides[0] == pytest.approx(10.0 * step, rel=1e-9)
    assert sum(sides) == pytest.approx(0.0, abs=1e-9)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
