# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tagged meshes of other programs, used as they are."""

import gmsh
import meshio
import numpy as np
import pytest
from scipy.spatial import Delaunay

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.build import import_microstructure
from jadeite.microstructure.orientation import from_rotation_vectors, rotation_matrices

BOX = 100e-6


def cube(pieces=6):
    """Points of a unit cube in so many steps, and its tetrahedra, six per step."""
    grid = np.stack(np.meshgrid(*[np.linspace(0.0, 1.0, pieces + 1)] * 3, indexing="ij"), axis=-1)
    number = np.arange((pieces + 1) ** 3).reshape((pieces + 1,) * 3)
    paths = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    cells = []
    for path in paths:
        corner = np.zeros(3, dtype=int)
        rows = []
        for axis in (None, *path):
            if axis is not None:
                corner[axis] += 1
            rows.append(number[tuple(slice(c, pieces + c) for c in corner)].ravel())
        cells.append(np.stack(rows, axis=1))
    return grid.reshape(-1, 3), np.concatenate(cells)


def groups(points, cells):
    """Group 3 below y = 1/2, group 7 above."""
    return np.where(points[cells].mean(axis=1)[:, 1] < 0.5, 3, 7)


def write(path, points, cells, group, kind="tetra", name="gmsh:physical", **options):
    data = {name: [group.astype(np.int32)]}
    if name == "gmsh:physical":
        data["gmsh:geometrical"] = data[name]
        options["field_data"] = options.get("field_data", {})
    file_format = options.pop("file_format", None)
    meshio.Mesh(points, [(kind, cells)], cell_data=data, **options).write(path, file_format=file_format)


def imported(path, **changes):
    return {"law": "mesh", "file": str(path), "length_unit": "100 um"} | changes


@pytest.mark.parametrize("name", ["a.msh", "a.vtu", "a.xdmf", "a.vtk", "a.mesh"])
def test_formats(name, recipe_with, tmp_path):
    points, cells = cube()
    path = tmp_path / name
    names = {"low grain": np.array([3, 3]), "high grain": np.array([7, 3])}
    if path.suffix == ".msh":
        write(path, points, cells, groups(points, cells), field_data=names, file_format="gmsh22")
    else:
        array = "medit:ref" if path.suffix == ".mesh" else "grain"
        write(path, points, cells, groups(points, cells), name=array)
    mesh = import_microstructure(recipe_with(imported(path, material="ceramic")))
    assert mesh.regions.name == (("low grain", "high grain") if path.suffix == ".msh" else ("grain 3", "grain 7"))
    assert mesh.regions.material == ("ceramic", "ceramic")
    assert mesh.surfaces.name[-1] == " | ".join(mesh.regions.name)
    np.testing.assert_allclose(mesh.regions.measure, 0.5 * BOX**3, rtol=1e-12)
    np.testing.assert_allclose(mesh.surfaces.measure, BOX**2, rtol=1e-12)
    assert mesh.surfaces.name[:2] == ("plating electrode", "stripping electrode")
    height = mesh.points[mesh.facets[mesh.facet_surface == 1]][..., 1]
    np.testing.assert_array_equal(height, BOX)


@pytest.mark.parametrize("version", [2.2, 4.1])
def test_files_of_gmsh_itself(version, recipe_with, tmp_path):
    """Two boxes with physical groups of volumes, and one of surfaces that means nothing here."""
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("Mesh.MshFileVersion", version)
        gmsh.option.setNumber("Mesh.MeshSizeMax", 0.4)
        low, high = (gmsh.model.occ.addBox(0, y, 0, 1, height, 1) for y, height in ((0, 0.25), (0.25, 0.75)))
        gmsh.model.occ.fragment([(3, low)], [(3, high)])
        gmsh.model.occ.synchronize()
        gmsh.model.addPhysicalGroup(3, [low], 12, "anode side")
        gmsh.model.addPhysicalGroup(3, [high], 30)
        gmsh.model.addPhysicalGroup(2, [1], 12, "some wall")
        gmsh.model.mesh.generate(3)
        gmsh.write(str(tmp_path / "a.msh"))
    finally:
        gmsh.finalize()
    mesh = import_microstructure(recipe_with(imported(tmp_path / "a.msh")))
    assert mesh.regions.name == ("anode side", "grain 30")
    np.testing.assert_allclose(mesh.regions.measure, [0.25 * BOX**3, 0.75 * BOX**3], rtol=1e-9)


def test_materials_by_name_and_by_number(recipe_with, tmp_path):
    points, cells = cube(4)
    names = {"low grain": np.array([3, 3])}
    write(tmp_path / "a.msh", points, cells, groups(points, cells), field_data=names, file_format="gmsh22")
    mesh = import_microstructure(
        recipe_with(imported(tmp_path / "a.msh", materials={"low grain": "anode side", "7": "cathode side"}))
    )
    assert mesh.regions.material == ("anode side", "cathode side")
    assert mesh.surfaces.kind[-1] == "phase boundary"


def test_missing_cells_are_pores(recipe_with, tmp_path):
    """A cube of a third of the box is missing in the middle."""
    points, cells = cube()
    middle = points[cells].mean(axis=1)
    cells = cells[~np.all(np.abs(middle - 0.5) < 1 / 6, axis=1)]
    write(tmp_path / "a.msh", points, cells, groups(points, cells), file_format="gmsh22")
    mesh = import_microstructure(recipe_with(imported(tmp_path / "a.msh")))
    (pore,) = mesh.pores
    np.testing.assert_allclose(pore.centre, 0.5 * BOX, rtol=1e-9)
    assert pore.radius == pytest.approx(BOX / 3 * (3 / (4 * np.pi)) ** (1 / 3), rel=1e-9)
    assert pore.place == "grain boundary"
    row = mesh.surfaces.name.index("pore 1")
    assert mesh.surfaces.kind[row] == "pore wall"
    assert mesh.surfaces.measure[row] == pytest.approx(6 * (BOX / 3) ** 2, rel=1e-9)
    assert mesh.statistics["porosity"] == pytest.approx(1 / 27, rel=1e-9)


def test_a_plane_mesh(recipe_with, tmp_path):
    generator = np.random.default_rng(0)
    side = np.linspace(0.0, 1.0, 9)
    frame = np.array([(x, y) for x in side for y in side if x in (0.0, 1.0) or y in (0.0, 1.0)])
    points = np.concatenate([frame, [(x, 0.5) for x in side[1:-1]], 0.05 + 0.9 * generator.random((60, 2))])
    cells = Delaunay(points).simplices
    inside = points[cells].mean(axis=1)[:, 1]
    write(tmp_path / "a.msh", np.column_stack([points, np.zeros(len(points))]), cells, np.where(inside < 0.5, 1, 2),
          kind="triangle", file_format="gmsh22")  # fmt: skip
    mesh = import_microstructure(recipe_with(imported(tmp_path / "a.msh"), 2))
    assert mesh.points.shape[1] == 2
    assert mesh.regions.measure.sum() == pytest.approx(BOX**2, rel=1e-12)
    assert mesh.surfaces.name[:4] == ("plating electrode", "stripping electrode", "side wall left", "side wall right")
    np.testing.assert_allclose(mesh.surfaces.measure[:4], BOX, rtol=1e-12)


def test_orientations_of_nepers_meshes(recipe_with, tmp_path):
    """From version 2.3 of these files on, passive is what it is; before, it was called active."""
    points, cells = cube(2)
    turned = from_rotation_vectors([np.pi / 6, 0.0, 0.0])
    for version, word in (("2.3", "passive"), ("2.2", "active")):
        path = tmp_path / f"a{word}.msh"
        write(path, points, cells, groups(points, cells), file_format="gmsh22")
        with path.open("ab") as file:
            file.write(
                f"$MeshVersion\n{version}\n$EndMeshVersion\n$ElsetCrySym\ncubic\n$EndElsetCrySym\n$ElsetOrientations\n"
                f"2 rodrigues:{word}\n3 0.267949192431 0 0\n7 0 0 0\n$EndElsetOrientations\n".encode()
            )
        mesh = import_microstructure(recipe_with(imported(path)))
        np.testing.assert_allclose(mesh.regions.orientation, [turned, [1, 0, 0, 0]], atol=1e-10)
        np.testing.assert_allclose(rotation_matrices(mesh.regions.orientation[0])[2, 1], 0.5, atol=1e-9)
        assert mesh.regions.crystal_symmetry == ("cubic", "cubic")
        assert mesh.surfaces.misorientation[-1] == pytest.approx(np.pi / 6)


def test_meshes_that_cannot_be_used(recipe_with, tmp_path):
    points, cells = cube(3)
    group = groups(points, cells)

    def refuse(message, points=points, cells=cells, group=group, kind="tetra", **changes):
        write(tmp_path / "x.vtu", points, cells, group, kind=kind, name="grain")
        with pytest.raises(MicrostructureError, match=message):
            import_microstructure(recipe_with(imported(tmp_path / "x.vtu", **changes)))

    refuse(r"width \(x\) of 50 um.*says 100 um", length_unit="50 um")
    refuse(r"thickness \(y\) of 200 um", points=points * [1, 2, 1])
    refuse("no cell array 'phase', but 'grain'", cell_data="phase")
    refuse("has no cells of type tetra", cells=cells[:, :3], kind="triangle")
    hexahedra = np.array([[0, 16, 20, 4, 1, 17, 21, 5]])
    refuse("cells of type hexahedron", cells=hexahedra, group=np.array([1]), kind="hexahedron")
    refuse("fall into 2 parts", cells=cells[np.abs(points[cells].mean(axis=1)[:, 0] - 0.5) > 1 / 6],
           group=group[np.abs(points[cells].mean(axis=1)[:, 0] - 0.5) > 1 / 6])  # fmt: skip
    refuse("overlap", cells=np.concatenate([cells, cells[:5]]), group=np.concatenate([group, group[:5]]))
    # a point pushed through the opposite side of its cells turns them inside out
    inner = np.flatnonzero(np.all((points > 0.0) & (points < 1.0), axis=1))[0]
    folded = points.copy()
    folded[inner] += 0.5
    refuse("overlap", points=folded)
    flat = points.copy()
    flat[cells[40, 3]] = flat[cells[40, 0]]
    refuse("flat cell", points=flat)
    # the side of the plating electrode is no plane
    bulging = points + np.where(points[:, 1:2] == 0.0, np.sin(np.pi * points[:, :1]) * [[0.0, -0.05, 0.0]], 0.0)
    refuse("thickness|no cell has a side on the plating electrode|not that of a box", points=bulging)
    refuse("the orientations have no row for label 7", orientations=str(_table(tmp_path)))

    (tmp_path / "y.vtu").write_text("nothing")
    with pytest.raises(MicrostructureError, match=r"y\.vtu cannot be read"):
        import_microstructure(recipe_with(imported(tmp_path / "y.vtu")))
    (tmp_path / "y.unknown").write_text("nothing")
    with pytest.raises(MicrostructureError, match=r"y\.unknown"):
        import_microstructure(recipe_with(imported(tmp_path / "y.unknown")))


def _table(folder):
    (folder / "table.csv").write_text("label phi1 Phi phi2\n3 0 0 0\n")
    return folder / "table.csv"


def test_a_cylinder_is_no_box(recipe_with, tmp_path):
    """Its outer boundary is not mistaken for the wall of a pore."""
    points, cells = cube(4)
    angle = np.arctan2(points[:, 2] - 0.5, points[:, 0] - 0.5)
    square = np.maximum(np.abs(points[:, 0] - 0.5), np.abs(points[:, 2] - 0.5))
    rounded = np.column_stack([0.5 + square * np.cos(angle), points[:, 1], 0.5 + square * np.sin(angle)])
    write(tmp_path / "a.vtu", rounded, cells, groups(points, cells), name="grain")
    with pytest.raises(MicrostructureError, match="side wall left: the outer boundary is not that of a box"):
        import_microstructure(recipe_with(imported(tmp_path / "a.vtu")))
