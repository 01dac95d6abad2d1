# SPDX-License-Identifier: LGPL-3.0-or-later
"""The energies of a linear body whose loads rose together: work of tractions and eigenstrain, and what is stored.

By Clapeyron's theorem tractions t do the work int t.u/2 ds. An eigenstrain eps* does -int sigma:eps*/2 dx. Work is read
off displacements and stresses at loaded places, stored energy off strains; they agree in equilibrium alone, so that
their difference is a check of the solution. The total potential, which opening a crack under constant loads lowers, is
the stored energy less the whole of t.u (Rice 1968, Fracture: an advanced treatise II, 191).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem

from jadeite.fem.assembly import integral
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.strains import voigt
from jadeite.study.loading.body import LinearState
from jadeite.study.loading.loads import in_form

#: Nearer to a side of the box than this, over its extent, is on it.
_ON_SIDE = 1e-9


@dataclass(frozen=True)
class LinearEnergy:
    """Energies of a linear body under its full load, J (per metre of depth in the plane).

    Attributes:
        traction_work: work of tractions, half of load times displacement.
        eigenstrain_work: work of the eigenstrain.
        stored: elastic energy, that of a compliant layer behind the body included.
    """

    traction_work: float
    eigenstrain_work: float
    stored: float

    @property
    def external_work(self) -> float:
        """Work of all loads."""
        return self.traction_work + self.eigenstrain_work

    @property
    def potential(self) -> float:
        """Stored energy less what the loads, held constant, would give."""
        return self.stored - 2.0 * self.traction_work


def linear_energy(state: LinearState, foundation: float = 0.0) -> LinearEnergy:
    """Return the energies of a linear body.

    Args:
        state: solved.
        foundation: stiffness of a compliant layer on the plating side, Pa/m; zero for none.

    Note:
        Collective.
    """
    mechanics, deformation = state.mechanics, state.deformation
    stored = mechanics.strain_energy(deformation) + _of_foundation(state, foundation)
    return LinearEnergy(_traction_work(state), _eigenstrain_work(state), stored)


def _traction_work(state: LinearState) -> float:
    domain, u = state.mechanics.domain, state.deformation.displacement
    comm = domain.mesh.comm
    normal = ufl.FacetNormal(domain.mesh)
    outward = sum(normal[i] * u[i] for i in range(domain.mesh.geometry.dim))
    work = 0.0
    for measure, pressure in in_form(state.loads.surfaces, domain):
        work -= integral(fem.form(0.5 * pressure * outward * measure), comm)
    if state.loads.mean_stress:
        work += 0.5 * state.loads.mean_stress * domain.box_measure * sum(_mean_strains(state))
    return work


def _mean_strains(state: LinearState) -> list[float]:
    """How far opposite sides have moved apart, over their distance, along x and in space along z."""
    domain, u = state.mechanics.domain, state.deformation.displacement
    comm = domain.mesh.comm
    place, normal = ufl.SpatialCoordinate(domain.mesh), ufl.FacetNormal(domain.mesh)
    low, high = domain.tagged.points.min(axis=0), domain.tagged.points.max(axis=0)
    ds = ufl.Measure("ds", domain=domain.mesh, metadata={"quadrature_degree": 2 * state.mechanics.degree})
    found = []
    for axis in (0, 2)[: domain.dimension - 1]:
        extent = float(high[axis] - low[axis])
        outside = abs(place[axis] - 0.5 * (low[axis] + high[axis])) - (0.5 - _ON_SIDE) * extent
        on_side = ufl.conditional(ufl.gt(outside, 0.0), 1.0, 0.0)
        apart = integral(fem.form(on_side * u[axis] * normal[axis] * ds), comm)
        area = integral(fem.form(on_side * ds), comm)
        found.append(2.0 * apart / area / extent)
    return found


def _eigenstrain_work(state: LinearState) -> float:
    mechanics, deformation = state.mechanics, state.deformation
    elastic = voigt(mechanics.strain(deformation)) - deformation.eigenstrain_factor * mechanics.eigenstrain
    density = (
        -0.5 * deformation.eigenstrain_factor * ufl.inner(ufl.dot(mechanics.stiffness, elastic), mechanics.eigenstrain)
    )
    return integral(fem.form(density * mechanics.domain.dx(2 * mechanics.degree)), mechanics.domain.mesh.comm)


def _of_foundation(state: LinearState, stiffness: float) -> float:
    """Energy of a layer whose plate has moved by the mean displacement of the surface."""
    if not stiffness:
        return 0.0
    domain = state.mechanics.domain
    ds = domain.ds((SurfaceKind.PLATING_ELECTRODE,), 2 * state.mechanics.degree)
    u = state.deformation.displacement[1]
    area, first, second = (
        integral(fem.form(fem.Constant(domain.mesh, 1.0) * u**power * ds), domain.mesh.comm) for power in (0, 1, 2)
    )
    return float(0.5 * stiffness * np.maximum(second - first**2 / area, 0.0))
