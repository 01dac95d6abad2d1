# SPDX-License-Identifier: LGPL-3.0-or-later
"""A mesh whose cells and facets carry rows of named tables: what a microstructure hands to every solver.

A row number is an index into `RegionTable` or `SurfaceTable` and nothing else; the numbers a mesh generator uses
inside never get here. All lengths are in metres. The file format is one ``.npz``: plain arrays, and one JSON text for
the names and the small records, so that no pickle is ever read.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.network.tables import JunctionTable, TripleLineTable, columns, read_columns
from jadeite.numpy_archive import read_archive

FILE_FORMAT = "jadeite tagged mesh 2"

Point = tuple[float, ...]


class SurfaceKind(StrEnum):
    """What a boundary entity is, physically."""

    GRAIN_BOUNDARY = "grain boundary"
    PHASE_BOUNDARY = "phase boundary"
    PLATING_ELECTRODE = "plating electrode"
    STRIPPING_ELECTRODE = "stripping electrode"
    UNWETTED_PATCH = "unwetted patch"
    FLAW_WALL = "flaw wall"
    PORE_WALL = "pore wall"
    EMBEDDED_CRACK = "embedded crack"
    SIDE_WALL = "side wall"


@dataclass(frozen=True, eq=False)
class RegionTable:
    """One row per region: a grain, a uniform layer, a particle.

    `orientation` holds unit quaternions (w, x, y, z) that turn the crystal frame actively into the laboratory frame;
    `measure` is the area in m^2 (2-D) or the volume in m^3 (3-D, bodies of revolution). `grain` numbers the grains:
    regions that share a number are pieces of one grain, which a periodic side has cut; without it, every region is a
    grain of its own.
    `crystal_symmetry` names the symmetry for misorientations of each region, triclinic if left out.
    """

    name: tuple[str, ...]
    material: tuple[str, ...]
    orientation: NDArray[np.float64]
    measure: NDArray[np.float64]
    grain: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    crystal_symmetry: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.grain) == 0:
            object.__setattr__(self, "grain", np.arange(len(self.name), dtype=np.int32))
        if not self.crystal_symmetry:
            object.__setattr__(self, "crystal_symmetry", ("triclinic",) * len(self.name))

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, eq=False)
class SurfaceTable:
    """One row per boundary entity: a grain boundary, an electrode, the wall of a flaw or of a pore.

    `regions` holds the two region rows on either side, -1 for outside or for several; `misorientation` is in rad and
    NaN where the surface does not lie between two grains; `measure` is the length in m (2-D) or the area in m^2.

    The columns that `network.attach_network` fills are NaN (zero for counts and lengths) elsewhere: `normal` (n, dim),
    the unit mean normal from regions[0] to regions[1]; `misorientation_axis` (n, 3), a unit vector in the frame of the
    crystals; `facets` (n,), their number; `electrode_contact` (n, 2), the length in m (in 2-D the number of points) on
    which the boundary meets the plating and the stripping electrode. `properties` holds rows that interface laws read,
    by name in SI units, NaN where a surface has none.
    """

    name: tuple[str, ...]
    kind: tuple[SurfaceKind, ...]
    regions: NDArray[np.int32]
    misorientation: NDArray[np.float64]
    measure: NDArray[np.float64]
    normal: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    misorientation_axis: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    facets: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    electrode_contact: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    properties: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = len(self.name)
        for column, absent in (("normal", np.nan), ("misorientation_axis", np.nan), ("electrode_contact", 0.0)):
            given = getattr(self, column)
            if len(given) != rows:
                object.__setattr__(self, column, np.full((rows, given.shape[1]), absent))
        if len(self.facets) != rows:
            object.__setattr__(self, "facets", np.zeros(rows, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.name)

    def rows(self, *kinds: SurfaceKind) -> NDArray[np.int32]:
        """Rows whose kind is one of `kinds`, in ascending order."""
        return np.array([row for row, kind in enumerate(self.kind) if kind in kinds], dtype=np.int32)


@dataclass(frozen=True)
class Flaw:
    """A flaw open to the plating electrode: mouth on y = 0, tip inside the ceramic; lengths in m.

    `tip` is the deepest point, `depth` its distance from the middle of the mouth and `direction` the unit vector from
    there to it; `normal` is the unit normal of the flaw's plane (for a flaw along grain boundaries, of the plane it
    follows). In 3-D, `half_length` is half the length of the mouth and `front` a polyline of points from one end of the
    mouth over the tip to the other; in 2-D the front is the tip. `mouth_width` is zero for a cut, whose two walls are
    distinct facets in the same place. `tip_region` is the name of the region ahead of the tip.
    """

    name: str
    mouth: Point
    tip: Point
    mouth_width: float
    depth: float
    direction: Point
    tip_region: str
    form: str = "notch"
    normal: Point = ()
    half_length: float = 0.0
    front: tuple[Point, ...] = ()

    def __post_init__(self) -> None:
        if not self.normal:
            object.__setattr__(self, "normal", (self.direction[1], -self.direction[0], *self.direction[2:]))
        if not self.front:
            object.__setattr__(self, "front", (self.tip,))


@dataclass(frozen=True)
class Crack:
    """An empty cut inside the ceramic; in 2-D the front holds its two ends, in 3-D a closed polyline. Lengths in m."""

    name: str
    centre: Point
    normal: Point
    half_length: float
    front: tuple[Point, ...]


@dataclass(frozen=True)
class Pore:
    """A closed pore: its centre, the radius in m of the disc (sphere) of equal area (volume), and where it sits.

    `place` is "grain interior", "grain boundary", "triple junction" or "triple line".
    """

    name: str
    centre: Point
    radius: float
    place: str = "triple junction"


@dataclass(frozen=True)
class Patch:
    """An unwetted part of the plating electrode y = 0, in m.

    It spans start <= x <= end; in 3-D, `outline` is the closed polyline (x, z) around it, without repetition.
    """

    name: str
    start: float
    end: float
    outline: tuple[Point, ...] = ()


@dataclass(frozen=True, eq=False)
class PeriodicSides:
    """Points on opposite sides: a row of `points` (k, 2) is a point and its image `period` (m) further along `axis`."""

    axis: int
    period: float
    points: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TaggedMesh:
    """Simplices with a region row each, and every facet that lies on a boundary entity with its surface row.

    `points` (n, dim) in m; `cells` (m, dim+1), positively oriented; `cell_region` (m,); `facets` (k, dim), every facet
    of an interior boundary or of the outer boundary, once; `facet_surface` (k,).

    An `axisymmetric` plane mesh stands for the body that it sweeps around the axis x = 0: measures of its regions are
    volumes, those of its surfaces areas (`revolution.py`).
    """

    points: NDArray[np.float64]
    cells: NDArray[np.int64]
    cell_region: NDArray[np.int32]
    facets: NDArray[np.int64]
    facet_surface: NDArray[np.int32]
    regions: RegionTable
    surfaces: SurfaceTable
    flaws: tuple[Flaw, ...] = ()
    pores: tuple[Pore, ...] = ()
    patches: tuple[Patch, ...] = ()
    cracks: tuple[Crack, ...] = ()
    periodic: tuple[PeriodicSides, ...] = ()
    triple_lines: TripleLineTable = field(default_factory=TripleLineTable)
    junctions: JunctionTable = field(default_factory=JunctionTable)
    statistics: dict[str, float | int | str] = field(default_factory=dict)
    axisymmetric: bool = False

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return int(self.points.shape[1])

    @property
    def measured_in_space(self) -> bool:
        """Whether regions are measured in m^3 and surfaces in m^2: in 3-D, and for bodies of revolution."""
        return self.dimension == 3 or self.axisymmetric

    def save(self, path: Path) -> None:
        """Write the mesh to `path` as ``.npz``, atomically.

        The file is written beside its destination and renamed, so that a reader never sees half a mesh and a full disk
        leaves an earlier file intact. Raises OSError.
        """
        tables: dict[str, Any] = {
            "format": FILE_FORMAT,
            "regions": {
                "name": self.regions.name,
                "material": self.regions.material,
                "crystal_symmetry": self.regions.crystal_symmetry,
            },
            "surfaces": {"name": self.surfaces.name, "kind": [str(kind) for kind in self.surfaces.kind]},
            "flaws": [asdict(flaw) for flaw in self.flaws],
            "pores": [asdict(pore) for pore in self.pores],
            "patches": [asdict(patch) for patch in self.patches],
            "cracks": [asdict(crack) for crack in self.cracks],
            "periodic": [{"axis": sides.axis, "period": sides.period} for sides in self.periodic],
            "triple_lines": self.triple_lines.name,
            "junctions": self.junctions.name,
            "statistics": self.statistics,
            "axisymmetric": self.axisymmetric,
        }
        arrays: dict[str, NDArray[Any]] = {
            "points": self.points,
            "cells": self.cells,
            "cell_region": self.cell_region,
            "facets": self.facets,
            "facet_surface": self.facet_surface,
            "region_orientation": self.regions.orientation,
            "region_measure": self.regions.measure,
            "region_grain": self.regions.grain,
            "surface_regions": self.surfaces.regions,
            "surface_misorientation": self.surfaces.misorientation,
            "surface_measure": self.surfaces.measure,
            "surface_normal": self.surfaces.normal,
            "surface_misorientation_axis": self.surfaces.misorientation_axis,
            "surface_facets": self.surfaces.facets,
            "surface_electrode_contact": self.surfaces.electrode_contact,
            "tables": np.array(json.dumps(tables)),
        }
        arrays |= {f"surface_property_{name}": values for name, values in self.surfaces.properties.items()}
        arrays |= columns("triple_lines", self.triple_lines) | columns("junctions", self.junctions)
        arrays |= {f"periodic_{row}": sides.points for row, sides in enumerate(self.periodic)}
        path = Path(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                np.savez_compressed(stream, allow_pickle=False, **arrays)
                stream.flush()
                os.fsync(stream.fileno())
            # mkstemp makes private files; a mesh gets the rights any other file of the user would get
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def digest(self) -> str:
        """Return the SHA-256 (hexadecimal) of points, cells, regions and tagged facets."""
        total = hashlib.sha256()
        for array in (self.points, self.cells, self.cell_region, self.facets, self.facet_surface):
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    @classmethod
    def load(cls, path: Path) -> TaggedMesh:
        """Read a mesh that `save` wrote; raises ValueError when the file holds something else."""
        arrays = read_archive(Path(path))
        if "tables" not in arrays:
            raise ValueError(f"{path} is not a tagged mesh: it has no tables")
        tables = json.loads(str(arrays.pop("tables")))
        if tables.get("format") != FILE_FORMAT:
            raise ValueError(f"{path} has format {tables.get('format')!r}, this version reads {FILE_FORMAT!r}")
        regions = RegionTable(
            tuple(tables["regions"]["name"]),
            tuple(tables["regions"]["material"]),
            arrays["region_orientation"],
            arrays["region_measure"],
            arrays["region_grain"],
            tuple(tables["regions"]["crystal_symmetry"]),
        )
        surfaces = SurfaceTable(
            tuple(tables["surfaces"]["name"]),
            tuple(SurfaceKind(kind) for kind in tables["surfaces"]["kind"]),
            arrays["surface_regions"],
            arrays["surface_misorientation"],
            arrays["surface_measure"],
            arrays["surface_normal"],
            arrays["surface_misorientation_axis"],
            arrays["surface_facets"],
            arrays["surface_electrode_contact"],
            {
                name.removeprefix("surface_property_"): values
                for name, values in arrays.items()
                if name.startswith("surface_property_")
            },
        )
        records = {group: [_tuples(row) for row in tables[group]] for group in ("flaws", "pores", "patches", "cracks")}
        return cls(
            arrays["points"],
            arrays["cells"],
            arrays["cell_region"],
            arrays["facets"],
            arrays["facet_surface"],
            regions,
            surfaces,
            tuple(Flaw(**row) for row in records["flaws"]),
            tuple(Pore(**row) for row in records["pores"]),
            tuple(Patch(**row) for row in records["patches"]),
            tuple(Crack(**row) for row in records["cracks"]),
            tuple(
                PeriodicSides(row["axis"], row["period"], arrays[f"periodic_{number}"])
                for number, row in enumerate(tables["periodic"])
            ),
            TripleLineTable(tuple(tables["triple_lines"]), **read_columns("triple_lines", arrays)),
            JunctionTable(tuple(tables["junctions"]), **read_columns("junctions", arrays)),
            tables["statistics"],
            tables.get("axisymmetric", False),
        )


def _tuples(record: dict[str, Any]) -> dict[str, Any]:
    """A record read from JSON with tuples for its lists, those inside them included."""

    def frozen(value: Any) -> Any:
        return tuple(frozen(part) for part in value) if isinstance(value, list) else value

    return {key: frozen(value) for key, value in record.items()}
