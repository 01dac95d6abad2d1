# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of electronic leakage: potential of sodium, filling of a pore, nuclei, vacancies in stripped metal."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import shapely
from dolfinx import fem
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from jadeite.constants import FARADAY, thermal_voltage
from jadeite.failure.deposition import PoreWalls, fill_pores
from jadeite.failure.nucleation import critical_nucleus_radius
from jadeite.fem.broken import broken_space
from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.revolution import revolved
from jadeite.microstructure.tagged_mesh import Pore, SurfaceKind, TaggedMesh
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import LinearResistance
from jadeite.physics.electronic_conduction import ElectronicConduction, ElectronicResult
from jadeite.physics.vacancies import StrippedMetal
from jadeite.verification.measure import facet_mean
from jadeite.verification.registry import Row, check, observed_order, printed
from jadeite.verification.shapes import disc, domain_of, everywhere
from jadeite.verification.slab import PLATING, SIDE, STRIPPING, isotropic, resistances, stack

MICRON = 1e-6
CURRENT_DENSITY = 10.0
CONDUCTIVITY, ELECTRONIC = 0.1, 1e-7
TEMPERATURE = 298.15
MOLAR_VOLUME = 23.78e-6
PORE, BOUNDARY = SurfaceKind.PORE_WALL, SurfaceKind.GRAIN_BOUNDARY


def _laminate(
    heights: list[float], interface: float, boundary: float, exponent: float = 0.0, size: float = 10 * MICRON
) -> tuple[Domain, ElectronicConduction, ElectronicResult, float]:
    """Layers of one ceramic at 10 A/m^2 with resistances (ohm m^2) of interfaces and boundaries, and their electrons.

    Returns the cell voltage last.
    """
    domain = stack(20 * MICRON, heights, size)
    law = LinearResistance(interface) if interface else None
    ions = Conduction(
        domain,
        isotropic(*[CONDUCTIVITY] * len(heights)),
        resistances(domain, boundary) if boundary else None,
        [Contact((PLATING,), law)],
        [Contact((STRIPPING,), law)],
    )
    voltage = ions.solve(Current(CURRENT_DENSITY * 20 * MICRON)).voltage
    electrons = ElectronicConduction(
        domain,
        ions.space,
        ions.unknown,
        np.full(len(heights), ELECTRONIC),
        TEMPERATURE,
        sodium_exponent=exponent,
    )
    return domain, electrons, electrons.solve(voltage), voltage


@check("E1", "Sodium potential between interfaces that resist ions and not electrons")
def interfaces() -> list[Row]:
    """mu/F = r j (1 - 2x/L); the pressure of it; and the leak of electrons whose conductivity follows sodium.

    With s_e = s_e0 exp(b mu/RT), exp(-b phi_e F/RT) obeys a linear equation: in a slab
    j_e = -s_e0 (RT/bF) (1 - exp(-b V F/RT)) / int exp(-b phi_i F/RT) dx.
    """
    length, resistance = 100 * MICRON, 5e-3
    domain, electrons, _, _ = _laminate([0.5 * length, 0.5 * length], resistance, 0.0)
    sodium = electrons.sodium_potential()
    top = resistance * CURRENT_DENSITY
    middle = facet_mean(domain, BOUNDARY, sodium)
    rows = [
        Row("mu/F at the plating side", top, facet_mean(domain, PLATING, sodium), 1e-3, unit="V"),
        Row("mu/F at the stripping side", -top, facet_mean(domain, STRIPPING, sodium), 1e-3, unit="V"),
        Row("mu/F half-way", 0.0, middle, 1e-3 * top, kind="absolute", unit="V"),
        Row(
            "pressure equivalent to the plating side",
            printed(FARADAY / MOLAR_VOLUME * top, 202.8708e6),
            FARADAY / MOLAR_VOLUME * facet_mean(domain, PLATING, sodium),
            1e-3,
            unit="Pa",
        ),
    ]
    exponent, thermal = 0.5, thermal_voltage(TEMPERATURE)
    rate = exponent / thermal
    sizes, errors = [], []
    for size in (length / 8, length / 16):
        _, _, result, voltage = _laminate([length], resistance, 0.0, exponent, size)
        low, high = top, voltage - top  # ionic potential at either end
        weight = length / (rate * (high - low)) * (math.exp(-rate * low) - math.exp(-rate * high))
        exact = ELECTRONIC / rate * (1.0 - math.exp(-rate * voltage)) / weight
        got = result.current_in / (20 * MICRON)
        sizes.append(size)
        errors.append(abs(got / exact - 1.0))
    order = observed_order(sizes, errors)
    rows.append(Row("leak when s_e follows sodium, b = 1/2", exact, got, 1e-3, unit="A/m^2", observed_order=order))
    return rows


@check("E2", "Sodium potential on either side of one resistive grain boundary")
def boundary() -> list[Row]:
    """mu/F = R j (1 - x_g/L) just beyond a boundary at x_g from the plating side, -R j x_g/L just before."""
    length, share, resistance = 100 * MICRON, 0.01, 5e-5
    domain, electrons, _, _ = _laminate([share * length, (1 - share) * length], 0.0, resistance)
    sodium = electrons.sodium_potential()
    before, beyond = (facet_mean(domain, BOUNDARY, sodium, side=side) for side in (0, 1))
    step = resistance * CURRENT_DENSITY
    return [
        Row("just beyond the boundary", printed(step * (1 - share), 0.495e-3), beyond, 1e-3, unit="V"),
        Row("just before it", printed(-step * share, -0.005e-3), before, 1e-3, unit="V"),
    ]


@check("E3", "Filling of an isolated spherical pore by leaking electrons")
def pore() -> list[Row]:
    """a^2 F / (3 V s_e mu/F): electrons from far away to a sphere; the potential of the closed form far away."""
    radius, far, driving = 1 * MICRON, 10 * MICRON, 0.05
    exact = printed(radius**2 * FARADAY / (3 * MOLAR_VOLUME * ELECTRONIC * driving), 2.704943e5)
    sizes, errors = [], []
    for divisions in (0, 1):
        quarter = shapely.box(0.0, 0.0, 2 * far, 2 * far)
        section = domain_of(
            {"ceramic": disc(far, 96).difference(disc(radius, 64)).intersection(quarter)},
            [
                (SIDE, shapely.LineString([(0, 0), (2 * far, 0)])),
                (SIDE, shapely.LineString([(0, 0), (0, 2 * far)])),
                (PORE, lambda m: np.hypot(m[:, 0], m[:, 1]) < 1.01 * radius),
                (STRIPPING, everywhere),
            ],
            SizeField(far / 10, growth=0.3, on_surfaces={PORE: radius / 8}),
            divisions=divisions,
        ).tagged
        name = section.surfaces.name[int(section.surfaces.rows(PORE)[0])]
        round_section = _on_circles(section, {PORE: radius, STRIPPING: far})
        body = revolved(replace(round_section, pores=(Pore(name, (0.0, 0.0), radius),)))
        domain = Domain.from_tagged_mesh(body)
        pieces = np.zeros(len(domain.cell_region), dtype=np.int32)
        space = broken_space(domain.mesh, pieces, ("Lagrange", 2))
        ionic = fem.Function(space.space)
        ionic.x.array[:] = driving
        electrons = ElectronicConduction(domain, space, ionic, np.array([ELECTRONIC]))
        filling = fill_pores(PoreWalls(domain), electrons, driving * radius / far, 0.0, MOLAR_VOLUME)
        time = filling[0].filling_time
        assert time is not None
        sizes.append(2.0**-divisions)
        ratio = time / exact
        errors.append(abs(ratio - 1.0))
    order = observed_order(sizes, errors)
    return [
        Row("time to fill the pore", exact, exact * ratio, 0.03, unit="s", observed_order=order),
    ]


def _on_circles(mesh: TaggedMesh, radii: dict[SurfaceKind, float]) -> TaggedMesh:
    """Move the corners on surfaces of a kind to circles about the origin, for a family of meshes of one body."""
    points = mesh.points.copy()
    for kind, radius in radii.items():
        corners = np.unique(mesh.facets[np.isin(mesh.facet_surface, mesh.surfaces.rows(kind))])
        points[corners] *= radius / np.linalg.norm(points[corners], axis=1, keepdims=True)
    return replace(mesh, points=points)


@check("E4", "Smallest nucleus of sodium that survives")
def nucleus() -> list[Row]:
    """r* = 2 gamma V / (mu - p V)."""
    energy, potential, pressure = 0.22, 0.05, 100e6
    free = critical_nucleus_radius(potential, energy, MOLAR_VOLUME)
    pressed = critical_nucleus_radius(potential, energy, MOLAR_VOLUME, pressure)
    assert free is not None and pressed is not None
    numerator = 2 * energy * MOLAR_VOLUME
    in_host = numerator / (FARADAY * potential - pressure * MOLAR_VOLUME)
    return [
        Row("at 50 mV", printed(numerator / (FARADAY * potential), 2.168869e-9), free, 1e-6, unit="m"),
        Row("and 100 MPa", printed(in_host, 4.277212e-9), pressed, 1e-6, unit="m"),
    ]


@check("E5", "Vacancies pile up in sodium that is stripped")
def vacancies() -> list[Row]:
    """Time to a vacancy fraction in thick metal, steady fraction of a thin layer; against finite volumes as well."""
    diffusivity, equilibrium, limit, thin = 2.026e-9, 3.124e-4, 0.01, 100 * MICRON
    speed = CURRENT_DENSITY * MOLAR_VOLUME / FARADAY
    exact = printed(math.pi * diffusivity * ((limit - equilibrium) / (2 * speed)) ** 2, 24584, 1e-4)
    steady = printed(equilibrium + speed * thin / diffusivity, 4.34050e-4, 1e-5)
    metal = StrippedMetal(0.1, diffusivity, equilibrium, MOLAR_VOLUME)
    layer = replace(metal, thickness=thin)
    time = metal.time_to_fraction(limit, CURRENT_DENSITY)
    assert time is not None
    moment = 0.2 * thin**2 / diffusivity
    later = 0.4 * thin**2 / diffusivity
    return [
        Row("time to x_v = 0.01", exact, time, 1e-2, unit="s"),
        Row("steady fraction over 100 um", steady, layer.surface_fraction(100 * later, CURRENT_DENSITY), 1e-2),
        *(
            Row(
                f"thin layer after {when:.3g} s, against finite volumes",
                equilibrium + _finite_volumes(thin, diffusivity, speed, when),
                layer.surface_fraction(when, CURRENT_DENSITY),
                1e-2,
            )
            for when in (moment, later)
        ),
    ]


def _finite_volumes(thickness: float, diffusivity: float, speed: float, time: float) -> float:
    """Rise of x_v at the surface of a layer by implicit finite volumes (400 cells, 2000 steps)."""
    cells, steps = 400, 2000
    width = thickness / cells
    number = diffusivity * time / steps / width**2
    diagonal = np.full(cells, 1.0 + 2.0 * number)
    diagonal[0] -= number
    diagonal[-1] += number  # the far side is half a cell away
    bands = np.vstack([np.full(cells, -number), diagonal])
    rise: NDArray[np.float64] = np.zeros(cells)
    for _ in range(steps):
        right = rise.copy()
        right[0] += speed * time / steps / width
        rise = solveh_banded(bands, right)
    return float(rise[0] + 0.5 * width * speed / diffusivity)
