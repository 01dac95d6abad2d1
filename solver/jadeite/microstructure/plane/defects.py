# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is cut out of the plane ceramic or off its contact, and whether its parts fit together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import shapely
from shapely.geometry.base import BaseGeometry

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.tagged_mesh import Patch, SurfaceKind


@dataclass(frozen=True, eq=False)
class Void:
    """Something cut out of the ceramic, and the wall it leaves there."""

    name: str
    kind: SurfaceKind
    polygon: shapely.Polygon
    wall: shapely.LineString


def check_defects(
    flaws: Mapping[str, BaseGeometry],
    cracks: Mapping[str, BaseGeometry],
    patches: Sequence[Patch],
    width: float,
    thickness: float,
) -> None:
    """Raise MicrostructureError, naming every problem, unless flaws, cracks and patches lie apart and inside the box.

    `flaws` and `cracks` are polygons or lines in m by name. A flaw may touch the plating electrode only, a crack none
    of the sides.
    """
    problems = []
    box = shapely.box(0.0, 0.0, width, thickness)
    for name, shape in flaws.items():
        corners = shapely.get_coordinates(shape)
        if not box.covers(shape) or corners[:, 0].min() <= 0.0 or corners[:, 0].max() >= width:
            problems.append(f"{name} leaves the separator")
        if corners[:, 1].max() >= thickness:
            problems.append(f"{name} reaches the stripping electrode")
    problems += [f"{name} leaves the separator" for name, shape in cracks.items() if not box.contains_properly(shape)]
    for (one, shape), (other, neighbour) in combinations({**flaws, **cracks}.items(), 2):
        if shape.intersects(neighbour):
            problems.append(f"{one} and {other} overlap")
    for patch in patches:
        if not 0.0 <= patch.start < patch.end <= width:
            problems.append(f"unwetted patch '{patch.name}' must start before it ends, inside the width")
            continue
        interval = shapely.LineString([(patch.start, 0.0), (patch.end, 0.0)])
        problems += [
            f"unwetted patch '{patch.name}' and {name} overlap"
            for name, shape in flaws.items()
            if shape.intersects(interval)
        ]
    for first, second in combinations(sorted(patches, key=lambda patch: patch.start), 2):
        if first.end >= second.start:
            problems.append(f"unwetted patches '{first.name}' and '{second.name}' overlap")
    covered = sum(patch.end - patch.start for patch in patches)
    if not problems and covered >= width * (1 - 1e-9):
        problems.append("unwetted patches leave no contact between sodium and ceramic")
    if problems:
        raise MicrostructureError("; ".join(problems))
