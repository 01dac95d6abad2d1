# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reading a spectrum: relaxation times, circuits, names of arcs, bricks; and that computed spectra are causal."""

import numpy as np
import pytest
from scipy.optimize import nnls

from jadeite.fem.reduced_response import ReducedResponse
from jadeite.fem.solvers import ConvergenceError
from jadeite.physics.impedance import elements
from jadeite.physics.impedance import relaxation_times as distribution
from jadeite.physics.impedance.brick_layer import brick_layer_reading, mean_intercept
from jadeite.physics.impedance.circuit import Arc, ArcName, Circuit, fit_circuit
from jadeite.physics.impedance.relaxation_times import relaxation_times
from sample_meshes import grain_mesh

OMEGA = 2.0 * np.pi * np.logspace(0, 9, 73)
THICKNESS = 50e-6
#: Resistance (ohm m^2), time (s) and exponent of grains, boundaries, electrodes.
ARCS = ((2.5e-4, 2.2e-9, 1.0), (1e-4, 9e-7, 0.93), (5e-4, 5e-5, 0.97))


def spectrum(arcs=ARCS, offset=0.0):
    return offset + sum(elements.arc(r, t, OMEGA, a) for r, t, a in arcs)


def test_distribution_has_the_peaks_and_the_resistance_of_the_arcs():
    found = relaxation_times(OMEGA, spectrum(offset=1e-5))
    assert found.misfit < 5e-3
    assert (found.density >= 0.0).all()
    assert found.peaks[:, 0] == pytest.approx([t for _, t, _ in ARCS], rel=0.15)
    assert found.peaks[:, 1] == pytest.approx([r for r, _, _ in ARCS], rel=0.05)
    assert found.offset == pytest.approx(1e-5, rel=0.2)


def test_a_coarser_accuracy_gives_a_smoother_distribution():
    fine, coarse = (relaxation_times(OMEGA, spectrum(), accuracy) for accuracy in (2e-3, 3e-2))
    assert coarse.penalty > fine.penalty
    assert coarse.density.max() < fine.density.max()


def test_least_squares_that_do_not_end_are_said(monkeypatch):
    monkeypatch.setattr(distribution, "nnls", lambda rows, target, maxiter: nnls(rows, target, maxiter=1))
    with pytest.raises(ConvergenceError, match="distribution of relaxation times was not found"):
        distribution.relaxation_times(OMEGA, spectrum())


def test_distribution_leaves_out_a_capacitance_in_series():
    found = relaxation_times(OMEGA, spectrum(ARCS[:2]) + 1.0 / (0.05j * OMEGA))
    assert found.series_elastance == pytest.approx(20.0, rel=1e-2)
    assert found.peaks[:, 1].sum() == pytest.approx(3.5e-4, rel=0.05)


def test_circuit_finds_the_parameters_and_names_the_arcs():
    impedance = spectrum(offset=2e-5)
    found = fit_circuit(OMEGA, impedance, relaxation_times(OMEGA, impedance), THICKNESS)
    assert found.misfit < 1e-5
    assert found.offset == pytest.approx(2e-5, rel=1e-3)
    assert [arc.name for arc in found.arcs] == [ArcName.GRAINS, ArcName.BOUNDARIES, ArcName.ELECTRODES]
    for arc, (resistance, time, exponent) in zip(found.arcs, ARCS, strict=True):
        assert (arc.resistance, arc.time, arc.exponent) == pytest.approx((resistance, time, exponent), rel=1e-3)


def test_circuit_before_blocking_electrodes():
    impedance = spectrum(ARCS[:2]) + 1.0 / (0.05 * (1j * OMEGA) ** 0.95)
    found = fit_circuit(OMEGA, impedance, relaxation_times(OMEGA, impedance), THICKNESS)
    assert found.blocking == pytest.approx((0.05, 0.95), rel=1e-2)
    assert found.resistance_of(ArcName.GRAINS) == pytest.approx(2.5e-4, rel=2e-2)


def test_noise_does_not_invent_large_arcs():
    generator = np.random.default_rng(5)
    noise = 1.0 + 2e-3 * (generator.standard_normal(len(OMEGA)) + 1j * generator.standard_normal(len(OMEGA)))
    impedance = spectrum() * noise
    found = fit_circuit(OMEGA, impedance, relaxation_times(OMEGA, impedance), THICKNESS)
    assert len(found.arcs) == 3
    for name, (resistance, _, _) in zip(ArcName, ARCS, strict=True):
        assert found.resistance_of(name) == pytest.approx(resistance, rel=0.05)


def test_bricks_are_read_exactly():
    # 10 bricks of 5 um: R_g = L/s, R_gb = 10 R, C_gb = c/10
    arcs = (
        Arc(ArcName.GRAINS, THICKNESS / 0.2, 2.2e-9, 1.0),
        Arc(ArcName.BOUNDARIES, 10 * 1e-5, 10 * 1e-5 * 0.09 / 10, 1.0),
    )
    reading = brick_layer_reading(Circuit(0.0, arcs, None, 0.0), THICKNESS, 5e-6)
    assert reading.grain_conductivity == pytest.approx(0.2)
    assert reading.boundary_resistance == pytest.approx(1e-5)
    assert reading.boundary_capacitance == pytest.approx(0.09)


def test_mean_intercept_of_squares():
    # lines of all directions through squares of edge a: pi a^2 / perimeter = pi a / 4, here without the outer walls
    mesh = grain_mesh(40e-6, 40e-6, 8, 8, lambda x: (x[:, 0] // 10e-6 + 4 * (x[:, 1] // 10e-6)).astype(int))
    inside = 2 * 3 * 40e-6
    assert mean_intercept(mesh, np.ones(len(mesh.surfaces.name))) == pytest.approx(np.pi / 2 * (40e-6) ** 2 / inside)
    assert mean_intercept(mesh, np.zeros(len(mesh.surfaces.name))) is None


def random_response(size=30, seed=1):
    """A passive system with as many unknowns as vectors: conductances and capacitances of random networks."""
    generator = np.random.default_rng(seed)

    def network(decades):
        branches = generator.standard_normal((3 * size, size + 1))
        return (branches * 10.0 ** generator.uniform(*decades, (3 * size, 1))).T @ branches

    conductance, capacitance = network((2, 4)), network((-6, -2))
    return ReducedResponse(np.eye(size), conductance, capacitance, ("all",), conductance[None], capacitance[None])


def misfit_of_causal_circuits(impedance):
    """Boukamp's linear test (J. Electrochem. Soc. 142, 1995, 1885): resistors and capacitors of fixed times, any sign.

    What obeys the relations of Kramers and Kronig is fitted; what does not is not.
    """
    times = 1.0 / np.geomspace(OMEGA[0] / 3.0, OMEGA[-1] * 3.0, 60)
    columns = np.column_stack([1.0 / (1.0 + 1j * np.outer(OMEGA, times)), np.ones(len(OMEGA))])
    weight = 1.0 / np.abs(impedance)
    rows = np.concatenate([(columns * weight[:, None]).real, (columns * weight[:, None]).imag])
    target = np.concatenate([(impedance * weight).real, (impedance * weight).imag])
    solution = np.linalg.lstsq(rows, target, rcond=1e-9)[0]
    return np.max(np.abs(rows @ solution - target))


def test_computed_spectra_obey_kramers_and_kronig():
    impedance = random_response().impedance(OMEGA)
    assert misfit_of_causal_circuits(impedance) < 1e-3
    # the same test sees an imaginary part that is a tenth too large
    assert misfit_of_causal_circuits(impedance.real + 1.1j * impedance.imag) > 1e-2


def test_relaxations_give_the_spectrum_back():
    response = random_response()
    found = response.relaxations(1e4)
    again = (found.resistances / (1.0 + 1j * np.outer(OMEGA, found.times))).sum(axis=1)
    assert again + found.series_elastance / (1j * OMEGA) == pytest.approx(response.impedance(OMEGA), rel=1e-6)
    assert (found.resistances >= 0.0).all()


def test_contributions_add_up():
    response = random_response()
    assert response.contributions(OMEGA)[0] == pytest.approx(response.impedance(OMEGA), rel=1e-8)
