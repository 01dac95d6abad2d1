# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about physics: laws of bulk materials, boundaries, electrodes, sodium in flaws, and mechanics."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from jadeite.case.microstructure.common import Role
from jadeite.case.physics.boundaries import (
    ConstantResistance,
    GrainBoundaryLaw,
    LayerResistance,
    MisorientationResistance,
    NetworkResistance,
    NoResistance,
    SpaceChargeResistance,
)
from jadeite.case.physics.bulk import (
    BinaryElectrolyte,
    ElectronicConduction,
    Heat,
    IonTransport,
    NernstPlanckPoisson,
    SingleIon,
)
from jadeite.case.physics.electrodes import (
    BlockingInterface,
    ButlerVolmer,
    ExchangeCurrentDensity,
    FilmVariation,
    IdealInterface,
    InterfaceLaw,
    Interphase,
    InterphaseLaw,
    LinearInterface,
    LinearParabolicInterphase,
    ParabolicInterphase,
    WagnerInterphase,
)
from jadeite.case.physics.fracture import CohesiveBoundaries, FractureLaw, PhaseField
from jadeite.case.physics.mechanics import ConfinedSodium, FlawSodiumLaw, Mechanics, RelaxedSodium
from jadeite.case.physics.metal import (
    BondedMetal,
    ElasticMetal,
    LinearViscousMetal,
    MetalContact,
    MetalFlowLaw,
    NortonCreep,
    RateDependentPlasticity,
    SlidingMetal,
)
from jadeite.case.physics.supports import CompliantPlatens, Platens, RigidPlatens, UniformPressure
from jadeite.case.section import Section, key, off_or

__all__ = [
    "BinaryElectrolyte",
    "BlockingInterface",
    "BondedMetal",
    "ButlerVolmer",
    "CohesiveBoundaries",
    "CompliantPlatens",
    "ConfinedSodium",
    "ConstantResistance",
    "ElasticMetal",
    "ElectronicConduction",
    "ExchangeCurrentDensity",
    "FilmVariation",
    "FractureLaw",
    "GrainBoundaryLaw",
    "Heat",
    "IdealInterface",
    "InterfaceLaw",
    "Interphase",
    "InterphaseLaw",
    "IonTransport",
    "LayerResistance",
    "LinearInterface",
    "LinearParabolicInterphase",
    "LinearViscousMetal",
    "Mechanics",
    "MetalContact",
    "MetalFlowLaw",
    "MisorientationResistance",
    "NernstPlanckPoisson",
    "NetworkResistance",
    "NoResistance",
    "NortonCreep",
    "ParabolicInterphase",
    "PhaseField",
    "Physics",
    "Platens",
    "RateDependentPlasticity",
    "RelaxedSodium",
    "RigidPlatens",
    "SingleIon",
    "SlidingMetal",
    "SpaceChargeResistance",
    "UniformPressure",
    "WagnerInterphase",
]


def _same_as_plating(read: dict[str, Any]) -> Any:
    return read["plating_interface"]


class Physics(Section):
    """Laws of the coupled problem."""

    ion_transport: dict[Role, IonTransport] = key(
        default_factory=dict, description="How ions move in each role; roles left out conduct sodium ions only."
    )
    grain_boundaries: GrainBoundaryLaw = key(
        default_factory=ConstantResistance, description="Law of grain boundaries and phase boundaries."
    )
    plating_interface: InterfaceLaw = key(
        default_factory=ButlerVolmer, description="Interface law of the plating (negative) electrode."
    )
    stripping_interface: InterfaceLaw = key(
        default_factory=_same_as_plating,
        description="Interface law of the stripping electrode; the plating one when left out.",
    )
    sodium_in_flaws: FlawSodiumLaw = key(
        default_factory=ConfinedSodium, description="What sodium in flaws does under pressure."
    )
    mechanics: Annotated[Mechanics | None, BeforeValidator(off_or("mechanics"))] = key(
        default_factory=Mechanics, description="Elasticity, or `none`."
    )
    electronic_conduction: Annotated[ElectronicConduction | None, BeforeValidator(off_or("electronic"))] = key(
        "none", description="Leakage of electrons, or `none`."
    )
    heat: Annotated[Heat | None, BeforeValidator(off_or("heat"))] = key("none", description="Joule heat, or `none`.")
