# SPDX-License-Identifier: LGPL-3.0-or-later
"""The box that everything in a recipe must fit into, as far as it is known, and how rules walk over lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jadeite.case.problems import Path


@dataclass(frozen=True, slots=True)
class Space:
    """Dimension and extents (m) of a recipe; None for what is missing or faulty. `width_z` is None in 2-D."""

    dimension: int | None
    width: float | None
    thickness: float | None
    width_z: float | None
    periodic: tuple[str, ...]

    @classmethod
    def of(cls, recipe: Any) -> Space:
        """Return the space of a recipe, or of what could be read of one."""
        depth = None
        if recipe.dimension == 3:
            left_out = recipe.width_z is None and "width_z" not in getattr(recipe, "faulty", ())
            depth = recipe.width if left_out else recipe.width_z
        periodic = tuple(axis for axis in recipe.periodic or () if axis is not None)
        return cls(recipe.dimension, recipe.width, thickness_of(recipe.separator), depth, periodic)

    @property
    def volume(self) -> float | None:
        """Volume in m^3, area in m^2 in 2-D; None when an extent is not known."""
        extents = [self.width, self.thickness] + ([self.width_z] if self.dimension == 3 else [])
        product = 1.0
        for extent in extents:
            if extent is None:
                return None
            product *= extent
        return product


@dataclass(frozen=True, slots=True)
class Grains:
    """A polycrystal of a recipe, where it stands, and the thickness (m) of the layer that it fills."""

    path: Path
    section: Any
    thickness: float | None


def thickness_of(separator: Any) -> float | None:
    """Distance between the electrodes in m: stated, or the sum over layers."""
    if separator is None:
        return None
    if separator.layers is not None:
        parts = [(layer.thickness, layer.repeat) for layer in separator.layers if layer is not None]
        if len(parts) < len(separator.layers) or any(size is None or repeat is None for size, repeat in parts):
            return None
        return float(sum(size * repeat for size, repeat in parts))
    return None if separator.thickness is None else float(separator.thickness)


def polycrystals(recipe: Any) -> list[Grains]:
    """Every polycrystal of a recipe."""
    separator = recipe.separator
    if separator is None:
        return []
    found = []
    if separator.polycrystal is not None:
        found.append(Grains(("separator", "polycrystal"), separator.polycrystal, separator.thickness))
    for row, layer in rows(separator.layers):
        if layer.polycrystal is not None:
            path = ("separator", "layers", row, "polycrystal")
            found.append(Grains(path, layer.polycrystal, layer.thickness))
    return found


def mean_size(grain_size: Any) -> float | None:
    """Mean diameter (m) of a distribution of grain sizes, of the largest mode of a mixture."""
    if grain_size is None:
        return None
    if grain_size.law == "mixture":
        means = [mode.mean for _, mode in rows(grain_size.modes)]
        return None if not means or None in means else max(means)
    return None if grain_size.mean is None else float(grain_size.mean)


def rows(items: Sequence[Any] | None) -> Iterator[tuple[int, Any]]:
    """Yield the items that could be read, each with its place in the list."""
    return ((row, item) for row, item in enumerate(items or ()) if item is not None)


def by_hand(section: Any, name: str) -> bool:
    """Whether a key was written in the recipe rather than left at its default."""
    return name in section.model_fields_set
