# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where metal touches ceramic: which surfaces, which law, and what confined sodium does there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.electrode import BoundLaw, BoundSodium, ConfinedSodium, ElectrodeLaw
from jadeite.physics.interphase.film import GrowingFilm
from jadeite.physics.series_resistance import SeriesResistance

#: Quadrature degree of the nonlinear interface laws: exact for products of quadratics, and ample for smooth
#: exponentials.
INTERFACE_DEGREE = 6


@dataclass(frozen=True)
class Contact:
    """A part of an electrode's surface with one law.

    Attributes:
        kinds: kinds of surface that belong to it.
        law: current density against driving potential difference; None is an ideal contact without any resistance.
        sodium: pressure feedback of sodium that is confined there, or None.
        series: resistance in series with the law on each facet, or None.
        film: film that grows there with time, or None; its resistance is part of the series.
    """

    kinds: tuple[SurfaceKind, ...]
    law: ElectrodeLaw | None
    sodium: ConfinedSodium | None = None
    series: SeriesResistance | None = None
    film: GrowingFilm | None = None

    def bind(self, domain: Domain, metal: fem.Constant, equilibrium: Expr) -> BoundContact:
        """Return the contact on a domain, for a metal potential and an equilibrium potential (V).

        Raises:
            ValueError: for an ideal contact of sodium that escapes at some pressure, because beyond it nothing would
                limit the current; and for one with a series resistance, which needs a law.
        """
        if self.law is None and self.series is not None:
            raise ValueError("a resistance in series needs an interface law, not an ideal contact")
        series = None if self.series is None else self.series.expression
        if self.law is None and self.sodium is not None and np.isfinite(self.sodium.maximum_pressure):
            raise ValueError(
                "sodium that escapes at a maximum pressure needs an interface with resistance, not an ideal contact"
            )
        return BoundContact(
            contact=self,
            metal=metal,
            equilibrium=equilibrium,
            law=None if self.law is None else self.law.bind(domain.mesh, series),
            sodium=None if self.sodium is None else self.sodium.bind(domain.mesh),
            measure=domain.ds(self.kinds, INTERFACE_DEGREE),
        )


@dataclass(frozen=True)
class BoundContact:
    """A contact with its law as UFL expressions of the potential of the ceramic.

    Attributes:
        contact: what it was made from.
        metal: potential of the metal, V.
        equilibrium: E_eq by pressure and stress, V.
        law: law of the interface, or None for an ideal contact.
        sodium: pressure feedback, or None.
        measure: integral over the contact.
    """

    contact: Contact
    metal: fem.Constant
    equilibrium: Expr
    law: BoundLaw | None
    sodium: BoundSodium | None
    measure: ufl.Measure

    @property
    def series_resistance(self) -> Expr:
        """Everything in series with charge transfer: the film of the law and the series of the contact, ohm m^2."""
        law, series = self.contact.law, self.contact.series
        own = fem.Constant(self.metal.ufl_domain(), 0.0 if law is None else law.film_resistance)
        return own if series is None else own + series.expression

    @property
    def conducts(self) -> bool:
        """False for a wall of confined sodium behind an ideal contact: nothing is left to drive a current."""
        return self.law is not None

    def driving(self, potential: Expr) -> Expr:
        """Return the driving potential difference before any shift by confined sodium, V."""
        return self.metal - potential - self.equilibrium

    def current_density(self, potential: Expr) -> Expr:
        """Return the current density out of the metal, A/m^2."""
        driving = self.driving(potential)
        if self.law is None:
            return fem.Constant(self.metal.ufl_domain(), 0.0) * driving
        return self.law.current_density(driving if self.sodium is None else self.sodium.effective_driving(driving))

    def slope(self, potential: Expr) -> Expr:
        """Return its derivative with respect to the potential of the metal, S/m^2."""
        driving = self.driving(potential)
        assert self.law is not None
        if self.sodium is None:
            return self.law.slope(driving)
        return self.law.slope(self.sodium.effective_driving(driving)) * self.sodium.effective_slope(driving)
