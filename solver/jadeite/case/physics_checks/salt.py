# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of ion transport by role and of dissolved salt: roles that exist, laws that are solved with it, its limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.problems import Path, did_you_mean, listing
from jadeite.constants import FARADAY

_SALT = "binary_electrolyte"


def salt_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what is wrong with the laws of ion transport of a case and with what it asks of dissolved salt."""
    transport = None if case.physics is None else case.physics.ion_transport
    if not transport:
        return
    roles = _roles(recipe)
    for role in transport:
        if roles is not None and role not in roles:
            yield Finding(
                ("physics", "ion_transport", role),
                "is a role that the recipe does not name",
                allowed=listing(list(roles)),
                suggestion=did_you_mean(role, list(roles)),
            )
    if any(getattr(law, "law", None) == _SALT for law in transport.values()):
        yield from _not_coupled(case.physics)
        yield from _limit(case, recipe, transport)


def _not_coupled(physics: Any) -> Iterator[Finding]:
    """What is not solved together with dissolved salt."""
    for name in ("electronic_conduction", "heat"):
        if getattr(physics, name, None) is not None:
            yield Finding(("physics", name), f"is not solved with {_SALT}", suggestion=f"say `{name}: none`")
    for name in ("plating_interface", "stripping_interface"):
        if getattr(getattr(physics, name, None), "interphase", None) is not None:
            yield Finding(
                ("physics", name, "interphase"),
                f"does not grow in a cell with {_SALT}",
                suggestion="give the film its resistance: `film_resistance`",
            )
    boundaries = physics.grain_boundaries
    if getattr(boundaries, "law", None) == "layer" or getattr(boundaries, "surface_conductance", None):
        yield Finding(
            ("physics", "grain_boundaries"),
            f"conducts along boundaries, which is not solved with {_SALT}",
            suggestion="give them a resistance alone: `{law: constant, resistance: ...}`",
        )


def _limit(case: Any, recipe: Any, transport: Any) -> Iterator[Finding]:
    """A steady current density above 2 F D c / ((1 - t) L), where the separator is one layer of polymer.

    Only what the case itself states is used: values of the material library are not read here.
    """
    law, thickness = _one_layer(recipe, transport)
    if law is None or None in (law.salt_diffusivity, law.transference_number, law.salt_concentration):
        return
    if law.transference_number >= 1.0:
        return
    limit = 2.0 * FARADAY * law.salt_diffusivity * law.salt_concentration / (1.0 - law.transference_number) / thickness
    protocol = case.protocol
    asked: list[tuple[Path, float | None]] = []
    if getattr(protocol, "law", None) == "steady":
        asked = [(("protocol", "current_density"), protocol.current_density)]
    elif getattr(protocol, "law", None) == "polarisation":
        densities = protocol.current_densities or ()
        asked = [(("protocol", "current_densities", row), value) for row, value in enumerate(densities)]
    for path, value in asked:
        if value is not None and value >= limit:
            yield Finding(
                path,
                f"is {0.1 * value:.4g} mA/cm^2, but the polymer carries no steady current density above its limit "
                f"2 F D c / ((1 - t) L) = {0.1 * limit:.4g} mA/cm^2, where no salt is left at the plating electrode",
                suggestion="take a smaller current density, or `law: hold`, which follows the depletion in time",
            )
            return


def _one_layer(recipe: Any, transport: Any) -> tuple[Any, float]:
    """The law of salt of a separator that is one uniform layer, and its thickness; None where it is not."""
    separator = None if recipe is None else recipe.separator
    layers: Sequence[Any] = (None if separator is None else separator.layers) or ()
    if len(layers) != 1 or layers[0] is None or recipe.inclusions or recipe.pores:
        return None, 0.0
    layer = layers[0]
    mixed = layer.polycrystal is not None or layer.inclusions or layer.pores
    law = transport.get(layer.material)
    if mixed or layer.thickness is None or getattr(law, "law", None) != _SALT:
        return None, 0.0
    return law, layer.thickness * (layer.repeat or 1)


def _roles(recipe: Any) -> tuple[str, ...] | None:
    """Roles of the layers and particles of a recipe; None when they could not be read in full."""
    separator = None if recipe is None else recipe.separator
    if separator is None or separator.imported is not None or "layers" in getattr(separator, "faulty", ()):
        return None
    parts: list[Any] = [*(recipe.inclusions or ())]
    crystals = [separator.polycrystal]
    for layer in separator.layers or ():
        if layer is None:
            return None
        parts += [layer, *(layer.inclusions or ())] if layer.polycrystal is None else [*(layer.inclusions or ())]
        crystals.append(layer.polycrystal)
    for crystal in crystals:
        parts += [] if crystal is None else [crystal, *(crystal.second_phases or ())]
    if not parts or any(part is None or part.material is None for part in parts):
        return None
    return tuple(dict.fromkeys(str(part.material) for part in parts))
