# SPDX-License-Identifier: LGPL-3.0-or-later
"""Properties of boundaries follow their rules: values at known misorientations, moments of what is drawn."""

from dataclasses import replace

import numpy as np
import pytest

from jadeite.case.microstructure import BoundaryProperties
from jadeite.microstructure.network.attach import BOUNDARIES, attach_network
from jadeite.microstructure.network.rules import attach_properties
from jadeite.microstructure.orientation import from_rotation_vectors
from sample_meshes import layered_mesh, solid_grains


def rules(**given):
    return BoundaryProperties.model_validate(given)


def turned_layers(degrees, materials=None):
    """Layers turned by these angles about z, without symmetry: misorientations are the differences."""
    mesh = layered_mesh([1e-6] * len(degrees), 2e-6, materials=materials)
    orientation = np.array([from_rotation_vectors([0.0, 0.0, np.radians(angle)]) for angle in degrees])
    return attach_network(replace(mesh, regions=replace(mesh.regions, orientation=orientation)))


def values_of(mesh, name):
    return mesh.surfaces.properties[name][mesh.surfaces.rows(*BOUNDARIES)]


def test_misorientation_rule_runs_from_the_low_angle_value_to_the_plateau():
    given = {
        "law": "misorientation",
        "high_angle": "20 ohm*cm^2",
        "low_angle_ratio": 0.25,
        "transition_angle": "15 deg",
    }
    mesh = attach_properties(turned_layers([0.0, 0.0, 7.5, 67.5, 82.5]), rules(area_specific_resistance=given), seed=1)
    # at half the transition angle Read and Shockley's curve stands at (1 + ln 2)/2
    half = 0.25 + 0.75 * (1 + np.log(2)) / 2
    assert values_of(mesh, "area_specific_resistance") == pytest.approx(20e-4 * np.array([0.25, half, 1.0, 1.0]))
    assert np.isnan(
        np.delete(mesh.surfaces.properties["area_specific_resistance"], mesh.surfaces.rows(*BOUNDARIES))
    ).all()


def test_table_rule_is_linear_between_its_angles_and_constant_beyond():
    given = {"law": "table", "angles": ["10 deg", "30 deg"], "values": ["1 J/m^2", "2 J/m^2"]}
    mesh = attach_properties(turned_layers([0.0, 5.0, 20.0, 80.0]), rules(energy=given), seed=1)
    assert values_of(mesh, "energy") == pytest.approx([1.0, 1.25, 2.0])


def test_phase_boundaries_count_as_high_angle():
    mesh = turned_layers([0.0, 0.0, 0.0], materials=["a", "a", "b"])
    mesh = attach_properties(
        mesh,
        rules(
            energy={"law": "table", "angles": ["10 deg", "30 deg"], "values": ["1 J/m^2", "2 J/m^2"]},
            fracture_toughness={"law": "misorientation", "high_angle": "2 MPa*m^0.5", "low_angle_ratio": 1.5},
        ),
        seed=1,
    )
    assert values_of(mesh, "energy") == pytest.approx([1.0, 2.0])
    assert values_of(mesh, "fracture_toughness") == pytest.approx([3e6, 2e6])


def test_lognormal_rule_has_its_mean_and_variation():
    mesh = attach_network(layered_mesh([1e-6] * 4001, 1e-6, across=1, along=1))
    given = {"law": "lognormal", "mean": "5 S/m", "coefficient_of_variation": 0.4}
    drawn = values_of(attach_properties(mesh, rules(electronic_conductivity=given), seed=3), "electronic_conductivity")
    assert len(drawn) == 4000
    # three standard errors of the mean and, for the logarithm, of the standard deviation
    assert drawn.mean() == pytest.approx(5.0, abs=3 * 5.0 * 0.4 / np.sqrt(4000))
    width = np.sqrt(np.log(1.16))
    assert np.log(drawn).std() == pytest.approx(width, abs=3 * width / np.sqrt(8000))


def test_equal_seeds_draw_equally_and_one_rule_does_not_move_another():
    mesh = attach_network(solid_grains(6, 8))
    toughness = {"law": "lognormal", "mean": "1 MPa*m^0.5"}
    exchange = {"law": "lognormal", "mean": "1 mA/cm^2"}
    both = attach_properties(mesh, rules(fracture_toughness=toughness, exchange_current_density=exchange), seed=4)
    alone = attach_properties(mesh, rules(exchange_current_density=exchange), seed=4)
    name = "exchange_current_density"
    np.testing.assert_array_equal(values_of(both, name), values_of(alone, name))
    other = attach_properties(mesh, rules(exchange_current_density=exchange), seed=5)
    assert (values_of(other, name) != values_of(alone, name)).all()
    assert not np.allclose(values_of(both, "fracture_toughness") / 1e6, values_of(both, name) / 10.0)


def test_pieces_of_one_boundary_draw_one_value():
    mesh = attach_network(layered_mesh([1e-6] * 5, 1e-6))
    # layers 1 and 4, and 2 and 5, are pieces of the same grains: boundaries 1 | 2 and 4 | 5 are pieces of one
    mesh = replace(mesh, regions=replace(mesh.regions, grain=np.array([0, 1, 2, 0, 1], dtype=np.int32)))
    drawn = values_of(attach_properties(mesh, rules(energy={"law": "lognormal", "mean": "1 J/m^2"}), seed=0), "energy")
    assert drawn[0] == drawn[3]
    assert len(set(drawn.tolist())) == 3
