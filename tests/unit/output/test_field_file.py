# SPDX-License-Identifier: LGPL-3.0-or-later
import subprocess
import sys
import textwrap
from pathlib import Path

import h5py
import numpy as np
import pytest
import pyvista
from vtkmodules.vtkIOHDF import vtkHDFReader

from jadeite.output.fields import Field, FieldFile, read_fields
from jadeite.output.folder import OutputError

# one reference cell of each kind in VTK's node order, and its measure
CORNERS = {
    3: [[0, 0, 0], [2, 0, 0]],
    5: [[0, 0, 0], [1, 0, 0], [0, 1, 0]],
    10: [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
    21: [[0, 0, 0], [2, 0, 0], [1, 0, 0]],
    22: [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0.5, 0, 0], [0.5, 0.5, 0], [0, 0.5, 0]],
    24: [
        [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1],
        [0.5, 0, 0], [0.5, 0.5, 0], [0, 0.5, 0], [0, 0, 0.5], [0.5, 0, 0.5], [0, 0.5, 0.5],
    ],
}  # fmt: skip
MEASURE = {3: 2.0, 5: 0.5, 10: 1 / 6, 21: 2.0, 22: 0.5, 24: 1 / 6}

# a square cut along x = 1 into two grains: the points of the cut exist twice
SPLIT_POINTS = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [1, 0], [2, 0], [2, 1], [1, 1]], float)
SPLIT_CELLS = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])


def hdf_reader(path: Path) -> vtkHDFReader:
    reader = vtkHDFReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    return reader


def at_step(reader: vtkHDFReader, step: int) -> pyvista.UnstructuredGrid:
    reader.SetStep(step)
    reader.Update()
    return pyvista.wrap(reader.GetOutput())


@pytest.mark.parametrize("kind", sorted(CORNERS))
def test_every_cell_type_keeps_its_points_and_measure(tmp_path: Path, kind: int) -> None:
    points = np.array(CORNERS[kind], float)
    cells = np.arange(len(points))[None]
    with FieldFile(tmp_path / "f.vtkhdf", points, cells, kind) as file:
        file.write(0.0, point=[Field("x", points[:, 0], "m")], cell=[Field("grain", np.array([7]))])
    grid = pyvista.read(tmp_path / "f.vtkhdf")
    assert grid.celltypes.tolist() == [kind]
    assert np.array_equal(grid.points, points)
    assert np.array_equal(grid.point_data["x (m)"], points[:, 0])
    assert np.issubdtype(grid.cell_data["grain"].dtype, np.integer) and grid.cell_data["grain"].tolist() == [7]
    sizes = grid.compute_cell_sizes()
    measured = sizes["Length"][0] + sizes["Area"][0] + sizes["Volume"][0]
    assert measured == pytest.approx(MEASURE[kind], rel=1e-12)
    indexed = pyvista.read(tmp_path / "f.xdmf")
    assert np.array_equal(indexed.points, points) and np.array_equal(indexed.cells[1:], cells[0])
    assert indexed.celltypes.tolist() == [4 if kind == 3 else kind]  # XDMF knows a line as a polyline
    assert np.array_equal(indexed.point_data["x (m)"], points[:, 0])


def write_split(path: Path, steps: int = 3) -> None:
    left = SPLIT_POINTS[:, 0].copy()
    with FieldFile(path, SPLIT_POINTS, SPLIT_CELLS, 5) as file:
        for step in range(steps):
            potential = (1 + step) * (left + 10 * (np.arange(8) >= 4))
            file.write(
                0.5 * step,
                point=[
                    Field("potential", potential, "V", "electric potential of the ceramic"),
                    Field("displacement", np.column_stack([left, 2 * left]), "m"),
                ],
                cell=[
                    Field("current density", np.full((4, 2), step), "A m^-2"),
                    Field("stress", np.tile([1.0, 2.0, 3.0, 4.0 + step], (4, 1)), "Pa"),
                    Field("grain", np.array([0, 0, 1, 1], np.int32)),
                ],
            )


def test_series_reopens_with_times_ranges_and_the_jump_across_the_cut(tmp_path: Path) -> None:
    write_split(tmp_path / "f.vtkhdf")
    reader = hdf_reader(tmp_path / "f.vtkhdf")
    assert reader.GetNumberOfSteps() == 3
    information = reader.GetOutputInformation(0)
    times = information.Get(reader.GetExecutive().TIME_STEPS())
    assert list(times) == [0.0, 0.5, 1.0]
    for step in range(3):
        grid = at_step(reader, step)
        assert grid.n_points == 8 and grid.n_cells == 4
        potential = grid.point_data["potential (V)"]
        on_cut = np.isclose(grid.points[:, 0], 1.0)
        assert sorted(potential[on_cut]) == [1 + step, 1 + step, 11 * (1 + step), 11 * (1 + step)]
        assert grid.get_data_range("potential (V)") == (0.0, 12.0 * (1 + step))
        assert np.array_equal(grid.cell_data["current density (A m^-2)"], np.tile([step, step, 0.0], (4, 1)))
        assert np.array_equal(grid.cell_data["stress (Pa)"][2], [1, 2, 0, 3, 4 + step, 0, 0, 0, 0])
        assert np.array_equal(grid.cell_data["grain"], [0, 0, 1, 1])


def test_xdmf_index_shows_the_same_series(tmp_path: Path) -> None:
    write_split(tmp_path / "f.vtkhdf")
    reader = pyvista.XdmfReader(tmp_path / "f.xdmf")
    assert reader.time_values == [0.0, 0.5, 1.0]
    for step, time in enumerate(reader.time_values):
        reader.set_active_time_value(time)
        grid = reader.read()
        grid = grid[0] if isinstance(grid, pyvista.MultiBlock) else grid
        assert grid.get_data_range("potential (V)") == (0.0, 12.0 * (1 + step))
        assert np.array_equal(grid.cell_data["grain"], [0, 0, 1, 1])
        assert np.array_equal(grid.cell_data["stress (Pa)"].reshape(4, 9)[2], [1, 2, 0, 3, 4 + step, 0, 0, 0, 0])


def test_read_fields_returns_any_step(tmp_path: Path) -> None:
    write_split(tmp_path / "f.vtkhdf")
    first, last = read_fields(tmp_path / "f.vtkhdf", 0), read_fields(tmp_path / "f.vtkhdf")
    assert (first.time, last.time, last.steps, last.vtk_cell_type) == (0.0, 1.0, 3, 5)
    assert np.array_equal(last.cells, SPLIT_CELLS) and np.array_equal(last.points[:, :2], SPLIT_POINTS)
    assert np.array_equal(3 * first.point["potential (V)"], last.point["potential (V)"])
    with pytest.raises(OutputError, match="has 3 steps"):
        read_fields(tmp_path / "f.vtkhdf", 3)


def test_unchanged_arrays_are_stored_once(tmp_path: Path) -> None:
    write_split(tmp_path / "f.vtkhdf", steps=4)
    with h5py.File(tmp_path / "f.vtkhdf") as file:
        assert file["VTKHDF/CellData/grain"].shape == (4,)
        assert file["VTKHDF/PointData/potential (V)"].shape == (32,)
        assert file["VTKHDF/PointData/potential (V)"].attrs["unit"] == "V"
        assert file["VTKHDF/PointData/potential (V)"].attrs["description"] == "electric potential of the ceramic"


def steps_of(path: Path) -> list[float]:
    return [read_fields(path, step).time for step in range(read_fields(path).steps)]


def test_series_is_cut_back_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "f.vtkhdf"
    write_split(path, steps=4)  # at 0, 0.5, 1, 1.5
    last = read_fields(path, 1)
    with FieldFile.reopen(path, keep_until=0.5) as file:
        assert file.times == [0.0, 0.5]
        point = [Field("potential", np.full(8, -1.0), "V"), Field("displacement", np.zeros((8, 2)), "m")]
        cell = [Field(name.split(" (")[0], values, "A m^-2" if "density" in name else "Pa" if "stress" in name else "")
                for name, values in last.cell.items()]  # fmt: skip
        file.write(0.7, point, cell)
    assert steps_of(path) == [0.0, 0.5, 0.7]
    reader = hdf_reader(path)
    for step in range(2):
        grid = at_step(reader, step)
        assert grid.get_data_range("potential (V)") == (0.0, 12.0 * (1 + step))
        assert np.array_equal(grid.cell_data["stress (Pa)"][2], [1, 2, 0, 3, 4 + step, 0, 0, 0, 0])
    grid = at_step(reader, 2)
    assert grid.get_data_range("potential (V)") == (-1.0, -1.0)
    assert np.array_equal(grid.cell_data["grain"], [0, 0, 1, 1])
    with h5py.File(path) as file:  # what had not changed since the last step is not stored again
        assert file["VTKHDF/CellData/grain"].shape == (4,)
        assert file["VTKHDF/CellData/stress (Pa)"].shape == (8, 9)
        assert file["VTKHDF/PointData/potential (V)"].attrs["unit"] == "V"
    reader = pyvista.XdmfReader(tmp_path / "f.xdmf")
    assert reader.time_values == [0.0, 0.5, 0.7]


def test_series_is_continued_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "f.vtkhdf"
    write_split(path, steps=1)
    for step in range(1, 70):  # beyond what one node of HDF5's index holds
        with FieldFile.reopen(path) as file:
            data = read_fields(path, 0)
            point = [Field("potential", data.point["potential (V)"] + step, "V", "electric potential of the ceramic"),
                     Field("displacement", data.point["displacement (m)"], "m")]  # fmt: skip
            cell = [Field("current density", data.cell["current density (A m^-2)"], "A m^-2"),
                    Field("stress", data.cell["stress (Pa)"], "Pa"), Field("grain", data.cell["grain"])]  # fmt: skip
            file.write(step, point, cell)
    assert steps_of(path) == list(range(70))
    reader = hdf_reader(path)
    for step in (0, 1, 33, 69):
        assert at_step(reader, step).get_data_range("potential (V)") == (float(step), 12.0 + step)
    with pytest.raises(OutputError, match="no step up to -1"):
        FieldFile.reopen(path, keep_until=-1.0)


def test_killed_writer_leaves_earlier_steps(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys; from pathlib import Path; import numpy as np
        from jadeite.output.fields import Field, FieldFile
        points = np.random.default_rng(0).random((30000, 3)); cells = np.arange(30000).reshape(-1, 3)
        file = FieldFile(Path(sys.argv[1]), points, cells, 5); step = 0
        while True:
            file.write(step, point=[Field("potential", points[:, 0] + step, "V")]); print(step, flush=True); step += 1
    """)
    path = tmp_path / "f.vtkhdf"
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(5):
        written = int(process.stdout.readline())
    process.kill()
    process.wait()
    x = np.random.default_rng(0).random((30000, 3))[:, 0]
    for step in range(written + 1):
        assert np.array_equal(read_fields(path, step).point["potential (V)"], x + step)
    assert at_step(hdf_reader(path), written).get_data_range("potential (V)")[1] == pytest.approx(x.max() + written)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (Field("current density", np.zeros(8), "A/m^2"), "contains '/'"),
        (Field("potential", np.zeros(7), "V"), "7 values for 8 points"),
    ],
)
def test_arrays_that_cannot_be_stored_are_refused(tmp_path: Path, field: Field, message: str) -> None:
    with FieldFile(tmp_path / "f.vtkhdf", SPLIT_POINTS, SPLIT_CELLS, 5) as file:
        with pytest.raises(ValueError, match=message):
            file.write(0.0, point=[field])
        file.write(0.0, point=[Field("potential", np.zeros(8), "V")])
        with pytest.raises(ValueError, match="same fields"):
            file.write(1.0, point=[Field("pressure", np.zeros(8), "Pa")])
    assert read_fields(tmp_path / "f.vtkhdf").steps == 1


def test_bad_meshes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not among"):
        FieldFile(tmp_path / "f.vtkhdf", SPLIT_POINTS, SPLIT_CELLS, 9)
    with pytest.raises(ValueError, match="6 nodes each"):
        FieldFile(tmp_path / "f.vtkhdf", SPLIT_POINTS, SPLIT_CELLS, 22)
    with pytest.raises(ValueError, match="8 points"):
        FieldFile(tmp_path / "f.vtkhdf", SPLIT_POINTS, SPLIT_CELLS + 1, 5)


def test_vtk_sees_every_array_when_there_are_several_of_a_kind(tmp_path: Path) -> None:
    """VTK keeps one array of each attribute role (active scalars, vectors) and drops the others without a word."""
    rng = np.random.default_rng(1)
    n, m = len(SPLIT_POINTS), len(SPLIT_CELLS)
    point = [Field("first", rng.random(n)), Field("second", rng.random(n)), Field("move", rng.random((n, 2)))]
    point.append(Field("turn", rng.random((n, 2))))
    cell = [
        Field("a", rng.random(m)),
        Field("b", np.arange(m)),
        Field("s", rng.random((m, 9))),
        Field("t", rng.random((m, 9))),
    ]
    with FieldFile(tmp_path / "f.vtkhdf", SPLIT_POINTS, SPLIT_CELLS, 5) as file:
        file.write(0.0, point, cell)
    for grid in (pyvista.read(tmp_path / "f.vtkhdf"), at_step(hdf_reader(tmp_path / "f.vtkhdf"), 0)):
        assert sorted(grid.point_data) == ["first", "move", "second", "turn"]
        assert sorted(grid.cell_data) == ["a", "b", "s", "t"]
        assert np.array_equal(grid.point_data["first"], point[0].values)
