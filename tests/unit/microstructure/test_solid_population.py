# SPDX-License-Identifier: LGPL-3.0-or-later
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from solid_samples import solid_recipe

from jadeite.case.microstructure import FlawPopulation
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.flaw_population import draw_depths, draw_flaws

UM = 1e-6


def power_law(count: int, exponent: float = 3.0, largest: str = "20 um", **other: object) -> dict:
    depths = {"law": "power_law", "smallest_depth": "1 um", "exponent": exponent}
    return {"depths": depths, "count": count, "largest_depth": largest, **other}


@pytest.mark.parametrize("exponent", [1.5, 4.0])
def test_depths_give_their_exponent_back(exponent: float) -> None:
    population = FlawPopulation.model_validate(power_law(2000, exponent, "1 m"))
    depths = draw_depths(population, 1.0, 3, np.random.default_rng(5))
    # maximum likelihood of a Pareto law; its standard deviation is r / sqrt(n)
    estimate = len(depths) / np.log(depths / UM).sum()
    assert estimate == pytest.approx(exponent, abs=3.5 * exponent / np.sqrt(2000))
    assert stats.kstest(depths, stats.pareto(exponent, scale=UM).cdf).pvalue > 0.01


def test_depths_are_cut_off_where_the_law_says() -> None:
    population = FlawPopulation.model_validate(power_law(4000, 2.0, "3 um"))
    depths = draw_depths(population, 1.0, 2, np.random.default_rng(1))
    assert depths.min() >= UM
    assert depths.max() <= 3 * UM
    law = stats.truncpareto(2.0, 3.0, scale=UM)
    assert stats.kstest(depths, law.cdf).pvalue > 0.01


@pytest.mark.parametrize("dimension", [2, 3])
def test_strength_of_the_largest_flaw_has_the_weibull_modulus(dimension: int) -> None:
    modulus, strength, toughness, factor, reference = 8.0, 120e6, 1.2e6, 1.1215, 200 * UM
    critical = (toughness / (factor * strength)) ** 2 / np.pi
    population = FlawPopulation.model_validate(
        {
            "depths": {
                "law": "weibull_strength",
                "modulus": modulus,
                "characteristic_strength": f"{strength} Pa",
                "reference_size": f"{reference} m",
                "fracture_toughness": f"{toughness} Pa*m^0.5",
                "geometry_factor": factor,
                "smallest_depth": f"{0.3 * critical} m",
            },
            "largest_depth": f"{1e3 * critical} m",
        }
    )
    # specimens of twice the reference size
    area = 2 * reference ** (dimension - 1)
    generator = np.random.default_rng(11)
    strengths = []
    for _ in range(600):
        largest = draw_depths(population, area, dimension, generator).max()
        strengths.append(toughness / (factor * np.sqrt(np.pi * largest)))
    law = stats.weibull_min(modulus, scale=strength * 2 ** (-1 / modulus))
    assert stats.kstest(strengths, law.cdf).pvalue > 0.01


def test_drawn_flaws_keep_clear_of_each_other_and_of_the_sides() -> None:
    recipe = solid_recipe(
        width="100 um",
        separator={"thickness": "60 um", "polycrystal": {"grain_size": {"law": "lognormal", "mean": "20 um"}}},
        flaws=[{"name": "listed", "position": "50 um", "depth": "15 um"}],
        flaw_population=power_law(25, largest="12 um", largest_tilt="20 deg"),
    )
    flaws = draw_flaws(recipe, np.random.default_rng(2))
    assert [flaw.name for flaw in flaws] == [str(number) for number in range(1, 26)]
    depths = np.array([flaw.depth for flaw in flaws])
    assert np.all(np.diff(depths) <= 0)
    place = np.array([(flaw.position, flaw.position_z) for flaw in flaws])
    assert np.all(place > 0.0)
    assert np.all(place < 100 * UM)
    assert np.abs([flaw.tilt for flaw in flaws]).max() <= np.radians(20.0)
    # half pennies whose middles are further apart than the sum of their depths cannot meet; nearer ones must be turned
    gap = np.linalg.norm(place[:, None] - place[None, :], axis=2)
    near = [(i, j) for i in range(25) for j in range(i) if gap[i, j] < 0.15 * min(depths[i], depths[j])]
    assert near == []


def test_drawn_flaws_of_a_plane_cell_do_not_cross() -> None:
    recipe = solid_recipe(
        dimension=2,
        width="200 um",
        separator={"thickness": "60 um", "polycrystal": {"grain_size": {"law": "lognormal", "mean": "20 um"}}},
        flaw_population=power_law(12, largest="12 um", largest_tilt="30 deg", form="notch"),
    )
    flaws = sorted(draw_flaws(recipe, np.random.default_rng(3)), key=lambda flaw: flaw.position)
    assert len(flaws) == 12
    assert all(flaw.position_z is None and flaw.half_length is None for flaw in flaws)
    for one, other in pairwise(flaws):
        shallow = min(one.depth * np.cos(one.tilt), other.depth * np.cos(other.tilt))
        height = np.linspace(0.0, shallow, 20)
        assert np.all(other.position + height * np.tan(other.tilt) > one.position + height * np.tan(one.tilt))
        assert other.mouth_width == pytest.approx(0.02 * other.depth)


def test_crowded_electrodes_say_how_many_found_room() -> None:
    recipe = solid_recipe(2, flaw_population=power_law(3000, largest="2 um"))
    with pytest.raises(MicrostructureError, match=r"3000 flaws, and only the \d+ largest of them found room"):
        draw_flaws(recipe, np.random.default_rng(0))
    with pytest.raises(MicrostructureError, match=r"beyond 0\.9 of the thickness"):
        draw_flaws(solid_recipe(40, flaw_population=power_law(3, largest="40 um")), np.random.default_rng(0))
