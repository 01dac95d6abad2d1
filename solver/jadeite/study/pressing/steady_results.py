# SPDX-License-Identifier: LGPL-3.0-or-later
"""From steady states of a foil to headlines, tables, and the sentence that answers the case."""

from __future__ import annotations

import math

import numpy as np

from jadeite.output.display import number, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.study.pressing.foil import Foil
from jadeite.study.pressing.steady import SteadyFlow

#: Imbalance of power above which a reader is warned.
_ERROR_LIMIT = 1e-6
#: Half widths over thickness in the table of what confinement does.
_ASPECT_RATIOS = np.geomspace(1.0, 1000.0, 31)


def answer(found: SteadyFlow, foil: Foil) -> str:
    """Return the result in one sentence or two."""
    last = found.states[-1]
    text = (
        f"Sodium flows as fast as {quantity(last.current_density, 'A m^-2')} removes it under "
        f"{quantity(last.pressure, 'Pa')}"
    )
    free = foil.free_layer(last.speed)
    if free is not None:
        text += f"; a layer that slides freely would need {quantity(free, 'Pa')}"
    exponent = _exponent(found)
    if exponent is not None:
        text += f". The pressure goes with the current density to the power {number(exponent)}"
    return f"{text}."


def headlines(found: SteadyFlow, foil: Foil) -> list[Headline]:
    """Return the figures the run is judged by, at the largest current density."""
    last = found.states[-1]
    lines = [
        Headline(
            "pressing_pressure",
            "Pressure of the platens",
            last.pressure,
            "Pa",
            "force over area that makes the foil thin as fast as the largest current density removes sodium",
        )
    ]
    free, film = foil.free_layer(last.speed), foil.squeeze_film(last.speed)
    if free is not None and film is not None:
        lines += [
            Headline("free_layer_pressure", "Pressure of a free layer", free, "Pa", "the same without friction"),
            Headline(
                "squeeze_film_pressure",
                "Pressure of a thin film",
                film,
                "Pa",
                "Scott's equation: a film much wider than thick that sticks to the platens",
            ),
            Headline(
                "confinement",
                "Confinement",
                last.pressure / free,
                "1",
                "pressure of the platens over that of a free layer",
            ),
        ]
    exponent = _exponent(found)
    if exponent is not None:
        lines.append(
            Headline(
                "pressure_exponent",
                "Exponent of the current density",
                exponent,
                "1",
                "slope of ln pressure against ln current density, first to last",
            )
        )
    return lines


def tables(found: SteadyFlow, foil: Foil) -> list[ResultTable]:
    """Return pressure against current density, under the platen, and against the width of the foil."""
    columns = (
        Column("current_density", "current density", "A m^-2"),
        Column("speed", "speed of the platen", "m s^-1"),
        Column("pressure", "pressure", "Pa"),
        Column("free_layer", "free layer", "Pa"),
        Column("squeeze_film", "thin film (Scott)", "Pa"),
        Column("friction_share", "share of friction in the power"),
        Column("power_gap", "power out of balance"),
    )
    rows = tuple(
        (
            state.current_density,
            state.speed,
            state.pressure,
            foil.free_layer(state.speed),
            foil.squeeze_film(state.speed),
            state.friction_share,
            state.power_gap,
        )
        for state in found.states
    )
    given = [ResultTable("pressing", "Pressure against current density", columns, rows)]
    profile = (Column("distance", "distance from the middle", "m"), Column("pressure", "pressure", "Pa"))
    if foil.dimension == 2:
        places = tuple(zip(found.distance.tolist(), found.wall_pressure.tolist(), strict=True))
        given.append(ResultTable("wall_pressure", "Pressure under the upper platen", profile, places, listed=False))
    last = found.states[-1]
    if foil.squeeze_film(last.speed) is not None:
        wider = (Column("aspect_ratio", "half width over thickness"), Column("squeeze_film", "thin film", "Pa"))
        ratios = np.sort(np.append(_ASPECT_RATIOS, foil.aspect_ratio)).tolist()
        widths = tuple((ratio, foil.squeeze_film(last.speed, ratio * foil.thickness)) for ratio in ratios)
        title = "Pressure against half width over thickness, thin film"
        given.append(ResultTable("confinement", title, wider, widths, listed=False))
    return given


def solver(found: SteadyFlow) -> dict[str, float | int | str]:
    """Return what the solver did and how well power balances."""
    return {
        "steady states": len(found.states),
        "Newton steps": sum(state.newton_steps for state in found.states),
        "largest imbalance of power": max(abs(state.power_gap) for state in found.states),
    }


def warnings(found: SteadyFlow, foil: Foil) -> list[str]:
    """Return what a reader has to keep in mind."""
    said = []
    worst = max(abs(state.power_gap) for state in found.states)
    if worst > _ERROR_LIMIT:
        said.append(f"the power of the platens differs from what is dissipated by {worst:.1e} of it")
    pulled = float((found.wall_pressure < 0.0).mean()) if len(found.wall_pressure) else 0.0
    if pulled > 0.02 and foil.friction is not None:
        said.append(f"sodium pulls at {100 * pulled:.0f} % of the platen: it would lift off there, which is not solved")
    return said


def _exponent(found: SteadyFlow) -> float | None:
    first, last = found.states[0], found.states[-1]
    if first is last:
        return None
    return math.log(last.pressure / first.pressure) / math.log(last.current_density / first.current_density)
