# SPDX-License-Identifier: LGPL-3.0-or-later
"""Gmsh in processes of its own: tasks go out as files, meshes come back as arrays, crashes as errors.

Gmsh's algorithms can crash or run on for ever on input that they do not like; a fallback needs a caller that survives.
Tasks are scaled to coordinates of order one by the caller. Every task runs on one thread, because HXT on several gives
another mesh each time and was no faster; several tasks run at once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.solid.size_grid import SizeGrid

Array = NDArray[np.float64]
Index = NDArray[np.int64]

OPTIONS = {
    "General.Terminal": 0,
    "General.NumThreads": 1,
    "Mesh.MeshSizeExtendFromBoundary": 0,
    "Mesh.MeshSizeFromPoints": 0,
    "Mesh.MeshSizeFromCurvature": 0,
    "Mesh.Optimize": 1,
    "Mesh.OptimizeThreshold": 0.3,
    "Mesh.Renumber": 0,
    "Geometry.Tolerance": 1e-14,
}


def write_task(
    folder: Path, dimension: int, options: Mapping[str, float], sizes: SizeGrid, origin: Array, extent: float
) -> None:
    """Write task.json and the size grids, in coordinates (x - origin) / extent."""
    for number, grid in enumerate(sizes.grids):
        with (folder / f"sizes_{number}.bin").open("wb") as stream:
            # Gmsh's binary "Structured" format: origin, spacing, numbers of points, values with z running fastest
            stream.write(np.concatenate([(grid.low - origin) / extent, grid.spacing / extent]).tobytes())
            stream.write(np.array(grid.values.shape, dtype=np.int32).tobytes())
            stream.write((grid.values / extent).astype(np.float64).tobytes())
    task = {
        "dimension": dimension,
        "options": OPTIONS | dict(options),
        "grids": len(sizes.grids),
        "largest_size": float(sizes.grids[0].values.max()) / extent,
    }
    (folder / "task.json").write_text(json.dumps(task))


def write_triangles(path: Path, points: Array, triangles: Index, surface: Index) -> None:
    """Write triangles (t, 3) with the number of the discrete surface of each in Gmsh's binary format 2.2.

    Tags are rows or numbers plus one. The file creates thousands of surfaces in the time of ten calls of the interface.
    """
    nodes = np.empty(len(points), dtype=[("tag", np.int32), ("at", np.float64, 3)])
    nodes["tag"], nodes["at"] = np.arange(1, len(points) + 1), points
    rows = np.zeros((len(triangles), 6), dtype=np.int32)  # tag, physical group, surface, three nodes
    rows[:, 0], rows[:, 2], rows[:, 3:] = np.arange(1, len(triangles) + 1), surface + 1, triangles + 1
    with path.open("wb") as stream:
        stream.write(b"$MeshFormat\n2.2 1 8\n" + np.int32(1).tobytes() + b"\n$EndMeshFormat\n")
        stream.write(b"$Nodes\n%d\n" % len(points) + nodes.tobytes() + b"\n$EndNodes\n")
        stream.write(b"$Elements\n%d\n" % len(rows) + np.array([2, len(rows), 2], dtype=np.int32).tobytes())
        stream.write(rows.tobytes() + b"\n$EndElements\n")


def run_tasks(folders: Sequence[Path], time_limit: float) -> list[dict[str, NDArray[Any]] | MeshingError]:
    """Run the tasks in the folders, as many at once as there are cores; the arrays each returns, or what went wrong.

    `time_limit` in s holds for each task.
    """
    with ThreadPoolExecutor(max_workers=available_cores()) as pool:
        return list(pool.map(lambda folder: _run(folder, time_limit), folders))


def run_task(folder: Path, time_limit: float) -> dict[str, NDArray[Any]]:
    """Run one task; raises MeshingError when it ends without a result."""
    result = _run(folder, time_limit)
    if isinstance(result, MeshingError):
        raise result
    return result


def available_cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(folder: Path, time_limit: float) -> dict[str, NDArray[Any]] | MeshingError:
    command = [sys.executable, "-m", "jadeite.microstructure.solid.gmsh_worker", str(folder)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=time_limit,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return MeshingError(f"Gmsh found no end in {time_limit:.0f} s")
    if done.returncode < 0:
        return MeshingError(f"Gmsh crashed ({signal.Signals(-done.returncode).name})")
    if done.returncode > 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        return MeshingError(f"Gmsh's process failed: {lines[-1] if lines else f'exit code {done.returncode}'}")
    with np.load(folder / "result.npz", allow_pickle=False) as data:
        return {name: data[name] for name in data.files}
