# SPDX-License-Identifier: LGPL-3.0-or-later
"""Crystals of a body of revolution must be symmetric about its axis."""

from dataclasses import replace

import numpy as np
import pytest

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.materials.resolve import resolve
from jadeite.microstructure.revolution import revolved
from jadeite.study.assembly.axial_symmetry import require_axial_symmetry
from sample_meshes import layered_mesh

CASE = """\
title: test
protocol: {current_density: 1 mA/cm^2}
microstructure:
  width: 3 um
  separator: {layers: [{thickness: 1 um, repeat: 2}]}
materials:
  electrolyte:
    material: NZSP_x2
    override: {conductivity: [1 S/m, 1 S/m, 0.01 S/m], thermal_expansion: 5e-6 1/K, youngs_modulus: 80 GPa,
      poisson_ratio: 0.25}
"""
QUARTER = np.sqrt(0.5)


@pytest.fixture
def materials(tmp_path):
    file = tmp_path / "case.yaml"
    file.write_text(CASE)
    loaded = load_case(file)
    return resolve(loaded.case, loaded.recipe)


def body(*orientations):
    section = layered_mesh([1.0] * len(orientations), 3.0)
    return replace(section, regions=replace(section.regions, orientation=np.array(orientations, dtype=float)))


def test_a_slow_axis_along_the_axis_of_the_body_is_allowed_and_no_other(materials):
    # a quarter turn about x brings c onto y, one about y onto x
    along, across = (QUARTER, QUARTER, 0.0, 0.0), (QUARTER, 0.0, QUARTER, 0.0)
    require_axial_symmetry(revolved(body(along, along)), materials, mechanics=True)
    with pytest.raises(CaseError, match=r"coordinates: .* conductivity of") as caught:
        require_axial_symmetry(revolved(body(along, across)), materials, mechanics=False)
    assert "2" in str(caught.value)
    # in the plane every orientation is one
    require_axial_symmetry(body(along, across), materials, mechanics=True)


def test_stiffness_and_expansion_count_with_mechanics_only(materials):
    along = (QUARTER, QUARTER, 0.0, 0.0)
    (role,) = materials.electrolytes
    cubic = np.array(materials.electrolytes[role].stiffness)
    cubic[3:, 3:] *= 1.5
    changed = replace(materials, electrolytes={role: replace(materials.electrolytes[role], stiffness=cubic)})
    require_axial_symmetry(revolved(body(along)), changed, mechanics=False)
    with pytest.raises(CaseError, match="stiffness"):
        require_axial_symmetry(revolved(body(along)), changed, mechanics=True)
