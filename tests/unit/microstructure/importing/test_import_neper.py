# SPDX-License-Identifier: LGPL-3.0-or-later
"""Neper's tessellation files, written here from known structures in the layout of Neper's manual (format 3.5)."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull, KDTree

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.build import import_microstructure
from jadeite.microstructure.importing.neper import from_descriptor, read_tess
from jadeite.microstructure.orientation import from_rotation_vectors, normalise, rotation_matrices
from jadeite.microstructure.tagged_mesh import SurfaceKind

BOX = 100e-6
EDGE = 2.5  # of Neper's domain, in whatever unit


def numbers(values):
    return " ".join(f"{value:.12f}" for value in values)


def write_tess(path, known, orientations=None, symmetry="triclinic", version="3.5", bend=0.0):
    """Write a known power diagram; one inner vertex moves out of its planes by `bend` times the room around it."""
    dimension = known.seeds.shape[1]
    everything = np.concatenate(known.corners) / BOX * EDGE
    # corners of neighbours agree to rounding only
    tree = KDTree(everything)
    vertices, rows = [], np.full(len(everything), -1)
    for row in range(len(everything)):
        if rows[row] < 0:
            rows[tree.query_ball_point(everything[row], 1e-7)] = len(vertices)
            vertices.append(everything[row])
    vertices = np.array(vertices)
    start = np.cumsum([0, *(len(corners) for corners in known.corners)])
    faces, cells = [], []
    if dimension == 2:
        for cell, corners in enumerate(known.corners):
            loop = list(dict.fromkeys(rows[start[cell] + ConvexHull(corners).vertices].tolist()))
            # Neper's plane cells may run clockwise
            faces.append((loop[::-1], [0.0, 0.0, 0.0, -1.0]))
    else:
        number = {}
        for cell in range(len(known.corners)):
            middle, signed = vertices[rows[start[cell] : start[cell + 1]]].mean(axis=0), []
            for other, corner in known.beyond[cell].items():
                key = (min(cell, other), max(cell, other))
                loop = np.unique(rows[start[cell] + np.array(corner)])
                if len(loop) < 3:
                    continue
                if key not in number:
                    at = vertices[loop] - vertices[loop].mean(axis=0)
                    normal = np.linalg.svd(at)[2][2]
                    normal = normal if (vertices[loop].mean(axis=0) - middle) @ normal > 0.0 else -normal
                    u = np.linalg.svd(at)[2][0]
                    order = np.argsort(np.arctan2(at @ np.cross(normal, u), at @ u))
                    number[key] = len(faces) + 1
                    # every second face is listed against its normal
                    loop = loop[order] if len(faces) % 2 else loop[order][::-1]
                    faces.append((loop.tolist(), [normal @ vertices[loop[0]], *normal]))
                    signed.append(number[key])
                else:
                    signed.append(-number[key])
            cells.append(signed)
    if bend:
        # the inner vertex with most room around it
        inner = np.flatnonzero(np.all((vertices > 1e-6) & (vertices < EDGE - 1e-6), axis=1))
        room = KDTree(vertices).query(vertices[inner], k=2)[0][:, 1]
        vertices[inner[room.argmax()]] += bend * room.max()
    at = np.column_stack([vertices, np.zeros((len(vertices), 3 - dimension))])
    count = len(known.corners)
    text = ["***tess", " **format", f"   {version}", " **general", f"   {dimension} standard", " **cell", f"  {count}"]
    text += ["  *id", " ".join(str(k + 1) for k in range(count)), "  *crysym", f"   {symmetry}", "  *seed"]
    text += [f"   {k + 1} {numbers([0, 0, 0, 0])}" for k in range(count)]
    if orientations is not None:
        text += ["  *ori", f"   {orientations[0]}", *(numbers(row) for row in orientations[1])]
    text += [" **vertex", f"{len(at)}", *(f"   {k + 1} {numbers(row)} 0" for k, row in enumerate(at))]
    text += [" **edge", "1", "   1 1 2 0", " **face", f"{len(faces)}"]
    for k, (loop, plane) in enumerate(faces):
        text += [f"   {k + 1} {len(loop)} " + " ".join(str(v + 1) for v in loop)]
        text += [f"     {len(loop)} " + " ".join("1" for _ in loop), f"     {numbers(plane)}", "     0 -1 0.0 0.0 0.0"]
    if dimension == 3:
        text += [" **polyhedron", f"{count}"]
        text += [f"   {k + 1} {len(row)} " + " ".join(str(face) for face in row) for k, row in enumerate(cells)]
    text += [" **domain", "  *general", "   cube", "  *vertex", "   0", "***end"]
    path.write_text("\n".join(text) + "\n")


# The table "Orientation Convention" of Neper's manual: a crystal turned by 30 degrees about the x axis of the sample
MANUAL = {
    "rodrigues": [0.267949192, 0.0, 0.0],
    "euler-bunge": [0.0, 30.0, 0.0],
    "euler-kocks": [270.0, 30.0, 90.0],
    "euler-roe": [270.0, 30.0, 90.0],
    "rotmat": [1, 0, 0, 0, 0.866025404, 0.5, 0, -0.5, 0.866025404],
    "axis-angle": [1.0, 0.0, 0.0, 30.0],
    "quaternion": [0.965925826, 0.258819045, 0.0, 0.0],
}
TURNED = from_rotation_vectors([np.pi / 6, 0.0, 0.0])


@pytest.mark.parametrize("name", MANUAL)
def test_descriptors_of_the_manual(name):
    found = from_descriptor(name, np.array([MANUAL[name]], dtype=float))
    np.testing.assert_allclose(found, [TURNED], atol=1e-8)
    # the crystal's y axis has turned upwards
    np.testing.assert_allclose(rotation_matrices(found[0]) @ [0, 1, 0], [0, np.sqrt(0.75), 0.5], atol=1e-8)


def test_kocks_and_roe_angles_are_bunges_in_other_words():
    """Kocks (Psi, Theta, phi) = (phi1 - 90, Phi, 90 - phi2), Roe (Psi, Theta, Phi) = (phi1 - 90, Phi, phi2 + 90)."""
    bunge = np.array([[20.0, 40.0, 70.0]])
    expected = from_descriptor("euler-bunge", bunge)
    np.testing.assert_allclose(from_descriptor("euler-kocks", np.array([[-70.0, 40.0, 20.0]])), expected, atol=1e-12)
    np.testing.assert_allclose(from_descriptor("euler-roe", np.array([[-70.0, 40.0, 160.0]])), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("description", "version", "turn"),
    [
        ("rodrigues:passive", "3.5", 1),
        ("rodrigues", "3.5", 1),
        ("rodrigues:active", "3.5", -1),
        # up to format 3.4 the words were used the other way round
        ("rodrigues:active", "3.4", 1),
        ("rodrigues:passive", "3.4", -1),
        ("R", "2.0", 1),
    ],
)
def test_active_and_passive_through_the_versions(description, version, turn, few_grains_in_space, tmp_path):
    count = len(few_grains_in_space.seeds)
    rows = np.tile(MANUAL["rodrigues"], (count, 1))
    write_tess(tmp_path / "a.tess", few_grains_in_space, (description, rows), "cubic", version)
    tess = read_tess(tmp_path / "a.tess")
    expected = normalise(TURNED * [1, turn, turn, turn])
    np.testing.assert_allclose(tess.orientations, np.tile(expected, (count, 1)), atol=1e-8)
    assert tess.crystal_symmetry == "cubic"


@pytest.mark.parametrize("dimension", [2, 3])
def test_exact_cells(dimension, few_grains_in_space, grains_in_plane, recipe_with, tmp_path):
    known = grains_in_plane if dimension == 2 else few_grains_in_space
    write_tess(tmp_path / "a.tess", known)
    mesh = import_microstructure(recipe_with({"law": "neper", "file": str(tmp_path / "a.tess")}, dimension))
    assert mesh.regions.name == tuple(f"grain {k + 1}" for k in range(len(known.seeds)))
    np.testing.assert_allclose(mesh.regions.measure, known.measure, rtol=1e-7)
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    found = {
        tuple(pair): size
        for pair, size in zip(mesh.surfaces.regions[rows].tolist(), mesh.surfaces.measure[rows], strict=True)
    }
    true = {pair: size for pair, size in known.area.items() if size > 1e-12 * BOX ** (dimension - 1)}
    assert set(found) == set(true)
    np.testing.assert_allclose([found[pair] for pair in sorted(true)], [true[pair] for pair in sorted(true)], rtol=1e-5)
    walls = [name for name, size in zip(mesh.surfaces.name, mesh.surfaces.measure, strict=True) if "|" not in name]
    assert len(walls) == 2 * dimension


def test_bent_faces_of_a_regularised_tessellation(few_grains_in_space, recipe_with, tmp_path):
    """A vertex moved off its planes bends faces; the cells still fill the box, and only those around it change."""
    write_tess(tmp_path / "a.tess", few_grains_in_space, bend=0.1)
    mesh = import_microstructure(recipe_with({"law": "neper", "file": str(tmp_path / "a.tess")}))
    assert mesh.regions.measure.sum() == pytest.approx(BOX**3, rel=1e-9)
    change = np.abs(mesh.regions.measure / few_grains_in_space.measure - 1.0)
    assert 1e-4 < change.max() < 0.05
    assert np.count_nonzero(change > 1e-6) <= 4


def test_the_box_must_have_the_proportions_of_the_recipe(few_grains_in_space, recipe_with, tmp_path):
    write_tess(tmp_path / "a.tess", few_grains_in_space)
    recipe = recipe_with({"law": "neper", "file": str(tmp_path / "a.tess")}, width="120 um")
    with pytest.raises(MicrostructureError, match=r"width \(x\) of 100 um.*says 120 um"):
        import_microstructure(recipe)


def test_symmetry_must_be_that_of_the_file(few_grains_in_space, recipe_with, tmp_path):
    write_tess(tmp_path / "a.tess", few_grains_in_space, symmetry="hexagonal")
    imported = {"law": "neper", "file": str(tmp_path / "a.tess"), "crystal_symmetry": "cubic"}
    with pytest.raises(MicrostructureError, match="hexagonal in the file, but cubic in the recipe"):
        import_microstructure(recipe_with(imported))


def test_files_that_cannot_be_read(few_grains_in_space, recipe_with, tmp_path):
    (tmp_path / "a.tess").write_text("hello")
    with pytest.raises(MicrostructureError, match="does not begin"):
        read_tess(tmp_path / "a.tess")
    write_tess(tmp_path / "b.tess", few_grains_in_space)
    content = (tmp_path / "b.tess").read_text()
    (tmp_path / "c.tess").write_text(content[: content.index("**polyhedron") + 40])
    with pytest.raises(MicrostructureError, match="damaged or cut off"):
        read_tess(tmp_path / "c.tess")
    write_tess(tmp_path / "d.tess", few_grains_in_space, ("homochoric", np.zeros((8, 3))))
    with pytest.raises(MicrostructureError, match="'homochoric', which is not known"):
        read_tess(tmp_path / "d.tess")
    with pytest.raises(MicrostructureError, match="has dimension 3, the recipe 2"):
        import_microstructure(recipe_with({"law": "neper", "file": str(tmp_path / "b.tess")}, 2))
    # turned about z, the domain is no box along the axes any more
    rows = content.split("**vertex")[1].split("**edge")[0].split()
    at = np.array(rows[1:], dtype=float).reshape(-1, 5)
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    at[:, 1:4] = at[:, 1:4] @ turn.T
    block = "\n".join(f"{int(row[0])} {numbers(row[1:4])} 0" for row in at)
    turned = content.split("**vertex")[0] + f"**vertex\n{len(at)}\n{block}\n **edge" + content.split("**edge")[1]
    (tmp_path / "e.tess").write_text(turned)
    recipe = recipe_with({"law": "neper", "file": str(tmp_path / "e.tess")}, width_z=f"{1e6 * BOX / 1.4:.9f} um")
    with pytest.raises(MicrostructureError, match=r"no box|do not fill a box"):
        import_microstructure(recipe)
