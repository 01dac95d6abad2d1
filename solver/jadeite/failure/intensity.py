# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stress intensity factors by the interaction integral, with loaded crack faces, eigenstrain and graded stiffness.

With the singular field of a uniform solid of stiffness C0 (that of the tip) as auxiliary field, crack along -x1,

    P_1j = (sigma_aux : eps) delta_1j - sigma_ij u_aux_i,1 - sigma_aux_ij u_i,1        has the divergence
    P_1j,j = (C0 : eps - sigma) : eps_aux,1

for any equilibrium stress sigma and any compatible total strain eps. The right-hand side is the polarisation stress
against a uniform solid without eigenstrain: thermal mismatch and graded stiffness enter there, and jumps of either
between grains need no term of their own, because traction and displacement are continuous. The divergence theorem with
a weight q that is one at the tip and zero on the rim of the domain gives

    I = - int P_1j q_,j dA - int q (C0 : eps - sigma) : eps_aux,1 dA
        + int_S q [(sigma_aux : eps) m_1 - (sigma_aux m) . u_,1 - t . u_aux_,1] ds

over every boundary S of the solid within the domain (outward normal m), t = -p m on walls under pressure and t = 0 on
free ones. I = k_aux . H k then gives the stress intensity factors k (Stern, Becker and Dunham 1976; Nakamura 1991; Kim
and Paulino 2005). Contractions are three-dimensional: a uniform normal strain along z and antiplane displacements are
included.

In a body of revolution the same integrals over the meridian plane hold, without any weight, because the auxiliary field
is still that of a straight front. But there the hoop strain e = u_r / r varies, and the stress in the plane is in
equilibrium with b = ((sigma_rr - sigma_tt) / r, sigma_ry / r) only; the divergence of P_1j gains
sigma_aux_tt e_,1 + b . u_aux_,1 (compare Nahta and Moran, Int. J. Solids Struct. 30, 1993, 2027). Both terms grow as
the inverse of the distance from the tip, which an integral over the plane takes without harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from numpy.typing import ArrayLike, NDArray
from scipy.special import roots_legendre
from ufl.core.expr import Expr

from jadeite.failure.crack_field import CrackField, crack_field
from jadeite.fem.weighted_measure import unweighted
from jadeite.materials.laws import isotropic_stiffness

#: The weight is one up to this fraction of the radius, then falls linearly.
INNER_FRACTION = 0.3
#: Radius of the second domain, as a fraction of the first, from which the error is estimated.
SECOND_RADIUS = 0.7
#: Degree of the cell quadrature: the auxiliary field is smooth where the weight varies.
CELL_DEGREE = 6
_FACET_POINTS = 10
#: How far inside the solid the auxiliary field is read on boundaries, over the radius.
_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class StressIntensity:
    """Stress intensity factors (Pa m^0.5) and how far two domains of integration disagree about them.

    `domain_spread` is the largest difference of any factor between a domain of the given radius and one of 0.7 times
    that radius: an estimate of the error, because the exact integral does not depend on the domain.
    """

    mode_one: float
    mode_two: float
    mode_three: float = 0.0
    domain_spread: float = 0.0


class InteractionIntegral:
    """The interaction integral of one elastic solution, compiled once and evaluated for any number of tips.

    Tip, direction, stiffness and mode are constants of the forms and the weight is a field, so nothing is compiled anew
    from one flaw to the next or when displacement, eigenstrain or pressure change their values.
    """

    def __init__(
        self,
        displacement: fem.Function,
        strain: Expr,
        stress: Expr,
        loaded: Sequence[tuple[ufl.Measure, Expr]],
        axisymmetric: bool = False,
    ) -> None:
        """Compile the forms.

        Args:
            displacement: total displacement with 2 or 3 components on a mesh of the plane.
            strain: total strain, 3x3, in-plane (and antiplane) part the symmetric gradient of the displacement; eps_zz
                is uniform.
            stress: stress, 3x3, Pa, in equilibrium.
            loaded: pairs of a boundary measure and the pressure (Pa) on it, positive when it pushes on the solid. Every
                other boundary that a domain of integration reaches must be free of traction.
            axisymmetric: whether the mesh is the meridian section of a body of revolution; x is the distance from the
                axis, direction 33 runs around it, and the factors are those of a front that runs around it as well.

        Note:
            Collective.
        """
        space = displacement.function_space
        self.mesh = msh = space.mesh
        self.components = components = int(np.prod(space.value_shape))
        self._q = fem.Function(fem.functionspace(msh, ("Lagrange", 1)), name="weight")
        self._tip = fem.Constant(msh, np.zeros(2))
        self._hair = fem.Constant(msh, 0.0)
        self._direction = fem.Constant(msh, np.array([1.0, 0.0]))
        self._eigenvalues = [fem.Constant(msh, np.array([0.0, 1.0])) for _ in range(components)]
        self._factors = [
            (fem.Constant(msh, np.zeros((components, 2))), fem.Constant(msh, np.zeros((components, 2))))
            for _ in range(components)
        ]
        self._stiffness = fem.Constant(msh, np.zeros((6, 6)))
        self._reference = fem.Constant(msh, np.zeros((3, 3)))

        gradient, slope = self._auxiliary_gradients(ufl.SpatialCoordinate(msh))
        strain_aux, strain_slope = _strain(gradient), _strain(slope)
        stress_aux = _contract(self._stiffness, strain_aux)
        ahead = self._direction
        # A uniform reference strain is compatible, so it can be taken off: the eigenstrain of the tip's own grain then
        # leaves no polarisation at the tip, where the auxiliary field is singular.
        relative = strain - self._reference
        moving = _pad(ufl.dot(ufl.grad(displacement), ahead)) - self._uniform_gradient(ahead)
        moving_aux = _pad(ufl.dot(gradient, ahead))
        density = ufl.inner(stress_aux, relative)
        weight_slope = ufl.grad(self._q)
        lifted = ufl.as_vector([weight_slope[0], weight_slope[1], 0.0])
        flux = (
            density * ufl.dot(weight_slope, ahead)
            - ufl.dot(ufl.dot(stress, lifted), moving_aux)
            - ufl.dot(ufl.dot(stress_aux, lifted), moving)
        )
        polarisation = ufl.inner(_contract(self._stiffness, relative) - stress, strain_slope)
        dx = ufl.Measure("dx", domain=msh, subdomain_id=1, metadata={"quadrature_degree": CELL_DEGREE})
        divergence = polarisation
        if axisymmetric:
            radius = ufl.SpatialCoordinate(msh)[0]
            hoop_slope = (ufl.dot(ufl.grad(displacement[0]), ahead) - displacement[0] / radius * ahead[0]) / radius
            pull = ufl.as_vector([stress[0, 0] - stress[2, 2], stress[0, 1], 0.0]) / radius
            divergence += stress_aux[2, 2] * hoop_slope + ufl.dot(pull, moving_aux)
        self._volume = -(flux + self._q * divergence) * dx
        self._compiled = fem.compile_form(msh.comm, self._volume)
        self._coefficients = {item: item for item in ufl.algorithms.extract_coefficients(self._volume)}
        self._constants = {item: item for item in ufl.algorithms.analysis.extract_constants(self._volume)}
        self._corners = self._q.function_space.tabulate_dof_coordinates()[:, :2]
        self._known: dict[tuple[float, ...], tuple[NDArray[np.float64], fem.Form]] = {}

        normal = ufl.FacetNormal(msh)
        outward = ufl.as_vector([normal[0], normal[1], 0.0])
        # On the walls of a cut the auxiliary field jumps; a hair's breadth inside the solid tells its two sides apart.
        gradient, _ = self._auxiliary_gradients(ufl.SpatialCoordinate(msh) - self._hair * normal)
        stress_aux = _contract(self._stiffness, _strain(gradient))
        moving_aux = _pad(ufl.dot(gradient, ahead))
        density = ufl.inner(stress_aux, relative)
        metadata = _facet_quadrature()
        everywhere = ufl.Measure("ds", domain=msh, metadata=metadata)
        wall = density * ufl.dot(normal, ahead) - ufl.dot(ufl.dot(stress_aux, outward), moving)
        self._boundary = [fem.form(self._q * wall * everywhere)]
        for measure, pressure in loaded:
            push = self._q * pressure * ufl.dot(outward, moving_aux)
            self._boundary.append(fem.form(push * unweighted(measure).reconstruct(metadata=metadata)))

    def evaluate(
        self,
        tip: ArrayLike,
        direction: ArrayLike,
        radius: float,
        shear_modulus: float,
        poisson_ratio: float,
        eigenstrain: ArrayLike | None = None,
    ) -> StressIntensity:
        """Return the stress intensity factors of a tip in an isotropic solid; see `evaluate_anisotropic`."""
        stiffness = isotropic_stiffness(2.0 * shear_modulus * (1.0 + poisson_ratio), poisson_ratio)
        return self.evaluate_anisotropic(tip, direction, radius, stiffness, eigenstrain)

    def evaluate_anisotropic(
        self,
        tip: ArrayLike,
        direction: ArrayLike,
        radius: float,
        stiffness: ArrayLike,
        eigenstrain: ArrayLike | None = None,
    ) -> StressIntensity:
        """Return the stress intensity factors of one crack.

        Args:
            tip: crack tip (2,), m.
            direction: unit vector (2,) from the crack into the solid ahead of the tip.
            radius: of the domain of integration, m: no more than the distance from the tip to another tip or a corner
                of the geometry that carries unknown traction.
            stiffness: Voigt stiffness (6, 6) at the tip, Pa, laboratory frame.
            eigenstrain: uniform eigenstrain (3, 3) of the region that holds the tip, laboratory frame. Leaving it out
                changes the result only by quadrature error.

        Raises:
            ValueError: when radius is not positive, or too few cells lie in the domain for the weight to be one at the
                tip.

        Note:
            Collective; the same on every rank.
        """
        if not radius > 0:
            raise ValueError(f"the radius of the domain of integration must be positive, got {radius!r}")
        field = crack_field(stiffness, direction, self.components)
        heading = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
        self._tip.value[:] = tip
        self._hair.value = _HAIR * radius
        self._direction.value[:] = heading
        self._stiffness.value[:] = field.stiffness
        self._reference.value[:] = 0.0 if eigenstrain is None else eigenstrain
        for constant, eigenvalue in zip(self._eigenvalues, field.eigenvalues, strict=True):
            constant.value[:] = [eigenvalue.real, eigenvalue.imag]
        first, second = (self._factors_in(field, reach) for reach in (radius, SECOND_RADIUS * radius))
        spread = float(np.abs(first - second).max())
        mode_two, mode_one = first[:2].tolist()
        return StressIntensity(mode_one, mode_two, float(first[2]) if self.components == 3 else 0.0, spread)

    def _factors_in(self, field: CrackField, radius: float) -> NDArray[np.float64]:
        """Stress intensity factors II, I (, III) from the domain of one radius."""
        weight, volume = self._weighted_domain(radius)
        self._q.x.array[:] = weight
        forms = [volume, *self._boundary]
        integrals = np.zeros(self.components)
        for mode, factors in enumerate(field.gradients):
            for (real, imaginary), factor in zip(self._factors, factors, strict=True):
                real.value[:] = factor.real
                imaginary.value[:] = factor.imag
            integrals[mode] = sum(fem.assemble_scalar(form) for form in forms)
        return np.linalg.solve(field.compliance, self.mesh.comm.allreduce(integrals))

    def _weighted_domain(self, radius: float) -> tuple[NDArray[np.float64], fem.Form]:
        """The weight for a radius about the present tip, and the volume form on the cells it covers."""
        key = (*self._tip.value.tolist(), radius)
        if key not in self._known:  # the same tips are evaluated again and again while the load changes
            distance = np.linalg.norm(self._corners - self._tip.value, axis=1)
            weight = np.clip((radius - distance) / ((1.0 - INNER_FRACTION) * radius), 0.0, 1.0)
            owned = self.mesh.topology.index_map(self.mesh.topology.dim).size_local
            in_cell = weight[self._q.function_space.dofmap.list[:owned]]
            full = np.count_nonzero(in_cell.min(axis=1, initial=1.0) == 1.0)
            if self.mesh.comm.allreduce(full) == 0:
                raise ValueError(
                    f"no cell lies within {INNER_FRACTION * radius:.3g} m of the crack tip: refine there, or enlarge it"
                )
            covered = np.flatnonzero(in_cell.max(axis=1, initial=0.0) > 0.0).astype(np.int32)
            subdomains = {fem.IntegralType.cell: [(1, covered)]}
            form = fem.create_form(self._compiled, [], self.mesh, subdomains, self._coefficients, self._constants)
            self._known[key] = weight, form
        return self._known[key]

    def _auxiliary_gradients(self, place: Expr) -> tuple[Expr, Expr]:
        """Displacement gradient of the auxiliary field and its derivative along the crack, in the laboratory frame."""
        offset = place - self._tip
        ahead = ufl.dot(offset, self._direction)
        aside = self._direction[0] * offset[1] - self._direction[1] * offset[0]
        gradient = slope = 0.0 * self._factors[0][0]
        for eigenvalue, (real, imaginary) in zip(self._eigenvalues, self._factors, strict=True):
            along, across = ahead + eigenvalue[0] * aside, eigenvalue[1] * aside
            # z = along + i across = size exp(i phase), cut along the crack
            size, phase = ufl.sqrt(along**2 + across**2), ufl.atan2(across, along)
            root = 1.0 / (2.0 * ufl.sqrt(size))
            gradient = gradient + root * (ufl.cos(phase / 2.0) * real + ufl.sin(phase / 2.0) * imaginary)
            root = -1.0 / (4.0 * size * ufl.sqrt(size))
            slope = slope + root * (ufl.cos(1.5 * phase) * real + ufl.sin(1.5 * phase) * imaginary)
        return gradient, slope

    def _uniform_gradient(self, ahead: Expr) -> Expr:
        """Change along the crack of the displacement that has the reference strain everywhere."""
        e = self._reference
        antiplane = 2.0 * (e[2, 0] * ahead[0] + e[2, 1] * ahead[1]) if self.components == 3 else 0.0
        return ufl.as_vector(
            [e[0, 0] * ahead[0] + e[0, 1] * ahead[1], e[1, 0] * ahead[0] + e[1, 1] * ahead[1], antiplane]
        )


def _pad(vector: Expr) -> Expr:
    """A vector with two or three components as one with three."""
    return ufl.as_vector([vector[0], vector[1], vector[2] if vector.ufl_shape[0] == 3 else 0.0])


def _strain(gradient: Expr) -> Expr:
    """Strain, 3x3, of a displacement gradient (components, 2) that does not depend on z."""
    antiplane = [0.5 * gradient[2, j] if gradient.ufl_shape[0] == 3 else 0.0 for j in range(2)]
    shear = 0.5 * (gradient[0, 1] + gradient[1, 0])
    return ufl.as_matrix(
        [[gradient[0, 0], shear, antiplane[0]], [shear, gradient[1, 1], antiplane[1]], [*antiplane, 0.0]]
    )


def _contract(stiffness: Expr, strain: Expr) -> Expr:
    """Stress, 3x3, of a strain under a Voigt stiffness."""
    voigt = ufl.as_vector(
        [strain[0, 0], strain[1, 1], strain[2, 2], 2 * strain[1, 2], 2 * strain[0, 2], 2 * strain[0, 1]]
    )
    s = ufl.dot(stiffness, voigt)
    return ufl.as_matrix([[s[0], s[5], s[4]], [s[5], s[1], s[3]], [s[4], s[3], s[2]]])


def _facet_quadrature() -> dict[str, object]:
    """Quadrature on facets that integrates inverse square roots at either end exactly to rounding.

    Gauss points in s with x = 3 s^2 - 2 s^3: the substitution turns x^(-1/2) dx into a smooth function of s.
    """
    nodes, weights = roots_legendre(_FACET_POINTS)
    s, half = 0.5 * (nodes + 1.0), 0.5 * weights
    return {
        "quadrature_rule": "custom",
        "quadrature_degree": 2 * _FACET_POINTS - 1,
        "quadrature_points": (s * s * (3.0 - 2.0 * s)).reshape(-1, 1),
        "quadrature_weights": half * 6.0 * s * (1.0 - s),
    }


def maximum_tangential_stress(
    mode_one: ArrayLike, mode_two: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return kink angle (rad) and equivalent mode-I stress intensity of a crack under modes I and II.

    The crack kinks where the tangential stress is largest: K_eq = cos(a/2) [K_I cos^2(a/2) - (3/2) K_II sin a] with
    tan(a/2) = [K_I - sqrt(K_I^2 + 8 K_II^2)] / (4 K_II) (Erdogan and Sih 1963, J. Basic Eng. 85, 519). A positive angle
    turns anticlockwise from the crack direction; K_II > 0 turns it clockwise. A purely closed crack (K_I <= 0, K_II =
    0) has K_eq = 0.
    """
    one, two = np.broadcast_arrays(np.asarray(mode_one, dtype=float), np.asarray(mode_two, dtype=float))
    # multiplied through with K_I + sqrt(...): no division by a small K_II when the crack is open
    root = np.sqrt(one**2 + 8.0 * two**2)
    angle = 2.0 * np.arctan2(-2.0 * two, one + root)
    equivalent = np.cos(angle / 2.0) * (one * np.cos(angle / 2.0) ** 2 - 1.5 * two * np.sin(angle))
    return angle, np.where((one <= 0.0) & (two == 0.0), 0.0, equivalent)


def energy_release_rate(intensity: StressIntensity, shear_modulus: float, poisson_ratio: float) -> float:
    """Return the energy release rate (J/m^2) of growth straight ahead in an isotropic solid (Irwin 1957)."""
    in_plane = (1.0 - poisson_ratio) / (2.0 * shear_modulus) * (intensity.mode_one**2 + intensity.mode_two**2)
    return in_plane + intensity.mode_three**2 / (2.0 * shear_modulus)
