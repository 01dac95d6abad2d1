# SPDX-License-Identifier: LGPL-3.0-or-later
"""An integral that carries a weight: with the circumference 2 pi r as its weight, a plane form becomes axisymmetric.

A body of revolution without dependence on the angle has the volume element 2 pi r dr dy and the surface element
2 pi r ds. Forms written with measures of this kind need not know about it.
"""

from __future__ import annotations

from typing import Any

import ufl
from ufl.core.expr import Expr


def unweighted(measure: ufl.Measure) -> ufl.Measure:
    """Return the integral over the mesh itself, without the weight that a measure may carry."""
    return measure.plain if isinstance(measure, WeightedMeasure) else measure


class WeightedMeasure(ufl.Measure):
    """A UFL measure whose integrands are multiplied with a weight."""

    def __init__(self, plain: ufl.Measure, weight: Expr) -> None:
        """Weight a measure; for interior facets the weight is restricted to one side already."""
        super().__init__(
            plain.integral_type(),
            domain=plain.ufl_domain(),
            subdomain_id=plain.subdomain_id(),
            metadata=plain.metadata(),
            subdomain_data=plain.subdomain_data(),
        )
        self.plain, self._weight = plain, weight

    def __rmul__(self, integrand: Any) -> Any:
        """Return the form of a scalar integrand, weighted."""
        if not isinstance(integrand, Expr | int | float):
            return NotImplemented
        return (ufl.as_ufl(integrand) * self._weight) * self.plain

    def reconstruct(self, *arguments: Any, **changes: Any) -> WeightedMeasure:
        """Return the same weighted integral with other properties, as `ufl.Measure.reconstruct` takes them."""
        return WeightedMeasure(self.plain.reconstruct(*arguments, **changes), self._weight)
