# SPDX-License-Identifier: LGPL-3.0-or-later
"""A file under HDF5 that is only ever appended to, with small changes to what it held made all at once at the end.

HDF5 leaves a file that was killed half-way or met a full disk unreadable, and then crashes at exit. Given this file
instead of one of its own (`h5py.File(AppendedFile(...))`), it writes what is new behind the end of the last commit,
where no reader looks yet; changes to what was committed wait in memory until `commit`. They are few and small: entries
added to indexes, and numbers. A disk that is full shows while appending, and then nothing committed has been touched.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_PAGE = 4096


class AppendedFile:
    """The file-like object that h5py writes to.

    ``path`` names the file; with ``create`` a new one, which replaces what was there, otherwise one that exists. What
    goes wrong while writing is kept in ``error`` for the owner to raise, and from then on nothing more is written, so
    that HDF5 can be closed in good order.
    """

    def __init__(self, path: Path, create: bool) -> None:
        self._handle = os.open(path, os.O_RDWR | (os.O_CREAT | os.O_TRUNC if create else 0), 0o666)
        self.error: OSError | None = None
        self._committed = self._size = os.fstat(self._handle).st_size
        self._position = 0
        self._changed: dict[int, bytearray] = {}

    # what h5py asks of a file-like object

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place in the file."""
        self._position = offset + (0, self._position, self._size)[whence]
        return self._position

    def tell(self) -> int:
        """Return the present place."""
        return self._position

    def read(self, count: int) -> bytes:
        """Return bytes from the present place on."""
        target = bytearray(count)
        self.readinto(memoryview(target))
        return bytes(target)

    def readinto(self, target: memoryview) -> int:
        """Fill a buffer from the present place; beyond the end with zeros."""
        start, count = self._position, len(target)
        # a read may return less than was asked for, at 2 GB at the latest
        done = 0
        while done < count:
            piece = os.pread(self._handle, count - done, start + done)
            if not piece:
                target[done:] = bytes(count - done)
                break
            target[done : done + len(piece)] = piece
            done += len(piece)
        for page, low, high in _pages(start, min(count, max(self._committed - start, 0))):
            if page in self._changed:
                target[page + low - start : page + high - start] = self._changed[page][low:high]
        self._position += count
        return count

    def write(self, data: memoryview) -> int:
        """Take data at the present place: to the disk if it lies behind the last commit, otherwise into memory."""
        start, count = self._position, len(data)
        self._position += count
        if self.error is not None:
            return count
        inside = min(count, max(self._committed - start, 0))
        for page, low, high in _pages(start, inside):
            if page not in self._changed:
                self._changed[page] = bytearray(self._read_page(page))
            self._changed[page][low:high] = data[page + low - start : page + high - start]
        try:
            self._write_out(data[inside:], start + inside)
        except OSError as error:
            self.error = error
        self._size = max(self._size, start + count)
        return count

    def truncate(self, size: int) -> None:
        """Set the end of the file; it takes effect with the next commit."""
        self._size = size

    def flush(self) -> None:
        """Do nothing: `commit` is what puts a step into effect."""

    # what the owner calls

    def commit(self, synchronise: bool = False) -> None:
        """Put everything written so far into effect; first wait for the disk to hold what an earlier commit changed.

        Changes go one stretch of pages at a time, the first one (end of the file) first, the others from the back: an
        index has its new entry before it counts it. Raises the ``OSError`` met while writing, now or before.
        """
        if self.error is not None:
            raise self.error
        try:
            if synchronise:
                os.fdatasync(self._handle)
            stretches = self._stretches()
            for stretch in [*stretches[:1], *reversed(stretches[1:])]:
                self._apply(*stretch)
            os.ftruncate(self._handle, self._size)
        except OSError as error:
            self.error = error
            raise
        self._changed.clear()
        self._committed = self._size

    def abandon(self, error: OSError | None = None) -> None:
        """Forget what was not committed, and write nothing from now on."""
        self.error = self.error or error or OSError("writing was given up")
        self._changed.clear()
        os.ftruncate(self._handle, self._committed)

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _stretches(self) -> list[tuple[int, int]]:
        """Places and ends of the changed pages, those next to each other as one."""
        found: list[tuple[int, int]] = []
        for page in sorted(self._changed):
            end = min(page + _PAGE, self._committed)
            if found and found[-1][1] == page:
                found[-1] = (found[-1][0], end)
            else:
                found.append((page, end))
        return found

    def _apply(self, start: int, end: int) -> None:
        """Write what differs from the disk in a stretch of pages, in one go."""
        new = b"".join(self._changed[page] for page in range(start, end, _PAGE))[: end - start]
        old = os.pread(self._handle, end - start, start).ljust(end - start, b"\0")
        differing = np.flatnonzero(np.frombuffer(new, np.uint8) != np.frombuffer(old, np.uint8))
        if len(differing):
            first, last = int(differing[0]), int(differing[-1])
            self._write_out(memoryview(new)[first : last + 1], start + first)

    def _read_page(self, page: int) -> bytes:
        return os.pread(self._handle, _PAGE, page).ljust(_PAGE, b"\0")

    def _write_out(self, data: memoryview, offset: int) -> None:
        done = 0
        while done < len(data):
            done += os.pwrite(self._handle, data[done:], offset + done)


def _pages(start: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Return the pages that a stretch of the file covers: place of the page, and first and last byte within."""
    place = start
    while place < start + count:
        page = place - place % _PAGE
        end = min(page + _PAGE, start + count)
        yield page, place - page, end - page
        place = end
