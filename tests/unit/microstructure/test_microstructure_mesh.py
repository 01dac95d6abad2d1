# SPDX-License-Identifier: LGPL-3.0-or-later
"""Meshes: conformity, exact areas, grading, determinism, and the file they are stored in."""

import numpy as np
import pytest
import shapely

from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.export import export_mesh
from jadeite.microstructure.plane import mesher
from jadeite.microstructure.plane.geometry import RegionShape, SurfaceRule, planar_from_polygons
from jadeite.microstructure.plane.mesher import mesh_planar
from jadeite.microstructure.plane.size_field import SizeField, gather_sources
from jadeite.microstructure.quality import cell_areas, smallest_angles
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

LENGTH = 1e-5
TIP = np.array([0.37, 0.41]) * LENGTH
MOUTH = np.array([[0.369, 0.0], [0.371, 0.0]]) * LENGTH


def notched_plate():
    """A square of 10 um of two halves with a notch of 4.1 um, 20 nm wide."""
    notch = shapely.Polygon([*MOUTH, TIP])
    halves = [
        RegionShape("lower", "m", shapely.box(0.0, 0.0, LENGTH, LENGTH / 2)),
        RegionShape("upper", "m", shapely.box(0.0, LENGTH / 2, LENGTH, LENGTH)),
    ]
    rules = [
        SurfaceRule("flaw", SurfaceKind.FLAW_WALL, shapely.LineString([MOUTH[0], TIP, MOUTH[1]])),
        SurfaceRule("rest", SurfaceKind.SIDE_WALL, lambda midpoints: np.ones(len(midpoints), dtype=bool)),
    ]
    return planar_from_polygons(halves, rules, voids=[notch])


SIZES = SizeField(0.08 * LENGTH, 0.05 * LENGTH, 0.3, ((*TIP, 1e-3 * LENGTH),))


@pytest.fixture(scope="module")
def plate():
    geometry = notched_plate()
    return geometry, mesh_planar(geometry, SIZES)


def sides(cells):
    return np.sort(np.concatenate([cells[:, [0, 1]], cells[:, [1, 2]], cells[:, [2, 0]]]), axis=1)


def check_conformity(mesh):
    """Every cell positive; interior facets between the two regions their surface names, outer ones on one cell."""
    assert cell_areas(mesh.points, mesh.cells).min() > 0.0
    edges, index, count = np.unique(sides(mesh.cells), axis=0, return_inverse=True, return_counts=True)
    owner = np.tile(mesh.cell_region, 3)
    low, high = np.full(len(edges), np.iinfo(np.int32).max), np.full(len(edges), -1)
    np.minimum.at(low, index, owner)
    np.maximum.at(high, index, owner)
    tagged = np.full(len(edges), -1)
    lookup = {tuple(edge): row for row, edge in enumerate(edges.tolist())}
    rows = [lookup[tuple(facet)] for facet in np.sort(mesh.facets, axis=1).tolist()]
    assert len(set(rows)) == len(rows)
    tagged[rows] = mesh.facet_surface
    # tagged facets are exactly the outer boundary and the edges between different regions
    assert np.array_equal(tagged >= 0, (count == 1) | (low != high))
    inner = np.flatnonzero((count == 2) & (low != high))
    assert np.array_equal(mesh.surfaces.regions[tagged[inner]], np.stack([low, high], axis=1)[inner])
    length = np.hypot(*np.diff(mesh.points[mesh.facets], axis=1)[:, 0].T)
    np.testing.assert_allclose(
        np.bincount(mesh.facet_surface, weights=length, minlength=len(mesh.surfaces)),
        mesh.surfaces.measure,
        rtol=1e-10,
    )
    area = np.bincount(mesh.cell_region, weights=cell_areas(mesh.points, mesh.cells), minlength=len(mesh.regions))
    np.testing.assert_allclose(area, mesh.regions.measure, rtol=1e-11)


def test_the_mesh_conforms_to_the_geometry(plate):
    _, mesh = plate
    check_conformity(mesh)
    notch = 0.5 * (MOUTH[1, 0] - MOUTH[0, 0]) * TIP[1]
    assert cell_areas(mesh.points, mesh.cells).sum() == pytest.approx(LENGTH**2 - notch, rel=1e-13)
    # one body without holes: V - E + F = 1, and no stray points
    edges = np.unique(sides(mesh.cells), axis=0)
    assert len(mesh.points) - len(edges) + len(mesh.cells) == 1
    assert np.array_equal(np.unique(mesh.cells), np.arange(len(mesh.points)))


def test_the_main_case_conforms_too(nzsp):
    _, mesh = nzsp
    check_conformity(mesh)


def test_sizes_follow_the_field(plate):
    geometry, mesh = plate
    edges = np.unique(sides(mesh.cells), axis=0)
    ends = mesh.points[edges]
    length, middle = np.hypot(*np.diff(ends, axis=1)[:, 0].T), ends.mean(axis=1)
    wanted = gather_sources(geometry, SIZES)(middle)
    ratio = length / wanted
    assert np.median(ratio) == pytest.approx(1.0, abs=0.15)
    assert np.percentile(ratio, 99) < 1.6
    at_tip = np.any(np.all(ends == TIP, axis=2), axis=1)
    assert 5 <= at_tip.sum() <= 20
    assert length[at_tip].max() < 1.7e-3 * LENGTH
    # the law itself: the size at the tip, growing with the distance
    ahead = TIP + np.array([[0.0, 0.0], [0.0, 0.03 * LENGTH]])
    np.testing.assert_allclose(
        gather_sources(geometry, SIZES)(ahead), [1e-3 * LENGTH, (1e-3 + 0.3 * 0.03) * LENGTH], rtol=1e-12
    )


def test_angles_are_good_and_reported(plate):
    _, mesh = plate
    corner = mesh.points[mesh.cells]
    a, b, c = (np.hypot(*(corner[:, (k + 1) % 3] - corner[:, (k + 2) % 3]).T) for k in range(3))
    by_cosines = [
        np.arccos(((p**2 + q**2 - r**2) / (2 * p * q)).clip(-1, 1)) for p, q, r in ((a, b, c), (b, c, a), (c, a, b))
    ]
    np.testing.assert_allclose(smallest_angles(mesh.points, mesh.cells), np.min(by_cosines, axis=0), atol=1e-7)
    assert mesh.statistics["minimum_angle_degrees"] == pytest.approx(np.degrees(np.min(by_cosines)), abs=1e-4)
    assert mesh.statistics["minimum_angle_degrees"] > 20.0
    assert mesh.statistics["cells"] == len(mesh.cells)


def test_a_refined_field_halves_every_size(plate):
    geometry, mesh = plate
    fine = mesh_planar(geometry, SIZES.refined(1))
    check_conformity(fine)
    assert len(fine.cells) / len(mesh.cells) == pytest.approx(4.0, rel=0.1)
    edges = np.unique(sides(fine.cells), axis=0)
    at_tip = np.any(np.all(fine.points[edges] == TIP, axis=2), axis=1)
    assert np.hypot(*np.diff(fine.points[edges[at_tip]], axis=1)[:, 0].T).max() < 0.85e-3 * LENGTH
    # and so it is everywhere, in the grading too
    middle = fine.points[edges].mean(axis=1)
    halved = gather_sources(geometry, SIZES.refined(1))(middle)
    np.testing.assert_allclose(halved, 0.5 * gather_sources(geometry, SIZES)(middle), rtol=1e-12)


def test_equal_arguments_give_equal_meshes(plate):
    geometry, mesh = plate
    again = mesh_planar(geometry, SIZES)
    assert np.array_equal(again.points, mesh.points)
    assert np.array_equal(again.cells, mesh.cells)


def test_another_algorithm_takes_over_and_failure_names_all(plate, monkeypatch):
    geometry, _ = plate
    fill = mesher._fill

    def fail(*arguments):
        if arguments[-1] == "Frontal-Delaunay":
            raise MeshingError("pretended")
        return fill(*arguments)

    monkeypatch.setattr(mesher, "_fill", fail)
    mesh = mesh_planar(geometry, SIZES)
    assert mesh.statistics["mesh_algorithm"] == "Delaunay"
    check_conformity(mesh)

    def lose_a_cell(*arguments):
        points, cells, region = fill(*arguments)
        return points, cells[:-1], region[:-1]

    monkeypatch.setattr(mesher, "_fill", lose_a_cell)
    with pytest.raises(MeshingError, match=r"Frontal-Delaunay: the area .* Delaunay: the area .* MeshAdapt: the area"):
        mesh_planar(geometry, SIZES)


def test_sizes_must_be_positive():
    with pytest.raises(ValueError, match="positive"):
        SizeField(1.0, 0.0)


def test_files_give_back_what_was_saved(nzsp, tmp_path):
    _, mesh = nzsp
    path = tmp_path / "mesh.npz"
    mesh.save(path)
    mesh.save(path)
    read = TaggedMesh.load(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mesh.npz"]
    for name in ("points", "cells", "cell_region", "facets", "facet_surface"):
        saved, got = getattr(mesh, name), getattr(read, name)
        assert saved.dtype == got.dtype
        assert np.array_equal(saved, got)
    assert read.surfaces.kind == mesh.surfaces.kind
    assert isinstance(read.surfaces.kind[0], SurfaceKind)
    assert np.array_equal(read.surfaces.misorientation, mesh.surfaces.misorientation, equal_nan=True)
    assert (read.flaws, read.pores, read.patches) == (mesh.flaws, mesh.pores, mesh.patches)
    assert read.statistics == mesh.statistics
    np.savez(tmp_path / "other.npz", points=mesh.points)
    with pytest.raises(ValueError, match="not a tagged mesh"):
        TaggedMesh.load(tmp_path / "other.npz")


def test_an_interrupted_save_leaves_the_earlier_file(plate, tmp_path, monkeypatch):
    _, mesh = plate
    path = tmp_path / "mesh.npz"
    mesh.save(path)
    before = path.read_bytes()

    def full_disk(*arguments, **options):
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="no space"):
        mesh.save(path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("suffix", [".msh", ".vtu"])
def test_other_programs_find_names_and_cells(plate, tmp_path, suffix):
    import meshio

    _, mesh = plate
    path = tmp_path / f"mesh{suffix}"
    export_mesh(mesh, path)
    read = meshio.read(path)
    np.testing.assert_allclose(read.points[:, :2], mesh.points, rtol=1e-14)
    assert np.array_equal(read.cells_dict["triangle"], mesh.cells)
    if suffix == ".msh":
        assert {"lower", "upper", "flaw", "rest", "lower | upper"} == set(read.field_data)
        group = read.get_cell_data("gmsh:physical", "line")
        number, dimension = read.field_data["flaw"]
        assert dimension == 1
        assert np.array_equal(group == number, mesh.facet_surface == mesh.surfaces.name.index("flaw"))
    else:
        assert np.array_equal(read.get_cell_data("region", "triangle"), mesh.cell_region)
        assert np.array_equal(read.get_cell_data("orientation", "triangle"), mesh.regions.orientation[mesh.cell_region])
    with pytest.raises(ValueError, match=r"\.stl"):
        export_mesh(mesh, tmp_path / "mesh.stl")
