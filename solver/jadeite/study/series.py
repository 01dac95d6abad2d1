# SPDX-License-Identifier: LGPL-3.0-or-later
"""Field files of several ranks: a mesh that is written once, and one or many states on it.

A study whose fields change in time opens a series with the nodes it draws, and hands it a state whenever one is due. A
resumed run opens the same series at the time of its checkpoint; what a killed run had written later is cut off.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
from dolfinx import plot
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.fem.broken import BrokenSpace
from jadeite.fem.domain import Domain
from jadeite.output.field_blocks import PackedArray
from jadeite.output.fields import Field, FieldFile, array_key, mesh_digests, set_aside, steps_until
from jadeite.output.vtkhdf import ArrayKey
from jadeite.study.distributed_rows import DistributedRows
from jadeite.study.parallel import agree

_LOGGER = logging.getLogger(__name__)

#: States that a series keeps, at most.
MOST_STATES = 50

#: VTK's cell types of facets by the dimension of the cells: line and triangle.
_FACET_TYPE = {2: 3, 3: 5}


class EvenTimes:
    """Which of the steps of a run a series keeps: the first one, the last one, and others evenly between.

    Steps are as long as the solver wants, so the first at or after each moment is taken.
    """

    def __init__(self, start: float, end: float, states: int = MOST_STATES) -> None:
        """Divide the time from ``start`` to ``end`` for so many states."""
        self._start, self._end = start, end
        self._pause = (end - start) / max(states - 1, 1)
        self._taken = -1

    def due(self, time: float) -> bool:
        """Tell whether the state at a time is to be kept; each moment is answered with yes once."""
        moment = self._moment(time)
        if moment <= self._taken and not self._is_end(time):
            return False
        self._taken = moment
        return True

    def resume(self, time: float) -> None:
        """Take the states up to a time as kept."""
        self._taken = self._moment(time)

    def _moment(self, time: float) -> int:
        return int(np.floor((time - self._start) / self._pause + 1e-9)) if self._pause > 0.0 else 0

    def _is_end(self, time: float) -> bool:
        return time >= self._end - 1e-9 * (self._end - self._start)


class FieldSeries:
    """The field file of all ranks being written; use it as a context manager on every rank.

    Attributes:
        last_time: of the states in the file; None where there is none yet.
    """

    def __init__(
        self,
        path: Path,
        comm: MPI.Comm,
        points: NDArray[np.float64],
        cells: NDArray[np.int64],
        vtk_cell_type: int,
        *,
        names: Mapping[str, Sequence[str]] | None = None,
        resume_at: float | None = None,
    ) -> None:
        """Begin a file with a mesh, or continue one.

        Args:
            path: of the ``.vtkhdf`` file; only rank 0 uses it.
            comm: ranks that write it together.
            points: this rank's points, (n, 3) in m.
            cells: this rank's cells, rows of the points of all ranks in rank order.
            vtk_cell_type: of all cells.
            names: lists of words that numbers in the fields stand for.
            resume_at: time of the checkpoint that the run goes on from; None for a run from the start. States up to it
                stay; without any, the file begins anew. Another number of ranks orders points and cells in another way:
                the states so far then get a file of their own.

        Raises:
            AgreedError: when rank 0 cannot write or read the file.

        Note:
            Collective.
        """
        self._comm = comm
        self._file: FieldFile | None = None
        self.last_time: float | None = None
        arrays = [DistributedRows(rows, comm) for rows in (points, cells)]
        if resume_at is not None:
            digests = [rows.digest() for rows in arrays]
            self._file = agree(lambda: _reopened(path, resume_at, digests), comm)
            self.last_time = comm.bcast(None if self._file is None else self._file.times[-1], root=0)
            if self.last_time is not None:
                return
        if comm.rank != 0:
            for rows in arrays:
                rows.send()
        self._file = agree(lambda: _begun(path, arrays, vtk_cell_type, names), comm)

    def write(self, time: float, point: Sequence[Field] = (), cell: Sequence[Field] = ()) -> None:
        """Append a state: fields of this rank's points and cells, the same ones every time.

        Raises:
            AgreedError: when rank 0 cannot write, for example because the disk is full; earlier states stay.

        Note:
            Collective.
        """
        file, comm = self._file, self._comm
        groups = (("PointData", point), ("CellData", cell))
        keys = [array_key(group, field) for group, fields in groups for field in fields]
        arrays = (field.stored() for _, fields in groups for field in fields)
        known = comm.bcast(agree(lambda: {} if file is None else file.known(keys), comm), root=0)
        packed = (_packed(array, comm, known.get(key.path)) for key, array in zip(keys, arrays, strict=True))
        if file is None:
            _take(packed)
        agree(lambda: None if file is None else _append(file, time, keys, packed), comm)
        self.last_time = time

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Drawn(NamedTuple):
    """A state as it is drawn: a space whose nodes are shown, and fields of this rank's own nodes and cells."""

    space: BrokenSpace
    point: Sequence[Field]
    cell: Sequence[Field]


class StateSeries:
    """The states of a march that a file keeps: some of those on the way, evenly spread, and the one at the end."""

    def __init__(
        self, path: Path, domain: Domain, draw: Callable[[], Drawn], end: float, resume_at: float | None = None
    ) -> None:
        """Begin or continue a series; the file is opened with the first state that is due.

        Args:
            path: of the ``.vtkhdf`` file; only rank 0 uses it.
            domain: the mesh.
            draw: gives the present state, on the same space every time. Collective.
            end: time at which the march is to end; it begins at zero.
            resume_at: time that the march goes on from; None from the start.
        """
        self._path, self._domain, self._draw = path, domain, draw
        self._times = EvenTimes(0.0, end)
        self._resume_at = resume_at
        self._series: FieldSeries | None = None
        if resume_at is not None:
            self._times.resume(resume_at)

    def see(self, time: float) -> None:
        """Write the present state if one is due. Collective."""
        if self._times.due(time):
            self._write(time)

    def finish(self, time: float) -> None:
        """Write the present state unless the file ends with it, and close the file. Collective."""
        self._write(time)
        assert self._series is not None
        self._series.close()

    def _write(self, time: float) -> None:
        drawn = self._draw()
        if self._series is None:
            self._series = volume_series(self._path, self._domain, drawn.space, self._resume_at)
        last = self._series.last_time
        if last is None or time > last:
            self._series.write(time, drawn.point, drawn.cell)


def volume_series(path: Path, domain: Domain, space: BrokenSpace, resume_at: float | None = None) -> FieldSeries:
    """Begin or continue a file on the cells of a domain and the nodes of a broken space: see `FieldSeries`.

    Note:
        Collective.
    """
    points, cells, cell_type = vtk_geometry(space, domain.owned_cells)
    return FieldSeries(path, domain.mesh.comm, points, cells, cell_type, names=_names(domain), resume_at=resume_at)


def facet_series(
    path: Path, domain: Domain, corners: NDArray[np.float64], resume_at: float | None = None
) -> FieldSeries:
    """Begin or continue a file on facets, given this rank's own by the places of their corners, (n, corners, 3), m.

    Note:
        Collective.
    """
    comm = domain.mesh.comm
    points = corners.reshape(-1, 3)
    first = comm.exscan(len(points)) or 0
    cells = np.arange(first, first + len(points), dtype=np.int64).reshape(-1, domain.dimension)
    kind = _FACET_TYPE[domain.dimension]
    return FieldSeries(path, comm, points, cells, kind, names=_names(domain), resume_at=resume_at)


def _names(domain: Domain) -> dict[str, Sequence[str]]:
    """The words that grain, material and surface numbers in the fields stand for."""
    regions = domain.tagged.regions
    return {
        "grain names": regions.name,
        "material names": tuple(dict.fromkeys(regions.material)),
        "surface names": domain.tagged.surfaces.name,
    }


def vtk_geometry(space: BrokenSpace, owned_cells: int) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
    """Owned nodes, owned cells in global node numbers and VTK order, and the VTK cell type of a broken space."""
    topology, _, _ = plot.vtk_mesh(space.space, np.arange(owned_cells, dtype=np.int32))
    index_map = space.space.dofmap.index_map
    nodes = space.space.dofmap.list.shape[1]
    connectivity = topology.reshape(-1, nodes + 1)[:, 1:].astype(np.int32)
    numbers = index_map.local_to_global(connectivity.ravel()).reshape(connectivity.shape)
    # by way of the continuous space, which knows the places of dofs that belong to boundaries as well
    points = space.continuous.tabulate_dof_coordinates()[space.parent[: index_map.size_local]]
    dimension = space.space.mesh.topology.dim
    cell_types = {(2, 3): 5, (2, 6): 22, (3, 4): 10, (3, 10): 24}
    if (dimension, nodes) not in cell_types:
        # XDMF ends at quadratic cells: of a higher degree the corners are drawn
        nodes, numbers = dimension + 1, numbers[:, : dimension + 1]
    return points, numbers, cell_types[(dimension, nodes)]


def _reopened(path: Path, time: float, digests: Sequence[bytes]) -> FieldFile | None:
    """Open the file of a series on rank 0 to go on with it; None where a new one has to begin."""
    if not path.exists() or not steps_until(path, time):
        return None
    if mesh_digests(path) != list(digests):
        aside = set_aside(path, time)
        _LOGGER.info("the states so far are in %s: these ranks order the mesh in another way", aside.name)
        return None
    return FieldFile.reopen(path, time)


def _begun(
    path: Path, arrays: Sequence[DistributedRows], kind: int, names: Mapping[str, Sequence[str]] | None
) -> FieldFile:
    """Begin a file on rank 0 with a mesh of all ranks."""
    points, cells = (PackedArray(rows.layout, b"", rows.blocks()) for rows in arrays)
    try:
        return FieldFile(path, points, cells, kind, names)
    finally:
        _take((points, cells))


def _packed(local: NDArray[Any], comm: MPI.Comm, known: bytes | None) -> PackedArray:
    """An array of all ranks, without blocks where its digest is known already. Collective; blocks on rank 0 only."""
    rows = DistributedRows(local, comm)
    digest = rows.digest()
    if digest == known:
        return PackedArray(rows.layout, digest, None)
    if comm.rank == 0:
        return PackedArray(rows.layout, digest, rows.blocks())
    rows.send()
    return PackedArray(rows.layout, digest, None)


def _append(file: FieldFile, time: float, keys: Sequence[ArrayKey], packed: Iterator[PackedArray]) -> None:
    try:
        file.append(time, keys, packed)
    finally:
        _take(packed)


def _take(packed: Iterable[PackedArray]) -> None:
    """Take what is left of blocks: after an error, too, the other ranks want to be rid of theirs."""
    for array in packed:
        for _ in array.blocks or ():
            pass
