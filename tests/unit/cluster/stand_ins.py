# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stand-ins for the commands of schedulers: they note how they were called and answer what they are told to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


class StandIns:
    """Commands in a folder at the head of the search path."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self.folder = folder
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def add(self, name: str, answer: str = "", *, code: int = 0, complaint: str = "") -> None:
        self.script(name, f"printf '%s' {quoted(answer)}\nprintf '%s' {quoted(complaint)} >&2\nexit {code}")

    def script(self, name: str, body: str) -> None:
        command = self.folder / name
        command.write_text(f'#!/bin/bash\necho "$*" >>{self.folder}/{name}.calls\n{body}\n')
        command.chmod(0o755)

    def calls(self, name: str) -> list[str]:
        noted = self.folder / f"{name}.calls"
        return noted.read_text().splitlines() if noted.exists() else []


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
