# SPDX-License-Identifier: LGPL-3.0-or-later
"""From boundaries that opened to headlines, tables, warnings, and the sentence that answers the case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import percent, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.physics.solid.cohesive.path import PathPoint
from jadeite.study.assembly.cohesive import BoundariesThatOpen
from jadeite.study.loading.body import LoadStep, energy_scale
from jadeite.study.loading.cohesive_boundaries import OpenedBoundaries
from jadeite.study.loading.opened_conduction import ConductionThroughOpened

#: Cells per length of the zone where a boundary softens, below which the mesh is too coarse for it.
_CELLS_PER_ZONE = 5.0
#: Added compliance of intact boundaries, over that of the grains, from which it is said.
_COMPLIANT = 0.05
#: Boundaries that the table lists at most.
_LISTED = 200


@dataclass(frozen=True, eq=False)
class Cohesive:
    """What was found on one body; `steps` begin at no load, `points` are the equilibria after it."""

    tagged: TaggedMesh
    magnification: float
    boundaries: BoundariesThatOpen
    opened: OpenedBoundaries
    steps: tuple[LoadStep, ...]
    points: tuple[PathPoint, ...]
    current: ConductionThroughOpened

    @property
    def failed(self) -> np.ndarray:
        """Rows of boundaries that failed, in the order in which they did."""
        rows = np.flatnonzero(~np.isnan(self.opened.failed_at))
        return rows[np.argsort(self.opened.failed_at[rows], kind="stable")]

    @property
    def peak(self) -> float:
        """Largest load factor that the body bore."""
        return max(step.load_factor for step in self.steps)


def finding(found: Cohesive) -> str:
    """Return the result in a sentence or two."""
    failed, count = found.failed, len(found.boundaries.rows)
    if not len(failed):
        share = found.opened.open_share
        partly = f", although {percent(share, 1)} of them is open, counted by size" if share > 0.0 else ""
        return f"None of the {count} boundaries opens under {percent(found.peak)} of the load{partly}."
    first = found.opened.failed_at[failed[0]]
    text = (
        f"{len(failed)} of {count} boundaries open, the first at {percent(first)} of the load: "
        f"{found.tagged.surfaces.name[failed[0]]}"
    )
    if _came_apart(found):
        text += f"; the body comes apart beyond {percent(found.peak)} of the load"
    change = found.current
    if change.after is None:
        return f"{text}. Sodium in opened boundaries connects both electrodes."
    if change.after == 0.0:
        return f"{text}. Nothing is left that conducts from one electrode to the other."
    return f"{text}. The conductivity across becomes {percent(change.after / change.before, 1)} of what it was."


def headlines(found: Cohesive) -> list[Headline]:
    """Return what boundaries add to the figures that the run is judged by."""
    state, current, scale = found.opened.now, found.current, found.magnification
    failed = found.failed
    said = [
        Headline(
            "failed_boundaries",
            "Boundaries that failed",
            float(len(failed)),
            "1",
            "number of grain and phase boundaries at least half of which is open",
        ),
        Headline(
            "opened_share",
            "Share of boundaries open",
            found.opened.open_share,
            "1",
            "length (area) of boundaries that have spent 95 % of their fracture energy, over that of all",
        ),
        Headline(
            "largest_opening", "Largest opening", scale * state.largest_opening, "m", "between the faces of a boundary"
        ),
        Headline("peak_load_factor", "Largest share of the load", found.peak, "1", "that the body bore"),
        Headline(
            "effective_conductivity_at_start",
            "Effective conductivity before loading",
            current.before,
            "S m^-1",
            "current density over field between electrodes that touch everywhere",
        ),
        Headline(
            "area_specific_resistance_at_start",
            "Resistance before loading",
            current.resistance_before,
            "ohm m^2",
            "voltage over current density between electrodes that touch everywhere, without interfaces",
        ),
    ]
    if len(failed):
        first = float(found.opened.failed_at[failed[0]])
        said.append(Headline("first_failure", "First boundary fails at", first, "1", "share of the full load"))
    if current.after is not None:
        said.append(
            Headline(
                "effective_conductivity",
                "Effective conductivity after loading",
                current.after,
                "S m^-1",
                "as before loading, with opened boundaries",
            )
        )
    if current.resistance_after is not None:
        said.append(
            Headline(
                "area_specific_resistance",
                "Resistance after loading",
                current.resistance_after,
                "ohm m^2",
                "as before loading, with opened boundaries",
            )
        )
    return said


def tables(found: Cohesive, several: bool) -> list[ResultTable]:
    """Return the boundaries that opened, in part or whole, and what the path along the load steps was like.

    Args:
        found: what was found.
        several: whether there are bodies of other magnifications, whose tables need names of their own.
    """
    key, heading = ("", "") if not several else (f"_{found.magnification:g}", f", lengths x {found.magnification:g}")
    surfaces, opened, state = found.tagged.surfaces, found.opened, found.opened.now
    rows = found.boundaries.rows[state.share[found.boundaries.rows] > 0.0]
    order = np.argsort(np.where(np.isnan(opened.failed_at[rows]), np.inf, opened.failed_at[rows]), kind="stable")
    rows = rows[order]

    def number(value: float) -> float | None:
        return None if np.isnan(value) else float(value)

    boundaries = ResultTable(
        f"failed_boundaries{key}",
        f"Boundaries that opened{heading}",
        (
            Column("misorientation", "misorientation", "rad"),
            Column("measure", "length" if found.tagged.dimension == 2 else "area", _unit(found.tagged)),
            Column("open_share", "share that is open"),
            Column("opening", "mean opening", "m"),
            Column("failed_at", "share of the load at which half is open"),
        ),
        tuple(
            (
                number(surfaces.misorientation[row]),
                float(surfaces.measure[row]) * found.magnification ** (found.tagged.dimension - 1),
                float(state.share[row]),
                found.magnification * float(state.opening[row]),
                number(opened.failed_at[row]),
            )
            for row in rows
        ),
        row_labels=tuple(surfaces.name[row] for row in rows),
        listed=len(rows) <= _LISTED,
    )
    return [boundaries] if len(rows) else []


def solver(found: Cohesive) -> dict[str, float | int | str]:
    """Return what the solvers did, and what became of the energy of boundaries, that of the magnified body."""
    last = found.points[-1] if found.points else None
    if last is None:
        return {}
    scale = energy_scale(found.tagged, found.magnification)
    unit = "J" if found.tagged.measured_in_space else "J/m"
    return {
        "Newton steps": last.steps,
        f"energy spent on boundaries ({unit})": scale * found.opened.now.fracture_energy,
        f"energy released in jumps ({unit})": scale * last.released,
        f"step error of the energy dissipated ({unit})": scale * last.step_error,
    }


def warnings(found: Cohesive) -> list[str]:
    """Return what a reader has to know of strength, mesh and path."""
    given, scale = found.boundaries, found.magnification
    said = []
    coarse = given.cell > given.zone / _CELLS_PER_ZONE
    if coarse.any():
        said.append(
            f"cells along {percent(float(coarse.mean()))} of the boundaries are longer than a fifth of the zone in "
            f"which they soften ({quantity(scale * float(given.zone.min()), 'm')} at the least), so that they open at "
            "too high a load: mesh finer, or lower the strength"
        )
    if (given.zone > given.grain).any():
        said.append(
            f"the zone in which a crack along boundaries softens ({quantity(scale * float(given.zone.max()), 'm')}) is "
            f"longer than a grain ({quantity(scale * given.grain, 'm')}): the strength decides when they open, hardly "
            "the fracture energy"
        )
    if given.compliance > _COMPLIANT:
        said.append(f"intact boundaries add {percent(given.compliance)} to the compliance of the grains")
    if _came_apart(found):
        said.append(f"the body came apart beyond {percent(found.peak)} of the load; fields are those on the way")
    return said


def _came_apart(found: Cohesive) -> bool:
    return found.steps[-1].load_factor < 1.0


def _unit(tagged: TaggedMesh) -> str:
    return "m" if tagged.dimension == 2 and not tagged.axisymmetric else "m^2"
