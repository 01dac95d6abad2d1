# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fields of a solved cell, gathered on rank 0 and written for ParaView: volume fields and interface fields.

The points of the volume file are the nodes of the broken space, so potential jumps at boundaries are there to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.constants import FARADAY
from jadeite.failure.electronic import ElectronicPotential
from jadeite.failure.focusing import cell_means, nothing_far_enough
from jadeite.failure.probes import BoundaryProbe, ElectrodeProbe
from jadeite.failure.singular import singular_set
from jadeite.failure.stress_singularities import StressPeak, stress_peak, stress_singularities
from jadeite.failure.tractions import FacetTractions, sampled_tractions
from jadeite.fem.broken import BrokenSpace
from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.fem.recovery import Recovery
from jadeite.output.fields import Field
from jadeite.physics.cell import Cell
from jadeite.physics.interphase.film import GrowingFilm
from jadeite.study.series import facet_series, volume_series
from jadeite.study.stress_fields import cell_stress_fields, nodal_stress_fields, traction_columns, traction_fields


def write_fields(
    path: Path, cell: Cell, electronic: ElectronicPotential | None, voltage: float, more: Sequence[Field] = ()
) -> None:
    """Write potential, current density, displacement and stress of the present state, and more fields at its nodes.

    Note:
        Collective; rank 0 writes.
    """
    conduction, domain = cell.conduction, cell.domain
    space = conduction.space
    owned = space.space.dofmap.index_map.size_local
    point = [
        Field("potential", conduction.unknown.x.array[:owned], "V", "electric potential against the plating electrode")
    ]
    if electronic is not None:
        point.append(
            Field(
                "sodium chemical potential",
                electronic.sodium_potential(voltage)[:owned],
                "V",
                "chemical potential of sodium over F against bulk metal",
            )
        )
        electrons = electronic.electrons.unknown.x.array[space.parent[:owned]]
        point.append(Field("electronic potential", electrons, "V", "-1/F times the electrochemical potential"))
    region = domain.cell_region[: domain.owned_cells]
    materials = list(dict.fromkeys(domain.tagged.regions.material))
    material_row = np.array([materials.index(name) for name in domain.tagged.regions.material], dtype=np.int64)
    cells_of = [
        Field("current density", cell_means(domain, conduction.current_density()), "A m^-2", "mean over each cell"),
        Field("grain", region.astype(np.int64), "", "row of the region table in mesh.npz"),
        Field("material", material_row[region], "", "number of the material role: " + ", ".join(materials)),
    ]
    if cell.mechanics is None:
        write_volume(path, domain, space, [*point, *more], cells_of)
        return
    stress = cell.mechanics.stress(cell.total)
    recovery = Recovery(domain, cell.mechanics.degree)
    drawn = recovery.space
    # stress jumps at every boundary, also where the potential does not
    point = [_moved(field, space, drawn) for field in [*point, *more]]
    displacement = at_nodes(drawn, cell.total.displacement)
    point += [
        Field("displacement", displacement[: recovery.owned], "m", "displacement, cooling included"),
        *nodal_stress_fields(recovery.project(stress)[: recovery.owned]),
    ]
    write_volume(path, domain, drawn, point, [*cells_of, *cell_stress_fields(domain, stress)])


def at_nodes(drawn: BrokenSpace, function: fem.Function) -> NDArray[np.float64]:
    """Return a Lagrange field at the local nodes of a space that breaks wherever it may, shape (nodes, components).

    Args:
        drawn: scalar space that breaks between all regions.
        function: on a Lagrange space of the same degree with any breaks between regions; its ghosts up to date.

    Raises:
        ValueError: when the degrees differ.
    """
    space = function.function_space
    size, degree, own = space.dofmap.index_map_bs, drawn.space.element.basix_element.degree, _degree(space)
    if own != degree:
        raise ValueError(f"a field of degree {own} has no values at the nodes of degree {degree}")
    values = np.zeros((len(drawn.parent), size))
    values[drawn.space.dofmap.list] = function.x.array.reshape(-1, size)[space.dofmap.list]
    return values


def _degree(space: fem.FunctionSpace) -> int:
    return int(space.element.basix_element.degree)


def _moved(field: Field, space: BrokenSpace, drawn: BrokenSpace) -> Field:
    """A scalar field at the owned nodes of one space, at those of another with more breaks."""
    function = fem.Function(space.space)
    function.x.array[: len(field.values)] = field.values
    function.x.scatter_forward()
    owned = drawn.space.dofmap.index_map.size_local
    return Field(field.name, at_nodes(drawn, function)[:owned, 0], field.unit, field.description)


def write_volume(path: Path, domain: Domain, space: BrokenSpace, point: Sequence[Field], cell: Sequence[Field]) -> None:
    """Write fields of this rank's nodes of a broken space and of its cells, as one file of all ranks.

    Note:
        Collective; rank 0 writes.
    """
    with volume_series(path, domain, space) as series:
        series.write(0.0, point, cell)


def write_facets(path: Path, domain: Domain, facets: NDArray[np.int32], fields: Sequence[Field]) -> None:
    """Write one value per facet of this rank's own facets (local numbers), as one file of all ranks.

    Note:
        Collective; rank 0 writes.
    """
    nodes = mesh.entities_to_geometry(domain.mesh, domain.dimension - 1, facets)
    with facet_series(path, domain, domain.mesh.geometry.x[nodes]) as series:
        series.write(0.0, (), fields)


_INTERFACE_FIELDS = (
    ("surface", "", "row of the surface table in mesh.npz"),
    ("current density across", "A m^-2", "plating current density on electrodes; magnitude across boundaries"),
    (
        "overpotential",
        "V",
        "phi_metal - phi_ceramic - E_eq on electrodes, negative where it plates, before the shift by sodium pressure; "
        "potential step across boundaries",
    ),
    ("sodium pressure", "Pa", "pressure of confined sodium by deposition"),
    (
        "pressure that stops plating",
        "Pa",
        "F |overpotential| / V_Na where it plates: the most that a filled flaw there reaches",
    ),
    ("area-specific resistance", "ohm m^2", "overpotential over current density; zero where no current flows"),
    ("dissipation", "W m^-2", "power lost per area; of boundaries, across and along them"),
    ("film thickness", "m", "thickness of the film that grows on electrodes; zero elsewhere"),
)
"""Name, unit and description of each field on interfaces, in the order in which they are stored."""


#: Share of the largest current density below which a current counts as none.
_NO_CURRENT = 1e-9


def write_interfaces(
    path: Path, cell: Cell, electrodes: ElectrodeProbe, boundaries: BoundaryProbe, sodium_molar_volume: float
) -> None:
    """Write what happens on electrodes, flaw walls and grain boundaries, one cell per facet.

    Note:
        Collective; rank 0 writes.
    """
    domain = cell.domain
    rows: list[NDArray] = []
    corners: list[NDArray] = []
    stress = None if cell.mechanics is None else cell.mechanics.stress(cell.total)
    tractions: list[FacetTractions] = []

    def add(
        sampler: FacetSampler,
        current: NDArray,
        overpotential: NDArray,
        pressure: NDArray,
        stop: NDArray,
        loss: NDArray,
        film: GrowingFilm | None = None,
    ) -> None:
        share = sampler.weights / sampler.weights.sum(axis=1, keepdims=True)
        nodes = mesh.entities_to_geometry(domain.mesh, domain.dimension - 1, sampler.facets)
        corners.append(domain.mesh.geometry.x[nodes])
        means = [(value * share).sum(axis=1) for value in (current, overpotential, pressure, stop, loss)]
        thickness = np.zeros(len(share)) if film is None else film.on(sampler.facets)
        rows.append(np.column_stack([sampler.surface, *means[:4], np.abs(means[4]), thickness]))
        if stress is not None:
            tractions.append(sampled_tractions(sampler, stress))

    contacts = [*cell.conduction.plating, *cell.conduction.stripping]
    for contact, (sampler, plating, current, pressure) in zip(contacts, electrodes.samples(), strict=True):
        stop = np.maximum(plating, 0.0) * FARADAY / sodium_molar_volume
        add(sampler, current, -plating, pressure, stop, current * plating, contact.film)
    density = np.abs(boundaries.current_density())
    step = density * boundaries.resistance[boundaries.sampler.surface][:, None]
    across, along = boundaries.losses(density)
    none = np.zeros_like(density)
    add(boundaries.sampler, density, step, none, none, across + along)

    columns = list(np.concatenate(rows).T)
    columns.insert(5, _resistance(columns[1], columns[2], domain.mesh.comm))
    fields = [
        Field(name, column.astype(np.int64) if name == "surface" else column, unit, text)
        for (name, unit, text), column in zip(_INTERFACE_FIELDS, columns, strict=True)
        if name != "film thickness" or any(contact.film is not None for contact in contacts)
    ]
    if stress is not None:
        fields += traction_fields(traction_columns(tractions))
    with facet_series(path, domain, np.concatenate(corners)) as series:
        series.write(0.0, (), fields)


def _resistance(
    current: NDArray[np.float64], overpotential: NDArray[np.float64], comm: MPI.Comm
) -> NDArray[np.float64]:
    """Return overpotential over current density, zero where the current is nothing but rounding. Collective."""
    current, overpotential = np.abs(current), np.abs(overpotential)
    largest = comm.allreduce(float(current.max(initial=0.0)), op=MPI.MAX)
    return np.divide(overpotential, current, where=current > _NO_CURRENT * largest, out=np.zeros(len(current)))


def largest_principal_stress(cell: Cell, distance: float) -> StressPeak:
    """Return the largest principal stress among cell means at least a distance (m) from flaws and rims of patches.

    The place is told with the nearest singular place of any kind: a triple line close by makes it one of the mesh.

    Raises:
        CaseError: when no cell is that far away.

    Note:
        Collective.
    """
    assert cell.mechanics is not None
    domain = cell.domain
    stress = cell_means(domain, cell.mechanics.stress(cell.total))
    largest = np.linalg.eigvalsh(stress)[:, -1] if len(stress) else np.zeros(0)
    centres = cell_means(domain, ufl.SpatialCoordinate(domain.mesh))
    names = tuple(np.array(domain.tagged.regions.name)[domain.cell_region[: domain.owned_cells]].tolist())
    flaws = singular_set(domain.tagged, distance)
    peak = stress_peak(largest, centres, names, flaws, distance, domain.mesh.comm)
    if peak is None:
        raise nothing_far_enough("the ceramic", distance)
    every = stress_singularities(domain.tagged, distance)
    gaps = np.linalg.norm(every.points - np.array(peak.place), axis=1)
    if not len(gaps):
        return peak
    return StressPeak(peak.value, peak.place, every.names[int(gaps.argmin())], float(gaps.min()))
