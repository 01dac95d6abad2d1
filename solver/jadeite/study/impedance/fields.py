# SPDX-License-Identifier: LGPL-3.0-or-later
"""Potential and current density of a small signal, in phase with the current and a quarter period behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import ufl

from jadeite.failure.focusing import cell_means
from jadeite.fem.reduced_response import ReducedResponse
from jadeite.output.fields import Field
from jadeite.physics.impedance.small_signal import SmallSignal
from jadeite.study.fields import write_volume


def write_impedance_fields(
    path: Path, signal: SmallSignal, response: ReducedResponse, frequency: float, area: float
) -> None:
    """Write the fields at one frequency (Hz) for a signal of 1 A/m^2 of electrode.

    Note:
        Collective; rank 0 writes.
    """
    problem, domain, omega = signal.conduction, signal.conduction.domain, 2.0 * np.pi * frequency
    real, imaginary = signal.potential(response, omega)
    # at a current of 1 A/m^2 instead of a terminal potential of 1 V
    scale = complex(area * response.impedance(np.array([omega]))[0])
    values = scale * (real.x.array + 1j * imaginary.x.array)
    real.x.array[:], imaginary.x.array[:] = values.real, values.imag
    owned = problem.space.space.dofmap.index_map.size_local
    permittivity = domain.cell_field(signal.permittivity, "permittivity")
    moving = -ufl.dot(problem.sigma, ufl.grad(real)) + omega * permittivity * ufl.grad(imaginary)
    lagging = -ufl.dot(problem.sigma, ufl.grad(imaginary)) - omega * permittivity * ufl.grad(real)
    at = f"at {frequency:.4g} Hz and 1 A/m^2"
    write_volume(
        path,
        domain,
        problem.space,
        [
            Field("potential", real.x.array[:owned], "V", f"electric potential in phase with the current, {at}"),
            Field("potential out of phase", imaginary.x.array[:owned], "V", f"imaginary part of the potential, {at}"),
        ],
        [
            Field("current density", cell_means(domain, moving), "A m^-2", f"in phase, displacement included, {at}"),
            Field("current density out of phase", cell_means(domain, lagging), "A m^-2", f"imaginary part, {at}"),
            Field("grain", domain.cell_region[: domain.owned_cells].astype(np.int64), "", "row of the region table"),
        ],
    )
