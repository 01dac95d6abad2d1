# SPDX-License-Identifier: LGPL-3.0-or-later
"""Two grains side by side whose exact potentials are waves along their boundary, at rising resolution."""

from __future__ import annotations

import numpy as np
import shapely
import ufl

from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.verification.measure import norm_of
from jadeite.verification.registry import Row, observed_order
from jadeite.verification.shapes import domain_of, everywhere
from jadeite.verification.slab import IDEAL_PLATING, PLATING, SIDE, isotropic, resistances

_SIZES = (1.0, 0.5, 0.25)


def wave_orders(
    name: str,
    conductivities: tuple[float, float],
    right: tuple[float, float],
    resistance: float,
    conductance: float | None = None,
) -> tuple[list[Row], Domain, Conduction]:
    """Return the orders of the L2 error, and the last and finest solution.

    The half y < 1/2 of the unit square is solved, with phi = 0 on y = 1/2 and the boundary at x = 1/2:

        phi_L = cosh(pi x) cos(pi y),   phi_R = [b cosh(pi x) + c sinh(pi x)] cos(pi y)

    Args:
        name: beginning of the rows' names.
        conductivities: of the grain on the left and of that on the right.
        right: b and c.
        resistance: of the boundary.
        conductance: of the boundary along itself, or None.
    """
    (of_cosh, of_sinh), rows = right, []
    for degree in (1, 2):
        errors = []
        for number in range(len(_SIZES)):
            domain = domain_of(
                {"left": shapely.box(0, 0, 0.5, 0.5), "right": shapely.box(0.5, 0, 1, 0.5)},
                [(PLATING, shapely.LineString([(0, 0.5), (1, 0.5)])), (SIDE, everywhere)],
                SizeField(0.1),
                divisions=number,
            )
            x = ufl.SpatialCoordinate(domain.mesh)
            on_left = domain.cell_field(np.array([1.0, 0.0]), "left")
            wave_c, wave_s = ufl.cosh(ufl.pi * x[0]), ufl.sinh(ufl.pi * x[0])
            exact = (on_left * wave_c + (1 - on_left) * (of_cosh * wave_c + of_sinh * wave_s)) * ufl.cos(ufl.pi * x[1])
            sigma = on_left * conductivities[0] + (1 - on_left) * conductivities[1]
            problem = Conduction(
                domain,
                isotropic(*conductivities),
                resistances(domain, resistance),
                IDEAL_PLATING,
                (),
                degree=degree,
                inflow=[(domain.ds([SIDE], 8), sigma * ufl.dot(ufl.grad(exact), ufl.FacetNormal(domain.mesh)))],
                boundary_conductance=None if conductance is None else resistances(domain, conductance),
            )
            problem.solve(Voltage(1.0))
            errors.append(norm_of(domain, problem.unknown - exact, 8))
        order = observed_order(_SIZES, errors)
        rows.append(Row(f"{name}order of the L2 error, P{degree}", degree + 1, order, 0.1, "order", "1", order))
    return rows, domain, problem
