# SPDX-License-Identifier: LGPL-3.0-or-later
"""The bilinear forms of conduction in grains, across their boundaries and along them, on any fields and coefficients.

    bulk        sum over grains      int sigma grad(phi).grad(v) dx
    across      sum over boundaries  int g [phi][v] dS,                                        g = 1/R
    along       sum over boundaries  int kappa grad_s(phi).grad_s(v) dS

A boundary that conducts along its plane and resists across it has a potential psi of its own, half of the resistance on
either side; psi is continuous through the lines where boundaries meet, where its currents balance (Kirchhoff). There

    across      int 2 g [(phi+ - psi)(v+ - chi) + (phi- - psi)(v- - chi)] dS
    along       int kappa grad_s(psi).grad_s(chi) dS

which is 1/R without kappa, since psi is then the mean of both sides, and the form above it without R. With g and kappa
in siemens the forms give currents, with capacitances in their place charges: impedance adds i omega times the latter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from numpy.typing import NDArray
from petsc4py import PETSc
from ufl.core.expr import Expr

from jadeite.fem.broken import BrokenSpace, Tie, broken_space
from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import FacetField
from jadeite.microstructure.revolution import section_lengths
from jadeite.microstructure.tagged_mesh import SurfaceKind

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Kinds of surface with ceramic on either side.
INTERNAL = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)

#: Boundaries with a smaller R sigma / h conduct perfectly. Left out is this part of the potential across a cell; the
#: jump itself, a difference of potentials that agree to ten digits, would be lost in rounding to a larger error.
_NEGLIGIBLE = 1e-9

#: Boundaries whose kappa is a smaller part both of sigma h and of h^2/R carry next to nothing along their plane.
_HARDLY_ALONG = 1e-6


@dataclass(frozen=True)
class Potential:
    """A potential, a trial or a test function, in grains and on boundaries that have one of their own.

    Attributes:
        grains: phi, which jumps across boundaries with resistance; None stands for zero.
        network: psi; None stands for zero.
    """

    grains: Expr | None
    network: Expr | None = None

    def against(self, side: str) -> Expr:
        """Return phi on one side of a boundary ("+" or "-") less psi."""
        own = None if self.network is None else -self.network("+")
        return _sum([None if self.grains is None else self.grains(side), own])


#: Makes the form of two potentials that is linear in both.
Bilinear = Callable[[Potential, Potential], ufl.Form | None]


@dataclass(frozen=True, eq=False)
class BoundaryRows:
    """Rows of the surface table by what boundaries do: which potential is continuous across them, which has its own.

    Attributes:
        joined: without resistance; phi is continuous.
        jumping: with resistance, and no conductance along the plane.
        network: with both; psi lives here.
        along: without resistance, but with conductance along the plane; phi is psi there.
    """

    joined: Rows
    jumping: Rows
    network: Rows
    along: Rows

    @classmethod
    def of(cls, domain: Domain, resistance: Array | None, conductance: Array | None) -> BoundaryRows:
        """Sort the grain and phase boundaries of a domain.

        Args:
            domain: with their rows.
            resistance: area-specific resistance of each surface row, shape (surfaces,), ohm m^2; None: none at all.
            conductance: along the plane of each surface row, shape (surfaces,), S; None: none at all.
        """
        rows = domain.surface_rows(*INTERNAL)
        resists = np.zeros(len(rows), dtype=bool) if resistance is None else resistance[rows] > 0.0
        conducts = np.zeros(len(rows), dtype=bool) if conductance is None else conductance[rows] > 0.0
        return cls(rows[~resists], rows[resists & ~conducts], rows[resists & conducts], rows[~resists & conducts])


@dataclass(frozen=True, eq=False)
class CellScale:
    """What the cells beside each surface row are like, shape (surfaces,); h is the mean size of its facets.

    Attributes:
        size: h, m.
        across: sigma / h, S/m^2: times a resistance it tells how a boundary compares with the cells beside it.
        along: sigma h, S: the conductance of a sheet as thick as a cell.
    """

    size: Array
    across: Array
    along: Array


def scale_of_cells(domain: Domain, conductivity: Array) -> CellScale:
    """Return sizes and conductivities beside grain and phase boundaries; ones in all other rows.

    Args:
        domain: with the rows.
        conductivity: of each region, shape (regions, d, d), S/m; the mean of directions and sides counts.
    """
    surfaces, rows = domain.tagged.surfaces, domain.surface_rows(*INTERNAL)
    count = np.bincount(domain.tagged.facet_surface, minlength=len(surfaces.name))[rows]
    size, sigma = np.ones((2, len(surfaces.name)))
    # of a body of revolution, the cells of its section count: the circumference that a facet sweeps is no size of it
    measure = section_lengths(domain.tagged) if domain.axisymmetric else surfaces.measure
    size[rows] = (measure[rows] / np.maximum(count, 1)) ** (1.0 / (domain.dimension - 1))
    mean = np.trace(conductivity, axis1=1, axis2=2) / conductivity.shape[1]
    sigma[rows] = mean[surfaces.regions[rows]].mean(axis=1)
    return CellScale(size, sigma / size, sigma * size)


def what_counts(
    domain: Domain, conductivity: Array, resistance: Array | None, conductance: Array | None
) -> tuple[Array | None, Array | None]:
    """Return resistance and conductance of each surface row with zero where they do nothing.

    Args:
        domain, conductivity: see `scale_of_cells`; the limits are `_NEGLIGIBLE` and `_HARDLY_ALONG`.
        resistance, conductance: see `BoundaryRows.of`.
    """
    scale = scale_of_cells(domain, conductivity)
    if resistance is not None:
        resistance = np.where(resistance * scale.across < _NEGLIGIBLE, 0.0, resistance)
    if conductance is not None:
        hardly = conductance < _HARDLY_ALONG * scale.along
        if resistance is not None:
            hardly &= conductance * resistance < _HARDLY_ALONG * scale.size**2
        conductance = np.where(hardly, 0.0, conductance)
    return resistance, conductance


def conduction_space(
    domain: Domain,
    rows: BoundaryRows,
    degree: int,
    *,
    tie: Tie | None = None,
    piece: NDArray[np.integer] | None = None,
    also_joined: Rows | None = None,
) -> BrokenSpace:
    """Build the space of phi and psi: continuous in grains and where boundaries have no resistance.

    Args:
        domain: the separator.
        rows: what its boundaries do.
        degree: polynomial degree.
        tie: dofs that stand for others, for a periodic box; see `broken_space`.
        piece: number of the piece of each local cell; by default its region.
        also_joined: rows across which phi, and psi with it, is continuous in spite of their resistance.

    Note:
        Collective.
    """
    element = ("Lagrange", degree)
    joined = rows.joined if also_joined is None else np.union1d(rows.joined, also_joined)
    whole = not np.isin(np.concatenate([rows.jumping, rows.network]), joined, invert=True).any()
    if whole and piece is None and not len(rows.network):
        return broken_space(domain.mesh, np.zeros(len(domain.cell_region), dtype=np.int32), element, tie)
    return broken_space(
        domain.mesh,
        domain.cell_region if piece is None else piece,
        element,
        tie,
        joined=_facets(domain, joined) if len(joined) else None,
        network=_facets(domain, np.concatenate([rows.network, rows.along])) if len(rows.network) else None,
    )


def bulk(domain: Domain, sigma: Expr, degree: int) -> Bilinear:
    """Return int sigma grad(phi).grad(v) dx for a tensor sigma (S/m, or F/m)."""
    dx = domain.dx(2 * degree - 2)

    def form(first: Potential, second: Potential) -> ufl.Form | None:
        if first.grains is None or second.grains is None:
            return None
        return ufl.inner(ufl.dot(sigma, ufl.grad(first.grains)), ufl.grad(second.grains)) * dx

    return form


def across(domain: Domain, rows: BoundaryRows, conductance: Array, degree: int) -> Bilinear:
    """Return the form across boundaries, with or without a potential of their own.

    Args:
        domain: the separator.
        rows: what its boundaries do.
        conductance: g of each surface row, shape (surfaces,), S/m^2 (or F/m^2); read where there is a resistance.
        degree: of the potentials.
    """
    measure = domain.dS(INTERNAL, 2 * degree)
    terms: list[Bilinear] = []
    if len(rows.jumping):
        whole = _field(domain, "conductance across", conductance, rows.jumping)

        def jumping(first: Potential, second: Potential) -> ufl.Form | None:
            if first.grains is None or second.grains is None:
                return None
            return whole * ufl.jump(first.grains) * ufl.jump(second.grains) * measure

        terms.append(jumping)
    if len(rows.network):
        half = _field(domain, "conductance to either side", 2.0 * conductance, rows.network)
        terms.append(
            lambda first, second: _sum([half * first.against(side) * second.against(side) * measure for side in "+-"])
        )
    return added(*terms)


def along(domain: Domain, rows: BoundaryRows, conductance: Array, degree: int) -> Bilinear:
    """Return the form along boundaries, with or without a potential of their own.

    Args:
        domain: the separator.
        rows: what its boundaries do.
        conductance: kappa of each surface row, shape (surfaces,), S (or F).
        degree: of the potentials.
    """
    terms: list[Bilinear] = []

    def in_plane(kappa: Expr, first: Expr | None, second: Expr | None) -> ufl.Form | None:
        return None if first is None or second is None else lateral_form(domain, kappa, first, second, degree)

    if len(rows.along):
        of_grains = _field(domain, "conductance along", conductance, rows.along)
        terms.append(lambda first, second: in_plane(of_grains, first.grains, second.grains))
    if len(rows.network):
        own = _field(domain, "conductance of the network", conductance, rows.network)
        terms.append(lambda first, second: in_plane(own, first.network, second.network))
    return added(*terms)


def lateral_form(domain: Domain, kappa: Expr, first: Expr, second: Expr, degree: int) -> ufl.Form:
    """Return int kappa grad_s(first).grad_s(second) dS over all grain and phase boundaries.

    A layer of thickness d and conductivity s in a continuous potential carries kappa = d s along its plane (Fisher,
    J. Appl. Phys. 22, 1951, 74, for the diffusive analogue).

    Args:
        domain: the separator.
        kappa: surface conductance on interior facets, S, for example of a `FacetField`.
        first, second: potentials, trial or test functions that are continuous wherever kappa is not zero.
        degree: their polynomial degree.
    """
    normal = ufl.FacetNormal(domain.mesh)("+")

    def in_plane(function: Expr) -> Expr:
        # the potential is continuous, so that its gradient along the boundary is the same on both sides
        gradient = ufl.grad(function)("+")
        return gradient - ufl.dot(gradient, normal) * normal

    return kappa * ufl.inner(in_plane(first), in_plane(second)) * domain.dS(INTERNAL, 2 * degree - 2)


def added(*terms: Bilinear) -> Bilinear:
    """Return the sum of forms."""
    return lambda first, second: _sum([term(first, second) for term in terms])


def assembled_matrix(space: BrokenSpace, form: Bilinear) -> PETSc.Mat:
    """Assemble a form over trial and test functions in grains and on the network, in the numbers of both.

    Note:
        Collective.
    """
    trials = [Potential(ufl.TrialFunction(space.space))]
    tests = [Potential(ufl.TestFunction(space.space))]
    if space.network is not None:
        trials.append(Potential(None, ufl.TrialFunction(space.network)))
        tests.append(Potential(None, ufl.TestFunction(space.network)))
    total: PETSc.Mat | None = None
    for block in (form(trial, test) for trial in trials for test in tests):
        if block is None:
            continue
        part = petsc.assemble_matrix(fem.form(block))
        part.assemble()
        if total is None:
            total = part
        else:
            total.axpy(1.0, part, PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
    if total is None:
        raise ValueError("no part of the form holds both a trial and a test function")
    return total


def network_function(space: BrokenSpace, unknown: fem.Function) -> fem.Function | None:
    """Return the potential of the network that is stored in the vector of a function on the grains, or None."""
    if space.network is None:
        return None
    return fem.Function(space.network, unknown.x, name=f"{unknown.name} of boundaries")


def _field(domain: Domain, name: str, values: Array, rows: Rows) -> Expr:
    field = FacetField(domain, name)
    field.assign_by_surface(values, rows)
    return field.interior()


def _facets(domain: Domain, rows: Rows) -> NDArray[np.int32]:
    surface = domain.facet_surface
    return np.asarray(surface.indices[np.isin(surface.values, rows)], dtype=np.int32)


def _sum(parts: list) -> Expr | ufl.Form | None:
    """Sum of what is there; None when nothing is."""
    there = [part for part in parts if part is not None]
    return sum(there[1:], there[0]) if there else None
