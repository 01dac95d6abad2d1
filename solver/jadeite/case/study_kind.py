# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which study a case asks for: what its protocol and the way its ions move need solved together."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from jadeite.case.finding import Finding


class StudyKind(StrEnum):
    """What is solved, from mesh to summary."""

    CELL = "cell"
    POLARISATION = "polarisation"
    AGEING = "ageing"
    SALT = "salt"
    SPACE_CHARGE = "space_charge"
    IMPEDANCE = "impedance"
    EFFECTIVE_PROPERTIES = "effective_properties"
    LOADING = "loading"
    PRESSING = "pressing"


_OF_PROTOCOL = {
    "steady": StudyKind.CELL,
    "polarisation": StudyKind.POLARISATION,
    "hold": StudyKind.AGEING,
    "impedance": StudyKind.IMPEDANCE,
    "effective_properties": StudyKind.EFFECTIVE_PROPERTIES,
    "loading": StudyKind.LOADING,
    "pressing": StudyKind.PRESSING,
}

#: Protocols that a way of ion transport is solved with, beside those of sodium ions alone.
_PROTOCOLS = {
    "binary_electrolyte": (StudyKind.SALT, ("steady", "polarisation", "hold")),
    "nernst_planck_poisson": (StudyKind.SPACE_CHARGE, ("steady", "hold")),
}


def study_kind(case: Any) -> StudyKind:
    """Return the study of a checked case."""
    for law, (kind, _) in _PROTOCOLS.items():
        if law in _transport_laws(case):
            return kind
    return _OF_PROTOCOL[case.protocol.law]


def study_findings(case: Any) -> Iterator[Finding]:
    """Yield what a case combines that no study solves together."""
    laws, protocol = _transport_laws(case), getattr(case.protocol, "law", None)
    if "nernst_planck_poisson" in laws and len(laws) > 1:
        yield Finding(
            ("physics", "ion_transport"),
            "mixes nernst_planck_poisson with other laws",
            suggestion="give every role nernst_planck_poisson, or use the `space_charge` law of grain boundaries",
        )
        return
    for law, (_, protocols) in _PROTOCOLS.items():
        if law in laws and protocol is not None and protocol not in protocols:
            yield Finding(
                ("protocol", "law"),
                f"`{protocol}` is not solved with {law}",
                allowed=", ".join(protocols),
            )


def _transport_laws(case: Any) -> dict[str, str]:
    """Laws of ion transport that a case names, each with a role that follows it."""
    transport = getattr(case.physics, "ion_transport", None) or {}
    return {law.law: role for role, law in transport.items() if law is not None}
