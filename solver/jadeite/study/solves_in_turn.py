# SPDX-License-Identifier: LGPL-3.0-or-later
"""Solves in turn, each from the fields that the one before has left: what was found is not solved again.

A resumed run recalls what every solve found, and the fields as the last of them left them come back before the first
solve that is not recalled. So it starts from the same guess as if the run had never stopped.
"""

from __future__ import annotations

from collections.abc import Callable

from jadeite.fem.state import Kept, State
from jadeite.study.checkpoint import Checkpoint


class SolvesInTurn:
    """Solves of one problem whose findings are recalled."""

    def __init__(
        self, checkpoint: Checkpoint, name: str, state: Callable[[], State], restore: Callable[[Kept], None]
    ) -> None:
        """Begin without having solved anything.

        Args:
            checkpoint: of the run.
            name: of the problem, the same in every attempt.
            state: gives the fields that a solve starts from. Collective.
            restore: brings them back. Collective.
        """
        self._checkpoint, self._name, self._state, self._restore = checkpoint, name, state, restore
        self._going_on = False

    def find[T](self, what: str, kind: type[T], solve: Callable[[], T]) -> T:
        """Return what an earlier attempt found, or solve.

        Fields are those of the last solve of all, not of this one, until `go_on` has been called or something has been
        solved: what is to be read off them belongs into `solve`.

        Args:
            what: is found; once in a run.
            kind: its type, as for `Checkpoint.recall`.
            solve: finds it from the present fields. Collective.

        Note:
            Collective.
        """

        def going_on() -> T:
            self.go_on()
            return solve()

        return self._checkpoint.recall(f"{self._name}: {what}", kind, going_on)

    def go_on(self) -> None:
        """Bring the fields to where the last solve of an earlier attempt has left them, if that was not done yet.

        Note:
            Collective.
        """
        if self._going_on:
            return
        kept = self._checkpoint.resume(self._name)
        if kept is not None:
            self._restore(kept)
        self._checkpoint.follow(self._name, self._state)
        self._going_on = True
