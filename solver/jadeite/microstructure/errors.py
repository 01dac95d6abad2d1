# SPDX-License-Identifier: LGPL-3.0-or-later
"""What can go wrong between a recipe and its mesh; every message is meant for the user."""


class MicrostructureError(ValueError):
    """The parts of a recipe do not fit together; the message names them."""


class TessellationError(RuntimeError):
    """The grains asked for do not fit the box, or the iterations for their sizes did not converge."""


class GeometryError(ValueError):
    """Regions, voids, cuts or surfaces do not make a geometry."""


class MeshingError(RuntimeError):
    """No algorithm made a valid mesh of the geometry; the message says what each one got wrong."""
