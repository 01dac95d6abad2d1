# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rows of a sweep: order of grids, strata of Latin hypercubes, ranges with units, the same rows for the same seed."""

import math

import numpy as np
import pytest

from jadeite.case.units import LENGTH, parse
from jadeite.sweep.sampling import rows
from jadeite.sweep.schema import Study


def study(parameters, **sampling):
    return Study.model_validate(
        {"title": "x", "case": "case.yaml", "parameters": parameters, "sampling": sampling or {"method": "grid"}}
    )


def drawn(parameters, **sampling):
    of = study(parameters, **sampling)
    return rows(list(of.parameters.values()), of.sampling)


def test_a_grid_has_every_combination_and_the_last_parameter_varies_fastest():
    found = drawn({"a": ["1 um", "2 um"], "b": {"first": 5, "count": 3}})
    assert found == (("1 um", 5), ("1 um", 6), ("1 um", 7), ("2 um", 5), ("2 um", 6), ("2 um", 7))


def test_a_list_takes_rows_together():
    assert drawn({"a": [1, 2, 3], "b": {"first": 0, "count": 3}}, method="list") == ((1, 0), (2, 1), (3, 2))


def test_ranges_include_both_ends_in_the_unit_of_the_first():
    found = drawn({"a": {"uniform": ["2 um", "0.01 mm"], "count": 5}})
    assert found == (("2 um",), ("4 um",), ("6 um",), ("8 um",), ("10 um",))
    found = drawn({"a": {"log_uniform": [0.01, 100], "count": 5}})
    assert [row[0] for row in found] == pytest.approx([0.01, 0.1, 1.0, 10.0, 100.0], rel=1e-5)
    # a shift of scale, not a factor
    assert drawn({"a": {"uniform": ["25 degC", "323.15 K"], "count": 3}}) == (
        ("25 degC",),
        ("37.5 degC",),
        ("50 degC",),
    )


def test_a_narrow_range_keeps_the_digits_that_tell_its_values_apart():
    found = [row[0] for row in drawn({"a": {"uniform": [1000000, 1000001], "count": 11}})]
    assert np.allclose(np.diff(found), 0.1, atol=1e-6)


@pytest.mark.parametrize("samples", [1, 7, 64])
def test_a_latin_hypercube_has_one_sample_in_every_stratum_of_every_parameter(samples):
    parameters = {
        "a": {"uniform": ["0 um", "1 um"]},
        "b": {"log_uniform": ["1 um", "1 mm"]},
        "c": {"first": 10, "count": samples},
    }
    found = drawn(parameters, method="latin_hypercube", samples=samples, seed=3)
    even = [parse(row[0], LENGTH) / 1e-6 for row in found]
    decades = [math.log10(parse(row[1], LENGTH) / 1e-6) / 3 for row in found]
    for shares in (even, decades):
        assert sorted(min(int(share * samples), samples - 1) for share in shares) == list(range(samples))
    assert sorted(row[2] for row in found) == list(range(10, 10 + samples))


@pytest.mark.parametrize("method", ["latin_hypercube", "random"])
def test_the_seed_decides_the_samples(method):
    parameters = {"a": {"uniform": [0, 1]}, "b": {"uniform": ["1 um", "2 um"]}}
    first = drawn(parameters, method=method, samples=20, seed=5)
    assert drawn(parameters, method=method, samples=20, seed=5) == first
    assert drawn(parameters, method=method, samples=20, seed=6) != first
    # a range that is moved leaves the other parameter alone
    moved = drawn({**parameters, "a": {"uniform": [5, 9]}}, method=method, samples=20, seed=5)
    assert [row[1] for row in moved] == [row[1] for row in first]
    assert [row[0] for row in moved] == pytest.approx([5 + 4 * row[0] for row in first], abs=1e-4)


def test_separate_values_are_drawn_in_equal_shares():
    found = drawn({"law": ["one", "two", "three"]}, method="latin_hypercube", samples=30, seed=1)
    assert {law: sum(row[0] == law for row in found) for law in ("one", "two", "three")} == {
        "one": 10, "two": 10, "three": 10,
    }  # fmt: skip


def test_temperatures_of_a_range_may_be_given_in_both_units():
    assert drawn({"a": {"uniform": ["298.15 K", "50 degC"], "count": 3}}) == (
        ("298.15 K",),
        ("310.65 K",),
        ("323.15 K",),
    )
    found = [row[0] for row in drawn({"a": {"log_uniform": ["250 K", "360 K"], "count": 3}})]
    assert found == ["250 K", "300 K", "360 K"]
