# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of Joule heat against slabs that can be worked out on paper, and of its balance in a polycrystal."""

from __future__ import annotations

import numpy as np

from jadeite.fem.domain import Domain
from jadeite.microstructure.orientation import random_orientations, rotation_matrices
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import LinearResistance
from jadeite.physics.heat import Heat
from jadeite.verification.bricks import brick_mesh
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.slab import IDEAL_PLATING, IDEAL_STRIPPING, PLATING, STRIPPING, isotropic, resistances, stack

MICRON = 1e-6


@check("J1", "Temperature of a slab that carries a current")
def slab() -> list[Row]:
    """Heat j^2/s everywhere: j^2 L^2/(8 s k) above the electrodes, which are j^2 L/(2 s h) above their surroundings."""
    thickness, width, sigma, k, current, transfer = 200 * MICRON, 50 * MICRON, 0.1, 2.5, 100.0, 1e3
    density = current**2 / sigma
    middle, surface = density * thickness**2 / (8 * k), density * thickness / (2 * transfer)
    domain = stack(width, [thickness], thickness / 6)
    problem = Conduction(domain, isotropic(sigma), None, IDEAL_PLATING, IDEAL_STRIPPING)
    problem.solve(Current(current * width))
    cold = Heat(problem, np.array([k])).solve()
    open_heat = Heat(problem, np.array([k]), transfer)
    warm = open_heat.solve()
    mean = surface + density * thickness**2 / (12 * k)
    return [
        Row("largest rise, electrodes kept cold", middle, cold.largest, 1e-9, unit="K"),
        Row("mean rise, electrodes kept cold", density * thickness**2 / (12 * k), cold.mean, 1e-9, unit="K"),
        Row("largest rise, electrodes give heat away", surface + middle, warm.largest, 1e-9, unit="K"),
        Row("mean rise, electrodes give heat away", mean, float(open_heat.mean_of_regions()[0]), 1e-9, unit="K"),
        Row("heat out of either side", 0.5 * density * thickness * width, cold.stripping, 1e-9, unit="W/m"),
    ]


@check("J2", "Heat at a boundary and at contacts with resistance")
def boundary_and_contacts() -> list[Row]:
    """A boundary in the middle adds j^2 R L/(4 k) there; contacts add j^2 r/h where the surroundings take heat."""
    half, width, sigma, k, current, transfer = 50 * MICRON, 20 * MICRON, 0.1, 2.0, 100.0, 2e3
    boundary, contact = 1e-3, 3e-3
    law = LinearResistance(contact)
    domain = stack(width, [half, half], half / 4)
    problem = Conduction(
        domain,
        isotropic(sigma, sigma),
        resistances(domain, boundary),
        (Contact((PLATING,), law),),
        (Contact((STRIPPING,), law),),
    )
    problem.solve(Current(current * width))
    length = 2 * half
    inside = current**2 * (length**2 / (8 * sigma * k) + boundary * length / (4 * k))
    surface = current**2 * (0.5 * length / sigma + 0.5 * boundary + contact) / transfer
    cold, warm = Heat(problem, np.array([k, k])).solve(), Heat(problem, np.array([k, k]), transfer).solve()
    return [
        Row("electrodes kept cold", inside, cold.largest, 1e-8, unit="K"),
        Row("electrodes give heat away", inside + surface, warm.largest, 1e-8, unit="K"),
    ]


@check("J3", "Heat out equals electric power in")
def balance() -> list[Row]:
    """A polycrystal of uniaxial grains; boundaries resist and conduct along their plane, contacts resist."""
    labels = np.arange(36).reshape(6, 6)
    domain = Domain.from_tagged_mesh(brick_mesh(labels, MICRON))
    turned = rotation_matrices(random_orientations(36, np.random.default_rng(5)))
    grains = np.einsum("gik,k,gjk->gij", turned, [1.0, 1.0, 0.05], turned)[:, :2, :2]
    law = LinearResistance(1e-6)
    problem = Conduction(
        domain,
        grains,
        resistances(domain, 2e-6),
        (Contact((PLATING,), law),),
        (Contact((STRIPPING,), law),),
        boundary_conductance=resistances(domain, 2e-7),
    )
    state = problem.solve(Current(6 * MICRON))
    electric = state.voltage * state.current_out
    rows = []
    for words, transfer in (("electrodes kept cold", None), ("electrodes give heat away", 1e5)):
        heat = Heat(problem, np.linspace(1.0, 3.0, 36), transfer).solve()
        rows.append(Row(f"heat set free, {words}", electric, heat.source, 1e-8, unit="W/m"))
        rows.append(Row(f"heat out, {words}", electric, heat.plating + heat.stripping, 1e-8, unit="W/m"))
    return rows


@check("J4", "Plates of beta-alumina break by their own heat")
def breaking_plate() -> list[Row]:
    """Experiment X16: 15 A/cm^2 through 2 mm; the colder surface is pulled with E a (2/3) dT/(1 - nu), the strength."""
    current, thickness, sigma, k = 15e4, 2e-3, 20.0, 2.5
    problem = Conduction(
        stack(thickness, [thickness], thickness / 4), isotropic(sigma), None, IDEAL_PLATING, IDEAL_STRIPPING
    )
    problem.solve(Current(current * thickness))
    heat = Heat(problem, np.array([k])).solve()
    # a plate free to grow in its plane is as wide as its mean temperature wants
    tension = 200e9 * 8e-6 * heat.mean / (1 - 0.25)
    return [
        Row("rise in the middle", printed(current**2 * thickness**2 / (8 * sigma * k), 225.0), heat.largest, 1e-8),
        Row("tension of the surface", 320.0, tension / 1e6, 0.01, unit="MPa"),
    ]
