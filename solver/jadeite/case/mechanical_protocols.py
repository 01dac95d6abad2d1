# SPDX-License-Identifier: LGPL-3.0-or-later
"""Protocols without current: a load that rises on a body with flaws, and a metal foil that is pressed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section, key
from jadeite.case.units import PRESSURE, CurrentDensity, Duration, Pressure, QuantityField

_Traction = Annotated[float, QuantityField(PRESSURE, at_least="-1e4 MPa", at_most="1e4 MPa")]


class Loading(Section):
    """Loads that rise together from nothing: cooling, stack pressure, pressure in flaws and cracks, remote stress.

    Cooling runs from `mechanics.stress_free_temperature` to the temperature of the case, and the stack pressure is
    that of `mechanics`.
    """

    law: Literal["loading"] = key("loading", description="A mechanical load that rises, without current.")
    flaw_pressure: Pressure = key("0 MPa", description="Pressure on the walls of flaws that sodium fills.")
    crack_pressure: Pressure = key("0 MPa", description="Pressure on the faces of embedded cracks.")
    side_stress: _Traction = key(
        "0 MPa", description="Remote stress along x on the sides, tension positive; the same on those along z in 3-D."
    )
    opened_boundaries: int = key(
        0,
        ge=0,
        le=1000,
        description="Boundaries, those under the largest tension first, that are opened one at a time to find the "
        "energy that this releases, and with it the grain size above which they open by themselves.",
    )
    steps: int | None = key(
        None, ge=1, le=10000, description="Load steps; 1 where nothing can fail and 20 elsewhere, if left out."
    )
    control: Literal["load", "arc_length"] = key(
        "load",
        description="How steps are taken: `load` raises the load and jumps over instabilities, `arc_length` follows "
        "them, also where the load has to fall.",
    )
    magnifications: tuple[Annotated[float, Field(gt=0.0, le=1e6)], ...] = key(
        (1.0,), max_length=50, description="Factors on every length of the microstructure: grain sizes to go through."
    )


class Pressing(Section):
    """Meshed sodium between rigid platens: pressed at a rate, under a pressure, or as current removes it.

    Exactly one of `current_densities`, `compression` and `pressure`. The lower platen is at y = 0 and stands still.
    """

    law: Literal["pressing"] = key("pressing", description="A sodium foil that is pressed, without current elsewhere.")
    current_densities: tuple[CurrentDensity, ...] = key(
        (),
        max_length=50,
        description="Stripping current densities, rising: platens follow as sodium is removed, and the steady pressure "
        "that makes sodium flow fast enough is found, with the foil as thick as it is.",
    )
    compression: float | None = key(
        None,
        gt=0.0,
        lt=0.9,
        description="Share of its thickness that the foil loses at a constant speed of the platen.",
    )
    pressure: Pressure | None = key(
        None, description="Pressure of the platens, held: their force over the area of the foil before it spreads."
    )
    duration: Duration | None = key(None, description="How long, for `compression` and `pressure`.")
    time_tolerance: float = key(
        1e-3,
        gt=0.0,
        le=0.1,
        description="Relative error allowed in each time step of `compression` and `pressure`; steps are chosen to "
        "keep it.",
    )
