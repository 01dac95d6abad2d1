# SPDX-License-Identifier: LGPL-3.0-or-later
"""From labels to regions: names, materials by role, orientations and crystal symmetry, checked against the recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from jadeite.case.names import as_name
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.assemble import Region

Array = NDArray[np.float64]

IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])
# extents of a file and of a recipe may differ by this part of themselves
EXTENT_TOLERANCE = 1e-4
# where neither recipe nor file names a symmetry: that of NZSP
USUAL_SYMMETRY = "trigonal"


def make_regions(
    labels: Sequence[int],
    pieces: Sequence[int],
    *,
    material: str,
    materials: Mapping[str, str],
    orientations: Mapping[int, Array] | None,
    crystal_symmetry: str | None,
    phases: Mapping[int, str] | None = None,
    symmetries: Mapping[str, str] | None = None,
    names: Mapping[int, str] | None = None,
    gone: Sequence[int] = (),
) -> list[Region]:
    """Regions of the given labels, called by their name or "grain 7", the second piece of a label "grain 7 (2)".

    What a file calls its parts is made a name that results can carry (`case/names.py`).

    The role of a material is looked up by phase, name and label, and is `material` otherwise; the symmetry is
    `crystal_symmetry`, or that of the phase where this is None. `orientations` are quaternions by label; None leaves
    all crystals aligned with the laboratory. `materials` may also name labels that are `gone`. Raises
    MicrostructureError for a label without orientation, a key of `materials` that is neither a label nor a phase, or a
    symmetry that is not the file's.
    """
    phases, symmetries, names = phases or {}, symmetries or {}, names or {}
    numbers = {str(label) for label in (*labels, *gone)}
    known = set(phases.values()) | {names[label] for label in labels if label in names}
    unknown = sorted(set(materials) - known - numbers)
    if unknown:
        listed = ", ".join(sorted(known)) or "labels only"
        raise MicrostructureError(f"`materials` names '{unknown[0]}', which the file does not contain ({listed})")
    regions = []
    for label, piece in zip(labels, pieces, strict=True):
        phase = phases.get(label, "")
        name = names.get(label, f"grain {label}")
        role = materials.get(phase, materials.get(name, materials.get(str(label), material)))
        name = as_name(name) or f"grain {label}"
        if orientations is not None and label not in orientations:
            raise MicrostructureError(f"the orientations have no row for label {label}")
        orientation = IDENTITY if orientations is None else orientations[label]
        name = name if piece == 0 else f"{name} ({piece + 1})"
        symmetry = agreed_symmetry(crystal_symmetry, symmetries.get(phase), f"phase '{phase}'")
        regions.append(Region(name, role, orientation, symmetry))
    return regions


def agreed_symmetry(asked: str | None, found: str | None, what: str) -> str:
    """The crystal symmetry that recipe and file agree on; raises MicrostructureError where they contradict."""
    if asked not in (None, "isotropic") and found not in (None, asked):
        raise MicrostructureError(f"{what} is {found} in the file, but {asked} in the recipe: leave one out")
    return asked or found or USUAL_SYMMETRY


def check_extents(extents: Sequence[float], box: Sequence[float], source: str) -> None:
    """Raise MicrostructureError unless the extents of a file (m) are those of the recipe's box."""
    names = ("width (x)", "thickness (y)", "width_z (z)")
    for name, found, asked in zip(names[: len(box)], extents, box, strict=True):
        if abs(found - asked) > EXTENT_TOLERANCE * asked:
            raise MicrostructureError(
                f"{source} has a {name} of {found * 1e6:.6g} um, but the recipe says {asked * 1e6:.6g} um"
            )
