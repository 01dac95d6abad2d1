# SPDX-License-Identifier: LGPL-3.0-or-later
"""Size of the file and time to write the fields of a million cells: ours beside DOLFINx's XDMF, VTX and VTK files.

A cube of tetrahedra in eight grains carries a potential that jumps from grain to grain (degree 1 and 2), a vector and
a tensor at the same nodes, and a number, a vector and a tensor per cell. What DOLFINx's XDMF cannot hold (jumps,
degree 2) is left out of that file, and named in the table. Every writer is a run of its own, so that its memory is
its own: ``python tests/benchmarks/output_writing.py`` starts all of them on one and on two ranks.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

WRITERS = ("jadeite", "XDMF", "VTX", "VTK")


def main() -> None:
    """Run one writer on the ranks of this job, or all of them one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--degrees", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--steps", type=int, default=1, help="states that are written, each with other values")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/output"))
    parser.add_argument("--writers", nargs="+", choices=WRITERS, default=WRITERS)
    parser.add_argument("--writer", choices=WRITERS, help="measure this one on the ranks of this job")
    options = parser.parse_args()
    if options.writer is not None:
        measure(options.writer, options.cells, options.degrees[0], options.steps, options.folder)
        return
    rows = []
    for ranks in options.ranks:
        for degree in options.degrees:
            for writer in options.writers:
                launcher = [] if ranks == 1 else [str(Path(sys.executable).with_name("mpirun")), "-n", str(ranks)]
                command = [*launcher, sys.executable, __file__, "--writer", writer, "--cells", str(options.cells)]
                command += ["--degrees", str(degree), "--steps", str(options.steps), "--folder", str(options.folder)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                row = json.loads(done.stdout.strip().splitlines()[-1])
                rows.append({"ranks": ranks, "degree": degree, "writer": writer, **row})
                sys.stdout.write(line(rows[-1]) if len(rows) > 1 else HEADER + line(rows[-1]))
                sys.stdout.flush()
    options.folder.mkdir(parents=True, exist_ok=True)
    table = HEADER + "".join(map(line, rows))
    (options.folder.parent / "output_writing.md").write_text(table, encoding="utf-8")


HEADER = (
    "| ranks | degree | writer | cells | file, MB | written in, s | processor time, s | then to disk, s "
    "| memory of rank 0, MB | missing |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
)


def line(row: dict[str, float | str]) -> str:
    """Return one row of the table."""
    return (
        f"| {row['ranks']} | {row['degree']} | {row['writer']} | {row['cells']} | {row['megabytes']:.0f} "
        f"| {row['seconds']:.2f} | {row['processor']:.2f} | {row['synchronising']:.2f} | {row['memory']:.0f} "
        f"| {row['missing']} |\n"
    )


def measure(writer: str, cells: int, degree: int, steps: int, folder: Path) -> None:
    """Write the same fields with one writer, and print size, time and memory as JSON.

    Memory is what rank 0 needed at most while it wrote, above what it held before.
    """
    from mpi4py import MPI

    import jadeite.fem  # noqa: F401  (before DOLFINx: it knows which one is installed)

    comm = MPI.COMM_WORLD
    fields = SampleFields(comm, round((cells / 6) ** (1 / 3)), degree)
    target = folder / f"{writer}-{comm.size}-{degree}"
    if comm.rank == 0:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
    write, missing = {
        "jadeite": fields.with_jadeite, "XDMF": fields.with_xdmf, "VTX": fields.with_vtx, "VTK": fields.with_vtk
    }[writer](target)  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    comm.Barrier()
    begin, busy = time.perf_counter(), time.process_time()
    write(steps)
    processor = comm.allreduce(time.process_time() - busy)
    written = time.perf_counter()
    if comm.rank == 0:
        subprocess.run(["sync", "--file-system", str(target)], check=True)
        print(
            json.dumps(
                {
                    "cells": fields.cells,
                    "megabytes": sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) / 1e6,
                    "seconds": written - begin,
                    "processor": processor,
                    "synchronising": time.perf_counter() - written,
                    "memory": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3,
                    "missing": missing,
                }
            )
        )


Writer = tuple[Callable[[int], None], str]


class SampleFields:
    """The mesh and its fields: smooth in each grain, with the noise that an iterative solver leaves."""

    def __init__(self, comm: object, edge: int, degree: int) -> None:
        """Mesh a cube with so many cells along an edge (times six), and fill the fields."""
        import numpy as np
        from dolfinx import fem, mesh

        from jadeite.fem.broken import broken_space

        box = mesh.create_unit_cube(comm, edge, edge, edge, ghost_mode=mesh.GhostMode.shared_facet)
        self.mesh, self.degree = box, degree
        self.owned = box.topology.index_map(3).size_local
        self.cells = box.topology.index_map(3).size_global
        local = self.owned + box.topology.index_map(3).num_ghosts
        middle = mesh.compute_midpoints(box, 3, np.arange(local, dtype=np.int32))
        self.grain = (middle > 0.5) @ np.array([1, 2, 4])
        self.space = broken_space(box, self.grain, ("Lagrange", degree))
        count = self.space.space.dofmap.index_map.size_local + self.space.space.dofmap.index_map.num_ghosts
        x = self.space.continuous.tabulate_dof_coordinates()[self.space.parent]
        piece = np.zeros(count)
        piece[self.space.space.dofmap.list] = self.grain[:, None]
        random = np.random.default_rng(comm.rank)  # type: ignore[attr-defined]

        def like_solved(values: np.ndarray) -> np.ndarray:
            return values * (1.0 + 1e-9 * random.standard_normal(values.shape))

        wave = np.column_stack([np.sin((k + 2) * x[:, k % 3] + piece) * np.exp(x[:, (k + 1) % 3]) for k in range(9)])
        self.potential = like_solved(wave[:, 0] + 0.1 * piece)
        self.vector, self.tensor = like_solved(wave[:, :3]), like_solved(1e6 * wave)
        centre = middle[: self.owned]
        wave = np.column_stack([np.cos((k + 2) * centre[:, k % 3]) for k in range(9)])
        self.cell_vector, self.cell_tensor = like_solved(wave[:, :3]), like_solved(1e6 * wave)
        self.fem = fem

    def with_jadeite(self, target: Path) -> Writer:
        """Jadeite's own file, by way of the same series that every study uses."""
        import numpy as np

        from jadeite.output.fields import Field
        from jadeite.study.series import FieldSeries, vtk_geometry

        owned = self.space.space.dofmap.index_map.size_local

        def write(steps: int) -> None:
            geometry = vtk_geometry(self.space, self.owned)
            with FieldSeries(target / "fields.vtkhdf", self.mesh.comm, *geometry) as series:
                for step in range(steps):
                    factor = 1.0 + step
                    series.write(
                        float(step),
                        [
                            Field("potential", factor * self.potential[:owned], "V"),
                            Field("displacement", factor * self.vector[:owned], "m"),
                            Field("recovered stress", factor * self.tensor[:owned], "Pa"),
                        ],
                        [
                            Field("grain", self.grain[: self.owned].astype(np.int64)),
                            Field("current density", factor * self.cell_vector, "A m^-2"),
                            Field("stress", factor * self.cell_tensor, "Pa"),
                        ],
                    )

        return write, ""

    def with_xdmf(self, target: Path) -> Writer:
        """DOLFINx's XDMFFile: fields of the degree of the mesh, continuous."""
        from dolfinx import io

        point = self._continuous(1)
        cell = self._cell_functions()

        def write(steps: int) -> None:
            with io.XDMFFile(self.mesh.comm, target / "fields.xdmf", "w") as file:
                file.write_mesh(self.mesh)
                for step in range(steps):
                    for function in (*point, *cell):
                        file.write_function(function, float(step))

        return write, "jumps" if self.degree == 1 else "jumps, degree 2"

    def with_vtx(self, target: Path) -> Writer:
        """DOLFINx's VTXWriter: discontinuous elements keep the jumps, at four or ten nodes a cell."""
        from dolfinx import io

        element = ("Discontinuous Lagrange", self.degree)
        functions = (*self._broken(element), *self._cell_functions())

        def write(steps: int) -> None:
            with io.VTXWriter(self.mesh.comm, target / "fields.bp", list(functions)) as file:
                for step in range(steps):
                    file.write(float(step))

        return write, ""

    def with_vtk(self, target: Path) -> Writer:
        """DOLFINx's VTKFile, with discontinuous elements too."""
        from dolfinx import io

        functions = (*self._broken(("Discontinuous Lagrange", self.degree)), *self._cell_functions())

        def write(steps: int) -> None:
            with io.VTKFile(self.mesh.comm, target / "fields.pvd", "w") as file:
                for step in range(steps):
                    file.write_function(list(functions), float(step))

        return write, ""

    def _broken(self, element: tuple[str, int]) -> list[object]:
        """The point fields on an element that knows no neighbours."""
        found = []
        for name, values in (("potential", self.potential), ("displacement", self.vector), ("stress", self.tensor)):
            shape = () if values.ndim == 1 else (3,) if values.shape[1] == 3 else (3, 3)
            function = self.fem.Function(self.fem.functionspace(self.mesh, (*element, shape)), name=name)
            size = function.function_space.dofmap.bs
            rows = function.x.array.reshape(-1, size)
            rows[function.function_space.dofmap.list] = values.reshape(len(values), -1)[self.space.space.dofmap.list]
            found.append(function)
        return found

    def _continuous(self, degree: int) -> list[object]:
        """Point fields that do not jump, of the values on one side."""
        found = []
        for name, shape in (("potential", ()), ("displacement", (3,)), ("recovered stress", (3, 3))):
            function = self.fem.Function(self.fem.functionspace(self.mesh, ("Lagrange", degree, shape)), name=name)
            size = function.function_space.dofmap.bs
            rows = function.x.array.reshape(-1, size)
            x = function.function_space.tabulate_dof_coordinates()
            for component in range(size):
                rows[:, component] = self._noisy(component + 1, x)
            found.append(function)
        return found

    def _noisy(self, number: int, x: object) -> object:
        import numpy as np

        random = np.random.default_rng(number)
        values = np.sin((number + 1) * np.asarray(x)[:, number % 3])
        return values * (1.0 + 1e-9 * random.standard_normal(len(values)))

    def _cell_functions(self) -> list[object]:
        found = []
        arrays = {
            "grain": self.grain[: self.owned, None],
            "current density": self.cell_vector,
            "cell stress": self.cell_tensor,
        }
        for name, values in arrays.items():
            shape = {1: (), 3: (3,), 9: (3, 3)}[values.shape[1]]
            space = self.fem.functionspace(self.mesh, ("Discontinuous Lagrange", 0, shape))
            function = self.fem.Function(space, name=name)
            function.x.array[: values.size] = values.ravel()
            function.x.scatter_forward()
            found.append(function)
        return found


if __name__ == "__main__":
    main()
