# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of conduction in grains and across grain boundaries."""

from __future__ import annotations

import numpy as np
import shapely
import ufl

from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.verification.half_waves import wave_orders
from jadeite.verification.measure import facet_mean, integral, norm_of
from jadeite.verification.registry import Row, check, observed_order, printed
from jadeite.verification.shapes import disc, domain_of, everywhere
from jadeite.verification.slab import (
    IDEAL_PLATING,
    IDEAL_STRIPPING,
    PLATING,
    SIDE,
    STRIPPING,
    isotropic,
    resistances,
    stack,
)

MICRON = 1e-6


@check("T1", "Layers in series")
def series() -> list[Row]:
    """ASR = sum of L_i / sigma_i."""
    heights, conductivities = np.array([100.0, 50.0]) * MICRON, np.array([0.1, 0.02])
    expected = printed(float(np.sum(heights / conductivities)), 3.5e-3)
    effective = printed(float(heights.sum() / expected), 0.0428571)
    width = 40 * MICRON
    domain = stack(width, heights, 15 * MICRON)
    problem = Conduction(domain, isotropic(*conductivities), None, IDEAL_PLATING, IDEAL_STRIPPING)
    result = problem.solve(Current(10.0 * width))
    got = result.voltage / 10.0
    return [
        Row("area-specific resistance", expected, got, 1e-10, unit="ohm m^2"),
        Row("effective conductivity", effective, heights.sum() / got, 1e-10, unit="S/m"),
        Row("current in / current out", 1.0, result.current_in / result.current_out, 1e-10),
        Row("power / (voltage x current)", 1.0, result.bulk_power / (result.voltage * result.current_out), 1e-10),
    ]


@check("T2", "Columns in parallel")
def parallel() -> list[Row]:
    """sigma = sum of f_i sigma_i."""
    expected = printed(2 / 3 * 0.1 + 1 / 3 * 0.02, 0.0733333)
    width, height = 30 * MICRON, 50 * MICRON
    split = 2 / 3 * width
    domain = domain_of(
        {"good": shapely.box(0, 0, split, height), "bad": shapely.box(split, 0, width, height)},
        [
            (PLATING, shapely.LineString([(0, 0), (width, 0)])),
            (STRIPPING, shapely.LineString([(0, height), (width, height)])),
            (SIDE, everywhere),
        ],
        SizeField(8 * MICRON),
    )
    problem = Conduction(domain, isotropic(0.1, 0.02), None, IDEAL_PLATING, IDEAL_STRIPPING)
    result = problem.solve(Voltage(1e-3))
    got = result.current_out / width * height / result.voltage
    return [Row("effective conductivity", expected, got, 1e-10, unit="S/m")]


FAST, SLOW, TILT = 1.0, 0.01, np.pi / 6


def tilted_grain() -> np.ndarray:
    """Conductivity (2, 2) of a grain whose slow axis lies 30 degrees from y, in the x-y plane."""
    axis = np.array([np.sin(TILT), np.cos(TILT)])
    return FAST * np.eye(2) + (SLOW - FAST) * np.outer(axis, axis)


@check("T3", "Rotated uniaxial grain: wide plate and narrow column")
def rotated_grain() -> list[Row]:
    """sigma_zz = s cos^2 + f sin^2 at prescribed field; 1/rho_zz with rho the inverse tensor at prescribed current."""
    c, s = np.cos(TILT), np.sin(TILT)
    along, coupling = SLOW * c * c + FAST * s * s, (SLOW - FAST) * s * c
    printed(along, 0.2575)
    ratio = printed(abs(coupling) / along, 1.664787)
    across = FAST * c * c + SLOW * s * s
    column = printed(1 / (across / (FAST * SLOW)), 0.01328904)
    field_ratio = printed(abs(coupling) / across, 0.569678)
    tensor = tilted_grain()

    # Wide plate: the transverse current enters and leaves through the sides, so the potential is linear.
    domain = stack(20 * MICRON, [20 * MICRON], 7 * MICRON)
    normal = ufl.FacetNormal(domain.mesh)
    field = 1e-3 / (20 * MICRON)
    sideways = domain.ds([SIDE], 4)
    inflow = [(sideways, coupling * field * normal[0])]
    plate = Conduction(domain, tensor[None], None, IDEAL_PLATING, IDEAL_STRIPPING, inflow=inflow)
    plate.solve(Voltage(1e-3))
    density = plate.current_density()
    area = (20 * MICRON) ** 2
    mean_x, mean_y = (integral(domain, density[k], domain.dx(4)) / area for k in (0, 1))

    # Narrow column: insulated sides, read in the middle where the electrodes are no longer felt.
    width, height = 1 * MICRON, 40 * MICRON
    narrow = stack(width, [height], 0.3 * MICRON)
    tall = Conduction(narrow, tensor[None], None, IDEAL_PLATING, IDEAL_STRIPPING)
    current = 10.0 * width
    tall.solve(Current(current))
    x = ufl.SpatialCoordinate(narrow.mesh)
    middle = ufl.conditional(ufl.lt(abs(x[1] - height / 2), height / 20), 1.0, 0.0)
    gradient = ufl.grad(tall.unknown)
    size = integral(narrow, middle, narrow.dx(2))
    slope_x, slope_y = (integral(narrow, middle * gradient[k], narrow.dx(2)) / size for k in (0, 1))
    return [
        Row("wide plate: sigma_zz", along, abs(mean_y) / field, 1e-8, unit="S/m"),
        Row("wide plate: |Jx / Jz|", ratio, abs(mean_x / mean_y), 1e-8),
        Row("narrow column: 1 / rho_zz", column, current / width / abs(slope_y), 1e-8, unit="S/m"),
        Row("narrow column: |Ex / Ez|", field_ratio, abs(slope_x / slope_y), 1e-8),
    ]


@check("T4", "Order of convergence with a rotated tensor (manufactured solution)")
def convergence() -> list[Row]:
    """phi = sin(2 pi x) sin(2 pi y) + x on the unit square, electrodes at x = 0 and 1; L2 order p + 1, H1 order p."""
    rows = []
    for degree, divisions in ((1, (2, 3, 4)), (2, (1, 2, 3))):
        errors, sizes = [], [0.5**number for number in divisions]
        for number in divisions:
            domain = domain_of(
                {"grain": shapely.box(0, 0, 1, 1)},
                [
                    (PLATING, shapely.LineString([(0, 0), (0, 1)])),
                    (STRIPPING, shapely.LineString([(1, 0), (1, 1)])),
                    (SIDE, everywhere),
                ],
                SizeField(0.1),
                divisions=number,
            )
            x = ufl.SpatialCoordinate(domain.mesh)
            exact = ufl.sin(2 * ufl.pi * x[0]) * ufl.sin(2 * ufl.pi * x[1]) + x[0]
            tensor = ufl.as_matrix(tilted_grain().tolist())
            flux = ufl.dot(tensor, ufl.grad(exact))
            problem = Conduction(
                domain,
                tilted_grain()[None],
                None,
                IDEAL_PLATING,
                IDEAL_STRIPPING,
                degree=degree,
                source=-ufl.div(flux),
                inflow=[(domain.ds([SIDE], 8), ufl.dot(flux, ufl.FacetNormal(domain.mesh)))],
            )
            problem.solve(Voltage(1.0))
            difference = problem.unknown - exact
            errors.append((norm_of(domain, difference, 8), norm_of(domain, ufl.grad(difference), 8)))
        for norm, column, order in (("L2", 0, degree + 1), ("H1", 1, degree)):
            got = observed_order(sizes, [error[column] for error in errors])
            rows.append(Row(f"order of the {norm} error, P{degree}", order, got, 0.1, "order", observed_order=got))
    return rows


@check("T5", "Chain of 100 grains with resistive boundaries")
def chain() -> list[Row]:
    """ASR = L / sigma + N R."""
    grains, size, conductivity, resistance = 100, 5 * MICRON, 0.5, 2e-5
    expected = printed(grains * size / conductivity + (grains - 1) * resistance, 2.98e-3)
    effective = printed(grains * size / expected, 0.1677852)
    width = 4 * MICRON
    domain = stack(width, np.full(grains, size), 4 * MICRON)
    problem = Conduction(
        domain, isotropic(*[conductivity] * grains), resistances(domain, resistance), IDEAL_PLATING, IDEAL_STRIPPING
    )
    result = problem.solve(Current(10.0 * width))
    got = result.voltage / 10.0
    loss = (grains - 1) * resistance * 10.0**2 * width
    return [
        Row("area-specific resistance", expected, got, 1e-8, unit="ohm m^2"),
        Row("effective conductivity", effective, grains * size / got, 1e-8, unit="S/m"),
        Row("power lost at boundaries", loss, result.boundary_power, 1e-8, unit="W/m"),
    ]


@check("T9", "Jump across a resistive boundary, two dimensions")
def jump() -> list[Row]:
    """phi_L = cosh(pi x) cos(pi y), phi_R = [b cosh(pi x) + c sinh(pi x)] cos(pi y), boundary at x = 1/2.

    b and c follow from continuity of the normal current density and phi_L - phi_R = R j_x. The half y < 1/2 of the unit
    square is solved: phi is zero on y = 1/2. The L2 error has order p + 1.
    """
    left, right, resistance = 1.0, 0.2, 0.5
    ch, sh = np.cosh(np.pi / 2), np.sinh(np.pi / 2)
    current = printed(-left * np.pi * sh, -7.22974373)
    # b ch + c sh = ch - R j,  right (b sh + c ch) = left sh
    b, c = np.linalg.solve([[ch, sh], [right * sh, right * ch]], [ch - resistance * current, left * sh])
    printed(b, -11.11354787)
    printed(c, 14.77857807)
    inside, outside = printed(ch, 2.50917848), printed(b * ch + c * sh, 6.12405034)
    rows, domain, problem = wave_orders("", (left, right), (b, c), resistance)
    density = problem.current_density()[0]
    boundary = SurfaceKind.GRAIN_BOUNDARY
    flowing = facet_mean(domain, boundary, density)
    before, behind = (facet_mean(domain, boundary, problem.unknown, side=side) for side in (0, 1))
    mean = 2 / np.pi  # of cos(pi y) over 0 < y < 1/2
    return [
        *rows,
        Row("current density at (1/2, 0)", current, flowing / mean, 1e-3, unit="A/m^2"),
        Row("potential at (1/2-, 0)", inside, before / mean, 1e-5, unit="V"),
        Row("potential at (1/2+, 0)", outside, behind / mean, 1e-5, unit="V"),
    ]


@check("T10", "Circular grain with a resistive boundary in a uniform field")
def circular_grain() -> list[Row]:
    """E_in / E0 = 2 s_m / (s_m + s_i + s_i s_m R / a); exact current on a circle of five radii."""
    conductivity, radius, far = 0.1, 5 * MICRON, 25 * MICRON
    resistance = radius / conductivity
    inside = printed(2 / (2 + conductivity * resistance / radius), 2 / 3)
    segments = 256
    circle = disc(radius, segments)
    upper = shapely.box(-2 * far, 0, 2 * far, 2 * far)
    body = disc(far, segments).intersection(upper)
    size = 2 * np.pi * radius / segments
    domain = domain_of(
        {"matrix": body.difference(circle), "grain": circle.intersection(upper)},
        [(PLATING, shapely.LineString([(-far, 0), (far, 0)])), (SIDE, everywhere)],
        SizeField(5 * size, growth=0.2, on_surfaces={SurfaceKind.GRAIN_BOUNDARY: size}),
    )
    # outside phi = E0 (r + B/r) sin(theta), with B from continuity of the radial current: E_in = E0 (1 - B/a^2)
    dipole = (1 - inside) * radius**2
    x = ufl.SpatialCoordinate(domain.mesh)
    exact = x[1] * (1 + dipole / ufl.dot(x, x))
    inflow = [(domain.ds([SIDE], 6), conductivity * ufl.dot(ufl.grad(exact), ufl.FacetNormal(domain.mesh)))]
    problem = Conduction(
        domain, isotropic(conductivity, conductivity), resistances(domain, resistance), IDEAL_PLATING, (), inflow=inflow
    )
    problem.solve(Voltage(1.0))
    in_grain = domain.cell_field(np.array([0.0, 1.0]), "grain")
    area = integral(domain, in_grain, domain.dx(2))
    field = integral(domain, in_grain * ufl.grad(problem.unknown)[1], domain.dx(2)) / area
    # matrix is region 0, so side 0 of the boundary is the outside
    window = 1.5 * size
    boundary = SurfaceKind.GRAIN_BOUNDARY
    outer, inner = (
        facet_mean(domain, boundary, problem.unknown, lambda m: abs(m[:, 0]) < window, side) for side in (0, 1)
    )
    upward = -problem.current_density()[1]
    equator = facet_mean(domain, boundary, upward, lambda m: m[:, 1] < window)
    pole = facet_mean(domain, boundary, upward, lambda m: abs(m[:, 0]) < window)
    return [
        Row("field in the grain / E0", inside, field, 5e-3),
        Row("potential jump at the pole / (E0 a)", inside, (outer - inner) / radius, 5e-3),
        Row("current density outside at the equator / j0", 4 / 3, equator / conductivity, 5e-3),
        Row("current density outside at the pole / j0", 2 / 3, pole / conductivity, 5e-3),
    ]
