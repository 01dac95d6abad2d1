# SPDX-License-Identifier: LGPL-3.0-or-later
"""J and the factors of the modes at a tip or along a front whose place a check knows."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.failure.crack_front import PlaneTip
from jadeite.failure.crack_samples import CrackSampler, ElasticState
from jadeite.failure.domain_integrals import FrontSamples, Section
from jadeite.failure.tip_field import TipField
from jadeite.fem.domain import Domain

Array = NDArray[np.float64]


def integrals_at(
    domain: Domain, state: ElasticState, tip: PlaneTip, radius: float, field: TipField, stiffness: Array
) -> tuple[float, Array, float]:
    """Return J (J/m^2), K_I, K_II (Pa m^0.5; of an interface Re K and Im K), and the rate of the modes. Collective."""
    samples = CrackSampler(domain, [(tip.place[None], radius)]).read(state)
    found = FrontSamples(samples, tip, radius).integrals(
        Section(radius), field, np.linalg.inv(stiffness), np.zeros((3, 3)), domain.axisymmetric
    )
    total = domain.mesh.comm.allreduce(np.append(found.energy, found.interaction), op=MPI.SUM)
    modes = np.linalg.solve(field.compliance, total[1:])
    return float(total[0]), modes[[1, 0]], float(0.5 * modes @ field.compliance @ modes)
