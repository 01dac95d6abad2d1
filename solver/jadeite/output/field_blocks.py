# SPDX-License-Identifier: LGPL-3.0-or-later
"""Arrays cut into blocks of rows and compressed, as HDF5 stores them (filters shuffle and deflate).

Blocks are what a field file is written in: each rank compresses its own, and rank 0 holds one at a time. Computed
numbers are noise in most of their bytes, which deflate spends its time on in vain. So bytes are compressed one place
at a time (all first bytes, all second bytes, ...), and places that a sample shows to be noise are stored as they are.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Size of a block in memory, at most.
BLOCK_BYTES = 8 << 20
_SAMPLE = 16 << 10
_WORTHWHILE = 0.92
_ZLIB_HEADER = b"\x78\x01"
_LARGEST_STORED = 65535


@dataclass(frozen=True, slots=True)
class BlockLayout:
    """How the rows of an array are divided: blocks of equal length, of which the last may be filled up.

    ``rows`` is the number of rows of the whole array, ``tail`` the shape of one row, ``block`` rows make one block.
    """

    rows: int
    tail: tuple[int, ...]
    dtype: np.dtype[Any]
    block: int

    @classmethod
    def of(cls, rows: int, tail: tuple[int, ...], dtype: np.dtype[Any]) -> "BlockLayout":
        """Divide ``rows`` rows evenly, so that a block stays below `BLOCK_BYTES` and hardly anything is filled up."""
        row_bytes = max(int(np.prod(tail, dtype=np.int64)), 1) * dtype.itemsize
        count = max(1, -(-rows * row_bytes // BLOCK_BYTES))
        return cls(rows, tail, dtype, max(1, -(-rows // count)))

    @property
    def count(self) -> int:
        """The number of blocks."""
        return -(-self.rows // self.block)

    @property
    def padded_rows(self) -> int:
        """Rows of all blocks together."""
        return self.count * self.block

    def filled(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return the rows of one block, the last one filled up with zeros, ready to be compressed."""
        rows = np.ascontiguousarray(rows, self.dtype)
        if len(rows) == self.block:
            return rows
        block = np.zeros((self.block, *self.tail), self.dtype)
        block[: len(rows)] = rows
        return block


@dataclass(frozen=True, slots=True)
class PackedArray:
    """An array on its way into a file: its layout, a digest that tells it from others, and its compressed blocks.

    ``blocks`` may be used once; None stands for an array that the file holds already.
    """

    layout: BlockLayout
    digest: bytes
    blocks: Iterable[bytes] | None


def pack(array: NDArray[Any], known: bytes | None = None) -> PackedArray:
    """Pack a whole array, block by block while it is read; without blocks when its digest is ``known``."""
    layout = BlockLayout.of(len(array), array.shape[1:], array.dtype)
    digest = combined_digest(block_digest(block) for block in _cut(array, layout))
    if digest == known:
        return PackedArray(layout, digest, None)
    return PackedArray(layout, digest, (compress(block) for block in _cut(array, layout)))


def _cut(array: NDArray[Any], layout: BlockLayout) -> Iterator[NDArray[Any]]:
    return (layout.filled(array[start : start + layout.block]) for start in range(0, layout.rows, layout.block))


def block_digest(block: NDArray[Any]) -> bytes:
    """Return a digest of the values of one filled block."""
    return hashlib.blake2b(block.reshape(-1).view(np.uint8), digest_size=16).digest()


def combined_digest(digests: Iterable[bytes]) -> bytes:
    """Return one digest for an array from those of its blocks, in their order."""
    return hashlib.blake2b(b"".join(digests), digest_size=16).digest()


def compress(block: NDArray[Any]) -> bytes:
    """Return a filled block as HDF5's filters shuffle and deflate would leave it, in a fraction of the time."""
    size = block.dtype.itemsize
    places = np.ascontiguousarray(block.reshape(-1).view(np.uint8).reshape(-1, size).T)
    parts = [_ZLIB_HEADER]
    check = 1
    for number, place in enumerate(places):
        check = zlib.adler32(place, check)
        last = number == size - 1
        if _is_noise(place):
            parts += _stored(place, last)
            continue
        deflate = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        # a full flush ends at a whole byte, so that what follows can be appended
        parts += [deflate.compress(place), deflate.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)]
    return b"".join([*parts, check.to_bytes(4, "big")])


def _is_noise(place: NDArray[np.uint8]) -> bool:
    """Tell by a sample from the middle whether deflate would gain next to nothing."""
    if len(place) < 2 * _SAMPLE:
        return False
    start = (len(place) - _SAMPLE) // 2
    return len(zlib.compress(place[start : start + _SAMPLE], 1)) > _WORTHWHILE * _SAMPLE


def _stored(place: NDArray[np.uint8], last: bool) -> Iterator[bytes]:
    """Bytes as the stored blocks of a deflate stream (RFC 1951, section 3.2.4)."""
    for start in range(0, len(place), _LARGEST_STORED):
        piece = place[start : start + _LARGEST_STORED]
        final = last and start + len(piece) == len(place)
        length = len(piece)
        yield bytes([final]) + length.to_bytes(2, "little") + (length ^ 0xFFFF).to_bytes(2, "little")
        yield piece.tobytes()
