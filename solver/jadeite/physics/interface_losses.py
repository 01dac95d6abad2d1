# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the electrodes of a solved cell cost, by mechanism: charge transfer, film, contact, interphase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.fem.facet_sampler import FacetSampler
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import ConductionResult
from jadeite.physics.contact import INTERFACE_DEGREE
from jadeite.physics.series_resistance import SeriesPart

Array = NDArray[np.float64]


@dataclass(frozen=True)
class InterfaceLosses:
    """Power that one electrode dissipates, W (in the plane: per metre of depth).

    Attributes:
        charge_transfer: whatever the parts in series do not take; work against the pressure of sodium that is squeezed
            out of a flaw is part of it.
        film, contact, interphase: in the parts in series with it.
    """

    charge_transfer: float
    film: float
    contact: float
    interphase: float

    @property
    def total(self) -> float:
        """Sum of the parts."""
        return self.charge_transfer + self.film + self.contact + self.interphase


class InterfaceLossProbe:
    """Breaks down the loss at both electrodes; made once, read after every solve."""

    def __init__(self, conduction: Conduction) -> None:
        """Prepare the probe on every contact that has something in series with charge transfer."""
        domain = conduction.domain
        self._comm = domain.mesh.comm
        plating = {id(contact) for contact in conduction.plating}
        self._parts = [
            (0 if id(contact) in plating else 1, contact, current, FacetSampler(domain, facets, INTERFACE_DEGREE))
            for contact, _, current, _ in conduction.contact_expressions()
            if contact.law is not None and (contact.series is not None or contact.law.film_resistance > 0.0)
            for facets in (domain.facets(*contact.kinds),)
        ]

    def read(self, result: ConductionResult) -> tuple[InterfaceLosses, InterfaceLosses]:
        """Return the losses of the plating and the stripping electrode at the state of a result.

        Note:
            Collective.
        """
        order = (SeriesPart.FILM, SeriesPart.CONTACT, SeriesPart.INTERPHASE)
        losses = np.zeros((2, len(order)))
        for electrode, contact, current, sampler in self._parts:
            assert contact.law is not None
            squared = np.einsum("fq,fq->f", sampler.evaluate(current) ** 2, sampler.weights)
            losses[electrode, 0] += contact.law.film_resistance * squared.sum()
            if contact.series is not None:
                for column, part in enumerate(order):
                    losses[electrode, column] += squared @ contact.series.on(part, sampler.facets)
        losses = self._comm.allreduce(losses)
        plating, stripping = (
            InterfaceLosses(float(total - row.sum()), *(float(value) for value in row))
            for total, row in zip(result.interface_power, losses, strict=True)
        )
        return plating, stripping
