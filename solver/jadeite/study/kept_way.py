# SPDX-License-Identifier: LGPL-3.0-or-later
"""A way through time or load that another attempt of the run goes on with: several things kept and restored together.

    records = Records(Instant)
    way = KeptWay(run.checkpoint, "pressing", {"march": steps, "body": body, "instants": records})
    for step in way.through(steps):
        records.found.append(...)

What marches and what is read off on the way are kept at the same moment, after the caller has dealt with a step. A way
that an earlier attempt has gone to its end is restored at that end, and no step is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from jadeite.fem.state import Kept, Restorable, State
from jadeite.study.checkpoint import Checkpoint


class Records[Record]:
    """What is noted at each step: a list of dataclasses or numbers that is kept as it is.

    Attributes:
        found: in the order in which it was noted.
    """

    def __init__(self, kind: type[Record]) -> None:
        """Begin with an empty list."""
        self.found: list[Record] = []
        self._kind = kind

    def state(self) -> State:
        """See `Restorable`."""
        return {"found": self.found}

    def restore(self, kept: Kept) -> None:
        """See `Restorable`."""
        self.found[:] = kept.read("found", list[self._kind])  # type: ignore[name-defined]


class KeptWay:
    """Parts of one computation, by name, under one key of a checkpoint."""

    def __init__(self, checkpoint: Checkpoint, key: str, parts: Mapping[str, Restorable]) -> None:
        """Restore the parts, where an earlier attempt has kept them.

        Args:
            checkpoint: of the run.
            key: of the computation; the same in every attempt, and only once in a run.
            parts: as they are at the start of the way; restored in this order.

        Note:
            Collective.
        """
        self._checkpoint, self._key, self._parts = checkpoint, key, parts
        kept = checkpoint.resume(key)
        self._resumed = kept is not None
        if kept is not None:
            for name, part in parts.items():
                part.restore(kept.part(name))

    def through[Step](self, steps: Iterable[Step]) -> Iterator[Step]:
        """Take steps, each of which ends at a safe point, and keep the end of the way. Collective."""
        for step in steps:
            yield step
            self.offer()
        self._arrive()

    def at_once(self, find: Callable[[], object]) -> None:
        """Go the whole way in one step, unless an earlier attempt has. Collective."""
        if not self._resumed:
            find()
        self._arrive()

    def offer(self) -> None:
        """Keep all parts if it is time; a safe point. Collective."""
        self._checkpoint.offer(self._key, self._state)

    def _arrive(self) -> None:
        """Keep the end of the way whenever a checkpoint is written from now on."""
        self._checkpoint.follow(self._key, self._state)
        self.offer()

    def _state(self) -> State:
        return {name: part.state() for name, part in self._parts.items()}
