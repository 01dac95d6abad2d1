# SPDX-License-Identifier: LGPL-3.0-or-later
"""A foil that changes its shape: compressed at a constant speed of the platen, or held under a pressure, in time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from jadeite.case.mechanical_protocols import Pressing
from jadeite.fem.domain import Domain
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.finite_strain import FiniteStrainBody, Plate
from jadeite.physics.solid.laws import BulkRegions
from jadeite.physics.solid.steps import March
from jadeite.physics.supports import Support
from jadeite.study.assembly.cell import elastic_properties
from jadeite.study.assembly.metal import flow_rule, metal_law
from jadeite.study.context import RunContext
from jadeite.study.kept_way import KeptWay, Records
from jadeite.study.pressing.fields import shape_series
from jadeite.study.pressing.foil import LOWER, UPPER, Foil

_LOGGER = logging.getLogger(__name__)

#: First and largest step as shares of the duration: the elastic start is short, and the shape turns slowly.
_FIRST, _LARGEST = 1e-4, 1.0 / 50.0


@dataclass(frozen=True)
class Instant:
    """The foil at one time.

    Attributes:
        time: s.
        thickness_lost: share of the thickness at the start, 1.
        pressure: force of the platen over the area of the foil before it spread, Pa.
        mean_pressure: over the area under the platen now, Pa.
        external_work, stored, dissipated: energies so far, J (in the plane per metre of depth).
    """

    time: float
    thickness_lost: float
    pressure: float
    mean_pressure: float
    external_work: float
    stored: float
    dissipated: float


@dataclass(frozen=True, eq=False)
class Transient:
    """All instants, the last of which is in `body`."""

    instants: Sequence[Instant]
    body: FiniteStrainBody


def solve_transient(run: RunContext, domain: Domain, foil: Foil, protocol: Pressing) -> Transient:
    """Press a foil for the duration of a protocol.

    Raises:
        ConvergenceError: when time steps keep failing.

    Note:
        Collective.
    """
    assert protocol.duration is not None
    body = _body(run, domain, foil, protocol)
    if protocol.compression is not None:
        body.drive(-protocol.compression * foil.thickness / protocol.duration)
    march = March(
        body,
        protocol.duration,
        _FIRST * protocol.duration,
        tolerance=protocol.time_tolerance,
        largest_step=_LARGEST * protocol.duration,
    )
    instants = Records(Instant)
    way = KeptWay(run.checkpoint, "pressing", {"march": march, "body": body, "instants": instants})
    series = shape_series(run, body, protocol.duration, instants.found[-1].time if instants.found else None)
    for step in way.through(march):
        force, ledger = -body.plate_force(), body.ledger
        instants.found.append(
            Instant(
                step.time,
                -body.plate_displacement / foil.thickness,
                force / foil.area,
                force / body.contact_area(),
                ledger.external_work,
                ledger.stored,
                ledger.dissipated,
            )
        )
        if run.case.outputs.fields:
            series.see(step.time)
        run.progress.step(f"{step.time:.4g} s", step.time / protocol.duration)
        _LOGGER.info(
            "%.6g s: thickness less by %.6g of it, %.6g Pa, step %.3g s, relative error %.1e",
            step.time,
            instants.found[-1].thickness_lost,
            instants.found[-1].pressure,
            step.length,
            step.error,
        )
    run.progress.stage("fields")
    if run.case.outputs.fields:
        series.finish(instants.found[-1].time)
    body.ledger.report(body.name, protocol.time_tolerance)
    return Transient(instants.found, body)


def _body(run: RunContext, domain: Domain, foil: Foil, protocol: Pressing) -> FiniteStrainBody:
    stiffness, _ = elastic_properties(run.case, run.materials, domain.tagged)
    metal = [row for row, is_metal in enumerate(foil.metal) if is_metal]
    ceramic = [row for row, is_metal in enumerate(foil.metal) if not is_metal]
    laws = [BulkRegions(metal_law(stiffness[metal[0]], foil.flow), metal)]
    if ceramic:
        laws.append(BulkRegions(Elastic(stiffness), ceramic))
    axes = [axis for axis in range(domain.dimension) if axis != 1]
    walls = [Support((LOWER,), 1)]
    if foil.friction is None:
        walls += [Support((kind,), axis) for kind in (LOWER, UPPER) for axis in axes]
    force = None if protocol.pressure is None else -protocol.pressure * foil.area
    return FiniteStrainBody(
        domain,
        laws,
        foil.metal,
        Plate((UPPER,), force),
        [*walls, *foil.conditions],
        stress_size=_stress_size(foil, protocol, float(stiffness[metal[0], 3, 3])),
        linear=run.case.solver.linear,
    )


def _stress_size(foil: Foil, protocol: Pressing, shear_modulus: float) -> float:
    """A stress that the foil is sure to see, Pa."""
    if protocol.pressure is not None:
        return protocol.pressure
    assert protocol.compression is not None and protocol.duration is not None
    elastic = 3.0 * shear_modulus * protocol.compression
    if foil.flow is None:
        return elastic
    rate = protocol.compression / protocol.duration
    return min(elastic, float(flow_rule(foil.flow).stress_at(rate, 0.0)))
