# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a foil that changes its shape to headlines, tables, and the sentence that answers the case."""

from __future__ import annotations

from jadeite.output.display import number, percent, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.study.pressing.foil import Foil
from jadeite.study.pressing.transient import Transient

#: Imbalance of work above which a reader is warned: equilibrium was not found.
_ERROR_LIMIT = 1e-6
#: Imbalance of energy above which a reader is warned: time is resolved coarsely.
_COARSE = 1e-2
#: Share of the thickness that sodium may reach beyond the platens before a reader is warned.
_BEYOND = 1e-3


def answer(found: Transient, foil: Foil) -> str:
    """Return the result in one sentence or two."""
    last = found.instants[-1]
    largest = max(instant.pressure for instant in found.instants)
    return (
        f"After {number(last.time)} s the foil has lost {percent(last.thickness_lost)} of its thickness; the largest "
        f"pressure on the way was {quantity(largest, 'Pa')}."
    )


def headlines(found: Transient, foil: Foil) -> list[Headline]:
    """Return the figures the run is judged by."""
    last, ledger = found.instants[-1], found.body.ledger
    return [
        Headline(
            "pressing_pressure",
            "Pressure of the platens",
            last.pressure,
            "Pa",
            "force over the area of the foil before it spread, at the end",
        ),
        Headline(
            "largest_pressing_pressure",
            "Largest pressure",
            max(instant.pressure for instant in found.instants),
            "Pa",
            "largest force over the area of the foil before it spread",
        ),
        Headline(
            "foil_thickness",
            "Thickness of the foil",
            foil.thickness * (1.0 - last.thickness_lost),
            "m",
            "distance of the platens at the end, less ceramic that is meshed",
        ),
        Headline("thickness_lost", "Thickness lost", last.thickness_lost, "1", "share of that at the start"),
        Headline(
            "work_imbalance",
            "Imbalance of work",
            found.body.work_imbalance,
            "1",
            "work of the platens less that of the stress, summed over the steps, over the energy turned over: an error "
            "of equilibrium, which closes to 1e-6 however long the steps",
        ),
        Headline(
            "energy_imbalance",
            "Imbalance of energy",
            ledger.imbalance,
            "1",
            "work of the platens less what the metal stores and dissipates by its law, likewise: an error of time "
            "steps, which falls with `time_tolerance`",
        ),
    ]


def tables(found: Transient) -> list[ResultTable]:
    """Return the foil against time, with the energies."""
    columns = (
        Column("time", "time", "s"),
        Column("thickness_lost", "thickness lost"),
        Column("pressure", "pressure", "Pa"),
        Column("mean_pressure", "pressure on the present area", "Pa"),
        Column("external_work", "work", "J"),
        Column("stored", "stored energy", "J"),
        Column("dissipated", "dissipated energy", "J"),
    )
    rows = tuple(
        (
            instant.time,
            instant.thickness_lost,
            instant.pressure,
            instant.mean_pressure,
            instant.external_work,
            instant.stored,
            instant.dissipated,
        )
        for instant in found.instants
    )
    return [ResultTable("foil_history", "The foil in time", columns, rows, listed=len(rows) <= 30)]


def solver(found: Transient) -> dict[str, float | int | str]:
    """Return what the solver did and how well energy balances."""
    return {
        "time steps": len(found.instants),
        "Newton steps": found.body.newton_steps,
        "imbalance of work (equilibrium)": found.body.work_imbalance,
        "imbalance of energy (time steps)": found.body.ledger.imbalance,
    }


def warnings(found: Transient, foil: Foil, beyond: float) -> list[str]:
    """Return what a reader has to keep in mind.

    Args:
        found: what was solved.
        foil: the foil.
        beyond: how far sodium reaches beyond the platens, m.
    """
    said = []
    work, energy = found.body.work_imbalance, found.body.ledger.imbalance
    if work > _ERROR_LIMIT:
        said.append(f"the works of platens and of the stress differ by {work:.1e} of the energy: equilibrium is rough")
    if energy > _COARSE:
        said.append(
            f"time is resolved coarsely: the work of the platens and what is stored and dissipated differ by "
            f"{100 * energy:.1f} %; a smaller `time_tolerance` helps"
        )
    if beyond > _BEYOND * foil.thickness:
        said.append(
            f"sodium that bulges out at the edge reaches {quantity(beyond, 'm')} beyond the platens: nothing keeps it "
            "from folding over them"
        )
    return said
