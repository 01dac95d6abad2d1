# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the interface file says of boundaries adds up to what is lost at them."""

import numpy as np
import pytest

from jadeite.failure.probes import BoundaryProbe, ElectrodeProbe
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.fields import read_fields
from jadeite.physics.cell import Cell
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import LinearResistance
from jadeite.study.fields import write_interfaces
from sample_meshes import grain_mesh

WIDTH, HEIGHT, SIGMA, VOLUME = 30e-6, 20e-6, 0.1, 23.78e-6


@pytest.mark.parametrize("resistance", [0.0, 5e-5])
def test_dissipation_holds_what_runs_along_boundaries(tmp_path, resistance):
    tagged = grain_mesh(WIDTH, HEIGHT, 9, 6, lambda m: (m[:, 0] > 0.6 * WIDTH) + 2 * (m[:, 1] > 0.5 * HEIGHT))
    domain, count = Domain.from_tagged_mesh(tagged), len(tagged.surfaces)

    def conduction(ion_potential):
        return Conduction(
            domain,
            np.tile(SIGMA * np.eye(2), (len(tagged.regions), 1, 1)),
            np.full(count, resistance),
            [Contact((SurfaceKind.PLATING_ELECTRODE,), LinearResistance(2e-3))],
            [Contact((SurfaceKind.STRIPPING_ELECTRODE,), LinearResistance(1e-3))],
            ion_potential=ion_potential,
            boundary_conductance=np.full(count, 3e-6),
        )

    cell = Cell(domain, conduction, None, VOLUME)
    result = cell.conduction.solve(Current(10.0 * WIDTH))
    probe = BoundaryProbe(cell.conduction)
    write_interfaces(tmp_path / "interfaces.vtkhdf", cell, ElectrodeProbe(cell.conduction), probe, VOLUME)
    found = read_fields(tmp_path / "interfaces.vtkhdf")
    ends = found.points[found.cells]
    power = found.cell["dissipation (W m^-2)"] * np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    by_surface = np.bincount(found.cell["surface"], power, minlength=count)
    rows = domain.surface_rows(*BoundaryProbe.kinds)
    assert result.along_power > 0.1 * result.boundary_power
    np.testing.assert_allclose(by_surface[rows], probe.read().dissipation[rows], rtol=1e-9)
    # and at the electrodes it is the rest of what the interfaces take
    assert np.delete(by_surface, rows).sum() == pytest.approx(sum(result.interface_power), rel=1e-9)
