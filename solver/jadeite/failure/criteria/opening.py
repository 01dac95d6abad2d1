# SPDX-License-Identifier: LGPL-3.0-or-later
"""The pressure that opens a sodium-filled flaw, shared by the criteria: Griffith's condition for the usual flaw shapes.

Stress intensity factors of pressurised cracks are written K = Y p sqrt(pi c). The constants for the edge crack are
those of the half plane; for a pressure that grows linearly from zero at the mouth to p at the tip the constant is
smaller.
"""

from __future__ import annotations

import math

EDGE_UNIFORM = 1.1215222
"""Y of an edge crack under uniform face pressure (Tada, Paris and Irwin, The Stress Analysis of Cracks Handbook)."""

EDGE_LINEAR = 0.6828629
"""Y of an edge crack with face pressure p x / c, zero at the mouth (singular integral equation)."""

PENNY_UNIFORM = 2.0 / math.pi
"""Y of an embedded penny under uniform face pressure (Sneddon 1946)."""


def opening_pressure(fracture_toughness: float, size: float, geometry_factor: float = EDGE_UNIFORM) -> float:
    """Return the uniform face pressure (Pa) that opens a flaw of depth or radius `size` (m).

    Griffith's condition K = Y p sqrt(pi c) = K_Ic with `fracture_toughness` in Pa m^0.5.
    """
    return fracture_toughness / (geometry_factor * math.sqrt(math.pi * size))
