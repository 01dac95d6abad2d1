# SPDX-License-Identifier: LGPL-3.0-or-later
"""What holds a body: prescribed displacements, pinned points, plates with and without give, sides that repeat.

Plates and flat sides carry whatever the loads on their surfaces amount to, so a pressure that presses on them is given
as an ordinary load: a rigid plate spreads it, a compliant layer spreads it in part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from dolfinx import fem
from dolfinx.mesh import entities_to_geometry
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc

from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind

Array = NDArray[np.float64]
Where = Callable[[Array], NDArray[np.bool_]]

#: Nearer to the axis of a body of revolution than this, over its radius, is on it.
ON_AXIS = 1e-9


@dataclass(frozen=True)
class Support:
    """A prescribed displacement component on some surfaces.

    Attributes:
        kinds: kinds of surface.
        component: 0, 1 or 2 for x, y or z.
        value: displacement (m) at points of shape (3, n), or None for zero.
        where: selects among the facets by the coordinates (3, n) of their vertices, or None for all of them.
    """

    kinds: tuple[SurfaceKind, ...]
    component: int
    value: Callable[[Array], Array] | None = None
    where: Where | None = None


@dataclass(frozen=True)
class Pin:
    """One displacement component held at zero at the node nearest to a point (m), to take out rigid-body motion."""

    point: tuple[float, ...]
    component: int


@dataclass(frozen=True)
class Platen:
    """Surfaces that move together by one unknown displacement component, as a rigid smooth plate makes them.

    No force holds the plate: the loads on its surfaces, for example a pressure, are what it carries.

    Attributes:
        kinds: kinds of surface.
        component: 0, 1 or 2.
        where: as in `Support`.
    """

    kinds: tuple[SurfaceKind, ...]
    component: int
    where: Where | None = None


@dataclass(frozen=True)
class Foundation:
    """A compliant layer between surfaces and a rigid smooth plate (Winkler 1867).

    The layer pulls back with `stiffness` (u - q) per area, u being the displacement component of the surface and q that
    of the plate. No force holds the plate, so that q is the mean of u and the layer's pull has the mean zero: loads on
    the surfaces, for example a stack pressure, are what the layer carries on average.

    Attributes:
        kinds: kinds of surface.
        component: 0, 1 or 2, the normal of the surfaces.
        stiffness: pressure per displacement, Pa/m.
    """

    kinds: tuple[SurfaceKind, ...]
    component: int
    stiffness: float


@dataclass(frozen=True)
class Periodic:
    """Opposite sides across an axis deform alike: their displacements differ by a uniform strain times the period.

    The strains along the axis, and the shear strain between two such axes, are unknowns of their own; the mean stress
    that they work against is zero or given with the load.

    Attributes:
        axis: 0, 1 or 2.
    """

    axis: int


class Ties(Protocol):
    """Springs between points of a body in the same place, which uniform strains do not stretch."""

    pairs: NDArray[np.int64]

    def matrix(self, space: fem.FunctionSpace) -> PETSc.Mat:
        """Return their stiffness matrix on the space of the displacement. Collective."""


#: What the displacement of a body may be subject to.
Condition = Support | Pin | Platen | Foundation | Periodic


def effective_conditions(supports: Sequence[Condition], components: int) -> list[Condition]:
    """Leave out what holds a displacement that does not exist and is zero already; refuse to move such a one."""
    kept = []
    for condition in supports:
        if not isinstance(condition, Periodic) and condition.component >= components:
            if isinstance(condition, Support) and condition.value is None:
                continue
            raise ValueError(f"a support holds component {condition.component}, but the displacement has {components}")
        kept.append(condition)
    return kept


def chosen_facets(domain: Domain, kinds: Sequence[SurfaceKind], where: Where | None) -> NDArray[np.int32]:
    """Return the local facets, ghosts included, of some kinds of surface with all their vertices in a place."""
    facets = domain.facets(*kinds)
    if where is None or not len(facets):
        return facets
    nodes = entities_to_geometry(domain.mesh, domain.dimension - 1, facets)
    inside = where(domain.mesh.geometry.x[nodes].reshape(-1, 3).T).reshape(nodes.shape)
    return facets[inside.all(axis=1)]


def held_dofs(
    domain: Domain, space: fem.FunctionSpace, condition: Support | Pin | Platen | Foundation
) -> NDArray[np.int32]:
    """Return the local dofs (unrolled, ghosts included) of a displacement space that a condition speaks of.

    Note:
        Collective.
    """
    if isinstance(condition, Pin):
        return _nearest_dof(domain, space, condition)
    facets = chosen_facets(domain, condition.kinds, getattr(condition, "where", None))
    return fem.locate_dofs_topological(space.sub(condition.component), domain.dimension - 1, facets)


def radial_dofs_on_axis(domain: Domain, space: fem.FunctionSpace) -> NDArray[np.int32]:
    """Return the local dofs (unrolled) of u_r on the axis of a body of revolution."""
    edge = ON_AXIS * float(domain.tagged.points[:, 0].max())
    nodes = np.flatnonzero(space.tabulate_dof_coordinates()[:, 0] <= edge)
    return (nodes * space.dofmap.index_map_bs).astype(np.int32)


def _nearest_dof(domain: Domain, space: fem.FunctionSpace, pin: Pin) -> NDArray[np.int32]:
    """Dof of one node nearest to a point, on the ranks that hold that node."""
    coordinates = space.tabulate_dof_coordinates()
    target = np.zeros(3)
    target[: len(pin.point)] = pin.point
    distance = np.linalg.norm(coordinates - target, axis=1)
    least = domain.mesh.comm.allreduce(distance.min(initial=np.inf), op=MPI.MIN)
    near = 1e-9 * float(np.ptp(domain.tagged.points, axis=0).max())
    candidates = coordinates[distance <= least + near]
    # of nodes equally near the one that comes first, in whole steps of the tolerance: two pins would bear a force
    first = min(place for places in domain.mesh.comm.allgather(_in_steps(candidates, near)) for place in places)
    chosen = (distance <= least + near) & (np.abs(coordinates - np.array(first) * near).max(axis=1) <= 2.0 * near)
    return (np.flatnonzero(chosen) * space.dofmap.index_map_bs + pin.component).astype(np.int32)


def _in_steps(places: Array, step: float) -> list[tuple[int, ...]]:
    return [tuple(row) for row in np.rint(places / step).astype(np.int64).tolist()]
