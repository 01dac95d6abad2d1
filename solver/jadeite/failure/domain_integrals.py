# SPDX-License-Identifier: LGPL-3.0-or-later
"""The J integral and the interaction integral of tips in the plane, on sections of revolution, and along fronts.

For a vector V whose divergence is known, the divergence theorem with a weight q that is one at the front and zero on
the rim of the domain gives the flux out of a small tube around the front,

    - int (V . grad q + q div V) dV + int_S q V.m dS + int_G q [V].m dS,

S being the boundary of the solid within the domain and G inner boundaries across which V jumps. In the frame of the
front (growth 1, normal 2, tangent 3), with a curvature kappa of the front and h = 1 + kappa x1:

    energy       V_j = W delta_1j - s_ij u_i,1       W = s : C^-1 : s / 2        flux J
        div V = (kappa / h) (W - s_i3 u_i,3)
    interaction  V_j = (S : e) delta_1j - s_ij w_i - S_ij u_i,1                  flux k_aux . M k
        div V = (C0 : e - s) : E_,1 + (kappa / h) [S : e - s_33 w_1 + s_13 w_3 - (S_11 - S_33) u_1,1
                - S_21 u_2,1 - 2 S_31 u_3,1 - S_i3 u_i,3]

with stress s and strain e of the body, and stress S = C0 : E, strain E and slope w = u_aux,1 of the field of a straight
front (`TipField`). Both hold for any stress in equilibrium and any compatible strain. Eigenstrain and stiffness may
differ from grain to grain: for J their jumps act on G, as forces on inner boundaries do; in the interaction integral
the polarisation C0 : e - s holds both, and V.m does not jump (Shih, Moran and Nakamura, Int. J. Fract. 30, 1986, 79;
Gosz and Moran, Eng. Fract. Mech. 69, 2002, 299; `intensity` for the plane). On pressurised walls s m = -p m, on other
parts of S it is zero.

On the section of a body of revolution the same integrals over the plane, without the circumference, hold with

    div V = s_33 e_33,1 + b.u_,1     and     div V = (C0 : e - s) : E_,1 + S_33 e_33,1 + b.w,
    b = ((s_rr - s_33) / r, s_ry / r).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.crack_front import CurvedFront, LocalPoints, PlaneTip
from jadeite.failure.crack_samples import CrackSamples, PointFields
from jadeite.failure.tip_field import TipField

Array = NDArray[np.float64]

#: The weight is one up to this share of the radius of the domain.
INNER_SHARE = 0.3
#: How far inside the solid the auxiliary field is read on its boundary, over the radius.
_HAIR = 1e-9
_PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
_ROWS, _COLUMNS = (np.array(index) for index in zip(*_PAIRS, strict=True))
_VOIGT = np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2]])


@dataclass(frozen=True)
class Section:
    """A piece of a front that a domain belongs to.

    Attributes:
        radius: of the domain around the front, m.
        middle, reach: along a curved front, m: the weight falls to zero at this distance from the middle.
        period: length of a closed front, m, or None.
    """

    radius: float
    middle: float = 0.0
    reach: float | None = None
    period: float | None = None

    @property
    def length(self) -> float:
        """Integral of the weight along the front, m; one in the plane."""
        return 1.0 if self.reach is None else self.reach

    def weight(self, local: LocalPoints) -> tuple[Array, Array]:
        """Return the weight (n,) and its gradient (n, 3), 1/m, in the frame of the front."""
        distance = np.hypot(local.ahead, local.aside)
        inner = INNER_SHARE * self.radius
        share = np.clip((distance - inner) / (self.radius - inner), 0.0, 1.0)
        # falls without a kink at either end, so that the quadrature does not see where it begins
        across, slope = 1.0 - share**2 * (3.0 - 2.0 * share), -6.0 * share * (1.0 - share) / (self.radius - inner)
        gradient = np.zeros((len(distance), 3))
        if self.reach is None:
            along, change = np.ones(len(distance)), np.zeros(len(distance))
        else:
            offset = local.run - self.middle
            if self.period is not None:
                offset = (offset + 0.5 * self.period) % self.period - 0.5 * self.period
            phase = np.pi * np.clip(offset / self.reach, -1.0, 1.0)
            along, change = 0.5 * (1.0 + np.cos(phase)), -0.5 * np.pi / self.reach * np.sin(phase)
        safe = np.maximum(distance, 1e-300)
        gradient[:, 0] = slope * along * local.ahead / safe
        gradient[:, 1] = slope * along * local.aside / safe
        gradient[:, 2] = across * change * local.sense / (1.0 + local.curvature * local.ahead)
        return across * along, gradient


@dataclass(frozen=True, eq=False)
class TipIntegrals:
    """Flux of energy J (J/m^2) and interaction integrals with the modes of the auxiliary field, shape (modes,)."""

    energy: float
    interaction: Array


class FrontSamples:
    """Fields near one front in its coordinates, from which the integrals of any piece of it are summed."""

    def __init__(self, samples: CrackSamples, front: PlaneTip | CurvedFront, size: float) -> None:
        """Find the coordinates of all points; `size` is the radius of the largest domain, m."""
        self._plane = isinstance(front, PlaneTip)
        self._parts = []
        for fields, *other in ((samples.cells,), (samples.boundary,), (samples.lower, samples.upper)):
            on_facets = len(fields.normal) == len(fields.point)
            places = fields.point - _HAIR * size * fields.normal if on_facets else fields.point
            local = front.local(places)
            near = np.flatnonzero(np.hypot(local.ahead, local.aside) < size)
            self._parts += [self._turned(_taken(one, near), _taken(local, near)) for one in (fields, *other)]

    def _turned(self, fields: PointFields, local: LocalPoints) -> tuple[PointFields, LocalPoints, _Turned]:
        """Fields and their parts in the frame of the front, which are the same for every piece of it."""
        parts = (_turn(local.frame, one) for one in (fields.stress, fields.strain, fields.gradient))
        return fields, local, _Turned(*parts)

    def integrals(
        self,
        section: Section,
        field: TipField,
        region_compliance: Array,
        reference: Array,
        axisymmetric: bool = False,
    ) -> TipIntegrals:
        """Return this rank's share of J and of the interaction integrals; the sum over the ranks is the result.

        Args:
            section: the domain.
            field: auxiliary field.
            region_compliance: Voigt compliance (regions, 6, 6) of each region in the laboratory frame, 1/Pa;
                engineering shears.
            reference: a uniform strain (3, 3), laboratory frame, that is taken off: the eigenstrain at the tip, so that
                it leaves no polarisation there.
            axisymmetric: whether the samples are those of the section of a body of revolution.
        """
        cells, wall, lower, upper = (
            _View(fields, local, turned, section, reference, self._plane) for fields, local, turned in self._parts
        )
        total = cells.volume(field, region_compliance, axisymmetric) + wall.surface(field, region_compliance)
        total[0] += lower.jump(upper, region_compliance)
        total /= section.length
        return TipIntegrals(float(total[0]), total[1:])


@dataclass(frozen=True, eq=False)
class _Turned:
    """Stress, strain and displacement gradient in the frame of the front, shape (n, 3, 3) each."""

    stress: Array
    strain: Array
    gradient: Array


def _turn(frame: Array, tensor: Array) -> Array:
    return np.asarray(frame @ tensor @ np.swapaxes(frame, 1, 2))


class _View:
    """Points within a domain and their fields in the frame of the front."""

    def __init__(
        self,
        fields: PointFields,
        local: LocalPoints,
        turned: _Turned,
        section: Section,
        reference: Array,
        plane: bool,
    ) -> None:
        q, slope = section.weight(local)
        taken = np.flatnonzero(q > 0.0)
        self.local, turned = _taken(local, taken), _taken(turned, taken)
        frame = self.local.frame
        self.frame, self.q, self.slope = frame, q[taken], slope[taken]
        self.weight, self.region = fields.weight[taken], fields.region[taken]
        self.radius = fields.point[taken, 0]
        self.lab_stress, self.lab_strain = fields.stress[taken], fields.strain[taken]
        self.stress, self.whole_gradient = turned.stress, turned.gradient
        self.strain, self.gradient = turned.strain, turned.gradient
        if reference.any():
            uniform = reference.copy()
            if plane:  # there a uniform gradient has no part along the third direction
                uniform[2, :2] *= 2.0
                uniform[:, 2] = 0.0
            self.strain = self.strain - _turn(frame, reference)
            self.gradient = self.gradient - _turn(frame, uniform)
        if len(fields.normal) == len(fields.point):  # facets
            self.normal = np.einsum("nij,nj->ni", frame, fields.normal[taken])
            self.traction = np.einsum("nij,nj->ni", frame, fields.traction[taken])
        self.bend = self.local.curvature / (1.0 + self.local.curvature * self.local.ahead)

    def energy_density(self, compliance: Array) -> Array:
        s = self.lab_stress[:, _ROWS, _COLUMNS]
        return 0.5 * np.einsum("ni,nij,nj->n", s, compliance[self.region], s)

    def auxiliary(self, field: TipField) -> tuple[Array, Array, Array]:
        """Auxiliary stress (m, n, 3, 3), slope w (m, n, 3) and derivative of the strain along growth."""
        gradient, slope = field.gradients(self.local.ahead, self.local.aside)
        strain, strain_slope = (0.5 * (tensor + np.swapaxes(tensor, 2, 3)) for tensor in (gradient, slope))
        self.tip_stiffness = field.stiffness(self.local.aside)
        return contracted(self.tip_stiffness, strain), gradient[..., 0], strain_slope

    def hoop(self) -> tuple[Array, Array]:
        """On sections of revolution: derivative of the hoop strain along growth, and the pull b in the frame."""
        growth = self.frame[:, 0]
        radial_change = np.einsum("ni,ni->n", self.frame[:, :, 0], self.whole_gradient[:, :, 0])
        change = (radial_change - self.lab_strain[:, 2, 2] * growth[:, 0]) / self.radius
        s = self.lab_stress
        pull = np.stack([s[:, 0, 0] - s[:, 2, 2], s[:, 0, 1], np.zeros(len(s))], axis=1) / self.radius[:, None]
        return change, np.einsum("nij,nj->ni", self.frame, pull)

    def volume(self, field: TipField, compliance: Array, axisymmetric: bool) -> Array:
        """The integrals over cells: J, then the interaction with each mode."""
        s, e, du, bend = self.stress, self.strain, self.gradient, self.bend
        du_whole = self.whole_gradient
        density = self.energy_density(compliance)
        flux = -np.einsum("nij,ni->nj", s, du_whole[..., 0])
        flux[:, 0] += density
        divergence = bend * (density - np.einsum("ni,ni->n", s[..., 2], du_whole[..., 2]))

        stress, w, strain_slope = self.auxiliary(field)
        mutual = np.einsum("mnij,nij->mn", stress, e)
        cross = -np.einsum("nij,mni->mnj", s, w) - np.einsum("mnij,ni->mnj", stress, du[..., 0])
        cross[..., 0] += mutual
        polarisation = contracted(self.tip_stiffness, e[None])[0] - s
        source = np.einsum("nij,mnij->mn", polarisation, strain_slope)
        source += bend * (
            mutual
            - s[:, 2, 2] * w[..., 0]
            + s[:, 0, 2] * w[..., 2]
            - (stress[..., 0, 0] - stress[..., 2, 2]) * du[:, 0, 0]
            - stress[..., 1, 0] * du[:, 1, 0]
            - 2.0 * stress[..., 2, 0] * du[:, 2, 0]
            - np.einsum("mni,ni->mn", stress[..., 2], du[..., 2])
        )
        if axisymmetric:
            change, pull = self.hoop()
            divergence += s[:, 2, 2] * change + np.einsum("ni,ni->n", pull, du_whole[..., 0])
            source += stress[..., 2, 2] * change + np.einsum("ni,mni->mn", pull, w)
        single = -self.weight * (np.einsum("nj,nj->n", flux, self.slope) + self.q * divergence)
        double = -self.weight * (np.einsum("mnj,nj->mn", cross, self.slope) + self.q * source)
        return np.append(single.sum(), double.sum(axis=1))

    def surface(self, field: TipField, compliance: Array) -> Array:
        """The integrals over the boundary of the solid."""
        m, weight = self.normal, self.q * self.weight
        traction = self.traction
        energy = self.energy_density(compliance) * m[:, 0]
        energy -= np.einsum("ni,ni->n", traction, self.whole_gradient[..., 0])
        stress, w, _ = self.auxiliary(field)
        mutual = np.einsum("mnij,nij->mn", stress, self.strain) * m[:, 0]
        mutual -= np.einsum("ni,mni->mn", traction, w)
        mutual -= np.einsum("mnij,nj,ni->mn", stress, m, self.gradient[..., 0])
        return np.append((weight * energy).sum(), (weight * mutual).sum(axis=1))

    def jump(self, other: _View, compliance: Array) -> float:
        """What inner boundaries add to J; this is the side that their normal points out of.

        With the mean traction of both sides nothing is left between equal grains, whatever the error of the stress.
        """
        density = self.energy_density(compliance) - other.energy_density(compliance)
        traction = np.einsum("nij,nj->ni", 0.5 * (self.stress + other.stress), self.normal)
        slope = (self.whole_gradient - other.whole_gradient)[..., 0]
        force = density * self.normal[:, 0] - np.einsum("ni,ni->n", traction, slope)
        return float((self.q * self.weight * force).sum())


def _taken[T: (PointFields, LocalPoints, _Turned)](arrays: T, rows: NDArray[np.intp]) -> T:
    """Rows of every array of a record; arrays without any stay as they are."""
    values = {name: getattr(arrays, name) for name in arrays.__dataclass_fields__}
    return replace(arrays, **{name: value[rows] for name, value in values.items() if len(value)})


def contracted(stiffness: Array, strain: Array) -> Array:
    """Return the stress (m, n, 3, 3) of strains (m, n, 3, 3) under Voigt stiffnesses (n, 6, 6)."""
    engineering = strain[..., _ROWS, _COLUMNS] * np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
    voigt = np.einsum("nij,mnj->mni", stiffness, engineering)
    return np.asarray(voigt[..., _VOIGT])
