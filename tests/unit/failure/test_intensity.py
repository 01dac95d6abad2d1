# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stress intensity factors: exact singular fields come back, and the integral does not depend on its domain."""

import numpy as np
import pytest
import shapely
import ufl
from dolfinx import fem
from dolfinx.fem import petsc

from jadeite.failure.crack_field import crack_field, rotation_about_normal
from jadeite.failure.intensity import InteractionIntegral, energy_release_rate, maximum_tangential_stress
from jadeite.fem.domain import Domain
from jadeite.materials.laws import cubic_stiffness, isotropic_stiffness, rotate_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.verification.shapes import disc, domain_of, edge_slit, everywhere

YOUNG, POISSON = 80e9, 0.26
SHEAR = YOUNG / (2 * (1 + POISSON))
UNIT = 1e-5  # m: half width of the plate


def cracked_plate(pore: bool = False) -> Domain:
    """Two grains, x < 0.35 and x > 0.35 units, a crack along y = 0 from x = -1 to 0, perhaps a pore near its tip."""
    left = shapely.box(-UNIT, -UNIT, 0.35 * UNIT, UNIT)
    right = shapely.box(0.35 * UNIT, -UNIT, UNIT, UNIT)
    slit = edge_slit((-UNIT, 0.0), (0.0, 0.0))
    sizes = SizeField(0.12 * UNIT, growth=0.2, at_points=((0.0, 0.0, 0.004 * UNIT),))
    hole = disc(0.1 * UNIT, 24, (0.1 * UNIT, 0.3 * UNIT))
    return domain_of(
        {"left": left, "right": right},
        [
            (SurfaceKind.FLAW_WALL, slit.boundary),
            *([(SurfaceKind.PORE_WALL, hole.boundary)] if pore else []),
            (SurfaceKind.SIDE_WALL, everywhere),
        ],
        sizes,
        voids=[slit, hole] if pore else [slit],
    )


@pytest.fixture(scope="module")
def plate() -> Domain:
    return cracked_plate()


def voigt_stress(stiffness, strain):
    v = ufl.as_vector([strain[0, 0], strain[1, 1], strain[2, 2], 2 * strain[1, 2], 2 * strain[0, 2], 2 * strain[0, 1]])
    s = ufl.dot(stiffness, v)
    return ufl.as_matrix([[s[0], s[5], s[4]], [s[5], s[1], s[3]], [s[4], s[3], s[2]]])


def strain_of(u, normal=0.0):
    g = ufl.grad(u)
    shear = 0.5 * (g[0, 1] + g[1, 0])
    a = [0.5 * g[2, 0], 0.5 * g[2, 1]] if u.ufl_shape[0] == 3 else [0.0, 0.0]
    return ufl.as_matrix([[g[0, 0], shear, a[0]], [shear, g[1, 1], a[1]], [a[0], a[1], normal]])


def exact_field(domain, field, factors, components):
    """The singular displacement with stress intensity factors (II, I, III), interpolated."""
    space = fem.functionspace(domain.mesh, ("Lagrange", 2, (components,)))
    u = fem.Function(space)
    # u = 2 x (gradient along the ray): the field is homogeneous of degree one half

    def value(x):
        z = x[0] + field.eigenvalues[:, None] * x[1]
        root = np.where(np.abs(z) > 0, 1 / (2 * np.sqrt(np.where(z == 0, 1, z))), 0)
        g = np.einsum("m,mkij,kn->ijn", factors, field.gradients, root).real
        return 2 * np.einsum("ijn,jn->in", g, x[:2])

    u.interpolate(value)
    return u


SODIUM_LIKE = cubic_stiffness(7.59e9, 6.33e9, 4.30e9)


def turned(angle: float) -> np.ndarray:
    return rotate_stiffness(SODIUM_LIKE, rotation_about_normal(angle))


@pytest.mark.parametrize(
    ("stiffness", "components"),
    [
        (isotropic_stiffness(YOUNG, POISSON), 2),
        (isotropic_stiffness(YOUNG, POISSON), 3),
        (turned(0.4), 2),
    ],
)
def test_singular_field_gives_its_own_factors_back(plate, stiffness, components):
    field = crack_field(stiffness, [1.0, 0.0], components)
    factors = np.array([-0.4e6, 1.1e6, 0.7e6])[:components]
    u = exact_field(plate, field, factors, components)
    strain = strain_of(u)
    stress = voigt_stress(fem.Constant(plate.mesh, field.stiffness), strain)
    integral = InteractionIntegral(u, strain, stress, [])
    found = integral.evaluate_anisotropic((0.0, 0.0), (1.0, 0.0), 0.8 * UNIT, stiffness)
    assert found.mode_one == pytest.approx(1.1e6, rel=2e-3)
    assert found.mode_two == pytest.approx(-0.4e6, rel=3e-3)
    assert found.mode_three == pytest.approx(0.7e6 if components == 3 else 0.0, rel=2e-3)
    assert found.domain_spread < 3e3


def test_isotropic_field_is_that_of_williams():
    field = crack_field(isotropic_stiffness(YOUNG, POISSON), [1.0, 0.0], 2)
    effective = YOUNG / (1 - POISSON**2)
    assert field.compliance == pytest.approx(np.eye(2) * 2 / effective, rel=1e-7, abs=1e-10 / effective)
    kappa, point, step = 3 - 4 * POISSON, np.array([-0.3, 0.4]), 1e-6

    def opening(x):  # Williams 1957, mode I, unit factor
        r, t = np.hypot(*x), np.arctan2(x[1], x[0])
        return np.sqrt(r / (2 * np.pi)) / (2 * SHEAR) * (kappa - np.cos(t)) * np.array([np.cos(t / 2), np.sin(t / 2)])

    expected = [(opening(point + h) - opening(point - h)) / (2 * step) for h in np.eye(2) * step]
    root = 1 / (2 * np.sqrt(point[0] + field.eigenvalues * point[1]))
    got = np.einsum("kij,k->ij", field.gradients[1], root).real
    assert got * SHEAR == pytest.approx(np.transpose(expected) * SHEAR, rel=1e-6, abs=1e-7)


def test_field_turns_with_the_crack():
    here = crack_field(turned(0.3), [1.0, 0.0], 2)
    there = crack_field(turned(2.3), [np.cos(2.0), np.sin(2.0)], 2)
    assert there.compliance == pytest.approx(here.compliance, rel=1e-9, abs=1e-9 * here.compliance.max())


def solve_elasticity(domain, stiffness, eigenstrain, pressure, normal_strain):
    """Plane elasticity with fixed outer walls and pressure in the crack: displacement, strain, stress."""
    msh = domain.mesh
    space = fem.functionspace(msh, ("Lagrange", 2, (2,)))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    dx = domain.dx(4)
    ds = domain.ds([SurfaceKind.FLAW_WALL], 4)

    def stress(w, factor):
        return voigt_stress(stiffness, strain_of(w, factor * normal_strain) - factor * eigenstrain)

    zero = fem.Function(space)
    a = ufl.inner(stress(u, 0), strain_of(v)) * dx
    rhs = -ufl.inner(stress(zero, 1), strain_of(v)) * dx - pressure * ufl.dot(ufl.FacetNormal(msh), v) * ds
    dofs = fem.locate_dofs_topological(space, 1, domain.facets(SurfaceKind.SIDE_WALL))
    options = {"ksp_type": "preonly", "pc_type": "cholesky", "pc_factor_mat_solver_type": "mumps"}
    solution = petsc.LinearProblem(
        a, rhs, bcs=[fem.dirichletbc(zero, dofs)], petsc_options=options, petsc_options_prefix="cracked_"
    ).solve()
    return solution, strain_of(solution, normal_strain), stress(solution, 1), ds


def test_domain_independence_with_everything_at_once():
    """Graded pressure, a jump of eigenstrain and stiffness ahead of the tip, a free pore, a uniform strain along z."""
    plate = cracked_plate(pore=True)
    eigen = plate.cell_field(
        np.array([np.diag([2e-3, -1e-3, 1.5e-3]), [[-1e-3, 8e-4, 0], [8e-4, 2e-3, 0], [0, 0, -2e-3]]]), "eigenstrain"
    )
    base = isotropic_stiffness(YOUNG, POISSON)
    stiffness = plate.cell_field(np.stack([base, 20 * turned(0.4)]), "stiffness")
    x = ufl.SpatialCoordinate(plate.mesh)
    pressure = 150e6 * (1 + 0.6 * x[0] / UNIT)
    solution, strain, stress, ds = solve_elasticity(plate, stiffness, eigen, pressure, fem.Constant(plate.mesh, 1e-3))
    integral = InteractionIntegral(solution, strain, stress, [(ds, pressure)])
    tip_strain = np.diag([2e-3, -1e-3, 1.5e-3])
    found = [
        integral.evaluate((0.0, 0.0), (1.0, 0.0), radius * UNIT, SHEAR, POISSON, tip_strain)
        for radius in (0.15, 0.3, 0.5, 0.7, 0.95)
    ]
    ones, twos = [k.mode_one for k in found], [k.mode_two for k in found]
    scale = abs(np.mean(ones))
    assert abs(np.mean(twos)) > 0.02 * scale  # both modes are at work
    assert np.ptp(ones) < 1e-4 * scale
    assert np.ptp(twos) < 1e-4 * scale
    # leaving the tip's eigenstrain in the polarisation changes quadrature only
    left_in = integral.evaluate((0.0, 0.0), (1.0, 0.0), 0.5 * UNIT, SHEAR, POISSON)
    assert left_in.mode_one == pytest.approx(ones[2], abs=2e-3 * scale)


def test_each_term_is_needed(plate):
    """Without the pressure term the answer would depend on the domain: the check above can fail."""
    none = plate.cell_field(np.zeros((2, 3, 3)), "eigenstrain")
    stiffness = plate.cell_field(np.stack([isotropic_stiffness(YOUNG, POISSON)] * 2), "stiffness")
    pressure = fem.Constant(plate.mesh, 100e6)
    solution, strain, stress, ds = solve_elasticity(plate, stiffness, none, pressure, fem.Constant(plate.mesh, 0.0))
    loaded = InteractionIntegral(solution, strain, stress, [(ds, pressure)])
    unaware = InteractionIntegral(solution, strain, stress, [])
    arguments = ((0.0, 0.0), (1.0, 0.0))
    near, far = (loaded.evaluate(*arguments, r * UNIT, SHEAR, POISSON).mode_one for r in (0.2, 0.9))
    assert near == pytest.approx(far, rel=2e-3)
    wrong = [unaware.evaluate(*arguments, r * UNIT, SHEAR, POISSON).mode_one for r in (0.2, 0.9)]
    assert abs(wrong[1] - wrong[0]) > 0.1 * abs(far)


def test_radius_must_hold_cells(plate):
    u = fem.Function(fem.functionspace(plate.mesh, ("Lagrange", 1, (2,))))
    strain = strain_of(u)
    integral = InteractionIntegral(u, strain, voigt_stress(fem.Constant(plate.mesh, np.eye(6)), strain), [])
    with pytest.raises(ValueError, match="no cell lies within"):
        integral.evaluate((0.0, 0.0), (1.0, 0.0), 1e-4 * UNIT, SHEAR, POISSON)


def test_kink_angle_maximises_the_tangential_stress():
    one = np.array([1.0, 1.0, 1.0, 0.0, 0.3, 2.0])
    two = np.array([0.0, 0.5, -0.5, 1.0, -2.0, 1e-9])
    angle, equivalent = maximum_tangential_stress(one, two)
    trial = np.linspace(-np.pi, np.pi, 200001)
    tangential = np.cos(trial / 2) * (one[:, None] * np.cos(trial / 2) ** 2 - 1.5 * two[:, None] * np.sin(trial))
    assert equivalent == pytest.approx(tangential.max(axis=1), rel=1e-8)
    assert angle == pytest.approx(trial[tangential.argmax(axis=1)], abs=1e-4)
    # pure mode II: 70.53 degrees against the shear (Erdogan and Sih 1963)
    assert np.degrees(angle[3]) == pytest.approx(-70.5288, abs=1e-3)
    assert maximum_tangential_stress(-1.0, 0.0)[1] == 0.0


def test_energy_release_rate_agrees_with_the_compliance():
    from jadeite.failure.intensity import StressIntensity

    field = crack_field(isotropic_stiffness(YOUNG, POISSON), [1.0, 0.0], 3)
    k = np.array([0.3e6, 1.2e6, -0.5e6])
    rate = energy_release_rate(StressIntensity(k[1], k[0], k[2]), SHEAR, POISSON)
    assert rate == pytest.approx(0.5 * k @ field.compliance @ k, rel=1e-6)
