# SPDX-License-Identifier: LGPL-3.0-or-later
"""Parts of boundaries that come open: points part, loose material goes, sodium reaches what is connected."""

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest

from jadeite.fem.domain import Domain
from jadeite.microstructure.opened_facets import opened_facets, reached_from
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.physics.contact import Contact
from sample_meshes import box_mesh, layered_mesh

PLATING, STRIPPING, METAL = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.FLAW_WALL


def layers(number=2, dimension=2):
    heights, width = [1.0] * number, 2.0
    return layered_mesh(heights, width, 4, 2) if dimension == 2 else box_mesh(heights, (width, width), (4, 4), 2)


def on_boundary(mesh, number=1):
    return mesh.facet_surface == mesh.surfaces.name.index(f"layer {number} | layer {number + 1}")


def nothing(mesh):
    return np.zeros(len(mesh.facets), dtype=bool)


def conductance(mesh):
    """Current between the electrodes at 1 V, for 1 S/m, with metal in filled boundaries."""
    sigma = np.broadcast_to(np.eye(mesh.dimension), (len(mesh.regions), mesh.dimension, mesh.dimension))
    problem = Conduction(
        Domain.from_tagged_mesh(mesh),
        np.ascontiguousarray(sigma),
        None,
        [Contact((PLATING, METAL), None)],
        [Contact((STRIPPING,), None)],
        degree=1,
    )
    return problem.solve(Voltage(1.0)).current_out


@pytest.mark.parametrize("dimension", [2, 3])
def test_an_empty_boundary_blocks_and_a_filled_one_brings_the_electrode_closer(dimension):
    mesh = layers(dimension=dimension)
    area, whole = 2.0 ** (dimension - 1), on_boundary(mesh)
    assert conductance(mesh) == pytest.approx(area / 2.0)
    assert conductance(opened_facets(mesh, whole, nothing(mesh))) == pytest.approx(0.0, abs=1e-12)
    assert conductance(opened_facets(mesh, nothing(mesh), whole)) == pytest.approx(area / 1.0)


def test_an_opened_part_costs_conductance_but_no_material():
    mesh = layers()
    middle = mesh.points[mesh.facets].mean(axis=1)
    part = on_boundary(mesh) & (middle[:, 0] < 1.0)
    opened = opened_facets(mesh, part, nothing(mesh))
    # two facets part at the wall and between them, and hang together at the end of the open part
    assert len(opened.points) == len(mesh.points) + 2
    assert len(opened.cells) == len(mesh.cells)
    assert 0.5 < conductance(opened) < 1.0
    walls = opened.facet_surface == opened.surfaces.name.index("opened boundaries")
    assert walls.sum() == 2 * part.sum()


def test_a_single_facet_in_the_material_cannot_part():
    mesh = layers()
    middle = mesh.points[mesh.facets].mean(axis=1)
    single = on_boundary(mesh) & (np.abs(middle[:, 0] - 0.75) < 1e-9)
    opened = opened_facets(mesh, single, nothing(mesh))
    assert single.sum() == 1 and len(opened.points) == len(mesh.points)


def test_material_without_an_electrode_is_left_out():
    mesh = layers(3)
    opened = opened_facets(mesh, on_boundary(mesh, 1) | on_boundary(mesh, 2), nothing(mesh))
    assert set(np.unique(opened.cell_region).tolist()) == {0, 2}
    assert conductance(opened) == pytest.approx(0.0, abs=1e-12)


def test_sodium_reaches_what_is_connected():
    mesh = layers(3)
    middle = mesh.points[mesh.facets].mean(axis=1)
    source = mesh.facet_surface == mesh.surfaces.name.index("side wall left")
    first = on_boundary(mesh, 1) & (middle[:, 0] < 1.0)
    second = on_boundary(mesh, 2) & (middle[:, 0] > 1.0)
    reached = reached_from(mesh, first | second, source)
    np.testing.assert_array_equal(reached, first)
    assert not reached_from(mesh, first, nothing(mesh)).any()
