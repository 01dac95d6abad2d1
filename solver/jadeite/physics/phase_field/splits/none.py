# SPDX-License-Identifier: LGPL-3.0-or-later
"""No split: all energy opens cracks, which also weaken under compression. For loads that open, and any crystal."""

from __future__ import annotations

from jadeite.physics.phase_field.splits.split import EnergySplit

NONE = EnergySplit("none", None, False, "any")
