# SPDX-License-Identifier: LGPL-3.0-or-later
"""The roles that a recipe names, also when it could not be read in full."""

from __future__ import annotations

from typing import Any


def named_roles(recipe: Any) -> dict[str, str] | None:
    """Roles a recipe names, with the place where each is named; None when that is not known in full."""
    separator = None if recipe is None else recipe.separator
    if separator is None or not {"polycrystal", "layers", "imported"}.isdisjoint(getattr(separator, "faulty", ())):
        return None
    parts = [(f"inclusions.{row}", part) for row, part in enumerate(recipe.inclusions or ())]
    crystals = [("separator.polycrystal", separator.polycrystal)] if separator.polycrystal is not None else []
    for row, layer in enumerate(separator.layers or ()):
        place = f"separator.layers.{row}"
        if layer is None or "polycrystal" in getattr(layer, "faulty", ()):
            return None
        if layer.polycrystal is None:
            parts.append((place, layer))
        else:
            crystals.append((f"{place}.polycrystal", layer.polycrystal))
        parts += [(f"{place}.inclusions.{number}", part) for number, part in enumerate(layer.inclusions or ())]
    for place, crystal in crystals:
        parts.append((place, crystal))
        parts += [(f"{place}.second_phases.{row}", part) for row, part in enumerate(crystal.second_phases or ())]
    roles: dict[str, str] = {}
    if separator.imported is not None:
        named = getattr(separator.imported, "materials", {})
        if named is None or None in named.values():
            return None
        parts.append(("separator.imported", separator.imported))
        roles |= dict.fromkeys(named.values(), "separator.imported.materials")
    if not parts or any(part is None or part.material is None for _, part in parts):
        return None
    for path, part in parts:
        roles.setdefault(part.material, path)
    return roles
