# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules between the values of a recipe: a flaw must fit its separator, exactly one of two keys, and so on.

Every rule yields findings and looks only at values that were read; what is missing or faulty is None and reported
elsewhere. One module per part of the recipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.recipe_checks.bodies import body_findings
from jadeite.case.recipe_checks.boundaries import boundary_findings
from jadeite.case.recipe_checks.cell_number import cell_number_findings
from jadeite.case.recipe_checks.contact import contact_findings
from jadeite.case.recipe_checks.dimension import dimension_findings
from jadeite.case.recipe_checks.flaws import flaw_findings
from jadeite.case.recipe_checks.grains import grain_findings
from jadeite.case.recipe_checks.imports import import_findings
from jadeite.case.recipe_checks.mesh_sizes import mesh_size_findings
from jadeite.case.recipe_checks.revolution import revolution_findings
from jadeite.case.recipe_checks.space import Space


def recipe_findings(recipe: Any) -> Iterator[Finding]:
    """Yield every broken rule of a recipe (a `Recipe`, or what could be read of one)."""
    if recipe is None:
        return
    space, found = Space.of(recipe), False
    for rules in (
        dimension_findings,
        revolution_findings,
        grain_findings,
        import_findings,
        body_findings,
        flaw_findings,
        contact_findings,
        boundary_findings,
        mesh_size_findings,
    ):
        for finding in rules(recipe, space):
            found = True
            yield finding
    # a slip that is named already may be why there would be too many
    if not found:
        yield from cell_number_findings(recipe, space)
