# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of pores and particles: their number, room for them, the places they ask for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jadeite.case.finding import Finding, exactly_one, micrometres
from jadeite.case.problems import Path
from jadeite.case.recipe_checks.space import Space, mean_size, rows

MOST_IN_ONE_PLACE = 0.3
"""Largest share of the volume that bodies in one kind of place can take without touching each other."""

MOST_ALTOGETHER = 0.5
"""Largest share of the volume that all pores and particles together can take."""

_PLACES = {
    "grain_interiors": "inside grains",
    "grain_boundaries": "on grain boundaries",
    "triple_junctions": "at triple junctions",
    "triple_lines": "on triple lines",
}


@dataclass(frozen=True, slots=True)
class _Host:
    """What bodies lie in: the separator or one layer.

    Its volume (area in 2-D), largest mean grain size and smallest extent in SI units, None where unknown.
    """

    path: Path
    section: Any
    volume: float | None
    has_grains: bool
    grain: float | None
    smallest_extent: float | None


def body_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield the broken rules of all pores and inclusions."""
    for host in _hosts(recipe, space):
        shares: dict[str, float] = {}
        total = 0.0
        for name in ("pores", "inclusions"):
            for row, bodies in rows(getattr(host.section, name)):
                path = (*host.path, name, row)
                yield from exactly_one(bodies, path, "count", "fraction")
                yield from _fits(bodies, path, host)
                yield from _orientation(bodies, path)
                share = _share(bodies, host, space)
                if share is None or bodies.place is None:
                    continue
                key = "fraction" if bodies.fraction is not None else "count"
                before, shares[bodies.place] = shares.get(bodies.place, 0.0), shares.get(bodies.place, 0.0) + share
                total += share
                if shares[bodies.place] > MOST_IN_ONE_PLACE:
                    message = f"brings the share of bodies {_PLACES[bodies.place]} to {shares[bodies.place]:.3g}"
                    allowed = _most(bodies, key, share, MOST_IN_ONE_PLACE - before)
                    yield Finding((*path, key), message, allowed=allowed)
                elif total > MOST_ALTOGETHER:
                    message = f"brings the share of all pores and particles to {total:.3g}"
                    allowed = _most(bodies, key, share, MOST_ALTOGETHER - total + share)
                    yield Finding((*path, key), message, allowed=allowed)


def _hosts(recipe: Any, space: Space) -> Iterator[_Host]:
    separator = recipe.separator
    if separator is None or separator.imported is not None:
        return
    across = [extent for extent in (space.width, space.width_z) if extent is not None]
    layers = list(rows(separator.layers))
    crystals = [layer.polycrystal for _, layer in layers if layer.polycrystal is not None]
    crystals += [] if separator.polycrystal is None else [separator.polycrystal]
    sizes = [mean_size(crystal.grain_size) for crystal in crystals]
    grain = max((size for size in sizes if size is not None), default=None)
    # where nothing of the grains can be read, their absence is no finding of its own
    unknown = separator.layers is None and separator.polycrystal is None
    unknown |= any("polycrystal" in getattr(layer, "faulty", ()) for _, layer in layers)
    smallest = min([*across, *([] if space.thickness is None else [space.thickness])], default=None)
    yield _Host((), recipe, space.volume, bool(crystals) or unknown, grain, smallest)
    for row, layer in layers:
        volume = None
        if None not in (space.volume, layer.thickness, layer.repeat) and space.thickness is not None:
            volume = space.volume * layer.thickness * layer.repeat / space.thickness
        size = None if layer.polycrystal is None else mean_size(layer.polycrystal.grain_size)
        smallest = min([*across, *([] if layer.thickness is None else [layer.thickness])], default=None)
        has_grains = layer.polycrystal is not None or "polycrystal" in getattr(layer, "faulty", ())
        yield _Host(("separator", "layers", row), layer, volume, has_grains, size, smallest)


def _fits(bodies: Any, path: Path, host: _Host) -> Iterator[Finding]:
    if bodies.place is not None and bodies.place != "grain_interiors" and not host.has_grains:
        where = _PLACES[bodies.place].partition(" ")[2]
        yield Finding(
            (*path, "place"), f"needs {where}, which layers without grains do not have",
            allowed="grain_interiors", suggestion="or give the layer a `polycrystal`",
        )  # fmt: skip
    lens = bodies.shape is not None and bodies.shape.law == "lens"
    if lens and bodies.place == "grain_interiors":
        message = "is made of caps that meet at a grain boundary, and there is none inside a grain"
        yield Finding((*path, "shape"), message, allowed="`law: ellipsoid`, or another place")
    if bodies.radius is None:
        return
    if host.grain is not None and bodies.radius >= 0.5 * host.grain:
        message, allowed = "is not smaller than half the mean grain size", f"below {micrometres(0.5 * host.grain)}"
        yield Finding((*path, "radius"), message, allowed=allowed)
    elif host.smallest_extent is not None and bodies.radius >= 0.5 * host.smallest_extent:
        allowed = f"below {micrometres(0.5 * host.smallest_extent)}"
        yield Finding((*path, "radius"), "does not fit into the cell or its layer", allowed=allowed)


def _orientation(bodies: Any, path: Path) -> Iterator[Finding]:
    orientation = getattr(bodies, "orientation", None)
    for name in ("axis", "direction"):
        vector = getattr(orientation, name, None)
        if vector is not None and None not in vector and all(part == 0.0 for part in vector):
            yield Finding((*path, "orientation", name), "has no direction: all parts are zero")


def _share(bodies: Any, host: _Host, space: Space) -> float | None:
    """Share of the volume that bodies take: as given, or their number times the mean volume."""
    if bodies.fraction is not None:
        return float(bodies.fraction)
    if None in (bodies.count, bodies.radius, bodies.coefficient_of_variation, host.volume, space.dimension):
        return None
    # moments of a lognormal distribution: <r^n> = <r>^n (1 + cv^2)^(n (n - 1) / 2)
    power = 1 if space.dimension == 2 else 3
    unit = math.pi if space.dimension == 2 else 4 / 3 * math.pi
    spread = (1 + bodies.coefficient_of_variation**2) ** power
    assert host.volume is not None and space.dimension is not None
    if host.volume <= 0.0 or bodies.count == 0:
        return None
    return float(bodies.count * unit * bodies.radius**space.dimension * spread / host.volume)


def _most(bodies: Any, key: str, share: float, room: float) -> str:
    room = max(room, 0.0)
    return f"at most {room:.3g}" if key == "fraction" else f"at most {math.floor(bodies.count * room / share)}"
