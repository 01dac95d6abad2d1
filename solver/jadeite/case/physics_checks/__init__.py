# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules between the values of a case's physics and protocol, one module per mechanism."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.physics_checks.boundaries import boundary_findings
from jadeite.case.physics_checks.cohesive import cohesive_findings
from jadeite.case.physics_checks.contact import contact_findings
from jadeite.case.physics_checks.effective_properties import effective_findings, heat_findings
from jadeite.case.physics_checks.impedance import impedance_findings
from jadeite.case.physics_checks.interfaces import interface_findings
from jadeite.case.physics_checks.leakage import leakage_findings
from jadeite.case.physics_checks.loading import loading_findings
from jadeite.case.physics_checks.mechanics import mechanics_findings
from jadeite.case.physics_checks.metal import metal_findings
from jadeite.case.physics_checks.phase_field import phase_field_findings
from jadeite.case.physics_checks.polarisation import polarisation_findings
from jadeite.case.physics_checks.pressing import pressing_findings
from jadeite.case.physics_checks.revolution import revolution_findings
from jadeite.case.physics_checks.salt import salt_findings
from jadeite.case.physics_checks.space_charge import space_charge_findings
from jadeite.case.physics_checks.supports import support_findings

#: Each takes a case and its recipe as far as they could be read (None where a part is missing or faulty).
RULES: tuple[Callable[[Any, Any], Iterator[Finding]], ...] = (
    revolution_findings,
    mechanics_findings,
    metal_findings,
    pressing_findings,
    support_findings,
    interface_findings,
    boundary_findings,
    impedance_findings,
    leakage_findings,
    polarisation_findings,
    space_charge_findings,
    salt_findings,
    effective_findings,
    heat_findings,
    loading_findings,
    contact_findings,
    cohesive_findings,
    phase_field_findings,
)


def physics_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield every broken rule between the values of physics and protocol."""
    for rule in RULES:
        yield from rule(case, recipe)
