# SPDX-License-Identifier: LGPL-3.0-or-later
"""A made-up run folder with plausible numbers, so that figures and report are tested without a solver.

The stack is a grid of squares cut in two, grains are what is nearest to some seeds, flaws and pores are left out.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jadeite.microstructure.tagged_mesh import Flaw, Patch, Pore, RegionTable, SurfaceKind, SurfaceTable, TaggedMesh
from jadeite.output.fields import Field, FieldFile
from jadeite.output.figures import draw_all
from jadeite.output.folder import write_text
from jadeite.output.history import Column, HistoryFile
from jadeite.output.summary import (
    BoundaryShare,
    Conservation,
    CriterionResult,
    CurrentFocusing,
    ExpectOutcome,
    FlawResult,
    Headline,
    MaterialProperty,
    ResistanceBreakdown,
    ResistanceShare,
    Summary,
)

CONDUCTIVITY, NOMINAL, RESISTANCE = 0.1, 10.0, 5e-5
FLAWS = (
    Flaw("deep", (60e-6, 0.0), (66e-6, 40e-6), 6e-6, 40.4e-6, (0.148, 0.989), "grain 3"),
    Flaw("middle", (120e-6, 0.0), (118e-6, 25e-6), 5e-6, 25.1e-6, (-0.08, 0.997), "grain 5"),
    Flaw("shallow", (175e-6, 0.0), (175e-6, 12e-6), 5e-6, 12e-6, (0.0, 1.0), "grain 9"),
)
PORES = (Pore("pore 1", (30e-6, 90e-6), 5e-6), Pore("pore 2", (140e-6, 70e-6), 7e-6))
PATCHES = (Patch("unwetted patch", 85e-6, 100e-6),)


def make_mesh(width: float, height: float, grains: int, flaws: bool, across: int = 60) -> TaggedMesh:
    """Grains, flaws and pores on a regular triangulation of width x height."""
    random = np.random.default_rng(7)
    up = max(round(across * height / width), 4)
    x, y = np.meshgrid(np.linspace(0, width, across + 1), np.linspace(0, height, up + 1))
    points = np.column_stack([x.ravel(), y.ravel()])
    corner = (np.arange(up)[:, None] * (across + 1) + np.arange(across)).ravel()
    lower = np.column_stack([corner, corner + 1, corner + across + 2])
    upper = np.column_stack([corner, corner + across + 2, corner + across + 1])
    cells = np.concatenate([lower, upper])
    middle = points[cells].mean(axis=1)
    keep = np.ones(len(cells), bool)
    if flaws:
        for flaw in FLAWS:
            along = (middle - flaw.mouth) @ np.array(flaw.direction) / flaw.depth
            across_flaw = np.abs((middle - flaw.mouth) @ np.array([flaw.direction[1], -flaw.direction[0]]))
            keep &= ~(
                (along < 1) & (across_flaw < np.maximum(0.5 * flaw.mouth_width * (1 - along), 0.7 * width / across))
            )
        for pore in PORES:
            keep &= np.linalg.norm(middle - pore.centre, axis=1) > pore.radius
    cells, middle = cells[keep], middle[keep]
    seeds = random.random((grains, 2)) * (width, height)
    region = np.argmin(np.linalg.norm(middle[:, None] - seeds, axis=2), axis=1)
    names, region = np.unique(region, return_inverse=True)
    count = len(names)
    orientation = random.normal(size=(count, 4))
    orientation /= np.linalg.norm(orientation, axis=1)[:, None]
    a, b = points[cells[:, 1]] - points[cells[:, 0]], points[cells[:, 2]] - points[cells[:, 0]]
    area = 0.5 * np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])

    edges = np.sort(np.concatenate([cells[:, [0, 1]], cells[:, [1, 2]], cells[:, [2, 0]]]), axis=1)
    owner = np.tile(np.arange(len(cells)), 3)
    unique, first, inverse, uses = np.unique(edges, axis=0, return_index=True, return_inverse=True, return_counts=True)
    last = np.zeros(len(unique), int)
    last[inverse] = owner
    left, right = region[owner[first]], region[last]
    centre = points[unique].mean(axis=1)
    kinds, surface_names, pairs, facets, rows = [], [], [], [], []

    def add(kind: SurfaceKind, name: str, chosen: np.ndarray, pair: tuple[int, int] = (-1, -1)) -> None:
        if chosen.any():
            facets.append(unique[chosen])
            rows.append(np.full(chosen.sum(), len(kinds)))
            kinds.append(kind)
            surface_names.append(name)
            pairs.append(pair)

    boundary = (uses == 2) & (left != right)
    for low, high in np.unique(np.sort(np.column_stack([left, right])[boundary], axis=1), axis=0):
        chosen = boundary & (np.minimum(left, right) == low) & (np.maximum(left, right) == high)
        add(SurfaceKind.GRAIN_BOUNDARY, f"grain {low + 1} | grain {high + 1}", chosen, (int(low), int(high)))
    outer, bottom, top = uses == 1, centre[:, 1] < 1e-12, centre[:, 1] > height - 1e-12
    side = (centre[:, 0] < 1e-12) | (centre[:, 0] > width - 1e-12)
    patch = flaws & bottom & (centre[:, 0] > PATCHES[0].start) & (centre[:, 0] < PATCHES[0].end)
    add(SurfaceKind.PLATING_ELECTRODE, "plating electrode", outer & bottom & ~patch)
    add(SurfaceKind.UNWETTED_PATCH, "unwetted patch", outer & patch)
    add(SurfaceKind.STRIPPING_ELECTRODE, "stripping electrode", outer & top)
    add(SurfaceKind.SIDE_WALL, "side walls", outer & side)
    inner = outer & ~bottom & ~top & ~side
    for flaw in FLAWS if flaws else ():
        near = (np.abs(centre[:, 0] - flaw.mouth[0]) < 15e-6) & (centre[:, 1] < 50e-6)
        add(SurfaceKind.FLAW_WALL, f"flaw {flaw.name}", inner & near)
    for pore in PORES if flaws else ():
        add(SurfaceKind.PORE_WALL, pore.name, inner & (np.linalg.norm(centre - pore.centre, axis=1) < 2 * pore.radius))
    between = np.array([kind == SurfaceKind.GRAIN_BOUNDARY for kind in kinds])
    return TaggedMesh(
        points,
        cells,
        region.astype(np.int32),
        np.concatenate(facets),
        np.concatenate(rows).astype(np.int32),
        RegionTable(
            tuple(f"grain {row + 1}" for row in range(count)),
            ("electrolyte",) * count,
            orientation,
            np.bincount(region, area),
        ),
        SurfaceTable(
            tuple(surface_names),
            tuple(kinds),
            np.array(pairs, np.int32),
            np.where(between, np.deg2rad(5 + 57 * random.random(len(kinds))), np.nan),
            np.ones(len(kinds)),
        ),
        FLAWS if flaws else (),
        PORES if flaws else (),
        PATCHES if flaws else (),
        statistics={"grains": count, "cells": len(cells)},
    )


def make_fields(run: Path, mesh: TaggedMesh, mechanics: bool) -> None:
    """Potential with steps from grain to grain, current that crowds at the tips, stress of random grains."""
    random = np.random.default_rng(3)
    nodes, broken = np.unique(
        np.column_stack([mesh.cells.ravel(), np.repeat(mesh.cell_region, 3)]), axis=0, return_inverse=True
    )
    points, cells = mesh.points[nodes[:, 0]], broken.reshape(-1, 3)
    middle = points[cells].mean(axis=1)
    height = mesh.points[:, 1].max()
    step = NOMINAL * RESISTANCE * np.array([0.3, 1.0])[random.integers(0, 2, len(mesh.regions))]
    potential = NOMINAL * points[:, 1] / CONDUCTIVITY + step[nodes[:, 1]] * (1 + points[:, 1] / 20e-6)
    current = np.tile([0.0, -NOMINAL], (len(cells), 1))
    tension = 40e6 * random.normal(size=len(mesh.regions))[mesh.cell_region]
    for flaw in mesh.flaws:
        away = middle - flaw.tip
        distance = np.linalg.norm(away, axis=1)
        pull = NOMINAL * np.sqrt(flaw.depth / 2 / (distance + 1e-6)) * np.exp(-distance / flaw.depth)
        current -= pull[:, None] * away / distance[:, None]
        tension += 60e6 * np.sqrt(flaw.depth / 2 / (distance + 1e-6)) * np.exp(-distance / flaw.depth)
    stress = np.zeros((len(cells), 9))
    stress[:, 0] = stress[:, 4] = tension
    point = [Field("potential", potential, "V", "electric potential of the ceramic")]
    cell = [Field("current density", current, "A m^-2"), Field("grain", mesh.cell_region)]
    if mechanics:
        point.append(Field("displacement", 1e-3 * points, "m"))
        cell += [
            Field("stress", stress, "Pa"),
            Field("hydrostatic stress", 2 / 3 * tension, "Pa"),
            Field("largest principal stress", tension, "Pa"),
        ]
    with FieldFile(run / "fields.vtkhdf", points, cells, 5) as file:
        file.write(0.0, point, cell)
    middle = mesh.points[mesh.facets].mean(axis=1)
    flaw_wall = np.isin(mesh.facet_surface, mesh.surfaces.rows(SurfaceKind.FLAW_WALL))
    overpotential = -NOMINAL * 2.5e-3 * (1 + 3 * flaw_wall * middle[:, 1] / 40e-6)
    with FieldFile(run / "interfaces.vtkhdf", mesh.points, mesh.facets, 3) as file:
        file.write(
            0.0,
            cell=[
                Field("surface", mesh.facet_surface),
                Field("current density across", np.full(len(middle), NOMINAL), "A m^-2"),
                Field("overpotential", overpotential, "V"),
                Field("dissipation", np.full(len(middle), 1.0), "W m^-2"),
            ],
        )
    assert height > 0


def make_summary(mesh: TaggedMesh, mechanics: bool) -> Summary:
    criteria: list[CriterionResult] = []
    if mesh.flaws:
        for flaw, critical in zip(FLAWS, (19.0, 42.0, None), strict=True):
            for criterion, mechanism, factor in (
                ("combined interface and ohmic", "sodium pressure of the local voltage drop opens the flaw", 1.0),
                ("Griffith crack at full overpotential", "all of the overpotential becomes sodium pressure", 0.6),
                ("coupled pressure and kinetics", "pressure slows plating until the crack runs", 1.8),
                ("void-edge focusing", "current crowds at the rim of the lost contact", 3.1),
            ):
                value = None if critical is None and factor > 1 else (critical or 150.0) * factor
                margin, decides = (value or 300.0) / NOMINAL, factor == 1 and critical == 19
                criteria.append(CriterionResult(flaw.name, criterion, mechanism, margin, value, {}, decides))
    parts = (
        ("bulk of the grains", 1.5e-3), ("grain boundaries", 6.2e-4), ("plating interface", 2.6e-4),
        ("stripping interface", 2.6e-4), ("constriction by flaws, pores and lost contact", 4e-5),
    )  # fmt: skip
    headlines = [
        Headline("cell_voltage", "Cell voltage", 0.0268, "V", "Potential difference between the electrodes.", 2e-5),
        Headline("area_specific_resistance", "Area-specific resistance", 2.68e-3, "ohm m^2", "Voltage over current."),
    ]  # fmt: skip
    if criteria:
        headlines.insert(
            0,
            Headline(
                "critical_current_density", "Critical current density", 19.0, "A m^-2",
                "Lowest current density at which any flaw starts a dendrite, by the coupled criterion.", 0.3,
            ),
        )  # fmt: skip
    names = [name for name, kind in zip(mesh.surfaces.name, mesh.surfaces.kind, strict=True) if "|" in name]
    return Summary(
        title="Sodium on NZSP with three flaws",
        question="A ceramic separator between two sodium electrodes, plated at 1 mA/cm² and 25 °C.",
        answer="A dendrite starts at flaw 'deep' when 1.90 mA/cm² are reached; at 1.00 mA/cm² the cell is safe.",
        applied_current_density=NOMINAL,
        headlines=tuple(headlines),
        provenance={
            "jadeite": "0.1.0", "commit": "0123abc", "python": "3.12.1",
            "versions": {"dolfinx": "0.11.0", "petsc": "3.25"}, "date": "2026-01-01T00:00:00+00:00", "ranks": 2,
            "seeds": {"microstructure": 7}, "inputs": {"case.yaml": "ab" * 32},
        },
        largest_current_density_searched=300.0,
        focusing=CurrentFocusing(2.41, 2e-6, (66e-6, 42e-6), "flaw deep") if mesh.flaws else None,
        flaws=tuple(
            FlawResult(
                flaw.name, flaw.depth, flaw.mouth_width, flaw.tip_region,
                *((1.3e6, 0.69e6 * flaw.depth / 40e-6, 4e4, 0.2e6, 8e7, -0.05, 24.0) if mechanics else ()),
            )
            for flaw in mesh.flaws
        ),
        criteria=tuple(criteria),
        resistance=ResistanceBreakdown(2.68e-3, tuple(ResistanceShare(*part) for part in parts)),
        boundaries=tuple(
            BoundaryShare(name, 0.02 / (1 + row), np.deg2rad(20 + row), 5e-5 * (1 + row % 3), 1e-3)
            for row, name in enumerate(names)
        ),
        conservation=Conservation(2e-3, 2e-3, 1e-13, 5.4e-5, 5.4e-5, 3e-11),
        expect=(
            ExpectOutcome("cell_voltage", 0.0268, 0.0268, 3e-4, "V", True, "one-dimensional closed form"),
            ExpectOutcome("critical_current_density", 22.0, 19.0, 1.1, "A m^-2", False, "<script>alert(1)</script>"),
        ),
        materials=(
            MaterialProperty("electrolyte", "NZSP", "conductivity", 0.1, "S m^-1", "Ma et al. 2019", "high"),
            MaterialProperty("electrolyte", "NZSP", "fracture toughness", 1.3e6, "Pa m^0.5", "Nonemacher", "low", True),
        ),
        mesh_statistics=dict(mesh.statistics),
        solver={"conduction": "CG with algebraic multigrid", "Newton steps": 4},
        timings={"mesh": 2.5, "solve": 11.2, "search": 31.0},
        warnings=("The fracture toughness of NZSP rests on one indentation study.",),
    )  # fmt: skip


def make_history(run: Path, mesh: TaggedMesh) -> None:
    columns = [Column("applied current density", "A m^-2"), Column("cell voltage", "V")]
    columns += [Column("margin", "1", flaw.name) for flaw in mesh.flaws]
    with HistoryFile(run / "history.csv", columns) as history:
        for current in (10.0, 40.0, 20.0, 15.0, 19.0):
            margins = [1.0 / (0.3 + 0.7 * current / critical) for critical in (19.0, 42.0, 150.0)]
            history.append([current, 2.68e-3 * current, *margins[: len(mesh.flaws)]])


def make_run(
    run: Path,
    *,
    flaws: bool = True,
    mechanics: bool = True,
    size: tuple[float, float] = (200e-6, 150e-6),
    grains: int = 40,
) -> Path:
    """Fill a folder as a run would have."""
    run.mkdir(parents=True, exist_ok=True)
    mesh = make_mesh(*size, grains, flaws)
    mesh.save(run / "mesh.npz")
    make_fields(run, mesh, mechanics)
    make_summary(mesh, mechanics).to_json(run / "summary.json")
    if mechanics and flaws:
        make_history(run, mesh)
    write_text(run / "case.yaml", "title: made up\n")
    return run


@pytest.fixture(scope="session")
def synthetic_run() -> Callable[..., Path]:
    return make_run


@pytest.fixture(scope="session")
def drawn_run(full_run: Path) -> tuple[Path, list[Path]]:
    return full_run, draw_all(full_run)


@pytest.fixture(scope="session")
def full_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "full")
