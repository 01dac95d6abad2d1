# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of contact and friction: rigid indenters, a block that slides, partial slip of cylinders, a crack that closes.

Half spaces are cut off at a distance where they get the displacements that the exact pressure, spread over the surface
of an infinite one, causes there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import shapely
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.geometry import RegionShape, SurfaceRule, planar_from_polygons
from jadeite.microstructure.plane.mesher import mesh_planar
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Mechanics
from jadeite.physics.solid.contact_equilibrium import ContactPoints
from jadeite.physics.solid.contact_law import ContactState, Friction
from jadeite.physics.solid.contact_reduction import ElasticContact
from jadeite.physics.solid.contact_surface import facing_surfaces, obstacle_surface
from jadeite.physics.supports import Support
from jadeite.verification.axisymmetric import ARC, quarter_disc
from jadeite.verification.mechanics import MICRON, POISSON, YOUNG
from jadeite.verification.registry import Row, check, observed_order, printed
from jadeite.verification.shapes import disc, domain_of, everywhere

Array = NDArray[np.float64]

TOUCHING, FREE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.PORE_WALL
CRACK, AXIS, OUTER = SurfaceKind.EMBEDDED_CRACK, SurfaceKind.SIDE_WALL, SurfaceKind.SIDE_WALL

#: Modulus of a half space under a rigid indenter.
MODULUS = YOUNG / (1 - POISSON**2)
SHEAR = YOUNG / (2 * (1 + POISSON))
RADIUS = 10 * MICRON  # of contact


def half_space_displacement(distance: Array, force: Array, radius_of_point: Array, depth: Array) -> tuple[Array, Array]:
    """Radial and inward displacement under rings of normal force on a half space (Boussinesq 1885).

    u_r = F (1 + nu) / (2 pi E) r [z / R^3 - (1 - 2 nu) / (R (R + z))], u_z = F (1 + nu) / (2 pi E) [z^2 / R^3 +
    2 (1 - nu) / R] of a point force, averaged over the circumference of each ring.

    Args:
        distance, force: radius (m) and force (N) of each ring.
        radius_of_point, depth: of the points, m.
    """
    angle = 2.0 * np.pi * (np.arange(16) + 0.5) / 16
    across = radius_of_point[:, None, None] - distance[:, None] * np.cos(angle)
    along = -distance[:, None] * np.sin(angle)
    z = depth[:, None, None]
    far = np.sqrt(across**2 + along**2 + z**2)
    radial = across * (z / far**3 - (1 - 2 * POISSON) / (far * (far + z)))
    inward = z**2 / far**3 + 2 * (1 - POISSON) / far
    factor = (1 + POISSON) / (2 * np.pi * YOUNG)
    return factor * radial.mean(axis=2) @ force, factor * inward.mean(axis=2) @ force


def indented(
    width: float, sizes: SizeField, gap: Callable[[Array], Array], pressure: Callable[[Array], Array], force: float
) -> tuple[ContactPoints, Array, Array]:
    """Press a rigid indenter on a half space y > 0 around the axis x = 0: state, radius and area of the points.

    Args:
        width: radius of the part of the surface that may touch, m.
        sizes: of the mesh.
        gap: between indenter and surface, m, at points (3, n).
        pressure: exact pressure at r = `RADIUS` sin(t) times cos(t), Pa, as a function of t.
        force: N.
    """
    far = 6 * RADIUS
    domain = domain_of(
        {"half space": quarter_disc(far)},
        [
            (TOUCHING, shapely.LineString([(0.0, 0.0), (width, 0.0)])),
            (FREE, shapely.LineString([(width, 0.0), (2 * far, 0.0)])),
            (AXIS, shapely.LineString([(0.0, 0.0), (0.0, 2 * far)])),
            (ARC, everywhere),
        ],
        sizes,
        points_to_keep=[(width, 0.0)],
        axisymmetric=True,
    )
    node, weight = np.polynomial.legendre.leggauss(8)
    t = 0.25 * np.pi * (node + 1.0)
    rings = RADIUS * np.sin(t)
    forces = pressure(t) * 2.0 * np.pi * rings * RADIUS * 0.25 * np.pi * weight

    def exact(component: int) -> Callable[[Array], Array]:
        return lambda x: half_space_displacement(rings, forces, x[0], x[1])[component]

    held = [Support((ARC,), component, exact(component)) for component in (0, 1)]
    body = Mechanics(domain, isotropic_stiffness(YOUNG, POISSON)[None], None, held)
    surface = obstacle_surface(body.space, domain, domain.facets(TOUCHING), (0.0, 1.0), gap)
    contact = ElasticContact(body, surface, Friction())
    found = contact.advance(body.load(), body.new_deformation("indented"), force=force)
    return found, contact.places[:, 0], contact.equilibrium.area


def _exactness(found: ContactPoints, area: Array, force: float) -> list[Row]:
    """Penetration, pull and the product of gap and pressure, against approach and largest pressure; the force."""
    pressure = -found.traction[:, 0]
    product = np.abs(pressure * found.gap).max() / (pressure.max() * found.approach)
    return [
        Row("largest penetration / approach", 0.0, max(0.0, -found.gap.min()) / found.approach, 1e-6, "absolute"),
        Row("largest tension / largest pressure", 0.0, max(0.0, -pressure.min()) / pressure.max(), 1e-6, "absolute"),
        Row("largest pressure times gap / both", 0.0, product, 1e-6, "absolute"),
        Row("sum of pressures / force", 1.0, float(area @ pressure) / force, 1e-9),
    ]


@check("C1", "Hertz: rigid sphere on a half space")
def hertz() -> list[Row]:
    """a^3 = 3 F R / 4 E*, p0 = 3 F / (2 pi a^2), approach a^2 / R (Hertz 1882).

    Pressure squared falls linearly with the square of the distance, which gives radius and peak from all points that
    touch, without those at the edge.
    """
    sphere = 1e-3
    force = 4 * MODULUS * RADIUS**3 / (3 * sphere)
    peak = 3 * force / (2 * np.pi * RADIUS**2)
    steps, radii = (0.2, 0.1, 0.05), []
    for size in steps:
        sizes = SizeField(
            RADIUS,
            growth=0.2,
            at_points=((RADIUS, 0.0, 0.25 * size * RADIUS),),
            on_surfaces={TOUCHING: size * RADIUS},
        )
        found, place, area = indented(
            2 * RADIUS, sizes, lambda x: x[0] ** 2 / (2 * sphere), lambda t: peak * np.cos(t) ** 2, force
        )
        inner = (found.state != ContactState.OPEN) & (place < 0.9 * RADIUS)
        slope, squared = np.polyfit(place[inner] ** 2, found.traction[inner, 0] ** 2, 1)
        radii.append(float(np.sqrt(-squared / slope)))
    order = observed_order(steps, [abs(radius - RADIUS) for radius in radii])
    return [
        Row("contact radius", RADIUS * 1e6, radii[-1] * 1e6, 2e-3, unit="um", observed_order=order),
        Row("peak pressure", peak / 1e6, np.sqrt(squared) / 1e6, 2e-3, unit="MPa"),
        Row("approach", RADIUS**2 / sphere * 1e9, found.approach * 1e9, 1e-3, unit="nm"),
        *_exactness(found, area, force),
    ]


@check("C2", "Rigid flat punch on a half space")
def flat_punch() -> list[Row]:
    """Stiffness 2 E* a, pressure F / (2 pi a sqrt(a^2 - r^2)) (Boussinesq 1885; Sneddon 1946)."""
    force = 1e-3
    rows, least = [], 0.01 * RADIUS
    sizes = SizeField(RADIUS, growth=0.15, at_points=((RADIUS, 0.0, least),), on_surfaces={TOUCHING: 0.06 * RADIUS})
    uniform = force / (2 * np.pi * RADIUS**2)
    found, place, area = indented(RADIUS, sizes, lambda x: 0.0 * x[0], lambda t: uniform + 0.0 * t, force)
    rows.append(Row("stiffness", 2 * MODULUS * RADIUS / 1e6, force / found.approach / 1e6, 2e-3, unit="MN/m"))
    for share in (0.0, 0.5, 0.8):
        near = int(np.argmin(np.abs(place - share * RADIUS)))
        exact = force / (2 * np.pi * RADIUS * np.sqrt(RADIUS**2 - place[near] ** 2))
        rows.append(Row(f"pressure near r = {share} a", exact / 1e6, -found.traction[near, 0] / 1e6, 2e-2, unit="MPa"))
    return [*rows, *_exactness(found, area, force)]


def cut_plane(
    lower: shapely.Polygon, upper: shapely.Polygon, rules: Sequence[SurfaceRule], sizes: SizeField, keep: Sequence
) -> Domain:
    """Two bodies that share a line, cut open along parts of it. Collective."""
    tagged = None
    if MPI.COMM_WORLD.rank == 0:
        shapes = [RegionShape("lower", "ceramic", lower), RegionShape("upper", "ceramic", upper)]
        tagged = mesh_planar(planar_from_polygons(shapes, rules, points_to_keep=keep), sizes)
    return Domain.from_tagged_mesh(tagged)


@check("C3", "Closed crack under compression and shear: it presses through and slides against friction")
def closed_crack() -> list[Row]:
    """K_II = (tau - mu sigma) sqrt(pi a), slip 4 K_II sqrt(a^2 - x^2) / (E' sqrt(pi a)); no slip below mu sigma.

    The displacement of Westergaard's mode II solution plus the uniform stress is prescribed on the outside of a square.
    Friction dissipates half of traction times slip, as both rise together: pi a^2 mu sigma (tau - mu sigma) / E'.
    """
    a, wide, friction, squeeze = 10 * MICRON, 50 * MICRON, 0.3, 100e6
    rows = []
    domain = cut_plane(
        shapely.box(-wide, -wide, wide, 0.0),
        shapely.box(-wide, 0.0, wide, wide),
        [
            SurfaceRule("crack", CRACK, shapely.LineString([(-a, 0.0), (a, 0.0)]), cut=True),
            SurfaceRule("outside", OUTER, everywhere),
        ],
        SizeField(
            wide / 6, growth=0.2, at_points=((a, 0.0, 0.005 * a), (-a, 0.0, 0.005 * a)), on_surfaces={CRACK: 0.15 * a}
        ),
        [(-a, 0.0), (a, 0.0)],
    )
    stiffness = np.repeat(isotropic_stiffness(YOUNG, POISSON)[None], 2, axis=0)
    for shear in (80e6, 20e6):
        driving = max(shear - friction * squeeze, 0.0)

        def exact(component: int, shear: float = shear, driving: float = driving) -> Callable[[Array], Array]:
            return lambda x: _closed_crack_displacement(x, a, squeeze, shear, driving)[component]

        body = Mechanics(domain, stiffness, None, [Support((OUTER,), c, exact(c)) for c in (0, 1)])
        surface = facing_surfaces(body.space, domain, domain.facets(CRACK))
        contact = ElasticContact(body, surface, Friction(friction))
        found = contact.advance(body.load(), body.new_deformation("crack"))
        place, pressure = contact.places[:, 0], -found.traction[:, 0]
        size = 4 * squeeze * a / MODULUS
        if driving == 0.0:
            rows += [
                Row("below friction: least pressure / squeeze", 1.0, pressure.min() / squeeze, 1e-6),
                Row("below friction: shear traction", shear / 1e6, np.abs(found.traction[:, 1]).max() / 1e6, 1e-6),
                Row("below friction: largest slip", 0.0, np.abs(found.slip).max() / size, 1e-6, "absolute"),
            ]
            continue
        intensity = printed(driving * np.sqrt(np.pi * a), 0.2802496e6)
        profile = 4 * np.sqrt(a * a - place**2) / (MODULUS * np.sqrt(np.pi * a))
        slip = found.slip[:, 0]
        for label, inner in (("all over", np.abs(place) < 0.99 * a), ("near the tips", np.abs(place) > 0.8 * a)):
            chosen = inner & (np.abs(place) < 0.99 * a)
            got = np.abs(slip[chosen] @ profile[chosen]) / (profile[chosen] @ profile[chosen])
            rows.append(Row(f"K_II from slip {label}", intensity / 1e6, got / 1e6, 1e-2, unit="MPa m^0.5"))
        heat = np.pi * a * a * friction * squeeze * driving / MODULUS
        middle = np.abs(place) < 0.9 * a
        rows += [
            Row("mean pressure / squeeze", 1.0, float(pressure[middle].mean() / squeeze), 2e-3),
            Row("dissipated by friction", heat * 1e3, contact.equilibrium.friction_energy * 1e3, 1e-2, unit="mJ/m"),
            Row("largest gap or penetration", 0.0, np.abs(found.gap).max() / size, 1e-6, "absolute"),
            Row("friction above its bound", 0.0, _excess(found, friction) / squeeze, 1e-6, "absolute"),
        ]
    return rows


def _closed_crack_displacement(x: Array, a: float, squeeze: float, shear: float, driving: float) -> tuple[Array, Array]:
    """Plane strain displacement around a crack |x| < a, y = 0 that slips under `driving`, in a squeezed sheared body.

    2 G u_x = (k + 1) / 2 Im Zi + y Re Z, 2 G u_y = -(k - 1) / 2 Re Zi - y Im Z with Z = t [z / sqrt(z^2 - a^2) - 1],
    its integral Zi and k = 3 - 4 nu (Westergaard 1939; Tada, Paris and Irwin 2000), and a uniform stress.
    """
    z, y = x[0] + 1j * x[1], x[1]
    root = np.sqrt(z - a + 0j) * np.sqrt(z + a + 0j)
    potential, integral = driving * (z / root - 1.0), driving * (root - z)
    k = 3.0 - 4.0 * POISSON
    along = 0.5 * (k + 1.0) * integral.imag + y * potential.real
    across = -0.5 * (k - 1.0) * integral.real - y * potential.imag
    # uniform stress: -squeeze along y, none along x
    strain = (1 + POISSON) * squeeze / YOUNG
    u = along / (2 * SHEAR) + strain * POISSON * x[0] + 0.5 * shear / SHEAR * x[1]
    v = across / (2 * SHEAR) - strain * (1 - POISSON) * x[1] + 0.5 * shear / SHEAR * x[0]
    return u, v


def _excess(found: ContactPoints, friction: float) -> float:
    """Shear traction above friction, Pa."""
    return float((np.linalg.norm(found.traction[:, 1:], axis=1) + friction * found.traction[:, 0]).max())


@check("C4", "Block on a rigid plate: sticks, slides at the Coulomb limit, and back; balance of energy")
def sliding_block() -> list[Row]:
    """Sliding force mu F, or the largest shear stress times the area; external work = stored + dissipated."""
    side, friction = 10 * MICRON, 0.3
    domain = domain_of(
        {"block": shapely.box(0.0, 0.0, side, side)},
        [
            (TOUCHING, shapely.LineString([(0.0, 0.0), (side, 0.0)])),
            (ARC, shapely.LineString([(0.0, side), (side, side)])),
            (FREE, everywhere),
        ],
        SizeField(side / 8, on_surfaces={TOUCHING: side / 16}),
    )
    body = Mechanics(
        domain, isotropic_stiffness(YOUNG, POISSON)[None], None, [Support((ARC,), component) for component in (0, 1)]
    )
    rows = []
    for cap in (None, 20e6):
        surface = obstacle_surface(body.space, domain, domain.facets(TOUCHING), (0.0, 1.0), lambda x: 0.0 * x[0])
        contact = ElasticContact(body, surface, Friction(friction, cap))
        state, load, points = body.new_deformation("block"), body.load(), contact.equilibrium
        approach = 0.01 * side
        path = [(approach, drag * side) for drag in (0.0, 0.001, 0.01, 0.02, 0.03, 0.02, 0.0, -0.01, -0.03, 0.0)]
        forces, shears, imbalance, falling = [], [], [], 0.0
        for height, drag in path:
            before = points.friction_energy
            found = contact.advance(load, state, approach=height, drag=[drag])
            falling = max(falling, (before - points.friction_energy) / max(points.external_work, 1e-300))
            spent = body.strain_energy(state) + points.friction_energy + points.gap_energy
            imbalance.append(abs(points.external_work - spent) / points.external_work)
            forces.append(-float(points.area @ found.traction[:, 0]))
            shears.append(-float(points.area @ found.traction[:, 1]))
        name = "Coulomb" if cap is None else "largest shear stress"
        limits = [friction * force if cap is None else cap * side for force in forces]
        rows += [
            Row(f"{name}: sliding force", limits[4] / 1e3, shears[4] / 1e3, 1e-9, unit="kN/m"),
            Row(f"{name}: sliding back", -limits[8] / 1e3, shears[8] / 1e3, 1e-9, unit="kN/m"),
            Row(
                f"{name}: force over its bound while it sticks",
                0.0,
                max(shears[1] / limits[1] - 1.0, 0.0),
                1e-9,
                "absolute",
            ),
            Row(f"{name}: friction energy that comes back / work", 0.0, falling, 1e-6, "absolute"),
            Row(f"{name}: largest imbalance of energy", 0.0, max(imbalance), 1e-6, "absolute"),
        ]
    return rows


@check("C5", "Cattaneo and Mindlin: partial slip of two cylinders")
def partial_slip() -> list[Row]:
    """a^2 = 4 P R / (pi E*); they stick in c = a sqrt(1 - Q / (mu P)) (Cattaneo 1938; Mindlin 1949).

    The shear traction is mu p0 [sqrt(1 - x^2/a^2) - (c/a) sqrt(1 - x^2/c^2)]. Both cylinders are equal, so that
    pressure causes no slip, and held on half circles of 15 a.
    """
    a, friction, curvature = RADIUS, 0.4, 1e-3
    modulus = 0.5 * MODULUS
    force = np.pi * modulus * a * a / (4 * curvature)
    peak, far = 2 * force / (np.pi * a), 15 * a
    whole = disc(far, 128)
    line = shapely.LineString
    domain = cut_plane(
        whole.intersection(shapely.box(-2 * far, -2 * far, 2 * far, 0.0)),
        whole.intersection(shapely.box(-2 * far, 0.0, 2 * far, 2 * far)),
        [
            SurfaceRule("contact", CRACK, line([(-1.5 * a, 0.0), (1.5 * a, 0.0)]), cut=True),
            SurfaceRule("beside", FREE, lambda m: (np.abs(m[:, 1]) < 1e-3 * a) & (np.abs(m[:, 0]) < far), cut=True),
            SurfaceRule("outside", OUTER, everywhere),
        ],
        SizeField(2 * a, growth=0.2, on_surfaces={CRACK: 0.05 * a}),
        [(-1.5 * a, 0.0), (1.5 * a, 0.0)],
    )
    stiffness = np.repeat(isotropic_stiffness(YOUNG, POISSON)[None], 2, axis=0)
    body = Mechanics(domain, stiffness, None, [Support((OUTER,), component) for component in (0, 1)])
    surface = facing_surfaces(body.space, domain, domain.facets(CRACK))
    surface = replace(surface, initial_gap=surface.place[:, 0] ** 2 / (2 * curvature))
    contact = ElasticContact(body, surface, Friction(friction))
    state, load = body.new_deformation("cylinders"), body.load()
    found = contact.advance(load, state, force=force)
    place, area = contact.places[:, 0], contact.equilibrium.area
    pressure = -found.traction[:, 0]
    inner = (found.state != ContactState.OPEN) & (np.abs(place) < 0.9 * a)
    slope, squared = np.polyfit(place[inner] ** 2, pressure[inner] ** 2, 1)
    rows = [
        Row("half width of contact", a * 1e6, np.sqrt(-squared / slope) * 1e6, 5e-3, unit="um"),
        Row("peak pressure", peak / 1e6, np.sqrt(squared) / 1e6, 5e-3, unit="MPa"),
        Row(
            "shear traction under pressure alone / p0", 0.0, np.abs(found.traction[:, 1]).max() / peak, 5e-3, "absolute"
        ),
    ]
    # what the surfaces are dragged by follows the normal approach; shares of it give partial slip
    for share in (0.1, 0.2):
        found = contact.advance(load, state, drag=[share * found.approach], force=force)
        shear = np.abs(found.traction[:, 1])
        ratio = float(area @ shear) / (friction * force)
        stick = np.sqrt(1 - ratio)
        middle = np.abs(place) < 0.02 * a
        exact = np.sqrt(np.maximum(1 - (place / a) ** 2, 0.0))
        exact -= stick * np.sqrt(np.maximum(1 - (place / (stick * a)) ** 2, 0.0))
        away = np.abs(np.abs(place) - stick * a) > 0.1 * a
        error = np.abs(shear / (friction * peak) - exact)[away & (np.abs(place) < 0.9 * a)].max()
        got = 1 - float(shear[middle].mean()) / (friction * peak)
        rows += [
            Row(f"Q = {ratio:.3f} mu P: half width that sticks / a", stick, got, 1e-2),
            Row(f"Q = {ratio:.3f} mu P: shear traction / mu p0", 0.0, float(error), 2e-2, "absolute"),
        ]
    return rows
