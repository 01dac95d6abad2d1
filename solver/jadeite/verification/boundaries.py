# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of what boundaries do to a current: thin layers, conduction along them, triple lines, every contrast."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
import ufl
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.verification.bricks import brick_mesh
from jadeite.verification.effective import HALF_BRICKS
from jadeite.verification.half_waves import wave_orders
from jadeite.verification.measure import facet_mean, integral
from jadeite.verification.random_media import polycrystal
from jadeite.verification.registry import Row, check, observed_order, printed
from jadeite.verification.samples import effective_conductivity, shared
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
_BOLTZMANN = 8.62e-5  # eV/K, as the reference table rounds it


@check("T7", "A thin layer in the mesh and as a jump")
def thin_layer() -> list[Row]:
    """R = delta/s in one dimension; oblique layers, one resistive, one with a conductive core, as they become thinner.

    Resistive layers of beta''-alumina at 300 K (s = 4.786e5/T exp(-0.35 eV/kT) S/m).
    """
    temperature = 300.0
    grain = 8.537e5 / temperature * np.exp(-0.20 / (_BOLTZMANN * temperature))
    layer = 4.786e5 / temperature * np.exp(-0.35 / (_BOLTZMANN * temperature))
    rows = []
    for thickness, reference, name in ((5e-9, 2.366142e-6, "5 nm"), (0.5e-6, 2.36614e-4, "0.5 um")):
        expected = printed(thickness / layer, reference)
        beside = 20.0 * thickness
        meshed = stack(5.0 * thickness, [beside, thickness, beside], 4.0 * thickness)
        tensors = isotropic(grain, layer, grain)
        explicit = Conduction(meshed, tensors, None, IDEAL_PLATING, IDEAL_STRIPPING)
        sharp = stack(5.0 * thickness, [beside, beside], 4.0 * thickness)
        jump = Conduction(
            sharp, isotropic(grain, grain), resistances(sharp, thickness / layer), IDEAL_PLATING, IDEAL_STRIPPING
        )
        for problem, form in ((explicit, "meshed"), (jump, "as a jump")):
            density = problem.solve(Voltage(1.0)).current_out / (5.0 * thickness)
            rows.append(
                Row(
                    f"resistance of {name}, {form}",
                    expected,
                    1.0 / density - 2.0 * beside / grain,
                    1e-6,
                    unit="ohm m^2",
                )
            )
    return rows + _oblique()


def _oblique() -> list[Row]:
    """Current through a square cut by a slanted boundary: the layer in the mesh differs by its thickness."""
    resistance, lateral, grains = 0.5, 0.5, (1.0, 0.4)
    rows, thicknesses = [], (0.08, 0.04, 0.02)
    for name, kappa in (("resistive layer", None), ("resistive skins, conductive core", lateral)):
        sharp = _square([0.0], 0.03)
        count = len(sharp.tagged.surfaces)
        jump = Conduction(
            sharp,
            isotropic(*grains),
            np.full(count, resistance),
            IDEAL_PLATING,
            IDEAL_STRIPPING,
            boundary_conductance=None if kappa is None else np.full(count, kappa),
        )
        limit = jump.solve(Voltage(1.0)).current_out
        errors = []
        for thickness in thicknesses:
            if kappa is None:
                domain = _square([-0.5 * thickness, 0.5 * thickness], 0.03)
                inside = [thickness / resistance]
            else:
                half, quarter = 0.5 * thickness, 0.25 * thickness
                domain = _square([-half, -quarter, quarter, half], 0.03)
                skin = quarter / (0.5 * resistance)
                inside = [skin, kappa / half, skin]
            meshed = Conduction(domain, isotropic(grains[0], *inside, grains[1]), None, IDEAL_PLATING, IDEAL_STRIPPING)
            errors.append(abs(meshed.solve(Voltage(1.0)).current_out / limit - 1.0))
        order = observed_order(thicknesses, errors)
        rows.append(Row(f"{name}: order in its thickness", 1.0, order, 0.2, "order", observed_order=order))
        rows.append(Row(f"{name}: 2 % thick, current over limit", 1.0, 1.0 + errors[-1], 0.02))
    return rows


def _square(offsets: list[float], size: float) -> Domain:
    """The unit square cut along lines of slope 1/2 at vertical distances from its middle (per unit of their normal)."""
    tilt = np.hypot(1.0, 0.5)
    edges = [-1.0, *(0.25 + offset * tilt for offset in offsets), 2.0]
    whole = shapely.box(0.0, 0.0, 1.0, 1.0)
    bands = {
        f"layer {number}": whole.intersection(
            shapely.Polygon([(-0.5, low - 0.25), (1.5, low + 0.75), (1.5, high + 0.75), (-0.5, high - 0.25)])
        )
        for number, (low, high) in enumerate(pairwise(edges))
    }
    thinnest = min(np.diff(offsets), default=size)
    return domain_of(
        bands,
        [
            (PLATING, shapely.LineString([(0.0, 0.0), (1.0, 0.0)])),
            (STRIPPING, shapely.LineString([(0.0, 1.0), (1.0, 1.0)])),
            (SIDE, everywhere),
        ],
        SizeField(size, growth=0.3, on_surfaces={SurfaceKind.GRAIN_BOUNDARY: min(size, float(thinnest))}),
    )


@check("T8", "Boundaries that conduct along their plane")
def lateral_boundaries() -> list[Row]:
    """Cubes: sigma = sigma_grain + 2 kappa/d, and 2 kappa/d alone where the boundaries block and the grains too.

    A round grain in a uniform field: E_in / E0 = 2 s / (2 s + kappa/a), since on a circle phi = c cos(theta) obeys
    div_s(kappa grad_s phi) = -kappa/a^2 phi, so that the rim adds kappa/a to the conductivity of the grain.
    """
    conductivity, lateral, edge = 0.1, 5e-8, 1 * MICRON
    expected = printed(conductivity + 2 * lateral / edge, 0.2)
    mesh = shared(lambda: brick_mesh(HALF_BRICKS, edge / 2))
    grains = np.tile(conductivity * np.eye(3), (27, 1, 1))
    got = effective_conductivity(mesh, grains, lateral=lateral)
    # the network of blocking boundaries carries its current through all the lines where it meets itself
    blocked = effective_conductivity(mesh, 1e-9 * grains, lateral=lateral, resistance=edge / conductivity)
    return [
        Row("effective conductivity of cubes", expected, got, 2e-3, unit="S/m"),
        Row("network alone, grains insulate", 2 * lateral / edge, blocked, 1e-6, unit="S/m"),
        _round_grain(),
        *_separable(),
    ]


def _round_grain() -> Row:
    conductivity, radius, far = 0.1, 5 * MICRON, 25 * MICRON
    lateral = 2 * conductivity * radius
    inside = 2 * conductivity / (2 * conductivity + lateral / radius)
    segments = 128
    circle = disc(radius, segments)
    upper = shapely.box(-2 * far, 0, 2 * far, 2 * far)
    body = disc(far, segments).intersection(upper)
    size = 2 * np.pi * radius / segments
    domain = domain_of(
        {"matrix": body.difference(circle), "grain": circle.intersection(upper)},
        [(PLATING, shapely.LineString([(-far, 0), (far, 0)])), (SIDE, everywhere)],
        SizeField(5 * size, growth=0.2, on_surfaces={SurfaceKind.GRAIN_BOUNDARY: size}),
    )
    # outside phi = E0 (r + B/r) sin(theta), continuous at the rim: E_in = E0 (1 + B/a^2)
    x = ufl.SpatialCoordinate(domain.mesh)
    exact = x[1] * (1 + (inside - 1) * radius**2 / ufl.dot(x, x))
    inflow = [(domain.ds([SIDE], 6), conductivity * ufl.dot(ufl.grad(exact), ufl.FacetNormal(domain.mesh)))]
    problem = Conduction(
        domain,
        isotropic(conductivity, conductivity),
        None,
        IDEAL_PLATING,
        (),
        inflow=inflow,
        boundary_conductance=np.full(len(domain.tagged.surfaces), lateral),
    )
    problem.solve(Voltage(1.0))
    in_grain = domain.cell_field(np.array([0.0, 1.0]), "grain")
    area = integral(domain, in_grain, domain.dx(2))
    field = integral(domain, in_grain * ufl.grad(problem.unknown)[1], domain.dx(2)) / area
    return Row("field in a round grain / E0", inside, field, 5e-3)


def _separable() -> list[Row]:
    """Resistance and conductance at once: two grains whose potentials are f(x) cos(pi y), the boundary p cos(pi y).

    Half of R on either side: s_L f_L' = (p - f_L)/(R/2) and s_R f_R' = (f_R - p)/(R/2); what leaves one side and does
    not reach the other flows along: s_L f_L' - s_R f_R' = -kappa pi^2 p.
    """
    left, right, resistance, lateral = 1.0, 0.2, 0.5, 0.3
    ch, sh = np.cosh(np.pi / 2), np.sinh(np.pi / 2)
    into = left * np.pi * sh
    own = ch + 0.5 * resistance * into
    out = into + lateral * np.pi**2 * own
    b, c = np.linalg.solve([[ch, sh], [right * np.pi * sh, right * np.pi * ch]], [own + 0.5 * resistance * out, out])
    rows, domain, problem = wave_orders("across and along, ", (left, right), (b, c), resistance, lateral)
    mean = facet_mean(domain, SurfaceKind.GRAIN_BOUNDARY, problem.network) * np.pi / 2
    return [*rows, Row("across and along, potential of the boundary at (1/2, 0)", own, mean, 1e-5, unit="V")]


@check("G1", "Current through a triple line")
def triple_line() -> list[Row]:
    """Three boundaries between grains that insulate are three resistors L/kappa in a star (Kirchhoff 1845)."""
    centre, ends = np.array([0.5, 0.45]), np.array([[0.2, 0.0], [0.9, 0.0], [0.4, 1.0]])
    kappa = np.array([1.0, 3.0, 2.0])
    (left, right, top), c = ends, centre
    domain = domain_of(
        {
            "bottom": shapely.Polygon([left, right, c]),
            "left": shapely.Polygon([(0, 0), left, c, top, (0, 1)]),
            "right": shapely.Polygon([right, (1, 0), (1, 1), top, c]),
        },
        [
            (PLATING, shapely.LineString([(0.0, 0.0), (1.0, 0.0)])),
            (STRIPPING, shapely.LineString([(0.0, 1.0), (1.0, 1.0)])),
            (SIDE, everywhere),
        ],
        SizeField(0.1),
    )
    surfaces = domain.tagged.surfaces
    along = np.zeros(len(surfaces))
    arms = {(0, 1): 0, (0, 2): 1, (1, 2): 2}
    for row in surfaces.rows(SurfaceKind.GRAIN_BOUNDARY):
        along[row] = kappa[arms[tuple(sorted(surfaces.regions[row].tolist()))]]
    wire = kappa / np.linalg.norm(ends - centre, axis=1)
    voltage = 1.0 / wire[2] + 1.0 / (wire[0] + wire[1])
    at_line = 1.0 / (wire[0] + wire[1])
    lost = at_line**2 * (wire[0] + wire[1]) + 1.0 / wire[2]
    rows = []
    for resistance in (1.0, 1e6):
        problem = Conduction(
            domain,
            isotropic(*[1e-10] * 3),
            resistances(domain, resistance),
            IDEAL_PLATING,
            IDEAL_STRIPPING,
            boundary_conductance=along,
        )
        result = problem.solve(Current(1.0))
        rows.append(Row(f"voltage at 1 A, R = {resistance:g} ohm m^2", voltage, result.voltage, 1e-7, unit="V"))
        rows.append(Row(f"power along, R = {resistance:g} ohm m^2", lost, result.along_power, 1e-7, unit="W/m"))
        rows.append(Row("current in / current out", 1.0, result.current_in / result.current_out, 1e-9))
    return rows


@check("G2", "Boundaries from perfect to blocking, eight decades in space", slow=True)
def eight_decades() -> list[Row]:
    """Iterations hardly change; both limits are approached with the right slope and the right factor.

    Perfect: sigma/sigma_0 = 1 - (R sigma_0/V) int n_y^2 dA to first order (the field is uniform but close to where
    boundaries meet). Blocking: each grain
    is a node of a network of resistors R/A_ij, those at an electrode have its potential.
    """
    mesh = polycrystal(3, 1, width=20.0, mean=4.3, size=2.0)
    domain = Domain.from_tagged_mesh(mesh)
    edge, conductivity, grains = 20 * MICRON, 0.1, len(mesh.regions)
    size = edge / grains ** (1 / 3)
    rows, contrasts = [], 10.0 ** np.arange(-4.0, 5.0)
    for degree, chosen in ((1, contrasts), (2, contrasts[::2])):
        found, counts = [], []
        for contrast in chosen:
            problem = Conduction(
                domain,
                np.tile(conductivity * np.eye(3), (grains, 1, 1)),
                np.full(len(mesh.surfaces), contrast * size / conductivity),
                IDEAL_PLATING,
                IDEAL_STRIPPING,
                degree=degree,
                linear="iterative",
            )
            result = problem.solve(Voltage(1.0))
            found.append(result.current_out / (edge * conductivity))
            counts.append(problem.linear_iterations / result.newton.steps)
        decades = np.log10(chosen[1] / chosen[0])
        name = f"P{degree}: "
        rows += [
            Row(name + "most iterations over fewest", 2.0, max(counts) / min(counts), 1.0, "absolute"),
            Row(name + "slope of the deficit", 1.0, float(np.log10((1 - found[1]) / (1 - found[0])) / decades), 0.03),
            Row(name + "slope when blocking", -1.0, float(np.log10(found[-1] / found[-2]) / decades), 0.03),
        ]
    # the contrasts at the ends, degree two
    first = float(contrasts[0] * size * _projected_area(domain) / edge**3)
    last = _resistor_network(domain) * edge / edge**2 / (contrasts[-1] * size)
    return [
        *rows,
        Row("deficit at 1e-4 over first order", 1.0, (1 - found[0]) / first, 5e-3),
        Row("conductivity at 1e4 over network of resistors", 1.0, found[-1] / last, 2e-3),
    ]


def _projected_area(domain: Domain) -> float:
    """Integral of n_y^2 over all grain boundaries, m^2."""
    normal = ufl.FacetNormal(domain.mesh)("+")
    return integral(domain, normal[1] ** 2, domain.dS([SurfaceKind.GRAIN_BOUNDARY], 0))


def _resistor_network(domain: Domain) -> float:
    """Conductance between the electrodes, over 1/R, of grains that are equipotentials (m^2)."""
    tagged = domain.tagged
    surfaces, count = tagged.surfaces, len(tagged.regions)
    laplacian = np.zeros((count, count))
    for row in surfaces.rows(SurfaceKind.GRAIN_BOUNDARY):
        one, other = surfaces.regions[row]
        area = surfaces.measure[row]
        laplacian[[one, other], [one, other]] += area
        laplacian[[one, other], [other, one]] -= area
    at: NDArray[np.int64] = np.full(count, -1)
    for end, kind in enumerate((SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE)):
        corners = tagged.facets[np.isin(tagged.facet_surface, surfaces.rows(kind))]
        touches = np.zeros(len(tagged.points), dtype=bool)
        touches[corners] = True
        at[tagged.cell_region[touches[tagged.cells].sum(axis=1) == tagged.dimension]] = end
    potential = (at == 1).astype(np.float64)
    free = at == -1
    potential[free] = np.linalg.solve(laplacian[np.ix_(free, free)], -laplacian[free] @ potential)
    return float(potential @ laplacian @ potential)
