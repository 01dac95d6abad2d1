# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of impedance: bricks in series, elements of circuits, diffusion through a layer."""

from __future__ import annotations

import cmath
import math

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from jadeite.constants import VACUUM_PERMITTIVITY
from jadeite.fem.domain import Domain
from jadeite.fem.frequency_response import BorderedMatrix, ResponseSystem, sweep
from jadeite.fem.reduced_response import ReducedResponse
from jadeite.fem.solvers import LinearMethod
from jadeite.physics.conduction import Conduction
from jadeite.physics.impedance import elements
from jadeite.physics.impedance.small_signal import SmallSignal
from jadeite.verification.bricks import brick_mesh
from jadeite.verification.direct_response import direct_admittance
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.slab import IDEAL_PLATING, IDEAL_STRIPPING, PLATING, STRIPPING, isotropic, resistances

MICRON = 1e-6


@check("Z1", "Brick layer")
def brick_layer() -> list[Row]:
    """Z = R_g / (1 + i w R_g C_g) + R_GB / (1 + i w R_GB C_GB), 500 boundaries resolved one by one."""
    length, size, conductivity, resistance = 1e-3, 2 * MICRON, 0.1, 1e-5
    permittivity = 30 * VACUUM_PERMITTIVITY
    capacitance = permittivity / 5e-9
    grains = printed(length / conductivity, 0.01)
    boundaries = printed(resistance * length / size, 5e-3)
    of_grains = printed(permittivity / length, 2.656256e-7)
    of_boundaries = printed(capacitance * size / length, 1.062503e-4)
    slow = printed(1 / (2 * math.pi * boundaries * of_boundaries), 2.995851e5)
    fast = printed(1 / (2 * math.pi * grains * of_grains), 5.991701e7)

    def formula(frequency: float) -> complex:
        omega = 2j * math.pi * frequency
        return grains / (1 + omega * grains * of_grains) + boundaries / (1 + omega * boundaries * of_boundaries)

    printed(formula(slow).real, 0.01249975)
    printed(formula(slow).imag, -0.002549999)
    printed(formula(1e6).real, 0.01040901)
    printed(formula(1e6).imag, -0.001541408)

    half = size / 2
    # half a grain at either end, so that there are as many boundaries as grains
    labels = (np.arange(round(length / half))[None, :] + 1) // 2
    domain = Domain.from_tagged_mesh(brick_mesh(labels, half))
    regions = labels.max() + 1
    problem = Conduction(
        domain, isotropic(*[conductivity] * regions), resistances(domain, resistance), IDEAL_PLATING, IDEAL_STRIPPING
    )
    surfaces = len(domain.tagged.surfaces.name)
    signal = SmallSignal(problem, 0.0, np.full(regions, permittivity), np.full(surfaces, capacitance))
    omega = 2 * math.pi * np.logspace(3, 9, 37)
    response, _ = sweep(signal.system, omega, signal.method)
    rows = []
    for name, frequency in (("the boundaries' arc", slow), ("1 MHz", 1e6), ("the grains' arc", fast)):
        expected, got = formula(frequency), half * _impedance(response, frequency)
        rows += [
            Row(f"real part at {name}", expected.real, got.real, 1e-3, unit="ohm m^2"),
            Row(f"imaginary part at {name}", expected.imag, got.imag, 1e-3, unit="ohm m^2"),
        ]
    direct = 1 / direct_admittance(signal.system, 2 * math.pi * slow)
    difference = abs(_impedance(response, slow) / direct - 1)
    rows.append(Row("direct solution of the 2x2 form against the sweep", 0.0, difference, 1e-8, "absolute"))
    return rows


@check("Z2", "Randles circuit with a Warburg element")
def randles() -> list[Row]:
    """Z = R_s + 1 / (i w C + 1 / (R_ct + s (1 - i) / sqrt w)): the elements that circuits are made of."""
    series, transfer, capacitance, coefficient = 0.01, 2.5693e-3, 0.1, 1e-3
    rows = []
    for frequency, real, imaginary in ((1.0, 0.01296674, -4.043738e-4), (100.0, 0.01252854, -4.532887e-4)):
        omega = 2 * math.pi * frequency
        diffusion = coefficient * (1 - 1j) / math.sqrt(omega)
        expected = series + 1 / (1j * omega * capacitance + 1 / (transfer + diffusion))
        (got,) = elements.randles(series, transfer, capacitance, coefficient, np.array([omega]))
        rows += [
            Row(f"real part at {frequency:g} Hz", printed(expected.real, real), got.real, 1e-5, unit="ohm m^2"),
            Row(f"imaginary part at {frequency:g} Hz", printed(expected.imag, imaginary), got.imag, 1e-5,
                unit="ohm m^2"),
        ]  # fmt: skip
    return rows


@check("Z3", "Diffusion through a layer of finite length")
def finite_length() -> list[Row]:
    """Z = R tanh(sqrt(i w tau)) / sqrt(i w tau), from a solved diffusion problem and from the element."""
    resistance, time = 0.02, 250.0

    def formula(frequency: float) -> complex:
        root = cmath.sqrt(2j * math.pi * frequency * time)
        return resistance * cmath.tanh(root) / root

    expected = formula(1e-3)
    printed(expected.real, 0.01531517)
    printed(expected.imag, -0.007494895)
    response, width = _diffusion(resistance, time, 2 * math.pi * np.logspace(-5, 0, 26))
    got = width * _impedance(response, 1e-3)
    (element,) = elements.finite_length_diffusion(resistance, time, np.array([2e-3 * math.pi]))
    peak, solved_peak = (
        float(math.exp(minimize_scalar(of, bounds=(math.log(1e-4), math.log(1e-1)), method="bounded").x))
        for of in (
            lambda logarithm: formula(math.exp(logarithm)).imag,
            lambda logarithm: width * _impedance(response, math.exp(logarithm)).imag,
        )
    )
    return [
        Row("real part at 1 mHz", expected.real, got.real, 1e-3, unit="ohm m^2"),
        Row("imaginary part at 1 mHz", expected.imag, got.imag, 1e-3, unit="ohm m^2"),
        Row("frequency of the peak", printed(peak, 1.6174e-3, 2e-5), solved_peak, 1e-3, unit="Hz"),
        Row("element of circuits: real part", expected.real, element.real, 1e-10, unit="ohm m^2"),
        Row("element of circuits: imaginary part", expected.imag, element.imag, 1e-10, unit="ohm m^2"),
    ]


def _diffusion(resistance: float, time: float, omega: NDArray[np.float64]) -> tuple[ReducedResponse, float]:
    """Sweep the equation i w c u = s lap(u) in a strip, driven at the top, fixed at the bottom; also its width.

    s = L/R and c = tau/(R L) make it a line of resistance R whose time of diffusion L^2 c/s is tau.
    """
    count = 24
    length, width = 1.0, 1.0 / count
    domain = Domain.from_tagged_mesh(brick_mesh(np.zeros((1, count), dtype=np.int64), width))
    space = fem.functionspace(domain.mesh, ("Lagrange", 2))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    owned = space.dofmap.index_map.size_local
    fixed, driven = (
        np.array([dof for dof in fem.locate_dofs_topological(space, 1, domain.facets(kind)) if dof < owned], np.int32)
        for kind in (PLATING, STRIPPING)
    )

    def bordered(form: ufl.Form, diagonal: float) -> BorderedMatrix:
        matrix = petsc.assemble_matrix(fem.form(form))
        matrix.assemble()
        unit, column = matrix.createVecRight(), matrix.createVecLeft()
        unit.getArray()[driven] = 1.0
        matrix.mult(unit, column)
        corner = column.dot(unit)
        held = np.union1d(fixed, driven).astype(np.int32)
        column.getArray()[held] = 0.0
        matrix.zeroRowsColumns(held + matrix.getOwnershipRange()[0], diag=diagonal)
        return BorderedMatrix(matrix, column, corner)

    system = ResponseSystem(
        bordered(length / resistance * ufl.inner(ufl.grad(u), ufl.grad(v)) * domain.dx(2), 1.0),
        bordered(time / (resistance * length) * u * v * domain.dx(4), 0.0),
        parts=(),
        steady=True,
    )
    return sweep(system, omega, LinearMethod.DIRECT)[0], width


def _impedance(response: ReducedResponse, frequency: float) -> complex:
    return complex(response.impedance(np.array([2 * math.pi * frequency]))[0])
