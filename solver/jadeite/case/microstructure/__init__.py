# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a microstructure recipe may say; one module per part of it, `recipe.py` for the whole."""

from jadeite.case.microstructure.bodies import BodyShape, Ellipsoid, Inclusions, Lens, Pores
from jadeite.case.microstructure.boundaries import BoundaryProperties
from jadeite.case.microstructure.flaws import (
    Crack,
    Flaw,
    FlawPopulation,
    Grooves,
    PowerLawDepths,
    UnwettedArea,
    UnwettedPatch,
    WeibullStrength,
)
from jadeite.case.microstructure.grains import (
    FibreOrientation,
    GrainSize,
    LognormalSize,
    MixtureSize,
    Orientation,
    Polycrystal,
    RandomOrientation,
    SecondPhase,
    SingleOrientation,
    TableOrientation,
)
from jadeite.case.microstructure.imports import (
    Imported,
    ImportedImage,
    ImportedMesh,
    ImportedOrientationMap,
    ImportedTessellation,
)
from jadeite.case.microstructure.layers import Layer, Separator
from jadeite.case.microstructure.recipe import MeshSize, Recipe

__all__ = [
    "BodyShape",
    "BoundaryProperties",
    "Crack",
    "Ellipsoid",
    "FibreOrientation",
    "Flaw",
    "FlawPopulation",
    "GrainSize",
    "Grooves",
    "Imported",
    "ImportedImage",
    "ImportedMesh",
    "ImportedOrientationMap",
    "ImportedTessellation",
    "Inclusions",
    "Layer",
    "Lens",
    "LognormalSize",
    "MeshSize",
    "MixtureSize",
    "Orientation",
    "Polycrystal",
    "Pores",
    "PowerLawDepths",
    "RandomOrientation",
    "Recipe",
    "SecondPhase",
    "Separator",
    "SingleOrientation",
    "TableOrientation",
    "UnwettedArea",
    "UnwettedPatch",
    "WeibullStrength",
]
