# SPDX-License-Identifier: LGPL-3.0-or-later
"""From solved states of a microstructure to headlines, tables, and the sentence that answers the case."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from jadeite.constants import GAS, ZERO_CELSIUS
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import number, percent, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.physics.homogenisation import SideCondition
from jadeite.study.effective.states import EffectiveState

#: A column of a table and what reads its value of a state.
_Read = tuple[Column, Callable[[EffectiveState], float | None]]

#: Asymmetry and power mismatch above which a reader is warned.
_ERROR_LIMIT = 1e-6


def first_is(values: Sequence[float], own: float) -> tuple[float, ...]:
    """Return the values, that of the case itself first if it is among them: headlines are about the first."""
    chosen = [value for value in values if math.isclose(value, own, rel_tol=1e-6)]
    return (*chosen, *(value for value in values if value not in chosen))


def answer(states: Sequence[EffectiveState]) -> str:
    """Return the result in one sentence or two."""
    state = states[0]
    text = (
        f"At {number(state.temperature - ZERO_CELSIUS)} °C the microstructure conducts "
        f"{quantity(state.mean, 'S m^-1')}; boundaries make up {percent(state.boundary_share)} of its resistivity"
    )
    energies = _energies([one for one in states if one.magnification == state.magnification])
    if energies is not None:
        text += f", and its activation energy is {number(energies[0] / 1e3)} kJ/mol"
    return f"{text}. Bricks of the same grains would conduct {quantity(float(state.brick_layer.mean()), 'S m^-1')}."


def headlines(states: Sequence[EffectiveState]) -> list[Headline]:
    """Return the figures the run is judged by: those of the first state."""
    state = states[0]
    axes = "xyz"[: len(state.tensor)]
    bricks = float(state.brick_layer.mean())
    found = [
        Headline(
            "effective_conductivity",
            "Effective conductivity",
            state.mean,
            "S m^-1",
            "mean of the conductivities along the axes: mean current density over mean field, holes included",
        ),
        *(
            Headline(
                f"effective_conductivity_{axis}",
                f"Effective conductivity along {axis}",
                float(value),
                "S m^-1",
                f"component {axis}{axis} of the conductivity tensor",
            )
            for axis, value in zip(axes, np.diag(state.tensor), strict=True)
        ),
        Headline(
            "anisotropy",
            "Anisotropy",
            state.anisotropy,
            "1",
            "largest over smallest principal value of the conductivity tensor",
        ),
        Headline(
            "grain_conductivity",
            "Conductivity of the grains alone",
            float(state.grains.mean()),
            "S m^-1",
            "mean of the conductivities along the axes if boundaries conducted perfectly",
        ),
        Headline(
            "boundary_share",
            "Share of boundaries in the resistivity",
            state.boundary_share,
            "1",
            "part of the power that is dissipated at boundaries, mean over the loads along the axes",
        ),
        Headline(
            "brick_layer_conductivity",
            "Conductivity of the brick layer",
            bricks,
            "S m^-1",
            "1/(1/s + R/d): the grains alone, mean resistance of boundaries, and their mean distance along a line",
        ),
        Headline(
            "brick_layer_deviation",
            "Deviation of the brick layer",
            bricks / state.mean - 1.0,
            "1",
            "conductivity of the brick layer over the effective one, less one",
        ),
    ]
    energies = _energies([one for one in states if one.magnification == state.magnification])
    if energies is not None:
        fit = "slope of ln(conductivity times temperature) against 1/T, least squares over all temperatures"
        found.append(Headline("activation_energy", "Activation energy", energies[0], "J mol^-1", fit))
        alone = f"{fit}; of the grains if boundaries conducted perfectly"
        found.append(
            Headline("grain_activation_energy", "Activation energy of the grains", energies[1], "J mol^-1", alone)
        )
    return found


def result_tables(states: Sequence[EffectiveState]) -> list[ResultTable]:
    """Return what was found at each temperature and magnification, and activation energies by grain size."""
    size = len(states[0].tensor)
    pairs = [(i, i) for i in range(size)] + [(i, j) for i in range(size) for j in range(i + 1, size)]
    columns: list[_Read] = [
        (Column("temperature", "temperature", "K"), lambda s: s.temperature),
        (Column("magnification", "magnification"), lambda s: s.magnification),
        (Column("grain_size", "grain size", "m"), lambda s: s.grain_size),
        (Column("mean", "effective conductivity", "S m^-1"), lambda s: s.mean),
        *(_entry(i, j) for i, j in pairs),
        (Column("grains", "grains alone", "S m^-1"), lambda s: s.grains.mean()),
        (Column("boundary_share", "share of boundaries"), lambda s: s.boundary_share),
        (Column("brick_layer", "brick layer", "S m^-1"), lambda s: s.brick_layer.mean()),
    ]
    tables = [
        _table("effective_conductivity", "Effective conductivity tensor", columns, states),
        _table("conductivity_bounds", "What holds without solving", _bound_columns(size), states[:1]),
    ]
    rows = []
    for magnification in sorted({state.magnification for state in states}):
        alike = [state for state in states if state.magnification == magnification]
        energies = _energies(alike)
        if energies is not None:
            rows.append((alike[0].grain_size, magnification, *energies))
    if rows:
        energy_columns = (
            Column("grain_size", "grain size", "m"),
            Column("magnification", "magnification"),
            Column("total", "microstructure", "J mol^-1"),
            Column("grains", "grains alone", "J mol^-1"),
            Column("boundaries", "boundaries", "J mol^-1"),
        )
        tables.append(ResultTable("activation_energies", "Activation energies", energy_columns, tuple(rows)))
    return tables


def solver(states: Sequence[EffectiveState], conditions: Sequence[SideCondition]) -> dict[str, float | int | str]:
    """Return what holds on the sides and how well the solution keeps its invariants."""
    return {
        **{f"sides across {axis}": kind.value for axis, kind in zip("xyz", conditions, strict=False)},
        "states": len(states),
        "largest asymmetry of the tensor": max(state.found.asymmetry for state in states),
        "largest difference between power and field times current": max(s.found.power_mismatch for s in states),
    }


def warnings(states: Sequence[EffectiveState], mesh: TaggedMesh, materials: ResolvedMaterials) -> list[str]:
    """Return what a reader has to keep in mind."""
    found = []
    mismatch = max(state.found.power_mismatch for state in states)
    if mismatch > _ERROR_LIMIT:
        found.append(f"power and mean field times mean current differ by {mismatch:.1e}: the linear systems were hard")
    low = sorted({f"{used.property} of {used.material}" for used in materials.low_confidence})
    if low:
        found.append("inputs of low confidence: " + ", ".join(low))
    grains = len(np.unique(mesh.regions.grain))
    if 1 < grains < 50:
        found.append(f"{grains} grains are few for an effective property; average over several seeds")
    return found


def _entry(row: int, column: int) -> _Read:
    name = "xyz"[row] + "xyz"[column]
    return Column(name, name, "S m^-1"), lambda state: state.tensor[row, column]


def _bound_columns(size: int) -> list[_Read]:
    columns = [read for axis in range(size) for read in _along(axis)]
    return [
        *columns,
        (Column("isotropic_lower", "Hashin-Shtrikman, lower, grains", "S m^-1"), lambda s: s.isotropic_bounds[0]),
        (Column("isotropic_upper", "Hashin-Shtrikman, upper, grains", "S m^-1"), lambda s: s.isotropic_bounds[1]),
        (Column("self_consistent", "self-consistent, grains", "S m^-1"), lambda s: s.self_consistent),
    ]


def _along(axis: int) -> list[_Read]:
    """What is known of the conductivity along one axis without solving."""

    def intercept(state: EffectiveState) -> float | None:
        value = state.magnification * state.density.mean_intercept[axis]
        return float(value) if np.isfinite(value) else None

    name = "xyz"[axis]
    return [
        (Column(f"lower_{name}", f"lower bound {name}", "S m^-1"), lambda state: state.bounds[0, axis]),
        (Column(f"upper_{name}", f"upper bound {name}", "S m^-1"), lambda state: state.bounds[1, axis]),
        (Column(f"brick_{name}", f"brick layer {name}", "S m^-1"), lambda state: state.brick_layer[axis]),
        (Column(f"intercept_{name}", f"mean intercept {name}", "m"), intercept),
    ]


def _table(
    key: str,
    title: str,
    columns: Sequence[_Read],
    states: Sequence[EffectiveState],
) -> ResultTable:
    rows = []
    for state in states:
        values = [value(state) for _, value in columns]
        rows.append(tuple(None if value is None else float(value) for value in values))
    return ResultTable(key, title, tuple(column for column, _ in columns), tuple(rows))


def _energies(states: Sequence[EffectiveState]) -> tuple[float, float, float | None] | None:
    """Activation energies of the microstructure, of its grains alone and of its boundaries, J/mol.

    None for a single temperature; no energy of boundaries where they cost nothing.
    """
    temperature = np.array([state.temperature for state in states])
    if len(temperature) < 2 or np.ptp(temperature) == 0.0:
        return None

    def energy(conductivity: list[float]) -> float:
        slope, _ = np.polyfit(1.0 / temperature, np.log(np.array(conductivity) * temperature), 1)
        return float(-slope * GAS)

    boundaries = [float(state.found.resistivity_shares[1].mean()) for state in states]
    return (
        energy([state.mean for state in states]),
        energy([float(state.grains.mean()) for state in states]),
        energy([1.0 / value for value in boundaries]) if min(boundaries) > 0.0 else None,
    )
