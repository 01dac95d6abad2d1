# SPDX-License-Identifier: LGPL-3.0-or-later
"""What every study of a cell with flaws does alike: the panel of flaws, the measurements, the fields, the records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.failure.crack_samples import ElasticState
from jadeite.failure.cracks import CrackReading, read_cracks
from jadeite.failure.electronic import ElectronicPotential
from jadeite.failure.focusing import measure_focusing
from jadeite.failure.panel import FlawPanel, FlawReading
from jadeite.failure.resistance import ReferenceCeramic
from jadeite.failure.tractions import facet_tractions
from jadeite.fem.state import Kept, State
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.output.fields import Field
from jadeite.physics.cell import Cell
from jadeite.physics.conduction_state import ConductionResult
from jadeite.study import tables
from jadeite.study.assembly.cell import tip_materials
from jadeite.study.assembly.crack_materials import crack_materials
from jadeite.study.cell.measured import Found, Measured
from jadeite.study.context import RunContext
from jadeite.study.fields import largest_principal_stress, write_fields, write_interfaces
from jadeite.study.solves_in_turn import SolvesInTurn

#: Tension on a platen below this part of its largest pressure is what the mesh leaves open.
_NOTABLE_PULL = 0.01


def flaw_panel(
    run: RunContext,
    cell: Cell,
    reference: ReferenceCeramic,
    electronic: ElectronicPotential | None = None,
    rise: NDArray[np.float64] | None = None,
) -> FlawPanel:
    """Return the panel that reads all flaws of a cell.

    Args:
        run: its run.
        cell: the cell.
        reference: the same ceramic between ideal electrodes.
        electronic: the potential of leaking electrons, if solved.
        rise: how much warmer than the case the ceramic is at the tip of each flaw, K.

    Note:
        Collective.
    """
    return FlawPanel(
        cell,
        tip_materials(run.case, run.materials, cell.domain.tagged, rise),
        run.case.failure.criteria,
        run.case.failure.focusing_distance,
        reference.effective_conductivity,
        run.materials.sodium.molar_volume,
        electronic,
    )


def solves_of_cell(run: RunContext, cell: Cell, panel: FlawPanel) -> SolvesInTurn:
    """Return the solves of a cell whose flaws a panel reads, to be recalled by another attempt of its run."""

    def state() -> State:
        electrons = {} if panel.electronic is None else {"electrons": panel.electronic.state()}
        return {"cell": cell.state(), **electrons}

    def restore(kept: Kept) -> None:
        cell.restore(kept.part("cell"))
        if panel.electronic is not None:
            panel.electronic.restore(kept.part("electrons"))

    return SolvesInTurn(run.checkpoint, "cell", state, restore)


def measure(
    run: RunContext,
    cell: Cell,
    reference: ReferenceCeramic,
    panel: FlawPanel,
    result: ConductionResult,
    flaws: Sequence[FlawReading],
    critical: Found,
) -> Measured:
    """Measure a cell in the state that it is in.

    Args:
        run: its run.
        cell: the cell, solved.
        reference: the same ceramic between ideal electrodes.
        panel: probes of the cell.
        result: scalars of the state.
        flaws: what the panel read in it.
        critical: critical currents found, if any.

    Note:
        Collective.
    """
    distance = run.case.failure.focusing_distance
    return Measured(
        area=run.area,
        result=result,
        resistance=reference.breakdown(result),
        effective_conductivity=reference.effective_conductivity,
        focusing=measure_focusing(cell.conduction, result.current_out / run.area, distance),
        flaws=flaws,
        boundaries=panel.boundaries.read(),
        critical=critical,
        largest_principal_stress=None if cell.mechanics is None else largest_principal_stress(cell, distance),
        cracks=_cracks(run, cell),
        platen_pull=_platen_pull(run, cell),
    )


def _cracks(run: RunContext, cell: Cell) -> list[CrackReading]:
    """Flaws and cracks under residual stress and deposition, where the toughness of the ceramic is known.

    Note:
        Collective.
    """
    known = all(np.isfinite(one.fracture_toughness) for one in run.materials.electrolytes.values())
    if cell.mechanics is None or not known:
        return []
    state = ElasticState(
        cell.total.displacement,
        cell.mechanics.strain(cell.total),
        cell.mechanics.stress(cell.total),
        [*cell.stack_pressures, *cell.deposit_pressures],
    )
    return read_cracks(cell.domain, state, crack_materials(run.case, run.materials, cell.domain.tagged))


def _platen_pull(run: RunContext, cell: Cell) -> float:
    """Largest tension that a rigid or compliant platen has to hold, Pa; zero where it is beside the largest pressure.

    Note:
        Collective.
    """
    settings = run.case.physics.mechanics
    if cell.mechanics is None or settings is None or settings.platens.law == "uniform_pressure":
        return 0.0
    stress = cell.mechanics.stress(cell.total)
    normal = facet_tractions(cell.domain, stress, [SurfaceKind.PLATING_ELECTRODE]).normal
    comm = cell.domain.mesh.comm
    pull, push = (comm.allreduce(float(value.max(initial=0.0)), op=MPI.MAX) for value in (normal, -normal))
    return pull if pull > _NOTABLE_PULL * push else 0.0


def write_cell(run: RunContext, cell: Cell, panel: FlawPanel, voltage: float, more: Sequence[Field] = ()) -> None:
    """Write the fields of a cell at a cell voltage (V), those of its interfaces, and more fields, if the case asks.

    Note:
        Collective.
    """
    if not run.case.outputs.fields:
        return
    base = Path() if run.folder is None else run.folder.path
    write_fields(base / "fields.vtkhdf", cell, panel.electronic, voltage, more)
    write_interfaces(
        base / "interfaces.vtkhdf", cell, panel.electrodes, panel.boundaries, run.materials.sodium.molar_volume
    )


def records(run: RunContext, measured: Measured, tagged: TaggedMesh) -> dict[str, Any]:
    """Return what a summary says of a measured cell, by field of `Summary`."""
    return {
        "largest_current_density_searched": run.case.failure.critical_current.maximum if measured.critical else None,
        "focusing": tables.focusing_record(measured, run.case.failure.focusing_distance),
        "flaws": tuple(tables.flaw_results(measured)),
        "criteria": tuple(tables.criterion_results(measured)),
        "resistance": tables.resistance_breakdown(measured),
        "boundaries": tuple(tables.boundary_shares(measured, tagged)),
        "conservation": tables.conservation(measured.result),
    }
