# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of films and contact at the electrodes: what has an effect, what a growing film needs, what time is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding, micrometres
from jadeite.case.physics_checks.mechanics import not_solved_with
from jadeite.case.problems import Path

_ELECTRODES = ("plating_interface", "stripping_interface")
#: Correlation lengths that an electrode may be wide: the grid that a variation is drawn on ends there.
_MOST_LENGTHS = 100


def interface_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case says about its electrodes, and about time, that does not fit together."""
    physics, protocol = case.physics, case.protocol
    if physics is None:
        return
    given = {name: getattr(physics, name, None) for name in _ELECTRODES}
    if given["stripping_interface"] is given["plating_interface"]:
        # one block that serves both electrodes is one place to change
        del given["stripping_interface"]
    for name, law in given.items():
        named = getattr(law, "law", None)
        if named == "blocking":
            yield from _blocking_findings(("physics", name, "law"), protocol)
        elif named not in (None, "ideal"):
            yield from _law_findings(law, ("physics", name), case, recipe)
    if getattr(protocol, "law", None) == "hold":
        yield from _hold_findings(protocol, physics, list(given.values()))


def _blocking_findings(path: Path, protocol: Any) -> Iterator[Finding]:
    asked = getattr(protocol, "law", None)
    if asked not in (None, "impedance", "effective_properties"):
        yield Finding(
            path,
            f"is `blocking`, and no current passes it in the protocol `{asked}`",
            suggestion="use the protocol `impedance`, or another law",
        )
    elif getattr(protocol, "bias_current_density", 0.0):
        yield Finding(
            ("protocol", "bias_current_density"),
            "cannot pass a `blocking` electrode",
            allowed="0 mA/cm^2",
        )


def _law_findings(law: Any, path: Path, case: Any, recipe: Any) -> Iterator[Finding]:
    physics, protocol = case.physics, case.protocol
    film = _interphase(law)
    constant = (_resistance(law), law.contact_resistance)
    if law.film_variation is not None:
        if constant == (0.0, 0.0):
            yield Finding(
                (*path, "film_variation"),
                "has nothing to vary: neither the film nor the contact has a resistance",
                suggestion="give one, or leave it out",
            )
        yield from _length_findings(law.film_variation, (*path, "film_variation"), recipe)
    if film is None:
        return
    here = (*path, "interphase")
    if getattr(film, "variation", None) is not None:
        yield from _length_findings(film.variation, (*here, "variation"), recipe)
    if film.initial_thickness == 0.0:
        if getattr(protocol, "law", None) not in (None, "hold"):
            yield Finding(
                here,
                f"has no thickness and no time to grow, with the protocol `{protocol.law}`",
                suggestion="use the protocol `hold`, give `initial_thickness`, or leave it out",
            )
        elif law.law == "linear" and constant == (0.0, 0.0):
            yield Finding(
                (*here, "initial_thickness"),
                "leaves the fresh interface without any resistance, which the law `linear` cannot have under a film",
                suggestion="give a resistance, a contact resistance or an initial thickness",
            )
    left_out = physics.mechanics is None and "mechanics" not in getattr(physics, "faulty", ())
    if film.volume_strain and (left_out or not_solved_with(case)):
        yield Finding(
            (*here, "volume_strain"),
            "has no effect, because mechanics is not solved",
            suggestion="leave it out" + (", or solve `physics.mechanics`" if left_out else ""),
        )


def _hold_findings(protocol: Any, physics: Any, laws: list[Any]) -> Iterator[Finding]:
    if protocol.first_step is not None and protocol.duration is not None and protocol.first_step > protocol.duration:
        yield Finding(("protocol", "first_step"), "is longer than the duration", suggestion="leave it out")
    transport = getattr(physics, "ion_transport", None) or {}
    # salt and space charge move with time
    moving = any(law is None or law.law != "single_ion" for law in transport.values())
    unknown = any(law is None or "interphase" in getattr(law, "faulty", ()) for law in laws)
    if not moving and not unknown and all(_interphase(law) is None for law in laws):
        yield Finding(
            ("protocol", "law"),
            "`hold` follows what changes with time, and nothing does in this case",
            suggestion="give an electrode an `interphase`, or use the protocol `steady`",
        )


def _length_findings(variation: Any, path: Path, recipe: Any) -> Iterator[Finding]:
    sides = [getattr(recipe, name, None) for name in ("width", "width_z")]
    widths = [side for side in sides if isinstance(side, float)]
    length = variation.correlation_length
    if widths and length is not None and length * _MOST_LENGTHS < max(widths):
        yield Finding(
            (*path, "correlation_length"),
            f"is too short beside an electrode of {micrometres(max(widths))}",
            allowed=f"at least {micrometres(max(widths) / _MOST_LENGTHS)}",
        )


def _interphase(law: Any) -> Any:
    return getattr(law, "interphase", None)


def _resistance(law: Any) -> float | None:
    return getattr(law, "resistance", None) if law.law == "linear" else getattr(law, "film_resistance", None)
