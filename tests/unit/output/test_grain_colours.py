# SPDX-License-Identifier: LGPL-3.0-or-later
"""Colours of regions follow crystals and materials; walls of a plane mesh are found as polylines."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from jadeite.microstructure.orientation import from_rotation_vectors, multiply, symmetry_rotations
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.figures.grain_colours import direction_colours, grain_colours
from jadeite.output.figures.walls import has_no_width, wall_polylines
from sample_meshes import layered_mesh, retag, solid_grains


def turned_to(direction):
    """An orientation that brings a crystal direction onto y."""
    unit = np.array(direction) / np.linalg.norm(direction)
    axis = np.cross(unit, [0.0, 1.0, 0.0])
    length = np.linalg.norm(axis)
    angle = np.arctan2(length, unit[1])
    return from_rotation_vectors(axis / length * angle if length > 0.0 else [0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("direction", "strongest"), [([0, 0, 1], 0), ([1, 0, 0], 0), ([1, 1, 0], 1), ([0, 1, 1], 1), ([1, -1, 1], 2)]
)
def test_corners_of_the_triangle_are_red_green_and_blue(direction, strongest):
    colour = direction_colours(turned_to(direction)[None])[0]
    assert colour[strongest] == pytest.approx(1.0)
    assert np.delete(colour, strongest) == pytest.approx([0.3, 0.3], abs=1e-6)


def test_equivalent_cubic_crystals_have_one_colour():
    crystal = from_rotation_vectors(np.random.default_rng(1).standard_normal(3))
    colours = direction_colours(multiply(crystal, symmetry_rotations("cubic")))
    assert colours == pytest.approx(np.tile(colours[0], (24, 1)))


def test_the_key_follows_crystals_and_materials():
    assert grain_colours(solid_grains(4, 5, crystal_symmetry="cubic")).key == "direction"
    assert grain_colours(solid_grains(4, 5, crystal_symmetry="trigonal")).key == "axis"
    layers = layered_mesh([1e-6, 3e-6], 1e-6, materials=["film", "solid_part"])
    colours = grain_colours(layers)
    assert colours.key == "material"
    # the larger share comes first
    assert [name for name, _ in colours.materials] == ["solid part", "film"]
    assert colours.rgb[0] == pytest.approx(to_rgb(colours.materials[1][1]))
    grains = solid_grains(4, 5, crystal_symmetry="cubic")
    materials = ("second", *grains.regions.material[1:])
    mixed = grain_colours(replace(grains, regions=replace(grains.regions, material=materials)))
    assert mixed.key == "direction"
    assert [name for name, _ in mixed.materials] == ["second"]
    assert mixed.rgb[0] == pytest.approx(to_rgb(mixed.materials[0][1]))


def test_walls_are_polylines_in_order():
    mesh = layered_mesh([4e-6], 8e-6, across=8, along=4)
    mesh = retag(mesh, SurfaceKind.PORE_WALL, "pore 1", lambda x: (x[:, 1] < 1e-9) & (x[:, 0] < 3e-6))
    mesh = retag(mesh, SurfaceKind.PORE_WALL, "pore 2", lambda x: (x[:, 1] < 1e-9) & (x[:, 0] > 5e-6))
    first, second = sorted(wall_polylines(mesh, SurfaceKind.PORE_WALL), key=lambda wall: wall[:, 0].mean())
    for wall, (start, end) in ((first, (0.0, 3.0)), (second, (5.0, 8.0))):
        assert np.sort(wall[:, 0]) == pytest.approx(np.arange(start, end + 0.5))
        assert np.abs(np.diff(wall[:, 0])) == pytest.approx(np.ones(3))
    everywhere = wall_polylines(mesh, SurfaceKind.PORE_WALL, SurfaceKind.SIDE_WALL, SurfaceKind.PLATING_ELECTRODE,
                                SurfaceKind.STRIPPING_ELECTRODE)  # fmt: skip
    assert len(everywhere) == 1
    x, y = everywhere[0].T
    assert 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) == pytest.approx(32.0)
    assert not has_no_width(everywhere[0])
    assert has_no_width(np.array([[0.0, 0.0], [0.0, 5.0], [0.0, 0.0]]))
