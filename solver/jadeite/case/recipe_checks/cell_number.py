# SPDX-License-Identifier: LGPL-3.0-or-later
"""How many cells a recipe asks for, estimated from its sizes before any memory is taken.

A slip of a unit in a cell size asks for millions of times as many cells as were meant, and the mesh generator would
take memory and time until the system ends it. The estimate follows what the size fields of both meshers do: cells are
small at boundaries and at fine places, and grow linearly with the distance from them. It is right to a factor of about
three; the limits lie so far above what one machine can solve that this is enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.recipe_checks.space import Space, rows

MOST_CELLS = {2: 2e7, 3: 5e7}
"""Cells in two and three dimensions above which a recipe is taken for a slip of a unit.

A mesh of this size takes about 10 GB and an hour to make, and more memory to solve on than a node of a cluster has.
"""

_PER_SIZE = {2: 3.0, 3: 16.0}
"""Cells per square (cube) of the cell size, as the meshes of the shipped recipes have them.

They would be 2.3 and 8.5 for equal regular triangles and tetrahedra: short edges and narrow corners need more.
"""

_DEFAULTS = {2: (1 / 5, 1 / 12), 3: (2 / 5, 1 / 5)}
"""Sizes inside and at boundaries over the grain size, where a recipe gives none, as the meshers choose them."""

_TIP = {2: 1 / 100, 3: 1 / 12}
_RIM = {2: 1 / 100, 3: 1 / 20}
"""Sizes at the tip over the depth, and at the rim of a patch over its width, where a recipe gives none."""

_EDGE_OF_GRAIN = 0.55
"""Length of an edge of a grain over its diameter; no cell is longer than the edge that it lies on."""

_SIDES_OF_BODY = 12
"""Cells around a pore or particle at least."""

_RINGS = 48
"""Steps of the integrals over the distance from a boundary or a fine place; they are right to some per cent."""


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Cell sizes in m inside and at boundaries, and their growth."""

    dimension: int
    inside: float
    boundary: float
    growth: float

    def density(self, distance: float, size: float) -> float:
        """Cells per area (volume) at a distance from where cells have a size."""
        return float(_PER_SIZE[self.dimension] / min(self.inside, size + self.growth * distance) ** self.dimension)


@dataclass(frozen=True, slots=True)
class _Source:
    """Fine places: their number, the cell size there, the radius of a body or length of a line, and how much is inside.

    `share` is the part of a full turn around the place that is filled by cells, `beside` the size that cells near it
    would have without it.
    """

    number: float
    size: float
    beside: float
    radius: float = 0.0
    length: float = 0.0
    share: float = 1.0


def cell_number_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield that a recipe asks for more cells than can be made."""
    number = estimated_cells(recipe, space)
    if number is None or space.dimension is None or number <= MOST_CELLS[space.dimension]:
        return
    most = MOST_CELLS[space.dimension]
    finer = [name for name in ("interior_size", "boundary_size", "tip_size") if getattr(recipe.mesh, name) is not None]
    larger = "larger " + ", ".join(f"`{name}`" for name in finer) if finer else "larger grains, or `interior_size`"
    yield Finding(
        ("mesh",),
        f"asks for about {number:.1g} cells",
        allowed=f"at most about {most:.0e} in {space.dimension} dimensions",
        suggestion=("fewer `refinements`, or " if recipe.mesh.refinements else "") + larger,
    )


def estimated_cells(recipe: Any, space: Space) -> float | None:
    """Number of cells that a recipe asks for; None where that cannot be told from the recipe alone."""
    mesh, separator = recipe.mesh, recipe.separator
    volume, dimension = space.volume, space.dimension
    if mesh is None or separator is None or dimension is None or not volume:
        return None
    if getattr(mesh, "faulty", ()) or mesh.growth is None:
        return None
    parts = list(_parts(recipe, space))
    measure = min((length for _, length, _ in parts), default=None)
    inside, boundary = (
        given or (None if measure is None else part * measure)
        for given, part in zip((mesh.interior_size, mesh.boundary_size), _DEFAULTS[dimension], strict=True)
    )
    if separator.imported is not None:
        if separator.imported.law == "mesh" or inside is None:
            return None
        # an image is made coarser where its boundaries would need too many cells
        boundary = boundary if boundary is not None and separator.imported.law == "neper" else inside
        parts = [(volume, math.inf, _extents(space))]
    if inside is None or boundary is None or min(inside, boundary, mesh.growth) <= 0.0 or not parts:
        return None
    sizes = _Sizes(dimension, inside, min(boundary, inside), mesh.growth)
    total = sum(share * _filled(extents, length, sizes) for share, length, extents in parts)
    sources = [source for source in _sources(recipe, space, sizes) if source.number > 0.0 and source.size > 0.0]
    number = sum(source.number for source in sources)
    total += sum(_around(source, sizes, volume / number) for source in sources)
    return float(total * 2.0 ** (dimension * (mesh.refinements or 0)))


def _extents(space: Space) -> tuple[float, ...]:
    return tuple(extent for extent in (space.width, space.thickness, space.width_z) if extent is not None)


def _parts(recipe: Any, space: Space) -> Iterator[tuple[float, float, tuple[float, ...]]]:
    """Volume, smallest length and extents (SI) of one piece, of each kind of grains and each uniform layer."""
    separator = recipe.separator
    assert space.volume is not None and space.thickness is not None
    if separator.polycrystal is not None:
        yield from _grains(separator.polycrystal, space.volume, space)
    for _, layer in rows(separator.layers):
        if layer.thickness is None or layer.repeat is None:
            continue
        volume = space.volume * layer.thickness * layer.repeat / space.thickness
        if layer.polycrystal is not None:
            yield from _grains(layer.polycrystal, volume, space)
        else:
            extents = (layer.thickness, *(width for width in (space.width, space.width_z) if width is not None))
            yield volume, layer.thickness, extents


def _grains(crystal: Any, volume: float, space: Space) -> Iterator[tuple[float, float, tuple[float, ...]]]:
    assert space.dimension is not None
    phases = [(phase.fraction, phase.grain_size) for _, phase in rows(crystal.second_phases) if phase.fraction]
    rest = max(1.0 - sum(fraction for fraction, _ in phases), 0.0)
    columns = crystal.shape is not None and crystal.shape.law == "columnar"
    across = space.dimension - 1 if columns else space.dimension
    for fraction, size in ((rest, crystal.grain_size), *phases):
        size = size or crystal.grain_size
        if size is None:
            continue
        if size.law == "mixture":
            # shares count grains; what they fill follows from their volumes
            modes = [(mode.share, mode.mean) for _, mode in rows(size.modes) if None not in (mode.share, mode.mean)]
            filled = [(share * mean**across, mean) for share, mean in modes]
        else:
            filled = [] if size.mean is None else [(1.0, size.mean)]
        whole = sum(part for part, _ in filled)
        for part, mean in filled:
            yield volume * fraction * part / whole, mean, (mean,) * across


def _filled(extents: tuple[float, ...], length: float, sizes: _Sizes) -> float:
    """Cells per area (volume) of pieces with these extents, fine at their boundaries."""
    size = min(sizes.boundary, _EDGE_OF_GRAIN * length if len(set(extents)) == 1 else length)
    half = 0.5 * min(extents)
    steps = [half * (step / _RINGS) ** 2 for step in range(_RINGS + 1)]
    beyond = [math.prod(1.0 - 2.0 * distance / extent for extent in extents) for distance in steps]
    return sum(
        (beyond[row] - beyond[row + 1]) * sizes.density(0.5 * (steps[row] + steps[row + 1]), size)
        for row in range(_RINGS)
    )


def _around(source: _Source, sizes: _Sizes, room: float) -> float:
    """Cells around fine places beyond those that are there anyway; each has `room` (m^2, m^3) for itself."""
    growth, ordinary = sizes.growth, sizes.density(0.0, source.beside)
    reach = min((max(sizes.boundary, source.radius) + sizes.inside) / growth, room ** (1.0 / sizes.dimension))
    steps = [reach * (step / _RINGS) ** 3 for step in range(_RINGS + 1)]
    total = 0.0
    for near, far in pairwise(steps):
        distance = 0.5 * (near + far)
        round_it = source.radius + distance
        if sizes.dimension == 2:
            surface = 2.0 * math.pi * round_it
        else:
            surface = 4.0 * math.pi * round_it**2 + 2.0 * math.pi * distance * source.length
        total += max(sizes.density(distance, source.size) - ordinary, 0.0) * surface * (far - near)
    return source.number * source.share * total


def _sources(recipe: Any, space: Space, sizes: _Sizes) -> Iterator[_Source]:
    """Fine places of bodies, flaws, cracks, patches and unwetted areas."""
    mesh, dimension = recipe.mesh, sizes.dimension
    for depth, number, half_length in _flaws(recipe):
        tip = mesh.tip_size or _TIP[dimension] * depth
        yield _Source(number, tip, sizes.boundary, length=math.pi * max(depth, half_length))
    for _, crack in rows(recipe.cracks):
        if crack.half_length is not None:
            tip = mesh.tip_size or crack.half_length * (1 / 25 if dimension == 2 else _TIP[3])
            yield _Source(2.0 if dimension == 2 else 1.0, tip, sizes.boundary, length=2.0 * math.pi * crack.half_length)
    for _, patch in rows(recipe.unwetted_patches):
        if dimension == 2 and None not in (patch.start, patch.end):
            width = abs(patch.end - patch.start)
            yield _Source(2.0, mesh.contact_edge_size or _RIM[2] * width, sizes.boundary, share=0.5)
        elif dimension == 3 and patch.radius is not None:
            rim = mesh.contact_edge_size or _RIM[3] * 2.0 * patch.radius
            yield _Source(1.0, rim, sizes.boundary, length=2.0 * math.pi * patch.radius, share=0.5)
    area = recipe.unwetted_area
    length = None if area is None else area.correlation_length
    if length and space.width is not None:
        # one patch for some correlation lengths
        number = max(space.width * (space.width_z or length) / length**2 / 5.0, 1.0)
        rim = mesh.contact_edge_size or _RIM[dimension] * length
        yield _Source(number * (2.0 if dimension == 2 else 1.0), rim, sizes.boundary, length=2.0 * length, share=0.5)
    yield from _bodies(recipe, space, sizes)


def _flaws(recipe: Any) -> Iterator[tuple[float, float, float]]:
    """Depth, number and half length of the mouth of flaws, in m."""
    for _, flaw in rows(recipe.flaws):
        if flaw.depth is not None:
            yield flaw.depth, 1.0, flaw.half_length or flaw.depth
    drawn = recipe.flaw_population
    depths = None if drawn is None else drawn.depths
    if depths is not None and depths.smallest_depth is not None and drawn.count:
        yield depths.smallest_depth, float(drawn.count), depths.smallest_depth * (drawn.length_to_depth or 1.0)


def _bodies(recipe: Any, space: Space, sizes: _Sizes) -> Iterator[_Source]:
    """Pores and particles, of the separator and of its layers."""
    assert space.volume is not None and space.thickness is not None
    layers = [layer for _, layer in rows(recipe.separator.layers) if None not in (layer.thickness, layer.repeat)]
    has_grains = recipe.separator.polycrystal is not None or any(layer.polycrystal is not None for layer in layers)
    hosts = [(recipe, space.volume, has_grains)]
    for layer in layers:
        volume = space.volume * layer.thickness * layer.repeat / space.thickness
        hosts.append((layer, volume, layer.polycrystal is not None))
    unit = math.pi if sizes.dimension == 2 else 4.0 / 3.0 * math.pi
    for host, volume, has_grains in hosts:
        for name in ("pores", "inclusions"):
            for _, bodies in rows(getattr(host, name)):
                if not bodies.radius:
                    continue
                number = bodies.count or (bodies.fraction or 0.0) * volume / (unit * bodies.radius**sizes.dimension)
                size = min(sizes.boundary, 2.0 * math.pi * bodies.radius / _SIDES_OF_BODY)
                # among grains most bodies sit on boundaries, where cells are small anyway
                beside = sizes.boundary if has_grains else sizes.inside
                yield _Source(float(number), size, beside, radius=bodies.radius)
