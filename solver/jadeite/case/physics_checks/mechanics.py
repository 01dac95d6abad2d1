# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which studies solve no mechanics: a case may leave the block out there, and one that it gives is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding

_PROTOCOLS = ("impedance", "effective_properties")
_ION_TRANSPORT = ("binary_electrolyte", "nernst_planck_poisson")


def mechanics_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield that a case describes mechanics which its study does not solve."""
    physics, instead = case.physics, not_solved_with(case)
    if not instead or physics is None or physics.mechanics is None or "mechanics" not in physics.model_fields_set:
        return
    yield Finding(
        ("physics", "mechanics"), f"is not solved with {instead}", suggestion="say `mechanics: none`, or leave it out"
    )


def not_solved_with(case: Any) -> str:
    """Return what of a case mechanics is not solved with, in words; nothing where it is solved."""
    transport = getattr(case.physics, "ion_transport", None) or {}
    laws = {getattr(law, "law", None) for law in transport.values()}
    for law in _ION_TRANSPORT:
        if law in laws:
            return law
    protocol = getattr(case.protocol, "law", None)
    return f"the protocol `{protocol}`" if protocol in _PROTOCOLS else ""
