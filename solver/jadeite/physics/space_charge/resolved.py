# SPDX-License-Identifier: LGPL-3.0-or-later
"""Resolved closure: the Nernst-Planck-Poisson equations on a line across one boundary, without any first integral.

A core with grain on both sides is brought to equilibrium on a grid that is refined until the potential and the field
change little between two nodes; then a small voltage drives a current through it, and voltage over current, less the
resistance of the grain in its place, is the excess resistance of the boundary.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from jadeite.physics.space_charge.conditions import (
    LARGEST_POTENTIAL,
    Array,
    Conditions,
    SpaceChargeError,
    SpaceChargeLayers,
)
from jadeite.physics.space_charge.line import End, Line, LineState, Species, solve_line

#: Change of the potential (in kT/e) and half the change of the field (relative, or in kT/(e L)) allowed between nodes;
#: for a core below kT/e in units of its potential.
FINENESS = 0.05

_DECAY_LENGTHS = 25.0
_TEST_VOLTAGE = 1e-4
"""Small against kT/e, in units of it: what a doubled voltage would change is its square."""


def solve(conditions: Conditions, fineness: float = FINENESS) -> SpaceChargeLayers:
    """Return the layers beside a boundary from the resolved equations.

    Args:
        conditions: the boundary and its grain; with a site density, ions share sites.
        fineness: how much potential and field may change between two nodes; errors go with its square.

    Raises:
        SpaceChargeError: the solver does not converge, or the potential of the core is beyond reason.
    """
    line, state = equilibrium(conditions, fineness)
    core = len(line.x) // 2
    potential, charge = float(state.potential[core]), float(state.node_charge[core])
    if abs(potential) > LARGEST_POTENTIAL * (1.0 + 1e-9):
        raise SpaceChargeError(f"the core is at {potential:.3g} V against the grain, beyond {LARGEST_POTENTIAL:g} V")
    resistance = _resistance(replace(line, plane_charge={core: charge}), state, conditions.thermal_voltage)
    distance, fall, density = line.x[core:], state.potential[core:], state.density[0, core:]
    order = np.argsort(fall)
    return SpaceChargeLayers(
        core_potential=potential,
        core_charge=charge,
        debye_length=conditions.debye_length / sqrt(1.0 - conditions.filling),
        excess_resistance=resistance - float(line.x[-1] - line.x[0]) / conditions.conductivity,
        conductivity=conditions.conductivity,
        carrier_density=conditions.carrier_density,
        profile=lambda x: np.interp(np.abs(x), distance, fall, right=0.0),
        relative_concentration=lambda phi: np.interp(phi, fall[order], density[order]) / conditions.carrier_density,
    )


def equilibrium(conditions: Conditions, fineness: float) -> tuple[Line, LineState]:
    """Return grid and state of a boundary without current, core in the middle; the grid is refined until it is fine.

    Raises:
        SpaceChargeError: the solver does not converge.
    """
    ion = Species(1, conditions.carrier_density, conditions.conductivity, conditions.site_density)
    line = Line(_first_grid(conditions), (ion,), conditions.temperature, conditions.relative_permittivity)
    start = None
    while True:
        core = len(line.x) // 2
        pinned = {}
        if conditions.core_potential is not None:
            pinned = {core: conditions.core_potential}
        else:
            assert conditions.core_charge is not None
            line = replace(line, plane_charge={core: conditions.core_charge})
        state = solve_line(line, End(0.0, (0.0,)), End(0.0, (0.0,)), pinned, start)
        coarse = _coarse(line.x, state.potential / conditions.thermal_voltage, conditions.debye_length, fineness)
        if not coarse.any():
            return line, state
        middles = 0.5 * (line.x[1:] + line.x[:-1])[coarse]
        finer = np.sort(np.concatenate([line.x, middles]))
        start = _on_grid(state, line.x, finer)
        line = replace(line, x=finer, plane_charge={})


def _first_grid(conditions: Conditions) -> Array:
    """Nodes from grain to grain with the core in the middle, a Debye length apart."""
    t = conditions.filling
    if conditions.core_charge is not None:
        layer = abs(conditions.core_charge) / (2.0 * conditions.charge_unit)
    else:
        assert conditions.core_potential is not None
        layer = sqrt(2.0 * abs(conditions.core_potential) / conditions.thermal_voltage)
    # a layer that ions fill up is thinner or wider than one that they leave, as there are many or few empty sites
    layer *= max(1.0, t / (1.0 - t))
    reach = layer + _DECAY_LENGTHS / sqrt(1.0 - t)
    half = np.linspace(0.0, reach, 1 + int(np.ceil(reach))) * conditions.debye_length
    return np.concatenate([-half[:0:-1], half])


def _coarse(x: Array, u: Array, length: float, fineness: float) -> NDArray[np.bool_]:
    """Whether each interval is too wide, shape (intervals,), bool."""
    field = np.diff(u) / np.diff(x) * length
    core = len(x) // 2
    scale = min(1.0, float(np.abs(u[core])))
    steep = np.abs(np.diff(u)) > fineness * scale
    change = np.abs(np.diff(field)) > 2.0 * fineness * np.maximum(scale, np.abs(field[1:] + field[:-1]) / 2.0)
    change[core - 1] = False  # across the core the field jumps
    bent = np.zeros(len(x) - 1, dtype=bool)
    bent[:-1] |= change
    bent[1:] |= change
    return steep | bent


def _on_grid(state: LineState, x: Array, finer: Array) -> LineState:
    """A state of equilibrium on other nodes, to start from."""
    return replace(
        state,
        potential=np.interp(finer, x, state.potential),
        electrochemical=np.zeros((len(state.density), len(finer))),
    )


def _resistance(line: Line, state: LineState, volt: float) -> float:
    """Voltage over current under a small voltage, core charge unchanged, ohm m^2."""
    half = 0.5 * _TEST_VOLTAGE * volt
    driven = solve_line(line, End(half, (half,)), End(-half, (-half,)), start=state)
    return 2.0 * half / float(driven.current[0])
