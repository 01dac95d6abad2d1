# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of the concentrated binary electrolyte: limiting current, depletion in a long and in a short cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from jadeite.constants import FARADAY, thermal_voltage
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.physics.binary_electrolyte import Salt, SaltTransport
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import LinearResistance
from jadeite.physics.salt_cell import SaltCell, SaltState, depletion_time
from jadeite.verification.bricks import tagged
from jadeite.verification.registry import Row, check, observed_order, printed
from jadeite.verification.samples import shared
from jadeite.verification.slab import PLATING, STRIPPING

MICRON = 1e-6
TEMPERATURE = 298.15
CONCENTRATION, DIFFUSIVITY, TRANSFERENCE, FACTOR = 1000.0, 1e-11, 0.3, 1.0
CONDUCTIVITY, RESISTANCE, WIDTH = 0.1, 1e-3, 1.0 * MICRON


def strip(levels: ArrayLike) -> Domain:
    """A strip between electrodes at the first and last of some heights (m), two triangles from each to the next."""

    def make() -> TaggedMesh:
        y = np.asarray(levels, dtype=float)
        points = np.stack([np.tile([0.0, WIDTH], len(y)), np.repeat(y, 2)], axis=1)
        left = 2 * np.arange(len(y) - 1)
        lower = np.stack([left, left + 1, left + 3], axis=1)
        upper = np.stack([left, left + 3, left + 2], axis=1)
        cells = np.concatenate([lower, upper])
        return tagged(points, cells, np.zeros(len(cells), dtype=np.int64))

    return Domain.from_tagged_mesh(shared(make))


def symmetric_cell(domain: Domain, *, transference: float = TRANSFERENCE, degree: int = 2) -> SaltCell:
    """A polymer between two equal electrodes of constant resistance."""
    one = np.ones(1)
    salt = Salt(
        np.array([True]), CONCENTRATION * one, DIFFUSIVITY * one, transference * one, FACTOR * one, 1.0 * one
    )  # fmt: skip
    resistance = np.zeros(len(domain.tagged.surfaces.name))
    transport = SaltTransport(domain, CONDUCTIVITY * np.eye(2)[None], salt, resistance, TEMPERATURE, degree)
    law = LinearResistance(RESISTANCE)
    return SaltCell(transport, [Contact((PLATING,), law)], [Contact((STRIPPING,), law)], TEMPERATURE, WIDTH)


def limiting_current_density(length: float) -> float:
    """2 F D c0 / ((1 - t) L) of a symmetric cell, A/m^2 (Newman and Thomas-Alyea 2004, section 12.3)."""
    return 2.0 * FARADAY * DIFFUSIVITY * CONCENTRATION / ((1.0 - TRANSFERENCE) * length)


def steady_voltage(current_density: float, length: float) -> float:
    """Voltage of the cell: two interfaces, Ohm's law with the conductivity of the linear profile, diffusion; V."""
    slope = current_density * (1.0 - TRANSFERENCE) / (FARADAY * DIFFUSIVITY)
    high, low = (CONCENTRATION + sign * 0.5 * slope * length for sign in (1.0, -1.0))
    ohmic = current_density * CONCENTRATION / (CONDUCTIVITY * slope) * np.log(high / low)
    diffusion = 2.0 * thermal_voltage(TEMPERATURE) * (1.0 - TRANSFERENCE) * FACTOR * np.log(high / low)
    return float(2.0 * RESISTANCE * current_density + ohmic + diffusion)


@check("P1", "Limiting current and steady profile of a symmetric polymer cell")
def limiting_current() -> list[Row]:
    """j_lim = 2 F D c0 / ((1 - t) L); end-to-end difference of concentration j (1 - t) L / (F D)."""
    length, current_density = 50.0 * MICRON, 5.0
    limit = printed(limiting_current_density(length), 55.13448)
    difference = current_density * (1.0 - TRANSFERENCE) * length / (FARADAY * DIFFUSIVITY)
    cell = symmetric_cell(strip(np.linspace(0.0, length, 11)))
    state = cell.steady(Current(current_density * WIDTH))
    measured = (state.at_stripping - state.at_plating) * CONCENTRATION
    rows = [
        Row("limiting current density", limit, 2.0 * CONCENTRATION / measured * current_density, 1e-6, unit="A/m^2"),
        Row("end-to-end difference", printed(difference, 181.3747), measured, 1e-6, unit="mol/m^3"),
        Row("salt amount", 1.0, 1.0 + state.salt_change, 1e-10),
        Row("current in / current out", 1.0, state.current_in / state.current_out, 1e-10),
    ]
    high = 0.9 * limit
    expected = steady_voltage(high, length)
    for degree, element in ((1, "linear"), (2, "quadratic")):
        sizes, errors = [], []
        for count in (40, 80):
            finer = symmetric_cell(strip(np.linspace(0.0, length, count + 1)), degree=degree)
            got = finer.steady(Current(high * WIDTH)).voltage
            sizes.append(length / count)
            errors.append(abs(got - expected))
        rows.append(
            Row(
                f"voltage at nine tenths of the limit, {element} elements",
                expected,
                got,
                1e-3,
                unit="V",
                observed_order=observed_order(sizes, errors),
            )
        )
    return rows


@check("P2", "Sand's time in a long polymer cell")
def sand_time() -> list[Row]:
    """tau = pi D (F c0 / (2 j (1 - t)))^2 (Sand 1901)."""
    table = {10.0: 1492.163, 20.0: 373.0409, 50.0: 59.68654}
    charge = FARADAY * CONCENTRATION / (2.0 * (1.0 - TRANSFERENCE))
    times = {j: printed(float(np.pi * DIFFUSIVITY * (charge / j) ** 2), known) for j, known in table.items()}
    depths = [np.sqrt(DIFFUSIVITY * time) for time in times.values()]
    # much longer than the depth that the slowest depletion reaches, finely divided for the fastest
    cell = symmetric_cell(strip(_graded(12.0 * max(depths), 0.03 * min(depths), 1.3)))
    rows = []
    for current_density, expected in times.items():
        got = depletion_time(_hold(cell, current_density, 2.0 * expected, 5e-4), 2.0 * expected)
        rows.append(Row(f"{current_density:g} A/m^2", expected, got or np.nan, 0.01, unit="s"))
    return rows


@check("P3", "Depletion of a short polymer cell above its limiting current")
def depletion() -> list[Row]:
    """Slab with equal and opposite fluxes (Carslaw and Jaeger 1959, section 3.8): c at the plating electrode.

    With s = j (1 - t) / (F D): c = c0 - s L/2 + s (4 L / pi^2) sum over odd n of exp(-(n pi / L)^2 D t) / n^2.
    """
    length = 50.0 * MICRON
    limit = limiting_current_density(length)
    rows = []
    cell = symmetric_cell(strip(_graded(length, length / 100.0, 1.3)))
    for ratio, reference in ((1.2, 40.06598), (1.5, 22.51065), (2.0, 12.29567), (5.0, 1.963495)):
        current_density = ratio * limit
        expected = float(brentq(lambda t, j=current_density: _at_electrode(j, length, t), 1e-3, 1e3, rtol=1e-13))
        states = _hold(cell, current_density, 2.0 * expected)
        got = depletion_time(states, 2.0 * expected)
        rows.append(Row(f"j/j_lim = {ratio:g}", printed(expected, reference), got or np.nan, 0.01, unit="s"))
    rows.append(Row("salt amount", 1.0, 1.0 + states[-1].salt_change, 1e-9))
    return rows


def _hold(cell: SaltCell, current_density: float, duration: float, tolerance: float = 2e-4) -> list[SaltState]:
    cell.transport.reset()
    return list(cell.hold(Current(current_density * WIDTH), duration, tolerance))


def _at_electrode(current_density: float, length: float, time: float) -> float:
    """Concentration beside the plating electrode, mol/m^3: the series of `depletion`."""
    slope = current_density * (1.0 - TRANSFERENCE) / (FARADAY * DIFFUSIVITY)
    n = np.arange(1, 4001, 2)
    series = np.exp(-((n * np.pi / length) ** 2) * DIFFUSIVITY * time) / n**2
    return float(CONCENTRATION - 0.5 * slope * length + slope * 4.0 * length / np.pi**2 * series.sum())


def _graded(length: float, smallest: float, ratio: float) -> NDArray[np.float64]:
    """Heights from 0 to a length, finest at both ends."""
    steps = [smallest]
    while sum(steps) + steps[-1] * ratio < 0.5 * length:
        steps.append(steps[-1] * ratio)
    half = np.concatenate([[0.0], np.cumsum(steps)]) * 0.5 * length / sum(steps)
    return np.concatenate([half, length - half[-2::-1]])
