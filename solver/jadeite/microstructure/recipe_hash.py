# SPDX-License-Identifier: LGPL-3.0-or-later
"""The content hash of a recipe, by which its mesh is known; nothing that makes meshes is loaded for it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from jadeite.case.files import BY_CONTENT

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe


def recipe_hash(recipe: Recipe) -> str:
    """Content hash of a recipe, the files it names and the generator's code: equal hashes mean equal meshes."""
    described = recipe.model_dump(mode="json", context={BY_CONTENT: True})
    content = json.dumps({"generator": _generator(), "recipe": described}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@cache
def _generator() -> str:
    """Hash of the code that makes meshes, and the version of Gmsh: a mesh of other code is another mesh."""
    digest = hashlib.sha256(version("gmsh").encode())
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
