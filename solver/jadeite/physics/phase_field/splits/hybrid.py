# SPDX-License-Identifier: LGPL-3.0-or-later
"""Hybrid: the stress is that without a split, and only the opening part of the spectral split drives damage.

The displacement stays a linear problem (Ambati, Gerasimov and De Lorenzis 2015, eq. 25). Without their extra condition
on closed cracks, faces may pass through each other; and the two equations are no longer those of one energy.
"""

from __future__ import annotations

from jadeite.physics.phase_field.splits.spectral import closed
from jadeite.physics.phase_field.splits.split import EnergySplit

HYBRID = EnergySplit("hybrid", closed, False, "isotropic")
