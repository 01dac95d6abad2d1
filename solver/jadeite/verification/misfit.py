# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of stress by misfit: particles and grains in a matrix, layers that bend, films, concentration profiles."""

from __future__ import annotations

import numpy as np
import shapely
import ufl
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Deformation, Kinematics, Mechanics
from jadeite.physics.strains import FieldStrain
from jadeite.physics.supports import Condition, Pin, Platen, Support
from jadeite.verification.measure import Chooser, facet_mean, integral, node_value
from jadeite.verification.mechanics import LINE_X, MICRON, OUTER, POISSON, YOUNG
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.shapes import domain_of, everywhere
from jadeite.verification.slab import PLATING, SIDE, STRIPPING, stack
from jadeite.verification.spheres import half_shell

BOUNDARY = SurfaceKind.GRAIN_BOUNDARY
_SWELLING = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])


def _regions(domain: Domain, values: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Values by the names of regions, in the order of the regions."""
    return np.array([values[name] for name in domain.tagged.regions.name])


def _cooled(
    domain: Domain,
    stiffness: dict[str, NDArray[np.float64]],
    strain: dict[str, NDArray[np.float64]],
    supports: list[Condition],
    kinematics: Kinematics = Kinematics.GENERALISED_PLANE_STRAIN,
) -> tuple[Mechanics, Deformation]:
    body = Mechanics(domain, _regions(domain, stiffness), _regions(domain, strain), supports, kinematics)
    state = body.new_deformation("cooled")
    body.solve(body.load(eigenstrain=True), state)
    return body, state


def _mean(domain: Domain, where: Expr, value: Expr) -> float:
    """Mean of a value, weighted with a field that is one where it counts."""
    return integral(domain, where * value, domain.dx(4)) / integral(domain, where, domain.dx(4))


@check("M7", "Selsing: particle of zirconia in NZSP, cooled by 1200 K")
def selsing() -> list[Row]:
    """Tension d(alpha) dT / ((1 + nu_m)/(2 E_m) + (1 - 2 nu_p)/E_p) inside, half as much pressure around it (1961).

    A free ball of ten radii of the particle holds it less tightly than an unbounded matrix; its expected values are
    those of Lame's sphere.
    """
    a, b, change = 5 * MICRON, 50 * MICRON, -1200.0
    (e_p, nu_p, alpha_p), (e_m, nu_m, alpha_m) = (210e9, 0.31, 10.5e-6), (80e9, 0.26, 7e-6)
    misfit = (alpha_m - alpha_p) * change
    unbounded = printed(misfit / ((1 + nu_m) / (2 * e_m) + (1 - 2 * nu_p) / e_p), 433.6816e6)
    printed(-0.5 * unbounded, -216.8408e6)
    share = (a / b) ** 3
    of_shell = ((1 - 2 * nu_m) * share + 0.5 * (1 + nu_m)) / (e_m * (1 - share))
    inside = misfit / (of_shell + (1 - 2 * nu_p) / e_p)
    hoop = -inside * (0.5 + share) / (1 - share)
    domain = half_shell(a, b, 60, filled=True)
    body, state = _cooled(
        domain,
        {"core": isotropic_stiffness(e_p, nu_p), "shell": isotropic_stiffness(e_m, nu_m)},
        {"core": alpha_p * change * _SWELLING, "shell": alpha_m * change * _SWELLING},
        [Support((LINE_X,), 1)],
    )
    core = domain.cell_field(_regions(domain, {"core": np.array(1.0), "shell": np.array(0.0)}), "core")
    stress = body.stress(state)
    outside = domain.tagged.regions.name.index("shell")
    around = facet_mean(domain, BOUNDARY, stress[2, 2], side=0 if outside == 0 else 1)
    return [
        *(
            Row(f"{name} stress inside", inside / 1e6, _mean(domain, core, stress[k, k]) / 1e6, 2e-3, unit="MPa")
            for k, name in enumerate(("radial", "axial", "hoop"))
        ),
        Row("hoop stress just outside", hoop / 1e6, around / 1e6, 5e-3, unit="MPa"),
        Row("difference from an unbounded matrix", 1.0, inside / unbounded, 5e-3),
    ]


@check("M8", "One grain of anisotropic expansion in a matrix of the same stiffness")
def anisotropic_grain() -> list[Row]:
    """Deviatoric misfit e of a sphere: 2 G (beta - 1) e inside, beta = 2 (4 - 5 nu)/(15 (1 - nu)) (Eshelby 1957).

    The c axis is that of the body of revolution. The ball of ten radii is free; it changes the stress by some
    thousandths.
    """
    a, b, change = 5 * MICRON, 50 * MICRON, -1000.0
    shear = YOUNG / (2 * (1 + POISSON))
    factor = 2 * shear * (2 * (4 - 5 * POISSON) / (15 * (1 - POISSON)) - 1)
    along = printed(factor * (20e-6 - 10e-6) * change, 326.0400e6)
    across = printed(factor * (5e-6 - 10e-6) * change, -163.0200e6)
    domain = half_shell(a, b, 48, filled=True)
    isotropic = isotropic_stiffness(YOUNG, POISSON)
    body, state = _cooled(
        domain,
        {"core": isotropic, "shell": isotropic},
        {
            "core": change * np.array([5e-6, 20e-6, 5e-6, 0.0, 0.0, 0.0]),
            "shell": 10e-6 * change * _SWELLING,
        },
        [Support((LINE_X,), 1)],
    )
    core = domain.cell_field(_regions(domain, {"core": np.array(1.0), "shell": np.array(0.0)}), "core")
    stress = body.stress(state)
    spread = np.sqrt(_mean(domain, core, (stress[1, 1] - along) ** 2))
    return [
        Row("stress along c", along / 1e6, _mean(domain, core, stress[1, 1]) / 1e6, 5e-3, unit="MPa"),
        Row("stress across c, radial", across / 1e6, _mean(domain, core, stress[0, 0]) / 1e6, 5e-3, unit="MPa"),
        Row("stress across c, hoop", across / 1e6, _mean(domain, core, stress[2, 2]) / 1e6, 5e-3, unit="MPa"),
        Row("root mean square deviation inside", 0.0, spread / along, 1e-2, "absolute"),
    ]


def _bilayer(moduli: tuple[float, float], heights: tuple[float, float], free: tuple[float, float]) -> dict[str, float]:
    """Curvature and stresses of two layers by the balance of force and moment; free strains, y from the lower face."""
    edges = np.array([0.0, heights[0], sum(heights)])
    m, e = np.array(moduli), np.array(free)
    zeroth, first, second = np.diff(edges), np.diff(edges**2) / 2, np.diff(edges**3) / 3
    matrix = np.array([[m @ zeroth, m @ first], [m @ first, m @ second]])
    strain, curvature = np.linalg.solve(matrix, [(m * e) @ zeroth, (m * e) @ first])
    at = [(0, edges[0]), (0, edges[1]), (1, edges[1]), (1, edges[2])]
    names = ("lower face", "interface, lower side", "interface, upper side", "upper face")
    found = {name: m[k] * (strain + curvature * y - e[k]) for name, (k, y) in zip(names, at, strict=True)}
    return {"curvature": curvature, **found}


def _timoshenko(moduli: tuple[float, float], heights: tuple[float, float], misfit: float) -> float:
    """Curvature 6 misfit (1 + m)^2 / (h [3 (1 + m)^2 + (1 + m n)(m^2 + 1/(m n))]) (Timoshenko 1925)."""
    m, n = heights[0] / heights[1], moduli[0] / moduli[1]
    return float(6 * misfit * (1 + m) ** 2 / (sum(heights) * (3 * (1 + m) ** 2 + (1 + m * n) * (m * m + 1 / (m * n)))))


@check("M9", "Two layers that bend when they cool")
def bilayer() -> list[Row]:
    """(a) a strip of equal halves without Poisson effect; (b) a round plate of NZSP on beta''-alumina, E/(1 - nu)."""
    rows = []
    half, change = 1e-3, 100.0
    curvature = printed(_timoshenko((1.0, 1.0), (half, half), 1e-5 * change), 0.75)
    domain = stack(16 * half, [half, half], half / 3)
    plain = isotropic_stiffness(80e9, 0.0)
    body, state = _cooled(
        domain,
        {"layer 0": plain, "layer 1": plain},
        {"layer 0": 0.0 * _SWELLING, "layer 1": 1e-5 * change * _SWELLING},
        [Pin((8 * half, 0.0), 0), Pin((8 * half, 0.0), 1), Pin((8 * half, 2 * half), 0)],
        Kinematics.PLANE_STRAIN,
    )
    left, middle, right = (node_value(state.displacement, (x * half, 0.0))[1] for x in (4, 8, 12))
    got = -(left - 2 * middle + right) / (4 * half) ** 2
    rows.append(Row("(a) curvature of a strip", curvature, got, 5e-3, unit="1/m"))

    thick, thin, radius = 300 * MICRON, 50 * MICRON, 3000 * MICRON
    change = -1000.0
    moduli = (80e9 / (1 - 0.26), 200e9 / (1 - 0.25))
    expected = _bilayer(moduli, (thick, thin), (7e-6 * change, 8.5e-6 * change))
    printed(abs(expected["curvature"]), 4.632716)
    printed(_timoshenko(moduli, (thick, thin), 1.5e-6 * -change), abs(expected["curvature"]), 1e-9)
    for name, value in (
        ("lower face", 53.41569e6),
        ("interface, lower side", -96.83456e6),
        ("interface, upper side", 161.1414e6),
        ("upper face", 99.37186e6),
    ):
        printed(expected[name], value)
    domain = domain_of(
        {"NZSP": shapely.box(0, 0, radius, thick), "beta alumina": shapely.box(0, thick, radius, thick + thin)},
        [
            (PLATING, shapely.LineString([(0, 0), (radius, 0)])),
            (STRIPPING, shapely.LineString([(0, thick + thin), (radius, thick + thin)])),
            (SIDE, everywhere),
        ],
        SizeField(thin, growth=0.2),
        axisymmetric=True,
    )
    body, state = _cooled(
        domain,
        {"NZSP": isotropic_stiffness(80e9, 0.26), "beta alumina": isotropic_stiffness(200e9, 0.25)},
        {"NZSP": 7e-6 * change * _SWELLING, "beta alumina": 8.5e-6 * change * _SWELLING},
        [Pin((0.0, 0.0), 1)],
    )
    centre, aside = (node_value(state.displacement, (x, 0.0))[1] for x in (0.0, 0.4 * radius))
    got = -2 * (aside - centre) / (0.4 * radius) ** 2
    rows.append(Row("(b) curvature of a plate", expected["curvature"], got, 5e-3, unit="1/m"))
    stress = body.stress(state)[2, 2]
    lower = domain.tagged.regions.name.index("NZSP")
    for name, kind, side in (
        ("lower face", PLATING, 0),
        ("interface, lower side", BOUNDARY, lower),
        ("interface, upper side", BOUNDARY, 1 - lower),
        ("upper face", STRIPPING, 0),
    ):
        read = facet_mean(domain, kind, stress, lambda middle: middle[:, 0] < 0.3 * radius, side=side)
        rows.append(Row(f"(b) {name}", expected[name] / 1e6, read / 1e6, 5e-3, unit="MPa"))
    return rows


@check("M10", "Blanket film of sodium on a rigid electrolyte, cooled by 50 K")
def blanket_film() -> list[Row]:
    """E/(1 - nu) d(alpha) dT, in a slice and in a round plate; a hundred times what sodium bears."""
    young, poisson, strain = 4.6e9, 0.315, 63e-6 * 50.0
    expected = printed(young / (1 - poisson) * strain, 21.15328e6) / 1e6
    width, height = 20 * MICRON, 5 * MICRON
    rows = []
    for words, axisymmetric in (("slice", False), ("round plate", True)):
        domain = domain_of(
            {"film": shapely.box(0, 0, width, height)},
            [(PLATING, shapely.LineString([(0, 0), (width, 0)])), (SIDE, _is_wall(width)), (STRIPPING, everywhere)],
            SizeField(height / 2),
            axisymmetric=axisymmetric,
        )
        body, state = _cooled(
            domain,
            {"film": isotropic_stiffness(young, poisson)},
            {"film": -strain * _SWELLING},
            [Support((PLATING,), 0), Support((PLATING,), 1), Support((SIDE,), 0)],
            Kinematics.PLANE_STRAIN,
        )
        everything = domain.cell_field(np.ones(1), "film")
        for k, name in ((0, "across"), (2, "along")):
            got = _mean(domain, everything, body.stress(state)[k, k])
            rows.append(Row(f"{words}, stress {name} the section", expected, got / 1e6, 1e-8, unit="MPa"))
    return rows


def _is_wall(width: float) -> Chooser:
    """Whether midpoints of edges lie on either side of a box."""
    return lambda middle: (middle[:, 0] < 1e-6 * width) | (middle[:, 0] > (1 - 1e-6) * width)


@check("M11", "Vegard strain of a parabolic concentration in a plate and in a sphere")
def vegard() -> list[Row]:
    """Plate: E beta (c_mean - c)/(1 - nu). Sphere: 2 E beta/(1 - nu) times integrals of c r^2 (Timoshenko and Goodier).

    The concentration c1 (x/h)^2 swells by 0.003 at the surface.
    """
    strain = 0.003
    unit = YOUNG * strain / (1 - POISSON)
    half = 50 * MICRON
    surface, middle = printed(-2 / 3 * unit, -216.2162e6), printed(unit / 3, 108.1081e6)
    domain = stack(half / 4, [half], half / 24)
    x = ufl.SpatialCoordinate(domain.mesh)
    isotropic = isotropic_stiffness(YOUNG, POISSON)[None]
    swelling = [FieldStrain(strain * _SWELLING[None], (x[1] / half) ** 2)]
    width = half / 4
    supports: list[Condition] = [
        Support((PLATING,), 1),
        Support((SIDE,), 0, where=lambda p: p[0] < 1e-6 * width),
        Platen((SIDE,), 0, where=lambda p: p[0] > (1 - 1e-6) * width),
    ]
    plate = Mechanics(domain, isotropic, None, supports, Kinematics.GENERALISED_PLANE_STRAIN, field_strains=swelling)
    state = plate.new_deformation("plate")
    plate.solve(plate.load(field_strains=True), state)
    rows = []
    for k, name in ((0, "across"), (2, "along")):
        stress = plate.stress(state)[k, k]
        for words, kind, expected in (("surface", STRIPPING, surface), ("middle", PLATING, middle)):
            got = facet_mean(domain, kind, stress)
            rows.append(Row(f"plate, {words}, {name} the section", expected / 1e6, got / 1e6, 3e-3, unit="MPa"))

    radius, small = 50 * MICRON, 5 * MICRON
    centre, hoop = printed(0.4 * unit, 129.7297e6), printed(-0.4 * unit, -129.7297e6)
    domain = half_shell(small, radius, 48, filled=True)
    x = ufl.SpatialCoordinate(domain.mesh)
    amount = ufl.dot(x, x) / radius**2
    per_unit = np.tile(strain * _SWELLING, (2, 1))
    sphere = Mechanics(
        domain,
        np.tile(isotropic, (2, 1, 1)),
        None,
        [Support((LINE_X,), 1)],
        field_strains=[FieldStrain(per_unit, amount)],
    )
    state = sphere.new_deformation("sphere")
    sphere.solve(sphere.load(field_strains=True), state)
    core = domain.cell_field(_regions(domain, {"core": np.array(1.0), "shell": np.array(0.0)}), "core")
    stress = sphere.stress(state)
    # the mean over a small core is smaller than the value at the centre by (small / radius)^2
    expected = centre * (1 - (small / radius) ** 2)
    got = _mean(domain, core, ufl.tr(stress) / 3)
    rows.append(Row("sphere, near the centre", expected / 1e6, got / 1e6, 3e-3, unit="MPa"))
    got = facet_mean(domain, OUTER, stress[2, 2])
    rows.append(Row("sphere, hoop stress at the surface", hoop / 1e6, got / 1e6, 3e-3, unit="MPa"))
    return rows
