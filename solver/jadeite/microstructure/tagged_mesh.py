# SPDX-License-Identifier: LGPL-3.0-or-later
"""A mesh whose cells and facets carry rows of named tables: what a microstructure hands to every solver.

A row number is an index into `RegionTable` or `SurfaceTable` and nothing else; the numbers a mesh generator uses
inside never get here. All lengths are in metres. The file format is one ``.npz``: plain arrays, and one JSON text for
the names and the small records, so that no pickle is ever read.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE_FORMAT = "jadeite tagged mesh 1"


class SurfaceKind(StrEnum):
    """What a boundary entity is, physically."""

    GRAIN_BOUNDARY = "grain boundary"
    LAYER_INTERFACE = "layer interface"
    PLATING_ELECTRODE = "plating electrode"
    STRIPPING_ELECTRODE = "stripping electrode"
    UNWETTED_PATCH = "unwetted patch"
    FLAW_WALL = "flaw wall"
    PORE_WALL = "pore wall"
    SIDE_WALL = "side wall"


@dataclass(frozen=True, eq=False)
class RegionTable:
    """One row per region, a grain or a layer.

    `orientation` holds unit quaternions (w, x, y, z) that turn the crystal frame actively into the laboratory frame;
    `measure` is the area in m^2 (2-D) or the volume in m^3.
    """

    name: tuple[str, ...]
    material: tuple[str, ...]
    orientation: NDArray[np.float64]
    measure: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, eq=False)
class SurfaceTable:
    """One row per boundary entity: a grain boundary, an electrode, the wall of a flaw or of a pore.

    `regions` holds the two region rows on either side, -1 for outside or for several; `misorientation` is in rad and
    NaN where the surface does not lie between two grains; `measure` is the length in m (2-D) or the area in m^2.
    """

    name: tuple[str, ...]
    kind: tuple[SurfaceKind, ...]
    regions: NDArray[np.int32]
    misorientation: NDArray[np.float64]
    measure: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.name)

    def rows(self, *kinds: SurfaceKind) -> NDArray[np.int32]:
        """Rows whose kind is one of `kinds`, in ascending order."""
        return np.array([row for row, kind in enumerate(self.kind) if kind in kinds], dtype=np.int32)


@dataclass(frozen=True)
class Flaw:
    """A thin V-notch open to the plating electrode: mouth on y = 0, tip inside the ceramic.

    `direction` is the unit vector from mouth to tip, `depth` the distance between them along it; lengths in m.
    """

    name: str
    mouth: tuple[float, float]
    tip: tuple[float, float]
    mouth_width: float
    depth: float
    direction: tuple[float, float]
    tip_region: str


@dataclass(frozen=True)
class Pore:
    """A closed pore: a disc in 2-D, its centre and radius in m."""

    name: str
    centre: tuple[float, float]
    radius: float


@dataclass(frozen=True)
class Patch:
    """An unwetted interval start <= x <= end of the plating electrode y = 0, in m."""

    name: str
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class TaggedMesh:
    """Simplices with a region row each, and every facet that lies on a boundary entity with its surface row.

    `points` (n, dim) in m; `cells` (m, dim+1), positively oriented; `cell_region` (m,); `facets` (k, dim), every facet
    of an interior boundary or of the outer boundary, once; `facet_surface` (k,).
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
    statistics: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return int(self.points.shape[1])

    def save(self, path: Path) -> None:
        """Write the mesh to `path` as ``.npz``, atomically.

        The file is written beside its destination and renamed, so that a reader never sees half a mesh and a full disk
        leaves an earlier file intact. Raises OSError.
        """
        tables: dict[str, Any] = {
            "format": FILE_FORMAT,
            "regions": {"name": self.regions.name, "material": self.regions.material},
            "surfaces": {"name": self.surfaces.name, "kind": [str(kind) for kind in self.surfaces.kind]},
            "flaws": [asdict(flaw) for flaw in self.flaws],
            "pores": [asdict(pore) for pore in self.pores],
            "patches": [asdict(patch) for patch in self.patches],
            "statistics": self.statistics,
        }
        arrays: dict[str, NDArray[Any]] = {
            "points": self.points,
            "cells": self.cells,
            "cell_region": self.cell_region,
            "facets": self.facets,
            "facet_surface": self.facet_surface,
            "region_orientation": self.regions.orientation,
            "region_measure": self.regions.measure,
            "surface_regions": self.surfaces.regions,
            "surface_misorientation": self.surfaces.misorientation,
            "surface_measure": self.surfaces.measure,
            "tables": np.array(json.dumps(tables)),
        }
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

    @classmethod
    def load(cls, path: Path) -> TaggedMesh:
        """Read a mesh that `save` wrote; raises ValueError when the file holds something else."""
        with np.load(path, allow_pickle=False) as data:
            if "tables" not in data:
                raise ValueError(f"{path} is not a tagged mesh: it has no tables")
            tables = json.loads(str(data["tables"]))
            if tables.get("format") != FILE_FORMAT:
                raise ValueError(f"{path} has format {tables.get('format')!r}, this version reads {FILE_FORMAT!r}")
            arrays = {name: data[name] for name in data.files if name != "tables"}
        regions = RegionTable(
            tuple(tables["regions"]["name"]),
            tuple(tables["regions"]["material"]),
            arrays["region_orientation"],
            arrays["region_measure"],
        )
        surfaces = SurfaceTable(
            tuple(tables["surfaces"]["name"]),
            tuple(SurfaceKind(kind) for kind in tables["surfaces"]["kind"]),
            arrays["surface_regions"],
            arrays["surface_misorientation"],
            arrays["surface_measure"],
        )
        pairs = ("mouth", "tip", "direction", "centre")
        records: dict[str, list[dict[str, Any]]] = {
            group: [{key: tuple(v) if key in pairs else v for key, v in row.items()} for row in tables[group]]
            for group in ("flaws", "pores", "patches")
        }
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
            tables["statistics"],
        )
