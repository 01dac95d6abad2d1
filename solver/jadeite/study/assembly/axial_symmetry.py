# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether the crystals of a body of revolution are ones: nothing about them may change by a turn around the axis.

A ring of one crystal does not conduct or stretch alike all around, so its fields would depend on the angle. Isotropic
materials do, and crystals whose own axis of full symmetry is the axis of the body, y.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.case.problems import CaseError, Problem
from jadeite.materials.laws import rotate_stiffness
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.orientation import rotation_matrices
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.physics.tensors import rotate_principal_values

#: One turn tells all: parts of tensors of rank four come back after whole turns divided by one to four only.
_TURN = 1.0  # rad
_TOLERANCE = 1e-6


def require_axial_symmetry(
    tagged: TaggedMesh, materials: ResolvedMaterials, mechanics: bool, expansion: bool = True
) -> None:
    """Refuse an axisymmetric mesh with a crystal that is not symmetric about the axis.

    Args:
        tagged: the mesh; one that is not axisymmetric has nothing to fear.
        materials: of its regions.
        mechanics: whether stresses are solved for, so that stiffness matters as well.
        expansion: whether temperatures differ from that without stress, so that thermal expansion does.

    Raises:
        CaseError: naming a region and what of it depends on the direction.
    """
    if not tagged.axisymmetric:
        return
    crystal = rotation_matrices(tagged.regions.orientation)
    cosine, sine = np.cos(_TURN), np.sin(_TURN)
    turned = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]]) @ crystal
    of_region = [materials.electrolytes[role] for role in tagged.regions.material]
    properties = [("conductivity", np.array([electrolyte.conductivity for electrolyte in of_region]))]
    if mechanics:
        properties.append(("stiffness", np.array([electrolyte.stiffness for electrolyte in of_region])))
    if mechanics and expansion:
        properties.append(("thermal expansion", np.array([electrolyte.thermal_expansion for electrolyte in of_region])))
    for words, values in properties:
        rotate = rotate_stiffness if words == "stiffness" else rotate_principal_values
        changed = _differs(rotate(values, crystal), rotate(values, turned))
        if changed.any():
            row = int(np.argmax(changed))
            message = (
                f"turns the microstructure around an axis, but the {words} of {tagged.regions.name[row]} "
                f"({of_region[row].material}) is not the same all around it"
            )
            cure = (
                "an isotropic material, or crystals whose symmetry axis is y (`euler_angles: [0 deg, 90 deg, 0 deg]`)"
            )
            raise CaseError([Problem("the case", None, "microstructure.coordinates", message, allowed=cure)])


def _differs(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether tensors (n, ...) differ beyond rounding; what a case does not need is not a number and the same."""
    axes = tuple(range(1, first.ndim))
    distance = np.abs(first - second).max(axis=axes)
    return np.asarray(distance > _TOLERANCE * np.abs(first).max(axis=axes))
