# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of the small-signal system on any number of ranks: circuits in closed form, the 2x2 form, both solvers."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import contextlib
import tempfile
from pathlib import Path

import numpy as np
from mpi4py import MPI

from jadeite.constants import VACUUM_PERMITTIVITY, thermal_voltage
from jadeite.fem.domain import Domain
from jadeite.fem.frequency_response import sweep
from jadeite.fem.solvers import LinearMethod
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.prepared_run import CheckpointedStop
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, LinearResistance
from jadeite.physics.impedance.small_signal import SmallSignal
from jadeite.physics.series_resistance import SeriesPart, SeriesResistance
from jadeite.study import checkpoint
from jadeite.study.checkpoint import Checkpoint
from jadeite.verification.direct_response import direct_admittance
from parallel_script import run_checks
from sample_meshes import box_mesh, grain_mesh, layered_mesh

COMM = MPI.COMM_WORLD
PLATING, STRIPPING = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE
OMEGA = 2.0 * np.pi * np.logspace(-1, 8, 40)
SIGMA, EPS, R_GB, C_GB = 0.1, 30.0 * VACUUM_PERMITTIVITY, 1e-5, 0.05


def stack(plating, stripping, layers=4, thickness=10e-6, boundaries=True, degree=2, linear="automatic", solid=False):
    """Layers of 10 um between two laws, with boundaries of 1e-5 ohm m^2 and 0.05 F/m^2; laws may be functions."""
    if solid:
        mesh = box_mesh([thickness] * layers, (4e-6, 4e-6), (2, 2), along=2)
    else:
        mesh = layered_mesh([thickness] * layers, 4e-6, across=2, along=2)
    domain = Domain.from_tagged_mesh(mesh)
    resistance = np.full(len(domain.tagged.surfaces.name), R_GB) if boundaries else None
    dimension = domain.dimension
    conductivity = np.tile(SIGMA * np.eye(dimension), (layers, 1, 1))
    contacts = [
        (law(domain, kind) if callable(law) else Contact((kind,), law),)
        for law, kind in ((plating, PLATING), (stripping, STRIPPING))
    ]
    problem = Conduction(domain, conductivity, resistance, *contacts, degree=degree, linear=linear)
    area = 4e-6 if dimension == 2 else 16e-12
    return problem, area


def small_signal(problem, voltage=0.0):
    capacitance = np.full(len(problem.domain.tagged.surfaces.name), C_GB)
    return SmallSignal(problem, voltage, np.full(len(problem.domain.tagged.regions), EPS), capacitance)


def ceramic(omega, layers=4, thickness=10e-6, boundaries=True):
    bulk = layers * thickness / (SIGMA + 1j * omega * EPS)
    return bulk + (layers - 1) / (1.0 / R_GB + 1j * omega * C_GB) * boundaries


def close(one, other, tolerance):
    error = np.max(np.abs(one - other) / np.abs(other))
    assert error < tolerance, error


def check_ideal_contacts_give_the_brick_layer():
    problem, area = stack(None, None)
    response, _ = sweep(small_signal(problem).system, OMEGA, LinearMethod.DIRECT)
    close(area * response.impedance(OMEGA), ceramic(OMEGA), 1e-8)
    close(area * response.impedance(np.zeros(1)), ceramic(np.zeros(1)), 1e-8)


def check_charge_transfer_beside_the_double_layer():
    law = ButlerVolmer(10.0, 298.15, double_layer_capacitance=0.2)
    problem, area = stack(law, LinearResistance(3e-3, 0.1))
    response, _ = sweep(small_signal(problem).system, OMEGA, LinearMethod.DIRECT)
    transfer = 10.0 / thermal_voltage(298.15)
    expected = ceramic(OMEGA) + 1 / (transfer + 0.2j * OMEGA) + 1 / (1 / 3e-3 + 0.1j * OMEGA)
    close(area * response.impedance(OMEGA), expected, 1e-8)


def with_series(law, value):
    def contact(domain, kind):
        series = SeriesResistance(domain, (kind,))
        series.assign(SeriesPart.CONTACT, value)
        return Contact((kind,), law, series=series)

    return contact


def check_film_and_contact_are_in_series_with_both():
    law = ButlerVolmer(10.0, 298.15, film_resistance=1e-3, double_layer_capacitance=0.2)
    problem, area = stack(with_series(law, 5e-4), with_series(LinearResistance(3e-3, 0.1), 2e-3))
    signal = small_signal(problem)
    response, _ = sweep(signal.system, OMEGA, LinearMethod.DIRECT)
    plating = 1 / (10.0 / thermal_voltage(298.15) + 0.2j * OMEGA)
    stripping = 1 / (1 / 3e-3 + 0.1j * OMEGA)
    close(area * response.impedance(OMEGA), ceramic(OMEGA) + plating + stripping + 3.5e-3, 1e-8)
    shares = area * response.contributions(OMEGA)
    for name, expected in (
        ("plating electrode, charge transfer", plating),
        ("plating electrode, film and contact", 1.5e-3),
        ("stripping electrode, charge transfer", stripping),
        ("stripping electrode, film and contact", 2e-3),
        ("grain boundaries", 3 / (1 / R_GB + 1j * OMEGA * C_GB)),
    ):
        got = shares[response.names.index(name)]
        assert np.max(np.abs(got - expected)) < 1e-6 * np.max(np.abs(expected)), name
    close(shares.sum(axis=0), area * response.impedance(OMEGA), 1e-8)


def check_series_without_charge_transfer_resists_alone():
    problem, area = stack(with_series(LinearResistance(0.0, 0.1), 2e-3), None)
    response, _ = sweep(small_signal(problem).system, OMEGA, LinearMethod.DIRECT)
    close(area * response.impedance(OMEGA), ceramic(OMEGA) + 2e-3, 1e-8)


def check_blocking_electrodes_make_a_capacitor():
    for other in (LinearResistance(np.inf, 0.1), None):
        problem, area = stack(LinearResistance(np.inf, 0.1), other)
        signal = small_signal(problem)
        assert not signal.system.steady
        response, _ = sweep(signal.system, OMEGA, LinearMethod.DIRECT)
        layers = 1 if other is None else 2
        close(area * response.impedance(OMEGA), ceramic(OMEGA) + layers / (0.1j * OMEGA), 1e-7)
        elastance = area * response.relaxations(1e4).series_elastance
        assert abs(elastance - layers / 0.1) < 1e-6 * layers / 0.1


def check_bias_changes_charge_transfer():
    law = ButlerVolmer(10.0, 298.15, transfer_coefficient=0.3, film_resistance=1e-3, double_layer_capacitance=0.2)
    problem, area = stack(law, LinearResistance(1e-4))
    state = problem.solve(Current(20.0 * area))
    response, _ = sweep(small_signal(problem, state.voltage).system, OMEGA, LinearMethod.DIRECT)
    eta = law.overpotential(-20.0) / thermal_voltage(298.15)
    slope = 10.0 / thermal_voltage(298.15) * (0.3 * np.exp(0.3 * eta) + 0.7 * np.exp(-0.7 * eta))
    expected = ceramic(OMEGA) + 1e-4 + 1e-3 + 1 / (slope + 0.2j * OMEGA)
    close(area * response.impedance(OMEGA), expected, 1e-8)


def check_relaxations_are_the_arcs():
    problem, area = stack(None, LinearResistance(3e-3, 0.1))
    response, _ = sweep(small_signal(problem).system, OMEGA, LinearMethod.DIRECT)
    found = response.relaxations(1e4)
    large = area * found.resistances > 1e-9
    times, resistances = found.times[large], area * found.resistances[large]
    assert np.allclose(times, [EPS / SIGMA, R_GB * C_GB, 3e-4], rtol=1e-7)
    assert np.allclose(resistances, [4e-4, 3e-5, 3e-3], rtol=1e-7)


def polycrystal(linear="automatic"):
    generator = np.random.default_rng(3)
    seeds = generator.uniform(0, [20e-6, 10e-6], (12, 2))
    mesh = grain_mesh(
        20e-6,
        10e-6,
        24,
        12,
        lambda x: np.unique(np.argmin(((x[:, None] - seeds) ** 2).sum(-1), 1), return_inverse=True)[1],
    )
    domain = Domain.from_tagged_mesh(mesh)
    regions = len(domain.tagged.regions)
    angles = generator.uniform(0, np.pi, regions)
    turn = np.array([[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]]).transpose(2, 0, 1)
    conductivity = turn @ np.diag([0.2, 0.02]) @ turn.transpose(0, 2, 1)
    resistance = generator.uniform(1e-6, 1e-4, len(domain.tagged.surfaces.name))
    law = ButlerVolmer(10.0, 298.15, film_resistance=1e-3, double_layer_capacitance=0.2)
    contacts = (Contact((PLATING,), law),), (Contact((STRIPPING,), LinearResistance(1e-3, 0.1)),)
    return Conduction(domain, conductivity, resistance, *contacts, linear=linear)


def check_the_space_gives_what_the_two_by_two_form_gives():
    signal = small_signal(polycrystal())
    response, report = sweep(signal.system, OMEGA, signal.method)
    assert report.residual <= 1e-7
    assert len(report.shifts) < 12
    chosen = OMEGA[::8]
    direct = np.array([direct_admittance(signal.system, omega) for omega in chosen])
    close(response.admittance(chosen), direct, 1e-8)


def check_multigrid_gives_the_same_spectrum():
    signals = [small_signal(polycrystal(linear)) for linear in ("direct", "iterative")]
    spectra = [sweep(s.system, OMEGA, s.method)[0].impedance(OMEGA) for s in signals]
    close(spectra[1], spectra[0], 1e-8)


def check_power_is_shared_out_without_negative_parts():
    signal = small_signal(polycrystal())
    response, _ = sweep(signal.system, OMEGA, signal.method)
    shares, total = response.contributions(OMEGA), response.impedance(OMEGA)
    close(shares.sum(axis=0), total, 1e-8)
    assert (shares.real >= -1e-12 * np.abs(total)).all()
    assert (shares.imag <= 1e-12 * np.abs(total)).all()


def check_fields_carry_the_same_current():
    problem, _ = stack(LinearResistance(2e-3, 0.1), LinearResistance(1e-3, 0.1), boundaries=False)
    signal = small_signal(problem)
    response, _ = sweep(signal.system, OMEGA, signal.method)
    omega = 1e4
    real, imaginary = signal.potential(response, omega)
    points = problem.space.space.tabulate_dof_coordinates()[:, 1]
    plating = 1 / (1 / 2e-3 + 0.1j * omega)
    total = ceramic(np.array([omega]), boundaries=False)[0] + plating + 1 / (1 / 1e-3 + 0.1j * omega)
    expected = (plating + points / (SIGMA + 1j * omega * EPS)) / total
    assert np.max(np.abs(real.x.array + 1j * imaginary.x.array - expected)) < 1e-7


def check_the_current_arrives():
    film = ButlerVolmer(10.0, 298.15, film_resistance=1e-3, double_layer_capacitance=0.2)
    for plating, stripping in ((film, None), (None, film), (LinearResistance(1e-3, 0.1), film)):
        signal = small_signal(stack(plating, stripping)[0])
        response, _ = sweep(signal.system, OMEGA, signal.method)
        for omega in (OMEGA[0], 1e5):
            terminal = response.admittance(np.array([omega]))[0]
            assert abs(signal.plating_current(response, omega) / terminal - 1.0) < 1e-6


class Stored:
    """A `Restart` in a checkpoint of a folder, which ends an attempt after some parts of the sweep."""

    def __init__(self, folder, parts):
        self.checkpoint, self.parts = Checkpoint.open(folder, 1e-9, COMM), parts

    def resume(self):
        return self.checkpoint.resume("sweep")

    def offer(self, state):
        self.checkpoint.offer("sweep", state)
        self.parts -= 1
        if self.parts == 0:
            raise CheckpointedStop


def check_a_sweep_goes_on_with_the_vectors_it_has():
    """Films have unknowns of their own; the space and the spectrum are those of a sweep that never stopped."""
    film = ButlerVolmer(10.0, 298.15, film_resistance=1e-3, double_layer_capacitance=0.2)
    share, checkpoint._LARGEST_SHARE = checkpoint._LARGEST_SHARE, np.inf
    made = tempfile.TemporaryDirectory() if COMM.rank == 0 else None
    folder = Path(COMM.bcast(None if made is None else made.name))
    try:
        whole, report = sweep(small_signal(stack(film, film)[0]).system, OMEGA, LinearMethod.DIRECT)
        for parts in (1, 2):
            signal = small_signal(stack(film, film)[0])
            with contextlib.suppress(CheckpointedStop):
                sweep(signal.system, OMEGA, LinearMethod.DIRECT, restart=(Stored(folder, parts), signal))
                raise AssertionError("the sweep was not stopped")
        signal = small_signal(stack(film, film)[0])
        resumed, again = sweep(signal.system, OMEGA, LinearMethod.DIRECT, restart=(Stored(folder, -1), signal))
    finally:
        checkpoint._LARGEST_SHARE = share
        COMM.barrier()
        if made is not None:
            made.cleanup()
    assert again.shifts == report.shifts and again.vectors == report.vectors
    close(resumed.impedance(OMEGA), whole.impedance(OMEGA), 1e-12)


if __name__ == "__main__":
    run_checks(sys.modules[__name__])
