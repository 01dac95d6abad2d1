# SPDX-License-Identifier: LGPL-3.0-or-later
"""The states of runs as a table on the terminal."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from jadeite.cluster.status import RunStatus
from jadeite.output.folder import shown

_STYLES = {
    "finished": "green",
    "running": "cyan",
    "starting": "cyan",
    "failed": "red",
    "lost": "red",
    "unknown": "yellow",
    "interrupted": "yellow",
    "cancelled": "yellow",
}


def status_table(states: Sequence[RunStatus], now: datetime.datetime) -> Table:
    """Return the table of runs."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("run", overflow="fold")
    table.add_column("state")
    table.add_column("for", justify="right")
    table.add_column("job", justify="right")
    table.add_column("message", overflow="fold")
    for status in states:
        table.add_row(
            Text(shown(status.folder.resolve())),
            Text(status.state, _STYLES.get(status.state, "")),
            "" if status.since is None else in_words((now - status.since).total_seconds()),
            Text(status.job),
            Text(status.message),
        )
    return table


def in_words(seconds: float) -> str:
    """Return a length of time as a person says it: `40 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole // 60 % 60:02d} min"
    return f"{whole // 86400} d {whole // 3600 % 24} h"
