# SPDX-License-Identifier: LGPL-3.0-or-later
"""A checked case written down so that it can be read back without the files it came from.

All values are in SI units and all settings of the command line are applied; files that the recipe names (images,
meshes) are named by their full path, and are needed again only while the mesh has not been made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jadeite.case.files import BY_CONTENT
from jadeite.case.loading import LoadedCase
from jadeite.case.microstructure import Recipe
from jadeite.case.schema import Case
from jadeite.case.units import RESOLVED


def freeze(loaded: LoadedCase) -> dict[str, Any]:
    """Return a checked case ready for JSON: case, recipe, overrides, source text and names of the files read."""
    return {
        "case": loaded.case.model_dump(mode="json", exclude={"microstructure"}),
        "microstructure": loaded.recipe.model_dump(mode="json"),
        "overrides": list(loaded.overrides),
        "files": {str(path.absolute()): digest for path, digest in loaded.files.items()},
    }


def thaw(frozen: Mapping[str, Any], source: str) -> LoadedCase:
    """Return the checked case that was written down.

    Args:
        frozen: what `freeze` gave.
        source: the text of the case file as it was given.

    Raises:
        ValueError: when it is not what `freeze` gives.
    """
    context = {RESOLVED: True}
    try:
        recipe = Recipe.model_validate(frozen["microstructure"], context=context)
        case = Case.model_validate({**frozen["case"], "microstructure": frozen["microstructure"]}, context=context)
        files, overrides = frozen["files"], frozen["overrides"]
        return LoadedCase(case, recipe, source, {Path(name): value for name, value in files.items()}, tuple(overrides))
    except (AttributeError, KeyError, TypeError, ValidationError) as error:
        raise ValueError(str(error)) from error


def digest(loaded: LoadedCase) -> str:
    """Return the SHA-256 (hexadecimal) of all that decides a result: case and recipe, files by their content.

    What a run is called, what it draws and what it is expected to give do not count.
    """
    case = loaded.case.model_dump(mode="json", exclude={"microstructure", "title", "description", "expect"})
    recipe = loaded.recipe.model_dump(mode="json", context={BY_CONTENT: True})
    text = json.dumps({"case": case, "microstructure": recipe}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
