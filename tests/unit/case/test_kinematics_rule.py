# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case says about the third direction of a plane cell has no meaning in space."""

import pytest

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

CASE = """\
title: test
protocol: {{current_density: 1 mA/cm^2}}
microstructure:
  dimension: {dimension}
  width: 20 um
  separator: {{layers: [{{thickness: 10 um}}]}}
materials: {{electrolyte: {{material: NZSP_x2}}}}
physics: {{mechanics: {{kinematics: plane_strain}}}}
"""


def test_kinematics_of_a_slice_are_refused_in_space(tmp_path):
    file = tmp_path / "case.yaml"
    file.write_text(CASE.format(dimension=2))
    assert load_case(file).case.physics.mechanics.kinematics == "plane_strain"
    file.write_text(CASE.format(dimension=3))
    with pytest.raises(CaseError, match=r"case\.yaml:8: physics\.mechanics\.kinematics: .*three dimensions"):
        load_case(file)
