# SPDX-License-Identifier: LGPL-3.0-or-later
"""Labels made fit for meshing, and the files they come from."""

import h5py
import numpy as np
import pytest
import pyvista
import tifffile

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.build import import_microstructure
from jadeite.microstructure.importing.images import read_image
from jadeite.microstructure.importing.labels import clean_labels, coarsen
from jadeite.microstructure.orientation import from_bunge_euler, rotation_matrices

# different along every axis, so that no exchange of axes goes unnoticed
LABELS = np.fromfunction(lambda i, j, k: 1 + (i > 1) + 2 * (j > 2) + 4 * (k > 3), (4, 5, 6)).astype(np.int32)


def test_pieces_of_a_label_become_grains_of_their_own():
    labels = np.zeros((12, 12), dtype=int)
    labels[:5, :5] = labels[8:, 8:] = 7
    image = clean_labels(labels, (), 4)
    assert image.source.tolist() == [0, 7, 7]
    assert image.piece.tolist() == [0, 0, 1]
    # the larger piece comes first
    assert [int(np.sum(image.rows == row)) for row in range(3)] == [144 - 25 - 16, 25, 16]


def test_specks_go_to_the_grain_around_them():
    labels = np.ones((8, 8, 8), dtype=int)
    labels[4:] = 2
    labels[2, 2, 2] = 9
    labels[6, 1:3, 5] = 2
    image = clean_labels(labels, (), 8)
    assert image.source.tolist() == [1, 2]
    assert image.rows[2, 2, 2] == 0
    assert image.statistics["voxels_given_to_neighbours"] == 1


def touches_over_edges_only(rows):
    """Whether two voxels of a row share an edge, but no voxel beside them belongs to it."""
    found = False
    for first in range(rows.ndim):
        for second in range(first):
            turned = np.moveaxis(rows, (first, second), (0, 1))
            a, b, c, d = turned[:-1, :-1], turned[1:, :-1], turned[1:, 1:], turned[:-1, 1:]
            found |= bool(np.any((a == c) & (b != a) & (d != a)) | np.any((b == d) & (a != b) & (c != b)))
    return found


@pytest.mark.parametrize("dimension", [2, 3])
def test_contact_over_edges_and_corners_is_repaired(dimension):
    """Random noise of two labels, coarse enough to have large pieces, is full of such contact."""
    generator = np.random.default_rng(4)
    small = generator.integers(1, 3, (10,) * dimension)
    labels = small.repeat(2, axis=0).repeat(2, axis=1)
    labels = labels if dimension == 2 else labels.repeat(2, axis=2)
    assert touches_over_edges_only(labels)
    image = clean_labels(labels, (), 8)
    assert not touches_over_edges_only(image.rows)
    assert image.statistics["voxels_repaired"] > 0


def test_two_corners_that_touch_are_repaired():
    labels = np.ones((6, 6, 6), dtype=int)
    labels[:3, :3, :3] = labels[3:, 3:, 3:] = 5
    image = clean_labels(labels, (), 0)
    assert image.grains in (2, 3)
    for row in range(image.grains):
        block = image.rows[2:4, 2:4, 2:4] == row
        assert not (block.sum() == 2 and block[0, 0, 0] and block[1, 1, 1])


def test_material_without_contact_becomes_void():
    labels = np.ones((9, 9, 9), dtype=int)
    labels[2:7, 2:7, 2:7] = 0
    labels[4, 4, 4] = 3
    image = clean_labels(labels, (0,), 0)
    assert image.source.tolist() == [1]
    assert image.pores == 1
    assert image.statistics["voxels_of_loose_material"] == 1


def test_the_material_must_reach_both_electrodes():
    labels = np.ones((6, 6, 6), dtype=int)
    labels[:, 3] = 0
    with pytest.raises(MicrostructureError, match="from electrode to electrode"):
        clean_labels(labels, (0,), 0)


def test_labels_that_cannot_be_used():
    with pytest.raises(MicrostructureError, match="pore label 9"):
        clean_labels(np.ones((4, 4), dtype=int), (9,), 0)
    with pytest.raises(MicrostructureError, match="every voxel"):
        clean_labels(np.ones((4, 4), dtype=int), (1,), 0)
    with pytest.raises(MicrostructureError, match="100 voxels"):
        clean_labels(np.ones((4, 4), dtype=int), (), 100)


def test_coarser_images_favour_no_label():
    """Two labels at random, half and half: a quarter of all blocks of 2 x 2 x 2 or so is undecided."""
    labels = np.random.default_rng(0).integers(0, 2, (60, 60, 60))
    share = coarsen(labels, (30, 30, 30)).mean()
    assert share == pytest.approx(0.5, abs=0.02)
    np.testing.assert_array_equal(
        coarsen(LABELS.astype(np.int64), (2, 5, 3))[:, :, 0], coarsen(LABELS, (2, 5, 3))[:, :, 0]
    )
    assert coarsen(np.kron(LABELS, np.ones((2, 2, 2), dtype=int)), LABELS.shape).tolist() == LABELS.tolist()


def write_dream3d_6(path, labels, angles, phases, names, structures):
    with h5py.File(path, "w") as file:
        container = file.create_group("DataContainers/SyntheticVolumeDataContainer")
        geometry = container.create_group("_SIMPL_GEOMETRY")
        geometry["DIMENSIONS"] = np.array(labels.shape, dtype=np.int64)
        geometry["SPACING"] = np.array([0.5, 0.25, 2.0], dtype=np.float32)
        geometry["ORIGIN"] = np.zeros(3, dtype=np.float32)
        container["CellData/FeatureIds"] = labels.T[..., None]
        container["Grain Data/AvgEulerAngles"] = angles
        container["Grain Data/Phases"] = phases[:, None]
        container["CellEnsembleData/CrystalStructures"] = structures[:, None]
        container["CellEnsembleData/MaterialName"] = np.array(names, dtype="S20")


def write_dream3d_7(path, labels, angles, phases, names, structures):
    with h5py.File(path, "w") as file:
        file.attrs["FileVersion"] = "8.0"
        image = file.create_group("DataStructure/Image")
        image.attrs["ObjectType"] = "ImageGeom"
        image.attrs["_DIMENSIONS"] = np.array(labels.shape, dtype=np.uint64)
        image.attrs["_SPACING"] = np.array([0.5, 0.25, 2.0], dtype=np.float32)
        image["Cell Data/FeatureIds"] = labels.T[..., None]
        image["Cell Feature Data/AvgEulerAngles"] = angles
        image["Cell Feature Data/Phases"] = phases[:, None]
        image["Cell Ensemble Data/CrystalStructures"] = structures[:, None]
        image["Cell Ensemble Data/PhaseName"] = np.array(names, dtype="S20")


@pytest.mark.parametrize("write", [write_dream3d_6, write_dream3d_7])
def test_dream3d_knows_sizes_orientations_and_phases(write, tmp_path):
    """Euler angles are Bunge's in rad: (0, 90 deg, 0) turns the c axis of a crystal from z to -y."""
    angles = np.zeros((9, 3), dtype=np.float32)
    angles[3] = [0.0, np.pi / 2, 0.0]
    phases = np.array([0, 1, 1, 1, 1, 1, 1, 1, 2], dtype=np.int32)
    write(tmp_path / "x.dream3d", LABELS, angles, phases, ["Invalid", "NZSP", "zirconia"], np.array([999, 10, 5]))
    image = read_image(tmp_path / "x.dream3d", 3)
    np.testing.assert_array_equal(image.labels, LABELS)
    assert image.voxel_size == pytest.approx((0.5e-6, 0.25e-6, 2e-6))
    np.testing.assert_allclose(rotation_matrices(image.orientations[3]) @ [0, 0, 1], [0, -1, 0], atol=1e-6)
    assert (image.phases[7], image.phases[8]) == ("NZSP", "zirconia")
    assert image.symmetries == {"NZSP": "trigonal", "zirconia": "monoclinic"}


def test_dream3d_orientations_of_voxels_are_averaged(tmp_path):
    """Equivalent descriptions of one orientation have that orientation as their mean."""
    with h5py.File(tmp_path / "x.dream3d", "w") as file:
        container = file.create_group("DataContainers/Image")
        container["_SIMPL_GEOMETRY/DIMENSIONS"] = np.array([2, 2, 2])
        container["_SIMPL_GEOMETRY/SPACING"] = np.ones(3)
        container["CellData/FeatureIds"] = np.ones((2, 2, 2, 1), dtype=np.int32)
        angles = np.full((2, 2, 2, 3), [0.3, 0.4, 0.5])
        angles[0, ..., 2] += np.pi / 2
        container["CellData/EulerAngles"] = angles
        container["CellData/Phases"] = np.ones((2, 2, 2, 1), dtype=np.int32)
        container["CellEnsembleData/CrystalStructures"] = np.array([[999], [1]])
    image = read_image(tmp_path / "x.dream3d", 3)
    turned = from_bunge_euler([[0.3, 0.4, 0.5], [0.3, 0.4, 0.5 + np.pi / 2]])
    assert np.abs(turned @ image.orientations[1]).max() == pytest.approx(1.0, abs=1e-12)


def test_axes_of_all_formats(tmp_path):
    np.save(tmp_path / "a.npy", LABELS)
    # pages, rows and columns of a stack are z, y and x
    tifffile.imwrite(tmp_path / "a.tif", LABELS.transpose(2, 1, 0).astype(np.uint16))
    grid = pyvista.ImageData(dimensions=np.array(LABELS.shape) + 1, spacing=(1e-6, 2e-6, 3e-6))
    grid.cell_data["grain"] = LABELS.ravel(order="F")
    grid.cell_data["quality"] = np.zeros(LABELS.size)
    grid.save(tmp_path / "a.vti")
    for name in ("a.npy", "a.tif", "a.vti"):
        np.testing.assert_array_equal(read_image(tmp_path / name, 3).labels, LABELS)
    assert read_image(tmp_path / "a.vti", 3).voxel_size == pytest.approx((1e-6, 2e-6, 3e-6))
    np.testing.assert_array_equal(read_image(tmp_path / "a.vti", 3, "grain").labels, LABELS)

    flat = LABELS[:, :, 0]
    np.save(tmp_path / "b.npy", flat)
    tifffile.imwrite(tmp_path / "b.tif", flat.T.astype(np.uint8))
    grid = pyvista.ImageData(dimensions=(*flat.shape, 1))
    grid.point_data["grain"] = flat.ravel(order="F")
    grid.save(tmp_path / "b.vti")
    for name in ("b.npy", "b.tif", "b.vti"):
        np.testing.assert_array_equal(read_image(tmp_path / name, 2).labels, flat)


def test_images_that_cannot_be_read(tmp_path):
    def save(name, array):
        np.save(tmp_path / name, array)
        return tmp_path / name

    (tmp_path / "text.tif").write_text("no image")
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "text.dream3d").write_text("no file")
    (tmp_path / "x.png").write_text("")
    for name in ("text.tif", "text.npy", "text.dream3d"):
        with pytest.raises(MicrostructureError, match=f"{name} cannot be read as an image"):
            read_image(tmp_path / name, 3)
    with pytest.raises(MicrostructureError, match=r"not in '\.png'"):
        read_image(tmp_path / "x.png", 3)
    with pytest.raises(MicrostructureError, match="whole numbers"):
        read_image(save("f.npy", np.full((3, 3), 0.5)), 2)
    with pytest.raises(MicrostructureError, match=r"3 x 3.*dimension 3"):
        read_image(save("g.npy", np.ones((3, 3))), 3)
    with pytest.raises(MicrostructureError, match="cannot be read"):
        read_image(tmp_path / "missing.npy", 3)


def test_recipes_that_do_not_fit_their_image(recipe_with, tmp_path):
    np.save(tmp_path / "a.npy", LABELS)
    imported = {"law": "image", "file": str(tmp_path / "a.npy")}
    with pytest.raises(MicrostructureError, match="how large a voxel is"):
        import_microstructure(recipe_with(imported))
    sized = imported | {"voxel_size": ["25 um", "20 um", f"{100 / 6} um"], "smallest_grain": 0}
    with pytest.raises(MicrostructureError, match="'zirconia', which the file does not contain"):
        import_microstructure(recipe_with(sized | {"materials": {"zirconia": "filler"}}))
    (tmp_path / "table.csv").write_text("label, phi1, Phi, phi2\n" + "".join(f"{k}, 0, 0, 0\n" for k in range(1, 8)))
    with pytest.raises(MicrostructureError, match="no row for label 8"):
        import_microstructure(recipe_with(sized | {"orientations": str(tmp_path / "table.csv")}))


def test_materials_and_orientations_by_label(recipe_with, tmp_path):
    labels = np.where(np.arange(8)[:, None, None] < 4, 1, 2) * np.ones((8, 8, 8), dtype=int)
    np.save(tmp_path / "a.npy", labels)
    (tmp_path / "table.csv").write_text("# measured\nlabel;Phi;phi1;phi2\n2;0;90;0\n1;0;0;0\n")
    imported = {
        "law": "image",
        "file": str(tmp_path / "a.npy"),
        "voxel_size": ["12.5 um"],
        "orientations": str(tmp_path / "table.csv"),
        "crystal_symmetry": "orthorhombic",
    }
    mesh = import_microstructure(recipe_with(imported))
    assert mesh.regions.name == ("grain 1", "grain 2")
    np.testing.assert_allclose(rotation_matrices(mesh.regions.orientation[1]) @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    assert mesh.surfaces.misorientation[-1] == pytest.approx(np.pi / 2)
    assert mesh.surfaces.kind[-1] == "grain boundary"
    other = import_microstructure(recipe_with(imported | {"materials": {"2": "filler"}}))
    assert other.regions.material == ("electrolyte", "filler")
    assert other.surfaces.kind[-1] == "phase boundary"
    assert np.isnan(other.surfaces.misorientation[-1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label phi1 Phi\n1 0 0\n", "no column 'phi2'"),
        ("label phi1 Phi phi2\n1 0 0\n", "4 columns, but a row with 3"),
        ("label phi1 Phi phi2\n1 0 0 x\n", "holds text"),
        ("label phi1 Phi phi2\n1 0 0 0\n1 0 0 0\n", "two rows for label 1"),
        ("label phi1 Phi phi2\n", "no rows"),
        ("label phi1 Phi phi2\n1.5 0 0 0\n", "whole numbers"),
    ],
)
def test_tables_that_cannot_be_used(text, message, recipe_with, tmp_path):
    np.save(tmp_path / "a.npy", np.ones((8, 8, 8), dtype=int))
    (tmp_path / "table.csv").write_text(text)
    imported = {"law": "image", "file": str(tmp_path / "a.npy"), "voxel_size": ["12.5 um"]}
    with pytest.raises(MicrostructureError, match=message):
        import_microstructure(recipe_with(imported | {"orientations": str(tmp_path / "table.csv")}))
