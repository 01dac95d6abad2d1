# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bodies of the nonlinear solid: loads, plates, obstacles, pressure, steps and energies; as a script under mpirun."""

import logging
import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain
from jadeite.fem.solvers import ConvergenceError
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Kinematics, Mechanics
from jadeite.physics.rigid_motion import UnconstrainedBody
from jadeite.physics.solid.body import Loads, SolidBody
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.energy import EnergyLedger, EnergyStep
from jadeite.physics.solid.laws import BulkRegions, InterfaceRows
from jadeite.physics.solid.norton import NortonFlow
from jadeite.physics.solid.steps import BodySteps, March
from jadeite.physics.solid.viscous_metal import ViscousMetal
from jadeite.physics.supports import Foundation, Periodic, Platen, Support
from jadeite.verification.nonlinear_solid import BOND, Bond
from sample_meshes import box_mesh, layered_mesh

COMM = MPI.COMM_WORLD
PLATING, STRIPPING, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
GENERALISED, PLANE = Kinematics.GENERALISED_PLANE_STRAIN, Kinematics.PLANE_STRAIN
WIDTH, HEIGHT, PRESSURE = 30e-6, 20e-6, 0.4e6
YOUNG, POISSON = 4.6e9, 0.3
ISOTROPIC = isotropic_stiffness(YOUNG, POISSON)
METAL = ViscousMetal(YOUNG / 3 / (1 - 2 * POISSON), YOUNG / 2 / (1 + POISSON), NortonFlow(1e-3, 0.25e6, 5.0))
TOP, LEFT = Support((STRIPPING,), 1), Support((SIDE,), 0, where=lambda x: x[0] < 1e-9)


def domain_of(tagged):
    return Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)


def two_layers(across=4, along=2):
    return domain_of(layered_mesh([HEIGHT / 2, HEIGHT / 2], WIDTH, across, along))


def steps_of(body, load, value, moment=1.0):
    """Steps during which a constant rises to a value."""

    def rise(time):
        load.value = value * min(time / moment, 1.0)

    return BodySteps(body, rise)


def of_all(values):
    return float(COMM.allreduce(np.abs(values).max(initial=0.0), op=MPI.MAX))


def check_linear_bodies_agree_with_the_linear_solver():
    for degree in (1, 2):
        domain = two_layers()
        pressure = fem.Constant(domain.mesh, 0.0)
        loads = [(domain.ds([PLATING], 4), pressure * (1 + ufl.SpatialCoordinate(domain.mesh)[0] / WIDTH))]
        eigenstrain = fem.Constant(domain.mesh, np.zeros(6))
        body = SolidBody(
            domain,
            [BulkRegions(Elastic(ISOTROPIC), [0, 1])],
            [TOP, LEFT, Platen((SIDE,), 0, lambda x: x[0] > WIDTH - 1e-9)],
            Loads(pressures=loads, eigenstrain=eigenstrain),
            kinematics=GENERALISED,
            degree=degree,
        )

        def rise(time, pressure=pressure, eigenstrain=eigenstrain):
            pressure.value = PRESSURE * time
            eigenstrain.value[:] = 1e-4 * time * np.array([1.0, 2.0, 3.0, 0.0, 0.0, 1.0])

        steps = BodySteps(body, rise)
        for _ in March(steps, 1.0, 0.5):
            pass
        linear = Mechanics(
            domain,
            np.stack([ISOTROPIC] * 2),
            np.tile(eigenstrain.value, (2, 1)),
            [TOP, LEFT, Platen((SIDE,), 0, lambda x: x[0] > WIDTH - 1e-9)],
            GENERALISED,
            degree,
        )
        state = linear.new_deformation("linear")
        linear.solve(linear.load(pressures=loads, eigenstrain=True), state)
        difference = body.displacement - state.displacement
        size = integral(fem.form(ufl.inner(state.displacement, state.displacement) * domain.dx(4)), COMM)
        assert integral(fem.form(ufl.inner(difference, difference) * domain.dx(4)), COMM) < 1e-18 * size
        assert float(body.thickness_strain.value) == pytest.approx(float(state.thickness_strain.value), rel=1e-8)
        assert steps.ledger.imbalance < 1e-9
        assert steps.ledger.stored == pytest.approx(linear.strain_energy(state), rel=1e-8)
        assert steps.ledger.dissipated == 0.0


def check_a_compliant_layer_spreads_the_pressure_and_stores_energy():
    domain = two_layers()
    pressure = fem.Constant(domain.mesh, 0.0)
    uneven = pressure * ufl.conditional(ufl.lt(ufl.SpatialCoordinate(domain.mesh)[0], WIDTH / 2), 2.0, 0.0)
    body = SolidBody(
        domain,
        [BulkRegions(METAL, [0, 1])],
        [TOP, LEFT, Foundation((PLATING,), 1, 1e15)],
        Loads(pressures=[(domain.ds([PLATING], 4), uneven)]),
    )
    steps = steps_of(body, pressure, PRESSURE, 1e-6)
    for _ in March(steps, 1e-4, 1e-6, tolerance=1e-2):
        pass
    assert body.foundation_energy() > 1e-3 * steps.ledger.stored
    assert steps.ledger.imbalance < 1e-8 and steps.ledger.dissipated > 0.0


def check_an_obstacle_that_moves_does_work():
    domain = two_layers()
    row = domain.surface_rows(PLATING)
    for nodal in (False, True):
        body = SolidBody(
            domain,
            [BulkRegions(Elastic(ISOTROPIC), [0, 1])],
            [TOP, Support((SIDE,), 0)],
            interfaces=[InterfaceRows(Bond(), row, nodal=nodal, obstacle=lambda x: np.zeros((3, x.shape[1])))],
        )
        (facets,) = body.facets
        assert not facets.interior
        move = np.array([0.0, 1e-9, 0.0])

        def rise(time, facets=facets, move=move):
            facets.move_obstacle(time * move)

        steps = BodySteps(body, rise)
        for _ in March(steps, 1.0, 0.5):
            pass
        # the layer of bond and the body in series, between the obstacle and the plane above
        confined = ISOTROPIC[1, 1] / HEIGHT
        stiffness = 1.0 / (1.0 / confined + 1.0 / BOND[0, 0])
        assert steps.ledger.external_work == pytest.approx(0.5 * stiffness * 1e-18 * WIDTH, rel=1e-8)
        assert steps.ledger.imbalance < 1e-9
        # the body is pressed, so that the obstacle feels a pressure: traction below zero
        assert of_all(facets.states.settled.stress[:, 0] / (stiffness * 1e-9) + 1.0) < 1e-8


def check_flow_without_change_of_volume_locks_linear_elements_only():
    """Metal squeezed between rough plates: the mean pressure of a confined foil, on one mesh and on a finer one."""
    work = {}
    for degree, with_pressure, along in ((1, (), 3), (2, (), 3), (2, (0,), 3), (2, (0,), 6)):
        domain = domain_of(layered_mesh([HEIGHT], 2 * HEIGHT, 2 * along, along))
        close = [0.0]
        body = SolidBody(
            domain,
            [BulkRegions(METAL, [0])],
            [
                Support((STRIPPING,), 1),
                Support((STRIPPING,), 0),
                Support((PLATING,), 0),
                Support((PLATING,), 1, lambda x, close=close: np.full(x.shape[1], close[0] * HEIGHT)),
            ],
            degree=degree,
            with_pressure=with_pressure,
        )

        def rise(time, close=close):
            close[0] = 1e-2 * time

        steps = BodySteps(body, rise)
        for _ in March(steps, 0.2, 2e-3, tolerance=5e-2):
            pass
        work[degree, len(with_pressure), along] = steps.ledger.external_work
        assert steps.ledger.imbalance < 1e-9
    best = work[2, 1, 6]
    assert work[2, 1, 3] == pytest.approx(best, rel=0.05)
    assert work[2, 0, 3] == pytest.approx(best, rel=0.1)
    assert work[1, 0, 3] > 1.5 * best


def check_steps_in_time_are_of_order_two():
    """Relaxation at a held strain in equal steps, against the closed form."""
    domain = domain_of(layered_mesh([HEIGHT], WIDTH, 1, 1))
    errors = []
    time = 20.0
    exact = ((0.25e6) ** -4 + 4 * YOUNG * (1e-3 / 0.25e6**5) * time) ** -0.25
    for number in (20, 40):
        stretch = [0.0]
        body = SolidBody(
            domain,
            [BulkRegions(METAL, [0])],
            [TOP, LEFT, Support((PLATING,), 1, lambda x, s=stretch: np.full(x.shape[1], -s[0] * HEIGHT))],
            kinematics=GENERALISED,
        )

        def rise(now, stretch=stretch):
            stretch[0] = 0.25e6 / YOUNG * min(now / 1e-9, 1.0)

        steps = BodySteps(body, rise)
        for _ in March(steps, 1e-9, 1e-9):
            pass
        now, at = 1e-9, np.geomspace(1e-2, time, number)
        for following in at:
            for _ in March(steps, following - now, following - now, start=now, tolerance=1e9):
                pass
            now = following
        (_, states) = body.cells.groups[0]
        errors.append(of_all(states.settled.stress[:, 1]) / exact - 1.0)
        assert steps.ledger.imbalance < 1e-9
    assert abs(errors[1]) < 3e-3
    assert np.log2(abs(errors[0] / errors[1])) == pytest.approx(2.0, abs=0.4)


def check_a_step_that_fails_is_cut_and_said():
    class Stiff:
        """Something that can be advanced by at most a tenth."""

        def __init__(self):
            self.settled, self.lengths = 0, []

        def advance(self, time, length):
            if length > 0.1:
                raise ConvergenceError("too far at once")
            self.lengths.append(length)
            return 1e-4

        def settle(self):
            self.settled += 1

        def give_up(self):
            pass

    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())
    logger = logging.getLogger("jadeite.physics.solid.steps")
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        problem = Stiff()
        taken = list(March(problem, 1.0, 0.3))
        assert taken[-1].time == 1.0 and sum(step.length for step in taken) == pytest.approx(1.0)
        assert problem.settled == len(taken) and max(problem.lengths) <= 0.1
        assert any("the step is cut" in record and "too far at once" in record for record in records)
        with pytest.raises(ConvergenceError, match="too far"):
            list(March(problem, 1.0, 0.3, smallest=0.2))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def check_the_ledger_shows_what_is_missing():
    """A load that is not in equilibrium at the start leaves a gap, which the ledger does not hide."""
    domain = two_layers()
    pressure = fem.Constant(domain.mesh, PRESSURE)
    body = SolidBody(
        domain,
        [BulkRegions(Elastic(ISOTROPIC), [0, 1])],
        [TOP, LEFT],
        Loads(pressures=[(domain.ds([PLATING], 2), pressure)]),
    )
    steps = BodySteps(body)
    for _ in March(steps, 1.0, 1.0):
        pass
    # the load did its work from the start: twice what is stored
    assert steps.ledger.external_work == pytest.approx(2.0 * steps.ledger.stored, rel=1e-8)
    assert steps.ledger.imbalance > 0.1
    ledger = EnergyLedger()
    assert ledger.imbalance == 0.0
    ledger.add(EnergyStep(1.0, 3.0, 1.0, 2.0))
    ledger.add(EnergyStep(2.0, -1.0, -1.0, 0.0))
    assert ledger.imbalance == 0.0 and ledger.external_work == 2.0


def check_multigrid_and_factor_agree():
    values = []
    for linear in ("direct", "iterative"):
        domain = domain_of(box_mesh([HEIGHT / 2, HEIGHT / 2], (WIDTH, WIDTH), (3, 3), 2))
        pressure = fem.Constant(domain.mesh, 0.0)
        body = SolidBody(
            domain,
            [BulkRegions(METAL, [0]), BulkRegions(Elastic(isotropic_stiffness(80e9, 0.26)), [1])],
            [*(Support((STRIPPING,), axis) for axis in range(3)), Platen((PLATING,), 1)],
            Loads(pressures=[(domain.ds([PLATING], 2), pressure)]),
            pieces=domain.cell_region,
            interfaces=[InterfaceRows(Bond(), domain.surface_rows(SurfaceKind.GRAIN_BOUNDARY))],
            linear=linear,
        )
        steps = steps_of(body, pressure, PRESSURE, 1e-6)
        for _ in March(steps, 1e-5, 1e-6, tolerance=1.0):
            pass
        assert steps.ledger.imbalance < 1e-9
        values.append(of_all(body.displacement.x.array))
    assert values[1] == pytest.approx(values[0], rel=1e-9)


def check_a_start_out_of_balance_and_interfaces_with_a_rate_are_told():
    """A load that is there from the start is said; a law of interfaces with a rate is refused."""
    domain = two_layers()
    pressure = fem.Constant(domain.mesh, PRESSURE)
    body = SolidBody(
        domain,
        [BulkRegions(Elastic(ISOTROPIC), [0, 1])],
        [TOP, LEFT],
        Loads(pressures=[(domain.ds([PLATING], 2), pressure)]),
    )
    said: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = said.append  # type: ignore[method-assign]
    logger = logging.getLogger("jadeite.physics.solid.steps")
    logger.addHandler(handler)
    try:
        steps = BodySteps(body)
        assert any("out of equilibrium" in record.getMessage() for record in said)
        for _ in March(steps, 1.0, 1.0):
            pass
        assert body.imbalance() < 1e-9
        said.clear()
        BodySteps(body)
        assert not said
    finally:
        logger.removeHandler(handler)

    class Creeping(Bond):
        has_rate = True

    slow = SolidBody(
        domain,
        [BulkRegions(Elastic(ISOTROPIC), [0, 1])],
        [TOP, LEFT],
        pieces=domain.cell_region,
        interfaces=[InterfaceRows(Creeping(), domain.surface_rows(SurfaceKind.GRAIN_BOUNDARY))],
    )
    with pytest.raises(ValueError, match="an interface has a rate"):
        BodySteps(slow)


def check_bodies_that_cannot_be_are_refused():
    domain = two_layers()
    with pytest.raises(ValueError, match="each region needs one law"):
        SolidBody(domain, [BulkRegions(METAL, [0])], [TOP, LEFT])
    with pytest.raises(ValueError, match="degree 2"):
        SolidBody(domain, [BulkRegions(METAL, [0, 1])], [TOP, LEFT], degree=1, with_pressure=[0])
    with pytest.raises(ValueError, match="sides that repeat"):
        SolidBody(domain, [BulkRegions(METAL, [0, 1])], [TOP, LEFT, Periodic(0)])
    with pytest.raises(UnconstrainedBody, match="nothing holds the body against"):
        SolidBody(domain, [BulkRegions(METAL, [0, 1])], [TOP])
    uneven = ISOTROPIC.copy()
    uneven[0, 0] *= 1.2
    with pytest.raises(ValueError, match="isotropic"):
        SolidBody(domain, [BulkRegions(Elastic(uneven), [0, 1])], [TOP, LEFT], with_pressure=[0])


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
