# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files for Gmsh and ParaView hold the mesh, its boundaries and its triple lines, read back by meshio."""

from dataclasses import replace

import meshio
import numpy as np
import pytest

from jadeite.microstructure.export import export_mesh, export_network
from jadeite.microstructure.network.attach import attach_network
from jadeite.microstructure.orientation import rotation_matrices
from jadeite.microstructure.tagged_mesh import SurfaceKind
from sample_meshes import grain_mesh, solid_grains


@pytest.fixture(scope="module")
def mesh():
    made = attach_network(solid_grains(5, 6, flaw=(2, 1)))
    resistance = np.linspace(0.0, 1.0, len(made.surfaces))
    return replace(made, surfaces=replace(made.surfaces, properties={"area_specific_resistance": resistance}))


def test_gmsh_file_names_every_group(mesh, tmp_path):
    export_mesh(mesh, tmp_path / "mesh.msh")
    read = meshio.read(tmp_path / "mesh.msh")
    assert set(read.field_data) == {*mesh.regions.name, *mesh.surfaces.name}
    number, dimension = read.field_data["flaw deep"]
    assert dimension == 2
    found = read.get_cell_data("gmsh:physical", "triangle") == number
    np.testing.assert_array_equal(found, mesh.facet_surface == mesh.surfaces.name.index("flaw deep"))
    np.testing.assert_array_equal(read.get_cell_data("gmsh:physical", "tetra") - 1, mesh.cell_region)


def test_cells_carry_their_crystals(mesh, tmp_path):
    export_mesh(mesh, tmp_path / "mesh.vtu")
    read = meshio.read(tmp_path / "mesh.vtu")
    np.testing.assert_array_equal(read.cells_dict["tetra"], mesh.cells)
    np.testing.assert_array_equal(read.get_cell_data("region", "tetra"), mesh.cell_region)
    axis = rotation_matrices(mesh.regions.orientation)[:, :, 2]
    np.testing.assert_allclose(read.get_cell_data("c axis", "tetra"), axis[mesh.cell_region], atol=1e-12)


def test_boundaries_and_lines_carry_the_network(mesh, tmp_path):
    export_network(mesh, tmp_path / "boundaries.vtu", tmp_path / "lines.vtu")
    read = meshio.read(tmp_path / "boundaries.vtu")
    np.testing.assert_allclose(read.points[read.cells_dict["triangle"]], mesh.points[mesh.facets])
    surface = read.get_cell_data("surface", "triangle")
    np.testing.assert_array_equal(surface, mesh.facet_surface)
    resistance = read.get_cell_data("area specific resistance (ohm m^2)", "triangle")
    np.testing.assert_allclose(resistance, mesh.surfaces.properties["area_specific_resistance"][surface])
    flaw = mesh.surfaces.name.index("flaw deep")
    kind = read.get_cell_data("kind", "triangle")
    assert set(kind[surface == flaw]) == {list(SurfaceKind).index(SurfaceKind.FLAW_WALL)}
    lines = meshio.read(tmp_path / "lines.vtu")
    ends = lines.points[lines.cells_dict["line"]]
    length = np.bincount(lines.get_cell_data("triple line", "line"), np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1))
    assert length == pytest.approx(mesh.triple_lines.measure)


def test_plane_networks_end_in_points(tmp_path):
    mesh = attach_network(
        grain_mesh(6e-6, 6e-6, 6, 6, lambda x: np.where(x[:, 1] < 3e-6, 0, 1 + (x[:, 0] > 3e-6)).astype(int))
    )
    export_network(mesh, tmp_path / "boundaries.vtu", tmp_path / "lines.vtu")
    read = meshio.read(tmp_path / "lines.vtu")
    assert read.points.tolist() == [pytest.approx([3e-6, 3e-6, 0.0])]
    assert read.get_cell_data("regions that meet", "vertex").tolist() == [3]


def test_a_mesh_without_triple_lines_is_written_all_the_same(tmp_path):
    mesh = attach_network(solid_grains(3, 1))
    export_network(mesh, tmp_path / "boundaries.vtu", tmp_path / "lines.vtu")
    assert len(meshio.read(tmp_path / "boundaries.vtu").cells_dict["triangle"]) == len(mesh.facets)
    assert (tmp_path / "lines.vtu").exists()
