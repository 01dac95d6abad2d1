# SPDX-License-Identifier: LGPL-3.0-or-later
"""The pressure that makes a foil flow as fast as current removes it: one steady state for each current density.

Stripping removes a layer of the thickness j V_Na / F per time. The platens follow at this speed. Where sodium is
removed evenly under an even supply, the foil moves as a whole and needs no pressure at all; the pressure found
here is what it takes when all of it has to come out of the foil's own thickness, by flow along the platens.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray

from jadeite.constants import FARADAY
from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.physics.creeping_flow import CreepingFlow, FlowStress, Wall
from jadeite.study.assembly.metal import flow_rule
from jadeite.study.context import RunContext
from jadeite.study.distributed_rows import gather_rows
from jadeite.study.kept_way import KeptWay, Records
from jadeite.study.pressing.foil import LOWER, UPPER, Foil

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class SteadyState:
    """The foil at one current density.

    Attributes:
        current_density: A/m^2.
        speed: of the upper platen, m/s.
        pressure: force of the platens over their area, Pa.
        power_gap: power of the platens less that dissipated in the metal and by friction, over the first.
        friction_share: part of the power that friction dissipates.
        newton_steps: taken.
    """

    current_density: float
    speed: float
    pressure: float
    power_gap: float
    friction_share: float
    newton_steps: int


@dataclass(frozen=True, eq=False)
class SteadyFlow:
    """All current densities, the last of which is in `flow`.

    Attributes:
        states: in the order of current densities.
        flow: the solved problem.
        distance: of places under the upper platen from the axis or the middle, m, rising; empty on other ranks than 0.
        wall_pressure: on the platen there at the last current density, Pa.
    """

    states: Sequence[SteadyState]
    flow: CreepingFlow
    distance: NDArray[np.float64]
    wall_pressure: NDArray[np.float64]


def solve_steady(run: RunContext, domain: Domain, foil: Foil, current_densities: Sequence[float]) -> SteadyFlow:
    """Find the steady states of a foil.

    Raises:
        ConvergenceError: when a steady state is not found.

    Note:
        Collective.
    """
    zero = fem.Constant(domain.mesh, 0.0)
    upper = Wall((UPPER,), fem.Constant(domain.mesh, 0.0), foil.friction)
    walls = [Wall((LOWER,), zero, foil.friction), upper]
    stress, states = _flow_stress(foil), Records(SteadyState)
    speeds = [density * run.materials.sodium.molar_volume / FARADAY for density in current_densities]
    # sodium that sticks to the platens shears faster than it thins, as many times as it is wider than thick
    sheared = max(1.0, foil.aspect_ratio) if foil.friction is None else 1.0
    nominal_rate = sheared * speeds[-1] / foil.thickness
    flow = CreepingFlow(
        domain,
        stress,
        walls,
        nominal_speed=speeds[-1],
        nominal_rate=nominal_rate,
        nominal_stress=float(_rule_stress(foil, nominal_rate)),
        conditions=foil.conditions,
        rigid=~foil.metal,
        linear=run.case.solver.linear,
        progress=run.progress.newton,
    )
    way = KeptWay(run.checkpoint, "pressing", {"flow": flow, "states": states})
    solved = len(states.found)
    for number in way.through(range(solved, len(speeds))):
        density, speed = current_densities[number], speeds[number]
        run.progress.step(f"{density:.4g} A/m^2", number / len(speeds))
        upper.velocity.value = -speed
        report = flow.solve()
        brought, dissipated, rubbed = flow.powers()
        state = SteadyState(
            density,
            speed,
            flow.force_on(upper) / foil.area,
            (brought - dissipated - rubbed) / brought,
            rubbed / brought,
            report.steps,
        )
        _LOGGER.info(
            "%.6g A/m^2: %.6g Pa at %.6g m/s, power out of balance by %.1e of it, %d Newton steps",
            density,
            state.pressure,
            speed,
            state.power_gap,
            report.steps,
        )
        states.found.append(state)
    return SteadyFlow(states.found, flow, *_wall_pressure(domain, flow))


def _flow_stress(foil: Foil) -> FlowStress:
    assert foil.flow is not None
    rule = flow_rule(foil.flow)
    return lambda rate: rule.stress_at(rate, 0.0)


def _rule_stress(foil: Foil, rate: float) -> float:
    assert foil.flow is not None
    return float(flow_rule(foil.flow).stress_at(np.array(rate), np.array(0.0)))


def _wall_pressure(domain: Domain, flow: CreepingFlow) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean pressure on each facet of the upper platen against the distance from its middle, on rank 0."""
    sampler = FacetSampler(domain, domain.facets(UPPER), 4)
    values = sampler.evaluate(-flow.stress[1, 1])
    share = sampler.weights / sampler.weights.sum(axis=1, keepdims=True)
    low, high = float(domain.tagged.points[:, 0].min()), float(domain.tagged.points[:, 0].max())
    middle = 0.0 if domain.axisymmetric else 0.5 * (low + high)
    across = np.abs(np.einsum("fq,fq->f", sampler.points[:, :, 0], share) - middle)
    rows = gather_rows(np.column_stack([across, np.einsum("fq,fq->f", values, share)]), domain.mesh.comm)
    if rows is None:
        return np.zeros(0), np.zeros(0)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return rows[:, 0], rows[:, 1]
