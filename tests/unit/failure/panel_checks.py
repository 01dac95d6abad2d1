# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of what a panel reads on flaws of small cells, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.constants import FARADAY
from jadeite.failure.panel import FlawPanel
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import resolve
from jadeite.microstructure.build import build
from jadeite.physics.conduction_state import Current
from jadeite.study.assembly.cell import build_cell, tip_materials

COMM = MPI.COMM_WORLD
MICRON = 1e-6
SIGMA, TOUGHNESS, YOUNG, POISSON = 0.2, 1.4e6, 80e9, 0.25
SOLID = (
    "material: NZSP_x2, override: {conductivity: 0.2 S/m, youngs_modulus: 80 GPa, poisson_ratio: 0.25, "
    "fracture_toughness: 1.4 MPa*m^0.5, grain_boundary_toughness_ratio: 0.5, "
)


class Example:
    """A small cell made as a run makes it, and its panel."""

    def __init__(self, text, distance=0.5 * MICRON):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "case.yaml"
            file.write_text(f"title: test\nprotocol: {{current_density: 1 mA/cm^2}}\n{text}")
            loaded = load_case(file)
        case, self.recipe = loaded.case, loaded.recipe
        materials = resolve(case, self.recipe)
        self.domain = Domain.from_tagged_mesh(build(self.recipe) if COMM.rank == 0 else None, COMM)
        self.cell = build_cell(case, materials, self.domain, lambda step, residual: None)
        self.tips = tip_materials(case, materials, self.domain.tagged)
        self.molar_volume = materials.sodium.molar_volume
        self.panel = FlawPanel(self.cell, self.tips, case.failure.criteria, distance, SIGMA, self.molar_volume)

    def read(self, current_density):
        result = self.cell.solve(Current(current_density * self.recipe.width))
        return {reading.flaw.name: reading for reading in self.panel.read(result)}


def wide_cell(expansion_below, physics="", resistance="20 ohm*cm^2"):
    """One flaw, 8 um deep, in the lower of two layers that differ in nothing but their thermal expansion."""
    return Example(f"""
microstructure:
  width: 160 um
  separator:
    layers:
      - {{material: lower, thickness: 60 um}}
      - {{material: upper, thickness: 100 um}}
  flaws:
    - {{name: deep, position: 80 um, depth: 8 um, mouth_width: 0.05 um}}
  mesh: {{interior_size: 12 um, boundary_size: 8 um}}
materials:
  lower: {{{SOLID} thermal_expansion: {expansion_below} 1/K}}}}
  upper: {{{SOLID} thermal_expansion: 5e-6 1/K}}}}
temperature: 25 degC
physics:
  grain_boundaries: {{law: none}}
  plating_interface: {{law: linear, resistance: {resistance}}}
  mechanics: {{stress_free_temperature: 125 degC}}
  {physics}
""")


@cache
def plain():
    """No residual stress, because both layers shrink alike."""
    return wide_cell("5e-6")


def check_uniform_interface_and_confined_flaw():
    """Confined sodium takes no current: the flaw disturbs nothing, and its tip sees the interface and the drop."""
    j, resistance, depth = 10.0, 2e-3, 8 * MICRON
    reading = plain().read(j)["deep"]
    beside = j * 160 / (160 - 0.05)
    assert reading.state.interface_resistance == pytest.approx(resistance, rel=1e-9)
    assert reading.state.local_current_density == pytest.approx(beside, rel=1e-4)
    # the walls keep a distance from the tip of about the size of a cell there, a hundredth of the depth
    ohmic = reading.state.overpotential / beside - resistance
    assert ohmic == pytest.approx(depth / SIGMA, rel=0.01)
    assert reading.largest_overpotential == reading.state.overpotential
    pressure = FARADAY * reading.state.overpotential / plain().molar_volume
    assert reading.largest_pressure == pytest.approx(pressure, rel=1e-9)
    assert abs(reading.collected_current) < 1e-9 * j * depth
    assert reading.largest_current_density < 1e-6 * j


def check_stress_intensity_of_a_wide_cell():
    """Within 5 % of the half plane: uniform pressure of the interface and linear pressure of the ohmic drop.

    It is not exact because the cell is a window of finite height and width whose sides stay flat, an array of flaws
    that shield each other, while the half plane may bend freely; and because the flaw is a thin notch.
    """
    j, resistance, depth = 10.0, 2e-3, 8 * MICRON
    reading = plain().read(j)["deep"]
    pressure = FARADAY * j / plain().molar_volume * np.array([resistance, depth / SIGMA])
    expected = np.sqrt(np.pi * depth) * (1.1215 * pressure[0] + 0.6829 * pressure[1])
    assert reading.state.equivalent_stress_intensity == pytest.approx(expected, rel=0.05)
    assert abs(reading.intensity.mode_two) < 0.01 * reading.intensity.mode_one
    assert abs(reading.residual.mode_one) < 1e-6 * expected


def check_criteria_that_do_not_apply_are_absent():
    """No resistive boundary, no pore and no patch, so nothing is said about them; with all of them all are there."""
    criteria = plain().read(10.0)["deep"].criteria
    assert set(criteria) == {"coupled_fracture", "porz_griffith", "ohmic_griffith", "combined_griffith"}
    assert set(everything().read(10.0)["one"].criteria) == {
        "porz_griffith",
        "ohmic_griffith",
        "combined_griffith",
        "grain_boundary_potential",
        "electronic_leakage",
        "void_edge_focusing",
    }


@cache
def stretched():
    """The lower layer shrinks more than the upper one: tension opens the flaw."""
    return wide_cell("6e-6")


@cache
def pressed():
    """The lower layer shrinks less than the upper one: compression closes the flaw."""
    return wide_cell("4e-6")


def check_residual_and_deposit_add_up():
    """The deposit part is that of the cell without residual stress, and linear in the current as the interface is."""
    deposit = plain().read(10.0)["deep"].intensity.mode_one
    for example in (stretched(), pressed()):
        first, second = (example.read(j)["deep"] for j in (10.0, 20.0))
        assert first.residual == second.residual
        assert first.intensity.mode_one - first.residual.mode_one == pytest.approx(deposit, rel=1e-6)
        assert second.intensity.mode_one - second.residual.mode_one == pytest.approx(2 * deposit, rel=1e-6)
    opening, closing = (e.read(10.0)["deep"].residual.mode_one for e in (stretched(), pressed()))
    assert closing == pytest.approx(-opening, rel=1e-6)
    # membrane stress of the layers between flat sides: E' alpha dT (1 - share), equal in both directions of the plane
    # (free constant strain out of it), on an edge crack shallow against the layer
    stress = YOUNG / (1 - POISSON) * 1e-6 * 100.0 * (1 - 60 / 160)
    assert opening == pytest.approx(1.1215 * stress * np.sqrt(np.pi * 8 * MICRON), rel=0.05)


def check_negative_mode_one_counts_as_none():
    """Pressed together, a flaw has at most the equivalent of its mode II alone: 2/sqrt(3) of it (Erdogan, Sih 1963)."""
    reading = pressed().read(0.5)["deep"]
    assert reading.intensity.mode_one < 0.0
    sliding = 2 / np.sqrt(3) * abs(reading.intensity.mode_two)
    assert reading.state.equivalent_stress_intensity == pytest.approx(sliding, rel=1e-6, abs=1e-6)
    assert sliding < 0.05 * abs(reading.intensity.mode_one)


def check_relaxed_sodium_adds_nothing():
    """Sodium that flows freely exerts no pressure: the total is the residual part at every current."""
    example = wide_cell("6e-6", "sodium_in_flaws: {law: relaxed}")
    reading = example.read(10.0)["deep"]
    assert reading.intensity == reading.residual
    assert reading.largest_pressure == 0.0
    assert reading.collected_current > 0.0


@cache
def patched():
    """Half a period of strip contacts of nearly no interface resistance, with a shallow flaw far from their edge."""
    return Example(
        f"""
microstructure:
  width: 40 um
  separator: {{layers: [{{thickness: 120 um}}]}}
  flaws:
    - {{name: shallow, position: 4 um, depth: 0.5 um, mouth_width: 0.02 um}}
  unwetted_patches:
    - {{name: void, start: 20 um, end: 40 um}}
  mesh: {{interior_size: 10 um, boundary_size: 1 um, contact_edge_size: 0.02 um, tip_size: 0.05 um}}
materials: {{electrolyte: {{{SOLID} thermal_expansion: 5e-6 1/K}}}}}}
physics:
  plating_interface: {{law: linear, resistance: 1e-4 ohm*cm^2}}
  grain_boundaries: {{law: none}}
  mechanics: none
""",
        2 * MICRON,
    )


def check_patch_edge_is_read_at_the_stated_distance():
    """Current density of periodic strip contacts, cos(a) / sqrt(sin^2(b) - sin^2(a)), 2 um from their edge."""
    reading = patched().read(10.0)["shallow"]
    edge, place = 0.5 * np.pi * 20 / 40, 0.5 * np.pi * 18 / 40
    exact = 10.0 * np.cos(place) / np.sqrt(np.sin(edge) ** 2 - np.sin(place) ** 2)
    assert reading.state.edge_current_density == pytest.approx(exact, rel=0.01)


@cache
def stack():
    """Layers of 5 um, poor boundaries from 10 um on, an interface so resistive that the wetted part is uniform."""
    return Example(f"""
microstructure:
  width: 40 um
  separator:
    layers:
      - {{material: good, thickness: 5 um, repeat: 2}}
      - {{material: poor, thickness: 5 um, repeat: 6}}
  flaws:
    - {{name: shallow, position: 8 um, depth: 4 um, mouth_width: 0.1 um}}
    - {{name: deep, position: 20 um, depth: 12 um, mouth_width: 0.1 um}}
  unwetted_patches:
    - {{name: void, start: 30 um, end: 40 um}}
materials:
  good: {{{SOLID} grain_boundary_resistance: 0.2 ohm*cm^2}}}}
  poor: {{{SOLID} grain_boundary_resistance: 2 ohm*cm^2}}}}
physics:
  plating_interface: {{law: linear, resistance: 5000 ohm*cm^2}}
  mechanics: none
""")


def check_most_loaded_boundary_near_the_flaw():
    """Equal current crosses every boundary, so the most resistive one within a depth of the tip is the most loaded."""
    readings = stack().read(10.0)
    surfaces = stack().domain.tagged.surfaces
    # the deep flaw cuts the first poor boundary, which is shorter for it and carries a little more per area
    for name, resistance, boundary in (("shallow", 2e-5, "layer 1 | layer 2"), ("deep", 2e-4, "layer 2 | layer 3")):
        state = readings[name].state
        length = surfaces.measure[surfaces.name.index(boundary)]
        assert state.boundary_resistance == pytest.approx(resistance, rel=1e-12)
        assert state.boundary_toughness == pytest.approx(0.5 * TOUGHNESS, rel=1e-12)
        assert state.boundary_flaw_size == pytest.approx(0.5 * length, rel=1e-12)
        assert state.boundary_current_density == pytest.approx(10.0 * 40 * MICRON / length, rel=1e-6)


def check_current_beside_the_flaw_is_that_of_the_wetted_part():
    """Confined flaws and the patch take none of it."""
    for reading in stack().read(10.0).values():
        assert reading.state.local_current_density == pytest.approx(10.0 * 40 / (40 - 10 - 0.2), rel=2e-3)
        assert reading.state.interface_resistance == pytest.approx(0.5, rel=1e-9)


@cache
def everything():
    """Grains, pores, a patch and two flaws."""
    return Example(f"""
microstructure:
  width: 40 um
  seed: 7
  separator: {{thickness: 30 um, polycrystal: {{grain_size: {{law: lognormal, mean: 8 um}}}}}}
  pores: [{{place: triple_junctions, count: 4, radius: 0.5 um}}]
  flaws:
    - {{name: one, position: 8 um, depth: 14 um, mouth_width: 0.2 um}}
    - {{name: two, position: 26 um, depth: 5 um, mouth_width: 0.2 um}}
  unwetted_patches:
    - {{name: void, start: 34 um, end: 38 um}}
materials: {{electrolyte: {{{SOLID} grain_boundary_resistance: 0.2 ohm*cm^2}}}}}}
physics:
  plating_interface: {{law: linear, resistance: 20 ohm*cm^2}}
  mechanics: none
""")


def check_nearest_pore():
    """Each flaw reads the sodium potential at the pore nearest to its tip; another one is nearer to the first mouth."""
    example = everything()
    result = example.cell.solve(Current(10.0 * example.recipe.width))
    readings = example.panel.read(result)
    at_pores = example.panel.electronic.at_pores(result.conduction.voltage)
    assert len(set(at_pores.values())) == 4
    chosen = set()
    for reading in readings:
        gaps = {p.name: np.hypot(*np.subtract(p.centre, reading.flaw.tip)) for p in example.domain.tagged.pores}
        nearest = min(gaps, key=gaps.get)
        to_mouth = {p.name: np.hypot(*np.subtract(p.centre, reading.flaw.mouth)) for p in example.domain.tagged.pores}
        assert reading.flaw.name != "one" or min(to_mouth, key=to_mouth.get) != nearest
        chosen.add(nearest)
        assert reading.state.sodium_potential == at_pores[nearest]
        assert reading.state.pore_radius == pytest.approx(0.5 * MICRON, rel=1e-12)
        assert reading.state.surface_energy > 0.0
    assert len(chosen) == 2


def check_distance_that_leaves_no_electrode_is_explained():
    """Every rank meets the same problem of the case."""
    example = stack()
    panel = FlawPanel(example.cell, example.tips, (), 1.0, SIGMA, example.molar_volume)
    with pytest.raises(CaseError, match=r"failure\.focusing_distance.*beside flaw 'shallow'"):
        panel.read(example.cell.solve(Current(10.0 * example.recipe.width)))


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
