# SPDX-License-Identifier: LGPL-3.0-or-later
"""Figures and tables of a spectrum that is written down: two arcs before two electrodes alike."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from jadeite.fem.reduced_response import Relaxations
from jadeite.output.figures.impedance import draw_bode, draw_nyquist, draw_relaxation_times
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import figure_style
from jadeite.output.summary import Summary
from jadeite.physics.impedance import elements
from jadeite.physics.impedance.brick_layer import BoundaryReading, brick_layer_reading
from jadeite.physics.impedance.circuit import fit_circuit
from jadeite.physics.impedance.relaxation_times import relaxation_times
from jadeite.study.impedance import results
from jadeite.study.impedance.spectrum import Spectrum, frequencies

THICKNESS = 50e-6
ARCS = np.array([[2.5e-4, 2.2e-9], [1e-4, 9e-7], [2.5e-4, 5e-5], [2.5e-4, 5e-5]])
NAMES = (
    "grains",
    "grain boundaries",
    "plating electrode, charge transfer",
    "stripping electrode, charge transfer",
)


def make_spectrum(blocking: bool = False) -> Spectrum:
    hertz = frequencies(10.0, 1e9, 8)
    omega = 2.0 * np.pi * hertz
    parts = np.array([elements.arc(r, t, omega) for r, t in ARCS])
    if blocking:
        parts[2:] = 1.0 / (0.2j * omega)
    impedance = parts.sum(axis=0)
    distribution = relaxation_times(omega, impedance)
    circuit = fit_circuit(omega, impedance, distribution, THICKNESS)
    steady = 2 if blocking else 4
    return Spectrum(
        frequencies=hertz,
        impedance=impedance,
        parts=parts,
        names=NAMES,
        steady_parts=None if blocking else ARCS[:, 0],
        relaxations=Relaxations(ARCS[:steady, 1], ARCS[:steady, 0], 10.0 * blocking),
        distribution=distribution,
        circuit=circuit,
        thickness=THICKNESS,
        grain_size=5e-6,
        reading=brick_layer_reading(circuit, THICKNESS, 5e-6),
        truth=BoundaryReading(0.2, 1.25e-5, 0.072),
    )


def run_of(spectrum: Spectrum) -> RunData:
    summary = Summary(
        title="",
        question="",
        answer=results.answer(spectrum),
        applied_current_density=0.0,
        headlines=tuple(results.headlines(spectrum)),
        provenance={},
        tables=tuple(results.result_tables(spectrum)),
        resistance=results.resistance(spectrum),
    )
    return RunData(summary, None, None, None, None)


def drawn(draw, data: RunData) -> Figure:
    with figure_style():
        figure = draw(data)
    assert figure is not None
    return figure


def test_comparison_with_the_microstructure() -> None:
    spectrum = make_spectrum()
    tables = {table.key: table for table in results.result_tables(spectrum)}
    fit = tables["fit_resistances"]
    assert len(fit.row_labels) == len(fit.rows) == 5
    for name in ("fit", "microstructure"):
        values = np.array(fit.column(name), dtype=float)
        assert values[0] == pytest.approx(8.5e-4, rel=1e-4)
        assert values[1:4] == pytest.approx([2.5e-4, 1e-4, 5e-4], rel=1e-3)
    # one boundary as bricks: 1e-4 ohm m^2 of ten boundaries
    assert fit.rows[-1] == pytest.approx((1e-5, 1.25e-5, -0.2), rel=1e-3)
    assert "an error of −20.0 %" in results.answer(spectrum)
    assert results.warnings(spectrum) == []


def test_electrodes_that_block_have_no_steady_resistance() -> None:
    spectrum = make_spectrum(blocking=True)
    assert spectrum.steady_resistance is None and results.resistance(spectrum) is None
    found = {headline.key: headline.value for headline in results.headlines(spectrum)}
    assert "area_specific_resistance" not in found
    assert found["grain_arc_resistance"] == pytest.approx(2.5e-4, rel=1e-2)
    assert found["boundary_arc_resistance"] == pytest.approx(1e-4, rel=2e-2)


@pytest.mark.parametrize("blocking", [False, True])
def test_nyquist_shows_every_point_on_equal_axes(blocking: bool) -> None:
    spectrum = make_spectrum(blocking)
    (axes,) = drawn(draw_nyquist, run_of(spectrum)).axes
    assert axes.get_aspect() == 1.0
    points = next(line for line in axes.lines if line.get_label() == "computed")
    assert points.get_xdata() == pytest.approx(1e4 * spectrum.impedance.real)
    assert points.get_ydata() == pytest.approx(-1e4 * spectrum.impedance.imag)
    texts = [text.get_text() for text in axes.texts]
    assert "100 MHz" in texts
    assert any(text.startswith("grain boundaries") for text in texts)


def test_bode_shares_add_up_to_everything() -> None:
    figure = drawn(draw_bode, run_of(make_spectrum()))
    stacked = figure.axes[2].collections
    assert len(stacked) == 4
    assert max(path.vertices[:, 1].max() for path in stacked[-1].get_paths()) == pytest.approx(100.0)


def test_relaxation_times_name_the_arcs() -> None:
    figure = drawn(draw_relaxation_times, run_of(make_spectrum()))
    names = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert {"grains", "grain boundaries", "electrodes"} <= names


def test_other_runs_have_no_spectrum() -> None:
    empty = RunData(Summary("", "", "", 0.0, (), {}), None, None, None, None)
    assert all(draw(empty) is None for draw in (draw_nyquist, draw_bode, draw_relaxation_times))


def test_a_distribution_that_misses_the_spectrum_is_said() -> None:
    spectrum = make_spectrum()
    assert not any("relaxation times" in warning for warning in results.warnings(spectrum))
    poor = replace(spectrum, distribution=replace(spectrum.distribution, misfit=0.03))
    assert any("relaxation times misses the spectrum by 3" in warning for warning in results.warnings(poor))
