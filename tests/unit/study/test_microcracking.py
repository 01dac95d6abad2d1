# SPDX-License-Identifier: LGPL-3.0-or-later
"""From opened boundaries to a critical grain size; fracture energies; weighted statistics of tractions."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.study.assembly.toughness import boundary_fracture_energy, grain_fracture_energy
from jadeite.study.loading.boundary_statistics import weighted_quantile
from jadeite.study.loading.microcracking import Microcracking, headlines, tables
from jadeite.study.loading.opened import OpenedBoundary
from jadeite.verification.bricks import brick_mesh

YOUNG, POISSON = 80e9, 0.26


def materials(toughness, ratio):
    ceramic = SimpleNamespace(
        stiffness=isotropic_stiffness(YOUNG, POISSON),
        fracture_toughness=toughness,
        grain_boundary_toughness_ratio=ratio,
    )
    return SimpleNamespace(electrolytes={"ceramic": ceramic})


def test_the_first_boundary_to_open_sets_the_size():
    opened = [OpenedBoundary(3, 1e-6, 2.0, 0.0), OpenedBoundary(5, 1e-6, 8.0, 0.0), OpenedBoundary(7, 1e-6, 4.0, 0.0)]
    found = Microcracking(opened, [1.0, 8.0, 1.0], 6e-6, (1.0,), None)
    size, first = found.critical
    # not the one that releases most, but the one that needs least in proportion
    assert size == pytest.approx(6e-6 * 1.0 / 4.0) and first.row == 7


def test_boundaries_that_overlap_or_gain_energy_do_not_count():
    opened = [OpenedBoundary(3, 1e-6, 9.0, 0.4), OpenedBoundary(5, 1e-6, -1.0, 0.0)]
    assert Microcracking(opened, [1.0, 1.0], 6e-6, (1.0,), None).critical is None


def test_boundaries_that_overlap_are_left_out_of_every_figure():
    opened = [OpenedBoundary(3, 1e-6, 9.0, 0.4), OpenedBoundary(5, 1e-6, 2.0, 0.0)]
    mesh = brick_mesh(np.array([[0, 0], [1, 1]]), 1e-6)
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    opened = [replace(one, row=int(rows[0])) for one in opened]
    found = Microcracking(opened, [1.0, 1.0], 6e-6, (1.0,), None)
    (largest,) = [one for one in headlines(found, mesh) if one.key == "boundary_energy_release_rate"]
    assert largest.value == 2.0
    boundaries, sizes = tables(found, mesh)
    # the overlap is a column of the table of boundaries, which lists them all
    assert len(boundaries.rows) == 2
    assert sizes.column("energy_release_rate") == [2.0] and sizes.column("opening") == [1.0]
    alone = replace(found, opened=opened[:1], fracture_energy=[1.0])
    assert headlines(alone, mesh) == [] and len(tables(alone, mesh)) == 1


def test_fracture_energy_is_toughness_squared_over_the_plane_strain_modulus():
    mesh = brick_mesh(np.array([[0, 0], [1, 1]]), 1e-6)
    grain = grain_fracture_energy(materials(1.3e6, 0.7), mesh)
    boundary = boundary_fracture_energy(materials(1.3e6, 0.7), mesh)
    expected = (1.3e6) ** 2 * (1 - POISSON**2) / YOUNG
    assert grain == pytest.approx([expected, expected])
    row = mesh.surfaces.name.index("grain 1 | grain 2")
    assert boundary[row] == pytest.approx(0.49 * expected)
    assert np.isnan(np.delete(boundary, row)).all()


def test_toughness_of_the_recipe_comes_first():
    mesh = brick_mesh(np.array([[0, 0], [1, 1]]), 1e-6)
    row = mesh.surfaces.name.index("grain 1 | grain 2")
    given = np.full(len(mesh.surfaces), np.nan)
    given[row] = 0.5e6
    own = replace(mesh, surfaces=replace(mesh.surfaces, properties={"fracture_toughness": given}))
    expected = (0.5e6) ** 2 * (1 - POISSON**2) / YOUNG
    assert boundary_fracture_energy(materials(1.3e6, 0.7), own)[row] == pytest.approx(expected)


def test_quantiles_weigh_facets_with_their_size():
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 8.0])
    assert weighted_quantile(values, weights, 0.05) == 1.0
    assert weighted_quantile(values, weights, 0.5) == 2.0
    assert weighted_quantile(values, weights, 0.95) == 3.0
