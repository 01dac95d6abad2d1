# SPDX-License-Identifier: LGPL-3.0-or-later
"""A case reduced to conduction in the ceramic, so that nothing else has to be known of its materials."""

from __future__ import annotations

from jadeite.case.physics import GrainBoundaryLaw, IdealInterface, NoResistance
from jadeite.case.physics.fracture import CohesiveBoundaries
from jadeite.case.schema import Case
from jadeite.case.study_kind import StudyKind, study_kind


def case_of_materials(case: Case) -> Case:
    """Return the case whose material values have to be known: without what its study does not solve."""
    kind = study_kind(case)
    if kind == StudyKind.EFFECTIVE_PROPERTIES:
        return ceramic_alone(case, case.temperature)
    if kind in (StudyKind.LOADING, StudyKind.PRESSING):
        return without_current(case)
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


def without_current(case: Case) -> Case:
    """Return a case whose electrodes carry no current, nor its boundaries unless some open: what is left is mechanics.

    What boundaries that open do to the conductivity of a microstructure needs the resistance of the others.
    """
    ideal = IdealInterface()
    mechanics = case.physics.mechanics
    opens = mechanics is not None and isinstance(mechanics.fracture, CohesiveBoundaries)
    physics = {
        "grain_boundaries": case.physics.grain_boundaries if opens else NoResistance(),
        "plating_interface": ideal,
        "stripping_interface": ideal,
        "electronic_conduction": None,
        "heat": None,
    }
    return case.model_copy(
        update={
            "physics": case.physics.model_copy(update=physics),
            "failure": case.failure.model_copy(update={"criteria": ()}),
        }
    )
