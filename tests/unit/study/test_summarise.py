# SPDX-License-Identifier: LGPL-3.0-or-later
"""The answer in a sentence, the criterion that decides, tables, and when expectations are compared."""

from dataclasses import replace

import pytest
from sample_readings import AREA, CURRENT_DENSITY, conduction_result, measured, reading

from jadeite.case.loading import load_case
from jadeite.failure.intensity import StressIntensity
from jadeite.materials.resolve import resolve
from jadeite.study import tables
from jadeite.study.cell import summarise
from jadeite.study.cell.measured import deciding_criterion, deciding_result
from jadeite.study.context import RunContext

CASE = """\
title: test
microstructure: {width: 30 um, separator: {layers: [{thickness: 20 um}]}}
materials: {electrolyte: {material: NZSP_x2}}
temperature: 25 degC
physics: {mechanics: none}
protocol: {current_density: 1 mA/cm^2}
failure: {critical_current: {search: SEARCH, maximum: 20 mA/cm^2}}
expect:
  - {quantity: cell_voltage, value: 0.05 V, relative_tolerance: 0.01, source: test}
"""


@pytest.fixture
def load(tmp_path):
    def load(search=True, overrides=()):
        file = tmp_path / "case.yaml"
        file.write_text(CASE.replace("SEARCH", str(search).lower()))
        return load_case(file, overrides)

    return load


def answer_of(load, flaws=(), critical=None, search=True):
    return summarise.answer(measured(flaws, critical), load(search).case)


def test_without_flaws_the_answer_is_the_resistance(load):
    answer = answer_of(load)
    assert "1.00 mA/cm² the cell needs 50.0 mV" in answer and "50.0 Ω cm²" in answer
    assert "dendrite" not in answer


def test_a_safe_cell(load):
    flaws = [reading("deep", coupled_fracture=0.4), reading("short", coupled_fracture=0.2)]
    answer = answer_of(load, flaws, {("deep", "coupled_fracture"): 25.0, ("short", "coupled_fracture"): 50.0})
    assert answer.startswith("Flaw 'deep' starts a sodium dendrite first, at 2.50 mA/cm²")
    assert "mechanism of coupled_fracture" in answer
    assert answer.endswith("the applied 1.00 mA/cm² is 2.5 times below that.")


def test_an_unsafe_cell(load):
    flaws = [reading("deep", coupled_fracture=0.8), reading("short", coupled_fracture=1.25)]
    answer = answer_of(load, flaws, {("deep", "coupled_fracture"): 12.5, ("short", "coupled_fracture"): 8.0})
    assert "Flaw 'short'" in answer and "0.80" in answer
    assert "is above it, so the cell is expected to fail there" in answer and "below that" not in answer


def test_a_flaw_that_residual_stress_alone_opens(load):
    flaws = [reading("deep", coupled_fracture=1.5), reading("short", coupled_fracture=0.5)]
    answer = answer_of(load, flaws, {("deep", "coupled_fracture"): 0.0, ("short", "coupled_fracture"): 20.0})
    assert "'deep' is unstable without any current" in answer
    assert "residual stress alone" in answer


def test_nothing_starts_by_the_deciding_criterion(load):
    """The largest current searched is named, and the lowest limit that another criterion knows."""
    flaws = [reading("deep", coupled_fracture=0.01, porz_griffith=0.5, ohmic_griffith=0.4)]
    nothing = {("deep", "coupled_fracture"): None}
    answer = answer_of(load, flaws, nothing)
    assert "No flaw starts" in answer and "up to 20.0 mA/cm²" in answer and "'Coupled stress intensity" in answer
    assert answer.endswith("factor'.")
    answer = answer_of(load, flaws, nothing | {("deep", "porz_griffith"): 20.0, ("deep", "ohmic_griffith"): 25.0})
    assert "the lowest limit of any other criterion is 2.00 mA/cm² ('Griffith at the tip overpotential" in answer


def test_search_off_names_the_nearest_flaw_and_its_margin(load):
    flaws = [reading("deep", coupled_fracture=0.4), reading("short", coupled_fracture=0.2)]
    answer = answer_of(load, flaws, search=False)
    assert "'deep' is the nearest" in answer and "it bears 2.5 times what drives it" in answer
    assert "was not searched" in answer


def test_search_off_and_every_flaw_closed(load):
    answer = answer_of(load, [reading(coupled_fracture=0.0)], search=False)
    assert "nothing drives any flaw" in answer and "∞" not in answer


def test_no_criterion_evaluated(load):
    assert "no initiation criterion was evaluated" in answer_of(load, [reading()])


@pytest.mark.parametrize(
    ("evaluated", "deciding"),
    [
        (("porz_griffith", "combined_griffith", "coupled_fracture"), "coupled_fracture"),
        (("porz_griffith", "combined_griffith"), "combined_griffith"),
        (("void_edge_focusing", "porz_griffith"), "void_edge_focusing"),
        ((), None),
    ],
)
def test_deciding_criterion(evaluated, deciding):
    assert deciding_criterion([reading(**dict.fromkeys(evaluated, 0.5))]) == deciding


def test_a_lower_limit_of_another_criterion_does_not_decide(load):
    flaws = [reading("deep", porz_griffith=0.9, coupled_fracture=0.4)]
    state = measured(flaws, {("deep", "porz_griffith"): 11.0, ("deep", "coupled_fracture"): 25.0})
    (key, found) = deciding_result(state)
    assert key == ("deep", "coupled_fracture") and found.current_density == 25.0
    headline = {h.key: h for h in summarise.headlines(load().case, state)}["critical_current_density"]
    assert headline.value == 25.0
    marked = [(row.flaw, row.criterion) for row in tables.criterion_results(state) if row.deciding]
    assert marked == [("deep", "coupled_fracture")]


def test_uncertainty_is_the_larger_of_search_and_domain_of_integration(load):
    flaw = reading("deep", intensity=StressIntensity(6e5, 0.0, 0.0, 3e4), coupled_fracture=0.4)
    state = measured([flaw], {("deep", "coupled_fracture"): 25.0})
    headline = {h.key: h for h in summarise.headlines(load().case, state)}["critical_current_density"]
    assert headline.uncertainty == pytest.approx(0.05 * 25.0)
    exact = replace(flaw, intensity=StressIntensity(6e5, 0.0))
    state = measured([exact], {("deep", "coupled_fracture"): 25.0})
    headline = {h.key: h for h in summarise.headlines(load().case, state)}["critical_current_density"]
    assert headline.uncertainty == 0.01


def test_a_margin_without_limit_stays_a_number():
    (row,) = tables.criterion_results(measured([reading(coupled_fracture=0.0)]))
    assert row.margin == 1e9


def test_balance(load):
    """What misses by more than the limit is said; an exact balance is not."""
    balance = tables.conservation(conduction_result())
    assert balance.relative_power_difference < 1e-14 and balance.relative_difference == 0.0
    lost = tables.conservation(conduction_result(current_in=0.999 * AREA * CURRENT_DENSITY))
    assert lost.relative_difference == pytest.approx(1e-3)
    loaded = load()
    materials = resolve(loaded.case, loaded.recipe)
    bad = replace(measured(), result=conduction_result(current_in=0.999 * AREA * CURRENT_DENSITY))
    said = summarise.warnings(loaded.case, bad, materials)
    assert any(w.startswith("current in and out differ by 1.0e-03") for w in said)
    assert not any("differ" in w for w in summarise.warnings(loaded.case, measured(), materials))


@pytest.mark.parametrize(
    ("setting", "compared"),
    [
        (None, True),
        ("outputs.fields=false", True),
        ("solver.degree=3", True),
        ("microstructure.mesh.refinements=1", True),
        ("failure.critical_current.tolerance=1e-2", True),
        ("protocol.current_density=2 mA/cm^2", False),
        ("temperature=40 degC", False),
        ("microstructure.width=40 um", False),
        ("failure.focusing_distance=1 um", False),
    ],
)
def test_expectations_hold_for_the_case_as_written(load, setting, compared):
    """Settings that a result must not depend on leave them; a physical value makes them void, and the run says so."""
    loaded = load(overrides=() if setting is None else (setting,))
    run = RunContext(loaded, None, None, None, None, None)
    assert (len(run._expectations()) == 1) == compared
    assert [setting in note for note in run._unchecked()] == ([] if compared else [True])


def test_an_expectation_set_on_the_command_line_is_compared(load):
    loaded = load(overrides=("protocol.current_density=2 mA/cm^2", "expect.0.value=0.1 V"))
    run = RunContext(loaded, None, None, None, None, None)
    assert [e.value for e in run._expectations()] == [0.1] and not run._unchecked()
