# SPDX-License-Identifier: LGPL-3.0-or-later
"""Motions of a body with one unknown amplitude each: the thickness strain of a slice, strains of what repeats, plates.

Forms know them through constants, so that one compiled form serves all of them in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import ufl
from dolfinx import fem
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain

Array = NDArray[np.float64]

_THICKNESS = 2
#: Where a Voigt vector has the shear strain between two axes.
_SHEAR = {(1, 2): 3, (0, 2): 4, (0, 1): 5}


@dataclass(frozen=True)
class Motion:
    """A displacement, its strain as a Voigt vector, and how far the plate behind each foundation moves."""

    displacement: Expr
    strain: Expr
    plates: Sequence[Expr | float]


@dataclass(frozen=True)
class Mode:
    """One motion: a uniform strain (Voigt vector of amplitude one), or that of one plate (its number)."""

    strain: tuple[float, ...]
    plate: int | None = None

    @property
    def moves(self) -> bool:
        """Whether points of the section, or a plate, move with it."""
        return self.plate is not None or any(value for k, value in enumerate(self.strain) if k != _THICKNESS)


class UniformMotions:
    """All such motions of one problem.

    Attributes:
        modes: thickness strain if it is free, normal strains along the axes that repeat, their shear strains, plates.
        repeating: the normal strains among them.
        motion, other: the mode that `show` and `show_other` chose, for the two places of a bilinear form.
    """

    def __init__(self, domain: Domain, components: int, thickness: bool, axes: Sequence[int], plates: int) -> None:
        """List the motions of a domain.

        Args:
            domain: the solid.
            components: of its displacement.
            thickness: whether a slice has a free thickness strain.
            axes: along which the domain repeats.
            plates: number of foundations.
        """
        self._domain, self._components, self._plates = domain, components, plates
        unit = np.eye(6)
        self.repeating = [Mode(tuple(unit[axis])) for axis in axes]
        self.modes = [Mode(tuple(unit[_THICKNESS]))] if thickness else []
        self.modes += self.repeating
        self.modes += [Mode(tuple(unit[_SHEAR[pair]])) for pair in combinations(sorted(axes), 2)]
        self.modes += [Mode((0.0,) * 6, plate) for plate in range(plates)]
        self._middle: Array = 0.5 * (domain.tagged.points.min(axis=0) + domain.tagged.points.max(axis=0))
        self.motion, self._shown = self._symbolic()
        self.other, self._shown_other = self._symbolic()

    def show(self, mode: Mode) -> None:
        """Make `motion` one of the modes."""
        self._set(mode, self._shown)

    def show_other(self, mode: Mode) -> None:
        """Make `other` one of the modes."""
        self._set(mode, self._shown_other)

    def integral(self, mode: Mode, form: fem.Form | None) -> float:
        """Integrate a form of `motion` for one mode. Collective."""
        self.show(mode)
        return integral(form, self._domain.mesh.comm)

    def displacement(self, amplitudes: Sequence[float] | Array, points: Array) -> Array:
        """Return the displacement by all modes together at points (n, 3), shape (n, components)."""
        gradient = np.zeros((self._components, self._domain.dimension))
        for amplitude, mode in zip(amplitudes, self.modes, strict=True):
            gradient += amplitude * self._gradient(mode)
        return (points[:, : self._domain.dimension] - self._middle) @ gradient.T

    def _symbolic(self) -> tuple[Motion, tuple[fem.Constant, ...]]:
        msh = self._domain.mesh
        strain = fem.Constant(msh, np.zeros(6))
        gradient = fem.Constant(msh, np.zeros((self._components, self._domain.dimension)))
        plates = fem.Constant(msh, np.zeros(max(self._plates, 1)))
        place = ufl.SpatialCoordinate(msh) - fem.Constant(msh, self._middle)
        shown = [plates[k] for k in range(self._plates)]
        return Motion(ufl.dot(gradient, place), strain, shown), (strain, gradient, plates)

    def _set(self, mode: Mode, constants: tuple[fem.Constant, ...]) -> None:
        strain, gradient, plates = constants
        strain.value[:] = mode.strain
        gradient.value[:] = self._gradient(mode)
        plates.value[:] = 0.0
        if mode.plate is not None:
            plates.value[mode.plate] = 1.0

    def _gradient(self, mode: Mode) -> Array:
        """Displacement gradient of a mode in the section, shape (components, dimension)."""
        e = mode.strain
        full = np.array([[e[0], e[5] / 2, e[4] / 2], [e[5] / 2, e[1], e[3] / 2], [e[4] / 2, e[3] / 2, e[2]]])
        return full[: self._components, : self._domain.dimension]
