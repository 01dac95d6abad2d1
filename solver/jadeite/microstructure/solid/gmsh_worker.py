# SPDX-License-Identifier: LGPL-3.0-or-later
"""The process that runs Gmsh on one task: `python -m jadeite.microstructure.solid.gmsh_worker FOLDER`.

The folder holds task.json and arrays; the answer is result.npz beside them. `gmsh_process` writes and reads both. In a
process of its own, a crash of Gmsh is an answer like any other, and no two tasks share options or models.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import gmsh
import numpy as np
from numpy.typing import NDArray

LINE, TRIANGLE, TETRAHEDRON, POINT = 1, 2, 4, 15


def main(folder: Path) -> None:
    """Mesh what the folder describes and write what came of it, complete or not."""
    task = json.loads((folder / "task.json").read_text())
    gmsh.initialize(readConfigFiles=False, interruptible=False)
    for option, value in task["options"].items():
        gmsh.option.setNumber(option, value)
    gmsh.model.add("task")
    describe, collect = (_volumes, _tetrahedra) if task["dimension"] == 3 else (_faces, _triangles)
    describe(folder)
    _background(folder, task["grids"], task["largest_size"])
    message = ""
    try:
        gmsh.model.mesh.generate(task["dimension"])
    except Exception as problem:  # Gmsh raises nothing more specific
        message = f"Gmsh gave up: {problem}"
    np.savez(folder / "result.npz", allow_pickle=False, **({"message": np.array(message)} | collect()))
    gmsh.finalize()


def _background(folder: Path, grids: int, largest: float) -> None:
    """The least of the sizes on nested grids as background field; outside of all but the first, the largest size."""
    field = gmsh.model.mesh.field
    tags = []
    for number in range(grids):
        tags.append(field.add("Structured"))
        field.setString(tags[-1], "FileName", str(folder / f"sizes_{number}.bin"))
        field.setNumber(tags[-1], "TextFormat", 0)
        if number > 0:
            field.setNumber(tags[-1], "SetOutsideValue", 1)
            field.setNumber(tags[-1], "OutsideValue", largest)
    least = field.add("Min")
    field.setNumbers(least, "FieldsList", tags)
    field.setAsBackgroundMesh(least)


def _volumes(folder: Path) -> None:
    """Discrete surfaces from a mesh file, and the volumes between them; tags are numbers plus one."""
    gmsh.merge(str(folder / "surfaces.msh"))
    for tag, surfaces in enumerate(json.loads((folder / "volumes.json").read_text()), start=1):
        gmsh.model.geo.addSurfaceLoop(surfaces, tag)
        gmsh.model.geo.addVolume([tag], tag)
    gmsh.model.geo.synchronize()


def _faces(folder: Path) -> None:
    """Plane faces between straight lines, of which each becomes one segment; tags are numbers plus one."""
    model = gmsh.model.geo
    data = np.load(folder / "faces.npz")
    for tag, (x, y, z) in enumerate(data["points"].tolist(), start=1):
        model.addPoint(x, y, z, 0.0, tag)
    for tag, (a, b) in enumerate((data["segments"] + 1).tolist(), start=1):
        model.addLine(a, b, tag)
        model.mesh.setTransfiniteCurve(tag, 2)
    loops = np.split(data["curves"], data["loop_offsets"][1:-1])
    first = data["face_loops"]
    for tag, loop in enumerate(loops, start=1):
        model.addCurveLoop(loop.tolist(), tag)
    for tag, (start, end) in enumerate(zip(first[:-1].tolist(), first[1:].tolist(), strict=True), start=1):
        model.addPlaneSurface(list(range(start + 1, end + 1)), tag)
    model.synchronize()


def _tetrahedra() -> dict[str, NDArray[Any]]:
    """Coordinates by tag, cells (m, 4) as tags, and the number of the volume of each cell."""
    return _coordinates() | _elements(3, TETRAHEDRON, 4)


def _triangles() -> dict[str, NDArray[Any]]:
    """Coordinates by tag, triangles (m, 3) as tags, the face of each, and the tag of the node at each given point."""
    _, at_points = gmsh.model.mesh.getElementsByType(POINT)
    return _coordinates() | _elements(2, TRIANGLE, 3) | {"point_tags": at_points.astype(np.int64)}


def _coordinates() -> dict[str, NDArray[Any]]:
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    by_tag = np.full((int(tags.max(initial=0)) + 1, 3), np.nan)
    by_tag[tags.astype(np.int64)] = coordinates.reshape(-1, 3)
    return {"coordinates": by_tag}


def _elements(dimension: int, kind: int, corners: int) -> dict[str, NDArray[Any]]:
    cells, owner = [np.empty((0, corners), dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for _, tag in gmsh.model.getEntities(dimension):
        _, nodes = gmsh.model.mesh.getElementsByType(kind, tag)
        cells.append(nodes.reshape(-1, corners).astype(np.int64))
        owner.append(np.full(len(cells[-1]), tag - 1, dtype=np.int64))
    return {"cells": np.concatenate(cells), "owner": np.concatenate(owner)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
