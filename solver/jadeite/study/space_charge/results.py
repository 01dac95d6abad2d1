# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the resolved study of space charge says: fields, the profile across a boundary, headline figures, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.case.units import AVOGADRO
from jadeite.failure.focusing import cell_means
from jadeite.fem.broken import BrokenSpace
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import number, quantity
from jadeite.output.fields import Field
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.physics.nernst_planck_poisson import CHARGED, IonState, NernstPlanckPoisson
from jadeite.physics.space_charge.conditions import SpaceChargeLayers
from jadeite.study.distributed_rows import gather_rows
from jadeite.study.fields import write_volume

Array = NDArray[np.float64]

#: Part of a boundary around its middle, on either side of it, that a profile is taken of; and most of its points.
_MIDDLE, _MOST_POINTS = 0.1, 400


@dataclass(frozen=True)
class Resistances:
    """Area-specific resistances of the cell, ohm m^2.

    Attributes:
        cell: with charged boundaries, resolved.
        neutral: of the same grains without any charge.
        closure: with boundaries that resist as the closed form says; None where they would conduct better than grains.
    """

    cell: float
    neutral: float
    closure: float | None


def write_ion_fields(path: Path, problem: NernstPlanckPoisson) -> None:
    """Write potentials, concentration and current density of the present state.

    Note:
        Collective; rank 0 writes.
    """
    domain, space = problem.domain, problem.potential.function_space
    owned = space.dofmap.index_map.size_local
    relative = _relative(problem)
    point = [
        Field(
            "electrostatic potential",
            problem.potential.x.array[:owned],
            "V",
            "against neutral grain at the plating end",
        ),
        Field(
            "electrochemical potential of ions",
            problem.electrochemical.x.array[:owned],
            "V",
            "over F; its gradient drives the current",
        ),
        Field("relative concentration", relative[:owned], "", "of sodium ions, over that of the neutral grain"),
    ]
    region = domain.cell_region[: domain.owned_cells]
    materials = list(dict.fromkeys(domain.tagged.regions.material))
    material_row = np.array([materials.index(name) for name in domain.tagged.regions.material], dtype=np.int64)
    density = problem.relative_concentration() * problem.carrier_density / AVOGADRO
    cell = [
        Field("current density", cell_means(domain, problem.current_density()), "A m^-2", "mean over each cell"),
        Field("concentration", cell_means(domain, density), "mol m^-3", "of sodium ions, at the middle of each cell"),
        Field("grain", region.astype(np.int64), "", "row of the region table in mesh.npz"),
        Field("material", material_row[region], "", "number of the material role: " + ", ".join(materials)),
    ]
    every = np.arange(owned + space.dofmap.index_map.num_ghosts, dtype=np.int32)
    write_volume(path, domain, BrokenSpace(space, space, every), point, cell)


def profile_table(problem: NernstPlanckPoisson, layers: Mapping[str, SpaceChargeLayers]) -> ResultTable | None:
    """Return potential and concentration across the middle of the largest boundary, with the closed form beside them.

    Note:
        Collective; None on other ranks than 0, and where no boundary is charged.
    """
    domain, space = problem.domain, problem.potential.function_space
    tagged, comm = domain.tagged, domain.mesh.comm
    rows = domain.surface_rows(*CHARGED)
    if not layers or not len(rows):
        return None
    row = int(rows[np.argmax(tagged.surfaces.measure[rows])])
    owned = space.dofmap.index_map.size_local
    distance, near = _distance(tagged, rows, row, space.tabulate_dof_coordinates()[:owned, : tagged.dimension])
    side = np.zeros(len(distance))
    first = int(tagged.surfaces.regions[row, 0])
    in_first = space.dofmap.list[domain.cell_region == first]
    side[in_first[in_first < owned]] = 1.0
    signed = np.where(side > 0.0, -distance, distance)
    potential = problem.potential.x.array[:owned] - problem.electrochemical.x.array[:owned]
    values = np.column_stack([signed, potential, _relative(problem)[:owned]])[near]
    gathered = gather_rows(values, comm)
    if gathered is None or not len(gathered):
        return None
    gathered = gathered[np.argsort(gathered[:, 0])]
    chosen = gathered[:: max(1, len(gathered) // _MOST_POINTS)]
    closed = [layers[tagged.regions.material[region]] for region in tagged.surfaces.regions[row]]
    columns = []
    for beside, part in zip(closed, (chosen[:, 0] < 0.0, chosen[:, 0] >= 0.0), strict=True):
        phi = beside.profile(np.abs(chosen[part, 0]))
        columns.append(np.column_stack([phi, beside.relative_concentration(phi)]))
    rows_of_table = np.column_stack([chosen, np.concatenate(columns)])
    return ResultTable(
        "space_charge_profile",
        f"Across the middle of {tagged.surfaces.name[row]}",
        (
            Column("distance", "distance from the core", "m"),
            Column("potential", "potential against neutral grain", "V"),
            Column("relative_concentration", "concentration over that of the neutral grain"),
            Column("closure_potential", "potential in closed form", "V"),
            Column("closure_relative_concentration", "concentration in closed form"),
        ),
        tuple(tuple(float(value) for value in line) for line in rows_of_table),
        listed=False,
    )


def _distance(tagged: TaggedMesh, rows: NDArray[np.int64], row: int, points: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Distance of points from the facets of a boundary, and whether they lie beside its middle."""
    charged = np.isin(tagged.facet_surface, rows)
    facets, of_row = tagged.facets[charged], tagged.facet_surface[charged]
    corners = tagged.points[facets]
    centres = corners.mean(axis=1)
    own = of_row == row
    middle = centres[own][np.argmin(np.linalg.norm(centres[own] - centres[own].mean(axis=0), axis=1))]
    size = float(np.ptp(centres[own], axis=0).max())
    _, nearest = cKDTree(centres).query(points)
    beside = (of_row[nearest] == row) & (np.linalg.norm(centres[nearest] - middle, axis=1) <= _MIDDLE * size)
    edges = corners[nearest, 1:] - corners[nearest, :1]
    if tagged.dimension == 2:
        normal = np.column_stack([-edges[:, 0, 1], edges[:, 0, 0]])
    else:
        normal = np.cross(edges[:, 0], edges[:, 1])
    normal = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    return np.abs(np.einsum("ij,ij->i", points - centres[nearest], normal)), beside


def _relative(problem: NernstPlanckPoisson) -> Array:
    """Density of ions over that of the neutral grain at the local nodes."""
    space = problem.potential.function_space
    field = fem.Function(space)
    field.interpolate(fem.Expression(problem.relative_concentration(), space.element.interpolation_points))
    return np.asarray(field.x.array)


def transient_table(states: Sequence[IonState], area: float) -> ResultTable:
    """Return voltage and current density against time."""
    return ResultTable(
        "space_charge_transient",
        "While ions gather",
        (
            Column("time", "time", "s"),
            Column("voltage", "cell voltage", "V"),
            Column("current_density", "current density of ions at the stripping electrode", "A m^-2"),
        ),
        tuple((state.time, state.voltage, state.current / area) for state in states),
        listed=False,
    )


def charging_time(times: Array, values: Array, end: float) -> float | None:
    """Return the mean time (s) of a relaxation: the area between a curve and its end over their first distance.

    For one exponential it is its time constant; what is left after the last time counts as one more exponential. None
    where nothing relaxes, and where the hold ended with more than half of the way to go.
    """
    rest = values - end
    if abs(rest[0]) <= 1e-6 * max(np.abs(values).max(), abs(end)) or abs(rest[-1]) > 0.5 * abs(rest[0]):
        return None
    share = rest / rest[0]
    area = float(np.trapezoid(share, times))
    return area / (1.0 - share[-1])


def headlines(
    state: IonState,
    area: float,
    thickness: float,
    resistances: Resistances,
    core: tuple[float, float] | None,
    layers: Mapping[str, SpaceChargeLayers],
    charging: float | None,
) -> list[Headline]:
    """Return the figures the run is judged by; `core` is the mean charge (C/m^2) and potential (V) of the cores."""
    found = [
        Headline(
            "applied_current_density",
            "Applied current density",
            state.current / area,
            "A m^-2",
            "total current over cross-section",
        ),
        Headline(
            "cell_voltage",
            "Cell voltage",
            state.voltage,
            "V",
            "potential of the stripping electrode against the plating electrode",
        ),
        Headline(
            "area_specific_resistance",
            "Area-specific resistance",
            resistances.cell,
            "ohm m^2",
            "cell voltage over applied current density",
        ),
        Headline(
            "effective_conductivity",
            "Effective conductivity of the ceramic",
            thickness / resistances.cell,
            "S m^-1",
            "thickness over area-specific resistance",
        ),
    ]
    if core is None:
        return found
    found.append(
        Headline(
            "space_charge_resistance",
            "Resistance of space charge",
            resistances.cell - resistances.neutral,
            "ohm m^2",
            "what charged boundaries add to the area-specific resistance of the neutral grains",
        )
    )
    if resistances.closure is not None:
        found.append(
            Headline(
                "space_charge_resistance_in_closed_form",
                "The same in closed form",
                resistances.closure - resistances.neutral,
                "ohm m^2",
                "grains between boundaries that resist as the Poisson-Boltzmann layers beside one flat boundary do",
            )
        )
    found += [
        Headline("core_charge", "Charge of a boundary core", core[0], "C m^-2", "mean over charged boundaries"),
        Headline(
            "core_potential",
            "Potential of a boundary core",
            core[1],
            "V",
            "against neutral grain, mean over boundaries",
        ),
        Headline(
            "debye_length",
            "Debye length",
            min(beside.debye_length for beside in layers.values()),
            "m",
            "length over which a small potential falls by e",
        ),
    ]
    if charging is not None:
        found.append(
            Headline(
                "charging_time",
                "Charging time",
                charging,
                "s",
                "mean time of the relaxation of current or voltage after the step",
            )
        )
    return found


def answer(resistances: Resistances, core: tuple[float, float] | None) -> str:
    """Return the result in one sentence."""
    whole = f"The cell resists {quantity(resistances.cell, 'ohm m^2')}"
    if core is None:
        return f"{whole}; no boundary is charged."
    more = resistances.cell / resistances.neutral
    text = f"{whole}, {number(more)} times as much as its grains without charge"
    if resistances.closure is None:
        return f"{text}."
    return (
        f"{text}; boundaries with the resistance of one flat boundary in closed form would make it "
        f"{quantity(resistances.closure, 'ohm m^2')}."
    )
