# SPDX-License-Identifier: LGPL-3.0-or-later
"""Profiles by name or path: those of the user first, then the examples that come with Jadeite."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from jadeite.case.document import Document, Place, read_document
from jadeite.case.field_errors import field_problems
from jadeite.case.partial import read_what_is_valid
from jadeite.case.problems import CaseError, Problem, did_you_mean, listing
from jadeite.cluster.profile import Profile

_SHIPPED = Path(__file__).with_name("profiles")

#: Seconds before the end at which Slurm can send a signal at most.
_LONGEST_WARNING = 65535


class ProfileError(CaseError):
    """A profile that cannot be used; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems, "profile of the cluster")


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """A checked profile, its name, and the file it was read from."""

    name: str
    file: Path
    content: Profile


def user_folder() -> Path:
    """Return the folder of the user's own profiles, which need not exist: ~/.config/jadeite/clusters as a rule."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(configured) if Path(configured).is_absolute() else Path.home() / ".config"
    return base / "jadeite" / "clusters"


def known_profiles() -> dict[str, Path]:
    """Return the files of all profiles that can be called by name; the user's come first and hide others."""
    found: dict[str, Path] = {}
    for folder in (user_folder(), _SHIPPED):
        for file in sorted(folder.glob("*.yaml")):
            found.setdefault(file.stem, file)
    return found


def load_profile(name: str, replaced: Mapping[str, str] | None = None) -> NamedProfile:
    """Read and check a profile.

    Args:
        name: of a known profile, or the path of a file (anything with a slash, or that ends in .yaml).
        replaced: values that an option of the command line replaces, by key: `{"walltime": "2 h"}`.

    Raises:
        ProfileError: there is no such profile, or it has problems; carries all of them.
    """
    file = _find(name)
    try:
        document = read_document(file)
    except CaseError as error:
        raise ProfileError(list(error.problems)) from None
    for key, value in (replaced or {}).items():
        document.data[key] = value
        document.places[(key,)] = Place(f"--{key}", None)
    profile: Profile | None = None
    try:
        profile = Profile.model_validate(document.data)
        known = profile
    except ValidationError as error:
        document.problems.extend(field_problems(error, Profile, document))
        known = read_what_is_valid(Profile, document.data)
    document.problems.extend(_findings(known, document))
    if profile is None or document.problems:
        raise ProfileError(sorted(document.problems, key=lambda problem: problem.line or 0))
    return NamedProfile(file.stem, file.resolve(), profile)


def _find(name: str) -> Path:
    if "/" in name or name.endswith((".yaml", ".yml")):
        return Path(name)
    known = known_profiles()
    if name not in known:
        meant = did_you_mean(name, known)
        raise ProfileError(
            [
                Problem(
                    "--cluster",
                    None,
                    "",
                    "names a profile that is not there",
                    given=name,
                    allowed=f"the path of a file, or {listing(list(known))} (your own belong into {user_folder()})",
                    suggestion=meant,
                )
            ]
        )
    return known[name]


def _findings(known: Profile, document: Document) -> Iterator[Problem]:
    """Yield what is wrong between values; `known` may lack those that are wrong by themselves."""
    walltime, stop = getattr(known, "walltime", None), getattr(known, "stop_before_end", None)
    if walltime is not None and stop is not None and stop >= walltime:
        path = ("stop_before_end",) if "stop_before_end" in document.data else ("walltime",)
        yield document.problem(
            path,
            "leaves no time to compute",
            given=f"stop_before_end {stop} s, walltime {walltime} s",
            allowed="a stop_before_end that is shorter than the walltime",
        )
    if getattr(known, "scheduler", None) == "slurm" and stop is not None and stop > _LONGEST_WARNING:
        yield document.problem(
            ("stop_before_end",),
            "is longer than Slurm allows",
            given=f"{stop} s",
            allowed=f"at most {_LONGEST_WARNING} s",
        )
    if getattr(known, "scheduler", None) == "pbs" and getattr(known, "continuation", None) == "requeue":
        yield document.problem(
            ("continuation",),
            "is not possible with PBS, which lets only its operators requeue a job",
            given="requeue",
            allowed="successor or none",
        )
    container = getattr(known, "container", None)
    if container is None:
        return
    engine = getattr(container, "engine", "")
    if engine in ("docker", "podman") and getattr(container, "launcher", "") == "outside":
        yield document.problem(
            ("container", "launcher"),
            f"cannot be `outside` with {engine}, whose containers do not see the launcher",
            given="outside",
            allowed="inside",
        )
