# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is read off the stress of a loaded body: extremes away from singular places, phases, grains, boundaries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from numpy.typing import NDArray

from jadeite.failure.focusing import cell_means
from jadeite.failure.singular import SingularSet
from jadeite.failure.stress_singularities import StressPeak, stress_peak, stress_singularities
from jadeite.failure.tractions import INTERNAL, BoundaryTractions, FacetTractions, boundary_tractions, facet_tractions
from jadeite.fem.assembly import assembled_vector
from jadeite.fem.domain import Domain
from jadeite.fem.recovery import Recovery
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.stress_measures import stress_measures
from jadeite.study.loading.body import LoadedBody

Array = NDArray[np.float64]

#: Surfaces whose tractions are written: all that have a name.
_OUTER = tuple(kind for kind in SurfaceKind if kind not in INTERNAL)


@dataclass(frozen=True)
class PhaseStress:
    """Stress of all regions of one material.

    Attributes:
        role: of the material in the case.
        share: of the solid's volume, 1.
        mean_hydrostatic: volume average, Pa.
        mean_principal: principal values of the volume average of the stress, the largest first, Pa.
        spread: standard deviation of the hydrostatic stress over volume, Pa.
        mean_von_mises: volume average, Pa.
        largest: largest principal stress away from singular places; None where all of it is too near to some.
        smallest: smallest principal stress, likewise.
    """

    role: str
    share: float
    mean_hydrostatic: float
    mean_principal: tuple[float, ...]
    spread: float
    mean_von_mises: float
    largest: StressPeak | None
    smallest: StressPeak | None


@dataclass(frozen=True, eq=False)
class StressReading:
    """The stress of one body, the same on every rank but for `facets`, `outer` and `recovered`, which are a rank's own.

    Attributes:
        phases: one per material role.
        grain_hydrostatic: mean over each region, Pa.
        grain_von_mises: mean over each region, Pa.
        tractions: on each boundary.
        facets: on facets of boundaries inside the body.
        outer: on facets of its surface.
        all_facets: surface row, measure, normal and shear traction of the facets of all ranks, shape (n, 4).
        mismatch: root mean square of the traction mismatch on boundaries over that of the traction, 1; zero without
            any.
        distance: at which extremes keep away from singular places, m.
        singular: those places.
        recovery: space of the recovered stress.
        recovered: at its local nodes, shape (nodes, 3, 3), Pa.
    """

    phases: tuple[PhaseStress, ...]
    grain_hydrostatic: Array
    grain_von_mises: Array
    tractions: BoundaryTractions
    facets: FacetTractions
    outer: FacetTractions
    all_facets: Array
    mismatch: float
    distance: float
    singular: SingularSet
    recovery: Recovery
    recovered: Array

    @property
    def largest(self) -> StressPeak | None:
        """The largest principal stress of the body away from singular places."""
        peaks = [phase.largest for phase in self.phases if phase.largest is not None]
        return max(peaks, key=lambda peak: peak.value, default=None)


def read_stress(body: LoadedBody, distance: float) -> StressReading:
    """Read the stress of a body.

    Args:
        body: in its last state.
        distance: at which extremes keep away from singular places, m.

    Raises:
        ConvergenceError: when the stress cannot be projected to nodes.

    Note:
        Collective.
    """
    domain, tagged = body.domain, body.domain.tagged
    recovery = Recovery(domain, int(body.displacement.function_space.element.basix_element.degree))
    recovered = recovery.project(body.stress)
    singular = stress_singularities(tagged, distance)
    facets = facet_tractions(domain, body.stress, INTERNAL)
    outer = facet_tractions(domain, body.stress, _OUTER)
    rows = np.column_stack([facets.surface, facets.measure, facets.normal, facets.shear])
    squares = np.array([facets.mismatch**2 @ facets.measure, (facets.normal**2 + facets.shear**2) @ facets.measure])
    left_open, whole = domain.mesh.comm.allreduce(squares)
    integrals = _region_integrals(body)
    volume, hydrostatic, _, von_mises = integrals[:4]
    return StressReading(
        phases=_phases(domain, recovery, recovered, singular, distance, integrals),
        grain_hydrostatic=hydrostatic / volume,
        grain_von_mises=von_mises / volume,
        tractions=boundary_tractions(domain, facets),
        facets=facets,
        outer=outer,
        all_facets=np.concatenate(domain.mesh.comm.allgather(rows)),
        mismatch=float(np.sqrt(left_open / whole)) if whole > 0.0 else 0.0,
        distance=distance,
        singular=singular,
        recovery=recovery,
        recovered=recovered,
    )


def _region_integrals(body: LoadedBody) -> Array:
    """Volume of each region; integrals of hydrostatic stress, its square, von Mises stress and the stress row by row.

    Shape (13, regions).

    Note:
        Collective.
    """
    domain = body.domain
    comm, count, regions = domain.mesh.comm, domain.owned_cells, len(domain.tagged.regions)
    space = fem.functionspace(domain.mesh, ("DG", 0))
    of_dof = assembled_vector(fem.form(ufl.TestFunction(space) * domain.dx(0))).getArray()
    volume = of_dof[space.dofmap.list[:count, 0]]
    means = cell_means(domain, body.stress)
    found = stress_measures(means)
    values = (
        np.ones(count),
        found.hydrostatic,
        found.hydrostatic**2,
        found.von_mises,
        *means.reshape(-1, 9).T,
    )
    region = domain.cell_region[:count]
    return np.asarray(comm.allreduce(np.array([np.bincount(region, volume * v, minlength=regions) for v in values])))


def _phases(
    domain: Domain, recovery: Recovery, recovered: Array, singular: SingularSet, distance: float, integrals: Array
) -> tuple[PhaseStress, ...]:
    tagged, comm = domain.tagged, domain.mesh.comm
    owned = recovery.owned
    principal = stress_measures(recovered[:owned]).principal
    space = recovery.space
    places = space.continuous.tabulate_dof_coordinates()[space.parent[:owned], : domain.dimension]
    region = np.zeros(len(space.parent), dtype=np.int64)
    region[space.space.dofmap.list] = domain.cell_region[:, None]
    region = region[:owned]
    material = np.array(tagged.regions.material)
    volume, hydrostatic, squared, von_mises = integrals[:4]
    found = []
    for role in dict.fromkeys(tagged.regions.material):
        own, of_role = np.flatnonzero(material[region] == role), material == role
        names = tuple(tagged.regions.name[row] for row in region[own])
        whole = volume[of_role].sum()
        mean = hydrostatic[of_role].sum() / whole
        largest = stress_peak(principal[own, 0], places[own], names, singular, distance, comm)
        smallest = stress_peak(-principal[own, 2], places[own], names, singular, distance, comm)
        if smallest is not None:
            smallest = StressPeak(-smallest.value, smallest.place, smallest.near, smallest.gap)
        found.append(
            PhaseStress(
                role,
                float(whole / volume.sum()),
                float(mean),
                tuple(
                    stress_measures(integrals[4:, of_role].sum(axis=1).reshape(1, 3, 3) / whole).principal[0].tolist()
                ),
                float(np.sqrt(max(squared[of_role].sum() / whole - mean**2, 0.0))),
                float(von_mises[of_role].sum() / whole),
                largest,
                smallest,
            )
        )
    return tuple(found)
