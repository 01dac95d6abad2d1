# SPDX-License-Identifier: LGPL-3.0-or-later
"""The members of a study: what each replaces in the case, what its content is called, and what is wrong with any."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jadeite
from jadeite.case.cross_checks import headline_findings
from jadeite.case.document import parse_document
from jadeite.case.frozen import digest
from jadeite.case.headlines import OF_FLAW, OF_ROLE
from jadeite.case.loading import LoadedCase, load_case
from jadeite.case.problems import CaseError, Path, Problem
from jadeite.case.reduced_case import case_of_materials
from jadeite.materials.resolve import resolve
from jadeite.microstructure.recipe_hash import recipe_hash
from jadeite.sweep.loading import LoadedStudy
from jadeite.sweep.sampling import rows
from jadeite.sweep.schema import Study

#: Hexadecimal digits of a content hash in the name of a folder.
_DIGEST = 12

#: Characters of the readable part of a name.
_READABLE = 100

#: Members that a problem names before it only counts them.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Member:
    """One member.

    Attributes:
        number: from 1, in the order of the sampling.
        values: of the parameters, as a case file would have them.
        settings: all that it replaces in the case, as `--set` takes it.
        content: hash of what decides its result: case, recipe, files by content, version of the program.
        mesh: hash of its recipe; members with the same one share a mesh.
        name: of its run folder, readable and with the content hash at its end.
        case: the checked case (`LoadedCase`), pickled: ten thousand of them fit into memory, and go to other processes.
    """

    number: int
    values: tuple[Any, ...]
    settings: tuple[str, ...]
    content: str
    mesh: str
    name: str
    case: bytes = field(repr=False)


Checked = Callable[[int, int, Member | None], None]
"""Told how many members have been checked, how many there are, and the last one if nothing is wrong with it."""


def members(loaded: LoadedStudy, checked: Checked | None = None) -> tuple[Member, ...]:
    """Return the members of a study after checking the case of each.

    Args:
        loaded: the checked study.
        checked: is told of progress.

    Raises:
        CaseError: with every problem of every member, each once, at the line of the study where its value stands.
    """
    study, paths = loaded.study, list(loaded.study.parameters)
    every = rows(list(study.parameters.values()), study.sampling)
    fixed = tuple(setting(path, value) for path, value in study.settings.items())
    short = short_names(paths)
    found: list[Member] = []
    first: LoadedCase | None = None
    problems = _MemberProblems(loaded, len(every))
    for number, values in enumerate(every, 1):
        settings = (*fixed, *(setting(path, value) for path, value in zip(paths, values, strict=True)))
        member = None
        try:
            case = checked_case(loaded, settings)
        except CaseError as error:
            problems.add(number, values, settings, error)
        else:
            first = first or case
            content = content_hash(case)
            name = f"{readable(dict(zip(short, values, strict=True)))}-{content}"
            member = Member(number, values, settings, content, recipe_hash(case.recipe), name, pickle.dumps(case))
            found.append(member)
        if checked is not None:
            checked(number, len(every), member)
    problems.add_unknown_responses(first)
    problems.raise_any()
    return tuple(found)


def checked_case(loaded: LoadedStudy, settings: Sequence[str]) -> LoadedCase:
    """Return the checked case of a member, its materials included; raises `CaseError`."""
    case = load_case(loaded.case_file, settings)
    resolve(case_of_materials(case.case), case.recipe, str(loaded.case_file))
    return case


def content_hash(case: LoadedCase) -> str:
    """Return the hash that members of equal content share, however their values are written."""
    return hashlib.sha256(f"{jadeite.__version__} {digest(case)}".encode()).hexdigest()[:_DIGEST]


def setting(path: str, value: Any) -> str:
    """Return `path=value` as `--set` takes it: text as it is where YAML reads it back, JSON otherwise."""
    if isinstance(value, str):
        try:
            plain = parse_document(f"value: {value}", "").data == {"value": value}
        except CaseError:
            plain = False
        return f"{path}={value}" if plain else f"{path}={json.dumps(value, ensure_ascii=False)}"
    return f"{path}={json.dumps(value, ensure_ascii=False)}"


def short_names(paths: Sequence[str]) -> list[str]:
    """Return the ends of paths, as short as they can be told apart: `depth`, or `0.depth` and `1.depth`."""
    parts = [path.split(".") for path in paths]
    names = []
    for path in parts:
        lengths = range(1, len(path) + 1)
        tails = (path[-length:] for length in lengths if not path[-length].isdecimal() or length == len(path))
        unique = (tail for tail in tails if sum(other[-len(tail) :] == tail for other in parts) == 1)
        names.append(".".join(next(unique, path)))
    return names


def readable(values: Mapping[str, Any]) -> str:
    """Return a name that any file system takes: `depth-8um_seed-3`."""
    words = []
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value)
        words.append(f"{name}-{re.sub(r'[^A-Za-z0-9.+-]+', '', text)}")
    return re.sub(r"[^A-Za-z0-9._+-]+", "", "_".join(words))[:_READABLE].strip("._-") or "member"


class _MemberProblems:
    """Problems of all members; one that several meet is said once, with the members it concerns."""

    def __init__(self, loaded: LoadedStudy, number: int) -> None:
        self._loaded, self._number = loaded, number
        self._met: dict[Problem, list[str]] = {}

    def add(self, number: int, values: tuple[Any, ...], settings: tuple[str, ...], error: CaseError) -> None:
        """Take over what is wrong with a member."""
        places = _places(self._loaded.study, values, settings)
        for problem in error.problems:
            path = places.get(problem.file)
            placed = problem
            if path is not None:
                place = self._loaded.document.place(path)
                placed = dataclasses.replace(problem, file=place.file, line=place.line)
            self._met.setdefault(placed, []).append(str(number))

    def add_unknown_responses(self, case: LoadedCase | None) -> None:
        """Note the headline figures named by the study that runs of this case cannot give.

        Without a case, names that depend on one are left alone.
        """
        for path, key in named_responses(self._loaded.study):
            if case is None and key.startswith((OF_FLAW, *OF_ROLE)):
                continue
            for finding in headline_findings(key, None if case is None else case.recipe, path):
                problem = self._loaded.document.problem(
                    finding.path, finding.message, allowed=finding.allowed, suggestion=finding.suggestion
                )
                self._met[problem] = []

    def raise_any(self) -> None:
        """Raise one `CaseError` when there is any problem."""
        if not self._met:
            return
        listed = []
        for problem, numbers in self._met.items():
            where = ""
            if 0 < len(numbers) < self._number:
                more = "" if len(numbers) <= _NAMED else f" and {len(numbers) - _NAMED} more"
                where = f"in member{'s' if len(numbers) > 1 else ''} {', '.join(numbers[:_NAMED])}{more}"
            suggestion = "; ".join(filter(None, [problem.suggestion, where]))
            listed.append(dataclasses.replace(problem, suggestion=suggestion))
        raise CaseError(sorted(listed, key=lambda problem: (problem.file, problem.line or 0)), "study")


def named_responses(study: Study) -> Iterator[tuple[Path, str]]:
    """Yield every headline figure that a study names, with the place where it does."""
    for row, key in enumerate(study.responses):
        yield ("responses", row), key
    plots = study.plots
    if plots is None:
        return
    for row, curve in enumerate(plots.curves):
        yield ("plots", "curves", row, "response"), curve.response
    for row, chart in enumerate(plots.maps):
        yield ("plots", "maps", row, "response"), chart.response
    for row, front in enumerate(plots.pareto):
        for goal, keys in (("minimise", front.minimise), ("maximise", front.maximise)):
            for place, key in enumerate(keys):
                yield ("plots", "pareto", row, goal, place), key


def _places(study: Study, values: tuple[Any, ...], settings: tuple[str, ...]) -> dict[str, Path]:
    """Return where the values of a member stand in the study, by what problems call their file (`--set ...`)."""
    places: list[Path] = [("settings", path) for path in study.settings]
    for (path, parameter), value in zip(study.parameters.items(), values, strict=True):
        listed = parameter.values
        at = () if listed is None else next((("values", row) for row, one in enumerate(listed) if one is value), ())
        places.append(("parameters", path, *at))
    # settings of a recipe lose their first word before they are applied to it
    names = ((f"--set {text}", f"--set {text.removeprefix('microstructure.')}") for text in settings)
    return {name: place for pair, place in zip(names, places, strict=True) for name in pair}
