# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of what is made of cracks that were read, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from functools import cache
from unittest import mock

import numpy as np
import pytest
from crack_checks import COMM, EFFECTIVE, SIZE, STIFFNESS, STRESS, materials, meshed, two_half_discs_with_crack
from dolfinx import fem

from jadeite.failure import deflection
from jadeite.failure.crack_places import crack_places
from jadeite.failure.crack_samples import ElasticState
from jadeite.failure.cracks import CrackMaterials, CrackReader, read_cracks
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Mechanics
from jadeite.physics.supports import Platen, Support
from jadeite.study import crack_tables
from jadeite.study.loading import cracks as told

PLATING, HELD = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE


def loaded(domain, stiffness, conditions, pressure):
    body = Mechanics(domain, stiffness, None, conditions)
    state = body.new_deformation("pressure")
    load = [(domain.ds([SurfaceKind.EMBEDDED_CRACK], 8), fem.Constant(domain.mesh, pressure))]
    body.solve(body.load(pressures=load), state)
    return ElasticState(state.displacement, body.strain(state), body.stress(state), load)


@cache
def between():
    """A crack between NZSP and sodium in the infinite plane, under pressure."""
    domain = Domain.from_tagged_mesh(two_half_discs_with_crack(), COMM)
    first = domain.tagged.regions.name.index("above")
    moduli = [(80e9, 0.26) if row == first else (4.6e9, 0.315) for row in range(2)]
    stiffness = np.array([isotropic_stiffness(*pair) for pair in moduli])
    state = loaded(domain, stiffness, [Support((SurfaceKind.SIDE_WALL,), row) for row in range(2)], 50e6)
    surfaces = len(domain.tagged.surfaces)
    known = CrackMaterials(stiffness, np.zeros((2, 3, 3)), np.full(2, 20.0), np.full(surfaces, 5.0))
    return tuple(read_cracks(domain, state, known))


@cache
def near_the_electrode(tip_size="0.25 um"):
    """A crack whose upper end is about 2 um from the plating electrode."""
    return meshed(
        {
            "dimension": 2, "width": "160 um", "separator": {"layers": [{"thickness": "160 um"}]},
            "cracks": [
                {"name": "near", "centre": ["80 um", "5 um"], "half_length": "10 um", "tilt": "75 deg"},
            ],
            "mesh": {"interior_size": "12 um", "boundary_size": "12 um", "tip_size": tip_size, "growth": 0.2},
        }
    )  # fmt: skip


def check_a_crack_between_unlike_solids_is_judged_by_the_field_of_the_interface():
    for reading in between():
        (course,) = reading.choices[0].courses  # along the interface; kinks into either solid have other factors
        assert course.energy_release_rate == pytest.approx(reading.energy_release_rate[0], rel=0.01)
        assert course.energy_release_rate == pytest.approx(7.872566, rel=0.01)  # F7
        assert reading.utilisation[0] == pytest.approx(7.872566 / 5.0, rel=0.01)
        assert reading.choices[0].threshold is None and reading.choices[0].margin == np.inf
        assert any("unlike solids" in note for note in reading.notes)


def check_factors_of_an_interface_come_with_their_length():
    readings = between()
    (table,) = (one for one in crack_tables.tables(readings, 2) if one.key == "cracks")
    lengths, phases = table.values("reference_length"), table.values("phase_angle")
    assert lengths.tolist() == [reading.reference_length for reading in readings]
    assert phases.tolist() == [reading.phase_angle for reading in readings]
    told_of = {headline.key: headline for headline in told.headlines(readings)}
    assert not {"crack_mode_one", "crack_mode_two"} & set(told_of)
    nearest = max(readings, key=lambda reading: reading.utilisation.max())
    assert told_of["crack_phase_angle"].value == nearest.phase_angle
    assert "um" in told_of["crack_phase_angle"].definition or "µm" in told_of["crack_phase_angle"].definition
    assert told_of["load_factor_at_growth"].value == pytest.approx((7.872566 / 5.0) ** -0.5, rel=0.01)
    assert any("unlike solids" in warning for warning in told.warnings(readings, True))


def check_domains_keep_away_from_an_electrode_that_a_platen_holds():
    domain = near_the_electrode()
    held = [Support((HELD,), 1), Support((HELD,), 0), Platen((PLATING,), 1)]
    state = loaded(domain, STIFFNESS[None], held, STRESS)
    for reading in read_cracks(domain, state, materials(domain)):
        assert reading.rate_of_modes[0] == pytest.approx(reading.energy_release_rate[0], rel=0.02)
        assert not reading.notes
    level = domain.tagged.points[:, 1].min()
    for pushed, reaches in (((), False), ((PLATING,), True)):
        nearest = crack_places(domain.tagged, pushed)[0]
        assert bool(nearest.radius > nearest.front.place[1] - level) == reaches


def check_coarse_meshes_say_that_a_domain_takes_in_what_it_should_not():
    for size, crowded in (("0.25 um", False), ("3 um", True)):
        nearest = crack_places(near_the_electrode(size).tagged)[0]
        assert bool(nearest.crowded) == crowded
    domain = near_the_electrode("3 um")
    state = loaded(domain, STIFFNESS[None], [Support((HELD,), 1), Support((HELD,), 0)], STRESS)
    warnings = told.warnings(read_cracks(domain, state, materials(domain)), True)
    assert any("mesh.tip_size" in warning for warning in warnings)


def check_the_compliance_of_kinks_is_made_once():
    domain = near_the_electrode()
    state = loaded(domain, STIFFNESS[None], [Support((HELD,), 1), Support((HELD,), 0)], STRESS)
    reader = CrackReader(domain, materials(domain))
    first = reader.read(state)
    with mock.patch.object(deflection, "crack_field", side_effect=AssertionError("solved again")):
        again = reader.read(state)
    assert [one.courses for one in again] == [one.courses for one in first]


def check_cracks_that_nothing_opens_are_not_driven():
    domain = near_the_electrode()
    held = [Support((HELD,), 1), Support((HELD,), 0)]
    body = Mechanics(domain, STIFFNESS[None], None, held)
    state = body.new_deformation("uniform")
    # a uniform stress whose traction on the walls is balanced by a pressure loads no tip
    strain = -STRESS * np.linalg.solve(STIFFNESS, [1.0, 1.0, 1.0, 0.0, 0.0, 0.0])[0]
    state.displacement.interpolate(lambda x: np.stack([strain * x[0], strain * x[1]]))
    squeeze = STRESS * isotropic_in_plane() / STIFFNESS[0, :3].sum()
    load = [(domain.ds([SurfaceKind.EMBEDDED_CRACK], 8), fem.Constant(domain.mesh, squeeze))]
    elastic = ElasticState(state.displacement, body.strain(state), body.stress(state), load)
    readings = read_cracks(domain, elastic, materials(domain))
    scale = squeeze**2 * np.pi * SIZE / EFFECTIVE
    for reading in readings:
        assert abs(reading.energy_release_rate[0]) < 1e-3 * scale
        assert not reading.driven.any() and reading.utilisation.max() == 0.0
    assert not {"load_factor_at_growth", "crack_kink_angle"} & {one.key for one in told.headlines(readings)}
    (table,) = crack_tables.tables(readings, 2)  # no directions of growth
    assert all(label.endswith("not driven") for label in table.row_labels)
    assert np.isnan(table.values("angle")).all()
    assert told.finding(readings).startswith("No load of this case drives a crack")
    assert not told.warnings(readings, False)


def isotropic_in_plane():
    """Normal stress over a uniform strain of the plane."""
    return float(STIFFNESS[0, 0] + STIFFNESS[0, 1])


def check_faces_that_press_on_each_other_are_said_once():
    domain = near_the_electrode()
    state = loaded(domain, STIFFNESS[None], [Support((HELD,), 1), Support((HELD,), 0)], -STRESS)
    said = [one for one in told.warnings(read_cracks(domain, state, materials(domain)), True) if "press on" in one]
    assert len(said) == 1
    assert "lower end" in said[0] and "upper end" in said[0]


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
