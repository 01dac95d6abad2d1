# SPDX-License-Identifier: LGPL-3.0-or-later
"""stub"""

from jadeite.microstructure.tagged_mesh import TaggedMesh


def open_walls(mesh: TaggedMesh) -> TaggedMesh:
    return mesh


def press_grooves(mesh: TaggedMesh, grooves: object) -> TaggedMesh:
    return mesh
