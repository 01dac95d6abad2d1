# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a recipe and a case may ask of a body of revolution, and the area of its electrodes."""

import math

import pytest

from jadeite.case.loading import load_case, parse_recipe
from jadeite.case.problems import CaseError

RECIPE = """\
coordinates: axisymmetric
width: 60 um
separator:
  layers: [{thickness: 10 um}]
"""

CASE = """\
title: test
protocol: {current_density: 1 mA/cm^2}
microstructure:
  coordinates: axisymmetric
  width: 20 um
  separator: {layers: [{thickness: 10 um}]}
materials: {electrolyte: {material: NZSP_x2}}
physics: {mechanics: {MECHANICS}}
"""


def problem_of(text):
    with pytest.raises(CaseError) as caught:
        parse_recipe(text)
    (problem,) = caught.value.problems
    return str(problem)


def test_the_electrode_is_a_disc():
    assert parse_recipe(RECIPE).electrode_area == pytest.approx(math.pi * 60e-6**2)
    assert parse_recipe(RECIPE.replace("axisymmetric", "plane")).electrode_area == 60e-6


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("dimension: 3\n", "coordinates"),
        ("periodic: [x]\n", "periodic"),
        ("pores: [{radius: 0.3 um, count: 2, place: grain_interiors}]\n", "pores"),
        ("inclusions: [{material: other, radius: 0.3 um, count: 2, place: grain_interiors}]\n", "inclusions"),
        ("unwetted_area: {fraction: 0.2, correlation_length: 5 um}\n", "unwetted_area"),
    ],
)
def test_what_would_be_a_ring_or_has_no_axis_is_refused(more, place):
    assert f" {place}: " in problem_of(RECIPE + more)
    if place != "coordinates":
        assert "axisymmetric" in problem_of(RECIPE + more) or "axis" in problem_of(RECIPE + more)


def test_pores_of_a_layer_are_refused_as_well():
    text = RECIPE.replace("10 um}", "10 um, pores: [{radius: 0.3 um, count: 2, place: grain_interiors}]}")
    assert "separator.layers.0.pores" in problem_of(text)


def test_discs_and_rings_without_contact_and_ring_flaws_are_allowed():
    recipe = parse_recipe(
        RECIPE
        + "unwetted_patches: [{name: disc, start: 0 um, end: 5 um}, {name: ring, start: 20 um, end: 22 um}]\n"
        + "flaws: [{name: groove, position: 40 um, depth: 3 um, form: cut}]\n"
    )
    assert recipe.axisymmetric


def test_kinematics_of_a_slice_are_refused(tmp_path):
    file = tmp_path / "case.yaml"
    file.write_text(CASE.replace("MECHANICS", ""))
    assert load_case(file).recipe.axisymmetric
    file.write_text(CASE.replace("MECHANICS", "kinematics: plane_strain"))
    with pytest.raises(CaseError, match=r"physics\.mechanics\.kinematics: .*body of revolution"):
        load_case(file)
