# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of dendrite measures: solution and criteria on one flaw, against closed forms."""

from __future__ import annotations

import numpy as np
import shapely
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from scipy.integrate import quad
from scipy.special import gammaln

from jadeite.failure.criteria import combined_griffith, ohmic_griffith, porz_griffith, void_edge_focusing
from jadeite.failure.criteria.opening import PENNY_UNIFORM
from jadeite.failure.intensity import InteractionIntegral
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.cell import Cell
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, ConfinedSodium, LinearResistance
from jadeite.physics.mechanics import Mechanics, Support
from jadeite.verification.fracture import (
    CRACK,
    POISSON,
    PRESSURE,
    SHEAR,
    TIP_SIZE,
    YOUNG,
    edge_crack_factor,
    half_plane_with_edge_crack,
)
from jadeite.verification.measure import facet_mean
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import domain_of, edge_slit, everywhere
from jadeite.verification.slab import IDEAL_STRIPPING, PLATING, SIDE, STRIPPING, isotropic

FARADAY, MOLAR_VOLUME = 96485.33212, 23.78e-6
TOUGHNESS, CONDUCTIVITY = 1.3e6, 0.1
MICRON = 1e-6


@check("D1", "Overpotential whose pressure opens a filled flaw")
def griffith_overpotential() -> list[Row]:
    """eta_c = (V/F) K_Ic / (Y sqrt(pi c)), Y = 1.1215 (edge), 2/pi (embedded penny) (Porz et al. 2017)."""
    volume = MOLAR_VOLUME / FARADAY
    edge = edge_crack_factor(np.ones_like)
    rows = []
    for depth, edge_limit, penny_limit in (
        (10 * MICRON, 50.96968e-3, 89.79225e-3),
        (1 * MICRON, 161.1803e-3, 283.9480e-3),
    ):
        expected = printed(volume * TOUGHNESS / (edge * np.sqrt(np.pi * depth)), edge_limit, 5e-6)
        got = porz_griffith.critical_overpotential(TOUGHNESS, depth)
        label = f"{depth / MICRON:g} um"
        rows.append(Row(f"criterion, edge flaw {label}", expected * 1e3, got * 1e3, 1e-6, unit="mV"))
        expected = printed(volume * TOUGHNESS / (2 / np.pi * np.sqrt(np.pi * depth)), penny_limit)
        got = porz_griffith.critical_overpotential(TOUGHNESS, depth, geometry_factor=PENNY_UNIFORM)
        rows.append(Row(f"criterion, penny {label}", expected * 1e3, got * 1e3, 1e-6, unit="mV"))
    body = half_plane_with_edge_crack()
    intensity = body.intensity(body.constant(PRESSURE), (0.0, CRACK), (0.0, 1.0)).mode_one
    got = volume * TOUGHNESS / (intensity / PRESSURE)
    return [*rows, Row("finite elements, edge flaw 10 um", 50.96968, got * 1e3, 1e-2, unit="mV")]


@check("D2", "Ohmic limit of a flaw")
def ohmic_limit() -> list[Row]:
    """j = chi s V K_Ic / (F c^(3/2)); chi = 1 / (Y1 sqrt(pi)) for an edge flaw with pressure growing from its mouth."""
    chi = 1 / (edge_crack_factor(lambda x: x) * np.sqrt(np.pi))
    rows = []
    for depth, unit_limit in ((10e-6, 1013.197), (50e-6, 90.62310), (100e-6, 32.04010), (200e-6, 11.32789)):
        unit = printed(CONDUCTIVITY * MOLAR_VOLUME * TOUGHNESS / (FARADAY * depth**1.5), unit_limit)
        got = ohmic_griffith.critical_current_density(CONDUCTIVITY, TOUGHNESS, depth)
        rows.append(Row(f"criterion, edge flaw {depth / MICRON:g} um", chi * unit, got, 1e-6, unit="A/m^2"))
    hundred = printed(chi * 32.04010, 26.47192)
    penny = printed(np.sqrt(np.pi) / 2 * 32.04010, 28.39480)
    got = ohmic_griffith.critical_current_density(
        CONDUCTIVITY, TOUGHNESS, 100e-6, prefactor=ohmic_griffith.PENNY_UNIFORM_PRESSURE
    )
    rows.append(Row("criterion, penny 100 um, uniform pressure", penny, got, 1e-6, unit="A/m^2"))
    screened = printed(1 / printed(penny_factor(), 0.811249), 1.2327, 5e-5) * 32.04010
    got = ohmic_griffith.critical_current_density(
        CONDUCTIVITY, TOUGHNESS, 100e-6, prefactor=ohmic_griffith.PENNY_SCREENED
    )
    rows.append(Row("criterion, penny 100 um, pressure from its centre", screened, got, 1e-6, unit="A/m^2"))
    # lengths scale: the factor of the 10 um crack holds for 100 um
    body = half_plane_with_edge_crack()
    intensity = body.intensity(PRESSURE * body.x[1] / CRACK, (0.0, CRACK), (0.0, 1.0)).mode_one
    factor = intensity / (PRESSURE * np.sqrt(np.pi * CRACK))
    got = 32.04010 / (factor * np.sqrt(np.pi))
    return [*rows, Row("finite elements, edge flaw 100 um", hundred, got, 2e-2, unit="A/m^2")]


@check("D3", "Interface and ohmic overpotential together, solved as a coupled cell")
def combined_limit() -> list[Row]:
    """j = (V/F) K_Ic / (sqrt(pi c) [Y0 R + Y1 c/s]); the coupled solution finds pressure and K by itself."""
    uniform, linear = edge_crack_factor(np.ones_like), edge_crack_factor(lambda x: x)
    depth, far = CRACK, 60 * CRACK
    slit = edge_slit((0.0, 0.0), (0.0, depth))
    domain = domain_of(
        {"separator": shapely.box(-far, 0, far, far)},
        [
            (SurfaceKind.FLAW_WALL, slit.boundary),
            (PLATING, shapely.LineString([(-far, 0), (far, 0)])),
            (STRIPPING, shapely.LineString([(-far, far), (far, far)])),
            (SIDE, everywhere),
        ],
        SizeField(
            far / 8,
            growth=0.2,
            at_points=((0.0, depth, TIP_SIZE * depth),),
            on_surfaces={SurfaceKind.FLAW_WALL: 0.06 * depth},
        ),
        voids=[slit],
    )
    held = [Support((SIDE, STRIPPING), component) for component in (0, 1)]
    mechanics = Mechanics(domain, isotropic_stiffness(YOUNG, POISSON)[None], None, held)
    wall = Contact((SurfaceKind.FLAW_WALL,), ButlerVolmer(10.0, 298.15), ConfinedSodium(MOLAR_VOLUME, float("inf")))
    trial, rows = 10.0, []
    for centimetres, reference in ((1, 316.803), (10, 48.0443), (50, 10.07127), (100, 5.066112), (500, 1.018152)):
        resistance = centimetres * 1e-4
        load = uniform * resistance + linear * depth / CONDUCTIVITY
        expected = MOLAR_VOLUME / FARADAY * TOUGHNESS / (np.sqrt(np.pi * depth) * load)
        printed(expected, reference, 1e-5)
        plating = (Contact((PLATING,), LinearResistance(resistance)), wall)
        conduction = Conduction(domain, isotropic(CONDUCTIVITY), None, plating, IDEAL_STRIPPING)
        cell = Cell(domain, lambda _, problem=conduction: problem, mechanics, MOLAR_VOLUME)  # type: ignore[misc]
        cell.solve(Current(trial * 2 * far))
        total = cell.total
        integral = InteractionIntegral(
            total.displacement, mechanics.strain(total), mechanics.stress(total), cell.deposit_pressures
        )
        intensity = integral.evaluate((0.0, depth), (0.0, 1.0), 0.8 * depth, SHEAR, POISSON)
        got = trial * TOUGHNESS / intensity.mode_one
        criterion = combined_griffith.critical_current_density(resistance, CONDUCTIVITY, TOUGHNESS, depth)
        label = f"R = {centimetres} ohm cm^2"
        rows += [
            Row(f"{label}: coupled cell", expected, got, 2e-2, unit="A/m^2"),
            Row(f"{label}: criterion", expected, criterion, 1e-6, unit="A/m^2"),
        ]
    return rows


@check("D5", "Focusing beside a circular void on an ideal electrode")
def void_edge() -> list[Row]:
    """j/j0 = 1 + (2/pi) [1/sqrt(x^2 - 1) - asin(1/x)], x = r/a, against the criterion and an axisymmetric solution."""
    radius, far = 5 * MICRON, 100 * MICRON

    def density(distance: float) -> float:
        x = 1 + distance / radius
        return float(1 + 2 / np.pi * (1 / np.sqrt(x * x - 1) - np.arcsin(1 / x)))

    gaps = {"0.1 um": (0.1 * MICRON, 3.293578), "10 nm": (0.01 * MICRON, 10.10104)}
    ends = [radius + side * gap for gap, _ in gaps.values() for side in (0.9, 1.1)]
    domain = domain_of(
        {"ceramic": shapely.box(0, 0, far, far)},
        [
            (SurfaceKind.UNWETTED_PATCH, shapely.LineString([(0, 0), (radius, 0)])),
            (PLATING, shapely.LineString([(radius, 0), (far, 0)])),
            (STRIPPING, shapely.LineString([(0, far), (far, far)])),
            (SIDE, everywhere),
        ],
        SizeField(far / 10, growth=0.15, at_points=((radius, 0.0, 1e-4 * radius),)),
        points_to_keep=[(radius, 0.0), *((r, 0.0) for r in ends)],
    )
    # x is the distance from the axis: every integral carries it as its weight
    r = ufl.SpatialCoordinate(domain.mesh)[0]
    space = fem.functionspace(domain.mesh, ("Lagrange", 2))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    grounded = fem.locate_dofs_topological(space, 1, domain.facets(PLATING))
    problem = petsc.LinearProblem(
        r * ufl.inner(ufl.grad(u), ufl.grad(v)) * domain.dx(3),
        r * v * domain.ds([STRIPPING], 3),
        bcs=[fem.dirichletbc(0.0, grounded, space)],
        petsc_options={"ksp_type": "preonly", "pc_type": "cholesky", "pc_factor_mat_solver_type": "mumps"},
        petsc_options_prefix="axisymmetric_",
    )
    potential = problem.solve()
    into = ufl.grad(potential)[1]
    rows = []
    for label, (gap, reference) in gaps.items():
        expected = printed(density(gap), reference)
        low, high = 0.9 * gap, 1.1 * gap
        mean = quad(density, low, high)[0] / (high - low)
        window = (radius + low, radius + high)
        got = facet_mean(domain, PLATING, into, lambda m, w=window: (m[:, 0] > w[0]) & (m[:, 0] < w[1]))  # type: ignore[misc]
        rows += [
            Row(f"criterion, {label} from the rim", expected, void_edge_focusing.edge_amplification(gap, radius), 1e-6),
            Row(f"finite elements, {label} from the rim", expected, got * expected / mean, 3e-2),
        ]
    return rows


def penny_factor(waves: int = 4000) -> float:
    """Return K / (p1 sqrt(c)) where an embedded penny under the pressure p1 |x| / c is opened most.

    K(theta) = (pi^3 c)^(-1/2) int p sqrt(c^2 - r^2) / (c^2 + r^2 - 2 c r cos(phi - theta)) r dr dphi (Kassir and Sih
    1975). The kernel is Poisson's, so a wave cos(n phi) of the pressure is damped by (r/c)^n, and |cos phi| = 2/pi +
    (4/pi) sum of (-1)^(k+1) cos(2 k phi) / (4 k^2 - 1).
    """
    k = np.arange(1, waves + 1)
    moments = 0.5 * np.sqrt(np.pi) * np.exp(gammaln(k + 1.5) - gammaln(k + 2.0))  # int t^(2k+2) / sqrt(1 - t^2) dt
    series = 2 / np.pi * np.pi / 4 + np.sum(4 / np.pi * (-1.0) ** (k + 1) / (4.0 * k**2 - 1) * moments)
    return float(2 / np.sqrt(np.pi) * series)
