# SPDX-License-Identifier: LGPL-3.0-or-later
"""An electrode contact about a steady state: conductances and capacitance of its equivalent circuit, as expressions.

Charge transfer has the slope of its law in parallel with the double layer; film, imperfect contact and interphase are
in series with both. The pressure of sodium that is confined in a flaw keeps the value of the steady state: a signal of
millivolts plates too little in one period to change it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import ufl
from dolfinx import fem
from mpi4py import MPI
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.contact import BoundContact, Contact
from jadeite.physics.electrode import LinearResistance

#: Least resistance of a film, and of charge transfer behind one, over the largest resistance in series there: a film
#: that is absent in some places, or kinetics without any resistance, would have conductances that are no numbers.
_LEAST = 1e-10


@dataclass(frozen=True)
class LinearContact:
    """A contact for small signals.

    Attributes:
        kinds: kinds of surface that belong to it.
        ideal: no resistance at all; the other values are None.
        faradaic: conductance of charge transfer, S/m^2, or None where it has no resistance of its own.
        film: conductance of what is in series with it, S/m^2, or None where there is nothing.
        capacitance: of the double layer, F/m^2, or None.
        measure: integral over the contact, or None for an ideal one.
        blocking: no charge is transferred.
    """

    kinds: tuple[SurfaceKind, ...]
    ideal: bool
    faradaic: Expr | None = None
    film: Expr | None = None
    capacitance: Expr | None = None
    measure: ufl.Measure | None = None
    blocking: bool = False


def linearise(contact: Contact, domain: Domain, metal: float, potential: Expr) -> LinearContact:
    """Return a contact about a state.

    Args:
        contact: with its law.
        domain: the separator.
        metal: potential of the metal in that state, V.
        potential: of the ceramic, V.

    Note:
        Collective.
    """
    law = contact.law
    if law is None:
        return LinearContact(contact.kinds, ideal=True)
    msh = domain.mesh
    bound = contact.bind(domain, fem.Constant(msh, metal), fem.Constant(msh, 0.0))
    series = contact.series
    largest = law.film_resistance
    if series is not None:
        of_rank = float(series.total().max(initial=0.0))
        largest += float(msh.comm.allreduce(of_rank, op=MPI.MAX))
    capacitance = None if law.double_layer_capacitance == 0.0 else fem.Constant(msh, law.double_layer_capacitance)
    film: Expr | None = None
    faradaic: Expr | None
    if largest > 0.0:
        film = 1.0 / ufl.max_value(bound.series_resistance, _LEAST * largest)
    if isinstance(law, LinearResistance):
        faradaic = None if law.resistance == 0.0 else fem.Constant(msh, 1.0 / law.resistance)
    else:
        slope = _slope(bound, potential)
        faradaic = slope
        if largest > 0.0:
            faradaic = 1.0 / ufl.max_value(1.0 / slope - bound.series_resistance, _LEAST * largest)
    if faradaic is None:
        capacitance = None  # nothing can charge a layer that is short-circuited
    blocking = isinstance(law, LinearResistance) and math.isinf(law.resistance)
    return LinearContact(contact.kinds, False, faradaic, film, capacitance, bound.measure, blocking)


def _slope(bound: BoundContact, potential: Expr) -> Expr:
    """Slope of the law at the driving potential difference that confined sodium leaves."""
    driving = bound.driving(potential)
    assert bound.law is not None
    return bound.law.slope(driving if bound.sodium is None else bound.sodium.effective_driving(driving))
