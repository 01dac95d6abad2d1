# SPDX-License-Identifier: LGPL-3.0-or-later
"""Flaws and cracks of a loaded linear body: what drives them, where they would go, at which load they grow.

Of each tip or front the station nearest to growth is told. Energy release rates rise with the square of a load whose
parts rise together, so that the load at growth is that of the run over the root of the utilisation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from jadeite.failure.crack_samples import ElasticState
from jadeite.failure.cracks import CrackReading, read_cracks
from jadeite.output.display import number, quantity
from jadeite.output.summary import Headline
from jadeite.study import crack_tables
from jadeite.study.assembly.crack_materials import crack_materials
from jadeite.study.context import RunContext
from jadeite.study.loading.body import LoadedBody
from jadeite.study.loading.loads import in_form

#: Relative difference between J and the energy of the modes above which a reader is warned.
_AGREE = 0.05
#: Cracks that a sentence names one by one; of more it says how many.
_NAMED = 3


def cracks_of(run: RunContext, body: LoadedBody) -> list[CrackReading]:
    """Read every flaw and crack of an elastic body; nothing of one that is not, or has none.

    Note:
        Collective.
    """
    tagged = body.domain.tagged
    given = body.linear or body.faces
    if given is None or not (tagged.flaws or tagged.cracks):
        return []
    loaded = in_form(given.loads.surfaces, body.domain)
    between = () if body.faces is None else body.faces.tractions
    state = ElasticState(body.displacement, body.strain, body.stress, loaded, between)
    materials = crack_materials(run.case, run.materials, tagged)
    return run.checkpoint.recall("cracks", list[CrackReading], lambda: read_cracks(body.domain, state, materials))


def headlines(cracks: Sequence[CrackReading]) -> list[Headline]:
    """Return what drives the crack that is nearest to growth."""
    nearest = _nearest(cracks)
    if nearest is None:
        return []
    row = nearest.decisive()
    course = nearest.courses[row]
    of = f"of {nearest.name}, the nearest to growth"
    found = [
        *_factors(nearest, row, of),
        Headline(
            "crack_energy_release_rate",
            "Energy release rate of a crack",
            float(nearest.energy_release_rate[row]),
            "J m^-2",
            f"J integral {of}, if it grew straight ahead",
        ),
    ]
    utilisation = float(nearest.utilisation[row])
    if not utilisation > 0.0:
        return found
    found += [
        Headline(
            "crack_kink_angle", "Direction of growth", course.angle, "rad", f"from its present one; it {course.words}"
        ),
        Headline(
            "crack_utilisation",
            "Driving force over fracture energy",
            utilisation,
            "1",
            f"energy release rate on its course over what breaking it takes, {of}",
        ),
        Headline(
            "load_factor_at_growth",
            "Load at which a crack grows",
            1.0 / math.sqrt(utilisation),
            "1",
            f"over the full load, {of}",
        ),
    ]
    margin = nearest.choices[row].margin
    if math.isfinite(margin):
        found.append(
            Headline(
                "crack_course_margin",
                "Margin of the course",
                margin,
                "1",
                f"driving over resistance on the course of {nearest.name}, over the same of the best other one",
            )
        )
    met = [(crack.choices[crack.decisive()].threshold, crack.name) for crack in cracks if crack.utilisation.max() > 0.0]
    thresholds = [(value, name) for value, name in met if value is not None]
    if thresholds:
        value, name = min(thresholds)
        found.append(
            Headline(
                "deflection_threshold",
                "Ratio of fracture energies at deflection",
                value,
                "1",
                "fracture energy of a boundary over that of the grain below which the boundary deflects the crack; of "
                f"{name}, the hardest to deflect",
            )
        )
    return found


def finding(cracks: Sequence[CrackReading]) -> str:
    """Return what the crack that is nearest to growth does, in a sentence; nothing without cracks."""
    nearest = _nearest(cracks)
    if nearest is None:
        return ""
    row = nearest.decisive()
    course, utilisation = nearest.courses[row], float(nearest.utilisation[row])
    if not utilisation > 0.0:
        if any(crack.driven.any() for crack in cracks):
            return "Cracks are driven along interfaces whose fracture energy is not known."
        return "No load of this case drives a crack by more than the error of what is read there."
    grows = "grows" if utilisation >= 1.0 else "does not grow"
    rate = quantity(course.energy_release_rate, "J m^-2")
    times = number(1.0 / math.sqrt(utilisation))
    return (
        f"{nearest.name[0].upper()}{nearest.name[1:]} {grows}: {rate} drive it against "
        f"{quantity(course.fracture_energy, 'J m^-2')}, so that {times} times this load makes it grow, and it "
        f"{course.words}."
    )


def warnings(cracks: Sequence[CrackReading], penetrable: bool) -> list[str]:
    """Return cracks whose faces close and may pass each other, and those whose two energy release rates disagree."""
    said, pressed = crack_tables.notes(cracks), []
    for crack in cracks:
        row = crack.decisive()
        rate, of_modes = float(crack.energy_release_rate[row]), float(crack.rate_of_modes[row])
        if crack.driven[row] and abs(rate - of_modes) > _AGREE * max(abs(rate), abs(of_modes)):
            said.append(
                f"{crack.name}: J is {quantity(rate, 'J m^-2')} and its modes carry {quantity(of_modes, 'J m^-2')}; "
                "a finer mesh at its tip brings them together"
            )
        if penetrable and np.any(crack.front.modes[:, 0] < -crack.front.spread):
            pressed.append(crack.name)
    if pressed:
        more = f" and {len(pressed) - _NAMED} more" if len(pressed) > _NAMED else ""
        said.append(
            f"faces press on each other and are taken to pass through each other at {'; '.join(pressed[:_NAMED])}"
            f"{more}; with `mechanics.crack_faces: contact` they do not"
        )
    return said


def _factors(crack: CrackReading, row: int, of: str) -> list[Headline]:
    """Factors of the modes; of an interface its complex factor with the length that its phase is stated for."""
    one, two, _ = crack.front.modes[row].tolist()
    if crack.phase_angle is None or crack.reference_length is None:
        return [
            Headline("crack_mode_one", "Stress intensity, mode I", one, "Pa m^0.5", f"K_I {of}"),
            Headline("crack_mode_two", "Stress intensity, mode II", two, "Pa m^0.5", f"K_II {of}"),
        ]
    length = quantity(crack.reference_length, "m")
    return [
        Headline(
            "crack_interface_factor",
            "Stress intensity of an interface crack",
            math.hypot(one, two),
            "Pa m^0.5",
            f"|K| {of}",
        ),
        Headline(
            "crack_phase_angle",
            "Phase of an interface crack",
            crack.phase_angle,
            "rad",
            f"of K at the length {length}, {of}: zero is opening, at another length it is another",
        ),
    ]


def _nearest(cracks: Sequence[CrackReading]) -> CrackReading | None:
    return max(cracks, key=lambda crack: float(crack.utilisation.max()), default=None)
