# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a summary tells of leaking electrons: headline figures, tables, a sentence, warnings."""

from __future__ import annotations

from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import number
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.study.cell.leakage import LeakageReading

#: Shares of electrons in current and conductivity that a reader need not know of.
NEGLIGIBLE = 0.01
#: JSON knows no infinity: a place that nothing drives has a margin too large to matter.
_LARGEST_MARGIN = 1e9


def headlines(reading: LeakageReading) -> list[Headline]:
    """Return the figures that leakage adds."""
    found = [
        Headline(
            "leakage_current_density",
            "Leakage current density",
            reading.current_density,
            "A m^-2",
            "electronic current into the plating electrode over its area, before metal forms inside the ceramic",
        ),
        Headline(
            "largest_sodium_chemical_potential",
            "Largest chemical potential of sodium",
            reading.largest[0],
            "V",
            "over the Faraday constant, against bulk metal without pressure",
        ),
    ]
    filling = [pore for pore in reading.pores if pore.filling_time is not None]
    if filling:
        fastest = min(filling, key=lambda pore: pore.filling_time or 0.0)
        assert fastest.filling_time is not None
        found.append(
            Headline(
                "pore_filling_time",
                "Filling time of the first pore",
                fastest.filling_time,
                "s",
                f"time until leaking electrons have filled a first pore (here {fastest.pore.name}) with sodium",
            )
        )
    if reading.first is not None:
        found.append(
            Headline(
                "nucleation_margin",
                "Margin of internal deposition",
                min(reading.first.margin, _LARGEST_MARGIN),
                "1",
                "chemical potential at which sodium opens the ceramic over the one that is there, where it is "
                f"smallest (here {reading.first.name})",
            )
        )
    return found


def tables(reading: LeakageReading, mesh: TaggedMesh) -> list[ResultTable]:
    """Return the table of pores and that of the separator as a whole."""
    axes = "xyz"[: mesh.dimension]
    pores = ResultTable(
        "pore_filling",
        "Pores that leaking electrons fill",
        (
            *(Column(axis, f"{axis} of the centre", "m") for axis in axes),
            Column("radius", "radius", "m"),
            Column("sodium_potential", "mean chemical potential of sodium on the wall, over F", "V"),
            Column("spread", "its largest minus its smallest value", "V"),
            Column("filling_limit", "the same of metal in the pore", "V"),
            Column("opening_limit", "the same of metal that opens the pore", "V"),
            Column("nucleus_radius", "radius of the smallest nucleus that grows", "m"),
            Column("current", "depositing current at first", "A" if mesh.measured_in_space else "A m^-1"),
            Column("filling_time", "time until it is full", "s"),
        ),
        tuple(
            (
                *pore.pore.centre,
                pore.pore.radius,
                pore.sodium_potential,
                pore.spread,
                pore.threshold,
                float(limit),
                nucleus,
                pore.current,
                pore.filling_time,
            )
            for pore, limit, nucleus in zip(reading.pores, reading.opening, reading.nuclei, strict=True)
        ),
    )
    whole = ResultTable(
        "leakage",
        "Where sodium metal can form in the ceramic",
        (
            Column("share_of_current", "electronic over ionic current"),
            Column("conductivity_ratio", "largest electronic over ionic conductivity"),
            Column("flaw_size", "size of the flaws to be opened", "m"),
            Column("flaw_limit", "lowest chemical potential of sodium that opens them, over F", "V"),
            Column("volume_share", "share of the volume where metal can open them"),
            Column("boundary_share", "share of the boundaries where it can"),
            Column("deposition", "mean depositing current density there, off the electrodes", "A m^-2"),
        ),
        (
            (
                reading.share_of_current,
                reading.conductivity_ratio,
                reading.flaw_size,
                reading.flaw_limit,
                reading.volume_share,
                reading.boundary_share,
                reading.deposition,
            ),
        ),
    )
    return [pores, whole] if reading.pores else [whole]


def warnings(reading: LeakageReading) -> list[str]:
    """Return what a reader has to know before trusting the figures."""
    found = []
    if reading.share_of_current > NEGLIGIBLE:
        found.append(
            f"electrons carry {reading.share_of_current:.2g} times as much current as ions: the applied current "
            "density is that of the ions, the cell takes both"
        )
    if reading.conductivity_ratio > NEGLIGIBLE:
        found.append(
            f"the electronic conductivity is {reading.conductivity_ratio:.2g} times the ionic one; times to fill "
            "pores take the ionic potential for undisturbed and are too short by about that share"
        )
    return found


def finding(reading: LeakageReading) -> str:
    """Return in a sentence what leakage leads to."""
    first = reading.first
    if first is None or first.sodium_potential <= 0.0:
        return "Leaking electrons deposit no sodium: nowhere at a pore or boundary is there more than bulk metal has."
    filling = [pore for pore in reading.pores if pore.filling_time is not None]
    said = f"Leaking electrons deposit sodium nearest to opening the ceramic at {first.name}"
    if filling:
        fastest = min(pore.filling_time or 0.0 for pore in filling)
        said = (
            f"Leaking electrons fill {len(filling)} of {len(reading.pores)} pores, the first in "
            f"{_duration(fastest)}; sodium comes nearest to opening the ceramic at {first.name}"
        )
    return f"{said}, which bears {number(first.margin, 2)} times what is there."


def _duration(seconds: float) -> str:
    """A time in the largest unit that it is at least two of."""
    for size, unit in ((365.25 * 86400.0, "years"), (86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2.0 * size:
            return f"{number(seconds / size, 2)} {unit}"
    return f"{number(seconds, 2)} seconds"
