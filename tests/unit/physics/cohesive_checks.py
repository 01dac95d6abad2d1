# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bodies whose boundaries open: patch test, jump under a dead load, snap-back, sodium; as a script under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
import shapely
import ufl
from dolfinx import fem

from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.physics.solid.body import Loads, SolidBody
from jadeite.physics.solid.cohesive.control import SeparationControl
from jadeite.physics.solid.cohesive.law import FILLED
from jadeite.physics.solid.cohesive.path import EquilibriumPath, RisingLoad
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.laws import BulkRegions, InterfaceRows
from jadeite.physics.supports import Pin, Support
from jadeite.verification.cohesive import FREE, LEFT, RIGHT, CohesiveBody, law_of
from jadeite.verification.measure import facet_mean
from jadeite.verification.shapes import domain_of, everywhere

YOUNG, LENGTH, HEIGHT, STRENGTH = 80e9, 20e-6, 4e-6, 100e6
STIFF = 1e4 * YOUNG / LENGTH


def bar(energy, load, *, poisson=0.0, stiffness=100.0 * YOUNG / LENGTH, slope=0.0):
    """A bar of two pieces under tension; the boundary between them leans by `slope`."""
    lean = 0.5 * slope * HEIGHT
    middle = [(LENGTH / 2 - lean, 0.0), (LENGTH / 2 + lean, HEIGHT)]
    domain = domain_of(
        {
            "left": shapely.Polygon([(0.0, 0.0), middle[0], middle[1], (0.0, HEIGHT)]),
            "right": shapely.Polygon([middle[0], (LENGTH, 0.0), (LENGTH, HEIGHT), middle[1]]),
        },
        [
            (LEFT, shapely.LineString([(0.0, 0.0), (0.0, HEIGHT)])),
            (RIGHT, shapely.LineString([(LENGTH, 0.0), (LENGTH, HEIGHT)])),
            (FREE, everywhere),
        ],
        SizeField(HEIGHT / 2),
    )
    (row,) = [row for row, name in enumerate(domain.tagged.surfaces.name) if "|" in name]
    return CohesiveBody(
        domain,
        isotropic_stiffness(YOUNG, poisson),
        law_of(len(domain.tagged.surfaces), energy=energy, stiffness=stiffness, strength=STRENGTH),
        [row],
        np.array([0, 1]),
        [Support((LEFT,), 0), Pin((0.0, 0.0), 1)],
        [(RIGHT, (load, 0.0))],
    )


def check_patch_of_a_stiff_boundary():
    """A uniform stress passes through a stiff boundary at any angle, which adds the compliance of its springs."""
    body = bar(50.0, 0.5 * STRENGTH, poisson=0.3, stiffness=STIFF, slope=0.5)
    *_, point = EquilibriumPath(body.body, body.load, body.control, 1)
    assert point.load == 1.0 and point.dissipated == pytest.approx(0.0, abs=1e-20)
    (points,) = body.body.cells.states()
    stress = points.settled.stress
    # plane strain: 0.5 T along x and nu times that along z
    expected = 0.5 * STRENGTH * np.array([1.0, 0.0, 0.3, 0.0, 0.0, 0.0])
    assert stress == pytest.approx(np.broadcast_to(expected, stress.shape), abs=1e-6 * STRENGTH)
    traction = body.facets.states.settled.stress
    # the normal leans by atan(0.5): n_x^2 and n_x n_y of the stress
    sizes = np.abs(traction[:, :2]) / (0.5 * STRENGTH)
    assert sizes[:, 0] == pytest.approx(np.full(len(sizes), 0.8), rel=1e-6)
    assert sizes[:, 1] == pytest.approx(np.full(len(sizes), 0.4), rel=1e-6)
    end = facet_mean(body.domain, RIGHT, body.body.displacement[0])
    elastic = 0.5 * STRENGTH * LENGTH * (1 - 0.3**2) / YOUNG
    springs = 0.5 * STRENGTH / STIFF  # n_x^2 of it across, the rest along the boundary
    assert end == pytest.approx(elastic + springs, rel=1e-6)


def check_dead_load_tears_the_bar_at_its_strength():
    """Under a dead load above its strength no equilibrium is left: the last one that is reported is below it."""
    body = bar(1.0, 2.0 * STRENGTH)
    points = [point for point in RisingLoad(body.body, body.load, body.control, 8) if point.at_rest]
    assert [point.load for point in points] == pytest.approx([0.125, 0.25, 0.375, 0.5])


def check_path_comes_back_to_no_load_with_the_fracture_energy():
    """A bar that snaps back ends without load, with the fracture energy dissipated and energies that add up."""
    body = bar(1.0, 2.0 * STRENGTH)
    points = list(EquilibriumPath(body.body, body.load, body.control, 8))
    loads = np.array([point.load for point in points])
    assert loads.max() == pytest.approx(0.5, rel=1e-3)
    assert loads[-1] < 1e-3
    assert body.spent() == pytest.approx(HEIGHT, rel=1e-9)
    for point in points:
        assert point.external_work == pytest.approx(point.stored + point.dissipated, rel=1e-9)
    # no step is part of a jump, and the finite size of steps is all that parts both counts of what was dissipated
    assert points[-1].released == 0.0
    assert points[-1].dissipated - points[-1].step_error == pytest.approx(1.0 * HEIGHT, rel=1e-6)
    assert abs(points[-1].step_error) < 0.05 * HEIGHT


def check_a_jump_releases_what_the_boundary_does_not_take():
    """Fixed ends and cooling are a stable test: the bar that tears keeps the length, and gives off the rest as motion.

    A long elastic bar stores T^2 L / (2 E) when its boundary reaches the strength; torn at once, it dissipates G
    and releases the difference.
    """
    plain, energy = bar(0.2, 0.0), 0.2
    domain, law = plain.domain, law_of(4, energy=energy, stiffness=STIFF, strength=STRENGTH)
    (row,) = [row for row, name in enumerate(domain.tagged.surfaces.name) if "|" in name]
    load = fem.Constant(domain.mesh, 0.0)
    shrinkage = -2.0 * STRENGTH / YOUNG
    body = SolidBody(
        domain,
        [BulkRegions(Elastic(isotropic_stiffness(YOUNG, 0.0)), [0, 1])],
        [Support((LEFT,), 0), Support((RIGHT,), 0), Pin((0.0, 0.0), 1), Pin((LENGTH, 0.0), 1)],
        Loads(eigenstrain=load * ufl.as_vector([fem.Constant(domain.mesh, shrinkage), 0.0, 0.0, 0.0, 0.0, 0.0])),
        pieces=domain.cell_region,
        interfaces=[InterfaceRows(law, [row], nodal=True)],
    )
    control = SeparationControl(body.facets[0], law)
    before, after = 0.0, None
    for point in RisingLoad(body, load, control, 40):
        assert point.external_work == pytest.approx(point.stored + point.dissipated, rel=1e-9, abs=1e-18)
        if not point.at_rest:
            continue
        if point.dissipated > 0.5 * energy * HEIGHT and after is None:
            after = point
        elif after is None:
            before = point.load
    # it tears in the step that reaches the strength, at half of the shrinkage
    assert before == pytest.approx(0.5, abs=0.026) and after is not None
    stress = after.load * 2.0 * STRENGTH
    available = 0.5 * stress**2 / YOUNG * LENGTH * HEIGHT
    assert after.dissipated - after.released - after.step_error == pytest.approx(energy * HEIGHT, rel=1e-6)
    assert after.released == pytest.approx(available - energy * HEIGHT, rel=0.02)
    assert after.dissipated == pytest.approx(available, rel=0.02)


def check_sodium_opens_what_it_fills():
    """The pressure of sodium that fills a boundary acts on both faces and does work like any load."""
    body = bar(50.0, 0.0, stiffness=STIFF)
    pressure = 0.3 * STRENGTH
    law = type(body.law)(**{**body.law.__dict__, "sodium_pressure": lambda: pressure * float(body.load.value)})
    body.facets.states.law = law
    states = body.facets.states
    history = states.settled.history.copy()
    history[:, FILLED] = 1.0
    states.settled = type(states.settled)(states.settled.strain, states.settled.stress, history)
    body.control.law = law
    *_, point = EquilibriumPath(body.body, body.load, body.control, 2)
    opening = states.settled.strain[:, 0]
    assert opening == pytest.approx(np.full(len(opening), pressure / STIFF), rel=1e-6)
    assert point.external_work == pytest.approx(0.5 * pressure**2 / STIFF * HEIGHT, rel=1e-6)
    assert point.external_work == pytest.approx(point.stored + point.dissipated, rel=1e-9)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
