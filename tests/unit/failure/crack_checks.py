# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of cracks read off a body, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from dolfinx import fem
from mpi4py import MPI

from jadeite.case.microstructure import Recipe
from jadeite.failure.boundary_directions import BoundaryLines
from jadeite.failure.crack_places import crack_places
from jadeite.failure.crack_samples import ElasticState
from jadeite.failure.cracks import CrackMaterials, read_cracks
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.build import build
from jadeite.microstructure.tagged_mesh import Crack, SurfaceKind
from jadeite.physics.mechanics import Mechanics, Pin, Support
from jadeite.verification.fracture import WALL
from jadeite.verification.kinks import two_half_discs

COMM = MPI.COMM_WORLD
YOUNG, POISSON, SIZE = 80e9, 0.26, 10e-6
STIFFNESS = isotropic_stiffness(YOUNG, POISSON)
EFFECTIVE = YOUNG / (1 - POISSON**2)
STRESS = 1e8


def meshed(recipe):
    return Domain.from_tagged_mesh(build(Recipe.model_validate(recipe)) if COMM.rank == 0 else None, COMM)


@cache
def penny(tilt, turn):
    return meshed(
        {
            "dimension": 3, "width": "60 um", "width_z": "60 um", "separator": {"layers": [{"thickness": "60 um"}]},
            "cracks": [
                {
                    "name": "penny", "centre": ["30 um", "30 um", "30 um"], "half_length": "10 um", "tilt": tilt,
                    "turn": turn,
                }
            ],
            "mesh": {"interior_size": "15 um", "boundary_size": "15 um", "tip_size": "3 um", "growth": 0.8},
        }
    )  # fmt: skip


def two_half_discs_with_crack():
    """A crack between two solids, on a mesh that stands for the infinite plane, in the table of cracks."""
    mesh = two_half_discs().tagged
    kinds = tuple(SurfaceKind.EMBEDDED_CRACK if kind == WALL else kind for kind in mesh.surfaces.kind)
    names = tuple(
        "crack between" if kind == SurfaceKind.EMBEDDED_CRACK else name
        for kind, name in zip(kinds, mesh.surfaces.name, strict=True)
    )
    crack = Crack("between", (0.0, 0.0), (0.0, 1.0), SIZE, ((-SIZE, 0.0), (SIZE, 0.0)))
    return replace(mesh, cracks=(crack,), surfaces=replace(mesh.surfaces, kind=kinds, name=names))


@cache
def plane(tilt=30, miss=0.0):
    """A crack whose upper end lies on the boundary of two grains, or misses it by a distance in m."""
    middle = 80e-6 + miss - SIZE * float(np.cos(np.radians(tilt)))
    return meshed(
        {
            "dimension": 2, "width": "160 um",
            "separator": {"layers": [{"thickness": "80 um"}, {"thickness": "80 um"}]},
            "cracks": [
                {
                    "name": "leaning", "centre": ["80 um", f"{middle!r} m"], "half_length": "10 um",
                    "tilt": f"{tilt} deg",
                }
            ],
            "mesh": {"interior_size": "16 um", "boundary_size": "16 um", "tip_size": "0.2 um"},
        }
    )  # fmt: skip


def materials(domain):
    regions, surfaces = len(domain.tagged.regions.name), domain.tagged.surfaces
    weak = np.where([kind == SurfaceKind.GRAIN_BOUNDARY for kind in surfaces.kind], 5.0, np.nan)
    return CrackMaterials(np.tile(STIFFNESS, (regions, 1, 1)), np.zeros((regions, 3, 3)), np.full(regions, 20.0), weak)


def uniform_strain(stress):
    v = np.linalg.solve(STIFFNESS, stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]])
    return np.array([[v[0], v[5] / 2, v[4] / 2], [v[5] / 2, v[1], v[3] / 2], [v[4] / 2, v[3] / 2, v[2]]])


def check_a_uniform_stress_along_the_walls_loads_no_front():
    for tilt, turn in (("0 deg", "0 deg"), ("40 deg", "30 deg")):
        domain = penny(tilt, turn)
        (crack,) = domain.tagged.cracks
        normal = np.array(crack.normal)
        along = np.linalg.svd(normal[None])[2][1:]
        body = Mechanics(domain, STIFFNESS[None], None, [Pin((0.0, 0.0, 0.0), row) for row in range(3)] + [
            Pin((60e-6, 0.0, 0.0), 1), Pin((60e-6, 0.0, 0.0), 2), Pin((0.0, 60e-6, 0.0), 2),
        ])  # fmt: skip
        state = body.new_deformation("uniform")
        stress = np.outer(along[0], along[0]) + np.outer(*along) + np.outer(*along[::-1])
        strain = uniform_strain(STRESS * stress)
        state.displacement.interpolate(lambda x, strain=strain: strain @ x)
        loaded = ElasticState(state.displacement, body.strain(state), body.stress(state))
        (reading,) = read_cracks(domain, loaded, materials(domain))
        assert len(reading.courses) >= 6
        assert np.abs(reading.front.modes).max() < 2e-2 * STRESS * np.sqrt(SIZE)
        assert np.abs(reading.energy_release_rate).max() < 6e-2 * STRESS**2 * SIZE / EFFECTIVE


def check_pressure_balances_a_uniform_stress_on_the_walls():
    domain = penny("40 deg", "30 deg")
    normal = np.array(domain.tagged.cracks[0].normal)
    body = Mechanics(domain, STIFFNESS[None], None, [Support((SurfaceKind.SIDE_WALL,), row) for row in range(3)])
    state = body.new_deformation("uniform")
    strain = uniform_strain(STRESS * np.outer(normal, normal))
    state.displacement.interpolate(lambda x: strain @ x)
    walls = domain.ds([SurfaceKind.EMBEDDED_CRACK], 4)
    pulled = [(walls, fem.Constant(domain.mesh, -STRESS))]
    (reading,) = read_cracks(
        domain, ElasticState(state.displacement, body.strain(state), body.stress(state), pulled), materials(domain)
    )
    assert np.abs(reading.front.modes).max() < 2e-2 * STRESS * np.sqrt(SIZE)


def pressed(domain):
    """Readings of both ends of a crack in two alike grains, under pressure."""
    held = [Support((SurfaceKind.SIDE_WALL, SurfaceKind.STRIPPING_ELECTRODE), row) for row in range(2)]
    body = Mechanics(domain, np.tile(STIFFNESS, (2, 1, 1)), None, held)
    state = body.new_deformation("pressure")
    load = [(domain.ds([SurfaceKind.EMBEDDED_CRACK], 4), fem.Constant(domain.mesh, STRESS))]
    body.solve(body.load(pressures=load), state)
    elastic = ElasticState(state.displacement, body.strain(state), body.stress(state), load)
    return read_cracks(domain, elastic, materials(domain))


def check_both_ends_of_an_embedded_crack_and_the_boundary_at_one():
    lower, upper = pressed(plane())
    assert (lower.name, upper.name) == ("crack leaning, lower end", "crack leaning, upper end")
    expected = STRESS * np.sqrt(np.pi * SIZE)  # in an infinite plane; this body is eight cracks wide
    for reading in (lower, upper):
        assert reading.front.modes[0, 0] == pytest.approx(expected, rel=0.04)
        assert abs(reading.front.modes[0, 1]) < 0.03 * expected
        assert reading.energy_release_rate[0] == pytest.approx(reading.rate_of_modes[0], rel=0.01)
    assert lower.choices[0].threshold is None
    (grain, boundary) = upper.choices[0].courses
    assert (grain.boundary, boundary.boundary) == ("", "layer 1 | layer 2")
    assert np.degrees(boundary.angle) == pytest.approx(-60.0, abs=0.5)
    # cos(30 degrees)^4 to first order, and the boundary is four times weaker
    assert upper.choices[0].threshold == pytest.approx(0.5625, rel=0.05)
    assert upper.courses[0].boundary == "layer 1 | layer 2"


def check_an_end_off_the_boundary_by_rounding_reads_the_same():
    for tilt in (0, 30, 60):
        _, hit = pressed(plane(tilt))
        for miss in (-1e-13, 1e-9):
            _, upper = pressed(plane(tilt, miss))
            # the lower end moves too, so that cells differ a little
            assert upper.front.modes[0, :2] == pytest.approx(hit.front.modes[0, :2], abs=1e-3 * hit.front.modes[0, 0])
            assert upper.energy_release_rate == pytest.approx(hit.energy_release_rate, rel=2e-3)
            found, expected = ([course.angle for course in one.choices[0].courses] for one in (upper, hit))
            assert found == pytest.approx(expected, abs=1e-6)


def check_a_crack_between_two_solids_is_told_from_one_in_a_solid():
    pressure, ceramic, metal = 50e6, (80e9, 0.26), (4.6e9, 0.315)
    tagged = two_half_discs_with_crack()  # meshed together
    domain = Domain.from_tagged_mesh(tagged, COMM)
    first = domain.tagged.regions.name.index("above")
    stiffness = np.array([isotropic_stiffness(*(ceramic if row == first else metal)) for row in range(2)])
    body = Mechanics(domain, stiffness, None, [Support((SurfaceKind.SIDE_WALL,), row) for row in range(2)])
    state = body.new_deformation("pressure")
    load = [(domain.ds([SurfaceKind.EMBEDDED_CRACK], 8), fem.Constant(domain.mesh, pressure))]
    body.solve(body.load(pressures=load), state)
    elastic = ElasticState(state.displacement, body.strain(state), body.stress(state), load)
    surfaces = len(domain.tagged.surfaces)
    known = CrackMaterials(stiffness, np.zeros((2, 3, 3)), np.full(2, 20.0), np.full(surfaces, 5.0))
    left, right = read_cracks(domain, elastic, known)
    # Dundurs' parameters of NZSP over sodium, Rice 1988: see check F7
    oscillation, rate = -0.0767944, 7.872566
    for reading, sign in ((left, -1.0), (right, 1.0)):
        assert reading.energy_release_rate[0] == pytest.approx(rate, rel=0.01)
        assert reading.rate_of_modes[0] == pytest.approx(rate, rel=0.01)
        # seen from the other tip the solids have changed places
        expected = np.angle(
            (1 + 2j * oscillation * sign) * (reading.reference_length / (2 * SIZE)) ** (1j * sign * oscillation)
        )
        assert reading.phase_angle == pytest.approx(expected, abs=0.01)
        assert reading.courses[0].words.startswith("goes on along")


def check_directions_of_boundaries_are_those_of_the_mesh():
    domain = plane()
    _, upper = crack_places(domain.tagged)
    place = np.append(upper.front.place, 0.0)
    found = BoundaryLines(domain.tagged).at(place, upper.front.frame, 1e-6)
    assert [np.degrees(one.angle) for one in found] == pytest.approx([-60.0, 120.0], abs=0.5)
    assert not BoundaryLines(domain.tagged).at(place - [0.0, 5e-6, 0.0], upper.front.frame, 1e-6)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
