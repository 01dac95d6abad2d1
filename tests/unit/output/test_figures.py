# SPDX-License-Identifier: LGPL-3.0-or-later
import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread

from jadeite.output.display import number, percent, quantity
from jadeite.output.fields import FieldData
from jadeite.output.figures import FIGURES, draw_all, load_run
from jadeite.output.figures.ageing import FILM_THICKNESS, draw_film
from jadeite.output.figures.conduction import draw_current_focusing
from jadeite.output.figures.electrode_current import draw_electrode_current
from jadeite.output.figures.failure import draw_flaw_ranking, first_crossing
from jadeite.output.figures.grain_colours import axis_angle
from jadeite.output.figures.interface import draw_interface
from jadeite.output.figures.polymer import draw_hold, draw_salt_profile
from jadeite.output.figures.resistance import draw_resistance
from jadeite.output.figures.run_data import cell_sizes, quantile_by_size, triangulation
from jadeite.output.figures.style import figure_style, titled
from jadeite.output.summary import ResistanceBreakdown, ResistanceShare
from jadeite.physics.salt_cell import SaltState
from jadeite.study.salt import results
from jadeite.study.salt.results import SaltFindings

# of a steady plane cell with flaws: fronts are lines only in space, and other studies have figures of their own
ALL = {
    "flaw_ranking",
    "critical_current_search",
    "microstructure",
    "potential",
    "current_focusing",
    "electrode_current",
    "stress",
    "interface",
    "resistance",
}


def test_a_full_run_gets_every_figure_and_none_is_blank(drawn_run: tuple[Path, list[Path]]) -> None:
    run, paths = drawn_run
    assert {path.parent for path in paths} == {run / "figures"}
    assert {path.stem for path in paths} == ALL
    for path in paths:
        image = imread(path)[..., :3]
        assert image.std(axis=(0, 1)).max() > 0.05, path.name


def test_figures_without_their_data_are_left_out_and_old_ones_removed(
    synthetic_run: Callable[..., Path], tmp_path: Path
) -> None:
    run = synthetic_run(tmp_path / "run", flaws=False, mechanics=False, size=(60e-6, 90e-6), grains=6)
    (run / "figures").mkdir()
    (run / "figures" / "stress.png").write_text("of an earlier drawing")
    drawn = {path.stem for path in draw_all(run)}
    assert drawn == {"microstructure", "potential", "current_focusing", "interface", "resistance"}
    assert {path.stem for path in (run / "figures").iterdir()} == drawn
    for name in ("mesh.npz", "fields.vtkhdf", "interfaces.vtkhdf"):
        (run / name).unlink()
    assert {path.stem for path in draw_all(run)} == {"resistance"}


@pytest.mark.parametrize(
    ("size", "flaws"), [((200e-6, 150e-6), True), ((400e-6, 150e-6), True), ((20e-6, 150e-6), False)]
)
def test_nothing_leaves_the_picture_or_runs_into_title_or_legend(
    synthetic_run: Callable[..., Path], tmp_path: Path, size: tuple[float, float], flaws: bool
) -> None:
    data = load_run(synthetic_run(tmp_path / "run", size=size, grains=25, flaws=flaws))
    for kind in FIGURES:
        with figure_style():
            figure = kind.draw(data)
            if figure is None:
                assert not flaws or kind.name not in ALL
                continue
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            drawn = figure.get_tightbbox(canvas.get_renderer())
            width, height = figure.get_size_inches()
            slack = 0.02
            assert drawn.x0 > -slack and drawn.x1 < width + slack, f"{kind.name}: something is cut off at a side"
            assert drawn.y0 > -slack and drawn.y1 < height + slack, f"{kind.name}: something is cut off"
            title = figure._suptitle.get_window_extent()  # type: ignore[attr-defined]
            for axes in figure.axes:
                assert not title.overlaps(axes.get_tightbbox()), f"{kind.name}: a panel runs into the title"
            for legend in figure.legends:
                box = legend.get_window_extent()
                for axes in figure.axes:
                    assert not box.overlaps(axes.get_tightbbox()), f"{kind.name}: the legend runs into a panel"


def finding(figure: Figure) -> str:
    return " ".join(figure._suptitle.get_text().split())  # type: ignore[attr-defined]


def test_a_title_breaks_before_no_unit() -> None:
    text = "At 1.00 mA/cm² it spans 3.48 mV or 23 % of 2.5 V, 12 µm wide, at 5 MPa and 26.8 Ω cm²"
    for width in np.linspace(1.5, 12.0, 40):
        figure = Figure(figsize=(width, 3))
        titled(figure, text)
        assert finding(figure) == text
        assert not re.search(r"[\dΩ]\n", figure._suptitle.get_text())  # type: ignore[attr-defined]


def test_many_parts_of_the_resistance_fit_into_the_picture(full_run: Path) -> None:
    data = load_run(full_run)
    parts = tuple(ResistanceShare(f"plating interface, part {number}", 1e-4) for number in range(9))
    for boundaries in (data.summary.boundaries, ()):
        summary = dataclasses.replace(data.summary, resistance=ResistanceBreakdown(9e-4, parts), boundaries=boundaries)
        with figure_style():
            figure = draw_resistance(dataclasses.replace(data, summary=summary))
            assert figure is not None
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
        drawn, (_, height) = figure.get_tightbbox(canvas.get_renderer()), figure.get_size_inches()
        assert drawn.y0 > -0.02 and drawn.y1 < height + 0.02


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("x = 3 um, y = 0 um in polymer", "at the plating electrode"),
        ("x = 3 um, y = 12 um in polymer", "at x = 3 µm, y = 12 µm in polymer"),
    ],
)
def test_salt_is_used_up_where_it_was_lowest(full_run: Path, place: str, said: str) -> None:
    states = [
        SaltState(time, 0.1, 1.0, 1.0, lowest, 1.5, place, lowest, 1.5, 0.0, 3)
        for time, lowest in ((0.0, 1.0), (5.0, 0.5), (10.0, 0.004))
    ]
    found = SaltFindings(
        "hold", 100.0, states, [np.ones(2)] * 3, np.array([1e-6, 2e-6]), 1000.0, 1.0, 3e-6, 0.1, 0.0, 0.0, None
    )
    data = load_run(full_run)
    summary = dataclasses.replace(
        data.summary, headlines=tuple(results.headlines(found)), tables=tuple(results.result_tables(found))
    )
    data = dataclasses.replace(data, summary=summary)
    for draw in (draw_salt_profile, draw_hold):
        figure = draw(data)
        assert figure is not None
        assert f"the salt {said} " in finding(figure).replace("The", "the")


def test_films_of_a_body_of_revolution_are_drawn_over_the_radius(full_run: Path) -> None:
    data = load_run(full_run)
    assert data.mesh is not None and data.interfaces is not None
    thickness = 1e-7 + 1e-3 * data.interfaces.points[data.interfaces.cells[:, 0], 0]
    interfaces = dataclasses.replace(data.interfaces, cell={**data.interfaces.cell, FILM_THICKNESS: thickness})
    for axisymmetric, label in ((True, "distance from the axis (µm)"), (False, "along the plating electrode (µm)")):
        mesh = dataclasses.replace(data.mesh, axisymmetric=axisymmetric)
        figure = draw_film(dataclasses.replace(data, mesh=mesh, interfaces=interfaces))
        assert figure is not None
        assert figure.axes[0].get_xlabel() == label


def test_an_even_current_is_called_even(synthetic_run: Callable[..., Path], tmp_path: Path) -> None:
    data = load_run(synthetic_run(tmp_path / "run", flaws=False, mechanics=False, size=(20e-6, 60e-6), grains=4))
    figure = draw_current_focusing(data)
    assert figure is not None
    assert finding(figure) == "The current is spread evenly: everywhere within 1 % of 1.00 mA/cm²"


def test_ranking_names_the_deciding_flaw_and_orders_by_current(full_run: Path) -> None:
    figure = draw_flaw_ranking(load_run(full_run))
    assert figure is not None
    assert finding(figure) == "Flaw 'deep' starts first, at 1.90 mA/cm²; the applied 1.00 mA/cm² is below it"
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert [label for label in labels if label.startswith("flaw")] == ["flaw 'deep'", "flaw 'middle'", "flaw 'shallow'"]
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths[:4] == pytest.approx([1.14, 1.9, 3.42, 5.89], rel=1e-12)
    assert widths[-2:] == [30.0, 30.0]  # not found: drawn up to the end of the search


def test_ranking_is_left_out_when_no_criterion_was_reached(full_run: Path) -> None:
    data = load_run(full_run)
    silent = tuple(dataclasses.replace(row, critical_current_density=None) for row in data.summary.criteria)
    assert (
        draw_flaw_ranking(dataclasses.replace(data, summary=dataclasses.replace(data.summary, criteria=silent))) is None
    )


def test_overpotential_is_turned_into_pressure_by_the_molar_volume(full_run: Path) -> None:
    """100 mV at the tip of the deep flaw: p = F eta / V = 96485.33 * 0.1 / 23.78e-6 = 405.7 MPa."""
    figure = draw_interface(load_run(full_run))
    assert figure is not None
    assert finding(figure) == "Plating is driven hardest at flaw deep: 100 mV, worth 406 MPa of sodium pressure"


def test_first_crossing_lies_on_the_line_through_one() -> None:
    assert first_crossing(np.array([1.0, 3.0]), np.array([0.5, 1.5])) == pytest.approx(2.0)
    assert first_crossing(np.array([1.0, 2.0, 3.0]), np.array([0.2, 1.0, 0.5])) == pytest.approx(2.0)
    assert first_crossing(np.array([1.0, 2.0]), np.array([0.2, 0.9])) is None
    assert first_crossing(np.array([1.0, 2.0]), np.array([1.2, 1.9])) is None


def test_axis_angle_of_known_rotations() -> None:
    half = np.deg2rad(30) / 2
    turns = np.array(
        [
            [1, 0, 0, 0],  # c stays along z
            [np.cos(np.pi / 4), np.sin(np.pi / 4), 0, 0],  # a quarter turn about x: c along -y
            [np.cos(half), np.sin(half), 0, 0],  # 30 degrees about x: c leans 30 degrees from z to -y
            [np.cos(half), 0, 0, np.sin(half)],  # about z: c unmoved
        ]
    )
    assert np.rad2deg(axis_angle(turns)) == pytest.approx([90, 0, 60, 90], abs=1e-6)


def test_quadratic_triangles_are_split_without_loss_of_area() -> None:
    points = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float) * 1e-6
    fields = FieldData(points, np.arange(6)[None], 22, 0.0, 1, {}, {})
    shape = triangulation(points, fields.cells)
    corners = np.column_stack([shape.x, shape.y])[shape.triangles]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    assert 0.5 * (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) == pytest.approx([0.5] * 4)
    assert cell_sizes(fields) == pytest.approx([2e-12])


def test_area_quantile_ignores_how_finely_a_place_is_meshed() -> None:
    """Nine tenths of the area hold 1, one tenth 5, however many cells the tenth is cut into."""
    values = np.concatenate([[1.0], np.full(1000, 5.0)])
    areas = np.concatenate([[0.9], np.full(1000, 1e-4)])
    assert quantile_by_size(values, areas, 0.89) == 1.0
    assert quantile_by_size(values, areas, 0.91) == 5.0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (19.0, "A m^-2", "1.90 mA/cm²"),
        (2.68e-3, "ohm m^2", "26.8 Ω cm²"),
        (-0.0268, "V", "−26.8 mV"),
        (1.3e6, "Pa m^0.5", "1.30 MPa√m"),
        (np.pi / 4, "rad", "45.0°"),
        (0.1, "S m^-1", "0.100 S m⁻¹"),
        (0.0, "m", "0 µm"),
        (10.0, "A/m^2", "1.00 mA/cm²"),
        (1.3e6, "Pa*m^0.5", "1.30 MPa√m"),
        (2.378e-5, "m^3/mol", "2.38 × 10⁻⁵ m³ mol⁻¹"),
        (1.2e3, "J/(kg K)", "1200 J kg⁻¹ K⁻¹"),
        (1e-5, "1/K", "1.00 × 10⁻⁵ K⁻¹"),
        (0.26, "1", "0.260"),
        (9.9996e-6, "m", "10.0 µm"),
    ],
)
def test_quantities_in_laboratory_units(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_numbers_keep_their_digits() -> None:
    assert [number(value) for value in (1234.5, 0.0012345, 1.5e-5, 2e9)] == [
        "1230",
        "0.00123",
        "1.50 × 10⁻⁵",
        "2.00 × 10⁹",
    ]
    assert (percent(0.2345), percent(-0.012, 1), percent(-1e-6, 1)) == ("23 %", "−1.2 %", "0.0 %")


def test_the_current_beside_a_void_is_read_at_the_stated_distance(full_run: Path) -> None:
    """A ratio that falls by 1 in 20 um on either side of 92.5 um, from 3 and from 2; the void ends at 100 um."""
    data = load_run(full_run)
    assert data.interfaces is not None and data.mesh is not None
    middle = data.interfaces.points[data.interfaces.cells].mean(axis=1)[:, 0]
    ratio = np.where(middle > 92.5e-6, 3.0, 2.0) - np.abs(middle - 92.5e-6) / 20e-6
    cell = {**data.interfaces.cell, "current density across (A m^-2)": 10.0 * ratio}
    uneven = dataclasses.replace(data, interfaces=dataclasses.replace(data.interfaces, cell=cell))
    figure = draw_electrode_current(uneven)
    assert figure is not None
    assert float(finding(figure).split()[0]) == pytest.approx(3 - 9.5 / 20, rel=2e-3)
    assert finding(figure).endswith("2.00 µm beside 'unwetted patch'")
    # a body of revolution has a distance from its axis there
    body = dataclasses.replace(uneven, mesh=dataclasses.replace(data.mesh, axisymmetric=True))
    turned = draw_electrode_current(body)
    assert turned is not None
    assert turned.axes[0].get_xlabel() == "distance from the axis (µm)"
