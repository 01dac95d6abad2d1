# SPDX-License-Identifier: LGPL-3.0-or-later
"""Arrays whose rows lie on several ranks, on their way to rank 0: piece by piece, so that no message is ever large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.output.field_blocks import BlockLayout, block_digest, combined_digest, compress

#: Largest message, in bytes: MPI counts in 32-bit numbers in many places.
_MESSAGE = 64 << 20
_GATHERED, _MOVED, _BLOCK = 11, 12, 13


def gather_rows(local: NDArray[Any], comm: MPI.Comm) -> NDArray[Any] | None:
    """Return the rows of all ranks, in rank order, on rank 0; None elsewhere.

    Note:
        Collective.
    """
    local, counts = _alike(local, comm)
    if comm.rank != 0:
        for piece in _pieces(local):
            comm.Send(piece, dest=0, tag=_GATHERED)
        return None
    rows = np.empty((sum(counts), *local.shape[1:]), local.dtype)
    rows[: len(local)] = local
    end = len(local)
    for rank in range(1, comm.size):
        start, end = end, end + counts[rank]
        for piece in _pieces(rows[start:end]):
            comm.Recv(piece, source=rank, tag=_GATHERED)
    return rows


class DistributedRows:
    """An array of all ranks in blocks, each compressed by the rank on which it begins.

    Making one, `digest`, and `blocks` on rank 0 together with `send` on the others are collective.
    """

    def __init__(self, local: NDArray[Any], comm: MPI.Comm) -> None:
        """Take this rank's rows; those of rank 0 come first. Collective."""
        self._local, counts = _alike(local, comm)
        self._comm = comm
        self._starts = [0, *np.cumsum(counts).tolist()]
        self.layout = BlockLayout.of(self._starts[-1], self._local.shape[1:], self._local.dtype)
        self._own: NDArray[Any] | None = None

    def digest(self) -> bytes:
        """Return a digest of the values of the whole array. Collective."""
        own = [block_digest(block) for block in self._own_blocks()]
        return combined_digest(digest for part in self._comm.allgather(own) for digest in part)

    def blocks(self) -> Iterator[bytes]:
        """Give the compressed blocks on rank 0, one at a time, while the others `send`."""
        for block in self._own_blocks():
            yield compress(block)
        status = MPI.Status()
        for rank in range(1, self._comm.size):
            for _ in self._blocks_of(rank):
                self._comm.Probe(rank, _BLOCK, status)
                data = bytearray(status.Get_count(MPI.BYTE))
                self._comm.Recv([data, MPI.BYTE], rank, _BLOCK)
                yield bytes(data)

    def send(self) -> None:
        """Compress the blocks of this rank for rank 0, which takes them when it is their turn."""
        packed = [compress(block) for block in self._own_blocks()]
        MPI.Request.Waitall([self._comm.Isend([data, MPI.BYTE], 0, _BLOCK) for data in packed])

    def _blocks_of(self, rank: int) -> range:
        """Numbers of the blocks that begin in the rows of a rank."""
        return range(*(-(-row // self.layout.block) for row in self._starts[rank : rank + 2]))

    def _own_blocks(self) -> Iterator[NDArray[Any]]:
        if self._own is None:
            self._own = self._completed()
        size = self.layout.block
        return (self.layout.filled(self._own[row : row + size]) for row in range(0, len(self._own), size))

    def _completed(self) -> NDArray[Any]:
        """The rows of the blocks of this rank: its own without those of a block before, and from others what fills up.

        Collective.
        """
        comm, rank, starts, block = self._comm, self._comm.rank, self._starts, self.layout.block
        if comm.size == 1:
            return self._local
        mine = self._blocks_of(rank)
        first, last = mine.start * block, min(mine.stop * block, self.layout.rows)
        head = self._local[: first - starts[rank]]  # all of them where no block begins here
        request = MPI.REQUEST_NULL
        if len(head):
            owner = next(other for other in range(rank - 1, -1, -1) if starts[rank] // block in self._blocks_of(other))
            request = comm.Isend(head, owner, _MOVED)
        own = np.empty((max(last - first, 0), *self.layout.tail), self.layout.dtype)
        kept = self._local[first - starts[rank] :]
        own[: len(kept)] = kept
        end = len(kept)
        for other in range(rank + 1, comm.size) if len(mine) else ():
            count = min(starts[other + 1], last) - starts[other]
            if count > 0:
                comm.Recv(own[end : end + count], other, _MOVED)
                end += count
        request.Wait()
        return own


def _alike(local: NDArray[Any], comm: MPI.Comm) -> tuple[NDArray[Any], list[int]]:
    """Return the rows in the type that all ranks share, and their number on every rank. Collective."""
    shapes = comm.allgather((len(local), local.shape[1:], local.dtype.str))
    filled = [shape for shape in shapes if shape[0]] or shapes
    dtype = np.result_type(*(np.dtype(kind) for _, _, kind in filled))
    tail = filled[0][1]
    local = np.ascontiguousarray(local, dtype) if len(local) else np.empty((0, *tail), dtype)
    return local, [shape[0] for shape in shapes]


def _pieces(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Cut rows into messages."""
    step = max(1, _MESSAGE // max(rows[:1].nbytes, 1))
    return (rows[start : start + step] for start in range(0, len(rows), step))
