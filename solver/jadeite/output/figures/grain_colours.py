# SPDX-License-Identifier: LGPL-3.0-or-later
"""One colour for each region: by crystal orientation where grains differ, by material otherwise."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from jadeite.microstructure.orientation import rotation_matrices, standard_axis
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.figures.style import INK, part_of

Array = NDArray[np.float64]

# pale, so that boundaries and flaws stand out; the first is that of the ceramic where orientations do not differ
MATERIAL_COLOURS = ("#DCE9F5", "#F7D9B0", "#D9C2DE", "#F0BDB2", "#D6CFC2", "#CDE5CF")
# beside crystal directions, which take every hue, the other materials are warm greys (sodium is a cool one)
_GREYS = ("#B8AA98", "#E4DACB", "#8C7F70", "#CFC3B3", "#6F6458", "#A2958A")
_NO_TURN = np.deg2rad(0.1)


@dataclass(frozen=True, eq=False)
class GrainColours:
    """Colours `rgb` (regions, 3) between 0 and 1, the key they are read with, and a legend of flat materials.

    `key` is "axis" (angle between the c axis and the current's axis), "direction" (crystal direction along it, cubic)
    or "material".
    """

    rgb: Array
    key: str
    materials: tuple[tuple[str, str], ...]

    def explain(self, figure: Figure, axes: Axes) -> None:
        """Add the colour bar or the triangle that the colours are read with."""
        if self.key == "axis":
            mappable = ScalarMappable(Normalize(0, 90), _axis_colours())
            bar = figure.colorbar(mappable, ax=axes, shrink=0.7, pad=0.02, ticks=[0, 30, 60, 90])
            bar.set_label("angle between the crystal's c axis\nand the cell's current axis (°)")
        elif self.key == "direction":
            _draw_triangle(axes.inset_axes((1.0, 0.02, 0.17, 0.2)))

    def handles(self) -> list[Patch]:
        """Entries of a legend for the materials that have one colour each."""
        return [Patch(facecolor=colour, edgecolor=INK, lw=0.6, label=name) for name, colour in self.materials]


def grain_colours(mesh: TaggedMesh) -> GrainColours:
    """Colours of the regions of a mesh.

    The material with the largest share is coloured by orientation when its crystals differ: cubic ones by the crystal
    direction along the current's axis y (red 001, green 101, blue 111), others by the angle of their c axis to it.
    Every other material, or every material when crystals are alike, has one colour.
    """
    regions = mesh.regions
    materials = np.array(regions.material)
    roles = sorted(set(regions.material), key=lambda role: -regions.measure[materials == role].sum())
    main = np.flatnonzero(materials == roles[0])
    cubic = all(regions.crystal_symmetry[row] == "cubic" for row in main)
    palette = _GREYS if cubic and _differ(regions.orientation[main]) else MATERIAL_COLOURS
    flat = {role: palette[(row - (palette is _GREYS)) % len(palette)] for row, role in enumerate(roles)}
    rgb = np.array([to_rgb(flat[role]) for role in regions.material])
    angle = axis_angle(regions.orientation[main])
    if cubic and _differ(regions.orientation[main]):
        rgb[main], key = direction_colours(regions.orientation[main]), "direction"
    elif not cubic and np.ptp(angle) > _NO_TURN:
        rgb[main], key = _axis_colours()(np.rad2deg(angle) / 90.0)[:, :3], "axis"
    else:
        key = "material"
    named = roles if key == "material" and len(roles) > 1 else roles[1:]
    return GrainColours(rgb, key, tuple((role.replace("_", " "), flat[role]) for role in named))


def axis_angle(orientation: Array) -> Array:
    """Return the angle in rad, 0 to pi/2, between the crystal's third axis and the y axis, for quaternions (n, 4)."""
    w, x, y, z = orientation.T
    angle: Array = np.arccos(np.clip(np.abs(2 * (y * z - w * x)), 0.0, 1.0))
    return angle


def direction_colours(orientation: Array) -> Array:
    """Colours (n, 3) of cubic crystals by the crystal direction that lies along y: red 001, green 101, blue 111."""
    along = rotation_matrices(orientation)[:, 1, :]
    return _triangle_colours(standard_axis(along, "cubic"))


def _triangle_colours(axes: Array) -> Array:
    """Colours of directions (n, 3) in the standard triangle z >= x >= y >= 0, brightest on its edges."""
    x, y, z = axes.T
    parts = np.column_stack([z - x, (x - y) / np.sqrt(0.5), np.sqrt(3.0) * y])
    parts = np.sqrt(np.clip(parts, 0.0, None))
    parts /= parts.max(axis=1, keepdims=True)
    # mixed with white: full colours would drown the lines drawn over them
    mixed: Array = 0.3 + 0.7 * parts
    return mixed


def _draw_triangle(axes: Axes) -> None:
    """The standard triangle of cubic directions in stereographic projection, in its colours."""
    side = np.linspace(0.0, 0.45, 160)
    u, v = np.meshgrid(side, side)
    square = u**2 + v**2
    x, y, z = 2 * u / (1 + square), 2 * v / (1 + square), (1 - square) / (1 + square)
    inside = (z >= x - 1e-9) & (x >= y - 1e-9)
    image = np.ones((*u.shape, 4))
    image[..., :3] = _triangle_colours(np.column_stack([x.ravel(), y.ravel(), z.ravel()])).reshape(*u.shape, 3)
    image[..., 3] = inside
    axes.imshow(image, origin="lower", extent=(0.0, 0.45, 0.0, 0.45), interpolation="bilinear")
    for (at_x, at_y), text, align in (
        ((0.0, 0.0), "001", ("left", "top")),
        ((0.414, 0.0), "101", ("right", "top")),
        ((0.366, 0.366), "111", ("right", "bottom")),
    ):
        axes.annotate(
            text, (at_x, at_y), xytext=(0, -3 if align[1] == "top" else 3), textcoords="offset points",
            ha=align[0], va=align[1], fontsize=8,
        )  # fmt: skip
    axes.set_title("crystal direction\nalong the current", fontsize=8)
    axes.set_axis_off()


def _differ(orientation: Array) -> bool:
    """Whether orientations differ by more than a hair."""
    return bool(np.abs(orientation @ orientation[0]).min() < np.cos(0.5 * _NO_TURN))


def _axis_colours() -> ListedColormap:
    return part_of("YlGnBu", 0.03, 0.5)
