# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of metal that flows: uniaxial creep and relaxation, voids that close, a thick cylinder, overstress plasticity.

The metal is the reference sodium of the checks: 0.001 1/s under 0.25 MPa with the exponent 5, Young's modulus 4.6 GPa.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
import ufl
from dolfinx import fem

from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Kinematics
from jadeite.physics.solid.body import Loads, SolidBody
from jadeite.physics.solid.laws import BulkRegions
from jadeite.physics.solid.norton import NortonFlow
from jadeite.physics.solid.rate_dependent_plasticity import OverstressFlow
from jadeite.physics.solid.steps import BodySteps, March
from jadeite.physics.solid.viscous_metal import FlowRule, ViscousMetal
from jadeite.physics.strains import tensor
from jadeite.physics.supports import Support
from jadeite.verification.measure import facet_mean
from jadeite.verification.mechanics import HOLE, LINE_X, LINE_Y, MICRON, OUTER, quarter_ring
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import domain_of, everywhere
from jadeite.verification.spheres import half_shell

YOUNG, POISSON, EXPONENT = 4.6e9, 0.315, 5.0
#: Uniaxial rate over stress^n, Pa^-5/s.
COEFFICIENT = 1e-3 / 0.25e6**5
#: Energies close to this in every check.
CLOSES = 1e-6


def metal(flow: FlowRule | None = None) -> ViscousMetal:
    """Sodium with a flow rule, by default that of the checks."""
    bulk, shear = YOUNG / (3 * (1 - 2 * POISSON)), YOUNG / (2 * (1 + POISSON))
    return ViscousMetal(bulk, shear, flow or NortonFlow(1e-3, 0.25e6, EXPONENT))


@dataclass(eq=False)
class Ramp:
    """A constant that rises from zero to its value during the first moment, and stays."""

    constant: fem.Constant
    value: float
    moment: float

    def __call__(self, time: float) -> None:
        """Set the constant to its value at a time (s)."""
        self.constant.value = self.value * min(time / self.moment, 1.0)


def loaded(body: SolidBody, constant: fem.Constant, value: float, moment: float) -> BodySteps:
    """Steps of a body after a load has risen within a moment (s), too short for flow, in one step."""
    steps = BodySteps(body, Ramp(constant, value, moment))
    for _ in March(steps, moment, moment, tolerance=1.0):
        pass
    return steps


def balance(steps: BodySteps) -> Row:
    """Whether work done, energy stored and energy dissipated add up."""
    return Row("energy: work - stored - dissipated", 0.0, steps.ledger.imbalance, CLOSES, "absolute")


def bar(flow: FlowRule, moment: float, *, strain: float = 0.0, stress: float = 0.0) -> tuple[SolidBody, BodySteps]:
    """A square with free sides that has been pulled along y within a moment (s): to a strain, or by a stress (Pa)."""
    side = 10 * MICRON
    domain = domain_of(
        {"bar": shapely.box(0, 0, side, side)},
        [
            (LINE_X, shapely.LineString([(0, 0), (side, 0)])),
            (LINE_Y, shapely.LineString([(0, 0), (0, side)])),
            (OUTER, shapely.LineString([(0, side), (side, side)])),
            (HOLE, everywhere),
        ],
        SizeField(side / 2),
    )
    load = fem.Constant(domain.mesh, 0.0)
    conditions = [Support((LINE_X,), 1), Support((LINE_Y,), 0)]
    if strain:
        conditions.append(Support((OUTER,), 1, lambda x: np.full(x.shape[1], float(load.value) * side)))
    body = SolidBody(
        domain,
        [BulkRegions(metal(flow), [0])],
        conditions,
        Loads(pressures=[] if strain else [(domain.ds([OUTER], 2), load)]),
        kinematics=Kinematics.GENERALISED_PLANE_STRAIN,
    )
    return body, loaded(body, load, strain or -stress, moment)


def axial_stress(body: SolidBody) -> float:
    """Stress of a bar, Pa."""
    return facet_mean(body.domain, OUTER, body.stress()[1])


def axial_strain(body: SolidBody) -> float:
    """Strain of a bar."""
    return facet_mean(body.domain, OUTER, body.displacement[1]) / (10 * MICRON)


@check("M13", "Norton creep: uniaxial rate and relaxation")
def norton() -> list[Row]:
    """Rate A s^n; s(t) = [s0^(1-n) + (n-1) E A t]^(-1/(n-1)) under a held strain (Norton 1929), over six decades."""
    rows = []
    for stress, reference in ((0.25e6, 1e-3), (1e6, 1.024)):
        expected = printed(COEFFICIENT * stress**EXPONENT, reference)
        body, steps = bar(metal().flow, 1e-9, stress=stress)
        before = axial_strain(body)
        for _ in March(steps, 1.0, 0.1, start=1e-9):
            pass
        rows += [
            Row(f"strain rate under {stress / 1e6:g} MPa", expected, axial_strain(body) - before, 5e-3, unit="1/s")
        ]
        rows += [balance(steps)]
    body, steps = bar(metal().flow, 1e-6, strain=0.25e6 / YOUNG)
    start, length, taken = 1e-6, 1e-4, 0
    for time, reference in (
        (1e-3, 0.0),
        (1.0, 85.06586e3),
        (10.0, 47.98142e3),
        (100.0, 26.99018e3),
        (1e3, 15.17816e3),
    ):
        for step in March(steps, time - start, length, start=start):
            taken, length = taken + 1, step.length
        start = time
        expected = (0.25e6 ** (1 - EXPONENT) + (EXPONENT - 1) * YOUNG * COEFFICIENT * time) ** (-1 / (EXPONENT - 1))
        if reference:
            printed(expected, reference)
            rows.append(Row(f"stress after {time:g} s", expected / 1e3, axial_stress(body) / 1e3, 5e-3, unit="kPa"))
    rows.append(Row("steps above 200 for six decades of time", 0.0, max(taken - 200, 0), 0.0, "absolute"))
    return [*rows, balance(steps)]


@check("M14", "Voids that close by creep: sphere and cylinder")
def voids() -> list[Row]:
    """Rates (A/2)(3p/2n)^n of a sphere and (sqrt3/2) A (sqrt3 p/n)^n of a cylinder in an infinite body.

    The outer boundary, at four radii, carries the exact radial stress p (1 - (a/r)^(3/n)) or p (1 - (a/r)^(2/n)) there.
    """
    pressure, radius, outer = 1e6, 5 * MICRON, 20 * MICRON
    n = EXPONENT
    sphere = printed(COEFFICIENT / 2 * (3 * pressure / (2 * n)) ** n, 1.24416e-3)
    cylinder = printed(np.sqrt(3) / 2 * COEFFICIENT * (np.sqrt(3) * pressure / n) ** n, 4.423680e-3)
    rows = []
    for name, domain, expected, power in (
        ("sphere", half_shell(radius, outer, 12), sphere, 3 / n),
        ("cylinder", quarter_ring(radius, outer, 12), cylinder, 2 / n),
    ):
        push = fem.Constant(domain.mesh, 0.0)
        supports = [Support((LINE_X,), 1)] + ([] if domain.axisymmetric else [Support((LINE_Y,), 0)])
        body = SolidBody(
            domain,
            [BulkRegions(metal(), [0])],
            supports,
            Loads(pressures=[(domain.ds([OUTER], 4), push)]),
            with_pressure=[0],
        )
        steps = loaded(body, push, pressure * (1 - (radius / outer) ** power), 1e-4)
        inward = ufl.dot(body.displacement, ufl.FacetNormal(domain.mesh))
        before, rate = 0.0, 0.0
        for step in March(steps, 30.0, 1e-4, start=1e-4, tolerance=3e-2):
            closed = facet_mean(domain, HOLE, inward) / radius
            rate, before = (closed - before) / step.length, closed
        rows += [Row(f"rate of a {name}", expected, rate, 2e-2, unit="1/s"), balance(steps)]
    return rows


@check("M15", "Thick cylinder in steady creep, plane strain, after an elastic start")
def thick_cylinder() -> list[Row]:
    """Hoop stress p [(2/n - 1)(b/r)^(2/n) + 1] / D, D = (b/a)^(2/n) - 1 (Bailey 1935); u'(a)/a from s_r - s_hoop."""
    inner, outer, pressure, n = 10 * MICRON, 20 * MICRON, 1e6, EXPONENT
    reach = (outer / inner) ** (2 / n)
    scale = reach - 1
    hoop_inner = printed(pressure * ((2 / n - 1) * reach + 1) / scale, 0.6519252e6)
    hoop_outer = printed(pressure * (2 / n) / scale, 1.2519252e6)
    mises = printed(np.sqrt(3) / 2 * pressure * (2 / n) * reach / scale, 1.4306092e6)
    rate = printed(np.sqrt(3) / 2 * COEFFICIENT * mises**n, 5.314172)
    elastic = printed(pressure * (inner**2 + outer**2) / (outer**2 - inner**2), 1.666667e6)
    domain = quarter_ring(inner, outer, 24)
    push = fem.Constant(domain.mesh, 0.0)
    body = SolidBody(
        domain,
        [BulkRegions(metal(), [0])],
        [Support((LINE_X,), 1), Support((LINE_Y,), 0)],
        Loads(pressures=[(domain.ds([HOLE], 4), push)]),
        with_pressure=[0],
    )
    normal = ufl.FacetNormal(domain.mesh)
    along = ufl.as_vector([-normal[1], normal[0], 0.0])

    def hoop(kind: SurfaceKind) -> float:
        return facet_mean(domain, kind, ufl.dot(along, ufl.dot(tensor(body.stress()), along)))

    steps = loaded(body, push, pressure, 1e-9)
    rows = [Row("hoop stress at the inner radius, elastic", elastic / 1e6, hoop(HOLE) / 1e6, 1e-2, unit="MPa")]
    before, found = 0.0, 0.0
    for step in March(steps, 0.2, 1e-6, start=1e-9, tolerance=3e-2):
        opened = -facet_mean(domain, HOLE, ufl.dot(body.displacement, normal)) / inner
        found, before = (opened - before) / step.length, opened
    stress = tensor(body.stress())
    deviator = ufl.dev(stress)
    equivalent = facet_mean(domain, HOLE, ufl.sqrt(1.5 * ufl.inner(deviator, deviator)))
    return [
        *rows,
        Row("hoop stress at the inner radius", hoop_inner / 1e6, hoop(HOLE) / 1e6, 1e-2, unit="MPa"),
        Row("hoop stress at the outer radius", hoop_outer / 1e6, hoop(OUTER) / 1e6, 1e-2, unit="MPa"),
        Row("von Mises stress at the inner radius", mises / 1e6, equivalent / 1e6, 1e-2, unit="MPa"),
        Row("rate of the inner radius over itself", rate, found, 1e-2, unit="1/s"),
        balance(steps),
    ]


@check("N2", "Overstress plasticity: creep with hardening, and relaxation to the yield stress")
def overstress() -> list[Row]:
    """Closed forms of the law of Perzyna (1966) for one bar.

    Under a held stress s with the exponent 1 and Y = Y0 + H p, dp/dt = r (s/Y - 1) gives
    s ln((s - Y0)/(s - Y)) - (Y - Y0) = r H t. Under a held strain without hardening, w = s/Y - 1 falls as
    dw/dt = -(E r/Y) w^m, so that w^(1-m) = w0^(1-m) + (m - 1) E r t / Y.
    """
    yield_stress, rate, hardening, stress = 0.28e6, 1e-3, 1e6, 0.4e6
    body, steps = bar(OverstressFlow(yield_stress, rate, 1.0, hardening), 1e-9, stress=stress)
    rows = []
    start, length = 1e-9, 1.0
    for share in (0.5, 0.9):  # of the way to rest, where Y has grown to the stress
        grown = share * (stress - yield_stress)
        time = (-stress * np.log(1 - share) - grown) / (rate * hardening)
        for step in March(steps, time - start, length, start=start, tolerance=5e-2):
            length = step.length
        start = time
        plastic = axial_strain(body) - stress / YOUNG
        rows.append(Row(f"plastic strain after {time:.0f} s", grown / hardening, plastic, 5e-3))
    rows.append(balance(steps))
    exponent = 3.0
    body, steps = bar(OverstressFlow(yield_stress, rate, exponent), 1e-9, strain=stress / YOUNG)
    over = stress / yield_stress - 1
    for start, time in ((1e-9, 1.0), (1.0, 100.0)):
        for _ in March(steps, time - start, 0.1 * time, start=start, tolerance=2e-2):
            pass
        left = (over ** (1 - exponent) + (exponent - 1) * YOUNG * rate * time / yield_stress) ** (1 / (1 - exponent))
        expected = yield_stress * (1 + left)
        rows.append(Row(f"stress after {time:g} s", expected / 1e3, axial_stress(body) / 1e3, 2e-3, unit="kPa"))
    return [*rows, balance(steps)]
