# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of the conduction problem that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import math

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from jadeite.constants import FARADAY, thermal_voltage
from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain
from jadeite.fem.solvers import ConvergenceError
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, ConfinedSodium, LinearResistance
from sample_meshes import box_mesh, grain_mesh, layered_mesh, retag, solid_grains

COMM = MPI.COMM_WORLD
TEMPERATURE = 298.15
PLATING, STRIPPING, WALL = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.FLAW_WALL
WIDTH, HEIGHT = 40e-6, 20e-6
MOLAR_VOLUME = 23.78e-6

LAWS = {
    "ideal": None,
    "linear": LinearResistance(2e-3),
    "butler_volmer": ButlerVolmer(10.0, TEMPERATURE, 0.3),
    "film": ButlerVolmer(10.0, TEMPERATURE, 0.6, 2.2e-3),
}


def domain_of(tagged):
    return Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)


def grains(flaw=False):
    """Five grains around two junctions; with a stretch of flaw wall and an unwetted patch on the plating side."""

    def region_of(middle):
        x, y = middle[:, 0] / WIDTH, middle[:, 1] / HEIGHT
        lower = np.where(x < 0.4, 0, 1)
        upper = np.where(x < 0.25, 2, np.where(x < 0.7, 3, 4))
        return np.where(y < 0.5, lower, upper)

    tagged = grain_mesh(WIDTH, HEIGHT, 20, 10, region_of)
    if flaw:
        tagged = retag(tagged, WALL, "flaw deep", lambda m: (m[:, 1] == 0) & (m[:, 0] < 0.2 * WIDTH))
        tagged = retag(
            tagged,
            SurfaceKind.UNWETTED_PATCH,
            "void",
            lambda m: (m[:, 1] == 0) & (abs(m[:, 0] - 0.6 * WIDTH) < 0.1 * WIDTH),
        )
    return tagged


def conductivity(regions, dimension=2):
    """Positive definite tensors, each another one."""
    random = np.random.default_rng(5)
    root = random.normal(size=(regions, dimension, dimension))
    return 0.05 * (np.einsum("rik,rjk->rij", root, root) + 0.5 * np.eye(dimension))


def resistances(tagged, value=3e-5):
    """Boundaries that resist, each another one; electrodes ignore theirs."""
    return value * (1.0 + np.arange(len(tagged.surfaces)))


def conduction(tagged, plating="linear", stripping="linear", resistance="default", sodium=None, **more):
    plates = [Contact((PLATING,), LAWS[plating]), Contact((WALL,), LAWS[plating], sodium)]
    return Conduction(
        domain_of(tagged),
        more.pop("conductivity", conductivity(len(tagged.regions), tagged.dimension)),
        resistances(tagged) if isinstance(resistance, str) else resistance,
        plates,
        [Contact((STRIPPING,), LAWS[stripping])],
        **more,
    )


def assert_balanced(result, tolerance=1e-8):
    """Current in equals out, and what is dissipated is what the source delivers."""
    assert result.current_in == pytest.approx(result.current_out, rel=tolerance)
    spent = result.bulk_power + result.boundary_power + sum(result.interface_power)
    assert spent == pytest.approx(result.voltage * result.current_out, rel=tolerance)
    assert min(result.bulk_power, result.boundary_power) >= 0 and min(result.interface_power) >= -1e-12 * spent


def check_balance_and_round_trip_with_all_laws():
    tagged = grains(flaw=True)
    for plating, stripping in (
        ("ideal", "ideal"),
        ("linear", "ideal"),
        ("ideal", "film"),
        ("butler_volmer", "linear"),
        ("film", "butler_volmer"),
    ):
        problem = conduction(tagged, plating, stripping)
        for load in (0.01 * WIDTH, 30.0 * WIDTH):
            given = problem.solve(Current(load))
            assert given.current_out == pytest.approx(load, rel=1e-9)
            assert given.voltage > 0
            assert_balanced(given)
            back = conduction(tagged, plating, stripping).solve(Voltage(given.voltage))
            assert back.voltage == given.voltage
            assert back.current_out == pytest.approx(load, rel=1e-8), (plating, stripping)
            assert_balanced(back)


def check_linear_laws_give_a_linear_cell():
    problem = conduction(grains(flaw=True))
    one, three, back = (problem.solve(Current(j * WIDTH)) for j in (1.0, 3.0, -1.0))
    assert three.voltage == pytest.approx(3.0 * one.voltage, rel=1e-10)
    assert three.bulk_power == pytest.approx(9.0 * one.bulk_power, rel=1e-10)
    assert back.voltage == pytest.approx(-one.voltage, rel=1e-10)


def check_laminate_in_series():
    """Layers, an interface and Butler-Volmer with film on both sides add up, in two and three dimensions."""
    sigma, resistance, j = (0.1, 0.02), 7e-4, 20.0
    expected = j * (10e-6 / sigma[0] + 5e-6 / sigma[1] + resistance)
    kinetics = 2 * 2 * thermal_voltage(TEMPERATURE) * math.asinh(j / 20.0)
    flat = layered_mesh([10e-6, 5e-6], WIDTH)
    solid = box_mesh([10e-6, 5e-6], (WIDTH, 10e-6), (3, 2), 2)
    for tagged, area, film in ((flat, WIDTH, 3e-3), (solid, WIDTH * 10e-6, 0.0)):
        identity, law = np.eye(tagged.dimension), ButlerVolmer(10.0, TEMPERATURE, 0.5, film)
        for degree in (1, 2) if tagged.dimension == 2 else (1,):
            problem = Conduction(
                domain_of(tagged),
                np.array([s * identity for s in sigma]),
                np.full(len(tagged.surfaces), resistance),
                [Contact((PLATING,), law)],
                [Contact((STRIPPING,), law)],
                degree=degree,
            )
            result = problem.solve(Current(j * area))
            assert result.voltage == pytest.approx(expected + kinetics + 2 * j * film, rel=1e-9)
            assert result.boundary_power == pytest.approx(j**2 * resistance * area, rel=1e-9)
            assert_balanced(result)


def check_stack_pressure_does_not_move_the_cell():
    """A pressure on all of the metal shifts both equilibrium potentials alike: voltage, currents and losses stay."""
    for plating, stripping in (("linear", "ideal"), ("ideal", "film"), ("ideal", "ideal"), ("film", "linear")):
        problem = conduction(grains(flaw=True), plating, stripping)
        free = problem.solve(Current(5.0 * WIDTH))
        pressed = problem.solve(Current(5.0 * WIDTH), equilibrium_potential=-0.05)
        assert pressed.voltage == pytest.approx(free.voltage, rel=1e-9)
        assert_balanced(pressed)
        np.testing.assert_allclose(
            pressed.interface_power, free.interface_power, rtol=1e-8, atol=1e-12 * free.bulk_power
        )
        # the ceramic as a whole has moved by the shift
        point = integral(fem.form(problem.unknown * problem.domain.dx(2)), COMM) / (WIDTH * HEIGHT)
        problem.solve(Current(5.0 * WIDTH))
        before = integral(fem.form(problem.unknown * problem.domain.dx(2)), COMM) / (WIDTH * HEIGHT)
        assert point - before == pytest.approx(0.05, rel=1e-8)


def check_boundaries_without_resistance_merge_grains():
    tagged = grains()
    none = conduction(tagged, resistance=None)
    zero = conduction(tagged, resistance=np.zeros(len(tagged.surfaces)))
    some = resistances(tagged)
    across = next(row for row, pair in enumerate(tagged.surfaces.regions) if tuple(pair) == (0, 2))
    some[across] = 0.0
    partly = conduction(tagged, resistance=some)
    sizes = [problem.space.space.dofmap.index_map.size_global for problem in (none, zero, partly, conduction(tagged))]
    assert sizes[0] == sizes[1] < sizes[2] < sizes[3]
    voltages = [problem.solve(Current(WIDTH)).voltage for problem in (none, zero)]
    assert voltages[0] == pytest.approx(voltages[1], rel=1e-12)
    # and a resistance that goes to zero has them as its limit, linearly
    errors = []
    for tiny in (1e-8, 1e-10):
        problem = conduction(tagged, resistance=np.full(len(tagged.surfaces), tiny))
        errors.append(abs(problem.solve(Current(WIDTH)).voltage / voltages[0] - 1.0))
    assert errors[1] == pytest.approx(0.01 * errors[0], rel=0.1), errors
    # no dofs are split across the boundary without resistance
    nearly = resistances(tagged)
    nearly[across] = 1e-13
    assert partly.solve(Current(WIDTH)).voltage == pytest.approx(
        conduction(tagged, resistance=nearly).solve(Current(WIDTH)).voltage, rel=1e-6
    )


def check_ideal_contacts_are_the_limit_of_good_ones():
    tagged = grains()
    LAWS["good"] = LinearResistance(1e-12)
    ideal = conduction(tagged, "ideal", "ideal").solve(Current(WIDTH))
    good = conduction(tagged, "good", "good").solve(Current(WIDTH))
    assert good.voltage == pytest.approx(ideal.voltage, rel=1e-6)
    assert ideal.interface_power == (0.0, 0.0)


def check_no_load_means_no_current():
    """Without load the cell comes to rest, also when the state before was a loaded one."""
    problem = conduction(grains(), "film", "butler_volmer")
    problem.solve(Current(20.0 * WIDTH))
    for rest in (Current(0.0), Voltage(0.0)):
        result = problem.solve(rest)
        assert abs(result.voltage) < 1e-9 and abs(result.current_out) < 1e-9 * 20.0 * WIDTH


def check_small_voltage_is_solved_as_well_as_a_large_one():
    """The residual is measured against the current that flows, not against one without interface resistance."""
    LAWS["bad"] = LinearResistance(10.0)
    problem = conduction(grains(), "bad", "bad")
    result = problem.solve(Voltage(1.0))
    assert_balanced(result)
    assert result.current_out == pytest.approx(WIDTH / 20.0, rel=1e-2)


def check_iterative_and_direct_solver_agree():
    tagged = grains(flaw=True)
    results = [
        conduction(tagged, "film", "film", linear=name).solve(Current(10 * WIDTH)) for name in ("direct", "iterative")
    ]
    assert results[0].voltage == pytest.approx(results[1].voltage, rel=1e-9)
    assert results[0].boundary_power == pytest.approx(results[1].boundary_power, rel=1e-8)


def check_solid_with_a_cut():
    """In space: balance with all laws, either solver, and a cut full of confined sodium that takes no current."""
    side = 20e-6
    tagged = solid_grains(6, 8, side, flaw=(3, 2))
    sealed = ConfinedSodium(MOLAR_VOLUME, math.inf)
    results = []
    for linear in ("direct", "iterative"):
        problem = conduction(tagged, "film", "butler_volmer", sodium=sealed, linear=linear)
        results.append(problem.solve(Current(10.0 * side**2)))
        assert results[-1].current_out == pytest.approx(10.0 * side**2, rel=1e-9)
        assert_balanced(results[-1])
    assert results[0].voltage == pytest.approx(results[1].voltage, rel=1e-9)
    assert results[0].boundary_power == pytest.approx(results[1].boundary_power, rel=1e-8)
    # without the sodium's pressure the same cut takes current, and the cell needs less voltage
    open_cut = conduction(tagged, "film", "butler_volmer").solve(Current(10.0 * side**2))
    assert open_cut.voltage < results[0].voltage * (1 - 1e-3)


def check_confined_sodium_carries_no_current():
    """Where deposition is confined plating stops and p = F |D| / V; where it may escape the limit holds."""
    sealed = conduction(grains(flaw=True), "film", "film", sodium=ConfinedSodium(MOLAR_VOLUME, math.inf))
    assert_balanced(sealed.solve(Current(10 * WIDTH)))
    through, pressure, driving = wall_state(sealed)
    assert abs(through) < 1e-10 * WIDTH
    # in the mean: V p = -F D
    assert MOLAR_VOLUME * pressure == pytest.approx(-FARADAY * driving, rel=1e-10)
    assert driving < 0
    limit = 0.3 * pressure / (0.2 * WIDTH)
    leaking = conduction(grains(flaw=True), "film", "film", sodium=ConfinedSodium(MOLAR_VOLUME, limit))
    assert_balanced(leaking.solve(Current(10 * WIDTH)))
    through, pressure, driving = wall_state(leaking)
    assert through < -1e-3 * WIDTH
    assert pressure == pytest.approx(limit * 0.2 * WIDTH, rel=1e-10)
    # reversed, the flaw is stripped and nothing presses
    back = leaking.solve(Current(-10 * WIDTH))
    assert_balanced(back)
    through, pressure, driving = wall_state(leaking)
    assert through > 0 and driving > 0 and pressure == 0.0


def wall_state(problem):
    """Integrals over the flaw wall: current out of the metal (A/m), pressure (N/m), driving difference (V m)."""
    contact, driving, current, pressure = next(e for e in problem.contact_expressions() if e[0].sodium is not None)
    measure = problem.domain.ds(contact.kinds, 6)
    return [integral(fem.form(e * measure), COMM) for e in (current, pressure, driving)]


def check_ideal_contact_with_escaping_sodium_is_refused():
    with pytest.raises(ValueError, match="needs an interface with resistance"):
        conduction(grains(flaw=True), "ideal", "ideal", sodium=ConfinedSodium(MOLAR_VOLUME, 1e6))


def check_ideal_contact_with_confined_sodium():
    """The wall then carries nothing at all, as if it were insulated, and feels p = F |phi| / V of the ceramic."""
    problem = conduction(grains(flaw=True), "ideal", "linear", sodium=ConfinedSodium(MOLAR_VOLUME, math.inf))
    result = problem.solve(Current(10 * WIDTH))
    assert_balanced(result)
    _, pressure, _ = wall_state(problem)
    potential = integral(fem.form(problem.unknown * problem.domain.ds((WALL,), 6)), COMM)
    assert MOLAR_VOLUME * pressure == pytest.approx(FARADAY * potential, rel=1e-10)
    insulated = conduction(grains(flaw=True), "ideal", "linear")
    insulated.plating = [contact for contact in insulated.plating if WALL not in contact.kinds]
    insulated.__post_init__()
    assert insulated.solve(Current(10 * WIDTH)).voltage == pytest.approx(result.voltage, rel=1e-10)


def check_failure_names_the_problem_and_the_place():
    problem = conduction(grains(), "film", "film", maximum_newton_steps=1)
    with pytest.raises(ConvergenceError) as failure:
        problem.solve(Current(1e4 * WIDTH))
    message = str(failure.value)
    assert message.startswith("conduction: ") and "DIVERGED_MAX_IT" in message and "maximum_newton_steps" in message
    assert "um in grain " in message
    assert len(set(COMM.allgather(message))) == 1


def check_a_bordering_electrode_may_lie_on_few_ranks():
    """A tall narrow cell: its electrodes lie far from some ranks."""
    tagged = layered_mesh([5e-6] * 8, 5e-6, across=2, along=3)
    law = ButlerVolmer(10.0, TEMPERATURE, 0.4)
    problem = Conduction(
        domain_of(tagged),
        np.tile(0.1 * np.eye(2), (8, 1, 1)),
        np.full(len(tagged.surfaces), 1e-4),
        [Contact((PLATING,), None)],
        [Contact((STRIPPING,), law)],
    )
    result = problem.solve(Current(20.0 * 5e-6))
    assert result.voltage == pytest.approx(20.0 * (40e-6 / 0.1 + 7e-4) + law.overpotential(20.0), rel=1e-9)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
