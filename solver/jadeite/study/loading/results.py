# SPDX-License-Identifier: LGPL-3.0-or-later
"""From loaded bodies to headlines, tables, and the sentence that answers the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jadeite.case.headlines import HYDROSTATIC_OF, LARGEST_MEAN_OF, LARGEST_OF, SMALLEST_MEAN_OF, SMALLEST_OF
from jadeite.failure.cracks import CrackReading
from jadeite.failure.tractions import INTERNAL
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import percent, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.study import crack_tables
from jadeite.study.loading import boundary_statistics, cracks, microcracking
from jadeite.study.loading.body import LoadedBody
from jadeite.study.loading.microcracking import Microcracking
from jadeite.study.loading.stresses import StressReading

#: Imbalance of energy above which a reader is warned.
_ERROR_LIMIT = 1e-6


@dataclass(frozen=True, eq=False)
class Found:
    """What was read off the bodies.

    Attributes:
        bodies: one per magnification that was solved; headlines and fields are about the first.
        stress: of the first.
        microcracking: boundaries that were opened one at a time.
        cracks: flaws and cracks of the first body.
    """

    bodies: Sequence[LoadedBody]
    stress: StressReading
    microcracking: Microcracking
    cracks: Sequence[CrackReading]

    @property
    def tagged(self) -> TaggedMesh:
        """The mesh that was solved on."""
        return self.bodies[0].domain.tagged


def answer(found: Found) -> str:
    """Return the result in one sentence or a few."""
    body, largest = found.bodies[0], found.stress.largest
    said = body.finding
    if not said and body.steps[-1].load_factor < 1.0:
        said = f"The body bears {percent(body.steps[-1].load_factor)} of the load."
    if largest is not None:
        value = quantity(largest.value, "Pa")
        said = f"{said} The largest principal stress is {value}, {largest.where(quantity)}.".strip()
    parts = (cracks.finding(found.cracks), said, microcracking.finding(found.microcracking))
    return " ".join(part for part in parts if part) or "The body bears the load."


def headlines(found: Found) -> list[Headline]:
    """Return the figures the run is judged by."""
    last, body = found.bodies[0].steps[-1], found.bodies[0]
    distance = quantity(found.stress.distance, "m")
    result = [
        Headline("load_factor", "Share of the load", last.load_factor, "1", "load of the last step over the full load")
    ]
    if found.stress.largest is not None:
        peak = found.stress.largest
        result.append(
            Headline(
                "largest_principal_stress",
                "Largest principal stress",
                peak.value,
                "Pa",
                f"largest recovered nodal value at least {distance} from singular places; {peak.where(quantity)}",
            )
        )
    if len(found.stress.phases) > 1:
        result += _of_phases(found.stress, distance)
    rows = found.tagged.surfaces.rows(*INTERNAL)
    normal = found.stress.tractions.normal[rows]
    if np.isfinite(normal).any():
        row = rows[int(np.nanargmax(normal))]
        _, measure, tractions, _ = found.stress.all_facets.T
        mean = np.average(tractions, weights=measure)
        result += [
            Headline(
                "largest_boundary_traction",
                "Largest normal traction on a boundary",
                float(np.nanmax(normal)),
                "Pa",
                f"mean over the boundary under the largest tension, {found.tagged.surfaces.name[row]}",
            ),
            Headline(
                "boundary_traction_spread",
                "Spread of the normal traction on boundaries",
                float(np.sqrt(np.average((tractions - mean) ** 2, weights=measure))),
                "Pa",
                "standard deviation over all boundaries, by length or area",
            ),
        ]
    result += cracks.headlines(found.cracks)
    result += microcracking.headlines(found.microcracking, found.tagged)
    result.append(
        Headline(
            "energy_imbalance",
            "Imbalance of energy",
            last.imbalance,
            "1",
            "work less stored and dissipated energy, over the largest of them",
        )
    )
    return [*result, *body.headlines]


def tables(found: Found) -> list[ResultTable]:
    """Return load steps, what broke, stresses of phases, boundaries and grains, and what schemes add."""
    tagged, stress = found.tagged, found.stress
    statistics = [
        _phase_table(stress),
        boundary_statistics.class_table(tagged, stress),
        boundary_statistics.boundary_table(tagged, stress),
        boundary_statistics.grain_class_table(tagged, stress),
        boundary_statistics.grain_table(tagged, stress),
    ]
    return [
        _steps(found.bodies, tagged),
        *_events(found.bodies, tagged),
        *crack_tables.tables(found.cracks, tagged.dimension),
        *(table for table in statistics if table is not None),
        *microcracking.tables(found.microcracking, tagged),
        *(table for body in found.bodies for table in body.tables),
    ]


def solver(found: Found) -> dict[str, float | int | str]:
    """Return how well energy balances, how well tractions agree, and what the scheme says of its solvers."""
    steps = [step for body in found.bodies for step in body.steps]
    return {
        "load steps": len(steps),
        "largest imbalance of energy": max(abs(step.imbalance) for step in steps),
        "traction mismatch at boundaries": found.stress.mismatch,
        **found.bodies[0].solver,
    }


def warnings(found: Found) -> list[str]:
    """Return what a reader has to keep in mind."""
    said = [text for body in found.bodies for text in body.warnings]
    worst = max(abs(step.imbalance) for body in found.bodies for step in body.steps)
    if worst > _ERROR_LIMIT:
        said.append(f"work differs from stored and dissipated energy by {worst:.1e} of the largest of them")
    if found.stress.largest is None:
        said.append(
            f"no largest stress is reported: no point is farther than {quantity(found.stress.distance, 'm')} from "
            "crack tips, triple lines and ends of boundaries; choose a smaller `failure.focusing_distance`"
        )
    faces = found.bodies[0].faces
    said += cracks.warnings(found.cracks, faces is None or not faces.tractions)
    said += microcracking.warnings(found.microcracking, found.tagged)
    return list(dict.fromkeys(said))


def _of_phases(stress: StressReading, distance: str) -> list[Headline]:
    found = []
    for phase in stress.phases:
        found.append(
            Headline(
                f"{HYDROSTATIC_OF}{phase.role}",
                f"Mean hydrostatic stress of {phase.role}",
                phase.mean_hydrostatic,
                "Pa",
                f"volume average over {percent(phase.share, 1)} of the solid",
            )
        )
        for key, label, value in (
            (LARGEST_MEAN_OF, "Largest principal value of the mean stress", phase.mean_principal[0]),
            (SMALLEST_MEAN_OF, "Smallest principal value of the mean stress", phase.mean_principal[-1]),
        ):
            text = "of the volume average of the stress tensor"
            found.append(Headline(f"{key}{phase.role}", f"{label} of {phase.role}", value, "Pa", text))
        for key, label, peak in (
            (LARGEST_OF, "Largest principal stress", phase.largest),
            (SMALLEST_OF, "Smallest principal stress", phase.smallest),
        ):
            if peak is not None:
                text = f"recovered nodal value at least {distance} from singular places; {peak.where(quantity)}"
                found.append(Headline(f"{key}{phase.role}", f"{label} of {phase.role}", peak.value, "Pa", text))
    return found


def _phase_table(stress: StressReading) -> ResultTable:
    columns = (
        Column("share", "share of the solid"),
        Column("mean_hydrostatic", "mean hydrostatic stress", "Pa"),
        Column("largest_mean", "largest principal value of the mean stress", "Pa"),
        Column("smallest_mean", "smallest principal value of the mean stress", "Pa"),
        Column("spread", "standard deviation of the hydrostatic stress", "Pa"),
        Column("mean_von_mises", "mean von Mises stress", "Pa"),
        Column("largest", "largest principal stress", "Pa"),
        Column("smallest", "smallest principal stress", "Pa"),
    )
    rows = tuple(
        (
            phase.share,
            phase.mean_hydrostatic,
            phase.mean_principal[0],
            phase.mean_principal[-1],
            phase.spread,
            phase.mean_von_mises,
            None if phase.largest is None else phase.largest.value,
            None if phase.smallest is None else phase.smallest.value,
        )
        for phase in stress.phases
    )
    labels = tuple(phase.role for phase in stress.phases)
    return ResultTable("phase_stress", "Stress of materials", columns, rows, row_labels=labels)


def _steps(bodies: Sequence[LoadedBody], tagged: TaggedMesh) -> ResultTable:
    more = tuple(dict.fromkeys(name for body in bodies for step in body.steps for name in step.more))
    joule = "J" if tagged.measured_in_space else "J m^-1"
    columns = (
        Column("magnification", "magnification"),
        Column("load_factor", "share of the load"),
        Column("external_work", "work", joule),
        Column("stored_energy", "stored energy", joule),
        Column("dissipated_energy", "dissipated energy", joule),
        Column("imbalance", "imbalance"),
        *(Column(name.replace(" ", "_"), name) for name in more),
    )
    rows = [
        (
            body.magnification,
            step.load_factor,
            step.external_work,
            step.stored_energy,
            step.dissipated_energy,
            step.imbalance,
            *(step.more.get(name) for name in more),
        )
        for body in bodies
        for step in body.steps
    ]
    return ResultTable("load_steps", "Load steps", columns, tuple(rows), listed=len(rows) <= 30)


def _events(bodies: Sequence[LoadedBody], tagged: TaggedMesh) -> list[ResultTable]:
    events = [(body.magnification, event) for body in bodies for event in body.events]
    if not events:
        return []
    solid = tagged.measured_in_space
    columns = (
        Column("magnification", "magnification"),
        Column("load_factor", "share of the load"),
        Column("measure", "opened area" if solid else "opened length", "m^2" if solid else "m"),
        *(Column(name, name, "m") for name in "xyz"[: tagged.dimension]),
    )
    rows = tuple((factor, event.load_factor, event.measure, *event.place) for factor, event in events)
    labels = tuple(event.name for _, event in events)
    return [ResultTable("fracture_events", "What broke", columns, rows, len(rows) <= 40, labels)]
