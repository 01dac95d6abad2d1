# SPDX-License-Identifier: LGPL-3.0-or-later
"""A case reduced to conduction in the ceramic, so that nothing else has to be known of its materials."""

from __future__ import annotations

from jadeite.case.physics import GrainBoundaryLaw, IdealInterface
from jadeite.case.schema import Case
from jadeite.case.study_kind import StudyKind, study_kind


def case_of_materials(case: Case) -> Case:
    """Return the case whose material values have to be known: effective properties are those of the ceramic alone."""
    if study_kind(case) == StudyKind.EFFECTIVE_PROPERTIES:
        return ceramic_alone(case, case.temperature)
    return case


def ceramic_alone(case: Case, temperature: float, boundaries: GrainBoundaryLaw | None = None) -> Case:
    """Return a case at another temperature with ideal electrodes, no mechanics, electrons or heat, and no criteria.

    Args:
        case: the checked case.
        temperature: K.
        boundaries: law of grain boundaries; that of the case when left out.
    """
    ideal = IdealInterface()
    physics: dict[str, object] = {
        "plating_interface": ideal,
        "stripping_interface": ideal,
        "mechanics": None,
        "electronic_conduction": None,
        "heat": None,
    }
    if boundaries is not None:
        physics["grain_boundaries"] = boundaries
    return case.model_copy(
        update={
            "temperature": temperature,
            "physics": case.physics.model_copy(update=physics),
            "failure": case.failure.model_copy(update={"criteria": ()}),
        }
    )
