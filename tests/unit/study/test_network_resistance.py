# SPDX-License-Identifier: LGPL-3.0-or-later
"""The solver reads the resistance of each boundary from the network of the recipe."""

import numpy as np
import pytest

from jadeite.case.loading import load_case
from jadeite.materials.resolve import resolve
from jadeite.microstructure.network.attach import BOUNDARIES, attach_network
from jadeite.microstructure.network.rules import attach_properties
from jadeite.study.assembly.boundaries import boundary_transport
from sample_meshes import layered_mesh

CASE = """\
title: test
protocol: {{current_density: 1 mA/cm^2}}
microstructure:
  width: 30 um
  separator:
    layers: [{{thickness: 10 um, repeat: 3}}]
  boundary_properties: {{area_specific_resistance: {{law: lognormal, mean: 7 ohm*cm^2}}}}
materials:
  electrolyte: {{material: NZSP_x2}}
physics: {{grain_boundaries: {{law: {law}}}}}
"""


@pytest.mark.parametrize("law", ["network", "constant", "none"])
def test_what_the_recipe_gives_is_what_the_solver_gets(tmp_path, law):
    file = tmp_path / "case.yaml"
    file.write_text(CASE.format(law=law))
    loaded = load_case(file)
    mesh = attach_network(layered_mesh([10e-6] * 3, 30e-6))
    mesh = attach_properties(mesh, loaded.recipe.boundary_properties, loaded.recipe.seed)
    rows = mesh.surfaces.rows(*BOUNDARIES)
    resistance = boundary_transport(loaded.case, resolve(loaded.case, loaded.recipe), mesh).resistance
    given = mesh.surfaces.properties["area_specific_resistance"]
    assert len(set(given[rows].tolist())) == 2
    np.testing.assert_array_equal(resistance[rows], given[rows])
    assert not np.delete(resistance, rows).any()
