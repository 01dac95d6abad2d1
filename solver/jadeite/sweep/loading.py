# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a study file to a checked study, or to one error that lists everything wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jadeite.case.document import Document, read_document
from jadeite.case.field_errors import field_problems
from jadeite.case.partial import read_what_is_valid
from jadeite.case.problems import CaseError
from jadeite.sweep.rules import study_findings
from jadeite.sweep.schema import Study


@dataclass(frozen=True, slots=True)
class LoadedStudy:
    """A checked study, its document (which knows the lines), and the case file it names."""

    study: Study
    document: Document
    case_file: Path


def load_study(path: Path) -> LoadedStudy:
    """Read and check a study file; the members it makes are checked in `members.py`.

    Raises:
        CaseError: carries every problem of the file.
    """
    try:
        document = read_document(path)
    except CaseError as error:
        raise CaseError(error.problems, "study") from None
    study: Study | None = None
    try:
        study = Study.model_validate(document.data)
        what_is_known: Any = study
    except ValidationError as error:
        document.problems.extend(field_problems(error, Study, document))
        what_is_known = read_what_is_valid(Study, document.data)
    for finding in study_findings(what_is_known):
        document.problems.append(
            document.problem(finding.path, finding.message, allowed=finding.allowed, suggestion=finding.suggestion)
        )
    case_file = path.parent / (what_is_known.case or "")
    if what_is_known.case and not case_file.is_file():
        document.problems.append(
            document.problem(
                ("case",), "names a case file that is not there", given=what_is_known.case, allowed=str(case_file)
            )
        )
    if document.problems or study is None:
        problems = dict.fromkeys(document.problems)
        raise CaseError(sorted(problems, key=lambda problem: problem.line or 0), "study")
    return LoadedStudy(study, document, case_file)
