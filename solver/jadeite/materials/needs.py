# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which material values a case needs, and for what: its physics, its criteria, the things its recipe contains."""

from __future__ import annotations

from collections.abc import Mapping

from jadeite.case.mechanical_protocols import Loading
from jadeite.case.microstructure import Recipe
from jadeite.case.physics import (
    BinaryElectrolyte,
    ButlerVolmer,
    ConstantResistance,
    IonTransport,
    MisorientationResistance,
    NernstPlanckPoisson,
    SpaceChargeResistance,
)
from jadeite.case.physics.fracture import CohesiveBoundaries
from jadeite.case.physics_checks.mechanics import not_solved_with
from jadeite.case.schema import METAL_ROLE, Case
from jadeite.case.study_kind import StudyKind, study_kind

_CRITERION_NEEDS: dict[str, tuple[str, ...]] = {
    "grain_boundary_potential": ("grain_boundary_toughness_ratio",),
    "electronic_leakage": ("sodium_surface_energy", "grain_boundary_toughness_ratio"),
}
"""Values a criterion needs beside the fracture toughness, which all of them compare with or compute from."""

_BOUNDARY_TOUGHNESS = ("fracture_toughness", "grain_boundary_toughness_ratio")


def needs_of(case: Case, recipe: Recipe) -> Mapping[str, str]:
    """Return the needed values, each with what needs it.

    Mechanics and criteria need theirs only in studies that solve mechanics, and a criterion only where the recipe
    contains what it judges.
    """
    needs: dict[str, str] = {}
    if study_kind(case) not in (StudyKind.LOADING, StudyKind.PRESSING):
        needs["conductivity"] = "conduction"
    elif study_kind(case) == StudyKind.LOADING:
        needs |= _loading_needs(case, recipe)
    with_mechanics = not not_solved_with(case)
    given = recipe.boundary_properties.area_specific_resistance is not None
    of_material = isinstance(case.physics.grain_boundaries, ConstantResistance | MisorientationResistance)
    if has_internal_boundaries(recipe) and of_material and not given:
        needs["grain_boundary_resistance"] = f"the {case.physics.grain_boundaries.law} law of grain boundaries"
    electrodes = (case.physics.plating_interface, case.physics.stripping_interface)
    if any(isinstance(law, ButlerVolmer) and law.exchange_current_density is None for law in electrodes):
        needs["exchange_current_density"] = "the butler_volmer law of an electrode"
    if with_mechanics and case.physics.mechanics is not None:
        needs["stiffness"] = "mechanics"
        if case.temperature_change != 0.0:
            needs["thermal_expansion"] = "residual stress from the stress-free temperature"
        elif case.physics.heat is not None:
            needs["thermal_expansion"] = "thermal stress by Joule heat"
        if METAL_ROLE in recipe.roles:
            needs["metal_flow"] = f"the {case.physics.mechanics.metal.law} law of meshed sodium"
    needs |= _transport_needs(case)
    if case.physics.electronic_conduction is not None:
        within = ("grain_boundary_toughness_ratio",) if has_internal_boundaries(recipe) else ()
        for value in ("fracture_toughness", "sodium_surface_energy", *within):
            needs.setdefault(value, "electronic conduction")
    for criterion in case.failure.criteria if with_mechanics else ():
        if _applies(criterion, recipe):
            for value in ("fracture_toughness", *_CRITERION_NEEDS.get(criterion, ())):
                needs.setdefault(value, f"the criterion {criterion}")
    return needs


def _loading_needs(case: Case, recipe: Recipe) -> Mapping[str, str]:
    """What a load that rises needs beside elasticity: the toughness of what it may break, and what that changes."""
    mechanics, protocol = case.physics.mechanics, case.protocol
    toughness: dict[str, str] = {}
    if recipe.flaws or recipe.flaw_population is not None or recipe.cracks:
        toughness["fracture_toughness"] = "the crack driving force at flaws and cracks"
    if isinstance(protocol, Loading) and protocol.opened_boundaries:
        toughness |= dict.fromkeys(_BOUNDARY_TOUGHNESS, "`opened_boundaries`")
    if mechanics is not None and mechanics.fracture is not None:
        toughness |= dict.fromkeys(_BOUNDARY_TOUGHNESS, f"the {mechanics.fracture.law} law of fracture")
    if mechanics is not None and isinstance(mechanics.fracture, CohesiveBoundaries):
        toughness["conductivity"] = "what opened boundaries do to the conductivity"
    return toughness


def _transport_needs(case: Case) -> Mapping[str, str]:
    """What conduction of electrons, salt, space charge, impedance and heat need and the case does not give itself."""
    physics, needs = case.physics, dict[str, str]()
    if physics.electronic_conduction is not None and physics.electronic_conduction.conductivity is None:
        needs["electronic_conductivity"] = "electronic conduction"
    if physics.heat is not None:
        needs["conductivity_activation_energy"] = "heat"
        if physics.heat.thermal_conductivity is None:
            needs["thermal_conductivity"] = "heat"
    boundaries = physics.grain_boundaries
    # where the layers are resolved, the transport of ions says it, or needs it itself
    resolved = any(isinstance(law, NernstPlanckPoisson) for law in physics.ion_transport.values())
    if isinstance(boundaries, SpaceChargeResistance) and boundaries.relative_permittivity is None and not resolved:
        needs["relative_permittivity"] = "the space_charge law of grain boundaries"
    if case.protocol.law == "impedance":
        needs["relative_permittivity"] = "impedance"
    return needs


def salt_needs(law: IonTransport) -> Mapping[str, str]:
    """What the law of ion transport of one role needs and does not give itself."""
    if isinstance(law, NernstPlanckPoisson):
        names: tuple[str, ...] = ("relative_permittivity",)
    elif isinstance(law, BinaryElectrolyte):
        names = ("salt_diffusivity", "transference_number", "thermodynamic_factor")
    else:
        names = ()
    return {name: f"the {law.law} law of ion transport" for name in names if getattr(law, name) is None}


def has_internal_boundaries(recipe: Recipe) -> bool:
    """Whether the separator has grain boundaries or phase boundaries."""
    layers = recipe.layers
    return (
        recipe.separator.imported is not None
        or sum(layer.repeat for layer in layers) > 1
        or any(layer.polycrystal is not None or layer.inclusions for layer in layers)
        or bool(recipe.inclusions)
    )


def has_pores(recipe: Recipe) -> bool:
    """Whether the separator has pores, in it or in the image that it is read from."""
    within = any(layer.pores for layer in recipe.layers)
    return bool(recipe.pores) or within or bool(getattr(recipe.separator.imported, "pore_labels", ()))


def direction_averages(recipe: Recipe) -> frozenset[str]:
    """Roles whose properties are averages over directions: those that are nowhere a crystal with a preferred axis.

    A solid that the recipe calls isotropic or cubic has none.
    """
    symmetries = [(layer.material, "triclinic") for layer in recipe.layers if layer.polycrystal is None]
    for layer in recipe.layers:
        if layer.polycrystal is not None:
            symmetries.append((layer.polycrystal.material, layer.polycrystal.crystal_symmetry))
            symmetries += [(phase.material, phase.crystal_symmetry) for phase in layer.polycrystal.second_phases]
        symmetries += [(bodies.material, bodies.crystal_symmetry) for bodies in layer.inclusions]
    symmetries += [(bodies.material, bodies.crystal_symmetry) for bodies in recipe.inclusions]
    imported = recipe.separator.imported
    if imported is not None:
        roles = (imported.material, *getattr(imported, "materials", {}).values())
        symmetries += [(role, imported.crystal_symmetry or "triclinic") for role in roles]
    averaged = {role for role, symmetry in symmetries if symmetry in ("isotropic", "cubic")}
    return frozenset(averaged - {role for role, symmetry in symmetries if symmetry not in ("isotropic", "cubic")})


def away_from_electrodes(recipe: Recipe) -> frozenset[str]:
    """Roles that only particles and second phases play: no electrode is made of them."""
    layers = {layer.material if layer.polycrystal is None else layer.polycrystal.material for layer in recipe.layers}
    if recipe.separator.imported is not None:
        layers |= set(recipe.roles)
    return frozenset(set(recipe.roles) - layers)


def _applies(criterion: str, recipe: Recipe) -> bool:
    """Whether a recipe has what a criterion judges: flaws, and beside them what the criterion's name says."""
    beside = {
        "void_edge_focusing": bool(recipe.unwetted_patches) or recipe.unwetted_area is not None,
        "grain_boundary_potential": has_internal_boundaries(recipe),
        "electronic_leakage": has_pores(recipe),
    }
    flaws = bool(recipe.flaws) or recipe.flaw_population is not None
    return flaws and beside.get(criterion, True)
