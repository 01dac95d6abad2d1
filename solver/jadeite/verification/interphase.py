# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of films between sodium and ceramic: growth, resistance in series, variation along the interface, misfit."""

from __future__ import annotations

import numpy as np
from dolfinx import fem, mesh
from scipy.optimize import brentq

from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, ElectrodeLaw, LinearResistance
from jadeite.physics.interface_losses import InterfaceLossProbe
from jadeite.physics.interphase.film import GrowingFilm
from jadeite.physics.interphase.growth import GrowthLaw
from jadeite.physics.interphase.linear_parabolic import LinearParabolicGrowth
from jadeite.physics.interphase.misfit import film_stress
from jadeite.physics.interphase.parabolic import ParabolicGrowth
from jadeite.physics.interphase.wagner import wagner_constant, wagner_growth
from jadeite.physics.mechanics import Kinematics, Mechanics, Pin
from jadeite.physics.series_resistance import SeriesPart, SeriesResistance
from jadeite.verification.measure import node_value
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.slab import IDEAL_STRIPPING, PLATING, isotropic, stack

FARADAY, GAS, TEMPERATURE = 96485.33212, 8.314462618, 298.15
THERMAL = GAS * TEMPERATURE / FARADAY
MICRON = 1e-6
DAY = 86400.0


def in_steps(law: GrowthLaw, duration: float) -> tuple[float, float]:
    """Thickness (m) after a duration (s), from nothing: at once and in steps of growing length."""
    at_once = float(law.grown(np.zeros(1), np.array([duration]))[0])
    ends = duration * np.geomspace(1e-6, 1.0, 7)
    thickness = np.zeros(1)
    for step in np.diff(ends, prepend=0.0):
        thickness = law.grown(thickness, np.array([step]))
    return at_once, float(thickness[0])


@check("I1", "Parabolic and mixed growth of a film")
def growth() -> list[Row]:
    """x = sqrt(2 k t); x^2 + A x = B t; in one step or in many, and the speed is the derivative of the thickness."""
    duration, constant = 1e6, 1e-20
    length, parabolic = 1e-8, 2e-20
    expected = {
        "parabolic": printed(np.sqrt(2 * constant * duration), 0.1414214e-6),
        "mixed": printed((np.sqrt(length**2 + 4 * parabolic * duration) - length) / 2, 0.1365097e-6),
    }
    laws: dict[str, GrowthLaw] = {
        "parabolic": ParabolicGrowth(constant),
        "mixed": LinearParabolicGrowth(parabolic, parabolic / length),
    }
    speed = {
        "parabolic": constant / expected["parabolic"],
        "mixed": parabolic / (2 * expected["mixed"] + length),
    }
    rows = []
    for name, law in laws.items():
        at_once, stepped = in_steps(law, duration)
        got = float(law.speed(np.array([at_once]))[0])
        rows += [
            Row(f"{name}: thickness", expected[name] * 1e6, at_once * 1e6, 1e-3, unit="um"),
            Row(f"{name}: thickness in seven steps", expected[name] * 1e6, stepped * 1e6, 1e-10, unit="um"),
            Row(f"{name}: speed at the end", speed[name], got, 1e-10, unit="m/s"),
        ]
    return rows


@check("I2", "Wagner's constant, the film and its resistance in a cell")
def wagner() -> list[Row]:
    """k = (V/F^2) s_i s_e / (s_i + s_e) F U; x = sqrt(2 k t); the cell's voltage rises by j x / s_i."""
    ionic, electronic, drop, volume = 1e-3, 1e-7, 1.0, 20e-6
    constant = printed(volume / FARADAY**2 * ionic * electronic / (ionic + electronic) * FARADAY * drop, 2.072647e-17)
    thickness = printed(np.sqrt(2 * constant * DAY), 1.892494e-6)
    resistance = printed(thickness / ionic, 1.892494e-3)
    got = wagner_constant(ionic, electronic, drop, volume)

    side, density = 10 * MICRON, 20.0
    domain = stack(side, [side], side)
    series = SeriesResistance(domain, (PLATING,))
    film = GrowingFilm(series, wagner_growth(got), ionic, volume_per_sodium=volume)
    contact = Contact((PLATING,), ButlerVolmer(10.0, TEMPERATURE), None, series, film)
    problem = Conduction(domain, isotropic(1e4), None, (contact,), IDEAL_STRIPPING)
    voltages = []
    for time in (0.0, DAY):
        film.grow_to(time)
        voltages.append(problem.solve(Current(density * side)).voltage)
    measured = film.measure()
    assert measured.charge is not None
    return [
        Row("growth constant", constant, got, 1e-3, unit="m^2/s"),
        Row("thickness after a day", thickness * 1e6, measured.mean * 1e6, 1e-3, unit="um"),
        Row("rise of the cell's resistance", resistance, (voltages[1] - voltages[0]) / density, 1e-3, unit="ohm m^2"),
        Row("fresh overpotential", 2 * THERMAL * np.arcsinh(1.0), voltages[0] - density * side / 1e4, 1e-8, unit="V"),
        Row("sodium consumed", thickness * FARADAY / volume, measured.charge / side, 1e-3, unit="C/m^2"),
    ]


def halved(law: ElectrodeLaw, low: float, high: float, contact: float, control: Voltage) -> tuple[float, list[float]]:
    """Plating current density, and losses over current times voltage, of a slab whose left and right films differ."""
    side = 10 * MICRON
    domain: Domain = stack(side, [side], side / 8)
    series = SeriesResistance(domain, (PLATING,))
    middle = mesh.compute_midpoints(domain.mesh, domain.dimension - 1, series.facets)[:, 0]
    series.assign(SeriesPart.FILM, np.where(middle < side / 2, low, high))
    series.assign(SeriesPart.CONTACT, contact)
    # so good a conductor drops less than 1e-10 V
    plating = (Contact((PLATING,), law, None, series),)
    problem = Conduction(domain, isotropic(1e7), None, plating, IDEAL_STRIPPING, tolerance=1e-9)
    result = problem.solve(control)
    losses, _ = InterfaceLossProbe(problem).read(result)
    power = result.voltage * result.current_in
    shares = [losses.charge_transfer / power, losses.film / power, losses.contact / power]
    return result.current_in / side, shares


@check("I3", "A film that differs from place to place")
def variation() -> list[Row]:
    """Two halves of an electrode in parallel: j = U / R on each, or the root of eta(j) + R j = U."""
    low, high, contact, voltage = 1e-3, 4e-3, 5e-4, 0.05
    kinetics, anodic, exchange = 2e-3, 0.3, 10.0

    def overpotential(j: float) -> float:
        """Of plating with cathodic coefficient 1 - anodic."""

        def rate(u: float) -> float:
            return exchange * (np.exp((1 - anodic) * u) - np.exp(-anodic * u)) - j

        return float(THERMAL * brentq(rate, 0.0, 50.0, xtol=1e-15))

    rows = []
    linear = [voltage / (kinetics + film + contact) for film in (low, high)]
    behind = [
        float(brentq(lambda j, r=film + contact: overpotential(j) + r * j - voltage, 0.0, 100.0, xtol=1e-13))
        for film in (low, high)
    ]
    laws: tuple[tuple[str, ElectrodeLaw, list[float]], ...] = (
        ("linear", LinearResistance(kinetics), linear),
        ("Butler-Volmer", ButlerVolmer(exchange, TEMPERATURE, anodic), behind),
    )
    for name, law, densities in laws:
        got, shares = halved(law, low, high, contact, Voltage(voltage))
        mean = 0.5 * sum(densities)
        in_film = 0.5 * sum(r * j**2 for r, j in zip((low, high), densities, strict=True)) / (voltage * mean)
        in_contact = 0.5 * sum(contact * j**2 for j in densities) / (voltage * mean)
        rows += [
            Row(f"{name}: mean current density", mean, got, 1e-6, unit="A/m^2"),
            Row(f"{name}: share of the film in the loss", in_film, shares[1], 1e-6),
            Row(f"{name}: share of the contact", in_contact, shares[2], 1e-6),
            Row(f"{name}: share of charge transfer", 1.0 - in_film - in_contact, shares[0], 1e-6),
        ]
    return rows


@check("I4", "The misfit of a thin film bends the plate under it")
def misfit() -> list[Row]:
    """Curvature 6 f / (E' h^2) of a plate of thickness h (Stoney 1909), f = x E_f / (1 - nu) e_v / 3; its strain."""
    modulus, ratio, height, width = 80e9, 0.26, 20 * MICRON, 200 * MICRON
    thickness, strain, softer = 10e-9, 0.15, 0.5
    force = -thickness * softer * modulus / (1 - ratio) * strain / 3
    stiffness = isotropic_stiffness(modulus, ratio)
    got = thickness * film_stress(stiffness, softer, strain)
    rows = [Row("force of the film per length", force, got, 1e-12, unit="N/m")]
    domain = stack(width, [height], height / 4)
    tension = [(domain.ds((PLATING,), 2), fem.Constant(domain.mesh, got))]
    pins = [Pin((0.0, 0.0), 0), Pin((0.0, 0.0), 1), Pin((width, 0.0), 1)]
    for kinematics in (Kinematics.PLANE_STRAIN, Kinematics.GENERALISED_PLANE_STRAIN):
        body = Mechanics(domain, stiffness[None], None, pins, kinematics)
        state = body.new_deformation("displacement")
        body.solve(body.load(tensions=tension), state)
        left, centre, right = (node_value(state.displacement, (part * width, 0.0))[1] for part in (0.3, 0.5, 0.7))
        curvature = (left - 2 * centre + right) / (0.2 * width) ** 2
        # no slice can bend along its thickness, so that the plate is as stiff as a wide one in either case
        expected = -6 * force / (modulus / (1 - ratio**2) * height**2)
        name = kinematics.value.replace("_", " ")
        rows.append(Row(f"{name}: curvature", expected, float(curvature), 1e-5, unit="1/m"))
        if kinematics is Kinematics.GENERALISED_PLANE_STRAIN:
            # a film under compression stretches what it is bonded to
            stretch = -force * (1 - ratio) / (modulus * height)
            rows.append(Row("strain of the slice", stretch, float(state.thickness_strain.value), 1e-8))
    return rows
