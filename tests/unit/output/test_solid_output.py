# SPDX-License-Identifier: LGPL-3.0-or-later
"""Figures, report and view of a run in space, made up on a small cube with a cut."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from jadeite.output.fields import Field, FieldFile
from jadeite.output.figures import draw_all, load_run
from jadeite.output.figures.front import draw_fronts
from jadeite.output.figures.run_data import cell_sizes
from jadeite.output.figures.solid_fields import cut_through
from jadeite.output.report import write_report
from jadeite.output.summary import (
    Conservation,
    CurrentFocusing,
    FlawResult,
    FrontPoint,
    Headline,
    ResistanceBreakdown,
    ResistanceShare,
    Summary,
)
from jadeite.output.view import write_view
from sample_meshes import solid_grains

SIDE, NOMINAL = 20e-6, 10.0


@pytest.fixture(scope="module")
def solid_run(tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("solid") / "run"
    run.mkdir()
    mesh = solid_grains(6, 8, SIDE, flaw=(3, 2))
    mesh.save(run / "mesh.npz")
    middle = mesh.points[mesh.cells].mean(axis=1)
    away = np.linalg.norm(middle - mesh.flaws[0].tip, axis=1)
    current = np.tile([0.0, -NOMINAL, 0.0], (len(middle), 1)) * (1.0 + 2e-6 / (away + 1e-6))[:, None]
    tension = 1e8 * np.cos(middle[:, 0] / SIDE)
    with FieldFile(run / "fields.vtkhdf", mesh.points, mesh.cells, 10) as file:
        cell = [
            Field("current density", current, "A m^-2"),
            Field("hydrostatic stress", 0.5 * tension, "Pa"),
            Field("largest principal stress", tension, "Pa"),
        ]
        file.write(0.0, [Field("potential", mesh.points[:, 1] * 50.0, "V")], cell)
    depth = mesh.points[mesh.facets].mean(axis=1)[:, 1]
    with FieldFile(run / "interfaces.vtkhdf", mesh.points, mesh.facets, 5) as file:
        cell = [Field("surface", mesh.facet_surface), Field("overpotential", -0.02 - 100.0 * depth, "V")]
        file.write(0.0, cell=cell)
    front = tuple(FrontPoint(s * 1e-6, (4.0 + s) * 1e5, 1e4, 0.0) for s in (1.0, 2.0, 3.0, 4.0))
    Summary(
        title="cube",
        question="?",
        answer="!",
        applied_current_density=NOMINAL,
        headlines=(Headline("cell_voltage", "Cell voltage", 0.05, "V", "potential difference"),),
        provenance={"ranks": 1},
        dimension=3,
        focusing=CurrentFocusing(1.5, 5e-7, mesh.flaws[0].tip, "flaw deep"),
        flaws=(FlawResult("deep", 1e-5, 0.0, "grain 1", 1.3e6, 8e5, 1e4, 0.0, 1e8, 0.02, 0.0, 0.0, 0.0, front),),
        resistance=ResistanceBreakdown(5e-3, (ResistanceShare("bulk", 4e-3), ResistanceShare("contact", 1e-3))),
        conservation=Conservation(4e-9, 4e-9, 1e-13, 2e-10, 2e-10, 1e-13),
    ).to_json(run / "summary.json")
    return run


def test_a_run_in_space_has_its_figures(solid_run):
    paths = draw_all(solid_run)
    expected = {"microstructure", "potential", "current_focusing", "stress", "fronts", "interface", "resistance"}
    assert {path.stem for path in paths} == expected
    for path in paths:
        assert imread(path)[..., :3].std(axis=(0, 1)).max() > 0.05, path.name


def test_front_figure_says_how_much_of_the_toughness_is_reached(solid_run):
    figure = draw_fronts(load_run(solid_run))
    assert figure is not None
    # 0.8 of 1.3 MPa m^0.5
    assert "up to 62 % of the fracture toughness" in " ".join(figure._suptitle.get_text().split())


def test_no_front_figure_without_fronts(solid_run):
    data = load_run(solid_run)
    plain = tuple(dataclasses.replace(flaw, front=()) for flaw in data.summary.flaws)
    assert draw_fronts(dataclasses.replace(data, summary=dataclasses.replace(data.summary, flaws=plain))) is None


def test_cells_fill_the_cube(solid_run):
    assert cell_sizes(load_run(solid_run).fields).sum() == pytest.approx(SIDE**3, rel=1e-12)


def test_the_cut_goes_through_the_mouth_and_across_it(solid_run):
    mesh = load_run(solid_run).mesh
    flaw = mesh.flaws[0]
    beside, across = cut_through(mesh, flaw).planes
    np.testing.assert_allclose(across.normal, [0.0, 0.0, 1.0])
    assert across.offset == pytest.approx(flaw.mouth[2])
    assert 0.0 < beside.offset < flaw.mouth[0]
    turned = dataclasses.replace(flaw, normal=(0.0, 0.0, 1.0))
    across, beside = cut_through(mesh, turned).planes
    assert across.offset == pytest.approx(flaw.mouth[0])
    assert 0.0 < beside.offset < flaw.mouth[2]


def test_totals_in_space_are_amperes_and_watts(solid_run):
    text = write_report(solid_run).read_text()
    assert "3-D" in text and "per depth" not in text and "A m⁻¹" not in text
    assert "closed cut" in text


def test_view_cuts_the_solid_open_at_the_flaw(solid_run):
    script = write_view(solid_run).read_text()
    compile(script, "view.py", "exec")
    settings = dict(line.split(" = ", 1) for line in script.splitlines() if line.startswith(("CUT", "FLAW_ROWS")))
    (x, y, z), normal = eval(settings["CUT"])
    mesh = load_run(solid_run).mesh
    assert (x, y, z) == pytest.approx(mesh.flaws[0].mouth)
    assert normal == [0.0, 0.0, 1.0]
    assert [mesh.surfaces.name[row] for row in eval(settings["FLAW_ROWS"])] == ["flaw deep"]
