# SPDX-License-Identifier: LGPL-3.0-or-later
"""Profiles in a folder of a user that is not there otherwise, and stand-ins for schedulers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from stand_ins import StandIns

from jadeite.cluster.profile_files import NamedProfile, load_profile

WriteProfile = Callable[..., NamedProfile]


@pytest.fixture(autouse=True)
def user_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config" / "jadeite" / "clusters"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def profile(user_profiles: Path) -> WriteProfile:
    """Write the lines of a profile and read it; Slurm unless they say otherwise."""

    def write(*lines: str, name: str = "mine") -> NamedProfile:
        has_scheduler = any(line.startswith("scheduler:") for line in lines)
        text = "\n".join(lines if has_scheduler else ("scheduler: slurm", *lines))
        (user_profiles / f"{name}.yaml").write_text(text + "\n")
        return load_profile(name)

    return write


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    return StandIns(tmp_path / "bin", monkeypatch)
