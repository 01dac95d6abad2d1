# SPDX-License-Identifier: LGPL-3.0-or-later
"""The boundary network of meshes whose boundaries, lines and junctions are known by construction."""

from dataclasses import replace

import numpy as np
import pytest

from jadeite.microstructure.network.attach import BOUNDARIES, attach_network
from jadeite.microstructure.orientation import (
    disorientation_rotation,
    from_rotation_vectors,
    multiply,
    random_orientations,
    rotation_of,
    standard_axis,
    symmetry_rotations,
)
from jadeite.microstructure.tagged_mesh import TaggedMesh
from sample_meshes import box_mesh, give_grains, grain_mesh, layered_mesh, solid_grains


def octants(side=8e-6):
    """A cube of eight equal cubes; region 4 i + 2 j + k at (i, j, k)."""
    plain = box_mesh([side], (side, side), (4, 4), 4)
    high = plain.points[plain.cells].mean(axis=1) > side / 2
    return attach_network(give_grains(plain, (high @ [4, 2, 1]).astype(np.int32)))


def test_quadrants_meet_on_one_line_under_right_angles():
    side = 8e-6
    plain = box_mesh([side], (side, side), (4, 4), 4)
    middle = plain.points[plain.cells].mean(axis=1)
    right, back = middle[:, 0] > side / 2, middle[:, 2] > side / 2
    mesh = attach_network(give_grains(plain, (2 * right + back).astype(np.int32)))
    lines = mesh.triple_lines
    assert len(lines) == 1
    assert lines.measure[0] == pytest.approx(side, rel=1e-12)
    assert lines.regions[0].tolist() == [0, 1, 2, 3]
    assert lines.angle == pytest.approx(np.full(4, np.pi / 2), rel=1e-12)
    assert [mesh.surfaces.name[row] for row in lines.boundaries[0]] == [
        f"grain {a} | grain {b}" for a, b in ((1, 2), (1, 3), (2, 4), (3, 4))
    ]
    assert len(mesh.junctions) == 0
    # grain 1 | grain 2 lies at z = side/2, the normal leads from 1 to 2
    row = mesh.surfaces.name.index("grain 1 | grain 2")
    assert mesh.surfaces.normal[row] == pytest.approx([0.0, 0.0, 1.0], abs=1e-12)
    assert mesh.surfaces.electrode_contact[row] == pytest.approx([side / 2, side / 2], rel=1e-12)
    row = mesh.surfaces.name.index("grain 2 | grain 4")
    assert mesh.surfaces.normal[row] == pytest.approx([1.0, 0.0, 0.0], abs=1e-12)


def test_octants_meet_at_one_junction_of_six_lines():
    mesh = octants()
    assert len(mesh.triple_lines) == 6
    assert mesh.triple_lines.measure == pytest.approx(np.full(6, 4e-6), rel=1e-12)
    assert len(mesh.junctions) == 1
    assert mesh.junctions.position[0] == pytest.approx([4e-6] * 3, rel=1e-12)
    assert mesh.junctions.regions[0].tolist() == list(range(8))
    assert mesh.junctions.lines[0].tolist() == list(range(6))
    assert mesh.statistics["boundaries"] == 12
    assert mesh.statistics["boundary_measure"] == pytest.approx(3 * (8e-6) ** 2, rel=1e-12)
    # the boundaries parallel to the electrodes do not touch them, the others touch one
    contact = mesh.surfaces.electrode_contact[mesh.surfaces.rows(*BOUNDARIES)]
    assert sorted((contact > 0.0).sum(axis=1)) == [0] * 4 + [1] * 8


def test_plane_triple_point_has_the_angles_of_its_grains():
    mesh = attach_network(
        grain_mesh(6e-6, 6e-6, 6, 6, lambda x: np.where(x[:, 1] < 3e-6, 0, 1 + (x[:, 0] > 3e-6)).astype(int))
    )
    lines = mesh.triple_lines
    assert lines.name == ("grain 1 | grain 2 | grain 3",)
    assert lines.angle == pytest.approx([np.pi, np.pi / 2, np.pi / 2], rel=1e-12)
    assert lines.measure.tolist() == [1.0]
    assert mesh.points[lines.ridges[0, 0]] == pytest.approx([3e-6, 3e-6], rel=1e-12)
    row = mesh.surfaces.name.index("grain 2 | grain 3")
    assert mesh.surfaces.normal[row] == pytest.approx([1.0, 0.0], abs=1e-12)
    assert mesh.surfaces.electrode_contact[row].tolist() == [0.0, 1.0]


def test_angles_around_inner_lines_add_up_to_a_full_turn():
    mesh = attach_network(solid_grains(10, 8, seed=3))
    lines = mesh.triple_lines
    total = np.bincount(lines.regions.owners, lines.angle)
    ends = mesh.points[lines.ridges]
    outside = (np.isclose(ends, 0.0, atol=1e-12) | np.isclose(ends, 20e-6)).all(axis=1).any(axis=1)
    inner = np.setdiff1d(np.arange(len(lines)), lines.ridge_line[outside])
    assert len(inner) > 5
    assert total[inner] == pytest.approx(np.full(len(inner), 2 * np.pi), rel=1e-9)
    assert np.bincount(lines.ridge_line, np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)) == pytest.approx(
        lines.measure
    )


def test_network_follows_the_regions_and_not_their_numbers():
    mesh = solid_grains(8, 6, seed=1)
    count = len(mesh.regions)
    order = np.random.default_rng(0).permutation(count)
    new_row = np.argsort(order)
    table = mesh.regions
    shuffled = replace(
        mesh,
        cell_region=new_row[mesh.cell_region].astype(np.int32),
        regions=replace(
            table, name=tuple(table.name[row] for row in order), orientation=table.orientation[order],
            measure=table.measure[order], grain=np.arange(count, dtype=np.int32),
        ),
        surfaces=replace(
            mesh.surfaces,
            regions=np.where(mesh.surfaces.regions >= 0, new_row[mesh.surfaces.regions], -1).astype(np.int32),
        ),
    )  # fmt: skip
    one, other = attach_network(mesh), attach_network(shuffled)
    assert other.surfaces.normal == pytest.approx(one.surfaces.normal, nan_ok=True)
    assert other.surfaces.misorientation == pytest.approx(one.surfaces.misorientation, nan_ok=True)
    assert sorted(other.triple_lines.measure) == pytest.approx(sorted(one.triple_lines.measure))
    assert {frozenset(name.split(" | ")) for name in other.junctions.name} == {
        frozenset(name.split(" | ")) for name in one.junctions.name
    }


def test_a_closed_boundary_has_no_normal():
    plain = box_mesh([6e-6], (6e-6, 6e-6), (6, 6), 6)
    inside = (np.abs(plain.points[plain.cells].mean(axis=1) - 3e-6) < 1e-6).all(axis=1)
    mesh = attach_network(give_grains(plain, inside.astype(np.int32)))
    row = mesh.surfaces.name.index("grain 1 | grain 2")
    assert np.isnan(mesh.surfaces.normal[row]).all()
    assert mesh.surfaces.facets[row] == 48
    assert mesh.surfaces.measure[row] == pytest.approx(24e-12, rel=1e-12)


def test_misorientation_needs_one_material_and_one_symmetry():
    mesh = layered_mesh([1e-6] * 4, 2e-6, materials=["a", "a", "a", "b"])
    turned = np.array([from_rotation_vectors([0.0, 0.0, np.radians(angle)]) for angle in (0, 70, 70, 0)])
    table = replace(mesh.regions, orientation=turned, crystal_symmetry=("cubic", "cubic", "trigonal", "cubic"))
    found = attach_network(replace(mesh, regions=table)).surfaces
    rows = [found.name.index(f"layer {k} | layer {k + 1}") for k in (1, 2, 3)]
    # 70 degrees about a fourfold axis are 20 the other way
    assert np.degrees(found.misorientation[rows[0]]) == pytest.approx(20.0)
    assert found.misorientation_axis[rows[0]] == pytest.approx([0.0, 0.0, 1.0], abs=1e-12)
    assert np.isnan(found.misorientation[rows[1:]]).all()
    assert np.isnan(found.misorientation_axis[rows[1:]]).all()


@pytest.mark.parametrize("symmetry", ["monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic"])
def test_angle_and_axis_do_not_depend_on_the_setting_of_the_crystals(symmetry):
    generator = np.random.default_rng(5)
    first, second = random_orientations(50, generator), random_orientations(50, generator)
    group = symmetry_rotations(symmetry)
    angle, axis = rotation_of(disorientation_rotation(first, second, symmetry))
    for one, other in generator.integers(len(group), size=(4, 2)):
        changed = disorientation_rotation(multiply(first, group[one]), multiply(second, group[other]), symmetry)
        assert rotation_of(changed)[0] == pytest.approx(angle)
        assert standard_axis(rotation_of(changed)[1], symmetry) == pytest.approx(standard_axis(axis, symmetry))


def test_standard_axes_of_cubic_crystals_lie_in_the_triangle():
    axes = np.random.default_rng(2).standard_normal((200, 3))
    y, x, z = standard_axis(axes, "cubic").T[[1, 0, 2]]
    assert (z >= x).all() and (x >= y).all() and (y >= 0.0).all()
    assert np.sort(np.abs(axes), axis=1) == pytest.approx(np.column_stack([y, x, z]))


def test_network_is_kept_with_the_mesh(tmp_path):
    mesh = attach_network(solid_grains(8, 6, flaw=(4, 2)))
    resistance = np.linspace(0.0, 1.0, len(mesh.surfaces))
    mesh = replace(mesh, surfaces=replace(mesh.surfaces, properties={"area_specific_resistance": resistance}))
    mesh.save(tmp_path / "mesh.npz")
    back = TaggedMesh.load(tmp_path / "mesh.npz")
    assert back.triple_lines.name == mesh.triple_lines.name
    assert back.junctions.name == mesh.junctions.name
    for one, other in (
        (back.surfaces.normal, mesh.surfaces.normal),
        (back.surfaces.misorientation_axis, mesh.surfaces.misorientation_axis),
        (back.surfaces.electrode_contact, mesh.surfaces.electrode_contact),
        (back.surfaces.properties["area_specific_resistance"], resistance),
        (back.triple_lines.regions.offsets, mesh.triple_lines.regions.offsets),
        (back.triple_lines.boundaries.values, mesh.triple_lines.boundaries.values),
        (back.triple_lines.angle, mesh.triple_lines.angle),
        (back.triple_lines.ridges, mesh.triple_lines.ridges),
        (back.junctions.position, mesh.junctions.position),
        (back.junctions.lines.values, mesh.junctions.lines.values),
    ):
        np.testing.assert_array_equal(one, other)
    assert back.statistics == mesh.statistics
