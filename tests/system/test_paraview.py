# SPDX-License-Identifier: LGPL-3.0-or-later
"""Field files reopened by ParaView's own Python and by PyVista, value by value: after kills, cuts and more steps."""

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvista
from vtkmodules.vtkIOHDF import vtkHDFReader

from jadeite.output.fields import Field, FieldFile, read_fields

PROBE = Path(__file__).with_name("paraview_probe.py")

# two grains of one tetrahedron each: the three points of the boundary between them exist twice
POINTS = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], dtype=np.float64
)
CELLS = np.array([[0, 1, 2, 3], [4, 5, 6, 7]])
RANDOM = np.random.default_rng(3)
VECTOR, TENSOR = RANDOM.random((8, 3)), RANDOM.random((2, 9))


def fields_at(time: float) -> tuple[list[Field], list[Field]]:
    jump = np.where(np.arange(8) < 4, 0.0, 10.0)
    point = [Field("potential", POINTS[:, 0] + jump + time, "V"), Field("displacement", VECTOR * (1.0 + time), "m")]
    return point, [Field("grain", np.array([0, 1])), Field("stress", TENSOR * (2.0 + time), "Pa")]


WRITER = textwrap.dedent("""
    import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])
    from test_paraview import CELLS, POINTS, fields_at
    from jadeite.output.fields import FieldFile
    file = FieldFile(Path(sys.argv[1]), POINTS, CELLS, 10, {"grain names": ("grain 1", "grain 2")}); step = 0
    while True:
        file.write(0.5 * step, *fields_at(0.5 * step)); step += 1
        print(step, flush=True)
""")


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    """A file whose writer was killed, cut back to three steps and continued, with the times it has."""
    path = tmp_path_factory.mktemp("series") / "fields.vtkhdf"
    command = [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < 6:
            pass
        process.kill()
    assert read_fields(path).steps >= 6
    with FieldFile.reopen(path, keep_until=1.2) as file:
        file.write(7.0, *fields_at(7.0))
    return path, [0.0, 0.5, 1.0, 7.0]


def assert_written(found: Any, time: float) -> None:
    """Compare a step as a dictionary of points, cells and arrays with what was written."""
    assert np.array_equal(np.array(found["points"]), POINTS)
    assert np.array_equal(np.array(found["cells"]), CELLS)
    point, cell = fields_at(time)
    assert set(found["arrays"]) == {field.label for field in (*point, *cell)}
    for field in (*point, *cell):
        assert np.array_equal(np.array(found["arrays"][field.label]).reshape(field.values.shape), field.values)


@pytest.mark.parametrize("suffix", [".vtkhdf", ".xdmf"])
def test_paraview_reads_what_was_written(series: tuple[Path, list[float]], suffix: str) -> None:
    path, times = series
    found = probe(path.with_suffix(suffix))
    assert [step["time"] for step in found] == times
    for step, time in zip(found, times, strict=True):
        assert_written(step, time)


def probe(path: Path) -> Any:
    pvpython, launcher = shutil.which("pvpython"), shutil.which("xvfb-run")
    if pvpython is None:
        pytest.skip("needs ParaView's Python: apt-get install paraview python3-paraview")
    version = re.search(r"(\d+)\.(\d+)", subprocess.run([pvpython, "--version"], capture_output=True, text=True).stdout)
    assert version is not None
    if path.suffix == ".vtkhdf" and (int(version[1]), int(version[2])) < (5, 12):
        pytest.skip(f"ParaView {version[0]} takes the .xdmf index: VTKHDF with times needs 5.12")
    command = [pvpython, str(PROBE), str(path)]
    ended = subprocess.run(
        [launcher, "-a", *command] if launcher else command, capture_output=True, text=True, timeout=200, check=False
    )
    printed = [line for line in ended.stdout.splitlines() if line.startswith("PROBE ")]
    assert printed, f"{ended.stdout}\n{ended.stderr}"
    return json.loads(printed[0].removeprefix("PROBE "))


def test_pyvista_reads_what_was_written(series: tuple[Path, list[float]]) -> None:
    path, times = series
    reader: Any = vtkHDFReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    assert list(reader.GetOutputInformation(0).Get(reader.GetExecutive().TIME_STEPS())) == times
    index = pyvista.XdmfReader(path.with_suffix(".xdmf"))
    assert index.time_values == times
    for step, time in enumerate(times):
        reader.SetStep(step)
        reader.Update()
        index.set_active_time_value(time)
        indexed: Any = index.read()
        indexed = indexed[0] if isinstance(indexed, pyvista.MultiBlock) else indexed
        for grid in (pyvista.wrap(reader.GetOutput()), indexed):
            arrays = {**dict(grid.point_data.items()), **dict(grid.cell_data.items())}
            assert_written({"points": grid.points, "cells": grid.cells.reshape(-1, 5)[:, 1:], "arrays": arrays}, time)
    assert pyvista.read(path).field_data["grain names"].tolist() == ["grain 1", "grain 2"]
