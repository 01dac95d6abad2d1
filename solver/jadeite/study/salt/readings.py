# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is read off a state of a cell with salt beside its scalars: profiles, shares of the current, fields."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import ufl
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.failure.focusing import cell_means
from jadeite.fem.domain import Domain
from jadeite.output.fields import Field
from jadeite.physics.binary_electrolyte import SaltTransport
from jadeite.study.fields import write_volume
from jadeite.study.series import Drawn

#: Layers that a profile is divided into, at most.
_LAYERS = 60


class SaltProfile:
    """Mean concentration over the polymer in layers between the electrodes."""

    def __init__(self, transport: SaltTransport) -> None:
        """Sort the cells into layers. Collective."""
        self.transport = transport
        domain = transport.domain
        middle = cell_means(domain, ufl.SpatialCoordinate(domain.mesh))
        region = domain.cell_region[: domain.owned_cells]
        self._volume = _volumes(domain) * transport.salt.present[region]
        heights = domain.tagged.points[:, 1]
        self._low, self._high = float(heights.min()), float(heights.max())
        layers = min(_LAYERS, max(8, len(np.unique(heights.round(9))) // 2))
        share = (middle[:, 1] - self._low) / (self._high - self._low)
        self._layer = np.clip((share * layers).astype(np.int64), 0, layers - 1)
        self._layers = layers
        filled = self._sum(self._volume)
        self._used = filled > 0.0
        centre = self._sum(self._volume * middle[:, 1])
        self.heights: NDArray[np.float64] = centre[self._used] / filled[self._used] - self._low
        self._filled = filled[self._used]

    def read(self) -> NDArray[np.float64]:
        """Return the mean concentration at `heights`, mol/m^3. Collective."""
        values = cell_means(self.transport.domain, self.transport.concentration)
        return self._sum(self._volume * values)[self._used] / self._filled

    def _sum(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        local = np.bincount(self._layer, values, minlength=self._layers)
        return np.asarray(self.transport.domain.mesh.comm.allreduce(local, op=MPI.SUM))


def share_without_salt(transport: SaltTransport) -> tuple[float, float]:
    """Return the share of volume and of the current (its mean along y) in regions without salt. Collective."""
    domain = transport.domain
    volume = _volumes(domain)
    current = volume * cell_means(domain, transport.current_density())[:, 1]
    without = ~transport.salt.present[domain.cell_region[: domain.owned_cells]]
    sums = [float(values[chosen].sum()) for values in (volume, current) for chosen in (without, slice(None))]
    part, whole, carried, total = domain.mesh.comm.allreduce(np.array(sums), op=MPI.SUM)
    return float(part / whole), float(carried / total) if total else 0.0


def _volumes(domain: Domain) -> NDArray[np.float64]:
    """Volume of each owned cell, in the plane its area; of a body of revolution that of the ring it sweeps."""
    volume = cell_means(domain, ufl.CellVolume(domain.mesh))
    if domain.axisymmetric:
        volume = volume * 2.0 * np.pi * cell_means(domain, ufl.SpatialCoordinate(domain.mesh))[:, 0]
    return volume


def write_salt_fields(path: Path, transport: SaltTransport) -> None:
    """Write concentration, potential and current density of the present state.

    Note:
        Collective; rank 0 writes.
    """
    write_volume(path, transport.domain, *drawn_salt(transport))


def drawn_salt(transport: SaltTransport) -> Drawn:
    """Return concentration, potential and current density of the present state as they are drawn. Collective."""
    domain = transport.domain
    space, concentration, potential = transport.drawn()
    owned = space.space.dofmap.index_map.size_local
    region = domain.cell_region[: domain.owned_cells]
    return Drawn(
        space,
        [
            Field("salt concentration", concentration[:owned], "mol m^-3", "zero where there is no salt"),
            Field("potential", potential[:owned], "V", "potential of a sodium reference electrode, zero at plating"),
        ],
        [
            Field("current density", cell_means(domain, transport.current_density()), "A m^-2", "mean over each cell"),
            Field("grain", region.astype(np.int64), "", "row of the region table in mesh.npz"),
            Field("salt", transport.salt.present[region].astype(np.int64), "", "1 where there is salt"),
        ],
    )
