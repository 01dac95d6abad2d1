# SPDX-License-Identifier: LGPL-3.0-or-later
"""Unwetted patches of a solid's plating electrode: its faces divided by the outlines of discs and of random areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.solid.complex_editor import ComplexEditor, area_vector
from jadeite.microstructure.solid.flaw_planes import FlawPlane
from jadeite.microstructure.solid.flaws import connected, rim_chains
from jadeite.microstructure.solid.plane_outlines import PlaneFrame, claim_inside
from jadeite.microstructure.solid.strata import Statistics
from jadeite.microstructure.tagged_mesh import Patch
from jadeite.microstructure.unwetted_field import Area, unwetted_polygons

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe

Array = NDArray[np.float64]

ELECTRODE = "plating electrode"
# coordinates (x, z) of the electrode
FRAME = PlaneFrame(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))

# bends of the outline of a disc; bends per correlation length; largest spacing, and the distance that counts as passing
# through a point, in grain sizes; the same distance in spacings
DISC_BENDS = 64
DISC_POINTS = 720
BENDS_PER_LENGTH = 8
LARGEST_SPACING = 0.25
SNAP = 0.02
SNAP_OF_SPACING = 0.25
# contact kept around a flaw's mouth beside random patches, in half lengths of the mouth and in grain sizes
MOUTH_CLEARANCE = (0.15, 0.05)


def insert_patches(
    editor: ComplexEditor,
    recipe: Recipe,
    flaws: Sequence[FlawPlane],
    size: float,
    generator: np.random.Generator,
) -> tuple[tuple[Patch, ...], Statistics]:
    """Name the unwetted faces of the plating electrode; the patches, and the share of the electrode they cover.

    Random patches are called "area 1", "area 2", ... by size. Raises MicrostructureError when discs overlap each other
    or a flaw, or when no contact is left.
    """
    if not recipe.unwetted_patches and recipe.unwetted_area is None:
        return (), {}
    box = shapely.box(0.0, 0.0, recipe.box[0], recipe.box[2])
    mouths = [_mouth(plane) for plane in flaws]
    discs = {patch.name: _with_images(_disc(patch.centre, patch.radius), recipe) for patch in recipe.unwetted_patches}
    _check_discs(discs, {plane.label: line for plane, line in zip(flaws, mouths, strict=True)}, box)
    spacing = LARGEST_SPACING * size
    for patch in recipe.unwetted_patches:
        spacing = min(spacing, 2 * np.pi * (patch.radius or np.inf) / DISC_BENDS)
    area = shapely.union_all(list(discs.values()))
    random = recipe.unwetted_area
    if random is not None:
        spacing = min(spacing, random.correlation_length / BENDS_PER_LENGTH)
        rooms = [MOUTH_CLEARANCE[0] * plane.half_length + MOUTH_CLEARANCE[1] * size for plane in flaws]
        clear = [line.buffer(room) for line, room in zip(mouths, rooms, strict=True)]
        clear += [disc.buffer(MOUTH_CLEARANCE[1] * size) for disc in discs.values()]
        drawn = unwetted_polygons(
            (recipe.box[0], recipe.box[2]),
            random.fraction,
            random.correlation_length,
            ("x" in recipe.periodic, "z" in recipe.periodic),
            shapely.union_all(clear),
            generator,
        )
        area = area.union(drawn)
    faces = [number for number, face in editor.faces.items() if face.wall == ELECTRODE]
    inside = claim_inside(editor, faces, FRAME, area, spacing, min(SNAP * size, SNAP_OF_SPACING * spacing))
    patches, claimed = [], set()
    for name, disc in discs.items():
        own = [number for number in inside if disc.contains(_middle(editor, number))]
        patches.append(_claim(editor, own, name))
        claimed |= set(own)
    groups = connected(editor, [number for number in inside if number not in claimed])
    groups.sort(key=lambda group: -_area(editor, group))
    patches += [_claim(editor, group, f"area {number}") for number, group in enumerate(groups, start=1)]
    covered = _area(editor, inside) / box.area
    if not any(face.wall == ELECTRODE for face in editor.faces.values()):
        raise MicrostructureError("unwetted patches leave no contact between sodium and ceramic")
    statistics: Statistics = {"unwetted_fraction": covered, "unwetted_patches": len(patches)}
    if random is not None:
        statistics["target_unwetted_fraction"] = random.fraction
    return tuple(patches), statistics


def _disc(centre: Sequence[float] | None, radius: float | None) -> shapely.Polygon:
    if centre is None or radius is None:
        raise MicrostructureError("an unwetted patch of a solid needs a centre and a radius")
    angle = 2 * np.pi * (np.arange(DISC_POINTS) + 0.5) / DISC_POINTS
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return shapely.Polygon(np.asarray(centre, dtype=float) + radius * circle)


def _with_images(disc: shapely.Polygon, recipe: Recipe) -> Area:
    """A disc with its images beyond periodic sides."""
    steps = [(-1, 0, 1) if axis in recipe.periodic else (0,) for axis in ("x", "z")]
    width, depth = recipe.box[0], recipe.box[2]
    images = [shapely.transform(disc, lambda p, s=(i * width, k * depth): p + s) for i in steps[0] for k in steps[1]]
    return shapely.union_all(images)


def _mouth(plane: FlawPlane) -> shapely.LineString:
    arm = plane.half_length * plane.frame.along
    ends = np.stack([plane.frame.origin - arm, plane.frame.origin + arm])
    return shapely.LineString(ends[:, [0, 2]])


def _check_discs(discs: Mapping[str, Area], mouths: Mapping[str, shapely.LineString], box: shapely.Polygon) -> None:
    problems = []
    names = list(discs)
    for row, name in enumerate(names):
        if not discs[name].intersects(box):
            problems.append(f"unwetted patch '{name}' lies beside the electrode")
        problems += [
            f"unwetted patches '{name}' and '{other}' overlap"
            for other in names[row + 1 :]
            if discs[name].intersects(discs[other])
        ]
        for label, line in mouths.items():
            if discs[name].intersects(line):
                problems.append(f"unwetted patch '{name}' and {label} overlap")
    if problems:
        raise MicrostructureError("; ".join(problems))


def _middle(editor: ComplexEditor, number: int) -> shapely.Point:
    loops = [FRAME.flat(editor.points[loop]) for loop in editor.faces[number].loops]
    return shapely.Polygon(loops[0], loops[1:]).representative_point()


def _area(editor: ComplexEditor, faces: Sequence[int]) -> float:
    vectors = [area_vector(editor.points[loop]) for number in faces for loop in editor.faces[number].loops]
    return abs(float(np.sum(vectors, axis=0)[1])) if vectors else 0.0


def _claim(editor: ComplexEditor, faces: Sequence[int], name: str) -> Patch:
    """Give faces the wall of a patch. Raises MicrostructureError when there are none."""
    if not faces:
        raise MicrostructureError(f"unwetted patch '{name}' is too small to be seen beside the grains")
    for number in faces:
        editor.faces[number].wall = f"unwetted patch {name}"
    outline = FRAME.flat(editor.points[max(rim_chains(editor, faces), key=len)])
    x = outline[:, 0]
    return Patch(name, float(x.min()), float(x.max()), tuple(tuple(point) for point in outline.tolist()))
