# SPDX-License-Identifier: LGPL-3.0-or-later
"""Study files: everything wrong is said at once, at its line, and before anything runs."""

import pytest

from jadeite.case.problems import CaseError
from jadeite.sweep.loading import load_study
from jadeite.sweep.members import members


def problems(path):
    with pytest.raises(CaseError) as caught:
        members(load_study(path))
    return [(problem.line, problem.path, str(problem)) for problem in caught.value.problems], str(caught.value)


def test_problems_of_the_file_are_said_together_with_their_lines(write_study):
    found, text = problems(
        write_study("""\
title: Faulty
cas: case.yaml
parameters:
  microstructure.seed: {first: 1}
  microstructure: [{}]
  a: {uniform: [1 um, 1 V], count: 3}
  b: {uniform: [2 um, 1 um], count: 3}
  c: {log_uniform: [0, 1], count: 3}
  d: {uniform: [1, 2]}
  e: {values: [1], first: 3, count: 1}
  f..g: [1]
sampling: {method: grid, samples: 3}
plots:
  maps: [{response: cell_voltage, horizontal: d, vertical: dd}]
  pareto: [{minimise: [cell_voltage]}]
""")
    )
    assert text.startswith("12 problems in the study:")
    assert [line for line, _, _ in found] == [2, 4, 4, 6, 7, 8, 9, 10, 11, 12, 14, 15]
    said = dict(
        zip(["cas", "seed", "inside", "a", "b", "c", "d", "e", "f", "samples", "map", "pareto"], found, strict=True)
    )
    assert "did you mean `case`?" in said["cas"][2]
    assert {said["seed"][1], said["inside"][1]} == {"parameters.microstructure.seed"}
    assert "add `count`" in said["seed"][2] + said["inside"][2]
    assert "is part of what the parameter microstructure replaces" in said["seed"][2] + said["inside"][2]
    assert "bounds of different kinds" in said["a"][2]
    assert "not below the upper one" in said["b"][2]
    assert "not above zero" in said["c"][2]
    assert "at least 2" in said["d"][2]
    assert "both `values` and `first`" in said["e"][2]
    assert "is not a path" in said["f"][2]
    assert "latin_hypercube or random" in said["samples"][2]
    assert "is not a parameter of this study" in said["map"][2] and said["map"][1] == "plots.maps.0.vertical"
    assert "names 1 headline figure" in said["pareto"][2]


def test_a_draw_says_how_many_and_its_ranges_do_not(write_study):
    found, _ = problems(
        write_study("""\
title: Faulty
case: nowhere.yaml
parameters:
  a: {uniform: [1, 2], count: 3}
sampling: {method: random}
""")
    )
    assert [(line, path) for line, path, _ in found] == [(2, "case"), (4, "parameters.a.count"), (5, "sampling")]


@pytest.mark.parametrize(
    ("parameters", "method", "said"),
    [
        ("{a: [1, 2], b: [1, 2, 3]}", "list", "rows of unequal length: a 2, b 3"),
        ("{a: {first: 0, count: 200}, b: {first: 0, count: 200}}", "grid", "200 x 200 = 40000 members"),
        ("{a: {first: 0, count: 20000}}", "grid", "at most 10000"),
        ("{}", "grid", "at least 1"),
        ("[1]", "grid", "is not a block of keys"),
    ],
)
def test_numbers_of_members_are_bounded(write_study, parameters, method, said):
    _, text = problems(
        write_study(f"title: x\ncase: case.yaml\nparameters: {parameters}\nsampling: {{method: {method}}}\n")
    )
    assert said in text


def test_problems_of_members_stand_at_their_value_once_with_the_members_they_concern(write_study):
    path = write_study("""\
title: Faulty members
case: case.yaml
settings: {protocol.currentdensity: 1 mA/cm^2}
parameters:
  microstructure.width:
    values: [20 um, 20 V]
  physics.grain_boundaries.resistance: {log_uniform: [1 ohm*cm^2, 1e9 ohm*cm^2], count: 3}
responses: [cell_volts]
""")
    found, text = problems(path)
    assert [line for line, _, _ in found] == [3, 6, 7, 8]
    setting, width, resistance, response = (said for _, _, said in found)
    assert "did you mean `current_density`?" in setting and "in member" not in setting
    assert "20 V" in width and "in members 4, 5, 6" in width
    assert "1000000000 ohm*cm^2" in resistance and "in members 3, 6" in resistance
    assert "did you mean `cell_voltage`?" in response
    assert text.count("study.yaml:") == 4


def test_what_is_wrong_with_the_case_itself_is_said_once_at_its_own_line(write_study):
    case = "title: x\nmicrostructur: grain_chain\n"
    path = write_study("title: x\ncase: case.yaml\nparameters: {microstructure.seed: [1, 2, 3]}\n", case)
    _, text = problems(path)
    assert text.count("did you mean `microstructure`?") == 1
    assert "case.yaml:2" in text and "in member" not in text


@pytest.mark.parametrize(
    ("bounds", "kelvin"),
    [
        ("[25 degC, 80 degC]", "[298.15 K, 353.15 K]"),
        ("[25 °C, 350 K]", "[298.15 K, 350 K]"),
        ("[300 K, 80 degC]", "[300 K, 353.15 K]"),
        ("[-10 degC, 80 degC]", "[263.15 K, 353.15 K]"),
    ],
)
def test_decades_of_temperatures_are_counted_in_kelvin_only(write_study, bounds, kelvin):
    path = write_study(f"title: x\ncase: case.yaml\nparameters:\n  a: {{log_uniform: {bounds}, count: 3}}\n")
    found, text = problems(path)
    assert [line for line, _, _ in found] == [4]
    assert f"give kelvin: {kelvin}" in text
