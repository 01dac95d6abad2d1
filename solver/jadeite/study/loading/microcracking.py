# SPDX-License-Identifier: LGPL-3.0-or-later
"""From opened boundaries to the grain size at which a polycrystal cracks by itself: headlines and tables.

The estimate beside it takes a boundary between two grains whose expansions differ by the most that the materials allow,

    d_c = 14.4 gamma_f / (E (dalpha dT)^2),   gamma_f = G_c / 2

(Cleveland and Bradt 1978, Journal of the American Ceramic Society 61, 478; prefactors of other authors lie between 3
and 20).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jadeite.materials.laws import hill_average
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.study.assembly.toughness import boundary_fracture_energy
from jadeite.study.effective.states import grain_size
from jadeite.study.loading.opened import OpenedBoundary

_PREFACTOR = 14.4
#: Share of an opened boundary whose faces overlap above which its energy is not trusted.
OVERLAP_LIMIT = 0.05


@dataclass(frozen=True, eq=False)
class Microcracking:
    """Boundaries that were opened one at a time.

    Attributes:
        opened: each of them, in the order in which they were opened.
        fracture_energy: toughness of each, J/m^2.
        grain_size: of the mesh, m.
        magnifications: factors on every length to go through.
        estimate: critical grain size by the closed form, m; None without misfit within or between materials.
    """

    opened: Sequence[OpenedBoundary]
    fracture_energy: Sequence[float]
    grain_size: float
    magnifications: Sequence[float]
    estimate: float | None

    @property
    def sound(self) -> list[tuple[OpenedBoundary, float]]:
        """Opened boundaries whose energy is trusted, since their faces do not overlap, with the toughness of each."""
        both = zip(self.opened, self.fracture_energy, strict=True)
        return [(one, needed) for one, needed in both if one.overlap <= OVERLAP_LIMIT]

    @property
    def critical(self) -> tuple[float, OpenedBoundary] | None:
        """Smallest grain size (m) at which an opened boundary has the energy to open, and that boundary."""
        sizes = [
            (self.grain_size * needed / one.energy_release_rate, one)
            for one, needed in self.sound
            if one.energy_release_rate > 0.0
        ]
        return min(sizes, key=lambda found: found[0], default=None)


def microcracking(
    tagged: TaggedMesh,
    materials: ResolvedMaterials,
    opened: Sequence[OpenedBoundary],
    magnifications: Sequence[float],
    temperature_change: float,
) -> Microcracking:
    """Return what opened boundaries say of a case.

    Args:
        tagged: the mesh.
        materials: of its regions.
        opened: boundaries that were opened.
        magnifications: factors on every length to go through.
        temperature_change: K.
    """
    energy = boundary_fracture_energy(materials, tagged)
    of_opened = [float(energy[one.row]) for one in opened]
    roles = list(dict.fromkeys(tagged.regions.material))
    estimate = None
    if temperature_change:
        expansion = np.concatenate([materials.electrolytes[role].thermal_expansion for role in roles])
        modulus = min(hill_average(materials.electrolytes[role].stiffness)[0] for role in roles)
        misfit = float(np.ptp(expansion)) * temperature_change
        if misfit and of_opened:
            estimate = _PREFACTOR * 0.5 * min(of_opened) / (modulus * misfit**2)
    return Microcracking(opened, of_opened, grain_size(tagged), magnifications, estimate)


def headlines(found: Microcracking, tagged: TaggedMesh) -> list[Headline]:
    """Return the largest energy release rate and the critical grain size, as far as there are any."""
    if not found.sound:
        return []
    best = max((one for one, _ in found.sound), key=lambda one: one.energy_release_rate)
    result = [
        Headline(
            "boundary_energy_release_rate",
            "Energy release rate of a boundary",
            best.energy_release_rate,
            "J m^-2",
            f"largest of {len(found.sound)} boundaries opened one at a time (here "
            f"{tagged.surfaces.name[best.row]}): fall of the total potential over what has opened",
        )
    ]
    if found.critical is not None:
        size, one = found.critical
        result.append(
            Headline(
                "critical_grain_size",
                "Grain size of spontaneous microcracking",
                size,
                "m",
                f"where the first opened boundary ({tagged.surfaces.name[one.row]}) releases what breaking it takes",
            )
        )
    if found.estimate is not None:
        result.append(
            Headline(
                "critical_grain_size_estimate",
                "The same by the closed form",
                found.estimate,
                "m",
                "14.4 gamma/(E (expansion mismatch times temperature change)^2) with gamma half the toughness",
            )
        )
    return result


def tables(found: Microcracking, tagged: TaggedMesh) -> list[ResultTable]:
    """Return the opened boundaries, and their energy against the grain size."""
    if not found.opened:
        return []
    solid, angle = tagged.measured_in_space, tagged.surfaces.misorientation
    columns = (
        Column("misorientation", "misorientation", "rad"),
        Column("measure", "opened area" if solid else "opened length", "m^2" if solid else "m"),
        Column("energy_release_rate", "energy release rate", "J m^-2"),
        Column("fracture_energy", "toughness", "J m^-2"),
        Column("critical_grain_size", "critical grain size", "m"),
        Column("overlap", "share that overlaps"),
    )
    rows = []
    for one, needed in zip(found.opened, found.fracture_energy, strict=True):
        rate = one.energy_release_rate
        rows.append(
            (
                None if np.isnan(angle[one.row]) else float(angle[one.row]),
                one.measure,
                rate,
                needed,
                found.grain_size * needed / rate if rate > 0.0 else None,
                one.overlap,
            )
        )
    names = tuple(tagged.surfaces.name[one.row] for one in found.opened)
    of_size = (
        Column("magnification", "magnification"),
        Column("grain_size", "grain size", "m"),
        Column("energy_release_rate", "largest energy release rate", "J m^-2"),
        Column("ratio", "largest ratio to toughness"),
        Column("opening", "opened boundaries with the energy to open"),
    )
    boundaries = ResultTable(
        "opened_boundaries", "Boundaries opened one at a time", columns, tuple(rows), row_labels=names
    )
    if not found.sound:
        return [boundaries]
    sizes = []
    rate_needed = np.array([(one.energy_release_rate, needed) for one, needed in found.sound])
    for factor in sorted(found.magnifications):
        rates = factor * rate_needed[:, 0]
        ratio = rates / rate_needed[:, 1]
        sizes.append(
            (
                factor,
                factor * found.grain_size,
                float(rates.max()),
                float(ratio.max()),
                float(np.count_nonzero(ratio >= 1.0)),
            )
        )
    return [boundaries, ResultTable("microcracking", "Microcracking against grain size", of_size, tuple(sizes))]


def finding(found: Microcracking) -> str:
    """Return what the opened boundaries say in a sentence; nothing without any."""
    if found.critical is None:
        return ""
    size, own = quantity(found.critical[0], "m"), quantity(found.grain_size, "m")
    return f"Boundaries open by themselves from grains of {size}; those of the mesh have {own}."


def warnings(found: Microcracking, tagged: TaggedMesh) -> list[str]:
    """Return which opened boundaries headlines and the critical grain size leave out."""
    left_out = [tagged.surfaces.name[one.row] for one in found.opened if one.overlap > OVERLAP_LIMIT]
    if not left_out:
        return []
    return [
        f"faces of opened boundaries overlap and their energy is too large, so that they are left out of the largest "
        f"energy release rate and of the critical grain size: {', '.join(left_out)}"
    ]
