# SPDX-License-Identifier: LGPL-3.0-or-later
"""Recipes of the benchmarks: boxes that hold a wanted number of grains, plain, periodic, and with defects."""

from __future__ import annotations

import math

import numpy as np

from jadeite.case.loading import parse_recipe
from jadeite.case.microstructure import Recipe

MEAN, VARIATION = 4.0, 0.35
"""Mean grain diameter in um and its coefficient of variation."""

_TEXT = """\
dimension: {dimension}
seed: {seed}
width: {width} um
{solid}
periodic: [{periodic}]
separator:
  thickness: {width} um
  polycrystal:
    grain_size: {{law: lognormal, mean: {mean} um, coefficient_of_variation: {variation}}}
{defects}
mesh:
  interior_size: {interior} um
  boundary_size: {boundary} um
  tip_size: {tip} um
  contact_edge_size: {tip} um
  growth: 0.5
"""
_PORES = "pores: [{{place: {place}, radius: 0.6 um, coefficient_of_variation: 0.2, count: {pores}}}]\n"
_FLAWS = """\
flaw_population:
  depths: {{law: power_law, smallest_depth: {smallest} um, exponent: 4}}
  count: {flaws}
  largest_depth: {largest} um
  largest_tilt: 15 deg
  form: cut
"""


def edge_for(grains: int, dimension: int) -> float:
    """Edge (um) of the square or cube that holds a number of grains.

    E[d^n] = mean^n (1 + cv^2)^(n (n - 1) / 2) of a lognormal diameter; a grain of diameter 1 has pi/4 or pi/6.
    """
    unit = math.pi / 4 if dimension == 2 else math.pi / 6
    moment = MEAN**dimension * (1 + VARIATION**2) ** (dimension * (dimension - 1) / 2)
    return float((grains * unit * moment) ** (1 / dimension))


def recipe_for(
    grains: int,
    seed: int,
    *,
    dimension: int = 3,
    periodic: bool = False,
    pores: int = 0,
    flaws: int = 0,
    interior: float = 3.0,
    boundary: float = 2.8,
    tip: float = 0.4,
) -> Recipe:
    """A recipe for about `grains` grains; sizes of cells in um."""
    width = edge_for(grains, dimension)
    defects = ""
    if pores:
        defects += _PORES.format(place="triple_junctions" if dimension == 2 else "triple_lines", pores=pores)
    if flaws:
        # in a small box twenty flaws need to be small; the smallest is half a micrometre deep
        largest = min(2.5, 0.1 * width)
        defects += _FLAWS.format(flaws=flaws, smallest=0.5 * min(1.0, largest), largest=largest)
    return parse_recipe(
        _TEXT.format(
            dimension=dimension,
            seed=seed,
            width=width,
            solid=f"width_z: {width} um" if dimension == 3 else "",
            periodic=("x" if dimension == 2 else "x, z") if periodic else "",
            mean=MEAN,
            variation=VARIATION,
            defects=defects,
            interior=interior,
            boundary=boundary,
            tip=tip,
        )
    )


CONFIGURATIONS = {
    "plane": {"dimension": 2},
    "plane periodic": {"dimension": 2, "periodic": True},
    "plane defects": {"dimension": 2, "defects": True},
    "solid": {"dimension": 3},
    "solid periodic": {"dimension": 3, "periodic": True},
    "solid defects": {"dimension": 3, "defects": True},
    "solid periodic defects": {"dimension": 3, "periodic": True, "defects": True},
}
"""Kinds of microstructure of the robustness campaign, by name."""


def robustness_recipe(configuration: str, seed: int, fewest: int = 50, most: int = 300) -> Recipe:
    """The recipe of one sample: 50 to 300 grains, with defects a pore for every ten grains and two to six flaws."""
    kind = CONFIGURATIONS[configuration]
    generator = np.random.default_rng(seed)
    grains = int(generator.integers(fewest, most + 1))
    flaws = int(generator.integers(2, 7))
    defects = bool(kind.get("defects", False))
    return recipe_for(
        grains,
        seed,
        dimension=int(kind["dimension"]),
        periodic=bool(kind.get("periodic", False)),
        pores=grains // 10 if defects else 0,
        flaws=flaws if defects else 0,
    )
