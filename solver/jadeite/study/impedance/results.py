# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a spectrum to headlines, tables, warnings and the sentence that answers the case."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from jadeite.fem.frequency_response import SweepReport
from jadeite.fem.reduced_response import ReducedResponse
from jadeite.output.display import number, percent, quantity
from jadeite.output.summary import Column, Conservation, Headline, ResistanceBreakdown, ResistanceShare, ResultTable
from jadeite.physics.impedance.circuit import ArcName
from jadeite.physics.impedance.relaxation_times import ACCURACY
from jadeite.physics.impedance.small_signal import SmallSignal
from jadeite.study.impedance.spectrum import Spectrum

#: Relaxations below this share of the resistance are left out of their table.
_LEAST_SHARE = 1e-5
#: Relaxation times that differ by less than this share are one.
_SAME_TIME = 1e-6
_ARCS = {
    ArcName.GRAINS: ("grain_arc_resistance", "Arc of the grains"),
    ArcName.BOUNDARIES: ("boundary_arc_resistance", "Arc of the grain boundaries"),
    ArcName.ELECTRODES: ("electrode_arc_resistance", "Arc of the electrodes"),
}


def headlines(spectrum: Spectrum) -> list[Headline]:
    """Return the figures the run is judged by."""
    found = []
    if spectrum.steady_resistance is not None:
        found.append(
            Headline(
                "area_specific_resistance",
                "Area-specific resistance",
                spectrum.steady_resistance,
                "ohm m^2",
                "limit of the impedance at frequency zero, times area",
            )
        )
    for name, (key, label) in _ARCS.items():
        value = spectrum.circuit.resistance_of(name)
        if value > 1e-6 * abs(spectrum.impedance[0]):
            how = "resistance of the arc in the fitted circuit"
            if name is ArcName.GRAINS:
                how += ", with what lies before it"
            found.append(Headline(key, label, value, "ohm m^2", how))
    reading, truth = spectrum.reading, spectrum.truth
    for key, label, got, real, unit, how in (
        (
            "brick_layer_grain_conductivity",
            "Grain conductivity after the brick-layer model",
            reading.grain_conductivity,
            truth.grain_conductivity,
            "S m^-1",
            "thickness over the resistance of the grains' arc",
        ),
        (
            "brick_layer_boundary_resistance",
            "Resistance of one boundary after the brick-layer model",
            reading.boundary_resistance,
            truth.boundary_resistance,
            "ohm m^2",
            "resistance of the boundaries' arc times mean intercept over thickness",
        ),
        (
            "brick_layer_boundary_capacitance",
            "Capacitance of one boundary after the brick-layer model",
            reading.boundary_capacitance,
            truth.boundary_capacitance,
            "F m^-2",
            "capacitance of the boundaries' arc times thickness over mean intercept",
        ),
    ):
        if got is None or real is None:
            continue
        found.append(Headline(key, label, got, unit, f"{how}; the microstructure has {quantity(real, unit)}"))
        if real > 0.0:
            error = got / real - 1.0
            found.append(
                Headline(f"{key}_error", f"{label}: error", error, "1", "over the mean that went in, less one")
            )
    found.append(
        Headline(
            "circuit_offset",
            "Resistance before all arcs",
            spectrum.circuit.offset,
            "ohm m^2",
            "what the fitted circuit tends to at high frequency",
        )
    )
    found.append(
        Headline(
            "circuit_misfit",
            "Misfit of the circuit",
            spectrum.circuit.misfit,
            "1",
            "root mean square of the distance between fitted and computed impedance over its magnitude",
        )
    )
    return found


def answer(spectrum: Spectrum) -> str:
    """Return the result in one sentence or two."""
    arcs = spectrum.circuit.arcs
    text = f"The spectrum has {len(arcs)} arc{'' if len(arcs) == 1 else 's'}"
    shown = [
        f"{name.value} {quantity(spectrum.circuit.resistance_of(name), 'ohm m^2')}"
        for name in ArcName
        if spectrum.circuit.resistance_of(name) > 1e-6 * abs(spectrum.impedance[0])
    ]
    text += f" ({', '.join(shown)})" if shown else ""
    if spectrum.steady_resistance is not None:
        text += f"; to a steady current the cell resists with {quantity(spectrum.steady_resistance, 'ohm m^2')}"
    got, real = spectrum.reading.boundary_resistance, spectrum.truth.boundary_resistance
    if got is None or real is None:
        return f"{text}."
    return (
        f"{text}. Read as a brick layer, one boundary has {quantity(got, 'ohm m^2')}; the microstructure has "
        f"{quantity(real, 'ohm m^2')}: an error of {percent(got / real - 1.0, 1)}."
    )


def resistance(spectrum: Spectrum) -> ResistanceBreakdown | None:
    """Return where a steady current loses its power; None when an electrode blocks."""
    if spectrum.steady_parts is None or spectrum.steady_resistance is None:
        return None
    shares: dict[str, float] = {}
    for name, value in zip(spectrum.names, spectrum.steady_parts.tolist(), strict=True):
        shares[name] = shares.get(name, 0.0) + value
    return ResistanceBreakdown(
        spectrum.steady_resistance, tuple(ResistanceShare(name, value) for name, value in shares.items())
    )


def conservation(signal: SmallSignal, response: ReducedResponse, frequency: float, area: float) -> Conservation:
    """Return how well current and power balance at a frequency (rad/s), for a signal of 1 A/m^2 of electrode.

    Currents are magnitudes, and their difference is that of complex numbers.

    Note:
        Collective.
    """
    omega = np.array([frequency])
    admittance = complex(response.admittance(omega)[0])
    arriving = signal.plating_current(response, frequency)
    scale = area / abs(admittance)
    external = scale**2 * admittance.real
    dissipated = area**2 * float(response.contributions(omega).real.sum())
    return Conservation(
        current_in=scale * abs(arriving),
        current_out=area,
        relative_difference=abs(arriving / admittance - 1.0),
        power_external=external,
        power_dissipated=dissipated,
        relative_power_difference=abs(dissipated - external) / abs(external),
    )


def result_tables(spectrum: Spectrum) -> list[ResultTable]:
    """Return the spectrum, its parts, its relaxation times, the fit, and the fit against the microstructure."""
    return [*_comparison(spectrum), _arcs(spectrum), _impedance(spectrum), _parts(spectrum), *_times(spectrum)]


def _comparison(spectrum: Spectrum) -> list[ResultTable]:
    reading, truth = spectrum.reading, spectrum.truth
    parts = [
        (f"direct current: {name.value}", spectrum.circuit.resistance_of(name), spectrum.steady_share(name))
        for name in ArcName
    ]
    fitted = spectrum.circuit.offset + sum(arc.resistance for arc in spectrum.circuit.arcs)
    resistances = [
        ("direct current: all", fitted, spectrum.steady_resistance),
        *parts,
        ("one grain boundary (brick layer; mean over their area)", reading.boundary_resistance,
         truth.boundary_resistance),
    ]  # fmt: skip
    if spectrum.circuit.blocking is not None:
        resistances = resistances[4:]
    tables = []
    for key, title, unit, rows in (
        ("fit_resistances", "Resistances: what the fit says, and what is true", "ohm m^2", resistances),
        (
            "fit_conductivity",
            "Conductivity of the grains: what the fit says, and what is true",
            "S m^-1",
            [("grains (mean over directions and volume)", reading.grain_conductivity, truth.grain_conductivity)],
        ),
        (
            "fit_capacitance",
            "Capacitance of a grain boundary: what the fit says, and what is true",
            "F m^-2",
            [
                ("one grain boundary (brick layer; mean over their area)", reading.boundary_capacitance,
                 truth.boundary_capacitance),
            ],
        ),
    ):  # fmt: skip
        given = [(label, got, real) for label, got, real in rows if got is not None and real is not None]
        if not given:
            continue
        columns = (
            Column("fit", "fit", unit),
            Column("microstructure", "microstructure", unit),
            Column("error", "error"),
        )
        values = tuple((got, real, got / real - 1.0 if real else None) for _, got, real in given)
        tables.append(ResultTable(key, title, columns, values, row_labels=tuple(label for label, _, _ in given)))
    return tables


def _arcs(spectrum: Spectrum) -> ResultTable:
    arcs = spectrum.circuit.arcs
    return ResultTable(
        "arcs",
        f"Arcs of the fitted circuit (misfit {percent(spectrum.circuit.misfit, 2)})",
        (
            Column("resistance", "resistance", "ohm m^2"),
            Column("frequency", "frequency of the top", "Hz"),
            Column("capacitance", "capacitance", "F m^-2"),
            Column("exponent", "exponent"),
        ),
        tuple((arc.resistance, 0.5 / (math.pi * arc.time), arc.capacitance, arc.exponent) for arc in arcs),
        row_labels=tuple(f"taken for {arc.name.value}" for arc in arcs),
    )


def _impedance(spectrum: Spectrum) -> ResultTable:
    z, fit = spectrum.impedance, spectrum.circuit.impedance(2.0 * np.pi * spectrum.frequencies)
    columns = (
        Column("frequency", "frequency", "Hz"),
        Column("real", "real part", "ohm m^2"),
        Column("imaginary", "imaginary part", "ohm m^2"),
        Column("magnitude", "magnitude", "ohm m^2"),
        Column("phase", "phase", "rad"),
        Column("fit_real", "real part of the fit", "ohm m^2"),
        Column("fit_imaginary", "imaginary part of the fit", "ohm m^2"),
    )
    rows = np.column_stack([spectrum.frequencies, z.real, z.imag, np.abs(z), np.angle(z), fit.real, fit.imag])
    return ResultTable("impedance", "Impedance", columns, _rows(rows), listed=False)


def _parts(spectrum: Spectrum) -> ResultTable:
    columns = [Column("frequency", "frequency", "Hz")]
    values = [spectrum.frequencies]
    for name in dict.fromkeys(spectrum.names):
        chosen = [other == name for other in spectrum.names]
        part = spectrum.parts[chosen].sum(axis=0)
        for word, column in (("real", part.real), ("imaginary", part.imag)):
            columns.append(Column(f"{name}, {word}", f"{name}, {word} part", "ohm m^2"))
            values.append(column)
    title = "Impedance by mechanism"
    return ResultTable("impedance_parts", title, tuple(columns), _rows(np.column_stack(values)), listed=False)


def _times(spectrum: Spectrum) -> list[ResultTable]:
    """Relaxation times as the spectrum alone gives them, and those of the system itself."""
    distribution, poles = spectrum.distribution, spectrum.relaxations
    density = np.column_stack([distribution.times, distribution.density])
    # modes of equal times, such as those of two electrodes alike, are one relaxation
    charged = poles.times > 0.0  # what stores no charge answers at once and has no relaxation
    logarithms, resistances = np.log(poles.times[charged]), poles.resistances[charged]
    group = np.cumsum(np.diff(logarithms, prepend=logarithms[:1]) > _SAME_TIME)
    together = np.bincount(group, resistances)
    times = np.exp(np.bincount(group, logarithms) / np.bincount(group))
    exact = np.column_stack([times, together])
    time = Column("time", "relaxation time", "s")
    return [
        ResultTable(
            "relaxation_times",
            "Distribution of relaxation times",
            (time, Column("density", "resistance per unit of ln(time)", "ohm m^2")),
            _rows(density),
            listed=False,
        ),
        ResultTable(
            "relaxations",
            "Relaxations of the system itself",
            (time, Column("resistance", "resistance", "ohm m^2")),
            _rows(exact[together > _LEAST_SHARE * together.sum()]),
            listed=False,
        ),
    ]


def solver(report: SweepReport, unknowns: int) -> dict[str, float | int | str]:
    """Return what the solver did."""
    return {
        "unknowns": unknowns,
        "factorisations for all frequencies": len(report.shifts),
        "vectors of the common space": report.vectors,
        "relative residual, largest": report.residual,
    }


def warnings(spectrum: Spectrum) -> Sequence[str]:
    """Return what a reader has to keep in mind."""
    found = []
    circuit = spectrum.circuit
    if circuit.misfit > 0.02:
        found.append(
            f"the circuit misses the spectrum by {percent(circuit.misfit, 1)}: arcs with one exponent each do not "
            "describe it, and its resistances are rough"
        )
    if spectrum.distribution.misfit > ACCURACY:
        found.append(
            f"the distribution of relaxation times misses the spectrum by {percent(spectrum.distribution.misfit, 1)}, "
            f"more than the {percent(ACCURACY, 1)} of a careful measurement: no smoothing of it is weak enough"
        )
    if not any(arc.name is ArcName.GRAINS for arc in circuit.arcs):
        found.append(
            f"the arc of the grains lies above {number(spectrum.frequencies[-1])} Hz: their resistance is what is left "
            "at the highest frequency, as in an experiment; `protocol.highest_frequency` goes up to 1 GHz"
        )
    share = spectrum.steady_share(ArcName.BOUNDARIES)
    if share is not None and share > 0.0 and not any(arc.name is ArcName.BOUNDARIES for arc in circuit.arcs):
        found.append(
            "no arc is taken for grain boundaries, which resist all the same: it is hidden by another, or its "
            "capacitance is that of another mechanism; the parts by mechanism tell them apart"
        )
    return found


def _rows(values: np.ndarray) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(row) for row in values.tolist())
