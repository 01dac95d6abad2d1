# SPDX-License-Identifier: LGPL-3.0-or-later
"""A march whose state is kept together with the rows that have been recorded on the way."""

from __future__ import annotations

from collections.abc import Callable

from jadeite.fem.state import Kept, State
from jadeite.study.checkpoint import Checkpoint

_MARCH, _RECORDED = "march", "recorded"


class RecordedMarch:
    """The `Restart` of a march, for `jadeite.fem.time_steps` and the like."""

    def __init__(self, checkpoint: Checkpoint, name: str, recorded: Callable[[], State]) -> None:
        """Take up what an earlier attempt kept, if anything.

        Args:
            checkpoint: of the run.
            name: of the march, the same in every attempt.
            recorded: gives what has been recorded so far.

        Note:
            Collective.
        """
        self._checkpoint, self._name, self._recorded = checkpoint, name, recorded
        self._kept = checkpoint.resume(name)

    @property
    def recorded(self) -> Kept | None:
        """What an earlier attempt has recorded up to the state that it kept."""
        return None if self._kept is None else self._kept.part(_RECORDED)

    def resume(self) -> Kept | None:
        """Return the state of an earlier attempt."""
        return None if self._kept is None else self._kept.part(_MARCH)

    def offer(self, state: Callable[[], State]) -> None:
        """Keep the state of the march and what has been recorded, if it is time; a safe point. Collective."""
        self._checkpoint.offer(self._name, lambda: {_MARCH: state(), _RECORDED: self._recorded()})
