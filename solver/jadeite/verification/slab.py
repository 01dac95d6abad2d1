# SPDX-License-Identifier: LGPL-3.0-or-later
"""Conduction problems of the checks: ideal contacts, exact current through the outer boundary, stacks of layers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import shapely
import ufl
from dolfinx import fem, mesh
from numpy.typing import ArrayLike, NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.contact import Contact
from jadeite.verification.shapes import domain_of, everywhere

PLATING, STRIPPING, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
IDEAL_PLATING, IDEAL_STRIPPING = (Contact((PLATING,), None),), (Contact((STRIPPING,), None),)


def isotropic(*conductivities: float) -> NDArray[np.float64]:
    """Conductivity tensors (regions, 2, 2) of isotropic regions."""
    return np.array(conductivities)[:, None, None] * np.eye(2)


def stack(width: float, heights: ArrayLike, size: float) -> Domain:
    """Layers "layer 0", "layer 1", ... from the plating electrode at y = 0 upwards, insulated at the sides."""
    edges = np.concatenate([[0.0], np.cumsum(heights)])
    layers = {
        f"layer {number}": shapely.box(0.0, low, width, high)
        for number, (low, high) in enumerate(pairwise(edges.tolist()))
    }
    top = float(edges[-1])
    return domain_of(
        layers,
        [
            (PLATING, shapely.LineString([(0.0, 0.0), (width, 0.0)])),
            (STRIPPING, shapely.LineString([(0.0, top), (width, top)])),
            (SIDE, everywhere),
        ],
        SizeField(size),
    )


def resistances(domain: Domain, value: float) -> NDArray[np.float64]:
    """The same area-specific resistance (ohm m^2) for every surface row; electrodes ignore theirs."""
    return np.full(len(domain.tagged.surfaces.name), value)


def exact_inflow(
    domain: Domain,
    kind: SurfaceKind,
    slope: Callable[[NDArray[np.complex128]], NDArray[np.complex128]],
    conductivity: float,
) -> tuple[ufl.Measure, Expr]:
    """Current density into the solid on a boundary where the potential is the real part of an analytic w(x + i y).

    `slope` is dw/dz, so grad(phi) = (Re dw/dz, -Im dw/dz).
    """
    gradient = fem.Function(fem.functionspace(domain.mesh, ("Lagrange", 2, (2,))))

    def values(x: NDArray[np.float64]) -> NDArray[np.float64]:
        derivative = slope(x[0] + 1j * x[1])
        return np.array([derivative.real, -derivative.imag])

    cells = _cells_at(domain, kind)
    gradient.interpolate(values, cells0=cells)
    return domain.ds([kind], 6), conductivity * ufl.dot(gradient, ufl.FacetNormal(domain.mesh))


def _cells_at(domain: Domain, kind: SurfaceKind) -> NDArray[np.int32]:
    """Local cells with a facet of a kind."""
    domain.mesh.topology.create_connectivity(domain.dimension - 1, domain.dimension)
    return mesh.compute_incident_entities(
        domain.mesh.topology, domain.facets(kind), domain.dimension - 1, domain.dimension
    )


def current_into_electrode(problem: Conduction) -> Expr:
    """Current density (A/m^2) that leaves the ceramic through its boundary."""
    return ufl.dot(problem.current_density(), ufl.FacetNormal(problem.domain.mesh))
