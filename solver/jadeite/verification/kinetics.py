# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of electrode kinetics and of sodium pressure in a flaw."""

from __future__ import annotations

import numpy as np
import shapely
from mpi4py import MPI

from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, ConfinedSodium, ElectrodeLaw, LinearResistance
from jadeite.verification.measure import facet_mean, node_value
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import domain_of, edge_slit, everywhere
from jadeite.verification.slab import IDEAL_STRIPPING, PLATING, SIDE, STRIPPING, isotropic, stack

FARADAY, GAS, TEMPERATURE = 96485.33212, 8.314462618, 298.15
MOLAR_VOLUME = 23.78e-6
THERMAL = GAS * TEMPERATURE / FARADAY  # V
EXCHANGE = 10.0  # A/m^2
MICRON = 1e-6

LAW = ButlerVolmer(EXCHANGE, TEMPERATURE)


def slab_voltage(
    current_density: float, plating: ElectrodeLaw, stripping: ElectrodeLaw | None, conductivity: float
) -> float:
    """Voltage (V) of a slab 500 um thick at a current density (A/m^2)."""
    width = 100 * MICRON
    domain = stack(width, [500 * MICRON], 100 * MICRON)
    problem = Conduction(
        domain, isotropic(conductivity), None, (Contact((PLATING,), plating),), (Contact((STRIPPING,), stripping),)
    )
    return problem.solve(Current(current_density * width)).voltage


@check("K1", "Symmetric Butler-Volmer kinetics")
def butler_volmer() -> list[Row]:
    """eta = (2RT/F) asinh(j / 2 j0), found as the voltage of a slab with one ideal contact, less its ohmic drop."""
    conductivity, thickness = 10.0, 500 * MICRON
    rows = []
    for density, reference in ((1.0, 2.568189e-3), (10.0, 24.727146e-3), (100.0, 118.825010e-3)):
        expected = printed(2 * THERMAL * np.arcsinh(density / (2 * EXCHANGE)), reference)
        got = slab_voltage(density, LAW, None, conductivity) - density * thickness / conductivity
        rows.append(Row(f"overpotential at {density:g} A/m^2", expected * 1e3, got * 1e3, 1e-6, unit="mV"))
        rows.append(
            Row(
                f"overpotential of the law at {density:g} A/m^2",
                expected * 1e3,
                LAW.overpotential(density) * 1e3,
                1e-6,
                unit="mV",
            )
        )
    small = printed(THERMAL / EXCHANGE, 2.569258e-3)
    density = 1e-4
    got = slab_voltage(density, LAW, None, conductivity) / density - thickness / conductivity
    return [*rows, Row("charge-transfer resistance, small signal", small, got, 1e-6, unit="ohm m^2")]


def confined_slab(maximum_pressure: float, overpotential: float) -> tuple[float, float]:
    """Plating current density (A/m^2) and pressure (Pa) of confined sodium at a given overpotential (V)."""
    side, conductivity = 10 * MICRON, 1e7  # the slab drops less than 1e-10 V
    domain = stack(side, [side], side)
    sodium = ConfinedSodium(MOLAR_VOLUME, maximum_pressure)
    problem = Conduction(
        domain, isotropic(conductivity), None, (Contact((PLATING,), LAW, sodium),), IDEAL_STRIPPING, tolerance=1e-10
    )
    result = problem.solve(Voltage(overpotential))
    ((_, _, _, pressure),) = problem.contact_expressions()
    assert pressure is not None
    return result.current_in / side, facet_mean(domain, PLATING, pressure)


@check("K2", "Pressure shifts the equilibrium potential of sodium")
def pressure_shift() -> list[Row]:
    """dE = p V / F is held by confined sodium at p; a shift by p multiplies exp(F eta / RT) by exp(p V / RT)."""
    rows = []
    for pressure, reference, reference_factor in ((10e6, 2.464623e-3, 1.100679), (100e6, 24.64623e-3, 2.609802)):
        shift = printed(pressure * MOLAR_VOLUME / FARADAY, reference)
        factor = printed(np.exp(pressure * MOLAR_VOLUME / (GAS * TEMPERATURE)), reference_factor)
        density, held = confined_slab(1e12, shift)
        # At twice the shift sodium yields at this pressure and plates at what is left; without pressure at the whole.
        flowing, _ = confined_slab(pressure, 2 * shift)
        free, _ = confined_slab(0.0, 2 * shift)
        ratio = np.exp(2 * np.arcsinh(free / (2 * EXCHANGE)) - 2 * np.arcsinh(flowing / (2 * EXCHANGE)))
        label = f"{pressure / 1e6:g} MPa"
        rows += [
            Row(f"pressure that balances the shift by {label}", pressure / 1e6, held / 1e6, 1e-6, unit="MPa"),
            Row(f"plating current density there, {label}", 0.0, density, 1e-6, "absolute", "A/m^2"),
            Row(f"factor between rates with and without {label}", factor, ratio, 1e-6),
        ]
    return rows


@check("K3", "Plating at fixed overpotential under pressure")
def plating_under_pressure() -> list[Row]:
    """j = 2 j0 sinh[(F eta - p V) / 2RT] at eta = 30 mV."""
    rows = []
    for pressure, reference in ((0.0, 12.351250), (20e6, 10.149748)):
        shift = pressure * MOLAR_VOLUME / FARADAY
        expected = printed(2 * EXCHANGE * np.sinh((0.03 - shift) / (2 * THERMAL)), reference)
        density, _ = confined_slab(pressure, 0.03)
        rows.append(Row(f"plating current density at {pressure / 1e6:g} MPa", expected, density, 1e-6, unit="A/m^2"))
    return rows


@check("K4", "Symmetric cell: two electrodes and the ohmic drop")
def symmetric_cell() -> list[Row]:
    """V = j L / s + 4 (RT/F) asinh(j / 2 j0)."""
    density, conductivity, thickness = 20.0, 0.1, 500 * MICRON
    expected = density * thickness / conductivity + 4 * THERMAL * np.arcsinh(density / (2 * EXCHANGE))
    got = slab_voltage(density, LAW, LAW, conductivity)
    return [Row("cell voltage", printed(expected, 0.1905790), got, 1e-6, unit="V")]


@check("K7", "Confined sodium in an edge flaw: pressure at which plating stops")
def screened_flaw() -> list[Row]:
    """p(x) = (F/V) j0 (R + x/s) along the flaw, no current through its walls, uniform current beside it."""
    depth, conductivity, density = 100 * MICRON, 0.1, 10.0
    tip = printed(FARADAY / MOLAR_VOLUME * density * depth / conductivity, 40.57415e6)
    rows = []
    for resistance in (0.0, 5e-3):
        extra = FARADAY / MOLAR_VOLUME * density * resistance
        if resistance:
            printed(extra, 202.8708e6)
        domain = flawed_slab(depth)
        flat = Contact((PLATING,), LinearResistance(resistance) if resistance else None)
        wall = Contact((SurfaceKind.FLAW_WALL,), LAW, ConfinedSodium(MOLAR_VOLUME, np.inf))
        problem = Conduction(domain, isotropic(conductivity), None, (flat, wall), IDEAL_STRIPPING)
        result = problem.solve(Current(density * 2 * depth))
        ((_, _, through, pressure),) = (found for found in problem.contact_expressions() if found[3] is not None)
        sampler = FacetSampler(domain, domain.facets(SurfaceKind.FLAW_WALL), 4)
        along = sampler.points[..., 1] / depth
        found = sampler.evaluate(pressure)
        comm = domain.mesh.comm
        deviation = comm.allreduce(float(np.abs(found - extra - tip * along).max(initial=0.0)), op=MPI.MAX)
        leak = comm.allreduce(float(np.abs(sampler.evaluate(through)).max(initial=0.0)), op=MPI.MAX)
        at_tip = FARADAY / MOLAR_VOLUME * float(node_value(problem.unknown, (0.0, depth))[0])
        label = f"R = {resistance:g} ohm m^2"
        rows += [
            Row(f"{label}: pressure at the tip", (extra + tip) / 1e6, at_tip / 1e6, 1e-2, unit="MPa"),
            Row(
                f"{label}: largest deviation of the pressure profile / tip value",
                0.0,
                deviation / tip,
                1e-2,
                "absolute",
            ),
            Row(f"{label}: largest current density through the walls / j0", 0.0, leak / density, 1e-6, "absolute"),
            Row(f"{label}: current in / current out", 1.0, result.current_in / result.current_out, 1e-8),
        ]
    return rows


def flawed_slab(depth: float) -> Domain:
    """A slab twice as wide and three times as high as the depth of the thin edge flaw in its middle."""
    width, height = 2 * depth, 3 * depth
    slit = edge_slit((0.0, 0.0), (0.0, depth))
    return domain_of(
        {"slab": shapely.box(-width / 2, 0, width / 2, height)},
        [
            (SurfaceKind.FLAW_WALL, slit.boundary),
            (PLATING, shapely.LineString([(-width / 2, 0), (width / 2, 0)])),
            (STRIPPING, shapely.LineString([(-width / 2, height), (width / 2, height)])),
            (SIDE, everywhere),
        ],
        SizeField(
            depth / 5, growth=0.25, at_points=((0.0, depth, depth / 100),), on_surfaces={"flaw wall": depth / 25}
        ),
        voids=[slit],
    )
