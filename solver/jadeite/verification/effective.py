# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of effective conductivity in periodic microstructures: bricks, checkerboards, arrays of pores.

A periodic structure with mirror planes is solved in the box between them: on a mirror plane across the current the
potential is constant, no current passes one along it.
"""

from __future__ import annotations

from math import comb

import numpy as np
import shapely

from jadeite.case.loading import parse_recipe
from jadeite.microstructure.build import build
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.verification.bricks import brick_mesh, corner_mesh
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.samples import effective_conductivity, shared
from jadeite.verification.shapes import disc, domain_of, everywhere
from jadeite.verification.slab import IDEAL_PLATING, IDEAL_STRIPPING, PLATING, SIDE, STRIPPING, isotropic

MICRON = 1e-6

_HALVES = np.array([0, 1, 1, 2])
"""Bricks along one axis from the middle of one grain to the middle of another, in halves of a grain."""


_SPHERES = """\
dimension: 3
seed: 1
width: 20 um
separator:
  layers:
    - thickness: 20 um
      pores: [{place: grain_interiors, radius: 1.5 um, fraction: 0.07}]
mesh: {interior_size: 2 um, boundary_size: 2 um}
"""


HALF_BRICKS = np.asarray(9 * _HALVES[:, None, None] + 3 * _HALVES[:, None] + _HALVES)
"""Labels (4, 4, 4) of half bricks: 27 grains or parts of them between mirror planes."""


@check("T6", "Periodic bricks with resistive boundaries, three dimensions")
def brick_layer() -> list[Row]:
    """1/sigma = 1/sigma_grain + R/d."""
    conductivity, resistance, edge = 0.5, 2e-5, 5 * MICRON
    expected = printed(1.0 / (1.0 / conductivity + resistance / edge), 0.1666667)
    mesh = shared(lambda: brick_mesh(HALF_BRICKS, edge / 2))
    tensors = np.tile(conductivity * np.eye(3), (27, 1, 1))
    got = effective_conductivity(mesh, tensors, resistance=resistance)
    return [Row("effective conductivity", expected, got, 1e-6, unit="S/m")]


@check("T11", "Checkerboard")
def checkerboard() -> list[Row]:
    """sigma = sqrt(s1 s2) (Keller, J. Math. Phys. 5, 1964, 548; Dykhne, Sov. Phys. JETP 32, 1971, 63).

    The field at a corner grows as r^(l-1) with l = (4/pi) atan(sqrt(s2/s1)), 0.127 here, so that cells shrink towards
    it over eleven orders of magnitude.
    """
    first, second = 1.0, 0.01
    expected = printed(np.sqrt(first * second), 0.1)
    mesh = shared(lambda: corner_mesh(rings=90, ratio=0.75, along=6))
    got = effective_conductivity(mesh, isotropic(first, second, first, second))
    return [Row("effective conductivity", float(expected), got, 0.01, unit="S/m")]


@check("T15", "Insulating pores")
def insulating_pores() -> list[Row]:
    """Square arrays of discs (multipoles, Rayleigh 1892) and few spheres (Maxwell 1873): 2 (1 - f) / (2 + f)."""
    rows = []
    for share, reference in ((0.1, 0.8181768), (0.3, 0.5375800), (0.5, 0.3246545)):
        expected = printed(square_array_of_holes(share), reference)
        segments = 160
        # a polygon of the same area as the disc
        radius = np.sqrt(share / (0.5 * segments * np.sin(2 * np.pi / segments)))
        hole = disc(radius, segments)
        quarter = shapely.box(0.0, 0.0, 0.5, 0.5)
        domain = domain_of(
            {"solid": quarter.difference(hole)},
            [
                (PLATING, shapely.LineString([(0.0, 0.0), (0.5, 0.0)])),
                (STRIPPING, shapely.LineString([(0.0, 0.5), (0.5, 0.5)])),
                (SIDE, everywhere),
            ],
            SizeField(0.02),
        )
        problem = Conduction(domain, isotropic(1.0), None, IDEAL_PLATING, IDEAL_STRIPPING)
        got = problem.solve(Voltage(1.0)).current_out
        rows.append(Row(f"square array of discs, area fraction {share:g}", expected, got, 2e-3))
    return [*rows, _few_spheres()]


def _few_spheres() -> Row:
    """Forty spheres in a cube, from the recipe on: Maxwell's formula for the share that their polyhedra take."""
    edge = 20 * MICRON
    mesh = shared(lambda: build(parse_recipe(_SPHERES)))
    share = 1.0 - float(mesh.regions.measure.sum()) / edge**3
    printed(2 * (1 - 0.07) / (2 + 0.07), 0.898551)
    got = effective_conductivity(mesh, np.eye(3)[None])
    return Row("spheres, volume fraction 0.07", 2 * (1 - share) / (2 + share), got, 5e-3)


def square_array_of_holes(share: float, orders: int = 12) -> float:
    """Relative conductivity of a sheet with a square array of round holes of an area fraction.

    Around a hole of radius a the potential is the real part of sum_l A_l (z^l + a^(2l) z^-l), l odd, where no current
    enters the hole. What the other holes and the applied field E make of it at the origin is, with B_l = a^(2l) A_l and
    the lattice sums S_n of z^-n (S_2 = pi for a long strip along the field),

        A_l = E d_l1 + (-1)^l sum_m C(l + m - 1, l) S_(l+m) B_m

    and the conductivity 1 - 2 pi B_1 / E (Rayleigh, Phil. Mag. 34, 1892, 481; Perrins, McKenzie and McPhedran, Proc. R.
    Soc. A 369, 1979, 207).
    """
    radius = np.sqrt(share / np.pi)
    order = np.arange(1, 2 * orders, 2)
    sums = {2: np.pi}
    grid = np.arange(-200, 201)
    lattice = (grid[:, None] + 1j * grid[None, :]).ravel()
    lattice = lattice[lattice != 0]
    for n in range(4, 4 * orders, 2):
        sums[n] = float(np.sum(lattice ** (-n)).real) if n % 4 == 0 else 0.0
    matrix = np.diag(1.0 / radius ** (2.0 * order))
    for row, one in enumerate(order.tolist()):
        for column, other in enumerate(order.tolist()):
            matrix[row, column] -= (-1) ** one * comb(one + other - 1, one) * sums[one + other]
    moments = np.linalg.solve(matrix, (order == 1).astype(float))
    return float(1.0 - 2.0 * np.pi * moments[0])
