# SPDX-License-Identifier: LGPL-3.0-or-later
"""What domain integrals need of a singular auxiliary field, and that field at a tip inside one solid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.crack_field import CrackField, crack_field

Array = NDArray[np.float64]


class TipField(Protocol):
    """Singular fields of unit stress intensity factors, crack along negative x1, in the frame of the crack."""

    @property
    def compliance(self) -> Array:
        """Matrix M (modes, modes), 1/Pa: interaction integral k1.M k2, energy release rate k.M k / 2."""
        ...

    def stiffness(self, aside: Array) -> Array:
        """Return the Voigt stiffness (n, 6, 6), Pa, at places with x2 = `aside` (n,)."""
        ...

    def gradients(self, ahead: Array, aside: Array) -> tuple[Array, Array]:
        """Return displacement gradient and its derivative along x1, each of shape (modes, n, 3, 3)."""
        ...


@dataclass(frozen=True, eq=False)
class UniformTip:
    """The field at a tip in one anisotropic solid; modes in the order II, I, III (`crack_field`)."""

    field: CrackField

    @property
    def compliance(self) -> Array:
        """Matrix M of the modes."""
        return self.field.compliance

    def stiffness(self, aside: Array) -> Array:
        """Return the stiffness of the solid."""
        return np.broadcast_to(self.field.stiffness, (len(aside), 6, 6))

    def gradients(self, ahead: Array, aside: Array) -> tuple[Array, Array]:
        """Return displacement gradients and their derivatives along x1."""
        z = ahead + self.field.eigenvalues[:, None] * aside
        root = np.sqrt(z)  # the principal branch is cut along the crack
        first = np.einsum("mkij,kn->mnij", self.field.gradients, 0.5 / root).real
        slope = np.einsum("mkij,kn->mnij", self.field.gradients, -0.25 / (root * z)).real
        return padded(first), padded(slope)


def uniform_tip(stiffness: Array, components: int) -> UniformTip:
    """Return the field at a tip in a solid of a Voigt stiffness (6, 6) in the frame of the crack, Pa."""
    return UniformTip(crack_field(stiffness, (1.0, 0.0), components))


def padded(gradient: Array) -> Array:
    """Return gradients (modes, n, components, 2) as (modes, n, 3, 3)."""
    full = np.zeros((*gradient.shape[:2], 3, 3))
    full[:, :, : gradient.shape[2], :2] = gradient
    return full
