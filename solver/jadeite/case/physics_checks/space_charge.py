# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of space charge: what the law of boundaries needs, and what the resolved study is solved with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding, exactly_one
from jadeite.case.problems import Path

_BOUNDARIES: Path = ("physics", "grain_boundaries")
_COUNTS_SITES = ("site_limited", "resolved")
#: What the law of boundaries and the transport of ions both say of the grains, with its unit.
_OF_GRAINS = {"carrier_density": " 1/m^3", "site_density": " 1/m^3", "relative_permittivity": ""}


def space_charge_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case says about space charge that does not fit together."""
    physics = case.physics
    if physics is None:
        return
    law = physics.grain_boundaries
    resolved = {
        role: transport
        for role, transport in (getattr(physics, "ion_transport", None) or {}).items()
        if getattr(transport, "law", None) == "nernst_planck_poisson"
    }
    if getattr(law, "law", None) == "space_charge":
        yield from _law_findings(law, bool(resolved))
    for role, transport in resolved.items():
        yield from _site_findings(transport, ("physics", "ion_transport", role))
    if resolved:
        yield from _resolved_findings(physics, recipe, law, resolved)
        if getattr(case.protocol, "current_density", None) == 0.0:
            yield Finding(
                ("protocol", "current_density"),
                "is zero: charged boundaries at rest are in equilibrium from the start",
                suggestion="give a small current density, for example 0.01 mA/cm^2",
            )


def _law_findings(law: Any, in_resolved_study: bool) -> Iterator[Finding]:
    yield from exactly_one(law, _BOUNDARIES, "potential", "core_charge")
    yield from _site_findings(law, _BOUNDARIES)
    closure, sites = getattr(law, "closure", None), getattr(law, "site_density", None)
    faulty = getattr(law, "faulty", ())
    if closure == "site_limited" and sites is None and "site_density" not in faulty and not in_resolved_study:
        yield Finding(
            _BOUNDARIES,
            "limits the number of sites and does not say what it is",
            suggestion="add `site_density`, for example 5e27 1/m^3, or choose the closure poisson_boltzmann",
        )
    if sites is not None and closure is not None and closure not in _COUNTS_SITES:
        yield Finding(
            (*_BOUNDARIES, "site_density"),
            f"has no effect with the closure `{closure}`",
            suggestion="choose the closure site_limited, or leave it out",
        )
    core = [name for name in ("potential", "core_charge") if (getattr(law, name, None) or 0.0) < 0.0]
    if core and closure is not None and not in_resolved_study and (closure == "mott_schottky" or sites is None):
        yield Finding(
            (*_BOUNDARIES, core[0]),
            "is negative: such a core gathers sodium ions, and the layers beside it resist less than the grain",
            allowed="a positive value",
            suggestion="choose `law: none`, or the closure site_limited, in which ions may fill up their sites",
        )


def _site_findings(law: Any, path: Path) -> Iterator[Finding]:
    sites, carriers = getattr(law, "site_density", None), getattr(law, "carrier_density", None)
    if sites is not None and carriers is not None and not sites > carriers:
        yield Finding(
            (*path, "site_density"),
            f"leaves no site empty: {carriers:g} mobile ions share {sites:g} sites per m^3",
            allowed=f"more than {carriers:g} 1/m^3",
        )


def _resolved_findings(physics: Any, recipe: Any, law: Any, resolved: dict[str, Any]) -> Iterator[Finding]:
    """What the resolved study is solved with."""
    named = getattr(law, "law", None)
    if named is not None and named not in ("space_charge", "none"):
        yield Finding(
            _BOUNDARIES,
            f"follows the law `{named}`, which nernst_planck_poisson does not know",
            allowed="the law space_charge, or none",
        )
    if named == "space_charge":
        for role, transport in resolved.items():
            yield from _disagreements(law, transport, ("physics", "ion_transport", role))
        if law.capacitance is not None:
            yield Finding(
                (*_BOUNDARIES, "capacitance"),
                "has no effect with nernst_planck_poisson, which resolves the charge of the layers",
                suggestion="leave it out",
            )
    if named in ("space_charge", "none") and law.surface_conductance:
        yield Finding(
            (*_BOUNDARIES, "surface_conductance"),
            "is not solved with nernst_planck_poisson: ions move along boundaries in the resolved layers alone",
            suggestion="leave it out",
        )
    for electrode in ("plating_interface", "stripping_interface"):
        if getattr(getattr(physics, electrode, None), "law", "ideal") != "ideal":
            yield Finding(
                ("physics", electrode),
                "is not solved with nernst_planck_poisson, whose electrodes exchange ions freely",
                allowed="{law: ideal}",
            )
            break
    if recipe is not None and (recipe.flaws or recipe.flaw_population is not None):
        yield Finding(
            ("microstructure",),
            "has flaws filled with sodium, which are not solved with nernst_planck_poisson",
            suggestion="leave the flaws out, or use the space_charge law of grain boundaries with single_ion transport",
        )


def _disagreements(law: Any, transport: Any, path: Path) -> Iterator[Finding]:
    """What the law of boundaries says otherwise of the grains than their ion transport, which is what is solved."""
    for name, unit in _OF_GRAINS.items():
        given, own = getattr(law, name, None), getattr(transport, name, None)
        if given is None or name in getattr(transport, "faulty", ()):
            continue
        if own is not None and abs(own - given) > 1e-9 * given:
            yield Finding(
                (*path, name),
                f"is {own:g}{unit}, but grain_boundaries says {given:g}{unit} in the same grains",
                allowed="the same value in both places",
            )
        elif own is None and name != "carrier_density":  # which no transport may leave out
            yield Finding(
                (*_BOUNDARIES, name),
                "has no effect with nernst_planck_poisson, which takes it from `ion_transport`",
                suggestion=f"add `{name}: {given:g}{unit}` to {'.'.join(str(part) for part in path)}",
            )
