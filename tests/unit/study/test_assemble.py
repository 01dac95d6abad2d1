# SPDX-License-Identifier: LGPL-3.0-or-later
"""Names of a case meet laws: boundary resistance, contacts, tip materials and supports."""

from dataclasses import replace

import numpy as np
import pytest

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import resolve
from jadeite.microstructure.tagged_mesh import Flaw, SurfaceKind
from jadeite.physics.electrode import ButlerVolmer, ConfinedSodium, LinearResistance
from jadeite.study.assembly.boundaries import boundary_transport
from jadeite.study.assembly.cell import build_cell, elastic_properties, tip_materials
from jadeite.study.assembly.electrodes import electrode_contacts
from sample_meshes import box_mesh, layered_mesh

BASE = """\
title: test
protocol: {protocol}
microstructure:
  width: 30 um
  separator:
    layers:
      - {{material: good, thickness: 10 um, repeat: 2}}
      - {{material: poor, thickness: 10 um, repeat: 2}}
materials:
  good:
    material: NZSP_x2
    override: {{conductivity: 0.2 S/m, youngs_modulus: 80 GPa, poisson_ratio: 0.25, thermal_expansion: 4e-6 1/K,
      fracture_toughness: 1.5 MPa*m^0.5, grain_boundary_toughness_ratio: 0.5, grain_boundary_resistance: 1 ohm*cm^2,
      exchange_current_density: 2 mA/cm^2}}
  poor:
    material: NZSP_x2
    override: {{conductivity: 0.1 S/m, youngs_modulus: 40 GPa, poisson_ratio: 0.25, thermal_expansion: 8e-6 1/K,
      fracture_toughness: 1.2 MPa*m^0.5, grain_boundary_toughness_ratio: 0.8, grain_boundary_resistance: 3 ohm*cm^2,
      exchange_current_density: 5 mA/cm^2}}
  sodium: {{material: Na_metal, override: {{surface_energy: 0.2 J/m^2}}}}
temperature: 25 degC
physics: {{{physics}}}
"""
FLAW = Flaw("deep", (10e-6, 0.0), (10e-6, 25e-6), 1e-7, 25e-6, (0.0, 1.0), "layer 3")


@pytest.fixture
def made(tmp_path):
    def make(physics, protocol="{current_density: 1 mA/cm^2}"):
        file = tmp_path / "case.yaml"
        file.write_text(BASE.format(physics=physics, protocol=protocol))
        loaded = load_case(file)
        roles = ["good", "good", "poor", "poor"]
        tagged = layered_mesh([10e-6] * 4, 30e-6, materials=roles)
        return loaded.case, resolve(loaded.case, loaded.recipe), replace(tagged, flaws=(FLAW,))

    return make


def with_misorientation(tagged, degrees):
    """The three boundaries between the four layers, with these misorientations; the rows follow the layers."""
    rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    angles = tagged.surfaces.misorientation.copy()
    angles[rows] = np.radians(degrees)
    return replace(tagged, surfaces=replace(tagged.surfaces, misorientation=angles)), rows


def test_no_resistance_of_boundaries(made):
    assert not boundary_transport(*made("grain_boundaries: {law: none}")).resistance.any()


def test_each_boundary_takes_the_value_of_its_material_and_an_interface_the_larger(made):
    case, materials, tagged = made("grain_boundaries: {law: constant}")
    resistance = boundary_transport(case, materials, tagged).resistance
    rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    assert [tagged.surfaces.kind[row] for row in rows] == [
        SurfaceKind.GRAIN_BOUNDARY,
        SurfaceKind.PHASE_BOUNDARY,
        SurfaceKind.GRAIN_BOUNDARY,
    ]
    np.testing.assert_allclose(resistance[rows], [1e-4, 3e-4, 3e-4], rtol=1e-12)
    assert np.delete(resistance, rows).max() == 0.0


def test_the_larger_decides_whichever_material_comes_first(made):
    case, materials, tagged = made("grain_boundaries: {law: constant}")
    turned = replace(tagged, regions=replace(tagged.regions, material=("poor", "poor", "good", "good")))
    rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    np.testing.assert_allclose(
        boundary_transport(case, materials, turned).resistance[rows], [3e-4, 3e-4, 1e-4], rtol=1e-12
    )


def test_a_value_of_the_case_holds_for_all_materials(made):
    case, materials, tagged = made("grain_boundaries: {law: constant, resistance: 7 ohm*cm^2}")
    rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    np.testing.assert_allclose(boundary_transport(case, materials, tagged).resistance[rows], 7e-4, rtol=1e-12)


def test_misorientation_law(made):
    """Zero angle: the low-angle ratio; half the transition: Read and Shockley; beyond it or unknown: high angle."""
    case, materials, tagged = made(
        "grain_boundaries: {law: misorientation, low_angle_ratio: 0.2, transition_angle: 20 deg}"
    )
    tagged, rows = with_misorientation(tagged, [10.0, np.nan, 0.0])
    resistance = boundary_transport(case, materials, tagged).resistance[rows]
    shape = 0.5 * (1 - np.log(0.5))
    np.testing.assert_allclose(resistance, [1e-4 * (0.2 + 0.8 * shape), 3e-4, 0.2 * 3e-4], rtol=1e-9)
    tagged, rows = with_misorientation(tagged, [20.0, 5.0, 45.0])
    resistance = boundary_transport(case, materials, tagged).resistance[rows]
    shape = 0.25 * (1 - np.log(0.25))
    np.testing.assert_allclose(resistance, [1e-4, 3e-4 * (0.2 + 0.8 * shape), 3e-4], rtol=1e-9)


def test_tip_material_is_that_of_the_region_of_the_tip(made):
    case, materials, tagged = made("mechanics: {stress_free_temperature: 225 degC}")
    (tip,) = tip_materials(case, materials, tagged)
    assert tip.fracture_toughness == pytest.approx(1.2e6)
    assert tip.boundary_toughness == pytest.approx(0.8 * 1.2e6)
    assert tip.surface_energy == pytest.approx(0.2)
    # an isotropic solid: C44 = E / (2 (1 + nu)), C11 = E (1 - nu) / ((1 + nu) (1 - 2 nu))
    assert tip.stiffness[5, 5] == pytest.approx(40e9 / 2.5)
    assert tip.stiffness[0, 0] == pytest.approx(40e9 * 0.75 / (1.25 * 0.5))
    np.testing.assert_allclose(tip.eigenstrain, -200 * 8e-6 * np.eye(3), rtol=1e-12, atol=1e-15)


def test_without_mechanics_a_tip_keeps_its_toughness(made):
    case, materials, tagged = made("mechanics: none")
    (tip,) = tip_materials(case, materials, tagged)
    assert tip.fracture_toughness == pytest.approx(1.2e6)
    assert not tip.stiffness.any() and not tip.eigenstrain.any()


def test_elastic_properties_of_each_region(made):
    case, materials, tagged = made("mechanics: {}")
    stiffness, eigenstrain = elastic_properties(case, materials, tagged)
    np.testing.assert_allclose(stiffness[:, 5, 5], np.array([80e9, 80e9, 40e9, 40e9]) / 2.5, rtol=1e-12)
    assert not eigenstrain.any()  # no stress-free temperature is no residual stress


def cell_of(case, materials, tagged):
    return build_cell(case, materials, Domain.from_tagged_mesh(tagged), lambda step, residual: None)


def test_contacts_take_the_exchange_current_of_the_layer_they_touch(made):
    cell = cell_of(*made("mechanics: none"))
    electrode, wall = cell.conduction.plating
    (stripping,) = cell.conduction.stripping
    assert electrode.kinds == (SurfaceKind.PLATING_ELECTRODE,) and wall.kinds == (SurfaceKind.FLAW_WALL,)
    assert isinstance(electrode.law, ButlerVolmer) and isinstance(stripping.law, ButlerVolmer)
    assert electrode.law.exchange_current_density == wall.law.exchange_current_density == pytest.approx(20.0)
    assert stripping.law.exchange_current_density == pytest.approx(50.0)
    assert stripping.law.temperature == pytest.approx(298.15)
    assert electrode.sodium is None
    assert isinstance(wall.sodium, ConfinedSodium) and wall.sodium.maximum_pressure == np.inf


def test_what_the_laws_of_the_case_say_comes_first(made):
    cell = cell_of(
        *made(
            "mechanics: none, sodium_in_flaws: {law: relaxed}, "
            "plating_interface: {law: butler_volmer, exchange_current_density: 1 mA/cm^2, "
            "transfer_coefficient: 0.3, film_resistance: 4 ohm*cm^2}, "
            "stripping_interface: {law: linear, resistance: 6 ohm*cm^2}"
        )
    )
    electrode, wall = cell.conduction.plating
    assert electrode.law == ButlerVolmer(pytest.approx(10.0), pytest.approx(298.15), 0.3, pytest.approx(4e-4))
    assert wall.sodium is None
    assert cell.conduction.stripping[0].law == LinearResistance(pytest.approx(6e-4))


@pytest.mark.parametrize("law", ["law: ideal", "law: linear, resistance: 0 ohm*cm^2"])
def test_an_interface_without_resistance_is_ideal(made, law):
    cell = cell_of(*made(f"mechanics: none, sodium_in_flaws: {{law: relaxed}}, plating_interface: {{{law}}}"))
    assert cell.conduction.plating[0].law is None


def test_supports_leave_layers_their_free_membrane_stress(made):
    """Sides stay flat and free of net force: layers of different shrinkage have the stress of a bonded, flat laminate.

    Biaxial, because the strain out of the plane is free too: sigma_k = M_k (e - e_k), e = sum M_k e_k / sum M_k with
    M = E / (1 - nu), equal thicknesses; nothing along y.
    """
    cell = cell_of(*made("mechanics: {stress_free_temperature: 225 degC}"))
    modulus, strain = np.array([80e9, 40e9]) / 0.75, -200 * np.array([4e-6, 8e-6])
    common = (modulus * strain).sum() / modulus.sum()
    displacement = cell.residual.displacement.x.array.reshape(-1, cell.mechanics.components)
    x = cell.residual.displacement.function_space.tabulate_dof_coordinates()
    np.testing.assert_allclose(displacement[:, 0], common * x[:, 0], atol=1e-9 * abs(common) * 30e-6)
    # the top is held, each layer shrinks freely along y: e_y = e_k - 2 nu / (1 - nu) (e - e_k)
    along = strain - 2 * 0.25 / 0.75 * (common - strain)
    bottom = displacement[x[:, 1] == 0.0, 1]
    np.testing.assert_allclose(bottom, -20e-6 * along.sum(), rtol=1e-8)
    assert np.abs(displacement[np.isclose(x[:, 1], 40e-6), 1]).max() < 1e-18


def test_a_window_in_space_is_free_to_shrink_in_both_directions(made):
    """Four flat sides without net force and a held top: uniform cooling leaves no stress, and both widths change."""
    case, materials, _ = made("mechanics: {stress_free_temperature: 225 degC}")
    tagged = box_mesh([10e-6, 10e-6], (30e-6, 20e-6), (3, 2), 2, ["good", "good"])
    cell = cell_of(case, materials, tagged)
    displacement = cell.residual.displacement.x.array.reshape(-1, 3)
    x = cell.residual.displacement.function_space.tabulate_dof_coordinates()
    strain = -200 * 4e-6
    expected = strain * (x - [0.0, 20e-6, 0.0])
    np.testing.assert_allclose(displacement, expected, atol=1e-9 * abs(strain) * 30e-6)
    assert cell.mechanics.strain_energy(cell.residual) < 1e-15 * 80e9 * strain**2 * 12e-15


def test_resistance_of_the_network_comes_before_the_law(made):
    """Where the recipe gave a boundary a resistance it holds, elsewhere, and without any, the case's law does."""
    for physics, other in (("grain_boundaries: {law: constant}", 3e-4), ("grain_boundaries: {law: none}", 0.0)):
        case, materials, tagged = made(physics)
        rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
        given = np.full(len(tagged.surfaces), np.nan)
        given[rows[0]] = 7e-4
        table = replace(tagged.surfaces, properties={"area_specific_resistance": given})
        resistance = boundary_transport(case, materials, replace(tagged, surfaces=table)).resistance
        assert resistance[rows[0]] == 7e-4
        assert resistance[rows[-1]] == pytest.approx(other)


def internal_rows(tagged):
    return tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)


def test_a_layer_resists_conducts_and_stores_charge(made):
    """R = delta/s, kappa = delta s, c = eps/delta, the conductivity carried to 25 degC by sigma T = A exp(-E/RT)."""
    layer = "law: layer, thickness: 5 nm, conductivity: 2e-3 S/m, relative_permittivity: 10"
    case, materials, tagged = made(f"grain_boundaries: {{{layer}}}")
    rows = internal_rows(tagged)
    found = boundary_transport(case, materials, tagged)
    np.testing.assert_allclose(found.resistance[rows], 5e-9 / 2e-3, rtol=1e-12)
    np.testing.assert_allclose(found.surface_conductance[rows], 5e-9 * 2e-3, rtol=1e-12)
    np.testing.assert_allclose(found.capacitance[rows], 10 * 8.8541878128e-12 / 5e-9, rtol=1e-12)
    assert not np.delete(found.surface_conductance, rows).any() and not np.delete(found.capacitance, rows).any()
    more = ", activation_energy: 30 kJ/mol, reference_temperature: 100 degC"
    warmer = boundary_transport(*made(f"grain_boundaries: {{{layer}{more}}}"))
    factor = 373.15 / 298.15 * np.exp(-30e3 / 8.31446261815324 * (1 / 298.15 - 1 / 373.15))
    np.testing.assert_allclose(warmer.surface_conductance[rows], factor * 5e-9 * 2e-3, rtol=1e-9)
    np.testing.assert_allclose(warmer.resistance[rows], 5e-9 / 2e-3 / factor, rtol=1e-9)


def test_a_resistance_of_the_case_follows_its_activation_energy(made):
    given = "resistance: 7 ohm*cm^2, activation_energy: 30 kJ/mol, reference_temperature: 100 degC"
    case, materials, tagged = made(f"grain_boundaries: {{law: constant, {given}, surface_conductance: 2e-7 S}}")
    found, rows = boundary_transport(case, materials, tagged), internal_rows(tagged)
    factor = 298.15 / 373.15 * np.exp(30e3 / 8.31446261815324 * (1 / 298.15 - 1 / 373.15))
    np.testing.assert_allclose(found.resistance[rows], 7e-4 * factor, rtol=1e-9)
    np.testing.assert_allclose(found.surface_conductance[rows], 2e-7, rtol=1e-12)


def test_an_activation_energy_without_its_resistance_is_refused(made):
    with pytest.raises(CaseError, match="activation energy of its own"):
        made("grain_boundaries: {law: constant, activation_energy: 30 kJ/mol}")


def test_space_charge_layers_beside_each_material(made):
    """The excess resistance is proportional to the resistivity of the grain; the worse side of an interface decides."""
    law = "law: space_charge, closure: mott_schottky, potential: 0.3 V, carrier_density: 1e26 1/m^3"
    case, materials, tagged = made(f"grain_boundaries: {{{law}, relative_permittivity: 20}}")
    good, mixed, poor = boundary_transport(case, materials, tagged).resistance[internal_rows(tagged)]
    assert poor == mixed == pytest.approx(2.0 * good, rel=1e-12)


def test_space_charge_layers_store_charge(made):
    """Two depletion layers of w = sqrt(2 eps Phi / (e c)) in series: c = eps / (2 w)."""
    text = "law: space_charge, closure: mott_schottky, potential: 0.25 V, carrier_density: 1e26 1/m^3"
    law = f"{text}, relative_permittivity: 30"
    permittivity = 30 * 8.8541878128e-12
    width = np.sqrt(2 * permittivity * 0.25 / (1.602176634e-19 * 1e26))
    case, materials, tagged = made(f"grain_boundaries: {{{law}}}")
    rows = internal_rows(tagged)
    found = boundary_transport(case, materials, tagged).capacitance
    np.testing.assert_allclose(found[rows], permittivity / (2 * width), rtol=1e-9)
    given = boundary_transport(*made(f"grain_boundaries: {{{law}, capacitance: 3 uF/cm^2}}")).capacitance
    np.testing.assert_allclose(given[rows], 0.03, rtol=1e-12)


def test_a_blocking_electrode_passes_nothing_and_stores_charge(made):
    law = "{law: blocking, double_layer_capacitance: 7 uF/cm^2}"
    case, materials, tagged = made(f"plating_interface: {law}", protocol="{law: impedance}")
    plating, stripping = electrode_contacts(case, materials, Domain.from_tagged_mesh(tagged))
    for contact in (plating[0], stripping[0]):
        assert np.isinf(contact.law.resistance)
        assert contact.law.double_layer_capacitance == pytest.approx(0.07)


@pytest.mark.parametrize(
    ("protocol", "place"),
    [
        ("{current_density: 1 mA/cm^2}", "plating_interface.law"),
        ("{law: impedance, bias_current_density: 1 mA/cm^2}", "bias_current_density"),
    ],
)
def test_no_current_passes_a_blocking_electrode(made, protocol, place):
    with pytest.raises(CaseError, match="blocking") as error:
        made("plating_interface: {law: blocking}", protocol=protocol)
    assert place in str(error.value)
