# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of pores that leaking electrons fill, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from dolfinx import fem

from jadeite.constants import FARADAY
from jadeite.failure.deposition import PoreWalls, fill_pores
from jadeite.failure.nucleation import filling_potential
from jadeite.failure.precipitation import Boundaries, largest_in_volume, share_of_volume
from jadeite.fem.broken import broken_space
from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.revolution import revolved
from jadeite.microstructure.tagged_mesh import Pore, SurfaceKind
from jadeite.physics.electronic_conduction import ElectronicConduction
from jadeite.verification.shapes import disc, domain_of, everywhere

WIDTH, HEIGHT, RADIUS, LEAK, VOLUME, ENERGY = 60e-6, 40e-6, 0.5e-6, 1e-7, 23.78e-6, 0.22
PORES = ((25e-6, 4e-6), (32e-6, 7e-6), (45e-6, 15e-6), (15e-6, 33e-6))
BOTTOM, TOP, VOLTAGE = 0.05, 0.05, 0.1  # ionic potential at either end, cell voltage


@cache
def porous():
    """Four pores of a slab, their electrons, and the ionic potential of a slab without drop in the ceramic."""
    outline = shapely.box(0.0, 0.0, WIDTH, HEIGHT)
    voids = [disc(RADIUS, 48, centre) for centre in PORES]
    kinds = [(SurfaceKind.PORE_WALL, lambda m, c=centre: np.hypot(*(m - c).T) < 1.1 * RADIUS) for centre in PORES]
    plain = domain_of(
        {"ceramic": shapely.difference(outline, shapely.union_all(voids))},
        [
            (SurfaceKind.PLATING_ELECTRODE, shapely.LineString([(0, 0), (WIDTH, 0)])),
            (SurfaceKind.STRIPPING_ELECTRODE, shapely.LineString([(0, HEIGHT), (WIDTH, HEIGHT)])),
            *kinds,
            (SurfaceKind.SIDE_WALL, everywhere),
        ],
        SizeField(3e-6, growth=0.3, on_surfaces={SurfaceKind.PORE_WALL: RADIUS / 5}),
    ).tagged
    rows = plain.surfaces.rows(SurfaceKind.PORE_WALL)
    names = [plain.surfaces.name[row] for row in rows]
    tagged = replace(plain, pores=tuple(Pore(n, c, RADIUS) for n, c in zip(names, PORES, strict=True)))
    domain = Domain.from_tagged_mesh(tagged)
    space = broken_space(domain.mesh, np.zeros(len(domain.cell_region), dtype=np.int32), ("Lagrange", 2))
    ionic = fem.Function(space.space)
    ionic.x.array[:] = BOTTOM
    return domain, ElectronicConduction(domain, space, ionic, np.array([LEAK]))


def between_plates():
    """Filling times by line sources between two plates at 0 and the cell voltage, with mirrors at both sides.

    The Green's function of a strip (Morse and Feshbach 1953, Methods of Theoretical Physics, section 10.2).
    """
    x, y = np.array(PORES).T
    driving = BOTTOM - VOLTAGE * y / HEIGHT - filling_potential(RADIUS, ENERGY, VOLUME)
    count = len(x)
    influence = np.zeros((count, count))
    for image in np.arange(-4, 5) * 2 * WIDTH:
        for mirrored in (x, -x):
            apart = np.pi * (x[:, None] - mirrored[None] - image) / HEIGHT
            same = np.abs(apart) < 1e-12
            plus, minus = (np.cos(np.pi * (y[:, None] + sign * y[None]) / HEIGHT) for sign in (1, -1))
            own = np.log(2 * HEIGHT / (np.pi * RADIUS) * np.sin(np.pi * y / HEIGHT)) * np.eye(count)
            with np.errstate(divide="ignore", invalid="ignore"):
                far = 0.5 * np.log((np.cosh(apart) - plus) / (np.cosh(apart) - minus))
            influence += np.where(same, own, far) / (2 * np.pi * LEAK)
    left, able = np.full(count, np.pi * RADIUS**2 * FARADAY / VOLUME), driving > 0.0
    times, now = np.full(count, np.nan), 0.0
    while able.any():
        taking = able.copy()
        while True:
            chosen = np.flatnonzero(taking)
            current = np.zeros(count)
            current[chosen] = np.linalg.solve(influence[np.ix_(chosen, chosen)], driving[chosen])
            if (current >= 0.0).all():
                break
            taking &= current > 0.0
        needed = np.full(count, np.inf)
        needed[chosen] = left[chosen] / current[chosen]
        full = int(np.argmin(needed))
        now += needed[full]
        left -= current * needed[full]
        times[full], able[full] = now, False
    return times


def filled():
    domain, electrons = porous()
    return fill_pores(PoreWalls(domain), electrons, VOLTAGE, ENERGY, VOLUME)


def check_times_are_those_of_line_sources_that_share_the_electrons():
    got = [np.nan if pore.filling_time is None else pore.filling_time for pore in filled()]
    np.testing.assert_allclose(got, between_plates(), rtol=0.03)
    assert np.isnan(got[3])


def check_pores_are_measured():
    domain, _ = porous()
    polygon = 0.5 * 48 * np.sin(2 * np.pi / 48) * RADIUS**2
    np.testing.assert_allclose(PoreWalls(domain).volume, polygon, rtol=1e-9)


def check_a_swept_pore_is_measured_in_space():
    quarter = shapely.box(0.0, 0.0, 10 * RADIUS, 10 * RADIUS)
    section = domain_of(
        {"ceramic": quarter.difference(disc(RADIUS, 200))},
        [(SurfaceKind.PORE_WALL, lambda m: np.hypot(*m.T) < 1.1 * RADIUS), (SurfaceKind.SIDE_WALL, everywhere)],
        SizeField(2 * RADIUS, growth=0.3),
    ).tagged
    name = section.surfaces.name[int(section.surfaces.rows(SurfaceKind.PORE_WALL)[0])]
    body = revolved(replace(section, pores=(Pore(name, (0.0, 0.0), RADIUS),)))
    assert PoreWalls(Domain.from_tagged_mesh(body)).volume == pytest.approx(2 / 3 * np.pi * RADIUS**3, rel=1e-3)


def check_filling_leaves_the_electrons_as_they_are_without_metal():
    domain, electrons = porous()
    electrons.solve(VOLTAGE)
    before = electrons.unknown.x.array.copy()
    fill_pores(PoreWalls(domain), electrons, VOLTAGE, ENERGY, VOLUME)
    np.testing.assert_allclose(electrons.unknown.x.array, before, rtol=0.0, atol=1e-9 * VOLTAGE)


def check_where_sodium_is_supersaturated():
    domain, electrons = porous()
    electrons.solve(VOLTAGE)
    share = share_of_volume(domain, electrons, np.array([0.25 * BOTTOM]))
    assert share == pytest.approx(0.375, abs=0.02)
    sodium = electrons.ionic_potential.x.array - electrons.unknown.x.array[electrons.ionic.parent]
    largest, place = largest_in_volume(domain, electrons.ionic.space, sodium)
    assert largest == pytest.approx(BOTTOM, rel=1e-9)
    assert place[1] == pytest.approx(0.0, abs=1e-12)


def check_a_ceramic_without_boundaries_has_no_place_at_them():
    domain, electrons = porous()
    boundaries = Boundaries(domain, np.full(len(domain.tagged.surfaces), np.inf))
    assert boundaries.first(electrons) is None
    assert boundaries.share(electrons) == 0.0


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
