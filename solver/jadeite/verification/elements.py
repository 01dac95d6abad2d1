# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of the elements of elasticity: constant stress, orders of convergence, nearly incompressible solids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import shapely
import ufl
from dolfinx import fem
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.materials.laws import hexagonal_stiffness, isotropic_stiffness, rotate_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Kinematics, Mechanics
from jadeite.physics.supports import Support
from jadeite.verification.bricks import brick_mesh
from jadeite.verification.measure import facet_mean, integral, norm_of
from jadeite.verification.mechanics import HOLE, LINE_X, LINE_Y, MICRON, quarter_ring
from jadeite.verification.registry import Row, check, observed_order
from jadeite.verification.shapes import domain_of, everywhere
from jadeite.verification.spheres import half_shell

Array = NDArray[np.float64]

_SIDE = 10 * MICRON
_WALLS = (SurfaceKind.SIDE_WALL, SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE)
_HEXAGONAL = hexagonal_stiffness(280e9, 140e9, 110e9, 180e9, 25e9)


def _turned(*angles: float) -> Array:
    return rotate_stiffness(_HEXAGONAL, Rotation.from_euler("zxz", angles, degrees=True).as_matrix())


_TILTED = _turned(40.0, 35.0, 20.0)
#: The hexagonal axis in the plane, 30 degrees from y: shear along z stands alone.
_IN_PLANE = _turned(30.0, 90.0, 0.0)
#: The hexagonal axis along y.
_UPRIGHT = _turned(0.0, 90.0, 0.0)


def _triangles(axisymmetric: bool = False) -> Domain:
    """An irregular mesh of a square."""
    return domain_of(
        {"square": shapely.box(0.0, 0.0, _SIDE, 0.8 * _SIDE)},
        [(SurfaceKind.SIDE_WALL, everywhere)],
        SizeField(_SIDE / 4),
        axisymmetric=axisymmetric,
    )


def _tetrahedra() -> Domain:
    """A grid of cubes with displaced corners, each cut into six."""
    mesh = brick_mesh(np.zeros((3, 3, 3), dtype=np.int64), _SIDE / 3)
    inside = ((mesh.points > 1e-3 * _SIDE) & (mesh.points < 0.999 * _SIDE)).all(axis=1)
    moved = 0.1 * _SIDE * np.random.default_rng(7).uniform(-0.5, 0.5, mesh.points.shape)
    return Domain.from_tagged_mesh(replace(mesh, points=mesh.points + inside[:, None] * moved))


def _on_walls(displacement: Array, components: int) -> list[Support]:
    """Supports that move all walls as a displacement gradient (3, 3) does."""

    def value(row: Array) -> Callable[[Array], Array]:
        return lambda x: row @ x

    return [Support(_WALLS, k, value=value(displacement[k])) for k in range(components)]


@check("M18", "Patch test: a linear displacement has a constant stress on any mesh")
def patch() -> list[Row]:
    """Root mean square deviation of the stress from C : e over its size, for each element and each kinematics."""
    gradient = 1e-4 * np.array([[1.0, 0.4, -0.3], [0.2, -0.7, 0.5], [0.6, -0.2, 0.9]])
    plane, generalised = Kinematics.PLANE_STRAIN, Kinematics.GENERALISED_PLANE_STRAIN
    flat, ring, solid = _triangles(), _triangles(axisymmetric=True), _tetrahedra()
    rows = []
    for words, domain, stiffness, kinematics in (
        ("plane strain", flat, _IN_PLANE, plane),
        ("plane strain, tilted crystal", flat, _TILTED, plane),
        ("generalised plane strain", flat, _IN_PLANE, generalised),
        ("generalised plane strain, tilted crystal", flat, _TILTED, generalised),
        ("body of revolution", ring, _UPRIGHT, plane),
        ("solid, tilted crystal", solid, _TILTED, plane),
    ):
        components = 3 if domain.dimension == 3 or stiffness is _TILTED else 2
        imposed = np.zeros((3, 3))
        imposed[:components, : domain.dimension] = gradient[:components, : domain.dimension]
        if domain.axisymmetric:
            imposed = np.diag([1e-4, -0.7e-4, 0.0])
        full = imposed + (np.diag([0.0, 0.0, 1e-4]) if domain.axisymmetric else 0.0)
        e = 0.5 * (full + full.T)
        strain = np.array([e[0, 0], e[1, 1], e[2, 2], 2 * e[1, 2], 2 * e[0, 2], 2 * e[0, 1]])
        if kinematics is generalised:
            strain[2] = -(stiffness[2] @ strain) / stiffness[2, 2]
        s = stiffness @ strain
        expected = ufl.as_matrix([[s[0], s[5], s[4]], [s[5], s[1], s[3]], [s[4], s[3], s[2]]])
        for degree in (1, 2):
            # rings of degree one do not hold u_r / r constant but where u_r is linear, which it is here
            body = Mechanics(domain, stiffness[None], None, _on_walls(imposed, components), kinematics, degree)
            state = body.new_deformation("patch")
            body.solve(body.load(), state)
            size = np.linalg.norm(s) * np.sqrt(integral(domain, fem.Constant(domain.mesh, 1.0), domain.dx(2)))
            deviation = norm_of(domain, body.stress(state) - expected, 4) / size
            rows.append(Row(f"{words}, degree {degree}", 0.0, deviation, 1e-9, "absolute"))
    return rows


def _errors(domain: Domain, stiffness: Array, wave: Array, degree: int) -> tuple[float, float]:
    """Errors of displacement and stress of a wave, relative, under the body force that it needs."""
    components = len(wave)

    def waves(x: Sequence[Expr]) -> Expr:
        phase = [2.0 * x[0] + x[1], x[0] - 1.5 * x[1], 1.2 * x[1] + 0.5 * x[0]]
        third = x[2] if domain.dimension == 3 else 0.0
        return ufl.as_vector([wave[k] * ufl.sin(phase[k] / _SIDE + 0.7 * third / _SIDE + k) for k in range(components)])

    def nodal(k: int) -> Callable[[Array], Array]:
        def value(x: Array) -> Array:
            phase = [2.0 * x[0] + x[1], x[0] - 1.5 * x[1], 1.2 * x[1] + 0.5 * x[0]]
            return np.asarray(wave[k] * np.sin(phase[k] / _SIDE + 0.7 * x[2] / _SIDE + k))

        return value

    supports = [Support(_WALLS, k, value=nodal(k)) for k in range(components)]
    body = Mechanics(domain, stiffness[None], None, supports, degree=degree)
    exact = waves(ufl.SpatialCoordinate(domain.mesh))
    shown = body.new_deformation("exact")
    stress = body.stress(replace(shown, displacement=exact))
    force = ufl.as_vector([-sum(stress[i, j].dx(j) for j in range(domain.dimension)) for i in range(components)])
    state = body.new_deformation("wave")
    body.solve(body.load(body_force=force), state)
    of_displacement = norm_of(domain, state.displacement - exact, 6) / norm_of(domain, exact, 6)
    return of_displacement, norm_of(domain, body.stress(state) - stress, 6) / norm_of(domain, stress, 6)


@check("M19", "Orders of convergence for a tilted crystal")
def orders() -> list[Row]:
    """A wave with the body force that it needs: order p + 1 in the displacement and p in the stress."""
    rows = []
    wave = 1e-3 * _SIDE * np.array([1.0, -0.6, 0.8])
    for words, dimension, divisions in (("triangles", 2, (4, 8, 16)), ("tetrahedra", 3, (2, 4, 6))):
        domains = [
            Domain.from_tagged_mesh(brick_mesh(np.zeros((n,) * dimension, dtype=np.int64), _SIDE / n))
            for n in divisions
        ]
        sizes = [1.0 / n for n in divisions]
        for degree in (1, 2):
            errors = [_errors(domain, _TILTED, wave, degree) for domain in domains]
            for k, (name, order) in enumerate((("displacement", degree + 1), ("stress", degree))):
                found = observed_order(sizes, [error[k] for error in errors])
                rows.append(Row(f"{words}, degree {degree}: {name}", order, found, 0.3, "order", observed_order=found))
    return rows


@check("M20", "Nearly incompressible solids do not lock")
def nearly_incompressible() -> list[Row]:
    """Lame's cylinder and sphere of Poisson's ratio 0.4999, as of sodium that has no time to flow, quadratic elements.

    A pressure inside opens them almost without a change of volume, which elements of degree one do not follow.
    """
    young, nu, a, b, p = 4.6e9, 0.4999, 10 * MICRON, 30 * MICRON, 1e6
    cylinder = (1 + nu) * p * a * ((1 - 2 * nu) * a * a + b * b) / (young * (b * b - a * a))
    sphere = p * a**4 / (young * (b**3 - a**3)) * ((1 - 2 * nu) + (1 + nu) * b**3 / (2 * a**3))
    rows = []
    segments = (8, 16, 32)
    for words, expected, make, supports in (
        ("cylinder", cylinder, quarter_ring, [Support((LINE_X,), 1), Support((LINE_Y,), 0)]),
        ("sphere", sphere, half_shell, [Support((LINE_X,), 1)]),
    ):
        found = []
        for number in segments:
            domain = make(a, b, number)
            body = Mechanics(domain, isotropic_stiffness(young, nu)[None], None, supports)
            state = body.new_deformation("opened")
            body.solve(body.load(pressures=[(domain.ds([HOLE], 4), fem.Constant(domain.mesh, p))]), state)
            outward = -ufl.dot(state.displacement, ufl.FacetNormal(domain.mesh))
            found.append(facet_mean(domain, HOLE, outward))
        order = observed_order([1.0 / n for n in segments], [abs(value - expected) for value in found])
        rows.append(Row(f"{words}, opening", expected * 1e9, found[-1] * 1e9, 5e-3, unit="nm", observed_order=order))
    return rows
