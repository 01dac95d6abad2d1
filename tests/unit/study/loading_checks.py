# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of loaded bodies that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from dataclasses import replace

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from jadeite.failure.singular import SingularSet
from jadeite.failure.stress_singularities import stress_peak, stress_singularities
from jadeite.failure.tractions import INTERNAL, boundary_tractions, facet_tractions
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.network.tables import RowLists, TripleLineTable
from jadeite.microstructure.tagged_mesh import Crack, SurfaceKind
from jadeite.physics.mechanics import Kinematics, Mechanics, Pin, Support
from jadeite.physics.supports import Foundation, Periodic, Platen
from jadeite.study.loading.body import LinearState
from jadeite.study.loading.linear_energy import linear_energy
from jadeite.study.loading.loads import Loads, SurfaceLoad, in_form
from jadeite.study.loading.opened import opened_boundaries
from jadeite.verification.bricks import brick_mesh, repeating

COMM = MPI.COMM_WORLD
PLATING, TOP, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
YOUNG, POISSON, SIZE = 80e9, 0.26, 8e-6


def grains(cells=8):
    """A T of three grains in a square of 8 um, with its triple point in the middle."""
    half = cells // 2
    labels = np.zeros((cells, cells), dtype=int)
    labels[:half, :half], labels[half:, :half] = 1, 2
    mesh = brick_mesh(labels, SIZE / cells)
    middle = np.flatnonzero(np.all(np.isclose(mesh.points, 0.5 * SIZE, rtol=0, atol=1e-12), axis=1))
    lines = TripleLineTable(
        name=("grain 1, grain 2, grain 3",),
        regions=RowLists(np.array([0, 3]), np.arange(3, dtype=np.int32)),
        ridges=middle.reshape(-1, 1),
        ridge_line=np.zeros(1, dtype=np.int32),
    )
    return replace(mesh, triple_lines=lines)


def distributed(mesh):
    return Domain.from_tagged_mesh(mesh if COMM.rank == 0 else None, COMM)


def on_plane(axis, place):
    return lambda x: np.abs(x[axis] - place) < 1e-12


HELD = [Support((TOP,), 1), Support((SIDE,), 0, where=on_plane(0, 0.0)), Platen((SIDE,), 0, where=on_plane(0, SIZE))]


def solved(domain, conditions, loads, mismatch=0.01, foundation=0.0, kinematics=Kinematics.GENERALISED_PLANE_STRAIN):
    """Grains that shrink by different amounts along x and y, under loads."""
    stiffness = np.array([isotropic_stiffness(factor * YOUNG, POISSON) for factor in (1.0, 0.7, 1.4)])
    strain = np.zeros((3, 6))
    strain[:, 0], strain[:, 1] = mismatch * np.array([0.3, -1.0, 0.5]), mismatch * np.array([0.2, 0.4, -0.8])
    body = Mechanics(domain, stiffness, strain, conditions, kinematics)
    state = LinearState(body, body.new_deformation("state"), loads)
    load = body.load(in_form(loads.surfaces, domain), eigenstrain=True, mean_stress=loads.mean_stress)
    body.solve(load, state.deformation)
    return state, linear_energy(state, foundation)


PULLS = Loads((SurfaceLoad("stack pressure", (PLATING,), 300e6), SurfaceLoad("side stress", (SIDE,), -200e6)))


def check_work_is_what_is_stored():
    """Clapeyron: with flat sides, a rigid platen, a compliant layer, and sides that repeat."""
    domain = distributed(grains())
    stiff = 1e15
    for conditions, foundation in (
        (HELD, 0.0),
        ([*HELD, Platen((PLATING,), 1)], 0.0),
        ([*HELD, Foundation((PLATING,), 1, stiff)], stiff),
    ):
        _, energy = solved(domain, conditions, PULLS, foundation=foundation)
        assert energy.external_work == pytest.approx(energy.stored, rel=1e-9)
    around = distributed(repeating(grains(), (0,)))
    conditions = [Support((TOP,), 1), Periodic(0), Pin((0.5 * SIZE, SIZE), 0)]
    loads = Loads((SurfaceLoad("stack pressure", (PLATING,), 300e6),), 200e6)
    _, energy = solved(around, conditions, loads)
    assert energy.external_work == pytest.approx(energy.stored, rel=1e-9)


def check_tractions_of_a_uniform_stress():
    """t = s.n on every facet: normal and shear by hand, nothing left open between both sides."""
    mesh = grains()
    points = mesh.points @ np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]]).T
    domain = distributed(replace(mesh, points=points))
    stress = np.array([[3.0, 1.0, 0.0], [1.0, -2.0, 0.5], [0.0, 0.5, 4.0]])
    found = facet_tractions(domain, fem.Constant(domain.mesh, stress) + 0.0 * ufl.SpatialCoordinate(domain.mesh)[0]
                            * ufl.Identity(3), INTERNAL)  # fmt: skip
    whole = boundary_tractions(domain, found)
    surfaces = domain.tagged.surfaces
    for row in surfaces.rows(*INTERNAL):
        facets = domain.tagged.facets[domain.tagged.facet_surface == row]
        along = np.diff(points[facets[0]], axis=0)[0]
        # the boundary between grain 1 and the others is level before the turn
        normal = np.array([-along[1], along[0], 0.0]) / np.linalg.norm(along)
        traction = stress @ normal
        across = traction @ normal
        assert whole.normal[row] == pytest.approx(across)
        assert whole.shear[row] == pytest.approx(np.linalg.norm(traction - across * normal))
        assert whole.largest_normal[row] == pytest.approx(across)
    assert COMM.allreduce(float(np.abs(found.mismatch).max(initial=0.0)), op=MPI.MAX) < 1e-12


def check_squares_of_tractions_are_taken_at_points():
    """The square of a mean falls short of the mean of squares; linear tractions have one on long and short facets."""
    domain = distributed(grains(2))
    place = ufl.SpatialCoordinate(domain.mesh)[0] / SIZE
    whole = boundary_tractions(domain, facet_tractions(domain, (2.0 * place - 1.0) * ufl.Identity(3), INTERNAL))
    rows = domain.tagged.surfaces.rows(*INTERNAL)
    level = [row for row in rows if domain.tagged.surfaces.name[row] != "grain 2 | grain 3"]
    lengths = domain.tagged.surfaces.measure[level]
    assert np.average(whole.energy_density[level], weights=lengths) > 0.0
    finer = distributed(grains(24))
    place = ufl.SpatialCoordinate(finer.mesh)[0] / SIZE
    fine = boundary_tractions(finer, facet_tractions(finer, (2.0 * place - 1.0) * ufl.Identity(3), INTERNAL))
    # a linear traction is integrated exactly on any mesh whose corners lie where it changes sign
    for row in level:
        assert whole.energy_density[row] == pytest.approx(fine.energy_density[row], rel=1e-9, abs=1e-12)


def check_fronts_of_embedded_cracks_are_closed():
    """Corners of a front are listed once: the last edge leads back to the first."""
    corners = 1e-6 * np.array([[3.0, 3.0, 4.0], [5.0, 3.0, 4.0], [5.0, 5.0, 4.0], [3.0, 5.0, 4.0]])
    mesh = brick_mesh(np.zeros((2, 2, 2), dtype=int), 4e-6)
    crack = Crack("inner", (4e-6, 4e-6, 4e-6), (0.0, 0.0, 1.0), 1e-6, tuple(map(tuple, corners.tolist())))
    found = stress_singularities(replace(mesh, cracks=(crack,)), 1e-6)
    middle_of_last_edge = corners[[0, 3]].mean(axis=0)
    assert found.distance(middle_of_last_edge[None])[0] < 0.1e-6


def check_tractions_in_equilibrium_agree_better_on_finer_meshes():
    def mismatch(cells):
        domain = distributed(grains(cells))
        state, _ = solved(domain, HELD, PULLS)
        found = facet_tractions(domain, state.mechanics.stress(state.deformation), INTERNAL)
        away = np.linalg.norm(found.middle - 0.5 * SIZE, axis=1) > 0.2 * SIZE
        away &= (np.abs(found.middle - 0.5 * SIZE) < 0.4 * SIZE).all(axis=1)
        return COMM.allreduce(float(found.mismatch[away].max(initial=0.0)), op=MPI.MAX)

    assert np.log2(mismatch(12) / mismatch(24)) > 1.5


def check_singular_places_are_named():
    mesh = grains()
    found = stress_singularities(mesh, 1e-6)
    named = dict(zip(found.names, found.points, strict=True))
    assert set(named) == {
        "triple line grain 1, grain 2, grain 3",
        "end of grain 2 | grain 3",
        "end of grain 1 | grain 2",
        "end of grain 1 | grain 3",
    }
    np.testing.assert_allclose(named["triple line grain 1, grain 2, grain 3"], 0.5 * SIZE)
    np.testing.assert_allclose(named["end of grain 2 | grain 3"], [0.5 * SIZE, 0.0], atol=1e-15)
    np.testing.assert_allclose(named["end of grain 1 | grain 2"], [0.0, 0.5 * SIZE], atol=1e-15)


def check_the_largest_stress_keeps_its_distance():
    singular = SingularSet(np.array([[0.0, 0.0]]), ("tip",), np.array([False]))
    places = np.array([[0.1 * (k + 1), 0.0] for k in range(10)])[COMM.rank :: COMM.size]
    values = 1.0 / places[:, 0]
    peak = stress_peak(values, places, ("grain",) * len(values), singular, 0.35, COMM)
    assert peak is not None and peak.near == "tip"
    assert peak.value == pytest.approx(2.5) and peak.gap == pytest.approx(0.4) and peak.place == pytest.approx((0.4, 0))
    assert stress_peak(values, places, ("grain",) * len(values), singular, 3.0, COMM) is None


def check_energy_of_opening_grows_with_the_square_of_the_misfit():
    """Eigenstrain twice as large, four times the energy; it is positive, and the same on all ranks."""
    domain = distributed(grains())
    rates = []
    for mismatch in (0.005, 0.01):

        def solve(one, mismatch=mismatch):
            return solved(one, HELD, Loads(()), mismatch)

        state, energy = solve(domain)
        found = facet_tractions(domain, state.mechanics.stress(state.deformation), INTERNAL)
        tractions = boundary_tractions(domain, found)
        opened = opened_boundaries(state, energy, tractions, 3, solve, lambda text, share: None)
        assert len(opened) == 3
        rates.append({one.row: one.energy_release_rate for one in opened})
        assert all(one.energy_release_rate > 0.0 for one in opened)
    for row, rate in rates[0].items():
        assert rates[1][row] == pytest.approx(4.0 * rate, rel=1e-8)
    gathered = COMM.allgather(rates)
    assert all(one == gathered[0] for one in gathered)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
