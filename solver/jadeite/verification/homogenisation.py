# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of conductivity tensors of microstructures that repeat, and of what other conditions on their sides give."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.microstructure.orientation import random_orientations, rotation_matrices
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.physics.boundary_transport import BoundaryTransport
from jadeite.physics.homogenisation import EffectiveConductivity, Homogenisation, SideCondition
from jadeite.verification.bricks import brick_mesh, repeating, tagged
from jadeite.verification.effective import square_array_of_holes
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import disc, domain_of, everywhere
from jadeite.verification.slab import SIDE

Array = NDArray[np.float64]

MICRON = 1e-6


def _offset(grains: int, dimension: int) -> NDArray[np.int64]:
    """Labels of half bricks of a repeating box whose sides go through the middle of bricks; bricks differ in number."""
    along = ((np.arange(2 * grains) + 1) // 2) % grains
    axes = np.meshgrid(*[along] * dimension, indexing="ij")
    return np.asarray(sum(axis * grains**power for power, axis in enumerate(axes)))


def _solve(
    mesh: TaggedMesh,
    conductivity: Array,
    condition: SideCondition = SideCondition.PERIODIC,
    *,
    resistance: float = 0.0,
    lateral: float = 0.0,
) -> EffectiveConductivity:
    """Homogenise a mesh that every rank holds, the same condition across every axis. Collective."""
    internal = (mesh.surfaces.regions >= 0).all(axis=1)
    boundaries = BoundaryTransport(*(np.where(internal, value, 0.0) for value in (resistance, lateral, 0.0)))
    domain = Domain.from_tagged_mesh(mesh)
    return Homogenisation(domain, conductivity, boundaries, (condition,) * mesh.dimension).solve()


def _off_diagonal(tensor: Array) -> float:
    return float(np.abs(tensor - np.diag(np.diag(tensor))).max())


def _entries(name: str, expected: Array, got: Array, tolerance: float) -> Iterable[Row]:
    """A row for each entry of a symmetric tensor; tolerances are relative to its largest one."""
    size = float(np.abs(expected).max())
    for row in range(len(expected)):
        for column in range(len(expected)):
            label = f"{name} {'xyz'[row]}{'xyz'[column]}"
            yield Row(label, expected[row, column], got[row, column], tolerance * size, "absolute", "S/m")


@check("H1", "Bricks that repeat, cut by the sides of the box")
def repeating_bricks() -> list[Row]:
    """1/sigma = 1/sigma_g + R/d where boundaries resist (T6), sigma_g + 2 kappa/d where they conduct along (T8)."""
    conductivity, resistance, edge = 0.5, 2e-5, 5 * MICRON
    expected = printed(1.0 / (1.0 / conductivity + resistance / edge), 0.1666667)
    mesh = repeating(brick_mesh(_offset(2, 3), edge / 2), range(3))
    grains = np.tile(conductivity * np.eye(3), (len(mesh.regions), 1, 1))
    across = _solve(mesh, grains, resistance=resistance)
    rows = [
        Row(f"resistive boundaries, {axis}", expected, float(value), 1e-9, unit="S/m")
        for axis, value in zip("xyz", np.diag(across.tensor), strict=True)
    ]
    share = resistance / edge * expected
    boundaries = float(across.resistivity_shares[1, 0] / across.resistivity_shares[:, 0].sum())
    lateral = 0.5 * conductivity * edge
    along = _solve(mesh, grains, lateral=lateral)
    return [
        *rows,
        Row("off-diagonal", 0.0, _off_diagonal(across.tensor), 1e-9, "absolute", "S/m"),
        Row("share of boundaries in the resistivity", share, boundaries, 1e-9),
        Row("conducting boundaries", conductivity + 2 * lateral / edge, float(along.tensor[1, 1]), 1e-9, unit="S/m"),
        Row("power against mean field and current", 0.0, across.power_mismatch, 1e-9, "absolute"),
    ]


@check("H2", "Square array of discs that repeats")
def square_array() -> list[Row]:
    """Insulating discs (Rayleigh 1892), the numbers of T15; the box has its side through no disc."""
    rows = []
    for share, reference in ((0.1, 0.8181768), (0.5, 0.3246545)):
        expected = printed(square_array_of_holes(share), reference)
        segments = 160
        radius = np.sqrt(share / (0.5 * segments * np.sin(2 * np.pi / segments)))
        box = shapely.box(-0.5, -0.5, 0.5, 0.5)
        domain = domain_of({"solid": box.difference(disc(radius, segments))}, [(SIDE, everywhere)], SizeField(0.04))
        mesh = repeating(domain.tagged, range(2))
        found = _solve(mesh, np.eye(2)[None])
        for axis in range(2):
            name = f"area fraction {share:g}, {'xy'[axis]}"
            rows.append(Row(name, expected, float(found.tensor[axis, axis]), 2e-3))
        rows.append(Row(f"area fraction {share:g}, off-diagonal", 0.0, _off_diagonal(found.tensor), 1e-4, "absolute"))
    return rows


@check("H3", "One rotated crystal")
def rotated_crystal() -> list[Row]:
    """Its own tensor, whatever holds on the sides: mean current is s times the mean gradient wherever s is uniform."""
    fast, slow = 1.0, 0.01
    axis = np.array([np.sin(np.pi / 6), np.cos(np.pi / 6), 0.0])
    full = fast * np.eye(3) + (slow - fast) * np.outer(axis, axis)
    printed(float(full[1, 1]), 0.2575)
    rows = []
    for dimension in (2, 3):
        mesh = repeating(brick_mesh(np.zeros((3,) * dimension, dtype=np.int64), MICRON), range(dimension))
        tensor = full[:dimension, :dimension]
        for condition in SideCondition:
            got = _solve(mesh, tensor[None], condition).tensor
            error = float(np.abs(got - tensor).max())
            rows.append(Row(f"largest error, {condition}, {dimension} dimensions", 0.0, error, 1e-8, "absolute", "S/m"))
    return rows


@check("H4", "Laminate at an angle")
def tilted_laminate() -> list[Row]:
    """Along the layers sum f s + kappa/d, across them 1/(sum f/s + R/d), turned by 45 degrees; d between boundaries.

    The boundaries have both a resistance and a conductance along their plane, which a laminate keeps apart.
    """
    first, second, resistance, lateral, edge = 1.0, 0.05, 2e-6, 1e-7, MICRON
    distance = 2 * edge / np.sqrt(2)  # layers of two bricks, counted along x
    along = 0.5 * (first + second) + lateral / distance
    across = 1.0 / (0.5 / first + 0.5 / second + resistance / distance)
    rows: list[Row] = []
    for dimension in (2, 3):
        normal = np.array([1.0, -1.0, 0.0])[:dimension] / np.sqrt(2)
        expected = along * np.eye(dimension) + (across - along) * np.outer(normal, normal)

        mesh = brick_mesh(np.zeros((4, 4, 2)[:dimension], dtype=np.int64), edge)
        middle = mesh.points[mesh.cells].mean(axis=1) / edge
        layer = np.floor((middle[:, 0] - middle[:, 1]) / 2).astype(np.int64) % 2
        mesh = repeating(tagged(mesh.points, mesh.cells, layer), range(dimension))
        grains = np.array([first, second])[:, None, None] * np.eye(dimension)
        found = _solve(mesh, grains, resistance=resistance, lateral=lateral)
        rows += _entries(f"{dimension} dimensions,", expected, found.tensor, 1e-9)
    return rows


@check("H5", "Order of conditions")
def order_of_conditions() -> list[Row]:
    """Uniform current <= periodic <= uniform field, as quadratic forms (Huet 1990), for a plane polycrystal.

    Smallest eigenvalues of the differences over the trace of the tensor; they lie between 0 and 1.
    """
    mesh = repeating(brick_mesh(_offset(6, 2), MICRON), range(2))
    turned = rotation_matrices(random_orientations(len(mesh.regions), np.random.default_rng(3)))
    grains = np.einsum("gik,k,gjk->gij", turned, [1.0, 1.0, 0.01], turned)[:, :2, :2]
    found = {kind: _solve(mesh, grains, kind, resistance=1e-6) for kind in SideCondition}
    tensor = {kind: 0.5 * (one.tensor + one.tensor.T) for kind, one in found.items()}
    rows = []
    order = (SideCondition.UNIFORM_CURRENT, SideCondition.PERIODIC, SideCondition.UNIFORM_FIELD)
    for low, high in pairwise(order):
        smallest = float(np.linalg.eigvalsh(tensor[high] - tensor[low]).min() / np.trace(tensor[high]))
        rows.append(Row(f"{high} less {low}", 0.5, smallest, 0.5, "absolute"))
    rows += [Row(f"asymmetry, {kind}", 0.0, found[kind].asymmetry, 1e-8, "absolute") for kind in order]
    rows += [Row(f"power, {kind}", 0.0, one.power_mismatch, 1e-8, "absolute") for kind, one in found.items()]
    return rows
