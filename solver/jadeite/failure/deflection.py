# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where a crack goes on: through the grain ahead of it or along a boundary that it meets.

A small kink at an angle releases G(angle) = k . M(angle) k / 2, with the factors k of the kink (`kink`) and the
compliance M of the solid in its direction. The crack takes the course on which G exceeds the fracture energy Gc of
grain or boundary by the largest factor; a boundary deflects it when G(boundary) / G(grain) > Gc(boundary) / Gc(grain)
(He and Hutchinson 1989, Int. J. Solids Struct. 25, 1053). Between unlike solids only growth along the interface is
judged: kinks out of it have other factors, which are not those of a crack in one solid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.crack_field import crack_field
from jadeite.failure.kink import kinked_modes

Array = NDArray[np.float64]

#: Angles that a crack may take within its grain, rad: beyond, the series of the kink is of no use.
_ANGLES = np.radians(np.linspace(-110.0, 110.0, 441))
#: A boundary within this angle of growth is one that the crack follows already, rad.
_ALONG = 0.02
#: Angles among which the compliance of an anisotropic grain is looked up.
_TABLE = np.radians(np.linspace(-110.0, 110.0, 45))
_MODES = np.array([1, 0, 2])  # of a crack field (II, I, III) in the order I, II, III, and back
_NONE = np.zeros(0)


@dataclass(frozen=True)
class BoundaryCourse:
    """A boundary at a tip: its name, its angle from growth (rad) and its fracture energy (J/m^2)."""

    name: str
    angle: float
    fracture_energy: float


@dataclass(frozen=True)
class Course:
    """A course that a crack may take.

    Attributes:
        boundary: name of the boundary that it follows, or empty when it stays in the grain.
        angle: from the present direction, rad, anticlockwise.
        energy_release_rate: of a small kink there, J/m^2.
        fracture_energy: to be spent there, J/m^2.
    """

    boundary: str
    angle: float
    energy_release_rate: float
    fracture_energy: float

    @property
    def utilisation(self) -> float:
        """Energy release rate over fracture energy: one at growth."""
        return self.energy_release_rate / self.fracture_energy

    @property
    def words(self) -> str:
        """The course in words."""
        if not self.boundary:
            return "stays in the grain"
        return f'{"goes on along" if abs(self.angle) < _ALONG else "deflects into"} "{self.boundary}"'


@dataclass(frozen=True, eq=False)
class Choice:
    """The courses open to a crack and the one that it takes, or would take if it grew.

    Attributes:
        courses: the best one within the grain first, then every boundary in reach; of a crack between unlike solids
            the interface alone.
        angles: angles within the grain, rad; none between unlike solids.
        rates: energy release rate of a small kink at each of them, J/m^2.
    """

    courses: tuple[Course, ...]
    angles: Array
    rates: Array

    @property
    def best(self) -> Course:
        """The course on which driving force exceeds resistance by the largest factor."""
        return max(self.courses, key=lambda course: course.utilisation)

    @property
    def margin(self) -> float:
        """Utilisation of the best course over that of the next one; infinite where there is none."""
        ranked = sorted((course.utilisation for course in self.courses), reverse=True)
        return ranked[0] / ranked[1] if len(ranked) > 1 and ranked[1] > 0.0 else np.inf

    @property
    def threshold(self) -> float | None:
        """Fracture energy of a boundary over that of the grain below which it deflects the crack; None without one."""
        grain, *boundaries = self.courses
        if grain.boundary or not boundaries or not grain.energy_release_rate > 0.0:
            return None
        return max(course.energy_release_rate for course in boundaries) / grain.energy_release_rate


@dataclass(frozen=True, eq=False)
class KinkCompliance:
    """Compliance of straight growth by the direction of growth.

    Attributes:
        table: matrices at equidistant angles, modes in the order I, II, III, shape (angles, 3, 3), 1/Pa.
    """

    table: Array

    def at(self, angle: Array) -> Array:
        """Return the matrices (n, 3, 3), 1/Pa, at angles (n,), rad."""
        flat = self.table.reshape(len(_TABLE), 9)
        return np.stack([np.interp(angle, _TABLE, column) for column in flat.T], axis=-1).reshape(len(angle), 3, 3)


def kink_compliance(stiffness: Array) -> KinkCompliance:
    """Return the compliance of a solid with a Voigt stiffness (6, 6) in the frame of the crack, Pa."""
    order = np.ix_(_MODES, _MODES)
    return KinkCompliance(
        np.array([crack_field(stiffness, (np.cos(one), np.sin(one)), 3).compliance[order] for one in _TABLE])
    )


def kink_energy_release_rate(modes: Array, angle: Array, compliance: KinkCompliance) -> Array:
    """Return G (n,) of small kinks, J/m^2.

    Args:
        modes: K_I, K_II, K_III of the crack, Pa m^0.5.
        angle: of the kinks, rad, shape (n,).
        compliance: of the solid in the frame of growth, normal and tangent.
    """
    kinked = kinked_modes(modes, angle)
    return np.asarray(0.5 * np.einsum("ni,nij,nj->n", kinked, compliance.at(angle), kinked))


def choose_course(
    modes: Array, compliance: KinkCompliance, fracture_energy: float, boundaries: Sequence[BoundaryCourse]
) -> Choice:
    """Return the courses of a crack.

    Args:
        modes: K_I, K_II, K_III, Pa m^0.5.
        compliance: of the grain ahead in the frame of the crack.
        fracture_energy: of that grain, J/m^2.
        boundaries: those that meet the tip.
    """
    reachable = [one for one in boundaries if abs(one.angle) <= _ANGLES[-1]]
    angle = np.concatenate([_ANGLES, [one.angle for one in reachable]])
    rate = kink_energy_release_rate(modes, angle, compliance)
    within = rate[: len(_ANGLES)]
    # among equals the straightest: nothing drives a crack without load anywhere
    best = int(np.lexsort((np.abs(_ANGLES), -np.round(within / fracture_energy, 12)))[0])
    grain = Course("", float(_ANGLES[best]), float(within[best]), fracture_energy)
    along = [
        Course(one.name, one.angle, released, one.fracture_energy)
        for one, released in zip(reachable, rate[len(_ANGLES) :].tolist(), strict=True)
    ]
    return Choice((grain, *along), _ANGLES, within)


def along_interface(modes: Array, compliance: Array, interface: BoundaryCourse) -> Choice:
    """Return the one course of a crack between unlike solids that is judged, with G = k . M k / 2 of that interface.

    Args:
        modes: Re K, Im K and K_3, Pa m^0.5; a closed crack counts as one with Re K = 0.
        compliance: matrix M of the interface, modes in the order Im K, Re K (and K_3), 1/Pa.
        interface: that the crack runs along.
    """
    number = len(compliance)
    given = modes[_MODES[:number]].copy()
    given[1] = max(given[1], 0.0)
    released = float(0.5 * given @ compliance @ given)
    return Choice((Course(interface.name, interface.angle, released, interface.fracture_energy),), _NONE, _NONE)
