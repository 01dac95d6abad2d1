# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cost of an impedance sweep against solving each frequency for itself; `python impedance_sweep.py --help`.

A polycrystal in the plane with the laws of the case nzsp_impedance, meshed to a wanted number of unknowns. Compared in
one process by processor time, with forms compiled before and one thread:

* the sweep: matrices assembled once, all frequencies from a common space of vectors;
* cold solves at some of its frequencies, spread evenly, each of which assembles the matrices and factorises anew:
  `two by two`, the real symmetric indefinite 2x2 form by MUMPS, and `preconditioned`, one Cholesky factor of K + w M
  with the iteration that the sweep itself is made of, the fastest way to a single frequency that we know.

Writes a table (JSON) and ends with code 1 when the sweep is not four times cheaper than as many cold solves of the
cheaper kind.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

REQUIRED = 4.0
CASE = Path(__file__).resolve().parents[2] / "cases" / "nzsp_impedance" / "case.yaml"


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unknowns", type=int, default=100_000, help="unknowns, about")
    parser.add_argument("--frequencies", type=int, default=60)
    parser.add_argument("--cold", type=int, default=5, help="cold solves of either kind")
    parser.add_argument("--output", type=Path, default=Path("runs/benchmarks/impedance_sweep.json"))
    options = parser.parse_args()

    from jadeite.case.loading import load_case
    from jadeite.constants import VACUUM_PERMITTIVITY
    from jadeite.fem.domain import Domain
    from jadeite.fem.frequency_response import sweep
    from jadeite.materials.resolve import resolve
    from jadeite.microstructure.build import build
    from jadeite.physics.conduction import Conduction
    from jadeite.physics.impedance.small_signal import SmallSignal
    from jadeite.study.assembly.boundaries import boundary_transport
    from jadeite.study.assembly.cell import region_conductivity
    from jadeite.study.assembly.electrodes import electrode_contacts
    from jadeite.verification.direct_response import direct_admittance

    # a polycrystal of 60 um by 50 um with quadratic elements has about 45 000 unknowns at 0.6 um
    size = 0.6 * (45_000 / options.unknowns) ** 0.5
    loaded = load_case(
        CASE,
        [
            f"microstructure.mesh.interior_size={size} um",
            f"microstructure.mesh.boundary_size={size} um",
        ],
    )
    case, recipe = loaded.case, loaded.recipe
    materials = resolve(case, recipe, str(CASE))
    domain = Domain.from_tagged_mesh(build(recipe, None))
    tagged = domain.tagged
    boundaries = boundary_transport(case, materials, tagged)
    plating, stripping = electrode_contacts(case, materials, domain)
    conduction = Conduction(
        domain, region_conductivity(materials, tagged), boundaries.resistance, plating, stripping,
        degree=case.solver.degree, boundary_conductance=boundaries.surface_conductance,
    )  # fmt: skip
    permittivity = VACUUM_PERMITTIVITY * np.array(
        [materials.electrolytes[role].transport.relative_permittivity for role in tagged.regions.material]
    )

    def assemble() -> SmallSignal:
        return SmallSignal(conduction, 0.0, permittivity, boundaries.capacitance)

    assemble()  # forms are compiled now
    omega = 2.0 * np.pi * np.geomspace(10.0, 1e9, options.frequencies)
    start = time.process_time()
    signal = assemble()
    assembled = time.process_time() - start
    response, report = sweep(signal.system, omega, signal.method)
    whole = time.process_time() - start

    print(f"assembly {assembled:.1f} s, with sweep {whole:.1f} s, {len(report.shifts)} factorisations", flush=True)
    chosen = omega[np.linspace(0, len(omega) - 1, options.cold + 2).round().astype(int)[1:-1]]
    seconds: dict[str, list[float]] = {"two by two": [], "preconditioned": []}
    deviation = 0.0
    for frequency in chosen:
        begin = time.process_time()
        admittance = direct_admittance(assemble().system, frequency)
        seconds["two by two"].append(time.process_time() - begin)
        swept = response.admittance(np.array([frequency]))[0]
        deviation = max(deviation, abs(swept / admittance - 1.0))
        begin = time.process_time()
        cold = assemble()
        sweep(replace(cold.system, steady=False), np.array([frequency]), cold.method)
        seconds["preconditioned"].append(time.process_time() - begin)
        print(*(f"{name}: {values[-1]:.2f} s" for name, values in seconds.items()), sep=", ", flush=True)
    means = {name: float(np.mean(values)) for name, values in seconds.items()}
    ratios = {name: options.frequencies * mean / whole for name, mean in means.items()}
    result = {
        "unknowns": signal.system.unknowns,
        "frequencies": options.frequencies,
        "factorisations": len(report.shifts),
        "vectors": report.vectors,
        "largest_relative_residual": report.residual,
        "largest_deviation_from_two_by_two": deviation,
        "seconds": {"assembly": assembled, "sweep with assembly": whole, "cold": seconds},
        "cold_over_sweep": ratios,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{result['unknowns']} unknowns, {options.frequencies} frequencies, residual {report.residual:.1e}")
    print(f"sweep: {whole:.1f} s ({len(report.shifts)} factorisations, {report.vectors} vectors)")
    for name, mean in means.items():
        print(f"one cold solve, {name}: {mean:.2f} s; as many as frequencies cost {ratios[name]:.1f} sweeps")
    print(f"largest deviation from the 2x2 form: {deviation:.1e}")
    return 0 if min(ratios.values()) >= REQUIRED else 1


if __name__ == "__main__":
    sys.exit(main())
