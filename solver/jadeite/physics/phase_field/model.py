# SPDX-License-Identifier: LGPL-3.0-or-later
"""What makes a regularised crack: the density of its surface energy, and what follows from it in closed form.

    E = int g(d) psi_open + psi_closed dx + int G_c gamma(d) dx,   gamma = [w(d)/l + l |grad d|^2] / c_w
    g(d) = (1 - k) (1 - d)^2 + k

d runs from 0 (whole) to 1 (broken), l is the length over which a crack spreads, and k a small stiffness that a crack
keeps. The models of Ambrosio and Tortorelli differ in w (Pham, Amor, Marigo and Maurini 2011); a new one is one module
with a `CrackModel` and one row in `registry.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ufl
from numpy.typing import NDArray
from ufl.core.expr import Expr

Array = NDArray


@dataclass(frozen=True)
class CrackModel:
    """The surface energy of a regularised crack.

    Attributes:
        name: as cases say it.
        normalisation: c_w, four times the integral of the square root of w from 0 to 1.
        local: w as a function of the damage.
        mesh_excess: by how much a mesh of cells of size h makes cracks tougher: G_c (1 + mesh_excess h/l). A crack in
            elements of degree one breaks a row of cells whole; their surface energy comes on top of that of the profile
            (Bourdin, Francfort and Marigo 2008, section 8.1).
        strength: largest stress (Pa) of a bar that stays homogeneous, of Young's modulus (Pa), toughness (J/m^2) and
            length (m).
        half_band: surface energy (J/m^2) of one side of a crack along the middle of a band, of the toughness in the
            band and outside it and the half width of the band over l; elementwise.
    """

    name: str
    normalisation: float
    local: Callable[[Expr], Expr]
    mesh_excess: float
    strength: Callable[[float, float, float], float]
    half_band: Callable[[Array, Array, Array], Array]

    def density(self, damage: Expr, length: Expr | float) -> Expr:
        """Return the crack area per volume, gamma (1/m)."""
        gradient = ufl.grad(damage)
        return (self.local(damage) / length + length * ufl.inner(gradient, gradient)) / self.normalisation


def degradation(damage: Expr, residual_stiffness: float) -> Expr:
    """Return g, the share of the stiffness that is left."""
    return (1.0 - residual_stiffness) * (1.0 - damage) ** 2 + residual_stiffness
