# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every study: what is solved between mesh and summary; a new study is one package and one row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jadeite.case.study_kind import StudyKind
from jadeite.output.summary import Summary
from jadeite.study import polarisation
from jadeite.study.ageing import chain as ageing
from jadeite.study.cell import chain as cell
from jadeite.study.context import RunContext
from jadeite.study.effective import chain as effective_properties
from jadeite.study.impedance import chain as impedance
from jadeite.study.loading import chain as loading
from jadeite.study.pressing import chain as pressing
from jadeite.study.salt import chain as salt
from jadeite.study.space_charge import chain as space_charge


@dataclass(frozen=True)
class Chain:
    """A study.

    Attributes:
        stages: its stages in order and the share of a run that each takes, for the estimate of the time left.
        execute: goes through them; returns the summary on rank 0 and None elsewhere. Collective.
    """

    stages: Mapping[str, float]
    execute: Callable[[RunContext], Summary | None]


CHAINS: Mapping[StudyKind, Chain] = {
    StudyKind.CELL: Chain(cell.STAGES, cell.execute),
    StudyKind.AGEING: Chain(ageing.STAGES, ageing.execute),
    StudyKind.EFFECTIVE_PROPERTIES: Chain(effective_properties.STAGES, effective_properties.execute),
    StudyKind.SPACE_CHARGE: Chain(space_charge.STAGES, space_charge.execute),
    StudyKind.POLARISATION: Chain(polarisation.STAGES, polarisation.execute),
    StudyKind.SALT: Chain(salt.STAGES, salt.execute),
    StudyKind.IMPEDANCE: Chain(impedance.STAGES, impedance.execute),
    StudyKind.PRESSING: Chain(pressing.STAGES, pressing.execute),
    StudyKind.LOADING: Chain(loading.STAGES, loading.execute),
}
