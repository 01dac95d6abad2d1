# SPDX-License-Identifier: LGPL-3.0-or-later
"""How large an imported image may be, asked before memory is taken: a small file can announce a huge image."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jadeite.microstructure.errors import MicrostructureError

MOST_VOXELS = 400_000_000
"""Voxels that an image may have: their labels take eight bytes each, several times over."""


def check_number_of_voxels(shape: Sequence[int], name: str) -> None:
    """Raise MicrostructureError for an image of more voxels than memory can be taken for."""
    number = math.prod(int(length) for length in shape)
    if number > MOST_VOXELS:
        size = " x ".join(str(length) for length in shape)
        raise MicrostructureError(
            f"{name} holds an image of {size}, {number:.2g} voxels; at most {MOST_VOXELS:.2g} can be read. Cut it, or "
            "take every second voxel."
        )
