# SPDX-License-Identifier: LGPL-3.0-or-later
"""The ceramic between the electrodes: a polycrystal, a stack of layers, or a measured microstructure."""

from __future__ import annotations

from jadeite.case.microstructure.bodies import Inclusions, Pores
from jadeite.case.microstructure.common import EulerAngles, Name, Role
from jadeite.case.microstructure.grains import Polycrystal
from jadeite.case.microstructure.imports import Imported
from jadeite.case.section import Section, key
from jadeite.case.units import Length


class Layer(Section):
    """A layer of the separator, uniform or of grains, or a stack of equal uniform layers."""

    name: Name | None = key(None, description="Name in results; numbered when left out.")
    material: Role = key("electrolyte", description="Role of the material of a uniform layer.")
    thickness: Length = key(description="Thickness of one layer.")
    repeat: int = key(
        1, ge=1, le=10000, description="Number of equal layers on top of each other, each a region of its own."
    )
    euler_angles: EulerAngles = key(
        ("0 deg", "0 deg", "0 deg"), description="Bunge angles phi1, Phi, phi2 of the crystal of a uniform layer."
    )
    polycrystal: Polycrystal | None = key(
        None,
        description="Grains that fill the layer instead of one crystal; where two such layers meet, grains decide the "
        "shape of the interface.",
    )
    pores: tuple[Pores, ...] = key((), max_length=50, description="Pores in this layer.")
    inclusions: tuple[Inclusions, ...] = key(
        (), max_length=50, description="Particles of other materials in this layer."
    )


class Separator(Section):
    """The ceramic between the electrodes: exactly one of `polycrystal`, `layers` and `imported`."""

    thickness: Length | None = key(
        None,
        description="Distance between the electrodes; needed with `polycrystal` and `imported`, the sum of the layers "
        "otherwise.",
    )
    polycrystal: Polycrystal | None = key(None, description="Grains filling the separator.")
    layers: tuple[Layer, ...] | None = key(
        None, min_length=1, max_length=1000, description="Layers, from the plating electrode upwards."
    )
    imported: Imported | None = key(None, description="A measured microstructure, or one made by another program.")
