# SPDX-License-Identifier: LGPL-3.0-or-later
"""The spectrum of a solved small-signal system, and what an experimenter would read from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.fem.reduced_response import ReducedResponse, Relaxations
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.physics.conduction import Conduction
from jadeite.physics.impedance.brick_layer import BoundaryReading, brick_layer_reading, mean_intercept, true_values
from jadeite.physics.impedance.circuit import ArcName, Circuit, fit_circuit
from jadeite.physics.impedance.relaxation_times import RelaxationTimes, relaxation_times
from jadeite.physics.impedance.small_signal import BOUNDARIES, GRAINS

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A spectrum per area of electrode, and its analysis.

    Attributes:
        frequencies: Hz, rising.
        impedance: ohm m^2.
        parts: impedance of each mechanism, shape (mechanisms, frequencies), ohm m^2; they add up to the impedance.
        names: of the mechanisms.
        steady_parts: their resistances at frequency zero, ohm m^2, or None when an electrode blocks.
        relaxations: poles of the impedance, ohm m^2 and s.
        distribution: of relaxation times, as the spectrum alone gives it.
        circuit: that an experimenter fits.
        thickness: of the sample, m.
        grain_size: mean intercept of the boundaries, m, or None without any.
        reading: brick-layer reading of the circuit.
        truth: what the microstructure has.
    """

    frequencies: Array
    impedance: Complex
    parts: Complex
    names: tuple[str, ...]
    steady_parts: Array | None
    relaxations: Relaxations
    distribution: RelaxationTimes
    circuit: Circuit
    thickness: float
    grain_size: float | None
    reading: BoundaryReading
    truth: BoundaryReading

    @property
    def steady_resistance(self) -> float | None:
        """Area-specific resistance to a steady current, ohm m^2; None when an electrode blocks."""
        return None if self.steady_parts is None else float(self.steady_parts.sum())

    def steady_share(self, name: ArcName) -> float | None:
        """Resistance to a steady current of what an arc of a name stands for, ohm m^2."""
        if self.steady_parts is None:
            return None
        chosen = [_arc_of(part) is name for part in self.names]
        return float(self.steady_parts[chosen].sum())


def frequencies(lowest: float, highest: float, points_per_decade: int) -> Array:
    """Return frequencies from the lowest to the highest, evenly spaced on a logarithmic scale, Hz."""
    count = max(2, round(np.log10(highest / lowest) * points_per_decade) + 1)
    return np.geomspace(lowest, highest, count)


def analyse(
    response: ReducedResponse,
    steady: bool,
    hertz: Array,
    area: float,
    thickness: float,
    conduction: Conduction,
    capacitance: Array,
) -> Spectrum:
    """Evaluate a response and read it.

    Args:
        response: of the system.
        steady: whether it has one at frequency zero.
        hertz: frequencies, Hz.
        area: of an electrode, m^2 (in the plane: its width, m).
        thickness: between the electrodes, m.
        conduction: what the microstructure conducts with.
        capacitance: of each surface row, F/m^2.
    """
    omega = 2.0 * np.pi * hertz
    impedance = area * response.impedance(omega)
    distribution = relaxation_times(omega, impedance)
    circuit = fit_circuit(omega, impedance, distribution, thickness)
    tagged: TaggedMesh = conduction.domain.tagged
    resistance = conduction.boundary_resistance
    if resistance is None:
        resistance = np.zeros(len(tagged.surfaces.name))
    size = mean_intercept(tagged, resistance)
    poles = response.relaxations(float(np.sqrt(omega[0] * omega[-1])))
    return Spectrum(
        frequencies=hertz,
        impedance=impedance,
        parts=area * response.contributions(omega),
        names=response.names,
        steady_parts=area * response.contributions(np.zeros(1))[:, 0].real if steady else None,
        relaxations=Relaxations(poles.times, area * poles.resistances, area * poles.series_elastance),
        distribution=distribution,
        circuit=circuit,
        thickness=thickness,
        grain_size=size,
        reading=brick_layer_reading(circuit, thickness, size),
        truth=true_values(tagged, conduction.conductivity, resistance, capacitance),
    )


def _arc_of(part: str) -> ArcName:
    return {GRAINS: ArcName.GRAINS, BOUNDARIES: ArcName.BOUNDARIES}.get(part, ArcName.ELECTRODES)
