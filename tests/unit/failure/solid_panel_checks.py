# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of what a panel reads on a flaw in space, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from jadeite.case.loading import load_case
from jadeite.constants import FARADAY
from jadeite.failure.criteria import half_ellipse
from jadeite.failure.focusing import measure_focusing
from jadeite.failure.panel import FlawPanel
from jadeite.failure.singular import singular_set
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import resolve
from jadeite.microstructure.tagged_mesh import Patch, SurfaceKind, SurfaceTable
from jadeite.physics.conduction_state import Current
from jadeite.study.assembly.cell import build_cell, tip_materials
from jadeite.verification.penny import penny_mesh
from sample_meshes import solid_grains

COMM = MPI.COMM_WORLD
MICRON = 1e-6
SIGMA, RESISTANCE, J = 0.2, 2e-3, 10.0
CASE = """
title: test
protocol: {current_density: 1 mA/cm^2}
microstructure:
  dimension: 3
  width: 10 um
  separator: {layers: [{thickness: 6 um}]}
materials:
  electrolyte: {material: NZSP_x2, override: {conductivity: 0.2 S/m, youngs_modulus: 80 GPa, poisson_ratio: 0.25,
    fracture_toughness: 1.4 MPa*m^0.5, thermal_expansion: 5e-6 1/K, grain_boundary_toughness_ratio: 0.5}}
physics:
  grain_boundaries: {law: none}
  plating_interface: {law: linear, resistance: 20 ohm*cm^2}
"""


class Example:
    """A cell made as a run makes it, from a mesh of its own, and its panel."""

    def __init__(self, tagged, distance=0.2 * MICRON, mechanics="{stress_free_temperature: 125 degC}"):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "case.yaml"
            file.write_text(f"{CASE}  mechanics: {mechanics}\n")
            loaded = load_case(file)
        materials = resolve(loaded.case, loaded.recipe)
        self.domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
        tagged = self.domain.tagged
        extent = np.ptp(tagged.points, axis=0)
        self.area = extent[0] * extent[2]
        self.cell = build_cell(loaded.case, materials, self.domain, lambda step, residual: None)
        self.molar_volume = materials.sodium.molar_volume
        tips = tip_materials(loaded.case, materials, tagged)
        self.panel = FlawPanel(self.cell, tips, loaded.case.failure.criteria, distance, SIGMA, self.molar_volume)

    def read(self, current_density):
        result = self.cell.solve(Current(current_density * self.area))
        return {reading.flaw.name: reading for reading in self.panel.read(result)}


@cache
def half_penny():
    """Half a penny of 1 um radius in a slab without grains and without residual stress."""
    tagged = None
    if COMM.rank == 0:
        mesh = penny_mesh((10.0, 6.0, 10.0), (5.0, 0.0, 5.0), 0.1, 1.5)
        (flaw,) = mesh.flaws
        small = {name: tuple(MICRON * c for c in getattr(flaw, name)) for name in ("mouth", "tip")} | {
            name: MICRON * getattr(flaw, name) for name in ("depth", "half_length")
        }
        front = tuple(tuple(MICRON * c for c in point) for point in flaw.front)
        tagged = replace(mesh, points=mesh.points * MICRON, flaws=(replace(flaw, front=front, **small),))
    return Example(tagged)


def check_pressure_of_confined_sodium_opens_half_a_penny():
    """K_I = 0.6625 p sqrt(pi a) at the deepest point (Newman and Raju 1981), p = F j R / V_Na and the ohmic drop."""
    reading = half_penny().read(J)["penny"]
    pressure = FARADAY * J * (RESISTANCE + 0.5 * MICRON / SIGMA) / half_penny().molar_volume
    deepest = int(np.argmax(reading.front.place[:, 1]))
    expected = 1.04 / np.sqrt(2.464) * pressure * np.sqrt(np.pi * MICRON)
    assert reading.front.modes[deepest, 0] == pytest.approx(expected, rel=0.05)
    worst = reading.front.decisive()
    assert reading.state.equivalent_stress_intensity == pytest.approx(reading.front.equivalent()[worst], rel=1e-12)
    assert reading.intensity.mode_one == reading.front.modes[worst, 0]
    assert abs(reading.residual.mode_one) < 1e-6 * expected
    assert reading.largest_pressure == pytest.approx(pressure, rel=1e-2)
    assert abs(reading.collected_current) < 1e-9 * J * MICRON**2


def check_electrode_beside_the_flaw_is_undisturbed():
    """A flaw that takes no current leaves the current density and the resistance of the interface as they are."""
    state = half_penny().read(J)["penny"].state
    assert state.shape == half_ellipse(state.depth, state.depth)
    assert state.local_current_density == pytest.approx(J, rel=1e-3)
    assert state.interface_resistance == pytest.approx(RESISTANCE, rel=1e-9)


def check_focusing_is_none_without_cause():
    """Confined sodium behind a resistive interface does not disturb the current."""
    example = half_penny()
    example.cell.solve(Current(J * example.area))
    found = measure_focusing(example.cell.conduction, J, 0.2 * MICRON)
    assert found.factor == pytest.approx(1.0, abs=2e-3)
    assert len(found.place) == 3


def patched():
    """A cut beside an unwetted square of a cube of one grain."""
    side = 8 * MICRON
    mesh = solid_grains(8, 1, side, flaw=(4, 2))
    middle = mesh.points[mesh.facets].mean(axis=1)
    row = mesh.surfaces.name.index("plating electrode")
    square = (mesh.facet_surface == row) & (middle[:, 0] < 2 * MICRON) & (np.abs(middle[:, 2] - side / 2) < MICRON)
    surface = mesh.facet_surface.copy()
    surface[square] = len(mesh.surfaces)
    table = mesh.surfaces
    outline = tuple((x * MICRON, z * MICRON) for x, z in ((0.0, 3.0), (2.0, 3.0), (2.0, 5.0), (0.0, 5.0)))
    return replace(
        mesh,
        facet_surface=surface,
        surfaces=SurfaceTable(
            (*table.name, "unwetted patch void"),
            (*table.kind, SurfaceKind.UNWETTED_PATCH),
            np.concatenate([table.regions, [[-1, -1]]]).astype(np.int32),
            np.append(table.misorientation, np.nan),
            np.append(table.measure, 4e-12),
        ),
        patches=(Patch("void", 0.0, 2 * MICRON, outline),),
    )


def check_singular_lines():
    """Front, mouth on both walls and rim; distances from them are those of the lines to a few thousandths."""
    mesh = patched()
    distance = 0.5 * MICRON
    singular = singular_set(mesh, distance)
    assert set(singular.names) == {"flaw deep", "unwetted patch void"}
    # the cut is 4 um deep and 4 um long in the plane x = 4 um
    places = MICRON * np.array([[4.5, 4.0, 4.0], [4.0, 0.5, 4.3], [1.0, 0.5, 5.0], [4.0, 3.0, 6.6]])
    np.testing.assert_allclose(singular.distance(places), MICRON * np.array([0.5, 0.5, 0.5, 0.6]), rtol=5e-3)
    on_electrode = singular.distance(places[:1], electrode_only=True)
    np.testing.assert_allclose(on_electrode, MICRON * np.hypot(0.5, 4.0), rtol=5e-3)
    assert (singular.points[singular.on_electrode][:, 1] == 0.0).all()


def check_patch_rim_in_space():
    """Current crowds at the rim of a patch; what is read there lies above the mean, and the nearest flaw reads it."""
    example = Example(patched() if COMM.rank == 0 else None, 0.5 * MICRON, "none")
    state = example.read(J)["deep"].state
    wetted = 64.0 / (64.0 - 4.0)
    assert state.edge_current_density > 1.0001 * J * wetted
    assert state.local_current_density == pytest.approx(J * wetted, rel=0.02)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
