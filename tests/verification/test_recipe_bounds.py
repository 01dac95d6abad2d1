# SPDX-License-Identifier: LGPL-3.0-or-later
"""Effective conductivity of every shipped recipe lies within the bounds of Wiener and of Hashin and Shtrikman."""

from pathlib import Path

import numpy as np
import pytest

from jadeite.case.loading import load_recipe
from jadeite.microstructure.build import build
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.verification.samples import crystals, effective_conductivity

RECIPES = sorted((Path(__file__).parents[2] / "meshes").glob("*.yaml"))

# a sample is not isotropic, and finite elements bound from above
SCATTER = 2e-3


def several_phase_bounds(conductivity, share, dimension):
    """(sum f_i / (s_i + (d - 1) s))^-1 - (d - 1) s with s the smallest and the largest s_i (Hashin, Shtrikman 1962)."""

    def bound(reference):
        extra = (dimension - 1) * reference
        return 1.0 / np.sum(share / (conductivity + extra)) - extra

    return (bound(conductivity.min()) if conductivity.min() > 0.0 else 0.0), bound(conductivity.max())


@pytest.mark.slow
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_effective_conductivity_within_bounds(path):
    recipe = load_recipe(path)
    mesh = build(recipe)
    volume = float(np.prod(recipe.box))
    share = mesh.regions.measure / volume
    void = 1.0 - share.sum()
    # one conductivity for each role, far apart
    roles = {role: 0.1 * 0.05**number for number, role in enumerate(recipe.roles)}
    of_region = np.array([roles[role] for role in mesh.regions.material])
    lost = {SurfaceKind.UNWETTED_PATCH, SurfaceKind.FLAW_WALL, SurfaceKind.EMBEDDED_CRACK, SurfaceKind.PORE_WALL}
    whole = lost.isdisjoint(mesh.surfaces.kind)
    degree = 2 if mesh.dimension == 2 else 1

    # Wiener: means of conductivity and of resistivity along the current, crystals with a slow axis
    tensors = of_region[:, None, None] * crystals(mesh, 1.0, 0.3)
    got = effective_conductivity(mesh, tensors, degree=degree)
    upper = float(np.sum(share * tensors[:, 1, 1]))
    lower = 1.0 / float(np.sum(share * np.linalg.inv(tensors)[:, 1, 1])) if whole else 0.0
    assert lower * (1 - SCATTER) <= got <= upper * (1 + SCATTER)

    # Hashin and Shtrikman: isotropic phases, pores and openings among them, where they are mixed evenly
    if len(recipe.layers) > 1:
        return
    isotropic = of_region[:, None, None] * np.eye(mesh.dimension)
    got = effective_conductivity(mesh, isotropic, degree=degree)
    phase = np.append(list(roles.values()), 0.0)
    parts = [share[np.array(mesh.regions.material) == role].sum() for role in roles]
    present = np.append(parts, void) > 1e-9
    lower, upper = several_phase_bounds(phase[present], np.append(parts, void)[present], mesh.dimension)
    assert (lower if whole else 0.0) * (1 - SCATTER) <= got <= upper * (1 + SCATTER)
