# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a case file and `--set` settings to a checked case and recipe, or to one error that lists everything wrong."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from jadeite.case.cross_checks import case_findings
from jadeite.case.document import Document, apply_overrides, parse_document, read_document
from jadeite.case.field_errors import field_problems
from jadeite.case.files import FOLDER, content_hash
from jadeite.case.finding import Finding
from jadeite.case.microstructure import Recipe
from jadeite.case.partial import read_what_is_valid
from jadeite.case.problems import CaseError, Problem, as_given
from jadeite.case.problems import Path as DataPath
from jadeite.case.recipe_checks import recipe_findings
from jadeite.case.schema import Case

_INLINE: DataPath = ("microstructure",)


@dataclass(frozen=True, slots=True)
class LoadedCase:
    """A checked case with its recipe, the text of the case file as given, and the files that were read.

    The case file comes first among the files; each has the SHA-256 of its bytes.
    """

    case: Case
    recipe: Recipe
    source: str
    files: Mapping[Path, str]
    overrides: tuple[str, ...] = ()


def load_case(path: Path, overrides: Sequence[str] = ()) -> LoadedCase:
    """Read and check a case file and the recipe it names.

    Args:
        path: the case file.
        overrides: settings `path=value`, such as `protocol.current_density=2 mA/cm^2`; those that begin with
            `microstructure.` reach into the recipe, wherever it is written.

    Raises:
        CaseError: carries every problem of both files.
    """
    path = Path(path)
    document = read_document(path)
    into_recipe = [setting for setting in overrides if setting.strip().startswith("microstructure.")]
    apply_overrides(document, [setting for setting in overrides if setting not in into_recipe])
    named = document.data.get("microstructure")
    files = [path]
    extra: list[Problem] = []
    recipe_document: Document | None = None
    if isinstance(named, str):
        found = find_recipe(named, path.parent)
        if found is None:
            places = " or ".join(str(place) for place in _recipe_places(named, path.parent))
            extra.append(document.problem(_INLINE, "names a recipe that is not there", given=named, allowed=places))
        else:
            files.append(found)
            try:
                recipe_document = read_document(found)
                apply_overrides(
                    recipe_document, [setting.strip().removeprefix("microstructure.") for setting in into_recipe]
                )
            except CaseError as error:
                extra.extend(error.problems)
    else:
        apply_overrides(document, into_recipe)

    case, what_case = _validate(Case, document)
    if recipe_document is not None:
        recipe, what_recipe = _validate(Recipe, recipe_document)
        findings = _located(recipe_findings(what_recipe), recipe_document, ())
        extra.extend([*recipe_document.problems, *findings])
    else:
        recipe = case.microstructure if isinstance(case, Case) and isinstance(case.microstructure, Recipe) else None
        inline = document.data.get("microstructure")
        what_recipe = recipe if recipe is not None else read_what_is_valid(Recipe, inline)
        extra.extend(_located(recipe_findings(what_recipe), document, _INLINE))
    names, aliases = material_names()
    extra.extend(_located(case_findings(what_case, what_recipe, names, aliases), document, ()))
    problems = [*document.problems, *extra]
    if problems or case is None or recipe is None:
        raise CaseError(_in_order(problems, files))
    digests = {file: content_hash(file) for file in files}
    return LoadedCase(case, recipe, document.text, digests, tuple(overrides))


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read and check a microstructure recipe.

    Args:
        path: the recipe file.
        overrides: settings `path=value`, such as `flaws.0.depth=20 um`.

    Raises:
        CaseError: carries every problem.
    """
    return _checked_recipe(read_document(Path(path)), overrides)


def parse_recipe(text: str, overrides: Sequence[str] = ()) -> Recipe:
    """Read and check a recipe given as YAML text, files in it from the current folder; raises `CaseError`."""
    return _checked_recipe(parse_document(text, "recipe"), overrides)


def find_recipe(name: str, folder: Path) -> Path | None:
    """Return the file of a recipe named in a case file in `folder`; None when there is none."""
    try:
        return next((place for place in _recipe_places(name, folder) if place.is_file()), None)
    except (OSError, ValueError):  # a name that no file can have, or a folder that may not be looked into
        return None


def material_names() -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the names of the material library and its aliases (alias -> name)."""
    index = material_index()
    return tuple(index), {alias: name for name, entry in index.items() for alias in entry.get("aliases", ())}


@cache
def material_index() -> dict[str, Any]:
    """Return the index of the material library by name: title, class and aliases of each material.

    It is read here, as data: cases name materials, and the package that knows what they mean imports this one.
    """
    index = importlib.resources.files("jadeite").joinpath("materials", "library", "index.yaml")
    entries: dict[str, Any] = parse_document(index.read_text(encoding="utf-8"), "index.yaml").data["materials"]
    return entries


def _checked_recipe(document: Document, overrides: Sequence[str]) -> Recipe:
    apply_overrides(document, overrides)
    recipe, what_is_known = _validate(Recipe, document)
    problems = [*document.problems, *_located(recipe_findings(what_is_known), document, ())]
    if problems or recipe is None:
        raise CaseError(_in_order(problems, [Path(document.file)]))
    return recipe


def _recipe_places(name: str, folder: Path) -> tuple[Path, ...]:
    if name.endswith((".yaml", ".yml")):
        return (folder / name,)
    file = f"{name}.yaml"
    places = (folder / file, folder / "meshes" / file, folder / ".." / ".." / "meshes" / file, Path("meshes") / file)
    return tuple(dict.fromkeys(places))


def _validate[Model: BaseModel](model: type[Model], document: Document) -> tuple[Model | None, Any]:
    """Return the validated section, or None with what could be read of it; problems go to the document."""
    try:
        section = model.model_validate(document.data, context={FOLDER: Path(document.file).parent})
    except ValidationError as error:
        document.problems.extend(field_problems(error, model, document))
        return None, read_what_is_valid(model, document.data)
    return section, section


def _located(findings: Any, document: Document, prefix: DataPath) -> list[Problem]:
    def located(finding: Finding) -> Problem:
        path = (*prefix, *finding.path)
        return document.problem(
            path, finding.message, given=_given(document, path), allowed=finding.allowed, suggestion=finding.suggestion
        )

    return [located(finding) for finding in findings]


def _given(document: Document, path: DataPath) -> str:
    try:
        value = document.value(path)
    except (LookupError, TypeError):
        return ""
    return "" if isinstance(value, dict | list) or value is None else as_given(value)


def _in_order(problems: Sequence[Problem], files: Sequence[Path]) -> list[Problem]:
    """Sort problems by file, in the order read, and line; the same problem is said once."""
    order = {str(file): number for number, file in enumerate(files)}
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: (order.get(problem.file, len(order)), problem.line or 0))
