# SPDX-License-Identifier: LGPL-3.0-or-later
"""A plate that its own heat warms: current, temperature and conductivity agree with the equation of its mean."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

import jadeite.fem  # noqa: F401  isort: skip
from dolfinx import fem
from mpi4py import MPI

from jadeite.case.loading import load_case
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import resolve
from jadeite.microstructure.build import build
from jadeite.physics.conduction_state import Current
from jadeite.study.assembly.cell import build_cell
from jadeite.study.cell.warming import Warming, result_tables, warnings
from jadeite.study.run import run_case

PLATE = """\
title: A plate that warms itself
microstructure:
  width: 400 um
  separator:
    layers: [{thickness: 2 mm, material: electrolyte}]
  mesh: {interior_size: 200 um, boundary_size: 200 um}
materials:
  electrolyte: {material: NZSP_x24}
physics:
  mechanics: none
  plating_interface: {law: ideal}
  heat: {thermal_conductivity: 1 W/m/K}
protocol: {current_density: 300 mA/cm^2}
"""


@pytest.mark.parametrize("transfer", [None, 2e4])
def test_current_and_temperature_agree(tmp_path, transfer):
    """The mean rise is j^2/s (L^2/(12 k) + L/(2 h)) with s at the mean temperature; 1.5 S/m and 27.016 kJ/mol."""
    text = PLATE if transfer is None else PLATE.replace("W/m/K}", "W/m/K, heat_transfer_coefficient: 2e4 W/m^2/K}")
    path = tmp_path / "case.yaml"
    path.write_text(text)
    loaded = load_case(path)
    materials = resolve(loaded.case, loaded.recipe)
    tagged = build(loaded.recipe, tmp_path)
    cell = build_cell(loaded.case, materials, Domain.from_tagged_mesh(tagged, MPI.COMM_SELF), lambda *_: None)
    current, length, width = 3000.0, 2e-3, 4e-4
    warming = Warming(loaded.case, materials)
    state = warming.solve(cell, Current(current * width))

    def sigma(temperature):
        return 1.5 * 298.15 / temperature * np.exp(-27016 / 8.31446261815324 * (1 / temperature - 1 / 298.15))

    per_heat = length**2 / 12.0 + (0.0 if transfer is None else 0.5 * length / transfer)
    rise = brentq(lambda value: value - current**2 / sigma(298.15 + value) * per_heat, 0.0, 20.0)
    assert state.heat.mean == pytest.approx(rise, rel=1e-6)
    assert state.cell.conduction.voltage == pytest.approx(current * length / sigma(298.15 + rise), rel=1e-6)
    assert state.heat.plating + state.heat.stripping == pytest.approx(state.heat.source, rel=1e-9)
    (table,) = result_tables(state, width)
    assert table.column("grains")[0] == pytest.approx(current**2 * length / sigma(298.15 + rise), rel=1e-6)
    spent = replace(state.cell.conduction, interface_power=(1.0, 1.0))  # as with work against pressure, no heat
    (table,) = result_tables(replace(state, cell=replace(state.cell, conduction=spent)), width)
    set_free, leaves = (
        sum(table.column(name)[0] for name in names)
        for names in (("grains", "boundaries", "interfaces"), ("plating", "stripping"))
    )
    assert set_free == pytest.approx(leaves, rel=1e-9)
    assert any("warms the ceramic" in text for text in warnings(state, materials))


def test_heat_strains_the_ceramic(tmp_path):
    """A wide plate stays plane and grows by its mean temperature: E a (mean rise - rise) / (1 - nu) at each depth.

    Temperatures are parabolic: 2/3 of the rise in the middle on average, so that the cold surface bears the tension of
    2/3 and the middle the pressure of 1/3 of it.
    """
    mechanics = "{stress_free_temperature: 25 degC}"
    text = PLATE.replace("mechanics: none", f"mechanics: {mechanics}").replace(
        "{material: NZSP_x24}",
        "{material: NZSP_x24, override: {conductivity: 1.5 S/m, youngs_modulus: 80 GPa, poisson_ratio: 0.25, "
        "thermal_expansion: 8e-6 1/K, grain_boundary_toughness_ratio: 1}}",
    )
    path = tmp_path / "case.yaml"
    path.write_text(text + "outputs: {figures: false, report: false, fields: true}\n")
    summary = run_case(path, (), tmp_path / "run").summary
    found = {headline.key: headline.value for headline in summary.headlines}
    middle = 3000.0**2 / 1.5 * 2e-3**2 / 8.0
    expected = 80e9 * 8e-6 * middle * 2.0 / 3.0 / (1.0 - 0.25)
    assert found["temperature_rise"] == pytest.approx(middle, rel=1e-6)
    assert found["largest_thermal_stress"] == pytest.approx(expected, rel=1e-2)
    assert any("are strained by them" in text for text in summary.warnings)


@pytest.mark.parametrize("current", ["1 A/cm^2", "3 A/cm^2"])
def test_a_hot_plate_settles(tmp_path, current):
    """Where more heat means less resistance the state is stable at any current: it has to be found."""
    summary = run(tmp_path, f"protocol.current_density={current}")
    (rise,) = [headline.value for headline in summary.headlines if headline.key == "temperature_rise"]
    density = float(current.split()[0]) * 1e4

    def sigma(temperature):
        return 1.5 * 298.15 / temperature * np.exp(-27016 / 8.31446261815324 * (1 / temperature - 1 / 298.15))

    mean = brentq(lambda value: value - density**2 / sigma(298.15 + value) * 2e-3**2 / 12.0, 0.0, 5000.0)
    assert rise == pytest.approx(1.5 * mean, rel=1e-6)


def test_the_stress_by_heat_reaches_the_ions(tmp_path):
    """Where ions take up volume, the potential is that at the stress that the heat makes."""
    ions = "physics.mechanics={stress_free_temperature: 25 degC, ion_partial_molar_volume: 4 cm^3/mol}"
    own = "materials.electrolyte.override={conductivity: 1.5 S/m, youngs_modulus: 80 GPa, poisson_ratio: 0.25, "
    own += "thermal_expansion: 8e-6 1/K}"
    path = tmp_path / "case.yaml"
    path.write_text(PLATE)
    wetted = "physics.plating_interface={law: linear, resistance: 1 mohm*cm^2}"
    loaded = load_case(path, [ions, own, wetted])
    materials = resolve(loaded.case, loaded.recipe)
    tagged = build(loaded.recipe, tmp_path)
    cell = build_cell(loaded.case, materials, Domain.from_tagged_mesh(tagged, MPI.COMM_SELF), lambda *_: None)
    control = Current(3000.0 * 4e-4)
    Warming(loaded.case, materials).solve(cell, control)
    potentials = [cell.conduction.unknown.x.array.copy()]
    cell.solve(control)
    potentials.append(cell.conduction.unknown.x.array.copy())
    cell.warm(fem.Function(cell.conduction.space.continuous))
    cell.solve(control)
    warm, again, cold = (*potentials, cell.conduction.unknown.x.array)
    # at the faces V_+ p / F, p being two thirds of the equibiaxial tension, shifts the ceramic against the metal
    tension = 80e9 * 8e-6 * 3000.0**2 / 1.5 * 2e-3**2 / 8.0 * 2.0 / 3.0 / (1.0 - 0.25)
    shift = 4e-6 / 96485.33212 * 2.0 / 3.0 * tension
    assert np.abs(warm - again).max() < 1e-6 * shift
    assert np.abs(warm - cold).max() == pytest.approx(shift, rel=0.02)


def test_a_flaw_in_the_cold_face_bears_the_thermal_stress(tmp_path):
    """Edge crack of depth a under s0 (1 - g y): K = (1.1215 - 0.6829 g a) s0 sqrt(pi a) (Tada, Paris and Irwin 2000).

    The stress of a plane plate is s0 (1 - 6 (y/L)(1 - y/L)): g = 6/L at the face. The sodium in the flaw bears nothing.
    """
    text = (
        PLATE.replace("width: 400 um", "width: 2 mm")
        .replace(
            "mesh: {",
            "flaws: [{name: edge, position: 1 mm, depth: 50 um, mouth_width: 1 um}]\n  mesh: {tip_size: 1 um, ",
        )
        .replace("mechanics: none", "grain_boundaries: {law: none}\n  sodium_in_flaws: {law: relaxed}")
        .replace(
            "{material: NZSP_x24}",
            "{material: NZSP_x24, override: {conductivity: 1.5 S/m, youngs_modulus: 80 GPa, poisson_ratio: 0.25, "
            "thermal_expansion: 8e-6 1/K, fracture_toughness: 1 MPa*m^0.5, grain_boundary_toughness_ratio: 1}}",
        )
    )
    path = tmp_path / "case.yaml"
    quiet = "outputs: {figures: false, report: false, fields: false}\nfailure: {critical_current: {search: false}}\n"
    path.write_text(text + quiet)
    (flaw,) = run_case(path, (), tmp_path / "run").summary.flaws
    surface = 80e9 * 8e-6 * (2.0 / 3.0) * (3000.0**2 / 1.5 * 2e-3**2 / 8.0) / (1.0 - 0.25)
    depth = 50e-6
    expected = (1.1215 - 0.6829 * 6.0 / 2e-3 * depth) * surface * np.sqrt(np.pi * depth)
    assert flaw.mode_one == pytest.approx(expected, rel=0.02)


def run(folder, *settings):
    path = folder / "case.yaml"
    path.write_text(PLATE + "outputs: {figures: false, report: false, fields: false}\n")
    summary = run_case(path, settings, folder / "run").summary
    assert summary is not None
    return summary


def test_warm_grains_are_no_constriction_and_focus_nothing(tmp_path):
    """At constant voltage the current rises as the plate warms, and is the same everywhere."""
    summary = run(tmp_path, "protocol={voltage: 4 V}")
    (rise,) = [headline.value for headline in summary.headlines if headline.key == "temperature_rise"]
    assert rise > 1.0
    parts = {share.label: share.area_specific_resistance for share in summary.resistance.shares}
    assert parts["constriction"] == pytest.approx(0.0, abs=1e-6 * summary.resistance.total)
    assert summary.focusing.factor == pytest.approx(1.0, rel=1e-6)
    assert not any("activation energy is not known" in text for text in summary.warnings)


def test_a_conductivity_that_heat_cannot_change_is_told(tmp_path):
    """An overridden conductivity has no activation energy unless the case gives it: j^2/s L^2/8 in the middle."""
    own = "materials.electrolyte.override.conductivity=1.5 S/m"
    summary = run(tmp_path, own)
    (rise,) = [headline.value for headline in summary.headlines if headline.key == "temperature_rise"]
    assert rise == pytest.approx(3000.0**2 / 1.5 * 2e-3**2 / 8.0, rel=1e-6)
    assert any("conductivity of electrolyte: its activation energy is not known" in text for text in summary.warnings)
