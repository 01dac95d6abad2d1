# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of films on facets that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip

import numpy as np
import pytest
from mpi4py import MPI

from jadeite.constants import FARADAY
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, LinearResistance
from jadeite.physics.interface_losses import InterfaceLossProbe
from jadeite.physics.interface_variation import InterfaceVariation
from jadeite.physics.interphase.film import GrowingFilm
from jadeite.physics.interphase.parabolic import ParabolicGrowth
from jadeite.physics.series_resistance import SeriesPart, SeriesResistance
from sample_meshes import layered_mesh, retag, solid_grains

COMM = MPI.COMM_WORLD
PLATING, STRIPPING, VOID = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.UNWETTED_PATCH
WIDTH, HEIGHT = 40e-6, 20e-6
LAW = ButlerVolmer(10.0, 298.15, 0.4)


def plane():
    """A box with a quarter of its plating electrode unwetted."""
    return retag(
        layered_mesh([HEIGHT], WIDTH, across=16, along=6),
        VOID,
        "void",
        lambda m: (m[:, 1] == 0) & (m[:, 0] > 0.75 * WIDTH),
    )


def domain_of(tagged):
    return Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)


def cell(domain, law, series, film=None):
    dimension = domain.dimension
    return Conduction(
        domain,
        np.tile(0.1 * np.eye(dimension), (len(domain.tagged.regions), 1, 1)),
        None,
        [Contact((PLATING,), law, None, series, film)],
        [Contact((STRIPPING,), LinearResistance(1e-3))],
    )


def check_a_uniform_series_is_the_film_of_the_law():
    """With kinetics in the plane, without in space; what the parts cost goes with their resistance."""
    side = 20e-6
    for tagged, area, law, whole in (
        (plane(), WIDTH, LAW, ButlerVolmer(10.0, 298.15, 0.4, 2.2e-3)),
        (solid_grains(4, 4, side), side**2, LinearResistance(1e-3), LinearResistance(3.2e-3)),
    ):
        domain, load = domain_of(tagged), Current(20.0 * area)
        series = SeriesResistance(domain, (PLATING,))
        series.assign(SeriesPart.FILM, 1.5e-3)
        series.assign(SeriesPart.CONTACT, 0.7e-3)
        problem = cell(domain, law, series)
        found = problem.solve(load)
        assert found.voltage == pytest.approx(cell(domain, whole, None).solve(load).voltage, rel=1e-9)
        losses, other = InterfaceLossProbe(problem).read(found)
        assert losses.total == pytest.approx(found.interface_power[0], rel=1e-12)
        assert losses.film / losses.contact == pytest.approx(15 / 7, rel=1e-9)
        assert losses.interphase == 0.0 and min(losses.film, losses.charge_transfer) > 0.0
        assert other.charge_transfer == pytest.approx(found.interface_power[1], rel=1e-12) and other.film == 0.0


def check_a_film_that_has_yet_to_grow_costs_nothing():
    domain = domain_of(plane())
    series = SeriesResistance(domain, (PLATING,))
    film = GrowingFilm(series, ParabolicGrowth(1e-18), 1e-4)
    problem = cell(domain, LAW, series, film)
    load = Current(20.0 * WIDTH)
    fresh = problem.solve(load)
    assert fresh.voltage == pytest.approx(cell(domain, LAW, None).solve(load).voltage, rel=1e-10)
    film.grow_to(3600.0)
    assert problem.solve(load).voltage > fresh.voltage
    film.grow_to(0.0)
    assert problem.solve(load).voltage == pytest.approx(fresh.voltage, rel=1e-10)


def check_films_grow_where_sodium_touches_alone():
    domain = domain_of(plane())
    series = SeriesResistance(domain, (PLATING,))
    constant, time, volume = 2e-18, 1e5, 3e-5
    film = GrowingFilm(series, ParabolicGrowth(constant), 1e-4, 1e-8, volume_per_sodium=volume)
    film.grow_to(time)
    thickness = np.sqrt(1e-16 + 2 * constant * time)
    measured = film.measure()
    for value in (measured.mean, measured.least, measured.largest):
        assert value == pytest.approx(thickness, rel=1e-12)
    assert measured.volume == pytest.approx(0.75 * WIDTH * thickness, rel=1e-12)
    assert measured.charge == pytest.approx(0.75 * WIDTH * (thickness - 1e-8) * FARADAY / volume, rel=1e-12)
    assert not np.isin(series.facets, domain.facets(VOID)).any()


def check_a_variation_keeps_its_mean_and_knows_no_ranks():
    """Over the area of the electrode, in the plane and in space; the spread is that of a lognormal quantity."""
    for tagged, length in ((plane(), 3e-6), (solid_grains(6, 4, 20e-6), 5e-6)):
        domain = domain_of(tagged)
        spread = 0.4
        drawn = InterfaceVariation.draw(domain.tagged, PLATING, spread, length, np.random.default_rng(3))
        assert len(set(COMM.allgather(drawn.scale))) == 1
        series = SeriesResistance(domain, (PLATING,))
        factor = drawn.at(domain, series.facets)
        # a constant of one, varied, is a film whose measures are those of the factor
        film = GrowingFilm(series, ParabolicGrowth(0.5), 1.0, 0.0, factor**2)
        film.grow_to(1.0)
        measured = film.measure()
        assert measured.mean == pytest.approx(1.0, rel=1e-12)
        assert 0.2 < measured.least < 0.9 and 1.1 < measured.largest < 4.0


def check_many_draws_show_the_spread_and_the_correlation_that_were_asked_for():
    """Of the logarithm: variance ln(1 + c^2), correlation exp(-(r/l)^2), over sixty draws of eighty lengths each."""
    wide, spread, length = layered_mesh([5e-6], 400e-6, across=160, along=1), 0.5, 5e-6
    middle = ((np.arange(800) + 0.5) * 0.1 * length)[:, None]
    draws = [InterfaceVariation.draw(wide, PLATING, spread, length, np.random.default_rng(seed)) for seed in range(60)]
    logarithm = np.log([drawn.factor(middle) for drawn in draws]) + 0.5 * np.log1p(spread**2)
    variance = np.mean(logarithm**2)
    assert variance == pytest.approx(np.log1p(spread**2), rel=0.1)
    for distance in (0.5, 1.0, 2.0):
        shift = round(10 * distance)
        together = np.mean(logarithm[:, shift:] * logarithm[:, :-shift]) / variance
        assert together == pytest.approx(np.exp(-(distance**2)), abs=0.05)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
