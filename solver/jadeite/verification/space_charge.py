# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of space charge: lengths, double layers, depletion at grain boundaries, and how long charging takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import dawsn

from jadeite.case.physics import SpaceChargeResistance
from jadeite.constants import VACUUM_PERMITTIVITY
from jadeite.fem.domain import Domain
from jadeite.physics.conduction_state import Voltage
from jadeite.physics.nernst_planck_poisson import IonElectrode, MobileIons, NernstPlanckPoisson
from jadeite.physics.space_charge import resolved
from jadeite.physics.space_charge.boundary import boundary_layers
from jadeite.physics.space_charge.conditions import Conditions
from jadeite.physics.space_charge.line import End, Line, Species, solve_line
from jadeite.physics.space_charge.registry import solve
from jadeite.verification.bricks import brick_mesh
from jadeite.verification.registry import Row, check, observed_order, printed

FARADAY, GAS, CHARGE, EPS0 = 96485.33212, 8.314462618, 1.602176634e-19, 8.8541878128e-12
KELVIN, KT = 298.15, GAS * 298.15 / FARADAY
BARRIER, CARRIERS, PERMITTIVITY, BULK = 0.25, 1e26, 30.0, 0.1
SALT, SALT_PERMITTIVITY = 100.0 * FARADAY / CHARGE, 80.0

Array = NDArray[np.float64]


def debye(carriers: float, permittivity: float, mobile: int = 1) -> float:
    """sqrt(eps kT/(mobile e^2 c)), m."""
    return float(np.sqrt(permittivity * EPS0 * KT / (mobile * CHARGE * carriers)))


LENGTH = debye(CARRIERS, PERMITTIVITY)


def boundary(charge: float | None = None) -> Conditions:
    """The boundary of S3 to S6: with its barrier, or with a charge."""
    barrier = BARRIER if charge is None else None
    return Conditions(KELVIN, CARRIERS, PERMITTIVITY, BULK, barrier, charge)


@check("S1", "Debye lengths of one mobile ion and of a binary salt")
def debye_lengths() -> list[Row]:
    """sqrt(eps kT/(e^2 sum z^2 c))."""
    solid = printed(debye(1e27, 30.0), 0.2063876e-9)
    liquid = printed(debye(SALT, SALT_PERMITTIVITY, 2), 0.9711304e-9)
    got = Conditions(KELVIN, 1e27, 30.0, BULK, core_potential=0.0).debye_length
    line = salt_line(np.linspace(0.0, 1.0, 3))
    return [
        Row("one mobile ion", solid, got, 1e-6, unit="m"),
        Row("one mobile ion, any number of species", solid, single_line().debye_length, 1e-6, unit="m"),
        Row("symmetric salt", liquid, line.debye_length, 1e-6, unit="m"),
    ]


def single_line() -> Line:
    """A line of one mobile ion."""
    return Line(np.linspace(0.0, 1.0, 3), (Species(1, 1e27, BULK),), KELVIN, 30.0)


def salt_line(x: Array) -> Line:
    """The salt of S1 and S2."""
    return Line(x, (Species(1, SALT, BULK), Species(-1, SALT, BULK)), KELVIN, SALT_PERMITTIVITY)


@check("S2", "Gouy-Chapman layer of a binary salt")
def gouy_chapman() -> list[Row]:
    """q = sqrt(8 eps RT c) sinh(F phi0/2RT);  tanh(F phi/4RT) = tanh(F phi0/4RT) exp(-x/L)."""
    wall = 0.1
    charge = printed(
        float(np.sqrt(8.0 * SALT_PERMITTIVITY * EPS0 * GAS * KELVIN * 100.0) * np.sinh(wall / (2.0 * KT))), 0.1285263
    )
    inside = printed(4.0 * KT * float(np.arctanh(np.tanh(wall / (4.0 * KT)) * np.exp(-1.0))), 29.11119e-3)
    length = debye(SALT, SALT_PERMITTIVITY, 2)
    steps, charges, potentials = [20, 40, 80], [], []
    for per_length in steps:
        x = np.linspace(0.0, 20.0, 20 * per_length + 1) * length
        state = solve_line(salt_line(x), End(wall, (0.0, 0.0)), End(0.0, (0.0, 0.0)))
        charges.append(float(state.node_charge[0]))
        potentials.append(float(state.potential[per_length]))
    sizes = [1.0 / step for step in steps]
    of_charge = observed_order(sizes, [abs(got - charge) for got in charges])
    of_potential = observed_order(sizes, [abs(got - inside) for got in potentials])
    return [
        Row("charge of the wall", charge, charges[-1], 1e-3, unit="C/m^2", observed_order=of_charge),
        Row("potential at one Debye length", inside, potentials[-1], 1e-3, unit="V", observed_order=of_potential),
        Row("order of the charge", 2.0, of_charge, 0.2, "order"),
    ]


@check("S3", "Complete depletion after Mott and Schottky")
def depletion() -> list[Row]:
    """w = sqrt(2 eps Phi/(e c)),  Q = 2 sqrt(2 eps e c Phi)."""
    eps = PERMITTIVITY * EPS0
    width = printed(float(np.sqrt(2.0 * eps * BARRIER / (CHARGE * CARRIERS))), 2.879153e-9)
    charge = printed(float(2.0 * np.sqrt(2.0 * eps * CHARGE * CARRIERS * BARRIER)), 0.09225824)
    printed(BARRIER / KT, 9.730436)
    layers, back = solve("mott_schottky", boundary()), solve("mott_schottky", boundary(charge))
    half = float(layers.profile(np.array([0.5 * width]))[0])
    return [
        Row("width of a layer", width, layers.width, 1e-6, unit="m"),
        Row("charge of the core", charge, layers.core_charge, 1e-6, unit="C/m^2"),
        Row("potential from the charge", BARRIER, back.core_potential, 1e-6, unit="V"),
        Row("potential in the middle of a layer", 0.25 * BARRIER, half, 1e-6, unit="V"),
    ]


@check("S4", "Resistance of a depleted boundary")
def depleted_resistance() -> list[Row]:
    """R = (2 w/sigma) I(u), I = int_0^1 exp(u s^2) ds = exp(u) Daw(sqrt u)/sqrt u."""
    u = BARRIER / KT
    by_dawson = printed(float(np.exp(u) * dawsn(np.sqrt(u)) / np.sqrt(u)), 918.7721)
    by_quadrature = float(quad(lambda s: np.exp(u * s * s), 0.0, 1.0, epsrel=1e-12)[0])
    width = LENGTH * np.sqrt(2.0 * u)
    resistance = printed(2.0 * width / BULK * by_dawson, 5.290571e-5)
    printed(float(np.exp(u) / (2.0 * u)), 864.395)
    layers = solve("mott_schottky", boundary())
    return [
        Row("resistance of both layers", resistance, layers.resistance, 1e-6, unit="ohm m^2"),
        Row(
            "excess over the grain", resistance - 2.0 * width / BULK, layers.excess_resistance, 1e-6, unit="ohm m^2"
        ),
        Row("I by quadrature", by_dawson, by_quadrature, 1e-9),
    ]  # fmt: skip


def full_excess() -> tuple[float, float]:
    """Excess resistance (ohm m^2) and core charge (C/m^2) of S5 from the first integral."""
    top = BARRIER / KT

    def half_square(u: float) -> float:
        return u + np.expm1(-u) if u > 1e-3 else u * u / 2.0 - u**3 / 6.0 + u**4 / 24.0

    integral, _ = quad(lambda u: np.expm1(u) / np.sqrt(2.0 * half_square(u)), 0.0, top, epsrel=1e-11, limit=200)
    charge = 2.0 * CHARGE * CARRIERS * LENGTH * np.sqrt(2.0 * half_square(top))
    return printed(2.0 * LENGTH / BULK * integral, 5.629953e-5), printed(float(charge), 0.08738934)


@check("S5", "Full Poisson-Boltzmann layers: first integral, resolved on a line and in the plane")
def full_layers() -> list[Row]:
    """(L du/dx)^2 = 2 (u + e^-u - 1);  R = (2 L/sigma) int (e^u - 1)/sqrt(2 (u + e^-u - 1)) du."""
    resistance, charge = full_excess()
    closure, back = solve("poisson_boltzmann", boundary()), solve("poisson_boltzmann", boundary(charge))
    fineness = [0.2, 0.1, 0.05, 0.025]
    lines = [resolved.solve(boundary(charge), one) for one in fineness]
    line_order = _fitted_order(fineness, [abs(one.excess_resistance / resistance - 1.0) for one in lines])
    parts = [2, 4, 8]
    plane = [_strip(charge, part) for part in parts]
    plane_order = observed_order([1.0 / one for one in parts], [abs(got / resistance - 1.0) for got, _ in plane])
    of_site_limit = solve("site_limited", replace(boundary(), site_density=1e6 * CARRIERS)).excess_resistance
    unit = "ohm m^2"
    return [
        Row("excess resistance", resistance, closure.excess_resistance, 1e-6, unit=unit),
        Row("charge of the core", charge, closure.core_charge, 1e-6, unit="C/m^2"),
        Row("potential from the charge", BARRIER, back.core_potential, 1e-6, unit="V"),
        Row("site-limited, sites without end", resistance, of_site_limit, 1e-4, unit=unit),
        Row("resolved on a line: resistance", resistance, lines[-1].excess_resistance, 5e-3, unit=unit),
        Row("resolved on a line: potential", BARRIER, lines[-1].core_potential, 5e-3, unit="V"),
        Row("resolved on a line: order", 2.0, line_order, 0.4, "order"),
        Row("resolved in the plane: resistance", resistance, plane[-1][0], 5e-3, unit=unit, observed_order=plane_order),
        Row("resolved in the plane: potential", BARRIER, plane[-1][1], 5e-3, unit="V"),
        Row("resolved in the plane: order, quadratic elements", 4.0, plane_order, 0.4, "order"),
    ]


def _fitted_order(sizes: list[float], errors: list[float]) -> float:
    """Slope through all sizes: grids refined by halving do not follow their fineness step by step."""
    return float(np.polyfit(np.log(sizes), np.log(errors), 1)[0])


def _strip(charge: float, per_length: int) -> tuple[float, float]:
    """Excess resistance (ohm m^2) and core potential (V) of one boundary across a strip of two grains."""
    half = 20e-9
    side = graded(LENGTH / per_length, half, 10.0 * LENGTH, 1e-9)
    y = np.concatenate([-side[:0:-1], side])
    count = len(side) - 1
    problem = strip_problem(y, np.repeat([0, 1], count), charge, IonElectrode.REVERSIBLE)
    problem.equilibrium()
    potential = problem.core_potential()
    state = problem.solve(Voltage(1e-4))
    return state.voltage / (state.current / STRIP) - 2.0 * half / BULK, potential


STRIP = 1e-9
"""Width of strips, m."""


def graded(size: float, length: float, fine: float, largest: float) -> Array:
    """Nodes from 0 to a length, `size` apart as far as `fine`, then wider and wider."""
    nodes, step = [0.0], size
    while nodes[-1] < length:
        nodes.append(nodes[-1] + step)
        if nodes[-1] > fine:
            step = min(1.25 * step, largest)
    return np.array(nodes) * (length / nodes[-1])


def strip_problem(y: Array, region: NDArray[np.int64], charge: float, electrode: IonElectrode) -> NernstPlanckPoisson:
    """Space charge in a strip along y between electrodes at its ends; regions meet at charged boundaries."""
    mesh = brick_mesh(region[None, :], 1.0)
    points = np.stack([STRIP * mesh.points[:, 0], y[np.rint(mesh.points[:, 1]).astype(np.int64)]], axis=1)
    domain = Domain.from_tagged_mesh(replace(mesh, points=points), MPI.COMM_WORLD)
    regions = len(mesh.regions)
    ions = MobileIons(
        conductivity=np.tile(BULK * np.eye(2), (regions, 1, 1)),
        carrier_density=np.full(regions, CARRIERS),
        filling=np.zeros(regions),
        permittivity=np.full(regions, PERMITTIVITY * VACUUM_PERMITTIVITY),
    )
    charges = np.full(len(mesh.surfaces), charge)
    return NernstPlanckPoisson(domain, ions, KELVIN, charges, electrode=electrode)


@check("S6", "Resistance against temperature at a fixed core charge")
def temperatures() -> list[Row]:
    """Phi = Q^2/(8 eps e c) stays, so T/R falls with the bulk's energy and with about e Phi more."""
    boltzmann, eps = 8.617333e-5, PERMITTIVITY * EPS0
    charge = float(2.0 * np.sqrt(2.0 * eps * CHARGE * CARRIERS * BARRIER))

    def bulk(kelvin: float) -> float:
        return float(0.1 * KELVIN / kelvin * np.exp(-0.30 / boltzmann * (1.0 / kelvin - 1.0 / KELVIN)))

    def formula(kelvin: float) -> float:
        u = BARRIER * FARADAY / (GAS * kelvin)
        width = np.sqrt(2.0 * eps * BARRIER / (CHARGE * CARRIERS))
        return float(2.0 * width / bulk(kelvin) * np.exp(u) * dawsn(np.sqrt(u)) / np.sqrt(u))

    law = SpaceChargeResistance.model_validate(
        {
            "law": "space_charge", "closure": "mott_schottky", "core_charge": f"{charge!r} C/m^2",
            "carrier_density": "1e26 1/m^3", "relative_permittivity": PERMITTIVITY,
        }
    )  # fmt: skip

    def got(kelvin: float) -> float:
        return boundary_layers(law, bulk(kelvin), 1.0, kelvin).resistance

    rows = [
        Row(f"resistance at {kelvin} K", printed(formula(kelvin), value), got(kelvin), 1e-4, unit="ohm m^2")
        for kelvin, value in ((273.15, 3.130658e-4), (323.15, 1.194067e-5), (348.15, 3.378834e-6))
    ]

    def energy(resistance_of: dict[float, float]) -> float:
        low, high = resistance_of
        fall = np.log(high / resistance_of[high] / (low / resistance_of[low]))
        return float(boltzmann * fall / (1.0 / low - 1.0 / high))

    ends = (298.15, 348.15)
    expected = printed(energy({t: formula(t) for t in ends}), 0.519879, 4e-6)
    return [
        *rows,
        Row("activation energy of T/R", expected, energy({t: got(t) for t in ends}), 1e-4, unit="eV"),
    ]


@check("S7", "Charging time between blocking electrodes")
def charging() -> list[Row]:
    """tau = L_D L/D with D = sigma kT/(e^2 c) (Nernst and Einstein), 2 L the distance of the electrodes."""
    half = 50e-6
    diffusivity = printed(BULK * KT / (CHARGE * CARRIERS), 1.603605e-10)
    time = printed(LENGTH * half / diffusivity, 2.034962e-4)
    side = graded(LENGTH / 2.0, half, 3.0 * LENGTH, 1e-5)
    y = np.concatenate([side, 2.0 * half - side[-2::-1]])
    problem = strip_problem(y, np.zeros(len(y) - 1, dtype=np.int64), 0.0, IonElectrode.BLOCKING)
    problem.equilibrium()
    voltage = 1e-3
    times, charges = [], []
    for state in problem.march(Voltage(voltage), 7.0 * time, 0.02 * time, tolerance=2e-3):
        times.append(state.time)
        charges.append(problem.electrode_charge())
    missing = 1.0 - np.array(charges) / charges[-1]
    left = np.interp(time, times, missing)
    capacity = PERMITTIVITY * EPS0 / (2.0 * LENGTH) * voltage * STRIP
    return [
        Row(
            "time of charging, from the area above the curve", time, float(np.trapezoid(missing, times)), 0.05, unit="s"
        ),
        Row("share left to charge after this time", np.exp(-1.0), float(left), 0.05),
        Row("charge in the end, two layers in series", capacity, charges[-1], 0.01, unit="C/m"),
    ]
