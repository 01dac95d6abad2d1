# SPDX-License-Identifier: LGPL-3.0-or-later
"""Readings of flaws and measured quantities with stated numbers, for tests of what is said about them."""

import numpy as np

from jadeite.failure.criteria import CriterionState, FlawState
from jadeite.failure.critical_current import CriticalCurrent
from jadeite.failure.focusing import Focusing
from jadeite.failure.intensity import StressIntensity
from jadeite.failure.panel import FlawReading
from jadeite.failure.probes import BoundaryReading
from jadeite.failure.resistance import AreaSpecificResistance
from jadeite.fem.bordered import NewtonReport
from jadeite.microstructure.tagged_mesh import Flaw
from jadeite.physics.cell import CellResult
from jadeite.physics.conduction_state import ConductionResult
from jadeite.study.cell.measured import Measured

AREA, CURRENT_DENSITY, VOLTAGE = 2e-3, 10.0, 0.05
OPENED = StressIntensity(6e5, 1e4)


def reading(name="deep", intensity=OPENED, pressure=3e7, **utilisation):
    """A flaw whose criteria stand at these shares of their limits, which are all one."""
    criteria = {
        criterion: CriterionState(share, 1.0, "1", f"mechanism of {criterion}", "detail")
        for criterion, share in utilisation.items()
    }
    return FlawReading(
        flaw=Flaw(name, (1e-5, 0.0), (1e-5, 8e-6), 1e-7, 8e-6, (0.0, 1.0), "grain 1"),
        state=FlawState(name, 8e-6, 0.02, 10.0, 2e-3, 0.2, 1.4e6),
        criteria=criteria,
        intensity=intensity,
        residual=None if intensity is None else StressIntensity(1e5, 0.0),
        largest_pressure=pressure,
        largest_overpotential=0.02,
        largest_current_density=0.0,
        collected_current=0.0,
    )


def conduction_result(current_in=AREA * CURRENT_DENSITY):
    """A state whose power balance is exact, divided as its resistances."""
    power = VOLTAGE * AREA * CURRENT_DENSITY
    return ConductionResult(
        VOLTAGE,
        AREA * CURRENT_DENSITY,
        current_in,
        0.5 * power,
        0.1 * power,
        (0.2 * power, 0.2 * power),
        NewtonReport(3, 1e-12, "converged"),
    )


def cell_result():
    return CellResult(conduction_result(), 1)


def measured(flaws=(), critical=None):
    """What a run measured; `critical` gives current densities by flaw and criterion."""
    total = VOLTAGE / CURRENT_DENSITY
    return Measured(
        area=AREA,
        result=conduction_result(),
        resistance=AreaSpecificResistance(0.5 * total, 0.1 * total, 0.2 * total, 0.2 * total, 0.0),
        effective_conductivity=0.2,
        focusing=Focusing(1.5, (1e-6, 0.0), "flaw deep"),
        flaws=flaws,
        boundaries=BoundaryReading(np.zeros(1), np.zeros(1), np.zeros(1)),
        critical={key: CriticalCurrent(value, 0.01) for key, value in (critical or {}).items()},
        largest_principal_stress=None,
    )
