# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of homogenised tensors that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from dataclasses import replace

import numpy as np
import pytest

from jadeite.fem.domain import Domain
from jadeite.microstructure.orientation import random_orientations, rotation_matrices
from jadeite.physics.boundary_transport import BoundaryTransport
from jadeite.physics.homogenisation import Homogenisation, SideCondition, SideError
from jadeite.physics.mixture_estimates import boundary_density, mean_bounds
from jadeite.verification.bricks import brick_mesh, repeating

PERIODIC, MIXED = SideCondition.PERIODIC, SideCondition.MIXED


def polycrystal(edge=1e-6, grains=3):
    """Uniaxial crystals, those at the sides cut by them, with the resistance and conductance of each boundary."""
    along = ((np.arange(2 * grains) + 1) // 2) % grains
    first, second = np.meshgrid(along, along, indexing="ij")
    mesh = repeating(brick_mesh(grains * first + second, edge), (0, 1))
    generator = np.random.default_rng(7)
    turned = rotation_matrices(random_orientations(len(mesh.regions), generator))
    tensors = np.einsum("gik,k,gjk->gij", turned, [1.0, 1.0, 0.05], turned)[:, :2, :2]
    internal = (mesh.surfaces.regions >= 0).all(axis=1)
    spread = 10.0 ** generator.uniform(-1.0, 1.0, len(internal))
    return mesh, tensors, BoundaryTransport(2e-6 * spread * internal, 1e-7 * internal / spread, 0.0 * internal)


def solved(mesh, tensors, boundaries, conditions=(PERIODIC, PERIODIC), **more):
    return Homogenisation(Domain.from_tagged_mesh(mesh), tensors, boundaries, conditions, **more).solve()


def check_tensor_does_not_depend_on_how_it_is_solved():
    sample = polycrystal()
    direct, iterative = (solved(*sample, linear=linear) for linear in ("direct", "iterative"))
    assert iterative.tensor == pytest.approx(direct.tensor, rel=1e-8, abs=1e-10)
    assert direct.asymmetry < 1e-12
    assert direct.power_mismatch < 1e-10
    # parts of the power and of the resistivity belong together
    work = np.diag(direct.gradient) * np.diag(direct.flux)
    assert direct.resistivity_shares.sum(axis=0) == pytest.approx(work / np.diag(direct.flux) ** 2, rel=1e-10)


def check_tensor_is_within_its_bounds_and_converges_from_above():
    mesh, tensors, boundaries = polycrystal()
    low, high = mean_bounds(mesh, tensors, boundary_density(mesh, boundaries))
    coarse, fine = (solved(mesh, tensors, boundaries, degree=degree).tensor for degree in (1, 2))
    for smaller, larger in ((low, fine), (fine, coarse), (coarse, high)):
        assert np.linalg.eigvalsh(larger - smaller).min() > 0.0


def check_magnified_grains_conduct_as_boundaries_that_resist_less():
    mesh, tensors, boundaries = polycrystal()
    scale = 7.0
    small = BoundaryTransport(
        boundaries.resistance / scale, boundaries.surface_conductance / scale, boundaries.capacitance
    )
    large, _, _ = polycrystal(edge=scale * 1e-6)
    for conditions in ((PERIODIC, PERIODIC), (MIXED, MIXED)):
        one = solved(mesh, tensors, small, conditions).tensor
        other = solved(large, tensors, boundaries, conditions).tensor
        assert other == pytest.approx(one, rel=1e-9)


def check_moving_the_box_does_not_change_a_repeating_structure():
    """The same grains seen through a box that is shifted by half a brick, then turned to rows of other numbers."""
    grains = 3
    _, tensors, _ = polycrystal(grains=grains)
    found = []
    for shift in (1, 3):
        along = ((np.arange(2 * grains) + shift) // 2) % grains
        first, second = np.meshgrid(along, along, indexing="ij")
        mesh = repeating(brick_mesh(grains * first + second, 1e-6), (0, 1))
        internal = (mesh.surfaces.regions >= 0).all(axis=1)
        found.append(solved(mesh, tensors, BoundaryTransport(1e-6 * internal, 0.0 * internal, 0.0 * internal)).tensor)
    assert found[1] == pytest.approx(found[0], rel=1e-9)


def check_next_to_no_resistance_is_none():
    mesh, tensors, boundaries = polycrystal()
    internal = (mesh.surfaces.regions >= 0).all(axis=1)
    for along in (0.0 * internal, boundaries.surface_conductance):
        perfect, nearly = (
            Homogenisation(
                Domain.from_tagged_mesh(mesh),
                tensors,
                BoundaryTransport(1e-14 * contact * 1e-6 * internal, along, 0.0 * internal),
                (PERIODIC, MIXED),
            )
            for contact in (0.0, 1.0)
        )
        sizes = [problem.space.space.dofmap.index_map.size_global for problem in (perfect, nearly)]
        assert sizes[0] == sizes[1]
        assert nearly.solve().tensor == pytest.approx(perfect.solve().tensor, rel=1e-12, abs=1e-14)


def check_sides_that_do_not_fit_are_told():
    mesh, tensors, boundaries = polycrystal()
    apart = replace(mesh, regions=replace(mesh.regions, grain=np.arange(len(mesh.regions), dtype=np.int32)))
    solved(apart, tensors, boundaries)  # every brick of this mesh is one region already
    whole = repeating(brick_mesh(np.arange(4).reshape(2, 2), 1e-6), (0, 1))
    with pytest.raises(SideError, match="grains meet on the periodic side across x"):
        solved(whole, tensors[:4], None)
    # without the cells of one corner, the box has a hole that opens to two sides
    cells = whole.cells[whole.cell_region != 0]
    keep = np.isin(whole.facets, cells).all(axis=1)
    open_box = replace(
        whole,
        cells=cells,
        cell_region=whole.cell_region[whole.cell_region != 0],
        facets=whole.facets[keep],
        facet_surface=whole.facet_surface[keep],
    )
    with pytest.raises(SideError, match="a hole opens to a side across x"):
        solved(open_box, tensors[:4], None, (SideCondition.UNIFORM_CURRENT,) * 2)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
