# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of sodium that flows in films: channels of filled flaws, molten sodium, foils between platens."""

from __future__ import annotations

import numpy as np
import shapely
from dolfinx import fem

from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.creeping_flow import CreepingFlow, Wall
from jadeite.physics.film_flow import PowerLaw, channel_pressure, squeeze_pressure
from jadeite.physics.supports import Support
from jadeite.verification.measure import facet_mean
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import domain_of, everywhere

VOLUME_PER_CHARGE = 2.464623e-10  # m^3/C: 23.78 cm^3/mol over Faraday's constant
EXPONENT, COEFFICIENT = 5.0, 1.024e-30  # n, and A of A sigma^n in Pa^-5 s^-1
SODIUM = PowerLaw(EXPONENT, 0.25e6, COEFFICIENT * 0.25e6**EXPONENT)

LOWER, UPPER, RIM, AXIS = (
    SurfaceKind.PLATING_ELECTRODE,
    SurfaceKind.STRIPPING_ELECTRODE,
    SurfaceKind.SIDE_WALL,
    SurfaceKind.PORE_WALL,
)


def _gradient(flux: float, opening: float) -> float:
    """Pressure gradient of a flux q through an opening h: q = 2 A' p'^n (h/2)^(n+2) / (n+2), A' = 3^((n+1)/2) A."""
    n = EXPONENT
    shear = 3 ** ((n + 1) / 2) * COEFFICIENT
    return float((flux * (n + 2) / (2 * shear * (opening / 2) ** (n + 2))) ** (1 / n))


@check("M16", "Power-law creep in a channel: pressure at the tip of a filled flaw")
def channel() -> list[Row]:
    """Line current at the tip: p' c; even current i on both flanks: q = 2 i V/F s, p = n/(n+1) p'(c) c.

    In finite elements the channel is filled by walls that approach each other: q grows along it as with a current on
    the flanks, and the pressure gradient is that of the flux anywhere.
    """
    opening, depth, n = 1e-6, 20e-6, EXPONENT
    rows = []
    for current, reference in ((1e-4, 16.64573e6), (1e-3, 26.38171e6), (1e-2, 41.81219e6)):
        flux = current * VOLUME_PER_CHARGE
        expected = printed(_gradient(flux, opening) * depth, reference)
        got = channel_pressure(SODIUM, [0.0, depth], [opening] * 2, [flux] * 2)[-1]
        rows.append(Row(f"tip pressure, line current {current:g} A/m", expected / 1e6, got / 1e6, 1e-6, unit="MPa"))
    on_flanks = 2.0 * 10.0 * VOLUME_PER_CHARGE * depth
    expected = printed(n / (n + 1) * _gradient(on_flanks, opening) * depth, 18.30348e6)
    place = np.linspace(0.0, depth, 101)
    got = channel_pressure(SODIUM, place, np.full(101, opening), on_flanks * (1.0 - place / depth))[-1]
    rows.append(Row("tip pressure, 10 A/m^2 on the flanks", expected / 1e6, got / 1e6, 1e-4, unit="MPa"))

    # the channel as a strip that walls squeeze out: the flux at the distance s from the closed end is v s
    speed = on_flanks / depth
    domain = _strip(depth, opening, opening / 3, axisymmetric=False)
    flow, _ = _squeezed(domain, speed, depth, opening)
    pressure = facet_mean(domain, AXIS, -flow.stress[0, 0])
    rows.append(
        Row("the same by finite elements, walls that squeeze", expected / 1e6, pressure / 1e6, 2e-2, unit="MPa")
    )
    brought, dissipated, _ = flow.powers()
    rows.append(Row("power of the walls over that dissipated", 1.0, brought / dissipated, 1e-9))
    return rows


@check("M17", "Molten sodium in a flaw: lubrication pressure at its tip")
def lubrication() -> list[Row]:
    """p = 12 mu i V c^2 / (F h^3), with the current i on both flanks (Reynolds 1886)."""
    viscosity, current, depth, opening = 0.69e-3, 1e3, 100e-6, 50e-9
    expected = printed(12 * viscosity * current * VOLUME_PER_CHARGE * depth**2 / opening**3, 0.1632566e6)
    place = np.array([0.0, 0.5 * depth, depth])
    flux = 2.0 * current * VOLUME_PER_CHARGE * (depth - place)
    got = channel_pressure(PowerLaw.viscous(viscosity), place, np.full(3, opening), flux)[-1]
    return [Row("tip pressure", expected / 1e6, got / 1e6, 1e-9, unit="MPa")]


@check("M26", "Squeeze films between discs: Stefan's and Scott's equations", slow=True)
def squeeze_films() -> list[Row]:
    """Mean pressure n/(3n+1) p'(R) R with the gradient of the flux v R / 2 (Scott 1931); n = 1: 3 mu v R^2 / (2 h^3).

    A disc bears besides the stress of its free rim, which is of the order of the flow stress: over the pressure, it
    goes with (h/R)^((n+1)/n) and is a hundredth here.
    """
    thickness, speed, rows = 50e-6, 25.0 * VOLUME_PER_CHARGE, []
    viscosity = 1e9
    radius = 10.0 * thickness
    expected = 1.5 * viscosity * speed * radius**2 / thickness**3
    got = _mean_pressure(PowerLaw.viscous(viscosity), speed, radius, thickness)
    rows.append(Row("viscous, radius 10 times the thickness", expected / 1e6, got / 1e6, 1e-2, unit="MPa"))
    radius = 30.0 * thickness
    expected = EXPONENT / (3 * EXPONENT + 1) * _gradient(speed * radius / 2, thickness) * radius
    got = _mean_pressure(SODIUM, speed, radius, thickness)
    rows.append(Row("power law, radius 30 times the thickness", expected / 1e6, got / 1e6, 2.5e-2, unit="MPa"))
    own = float(squeeze_pressure(SODIUM, speed, radius, thickness, axisymmetric=True))
    rows.append(Row("the closed form of the library", expected / 1e6, own / 1e6, 1e-9, unit="MPa"))
    return rows


def _mean_pressure(law: PowerLaw, speed: float, radius: float, thickness: float) -> float:
    domain = _strip(radius, thickness, thickness / 3, axisymmetric=True)
    flow, upper = _squeezed(domain, speed, radius, thickness, law)
    return flow.force_on(upper) / (np.pi * radius**2)


def _strip(length: float, thickness: float, size: float, *, axisymmetric: bool) -> Domain:
    """Half of a film, from its middle plane or axis to its rim."""
    return domain_of(
        {"film": shapely.box(0.0, 0.0, length, thickness)},
        [
            (LOWER, lambda middle: middle[:, 1] < 1e-6 * thickness),
            (UPPER, lambda middle: middle[:, 1] > (1 - 1e-6) * thickness),
            (AXIS, lambda middle: middle[:, 0] < 1e-6 * length),
            (RIM, everywhere),
        ],
        # metal shears fastest at the walls
        SizeField(size, on_surfaces={LOWER: 0.4 * size, UPPER: 0.4 * size}, growth=0.5),
        axisymmetric=axisymmetric,
    )


def _squeezed(
    domain: Domain, speed: float, length: float, thickness: float, law: PowerLaw = SODIUM
) -> tuple[CreepingFlow, Wall]:
    """The film between walls that it sticks to and that approach each other."""
    lower = Wall((LOWER,), fem.Constant(domain.mesh, 0.0))
    upper = Wall((UPPER,), fem.Constant(domain.mesh, -speed))
    rate = speed * length / thickness**2
    flow = CreepingFlow(
        domain,
        lambda rate: law.reference_stress * (rate / law.reference_rate) ** (1.0 / law.exponent),
        [lower, upper],
        nominal_speed=speed,
        nominal_rate=rate,
        nominal_stress=float(law.flow_stress(rate)),
        conditions=[Support((AXIS,), 0)],
    )
    flow.solve()
    return flow, upper
