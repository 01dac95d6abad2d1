# SPDX-License-Identifier: LGPL-3.0-or-later
"""The checks of the robustness campaign see what they are made for, and a small campaign passes."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mesh_checks import measure
from meshing_robustness import COLUMNS, examine, read, summary
from samples import CONFIGURATIONS, edge_for, robustness_recipe

from jadeite.microstructure.build import build
from jadeite.microstructure.tagged_mesh import PeriodicSides
from jadeite.verification.bricks import brick_mesh

LABELS = np.arange(8).reshape(2, 2, 2)


@pytest.fixture(params=[2, 3])
def bricks(request):
    labels = LABELS if request.param == 3 else np.arange(4).reshape(2, 2)
    return brick_mesh(np.kron(labels, np.ones((2,) * request.param, dtype=int)), 0.25)


def facts(mesh):
    return measure(mesh, (1.0,) * mesh.dimension)


def test_good_mesh_has_no_failure(bricks):
    found = facts(bricks)
    assert found.failures() == []
    assert found.volume_error < 1e-14
    # Kuhn's simplices: right triangles with 45 degrees; tetrahedra with dihedral angles of 45, 60 and 90 degrees
    assert found.quantile_angle == pytest.approx(45.0)
    ratio = 2 * (1 - np.sqrt(0.5)) * np.sqrt(2) if bricks.dimension == 2 else 3 * 0.5 * (2**0.5 - 1) / (0.5 * 3**0.5)
    assert found.worst_radius_ratio == pytest.approx(ratio)


def test_missing_cell_is_seen(bricks):
    corner = np.flatnonzero((bricks.points[bricks.cells] == 0.0).all(axis=2).any(axis=1))[:1]
    keep = np.setdiff1d(np.arange(len(bricks.cells)), corner)
    cut = replace(bricks, cells=bricks.cells[keep], cell_region=bricks.cell_region[keep])
    found = facts(cut)
    assert found.open_facets > 0 and found.failures()


def test_moved_wall_is_a_wrong_volume(bricks):
    points = bricks.points.copy()
    points[np.argmax(points.sum(axis=1))] -= 1e-6
    assert facts(replace(bricks, points=points)).volume_error > 1e-9


def test_region_in_two_parts_is_seen(bricks):
    region = bricks.cell_region.copy()
    region[region == region.max()] = 0
    found = facts(replace(bricks, cell_region=region))
    assert (found.disconnected_regions, found.empty_regions) == (1, 1)


def test_sliver_is_seen(bricks):
    points = bricks.points.copy()
    middle = np.flatnonzero((points == 0.25).all(axis=1))
    points[middle] = 0.25 * np.append(1e-8, np.ones(bricks.dimension - 1))
    assert facts(replace(bricks, points=points)).worst_radius_ratio < 1e-6


def test_periodic_sides_match_or_not(bricks):
    low = np.flatnonzero(bricks.points[:, 0] == 0.0)
    high = np.flatnonzero(bricks.points[:, 0] == 1.0)
    pairs = np.stack([low, high], axis=1)
    assert facts(replace(bricks, periodic=(PeriodicSides(0, 1.0, pairs),))).periodic_mismatch == 0.0
    assert facts(replace(bricks, periodic=(PeriodicSides(0, 1.0, pairs[1:]),))).periodic_mismatch == np.inf
    wrong = np.stack([low, np.roll(high, 1)], axis=1)
    assert facts(replace(bricks, periodic=(PeriodicSides(0, 1.0, wrong),))).periodic_mismatch > 0.1


def test_pores_and_flaws_leave_their_volume_out():
    recipe = robustness_recipe("plane defects", 3)
    mesh = build(recipe)
    assert mesh.pores and mesh.flaws
    assert measure(mesh, recipe.box).failures() == []


def test_samples_hold_the_grains_asked_for():
    for configuration in CONFIGURATIONS:
        recipe = robustness_recipe(configuration, 5)
        grains = int(np.random.default_rng(5).integers(50, 301))
        assert recipe.width == pytest.approx(1e-6 * edge_for(grains, recipe.dimension), rel=1e-5)
        assert bool(recipe.periodic) is ("periodic" in configuration)
        assert bool(recipe.pores) is ("defects" in configuration)


def test_campaign_writes_resumes_and_sums_up(tmp_path):
    script, output = Path(__file__).with_name("meshing_robustness.py"), tmp_path / "out" / "rows.csv"
    command = [sys.executable, str(script), "--configurations", "plane", "--output", str(output), "--processes", "1"]
    first = subprocess.run([*command, "--seeds", "0:1"], capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stdout + first.stderr
    again = subprocess.run([*command, "--seeds", "0:2"], capture_output=True, text=True, check=False)
    assert again.stdout.count(" seed ") == 1
    rows = read(output)
    assert [row["seed"] for row in rows] == ["0", "1"] and tuple(rows[0]) == COLUMNS
    assert "plane " in summary(rows)
    rows[0] |= {"verdict": "failed", "message": "a reason"}
    assert "plane, seed 0: a reason" in summary(rows)


def test_error_is_a_verdict(monkeypatch):
    def fail(recipe):
        raise RuntimeError("no mesh")

    monkeypatch.setattr("jadeite.microstructure.build.build", fail)
    row = examine("plane", 0)
    assert (row["verdict"], row["message"]) == ("failed", "RuntimeError: no mesh")
    json.dumps(row)


@pytest.mark.slow
@pytest.mark.parametrize("configuration", [name for name in CONFIGURATIONS if name.startswith("solid")])
@pytest.mark.parametrize("seed", [0, 1])
def test_solids_of_every_kind(configuration, seed):
    row = examine(configuration, seed)
    assert row["verdict"] == "passed", row
