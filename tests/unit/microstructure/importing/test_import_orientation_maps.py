# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orientation maps: frames and conventions of their makers, grains by misorientation, and the way to a mesh."""

import numpy as np
import pytest

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.build import import_microstructure
from jadeite.microstructure.importing.orientation_maps import find_grains, mean_orientations, read_map
from jadeite.microstructure.orientation import (
    disorientation,
    from_bunge_euler,
    from_rotation_vectors,
    multiply,
    rotation_matrices,
    symmetry_rotations,
)

C_AXIS, A_AXIS = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])


def write_ctf(path, degrees, phase, step=2.0, laue=(11,)):
    """An Oxford file of angles (nx, ny, 3) and phases (nx, ny)."""
    nx, ny = phase.shape
    lines = ["Channel Text File", "Prj\tnothing", "Author\tnobody", "JobMode\tGrid", f"XCells\t{nx}", f"YCells\t{ny}"]
    lines += [f"XStep\t{step}", f"YStep\t{step}", "AcqE1\t0", "AcqE2\t0", "AcqE3\t0"]
    lines += ["Euler angles refer to Sample Coordinate system (CS0)!\tMag\t500", f"Phases\t{len(laue)}"]
    lines += [f"4;4;4\t90;90;90\tphase {k + 1}\t{number}\t225\t\t\tsource" for k, number in enumerate(laue)]
    lines += ["Phase\tX\tY\tBands\tError\tEuler1\tEuler2\tEuler3\tMAD\tBC\tBS"]
    for j in range(ny):
        for i in range(nx):
            angles = "\t".join(f"{x:.6f}" for x in degrees[i, j])
            lines.append(f"{phase[i, j]}\t{i * step:.4f}\t{j * step:.4f}\t8\t0\t{angles}\t0.5\t100\t200")
    path.write_text("\n".join(lines) + "\n")


def write_ang(path, points, radians, phase, confidence, *, grid="SqrGrid", step=(2.0, 2.0), symmetry=(43,)):
    """An EDAX file of points (n, 2) in um, angles (n, 3), phases and confidence (n,)."""
    lines = ["# TEM_PIXperUM 1.000000", "# x-star 0.5", "#"]
    for number, group in enumerate(symmetry, start=1):
        lines += [
            f"# Phase {number}",
            f"# MaterialName  \tphase {number}",
            "# Formula",
            f"# Symmetry              {group}",
        ]
        lines += ["# LatticeConstants      4 4 4  90.000  90.000  90.000", "# NumberFamilies        0", "#"]
    lines += [f"# GRID: {grid}", f"# XSTEP: {step[0]}", f"# YSTEP: {step[1]}", "# NCOLS_ODD: 1", "# NROWS: 1", "#"]
    for (x, y), (one, two, three), number, ci in zip(points, radians, phase, confidence, strict=True):
        lines.append(f"  {one:.5f}   {two:.5f}   {three:.5f}  {x:.5f}  {y:.5f} 100.0  {ci:.3f}  {number}  1  1.0")
    path.write_text("\n".join(lines) + "\n")


def square(nx, ny, step=2.0):
    """Points (nx ny, 2) of a grid, x running first."""
    y, x = np.meshgrid(np.arange(ny) * step, np.arange(nx) * step, indexing="ij")
    return np.column_stack([x.ravel(), y.ravel()])


def uniform_map(folder, maker, angles, frame=None, **changes):
    """The orientation that a map gives for a crystal of the given angles in degrees."""
    if maker == "ctf":
        write_ctf(
            folder / "map.ctf", np.tile(np.array(angles, dtype=float), (3, 3, 1)), np.ones((3, 3), int), **changes
        )
    else:
        points = square(3, 3)
        write_ang(
            folder / "map.ang", points, np.tile(np.radians(angles), (9, 1)), np.zeros(9, int), np.ones(9), **changes
        )
    found = read_map(folder / f"map.{maker}", frame)
    return rotation_matrices(found.orientation[0])


@pytest.mark.parametrize(
    ("maker", "frame", "direction"),
    [
        # with (0, 90 deg, 0) the c axis lies along -y of the frame of the angles
        ("ctf", "map", (0, -1, 0)),
        # which Oxford draws upwards: downwards in the picture, +y of the map
        ("ctf", None, (0, 1, 0)),
        ("ang", "map", (0, -1, 0)),
        ("ang", "setting_1", (-1, 0, 0)),
        ("ang", None, (1, 0, 0)),
        ("ang", "setting_2", (1, 0, 0)),
        ("ang", "setting_3", (0, 1, 0)),
        ("ang", "setting_4", (0, -1, 0)),
    ],
)
def test_frames_of_the_makers(maker, frame, direction, tmp_path):
    matrix = uniform_map(tmp_path, maker, (0, 90, 0), frame)
    np.testing.assert_allclose(matrix @ C_AXIS, direction, atol=1e-5)
    assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_trigonal_crystals_of_oxford_and_edax_have_their_a_axes_in_different_places(tmp_path):
    """With all angles zero EDAX's crystal has a along x of the frame, Oxford's a* along x and b along y."""
    edax = uniform_map(tmp_path, "ang", (0, 0, 0), "map", symmetry=(32,))
    oxford = uniform_map(tmp_path, "ctf", (0, 0, 0), "map", laue=(7,))
    np.testing.assert_allclose(edax @ A_AXIS, [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(oxford @ A_AXIS, [np.sqrt(0.75), -0.5, 0.0], atol=1e-6)
    # b lies 120 degrees from a
    b_axis = np.array([-0.5, np.sqrt(0.75), 0.0])
    np.testing.assert_allclose(oxford @ b_axis, [0, 1, 0], atol=1e-6)


@pytest.mark.slow  # orix compiles itself when it is first used
@pytest.mark.parametrize("maker", ["ctf", "ang"])
def test_orix_reads_the_same_rotations(maker, tmp_path):
    """orix rotates from the sample to the crystal: its matrices are the transposes of Jadeite's in the file's frame."""
    io = pytest.importorskip("orix.io")
    ours = uniform_map(tmp_path, maker, (25, 50, 70), "map")
    theirs = io.load(str(tmp_path / f"map.{maker}")).rotations[0].to_matrix().reshape(3, 3)
    np.testing.assert_allclose(ours, theirs.T, atol=1e-5)


@pytest.mark.slow
def test_other_files_are_read_by_orix(tmp_path):
    io = pytest.importorskip("orix.io")
    uniform_map(tmp_path, "ang", (25, 50, 70))
    io.save(str(tmp_path / "map.h5"), io.load(str(tmp_path / "map.ang")))
    found = read_map(tmp_path / "map.h5")
    np.testing.assert_allclose(
        rotation_matrices(found.orientation[4]),
        rotation_matrices(from_bunge_euler(np.radians([25, 50, 70]))),
        atol=1e-4,
    )
    assert found.step == pytest.approx((2e-6, 2e-6))
    assert next(iter(found.phases.values())).crystal_symmetry == "cubic"


def test_grains_by_misorientation(tmp_path):
    """Two crystals 10 degrees apart, one of them described in two ways, with noise and points without solution."""
    generator = np.random.default_rng(0)
    nx, ny = 20, 12
    degrees = np.tile([10.0, 20.0, 30.0], (nx, ny, 1))
    degrees[10:, :, 0] += 10.0
    # a quarter turn about the fourfold axis of a cubic crystal describes it as well
    degrees[:5, :, 2] += 90.0
    degrees += generator.normal(0.0, 0.3, degrees.shape)
    phase = np.ones((nx, ny), dtype=int)
    phase[generator.random((nx, ny)) < 0.1] = 0
    write_ctf(tmp_path / "map.ctf", degrees, phase)
    grains = find_grains(read_map(tmp_path / "map.ctf", "map"), np.radians(5.0))
    assert grains.labels.shape == (nx, ny)
    assert grains.pixel_size == pytest.approx((2e-6, 2e-6))
    assert set(np.unique(grains.labels)) == {1, 2}
    left, right = grains.labels[0, 0], grains.labels[-1, 0]
    # the boundary is one column wide of the mark at most where the points beside it have no solution
    assert np.all(grains.labels[:9] == left)
    assert np.all(grains.labels[11:] == right)
    first, second = from_bunge_euler(np.radians([[10, 20, 30], [20, 20, 30]]))
    assert np.degrees(disorientation(grains.orientations[left], first, "cubic"))[0] < 0.1
    assert np.degrees(disorientation(grains.orientations[right], second, "cubic"))[0] < 0.1
    assert grains.unindexed_fraction == pytest.approx(np.mean(phase == 0))
    assert len(np.unique(find_grains(read_map(tmp_path / "map.ctf"), np.radians(15.0)).labels)) == 1


def test_hexagonal_grids_keep_their_shape(tmp_path):
    """Rows of a hexagonal grid are sqrt(3)/2 steps apart, every second one shifted; a slanted boundary stays one."""
    step, rows, columns = 1.0, 40, 36
    height = step * np.sqrt(0.75)
    points = np.array([(i * step + 0.5 * step * (j % 2), j * height) for j in range(rows) for i in range(columns)])
    slope = points[:, 0] > 10.0 + 0.3 * points[:, 1]
    radians = np.where(slope[:, None], np.radians([40.0, 10, 0]), np.radians([0.0, 10, 0]))
    write_ang(
        tmp_path / "map.ang", points, radians, np.zeros(len(points), int), np.ones(len(points)),
        grid="HexGrid", step=(step, round(height, 6)), symmetry=(62,),
    )  # fmt: skip
    mapped = read_map(tmp_path / "map.ang")
    assert mapped.hexagonal
    grains = find_grains(mapped, np.radians(5.0))
    assert set(np.unique(grains.labels)) == {1, 2}
    extent = np.array(grains.labels.shape) * grains.pixel_size
    np.testing.assert_allclose(extent, [(columns + 0.5) * 1e-6, rows * height * 1e-6], rtol=1e-4)
    assert np.mean(grains.labels == grains.labels[-1, 0]) == pytest.approx(slope.mean(), abs=0.02)


def test_phases_of_a_map_become_materials(recipe_with, tmp_path):
    nx = 16
    degrees = np.zeros((nx, nx, 3))
    degrees[8:, :, 1] = 30.0
    phase = np.ones((nx, nx), dtype=int)
    phase[:, 8:] = 2
    write_ctf(tmp_path / "map.ctf", degrees, phase, step=100 / nx, laue=(7, 11))
    imported = {"law": "orientation_map", "file": str(tmp_path / "map.ctf"), "materials": {"phase 2": "filler"}}
    mesh = import_microstructure(recipe_with(imported, 2))
    assert len(mesh.regions) == 4
    assert sorted(zip(mesh.regions.material, mesh.regions.crystal_symmetry, strict=True)) == [
        ("electrolyte", "trigonal"),
        ("electrolyte", "trigonal"),
        ("filler", "cubic"),
        ("filler", "cubic"),
    ]
    np.testing.assert_allclose(mesh.regions.measure, 0.25 * (100e-6) ** 2, rtol=1e-3)
    angles = {str(kind): angle for kind, angle in zip(mesh.surfaces.kind, mesh.surfaces.misorientation, strict=True)}
    assert angles["grain boundary"] == pytest.approx(np.radians(30.0), abs=1e-6)
    assert np.isnan(angles["phase boundary"])


def test_mean_orientation_of_equivalent_descriptions():
    generator = np.random.default_rng(3)
    true = from_bunge_euler([0.5, 1.0, 1.5])
    for system in ("cubic", "trigonal", "monoclinic"):
        group = symmetry_rotations(system)
        scatter = from_rotation_vectors(0.02 * generator.standard_normal((400, 3)))
        given = multiply(multiply(scatter, true), group[generator.integers(0, len(group), 400)])
        found = mean_orientations(given, np.zeros(400, dtype=int), 1, system)
        # the mean of 400 rotations that scatter by 0.02 about each axis
        assert disorientation(found, true, system)[0] < 4 * 0.02 * np.sqrt(3 / 400)


def test_maps_that_cannot_be_used(tmp_path):
    (tmp_path / "a.ctf").write_text("something else")
    (tmp_path / "a.ang").write_text("# Phase 1\n1 2 3\n")
    (tmp_path / "a.osc").write_text("")
    with pytest.raises(MicrostructureError, match="does not begin"):
        read_map(tmp_path / "a.ctf")
    with pytest.raises(MicrostructureError, match="header"):
        read_map(tmp_path / "a.ang")
    with pytest.raises(MicrostructureError, match="not in"):
        read_map(tmp_path / "a.osc")
    with pytest.raises(MicrostructureError, match="cannot be read"):
        read_map(tmp_path / "missing.ctf")
    write_ctf(tmp_path / "b.ctf", np.zeros((4, 4, 3)), np.full((4, 4), 3))
    with pytest.raises(MicrostructureError, match="phase 3"):
        read_map(tmp_path / "b.ctf")
    write_ctf(tmp_path / "c.ctf", np.zeros((4, 4, 3)), np.zeros((4, 4), dtype=int))
    with pytest.raises(MicrostructureError, match="no point"):
        find_grains(read_map(tmp_path / "c.ctf"), 0.1)
    write_ctf(tmp_path / "d.ctf", np.zeros((4, 4, 3)), np.ones((4, 4), dtype=int))
    with pytest.raises(MicrostructureError, match="is cubic in the file, but trigonal in the recipe"):
        find_grains(read_map(tmp_path / "d.ctf"), 0.1, "trigonal")
    write_ang(tmp_path / "e.ang", square(3, 3), np.zeros((9, 3)), np.zeros(9, int), np.ones(9), symmetry=(99,))
    with pytest.raises(MicrostructureError, match="give crystal_symmetry"):
        find_grains(read_map(tmp_path / "e.ang"), 0.1)
