# SPDX-License-Identifier: LGPL-3.0-or-later
"""The microstructure as tables of text: one file each for regions, boundaries, triple lines and junctions."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jadeite.microstructure.network.attach import BOUNDARIES
from jadeite.microstructure.network.rules import PROPERTIES
from jadeite.microstructure.tagged_mesh import TaggedMesh

AXES = "xyz"


def write_network(mesh: TaggedMesh, folder: Path) -> list[Path]:
    """Write regions.csv, boundaries.csv, triple_lines.csv and, in 3-D, junctions.csv; return their paths.

    Headers carry the units. Lists inside a cell are separated by semicolons; what is not known is left empty. Raises
    OSError.
    """
    files = [
        _regions(mesh, folder / "regions.csv"),
        _boundaries(mesh, folder / "boundaries.csv"),
        _triple_lines(mesh, folder / "triple_lines.csv"),
    ]
    if mesh.dimension == 3:
        files.append(_junctions(mesh, folder / "junctions.csv"))
    return files


def _regions(mesh: TaggedMesh, path: Path) -> Path:
    table = mesh.regions
    measure = "volume (m^3)" if mesh.dimension == 3 else "area (m^2)"
    header = ["region", "grain", "material", "crystal symmetry", measure, *(f"quaternion {part}" for part in "wxyz")]
    rows = (
        [
            name, table.grain[row], table.material[row], table.crystal_symmetry[row], _text(table.measure[row]),
            *map(_text, table.orientation[row]),
        ]
        for row, name in enumerate(table.name)
    )  # fmt: skip
    return _write(path, header, rows)


def _boundaries(mesh: TaggedMesh, path: Path) -> Path:
    table, regions = mesh.surfaces, mesh.regions
    axes = AXES[: mesh.dimension]
    measure = "area (m^2)" if mesh.dimension == 3 else "length (m)"
    contact = "length at the {} electrode (m)" if mesh.dimension == 3 else "points at the {} electrode"
    header = ["boundary", "kind", "region 1", "region 2", "material 1", "material 2", measure, "facets"]
    header += ["misorientation (degrees)", *(f"axis {axis}" for axis in AXES), *(f"normal {axis}" for axis in axes)]
    header += [contact.format(electrode) for electrode in ("plating", "stripping")]
    properties = [name for name in PROPERTIES if name in table.properties]
    header += [f"{name.replace('_', ' ')} ({PROPERTIES[name]})" for name in properties]

    def lines() -> Iterable[Sequence[Any]]:
        for row in table.rows(*BOUNDARIES).tolist():
            first, second = table.regions[row]
            yield [
                table.name[row], table.kind[row], *(regions.name[side] for side in (first, second)),
                *(regions.material[side] for side in (first, second)), _text(table.measure[row]), table.facets[row],
                _text(np.degrees(table.misorientation[row])), *map(_text, table.misorientation_axis[row]),
                *map(_text, table.normal[row]), *map(_text, table.electrode_contact[row]),
                *(_text(table.properties[name][row]) for name in properties),
            ]  # fmt: skip

    return _write(path, header, lines())


def _triple_lines(mesh: TaggedMesh, path: Path) -> Path:
    table = mesh.triple_lines
    header = ["triple line", "regions", "dihedral angles (degrees)", "boundaries", "length (m)"]

    def lines() -> Iterable[Sequence[Any]]:
        for row, name in enumerate(table.name):
            angles = table.angle[table.regions.offsets[row] : table.regions.offsets[row + 1]]
            yield [
                name,
                "; ".join(mesh.regions.name[region] for region in table.regions[row].tolist()),
                "; ".join(f"{angle:.2f}" for angle in np.degrees(angles)),
                "; ".join(mesh.surfaces.name[surface] for surface in table.boundaries[row].tolist()),
                _text(table.measure[row]),
            ]

    if mesh.dimension == 3:
        return _write(path, header, lines())
    # in the plane a line is a point, and its length the depth of the cell
    place = mesh.points[table.ridges[np.argsort(table.ridge_line), 0]]
    rows = ([*line[:-1], *map(_text, at)] for line, at in zip(lines(), place, strict=True))
    return _write(path, [*header[:-1], "x (m)", "y (m)"], rows)


def _junctions(mesh: TaggedMesh, path: Path) -> Path:
    table = mesh.junctions
    rows = (
        [
            name,
            *map(_text, table.position[row]),
            "; ".join(mesh.regions.name[region] for region in table.regions[row].tolist()),
            "; ".join(mesh.triple_lines.name[line] for line in table.lines[row].tolist()),
        ]
        for row, name in enumerate(table.name)
    )
    return _write(path, ["junction", "x (m)", "y (m)", "z (m)", "regions", "triple lines"], rows)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def _text(value: float) -> str:
    """A number with nine digits, nothing for NaN."""
    return "" if np.isnan(value) else f"{value:.9g}"
