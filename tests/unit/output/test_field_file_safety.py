# SPDX-License-Identifier: LGPL-3.0-or-later
"""Field files that are killed between any two writes, on a disk that is full, and in compressed blocks."""

import os
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvista

from jadeite.output import appended_file, field_blocks
from jadeite.output.field_blocks import BlockLayout, compress, pack
from jadeite.output.fields import Field, FieldFile, read_fields
from jadeite.output.folder import OutputError

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.random((300, 3))
CELLS = np.arange(300).reshape(-1, 3)
NOISE = RANDOM.random((100, 9))


def write_step(file: FieldFile, step: int) -> None:
    point = [Field("potential", POINTS[:, 0] + step, "V"), Field("displacement", POINTS * step, "m")]
    file.write(step, point, [Field("grain", np.arange(100)), Field("stress", NOISE + step, "Pa")])


def assert_steps(path: Path, *steps: int) -> None:
    for step in steps:
        data = read_fields(path, step)
        assert data.time == step
        assert np.array_equal(data.point["potential (V)"], POINTS[:, 0] + step)
        assert np.array_equal(data.point["displacement (m)"], POINTS * step)
        assert np.array_equal(data.cell["grain"], np.arange(100))
        assert np.array_equal(data.cell["stress (Pa)"], NOISE + step)


class WatchedSystem:
    """The functions of ``os``, with a look at the file after every write."""

    def __init__(self, path: Path) -> None:
        self.path, self.looks = path, 0
        self.allowed: tuple[int, ...] = ()

    def __getattr__(self, name: str) -> object:
        function = getattr(os, name)
        if name not in ("pwrite", "ftruncate"):
            return function

        def watched(*arguments: object) -> object:
            result = function(*arguments)
            if self.path.exists():
                self.looks += 1
                steps = read_fields(self.path).steps
                assert steps in self.allowed
                assert_steps(self.path, 0, steps - 1)
            return result

        return watched


def test_the_file_is_whole_between_any_two_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fields.vtkhdf"
    system = WatchedSystem(path)
    monkeypatch.setattr(appended_file, "os", system)
    with FieldFile(path, POINTS, CELLS, 5) as file:
        for step in range(3):
            system.allowed = (step, step + 1)
            write_step(file, step)
    system.allowed = (3, 4)
    with FieldFile.reopen(path) as file:
        write_step(file, 3)
    system.allowed = (4, 2, 3)  # whole until what is kept has been copied
    with FieldFile.reopen(path, keep_until=1.0) as file:
        write_step(file, 2)
    assert system.looks > 60


def test_many_blocks_beyond_what_one_index_node_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(field_blocks, "BLOCK_BYTES", 100)
    with FieldFile(tmp_path / "fields.vtkhdf", POINTS, CELLS, 5) as file:
        for step in range(4):
            write_step(file, step)
    assert_steps(tmp_path / "fields.vtkhdf", 0, 1, 2, 3)
    grid = pyvista.read(tmp_path / "fields.vtkhdf")
    assert np.array_equal(grid.points, POINTS) and np.array_equal(grid.cells.reshape(-1, 4)[:, 1:], CELLS)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system (run as root, in a container with CAP_SYS_ADMIN)")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


FILL = textwrap.dedent("""
    import sys; from pathlib import Path; import numpy as np
    from jadeite.output.fields import Field, FieldFile
    from jadeite.output.folder import OutputError
    points = np.random.default_rng(0).random((3000, 3)); cells = np.arange(3000).reshape(-1, 3)
    {limit}
    file = FieldFile(Path(sys.argv[1]), points, cells, 5)
    for step in range(50):
        try:
            file.write(step, [Field("potential", points[:, 0] + step, "V")])
        except OutputError as error:
            print(step, error)
            break
""")


def fill(path: Path, limit: str = "") -> int:
    """Write until there is no room; return how many steps the file should have then."""
    ended = subprocess.run(
        [sys.executable, "-c", FILL.format(limit=limit), str(path)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr  # HDF5 on its own would crash here
    step, message = ended.stdout.split(maxsplit=1)
    assert message.startswith("The disk is full: fields.")
    return int(step) + ("fields.xdmf" in message)  # where only the index had no room, the step is there


def assert_filled(path: Path, steps: int) -> None:
    x = np.random.default_rng(0).random((3000, 3))[:, 0]
    assert 0 < steps < 50 and read_fields(path).steps == steps
    for step in range(steps):
        assert np.array_equal(read_fields(path, step).point["potential (V)"], x + step)


def test_full_disk_ends_in_a_message_and_keeps_the_steps(small_disk: Path) -> None:
    steps = fill(small_disk / "fields.vtkhdf")
    assert_filled(small_disk / "fields.vtkhdf", steps)


def test_the_permitted_size_of_files_is_met_like_a_full_disk(tmp_path: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))"
    assert_filled(tmp_path / "fields.vtkhdf", fill(tmp_path / "fields.vtkhdf", limit))


def test_a_disk_without_room_for_the_first_step_leaves_what_was_there(small_disk: Path) -> None:
    path = small_disk / "fields.vtkhdf"
    with FieldFile(path, POINTS[:30], CELLS[:10], 5) as file:
        file.write(0.0, [Field("potential", POINTS[:30, 0], "V")])
    many = np.random.default_rng(1).random((30000, 3))
    with pytest.raises(OutputError, match="The disk is full"):
        FieldFile(path, many, np.arange(30000).reshape(-1, 3), 5).write(0.0, [Field("potential", many[:, 0], "V")])
    assert read_fields(path).points.shape == (30, 3)
    assert sorted(entry.name for entry in small_disk.iterdir()) == ["fields.vtkhdf", "fields.xdmf"]


def test_a_file_that_is_none_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "fields.vtkhdf").write_text("this is no field file")
    with pytest.raises(OutputError, match=r"fields.vtkhdf cannot be read as a field file"):
        FieldFile.reopen(tmp_path / "fields.vtkhdf")


@pytest.mark.parametrize(
    "values",
    [
        RANDOM.random(50_000),
        RANDOM.random((40_000, 9)) * 1e6,
        np.zeros((30_000, 3)),
        np.sin(np.linspace(0.0, 9.0, 70_000)),
        np.arange(100_000),
        np.arange(100_000, dtype=np.uint8),
        np.float64([1.5]),
        RANDOM.integers(0, 2**62, 60_000),
    ],
)
def test_blocks_are_what_deflate_and_shuffle_undo(values: np.ndarray) -> None:
    packed = compress(values)
    places = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(values.dtype.itemsize, -1)
    assert np.array_equal(np.ascontiguousarray(places.T).view(values.dtype).reshape(values.shape), values)
    assert len(packed) <= values.nbytes * 1.001 + 100


def test_arrays_are_divided_evenly() -> None:
    layout = BlockLayout.of(2_100_000, (3,), np.dtype(float))
    assert layout.count == 7 and layout.padded_rows - layout.rows < layout.count
    assert layout.block * 24 <= field_blocks.BLOCK_BYTES + 24
    empty = BlockLayout.of(0, (), np.dtype(float))
    assert (empty.count, empty.block) == (0, 1)
    known = pack(np.arange(5.0)).digest
    assert pack(np.arange(5.0), known).blocks is None and pack(np.arange(6.0), known).blocks is not None
