# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a phase field of cracks to headlines, tables, warnings, and the sentence that answers the case."""

from __future__ import annotations

from dataclasses import dataclass

from jadeite.case.physics.fracture import PhaseField
from jadeite.materials.laws import hill_average
from jadeite.materials.library import load_material
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import percent, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.physics.phase_field.cracked_solid import CrackedSolid
from jadeite.physics.phase_field.damage import CrackField
from jadeite.physics.phase_field.evolution_steps import Evolution
from jadeite.physics.phase_field.model import CrackModel
from jadeite.study.loading.body import area_scale, energy_scale

#: Damage above which a place counts as broken.
BROKEN = 0.9

#: Strength of the model over the measured one, or its inverse, above which a reader is warned.
_FAR = 2.0

#: Share of cells larger than half the length of the model above which a reader is warned.
_COARSE = 0.05


@dataclass(frozen=True, eq=False)
class PhaseFieldRun:
    """What was found on one body; `length` is that on the mesh, `coarse` the share of cells larger than half of it."""

    materials: ResolvedMaterials
    tagged: TaggedMesh
    fracture: PhaseField
    model: CrackModel
    magnification: float
    length: float
    path: Evolution
    coarse: float
    turns: int
    solid: CrackedSolid
    cracks: CrackField

    @property
    def first_broken(self) -> float | None:
        """Load factor at which something is broken first, or at which the body parts."""
        broken = [step.load_factor for step in self.path.steps if step.largest_damage > BROKEN]
        return broken[0] if broken else self.path.parted

    @property
    def peak(self) -> float:
        """Largest load factor that the body bore."""
        return max(step.load_factor for step in self.path.steps)

    @property
    def grown(self) -> float:
        """Area of new cracks (in the plane their length) of the magnified body, m^2 or m."""
        steps = self.path.steps
        return area_scale(self.tagged, self.magnification) * (steps[-1].crack_area - steps[0].crack_area)


def finding(found: PhaseFieldRun) -> str:
    """Return the result in a sentence or two."""
    first, unit = found.first_broken, "m^2" if found.tagged.measured_in_space else "m"
    unsolved = ""
    if found.path.unsolved is not None:
        unsolved = (
            f" Beyond it the solvers found no state, so nothing is known of {percent(found.path.unsolved)} of it."
        )
    if first is None:
        return f"No crack grows under {percent(found.peak)} of the load.{unsolved}"
    grown = f"new cracks measure {quantity(found.grown, unit)}"
    if found.path.parted is not None:
        return (
            f"The body bears {percent(found.peak)} of the load and parts under {percent(found.path.parted)}; before "
            f"that, {grown}."
        )
    under = "all" if found.path.unsolved is None else percent(found.peak)
    return f"Cracks grow from {percent(first)} of the load on; under {under} of it, {grown}.{unsolved}"


def headlines(found: PhaseFieldRun) -> list[Headline]:
    """Return what cracks add to the figures that the run is judged by."""
    last = found.path.steps[-1]
    scale = energy_scale(found.tagged, found.magnification)
    unit, joule = ("m^2", "J") if found.tagged.measured_in_space else ("m", "J m^-1")
    said = [
        Headline("largest_damage", "Largest damage", last.largest_damage, "1", "0 whole, 1 broken"),
        Headline(
            "crack_growth",
            "Area of new cracks" if unit == "m^2" else "Length of new cracks",
            found.grown,
            unit,
            "surface energy over toughness, without what cells of finite size add"
            + ("; AT2 counts damage without a crack as well" if found.model.name == "AT2" else ""),
        ),
        Headline("peak_load_factor", "Largest share of the load", found.peak, "1", "that the body bore"),
        Headline(
            "energy_lost_in_jumps",
            "Energy lost out of balance",
            scale * last.lost_energy,
            joule,
            "what unstable growth sets free beyond the surface energy, and of stable growth what finite steps lose",
        ),
    ]
    if found.first_broken is not None:
        text = "share of the full load at which damage first exceeds 90 %, or the body parts"
        said.append(Headline("first_failure", "First crack grows at", found.first_broken, "1", text))
    return said


def tables(found: PhaseFieldRun, several: bool) -> list[ResultTable]:
    """Return the cracks step by step.

    Args:
        found: what was found.
        several: whether there are bodies of other magnifications, whose tables need names of their own.
    """
    key, heading = ("", "") if not several else (f"_{found.magnification:g}", f", lengths x {found.magnification:g}")
    solid = found.tagged.measured_in_space
    joule, metre = ("J", "m^2") if solid else ("J m^-1", "m")
    energy, area = (scale(found.tagged, found.magnification) for scale in (energy_scale, area_scale))
    volume = energy
    columns = (
        Column("load_factor", "share of the load"),
        Column("elastic_energy", "elastic energy", joule),
        Column("surface_energy", "surface energy", joule),
        Column("lost_energy", "energy lost out of balance", joule),
        Column("crack_area", "cracks", metre),
        Column("crack_volume", "volume of cracks" if solid else "area of opened cracks", "m^3" if solid else "m^2"),
        Column("largest_damage", "largest damage"),
        Column("turns", "turns"),
        Column("jumped", "jumped"),
    )
    rows = tuple(
        (
            step.load_factor,
            energy * step.elastic_energy,
            energy * step.surface_energy,
            energy * step.lost_energy,
            area * step.crack_area,
            volume * step.crack_volume,
            step.largest_damage,
            step.turns,
            int(step.jumped),
        )
        for step in found.path.steps
    )
    return [ResultTable(f"phase_field_steps{key}", f"Cracks against load{heading}", columns, rows, len(rows) <= 40)]


def solver(found: PhaseFieldRun) -> dict[str, float | int | str]:
    """Return what the solvers did."""
    bounded = found.cracks.solver
    return {
        "length of the crack model (m)": found.length * found.magnification,
        "turns of displacement and damage": found.turns,
        "linear systems of displacement": found.solid.linear_problems,
        "active sets of damage": bounded.sets,
        "iterations of damage": bounded.iterations,
        "unknowns of damage": int(found.solid.damage.function_space.dofmap.index_map.size_global),
    }


def warnings(found: PhaseFieldRun) -> list[str]:
    """Return what a reader has to keep in mind."""
    said = []
    length = found.length * found.magnification
    for role, electrolyte in found.materials.electrolytes.items():
        if role not in found.tagged.regions.material:
            continue
        young, poisson = hill_average(electrolyte.stiffness)
        energy = electrolyte.fracture_toughness**2 * (1.0 - poisson**2) / young
        strength = found.model.strength(young, energy, length)
        material = load_material(electrolyte.material)
        if not material.has("fracture_strength"):
            continue
        (measured,) = material.property("fracture_strength").si("Pa")
        if max(strength / measured, measured / strength) > _FAR:
            needed = length * (strength / measured) ** 2
            said.append(
                f"the length {quantity(length, 'm')} makes {role} as strong as {quantity(strength, 'Pa')} where there "
                f"is no flaw, and {quantity(measured, 'Pa')} were measured on bodies with flaws of their own; flaws "
                f"have to be in the mesh, for a length of {quantity(needed, 'm')} would smear out what is smaller"
            )
    if found.coarse > _COARSE:
        said.append(
            f"{percent(found.coarse)} of the cells are larger than half the length {quantity(length, 'm')}: cracks "
            "that run there follow the mesh; use smaller cells or a larger `physics.mechanics.fracture.length`"
        )
    if found.fracture.filling == "sodium" and found.first_broken is not None:
        said.append(
            "sodium presses wherever damage is, whether or not it could flow there: look at the damage, and do not "
            "believe cracks that are apart from every flaw"
        )
    for load in (found.path.parted, found.path.unsolved):
        if load is not None:
            said.append(f"no equilibrium was found under {percent(load)} of the load: {found.path.reason}")
    jumps = [step for step in found.path.steps if step.jumped]
    if jumps:
        lost = percent(jumps[-1].lost_energy / max(jumps[-1].external_work, 1e-300))
        said.append(
            f"cracks jumped in {len(jumps)} of {len(found.path.steps) - 1} steps, first at "
            f"{percent(jumps[0].load_factor)} of the load: where they stop and what they branch into is that of a slow "
            f"descent of the energy, without inertia; {lost} of the work went into jumps"
        )
    return said
