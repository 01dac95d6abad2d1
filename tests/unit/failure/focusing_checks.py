# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of current focusing against exact fields, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from dataclasses import replace

import numpy as np
import pytest
import shapely
from mpi4py import MPI

from jadeite.case.problems import CaseError
from jadeite.failure.focusing import measure_focusing
from jadeite.failure.singular import singular_set
from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.geometry import RegionShape, SurfaceRule, planar_from_polygons
from jadeite.microstructure.plane.mesher import mesh_planar
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import Flaw, Patch, Pore, SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.verification.shapes import disc
from sample_meshes import layered_mesh

COMM = MPI.COMM_WORLD
PLATING, STRIPPING = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE
MICRON, SIGMA, J = 1e-6, 0.1, 10.0


def solved(tagged, width):
    """Conduction between ideal electrodes at a nominal current density J."""
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    conductivity = np.tile(SIGMA * np.eye(2), (len(domain.tagged.regions), 1, 1))
    contacts = [Contact((PLATING,), None)], [Contact((STRIPPING,), None)]
    problem = Conduction(domain, conductivity, None, *contacts)
    problem.solve(Current(J * width))
    return problem


def meshed(region, rules, sizes, voids=(), **records):
    """A meshed region on rank 0, None elsewhere."""
    if COMM.rank != 0:
        return None
    shapes = [RegionShape("slab", "ceramic", region)]
    keep = [(end, 0.0) for patch in records.get("patches", ()) for end in (patch.start, patch.end)]
    return mesh_planar(planar_from_polygons(shapes, rules, voids=voids, points_to_keep=keep, **records), sizes)


def line(name, kind, *points):
    return SurfaceRule(name, kind, shapely.LineString(points))


def rectangle_rules(width, height, plating=None):
    return [
        line("plating electrode", PLATING, (0, 0), (plating or width, 0)),
        line("stripping electrode", STRIPPING, (0, height), (width, height)),
    ]


def rest(kind):
    return SurfaceRule(kind.value, kind, lambda middle: np.ones(len(middle), dtype=bool))


def check_uniform_slab():
    """The current density is the nominal one everywhere, and the slab itself is the nearest there is."""
    tagged = layered_mesh([8e-6, 12e-6], 30e-6)
    found = measure_focusing(solved(tagged, 30e-6), J, 1e-6)
    assert found.factor == pytest.approx(1.0, rel=1e-9)
    assert found.near == ("layer 1" if found.place[1] < 8e-6 else "layer 2")
    assert measure_focusing(solved(tagged, 30e-6), 2 * J, 1e-6).factor == pytest.approx(0.5, rel=1e-9)


def holed(size):
    """A quarter of a round hole, 5 um, in a field that is uniform far away (forty radii)."""
    radius, far = 5 * MICRON, 200 * MICRON
    hole = disc(radius, 4 * round(0.5 * np.pi * radius / size))
    rules = [
        line("plating electrode", PLATING, (0, 0), (far, 0)),
        line("stripping electrode", STRIPPING, (0, far), (far, far)),
        SurfaceRule("pore 1", SurfaceKind.PORE_WALL, lambda m: np.hypot(m[:, 0], m[:, 1]) < 1.01 * radius),
        rest(SurfaceKind.SIDE_WALL),
    ]
    sizes = SizeField(far / 10, growth=0.2, on_surfaces={SurfaceKind.PORE_WALL: size})
    region = shapely.box(0, 0, far, far).difference(hole)
    tagged = meshed(region, rules, sizes, pores=(Pore("pore 1", (0.0, 0.0), radius), Pore("far", (far, far), radius)))
    return measure_focusing(solved(tagged, far), J, 0.5 * MICRON), radius


def check_circular_hole():
    """Means of cells beside its equator are below the exact 2 of a point on it, and near the exact value inside them.

    On y = 0 at x > a the current density is 1 + (a/x)^2. The finite square adds of the order of (a/L)^2, 0.1 %.
    """
    factors = []
    for size in (0.6 * MICRON, 0.15 * MICRON):
        found, radius = holed(size)
        assert found.near == "pore 1"
        assert radius < found.place[0] < radius + size and 0.0 < found.place[1] < size
        # the exact velocity of potential flow past a cylinder at the place that is reported
        z = complex(*found.place)
        assert found.factor == pytest.approx(abs(1 + (radius / z) ** 2), rel=0.01)
        factors.append(found.factor)
    assert factors[0] < factors[1] < 2.0, factors
    assert factors[1] > 1.95


def contact_edge():
    """Half a period of strip contacts: touching for x < 20 um of 40, three half periods high."""
    width, height = 40 * MICRON, 120 * MICRON
    patch = Patch("void", 0.5 * width, width)
    rules = [*rectangle_rules(width, height, patch.start), rest(SurfaceKind.SIDE_WALL)]
    unwetted = line("unwetted patch void", SurfaceKind.UNWETTED_PATCH, (patch.start, 0), (patch.end, 0))
    sizes = SizeField(5 * MICRON, growth=0.15, at_points=((patch.start, 0.0, 0.01 * MICRON),))
    return solved(meshed(shapely.box(0, 0, width, height), [unwetted, *rules], sizes, patches=(patch,)), width), width


def check_cells_near_an_edge_are_left_out():
    """|j| / j0 = |cos a / sqrt(sin^2 b - sin^2 a)|, a = pi z / 2L, at the place, nowhere larger outside the distance.

    Closer than the distance it grows without bound: leaving cells out is what makes the value one of the cell.
    """
    problem, width = contact_edge()
    centres = problem.domain.tagged.points[problem.domain.tagged.cells].mean(axis=1)
    angle = 0.5 * np.pi * (centres[:, 0] + 1j * centres[:, 1]) / width
    exact = np.abs(np.cos(angle) / np.sqrt(np.sin(0.25 * np.pi) ** 2 - np.sin(angle) ** 2))
    gaps = np.hypot(centres[:, 0] - 0.5 * width, centres[:, 1])
    for distance in (0.5 * MICRON, 2 * MICRON, 8 * MICRON):
        found = measure_focusing(problem, J, distance)
        assert found.near == "unwetted patch void"
        gap = np.hypot(found.place[0] - 0.5 * width, found.place[1])
        assert distance <= gap < 1.3 * distance
        outside = gaps >= distance
        assert found.factor == pytest.approx(exact[outside].max(), rel=0.02)
        at_place = exact[np.argmin(np.hypot(*(centres - found.place).T))]
        assert found.factor == pytest.approx(at_place, rel=0.02)


def check_singular_points():
    """Tip and both edges of the mouth of a flaw, both ends of a patch; cells near any of them are left out."""
    flaw = Flaw("deep", (10e-6, 0.0), (12e-6, 6e-6), 2e-6, 40**0.5 * 1e-6, (10**-0.5, 3 * 10**-0.5), "layer 1")
    tagged = replace(layered_mesh([20e-6], 30e-6, 30, 20), flaws=(flaw,), patches=(Patch("void", 20e-6, 24e-6),))
    problem = solved(tagged, 30e-6)
    singular = singular_set(problem.domain.tagged, 1e-6)
    points = singular.points
    expected = [(12e-6, 6e-6), (9e-6, 0.0), (11e-6, 0.0), (20e-6, 0.0), (24e-6, 0.0)]
    np.testing.assert_allclose(points, expected, rtol=0, atol=1e-15)
    assert singular.names == ("flaw deep",) * 3 + ("unwetted patch void",) * 2
    assert singular.on_electrode.tolist() == [False, True, True, True, True]
    # the field is uniform, so that any cell may be found, but none that is left out
    gaps = np.linalg.norm(tagged.points[tagged.cells].mean(axis=1)[:, None] - points, axis=2).min(axis=1)
    distance = np.sort(gaps)[-1]
    found = measure_focusing(problem, J, distance * (1 - 1e-9))
    assert np.linalg.norm(points - found.place, axis=1).min() == pytest.approx(distance, rel=1e-9)
    assert found.factor == pytest.approx(1.0, rel=1e-9)
    with pytest.raises(CaseError, match=r"failure\.focusing_distance"):
        measure_focusing(problem, J, distance * (1 + 1e-9))


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
