# SPDX-License-Identifier: LGPL-3.0-or-later
"""Flaws drawn from a population, in two or three dimensions: depths from a law, places wherever there is room.

Depths follow N(>c) = N0 (c/c0)^(-r), cut off at the largest depth that the separator can hold. A Weibull law of
strength with modulus m is such a population: a flaw of depth c breaks the ceramic at the stress s = K_Ic / (Y sqrt(pi
c)), the expected number of flaws that break it below s on an area A is (A/A0) (s/s0)^m, and so r = m/2 (Jayatilaka and
Trustrum 1977, J. Mater. Sci. 12, 1426).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from jadeite.case.microstructure import Flaw as FlawRecipe
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.solid.flaw_planes import FLAW_CLEARANCE, place_crack, place_flaw

if TYPE_CHECKING:
    from jadeite.case.microstructure import Crack as CrackRecipe
    from jadeite.case.microstructure import FlawPopulation, PowerLawDepths, Recipe, WeibullStrength

Array = NDArray[np.float64]

# places tried for each flaw before it counts as without room
ATTEMPTS = 400


@dataclass(frozen=True, eq=False)
class _Body:
    """Points all over a flaw, patch or crack, the ball that holds them, and the distance to be kept from it, in m."""

    points: Array
    middle: Array
    radius: float
    room: float

    @classmethod
    def of(cls, points: Array, room: float) -> _Body:
        middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
        return cls(points, middle, float(np.linalg.norm(points - middle, axis=1).max()), room)

    def is_clear_of(self, other: _Body) -> bool:
        # points are at most a room apart, so that bodies whose points keep 1.5 rooms apart have one between them
        room = min(self.room, other.room)
        return bool(KDTree(self.points).query(other.points)[0].min() > 1.5 * room)


class _Placed:
    """Bodies in place; only those nearby are looked at closely."""

    def __init__(self, bodies: Sequence[_Body]) -> None:
        self.bodies = list(bodies)
        self.middle = np.array([body.middle for body in bodies])
        self.reach = np.array([body.radius + body.room for body in bodies])

    def take(self, body: _Body) -> bool:
        """Add a body if it keeps clear of all others."""
        if self.bodies:
            distance = np.linalg.norm(self.middle - body.middle, axis=1)
            near = np.flatnonzero(distance <= self.reach + body.radius + body.room)
            # the nearest first: it is the most likely one to be in the way
            for row in near[np.argsort(distance[near])].tolist():
                if not body.is_clear_of(self.bodies[row]):
                    return False
        self.middle = np.append(self.middle.reshape(-1, len(body.middle)), [body.middle], axis=0)
        self.reach = np.append(self.reach, body.radius + body.room)
        self.bodies.append(body)
        return True


def draw_flaws(recipe: Recipe, generator: np.random.Generator) -> tuple[FlawRecipe, ...]:
    """The flaws of a recipe's population, "1" being the deepest; none when the recipe has no population.

    Numbers that are names of listed flaws are left out.

    Places are uniform on the plating electrode, as far as the flaws keep clear of each other, of listed flaws, cracks
    and unwetted patches, and of the sides. In 3-D mouths point anywhere. Raises MicrostructureError when not all of
    them find room, saying how many did.
    """
    population = recipe.flaw_population
    if population is None:
        return ()
    depths = draw_depths(population, recipe.electrode_area, recipe.dimension, generator)
    if population.largest_depth > 0.9 * recipe.thickness:
        raise MicrostructureError("the largest depth of the flaw population is beyond 0.9 of the thickness")
    depths = np.sort(depths)[::-1]
    placed = _Placed(_listed(recipe))
    found: list[FlawRecipe] = []
    taken = {flaw.name for flaw in recipe.flaws}
    names = (str(number) for number in count(1) if str(number) not in taken)
    for name, depth in zip(names, depths.tolist(), strict=False):
        flaw = _find_place(recipe, population, name, depth, placed, generator)
        if flaw is None:
            raise MicrostructureError(
                f"the flaw population has {len(depths)} flaws, and only the {len(found)} largest of them found room "
                "beside each other; ask for fewer or shallower flaws, or a wider cell"
            )
        found.append(flaw)
    return tuple(found)


def _find_place(
    recipe: Recipe,
    population: FlawPopulation,
    name: str,
    depth: float,
    placed: _Placed,
    generator: np.random.Generator,
) -> FlawRecipe | None:
    """A flaw of known depth where there is room, which it takes; None when no place was found."""
    for _ in range(ATTEMPTS):
        flaw = _draw(recipe, population, name, depth, generator)
        body = _flaw_body(flaw, recipe.box)
        if _is_inside(body, recipe.box) and placed.take(body):
            return flaw
    return None


def draw_depths(population: FlawPopulation, area: float, dimension: int, generator: np.random.Generator) -> Array:
    """Depths (n,) in m of the flaws on an electrode of this area (m^2; its width in m in 2-D), in random order.

    With `power_law` there are as many as the recipe says, with `weibull_strength` a Poisson number. Raises
    MicrostructureError when no depth lies between the smallest and the largest.
    """
    law = population.depths
    low, high = law.smallest_depth, population.largest_depth
    if not low < high:
        raise MicrostructureError("the largest depth of the flaw population must be larger than its smallest")
    exponent = exponent_of(law)
    # probability that a depth beyond the smallest one is not beyond the largest
    kept = 1.0 - (high / low) ** -exponent
    if law.law == "power_law":
        if population.count is None:
            raise MicrostructureError("a flaw population with a power law needs a count")
        number = population.count
    else:
        critical = (law.fracture_toughness / (law.geometry_factor * law.characteristic_strength)) ** 2 / np.pi
        expected = area / law.reference_size ** (dimension - 1) * (low / critical) ** -exponent
        number = int(generator.poisson(expected * kept))
    return np.asarray(low * (1.0 - kept * generator.random(number)) ** (-1.0 / exponent))


def exponent_of(law: PowerLawDepths | WeibullStrength) -> float:
    """The exponent r of a law of depths."""
    return law.exponent if law.law == "power_law" else 0.5 * law.modulus


def _draw(
    recipe: Recipe, population: FlawPopulation, name: str, depth: float, generator: np.random.Generator
) -> FlawRecipe:
    """A flaw of known depth somewhere."""
    solid = recipe.dimension == 3
    place = generator.random(2)
    tilt, turn = generator.uniform(-1.0, 1.0, 2) * (population.largest_tilt, np.pi / 2)
    return FlawRecipe.model_construct(
        name=name,
        position=float(place[0] * recipe.box[0]),
        position_z=float(place[1] * recipe.box[2]) if solid else None,
        depth=depth,
        half_length=population.length_to_depth * depth if solid else None,
        form=population.form,
        mouth_width=population.mouth_width_to_depth * depth,
        tilt=float(tilt),
        turn=float(turn) if solid else 0.0,
        path="straight",
    )


def _flaw_body(flaw: FlawRecipe, box: Sequence[float]) -> _Body:
    """Where a flaw is; it keeps a distance for its width as well."""
    width = 0.0 if flaw.form == "cut" else flaw.mouth_width
    if len(box) == 3:
        plane = place_flaw(flaw, (box[0], box[1], box[2]))
        room = FLAW_CLEARANCE * min(plane.half_length, plane.depth) + width
        return _Body.of(plane.sample(room), room)
    room = FLAW_CLEARANCE * flaw.depth + width
    direction = np.array([np.sin(flaw.tilt), np.cos(flaw.tilt)])
    share = np.linspace(0.0, 1.0, int(np.ceil(flaw.depth / room)) + 1)
    return _Body.of(np.array([flaw.position, 0.0]) + share[:, None] * flaw.depth * direction, room)


def _listed(recipe: Recipe) -> list[_Body]:
    """Where the listed flaws, cracks and unwetted patches of a recipe are."""
    bodies = [_flaw_body(flaw, recipe.box) for flaw in recipe.flaws]
    bodies += [_crack_body(crack, recipe.dimension) for crack in recipe.cracks]
    for patch in recipe.unwetted_patches:
        if patch.radius is not None and patch.centre is not None:
            room = FLAW_CLEARANCE * patch.radius
            rings, around = np.meshgrid(np.linspace(0.0, patch.radius, 8), np.linspace(0.0, 2 * np.pi, 48))
            x, z = patch.centre[0] + rings * np.cos(around), patch.centre[1] + rings * np.sin(around)
            bodies.append(_Body.of(np.stack([x, np.zeros_like(x), z], axis=-1).reshape(-1, 3), room))
        elif patch.start is not None and patch.end is not None:
            x = np.linspace(patch.start, patch.end, 16)
            bodies.append(_Body.of(np.stack([x, np.zeros_like(x)], axis=1), FLAW_CLEARANCE * (patch.end - patch.start)))
    return bodies


def _crack_body(crack: CrackRecipe, dimension: int) -> _Body:
    room = FLAW_CLEARANCE * crack.half_length
    if dimension == 3:
        return _Body.of(place_crack(crack).sample(room), room)
    direction = np.array([np.sin(crack.tilt), np.cos(crack.tilt)])
    share = np.linspace(-1.0, 1.0, 16)[:, None]
    return _Body.of(np.asarray(crack.centre) + share * crack.half_length * direction, room)


def _is_inside(body: _Body, box: Sequence[float]) -> bool:
    """Whether a flaw keeps its distance from the sides and from the stripping electrode."""
    low, high = body.points.min(axis=0), body.points.max(axis=0)
    sides = [0, 2] if len(box) == 3 else [0]
    clear = all(low[axis] > body.room and high[axis] < box[axis] - body.room for axis in sides)
    return bool(clear and high[1] < 0.9 * box[1])
