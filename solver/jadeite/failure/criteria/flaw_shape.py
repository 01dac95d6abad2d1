# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the shape of a flaw makes of the pressure in it: an edge crack in the plane, half an ellipse in space.

Stress intensity factors are written K = Y p sqrt(pi c) with the depth c, for two profiles of face pressure: uniform p,
and linear, p x / c at distance x below the mouth. A front in space has two decisive places, the deepest point and the
point at the surface: under uniform pressure K is largest at one or the other, under linear pressure at the deepest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from jadeite.failure.criteria.opening import EDGE_LINEAR, EDGE_UNIFORM


@dataclass(frozen=True, slots=True)
class FlawShape:
    """Factors Y of a shape at the decisive places of its front; `uniform` and `linear` belong together place by place.

    `name` is for readers.
    """

    name: str
    uniform: tuple[float, ...]
    linear: tuple[float, ...]

    @property
    def largest_uniform(self) -> float:
        """Y under uniform pressure where it is largest."""
        return max(self.uniform)

    @property
    def largest_linear(self) -> float:
        """Y under linear pressure where it is largest."""
        return max(self.linear)

    def load(self, uniform: float, linear: float) -> float:
        """Return K / sqrt(pi c) under the pressure uniform + linear x / c, where that is largest on the front.

        Both pressures in one unit, which the answer has as well.
        """
        return max(u * uniform + v * linear for u, v in zip(self.uniform, self.linear, strict=True))


EDGE_CRACK = FlawShape("edge crack", (EDGE_UNIFORM,), (EDGE_LINEAR,))
"""A flaw that runs through the plane, however long along the electrode: of all shapes of one depth the weakest."""


def half_ellipse(depth: float, half_length: float) -> FlawShape:
    """Return the factors of a semi-elliptical flaw in a half space, of some depth and half its length at the mouth.

    Newman and Raju (Eng. Fract. Mech. 15, 1981, 185, equations 2 to 10; for flaws deeper than half their length their
    extension in ASTM STP 791, 1983, I-238) give K = F p sqrt(pi c / Q) for tension and K = H F p sqrt(pi c / Q) for
    bending of a plate of thickness t, fitted within 5 % to finite elements; pressure on the walls loads the flaw like
    tension. Here the plate is endlessly thick. Bending is p (1 - 2 x / t) there, so the term of H that is linear in
    c / t is, by superposition, that of the linear pressure p x / c. For long flaws this gives 1.13 and 0.689, where the
    edge crack has 1.1215 and 0.6829. Lengths in one unit.
    """
    ratio = depth / half_length
    if ratio <= 1.0:
        size = 1.0 + 1.464 * ratio**1.65
        magnification = 1.13 - 0.09 * ratio
        deepest, surface = magnification, 1.1 * magnification * math.sqrt(ratio)
        bent_deepest, bent_surface = 1.22 + 0.12 * ratio, 0.34 + 0.11 * ratio
    else:
        inverse = 1.0 / ratio
        size = 1.0 + 1.464 * inverse**1.65
        magnification = math.sqrt(inverse) * (1.0 + 0.04 * inverse)
        deepest, surface = magnification * math.sqrt(inverse), 1.1 * magnification
        bent_deepest, bent_surface = 2.11 - 0.77 * inverse, 0.04 + 0.41 * inverse
    deepest, surface = deepest / math.sqrt(size), surface / math.sqrt(size)
    return FlawShape(
        "half an ellipse", (deepest, surface), (0.5 * bent_deepest * deepest, 0.5 * bent_surface * surface)
    )
