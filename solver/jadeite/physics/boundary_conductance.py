# SPDX-License-Identifier: LGPL-3.0-or-later
"""Conduction along grain boundaries: a thin phase that conducts better than the grains carries current in its plane.

For a layer of thickness d and conductivity s_gb on a boundary with continuous potential, the surface conductance is
kappa = d s_gb (siemens), and n.(j+ - j-) - div_s(kappa grad_s phi) = 0: the weak form gains

    sum over boundaries  int kappa grad_s(phi).grad_s(v) dS

with the gradient in the plane of the boundary (Fisher, J. Appl. Phys. 22, 1951, 74, for the diffusive analogue).
"""

from __future__ import annotations

import numpy as np
import ufl
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import FacetField
from jadeite.microstructure.tagged_mesh import SurfaceKind

INTERNAL = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)


def lateral_form(domain: Domain, kappa: Expr, first: Expr, second: Expr, degree: int) -> ufl.Form:
    """Return int kappa grad_s(first).grad_s(second) dS over all grain and phase boundaries.

    Args:
        domain: the separator.
        kappa: surface conductance on interior facets, S, for example of a `FacetField`.
        first, second: potentials, trial or test functions that are continuous wherever kappa is not zero.
        degree: their polynomial degree.
    """
    normal = ufl.FacetNormal(domain.mesh)("+")

    def along(function: Expr) -> Expr:
        # the potential is continuous, so that its gradient along the boundary is the same on both sides
        gradient = ufl.grad(function)("+")
        return gradient - ufl.dot(gradient, normal) * normal

    return kappa * ufl.inner(along(first), along(second)) * domain.dS(INTERNAL, 2 * degree - 2)


def lateral_conduction(
    domain: Domain,
    conductance: NDArray[np.float64],
    resistance: NDArray[np.float64] | None,
    first: Expr,
    second: Expr,
    degree: int,
) -> ufl.Form:
    """Return `lateral_form` of potentials that are continuous across all boundaries with a conductance.

    Args:
        domain: the separator.
        conductance: kappa of each surface row, shape (surfaces,), S; only grain and phase boundaries are read.
        resistance: area-specific resistance of each surface row or None; a boundary has one or the other.
        first, second: potentials, trial or test functions.
        degree: their polynomial degree.

    Raises:
        ValueError: when a boundary conducts along its plane and resists current across it, where the potential jumps;
            `conduction_forms` gives such a boundary a potential of its own.
    """
    rows = domain.surface_rows(*INTERNAL)
    rows = rows[conductance[rows] > 0.0]
    if resistance is not None and (resistance[rows] > 0.0).any():
        raise ValueError("a continuous potential knows no boundary that resists across and conducts along its plane")
    kappa = FacetField(domain, "surface conductance")
    kappa.assign_by_surface(conductance, rows)
    return lateral_form(domain, kappa.interior(), first, second, degree)
