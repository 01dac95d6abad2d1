# SPDX-License-Identifier: LGPL-3.0-or-later
"""Meshed metal of a case as a law of the nonlinear solid: the one place where its flow laws meet their code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.materials.creep import LinearViscosity, MetalFlow, PowerLawCreep
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.laws import BulkLaw
from jadeite.physics.solid.linear_viscous import LinearViscousFlow
from jadeite.physics.solid.norton import NortonFlow
from jadeite.physics.solid.rate_dependent_plasticity import OverstressFlow
from jadeite.physics.solid.viscous_metal import FlowRule, ViscousMetal


def flow_rule(flow: MetalFlow) -> FlowRule:
    """Return the flow rule of a metal."""
    if isinstance(flow, PowerLawCreep):
        return NortonFlow(flow.reference_rate, flow.reference_stress, flow.exponent)
    if isinstance(flow, LinearViscosity):
        return LinearViscousFlow(flow.viscosity)
    return OverstressFlow(flow.yield_stress, flow.reference_rate, flow.exponent, flow.hardening_modulus)


def metal_law(stiffness: NDArray[np.float64], flow: MetalFlow | None) -> BulkLaw:
    """Return the law of a metal with an isotropic stiffness (6, 6) in Pa; elastic where it does not flow."""
    if flow is None:
        return Elastic(stiffness)
    bulk = float(stiffness[:3, :3].sum()) / 9.0
    return ViscousMetal(bulk, float(stiffness[3, 3]), flow_rule(flow))
