# SPDX-License-Identifier: LGPL-3.0-or-later
"""One run of a case: mesh, solve, search the critical current density, judge every flaw, write the run folder."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from mpi4py import MPI
from rich.console import Console

from jadeite.case.loading import LoadedCase, load_case
from jadeite.case.schema import Expectation
from jadeite.failure.criteria import get_criterion
from jadeite.failure.critical_current import CriticalCurrent, CriticalCurrentSearch
from jadeite.failure.focusing import measure_focusing
from jadeite.failure.panel import FlawPanel, FlawReading, utilisation
from jadeite.failure.resistance import ReferenceCeramic
from jadeite.fem import runtime
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import ResolvedMaterials, resolve
from jadeite.microstructure.build import build
from jadeite.microstructure.mesh_cache import default_folder
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.expect import evaluate_expect
from jadeite.output.folder import RunFolder, default_run_path, write_json, write_text
from jadeite.output.history import HistoryFile
from jadeite.output.provenance import gather_provenance
from jadeite.output.summary import Summary
from jadeite.physics.cell import Cell, CellResult
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.study import summarise, tables
from jadeite.study.assemble import build_cell, tip_materials
from jadeite.study.fields import largest_principal_stress, write_fields, write_interfaces
from jadeite.study.history import history_columns, history_row
from jadeite.study.measured import Measured
from jadeite.study.parallel import agree
from jadeite.study.progress import RunProgress

_LOGGER = logging.getLogger(__name__)

#: Stages and the share of a run that each takes on the main case, for the estimate of the time left.
STAGES = {
    "mesh": 5.0,
    "conduction and mechanics": 20.0,
    "critical current": 50.0,
    "fields": 5.0,
    "figures and report": 20.0,
}

#: Settings that a result must not depend on: what a case expects still holds with them.
_HARMLESS = ("title", "description", "outputs.", "solver.", "microstructure.mesh.", "failure.critical_current.")

#: Bytes that a run of ordinary size takes, for the check of free disk space before work begins.
_SMALLEST_RUN = 50_000_000


@dataclass(frozen=True)
class FinishedRun:
    """What the caller of a run tells the user.

    Attributes:
        folder: the run folder.
        summary: its content, on rank 0; None on other ranks.
    """

    folder: Path
    summary: Summary | None


def run_case(
    path: Path,
    overrides: Sequence[str] = (),
    output: Path | None = None,
    console: Console | None = None,
    comm: MPI.Comm = MPI.COMM_WORLD,
) -> FinishedRun:
    """Run a case file.

    Args:
        path: case file.
        overrides: settings `path=value` that replace values of the case.
        output: run folder, which must not exist yet; None chooses a free one under runs/.
        console: where rank 0 shows progress; None for none.
        comm: ranks that run the case together.

    Raises:
        CaseError: on every rank, when the case has problems.
        AgreedError: on every rank, when rank 0 cannot make the folder or the mesh.
        ConvergenceError: when a solver fails.

    Note:
        Collective.
    """
    loaded = load_case(path, overrides)
    materials = resolve(loaded.case, loaded.recipe, str(path))
    folder = agree(
        lambda: RunFolder.create(output or default_run_path(path.resolve().parent.name), _SMALLEST_RUN), comm
    )
    progress = RunProgress(STAGES, console if comm.rank == 0 else None)
    with folder if folder is not None else contextlib.nullcontext(), progress:
        summary = _Run(loaded, materials, folder, progress, comm).execute()
    final = comm.bcast(None if folder is None else folder.final, root=0)
    return FinishedRun(final, summary)


class _Run:
    """The stages of one run, which share the cell and what is measured on it."""

    def __init__(
        self,
        loaded: LoadedCase,
        materials: ResolvedMaterials,
        folder: RunFolder | None,
        progress: RunProgress,
        comm: MPI.Comm,
    ) -> None:
        self.case, self.recipe, self.loaded = loaded.case, loaded.recipe, loaded
        self.materials, self.folder, self.progress, self.comm = materials, folder, progress, comm
        self.area, self.thickness = loaded.recipe.electrode_area, loaded.recipe.thickness
        self.states: list[tuple[float, CellResult, list[FlawReading]]] = []

    def execute(self) -> Summary | None:
        """Go through all stages; returns the summary on rank 0."""
        tagged = self._mesh()
        domain = Domain.from_tagged_mesh(tagged, self.comm)
        cell, reference, panel = self._build(domain)
        applied = self._solve_applied(cell, panel)
        critical = self._search(cell, panel, applied)
        result, flaws = self._return_to_applied(cell, panel)
        measured = Measured(
            area=self.area,
            result=result.conduction,
            resistance=reference.breakdown(result.conduction),
            effective_conductivity=reference.effective_conductivity,
            focusing=measure_focusing(cell.conduction, applied, self.case.failure.focusing_distance),
            flaws=flaws,
            boundaries=panel.boundaries.read(),
            critical=critical,
            largest_principal_stress=self._largest_stress(cell),
        )
        self._write_fields(cell, panel, measured)
        return self._write_rest(domain, measured) if self.folder is not None else None

    # Stages

    def _mesh(self) -> TaggedMesh | None:
        self.progress.stage("mesh")
        tagged = agree(lambda: build(self.recipe, default_folder()), self.comm)
        if tagged is not None and self.folder is not None:
            # the largest file first: where it does not fit, the run has written nothing worth keeping
            tagged.save(self.folder.file("mesh.npz"))
            write_text(self.folder.file("case.yaml"), self.loaded.source)
            write_json(self.folder.file("resolved_case.json"), self._resolved())
            self.progress.step(f"{len(tagged.regions.name)} regions, {len(tagged.cells)} cells")
        return tagged

    def _build(self, domain: Domain) -> tuple[Cell, ReferenceCeramic, FlawPanel]:
        self.progress.stage("conduction and mechanics")
        cell = build_cell(self.case, self.materials, domain, self.progress.newton)
        reference = ReferenceCeramic(cell.conduction, self.area, self.thickness)
        panel = FlawPanel(
            cell,
            tip_materials(self.case, self.materials, domain.tagged),
            self.case.failure.criteria,
            self.case.failure.focusing_distance,
            reference.effective_conductivity,
            self.materials.sodium.molar_volume,
        )
        return cell, reference, panel

    def _control(self) -> Current | Voltage:
        protocol = self.case.protocol
        if protocol.current_density is not None:
            return Current(protocol.current_density * self.area)
        assert protocol.voltage is not None
        return Voltage(protocol.voltage)

    def _solve_applied(self, cell: Cell, panel: FlawPanel) -> float:
        """Solve at the applied current or voltage; returns the applied current density, A/m^2."""
        result = cell.solve(self._control())
        self._record(result, panel)
        return self.states[-1][0]

    def _search(self, cell: Cell, panel: FlawPanel, applied: float) -> dict[tuple[str, str], CriticalCurrent]:
        self.progress.stage("critical current")
        settings = self.case.failure.critical_current
        keys = list(utilisation(self.states[-1][2]))
        if not settings.search or not keys:
            return {}

        def evaluate(current_density: float) -> dict[tuple[str, str], float]:
            result = cell.solve(Current(current_density * self.area))
            self._record(result, panel)
            return utilisation(self.states[-1][2])

        search = CriticalCurrentSearch(evaluate, settings.maximum, settings.tolerance)
        search.table[applied] = utilisation(self.states[-1][2])
        found = {}
        for number, key in enumerate(keys):
            self.progress.step(
                f"flaw {key[0]}, {get_criterion(key[1]).title} ({len(search.table)} currents solved)",
                number / len(keys),
            )
            found[key] = search.find(key, applied)
        return found

    def _return_to_applied(self, cell: Cell, panel: FlawPanel) -> tuple[CellResult, list[FlawReading]]:
        """Bring the fields back to the applied state, which the search has left."""
        result = cell.solve(self._control())
        return result, panel.read(result)

    def _record(self, result: CellResult, panel: FlawPanel) -> None:
        current_density = result.conduction.current_out / self.area
        self.states.append((current_density, result, panel.read(result)))
        _LOGGER.info(
            "%.6g A/m^2: %.6g V, %d Newton steps, relative residual %.1e",
            current_density,
            result.conduction.voltage,
            result.conduction.newton.steps,
            result.conduction.newton.residual,
        )

    def _largest_stress(self, cell: Cell) -> float | None:
        if cell.mechanics is None:
            return None
        return largest_principal_stress(cell, self.case.failure.focusing_distance)

    def _write_fields(self, cell: Cell, panel: FlawPanel, measured: Measured) -> None:
        self.progress.stage("fields")
        if not self.case.outputs.fields:
            return
        base = Path() if self.folder is None else self.folder.work
        write_fields(base / "fields.vtkhdf", cell, panel.electronic, measured.result.voltage)
        write_interfaces(
            base / "interfaces.vtkhdf", cell, panel.electrodes, panel.boundaries, self.materials.sodium.molar_volume
        )

    def _write_rest(self, domain: Domain, measured: Measured) -> Summary:
        assert self.folder is not None
        self.progress.stage("figures and report")
        with HistoryFile(self.folder.file("history.csv"), history_columns(self.states)) as history:
            for state in sorted(self.states, key=lambda s: s[0]):
                history.append(history_row(*state))
        summary = self._summary(domain, measured)
        summary.to_json(self.folder.file("summary.json"))
        from jadeite.output.figures import draw_all
        from jadeite.output.report import write_report
        from jadeite.output.view import write_view

        if self.case.outputs.fields:
            write_view(self.folder.work)
        if self.case.outputs.figures:
            draw_all(self.folder.work)
        if self.case.outputs.report:
            write_report(self.folder.work)
        return summary

    # Content

    def _summary(self, domain: Domain, measured: Measured) -> Summary:
        headlines = summarise.headlines(self.case, measured)
        return Summary(
            title=self.case.title,
            question=self.case.description,
            answer=summarise.answer(measured, self.case),
            applied_current_density=measured.current_density,
            headlines=tuple(headlines),
            provenance=self._provenance(),
            dimension=domain.dimension,
            temperature=self.case.temperature,
            sodium_molar_volume=self.materials.sodium.molar_volume,
            largest_current_density_searched=self.case.failure.critical_current.maximum if measured.critical else None,
            focusing=tables.focusing_record(measured, self.case.failure.focusing_distance),
            flaws=tuple(tables.flaw_results(measured)),
            criteria=tuple(tables.criterion_results(measured)),
            resistance=tables.resistance_breakdown(measured),
            boundaries=tuple(tables.boundary_shares(measured, domain.tagged)),
            conservation=tables.conservation(measured.result),
            expect=tuple(evaluate_expect(self._expectations(), headlines)),
            materials=tuple(tables.material_properties(self.materials)),
            mesh_statistics=dict(domain.tagged.statistics),
            solver={
                "currents solved": len(self.states),
                "Newton steps at the applied current": self.states[0][1].conduction.newton.steps,
                "relative residual": measured.result.newton.residual,
                "polynomial degree": self.case.solver.degree,
            },
            timings=dict(self.progress.timings),
            warnings=(*summarise.warnings(self.case, measured, self.materials), *self._unchecked()),
        )

    def _expectations(self) -> Sequence[Expectation]:
        """What the case expects, unless values it depends on were replaced on the command line."""
        return () if self._unchecked() else self.case.expect

    def _unchecked(self) -> list[str]:
        changed = [setting for setting in self.loaded.overrides if not setting.strip().startswith(_HARMLESS)]
        if not changed or not self.case.expect or any(setting.startswith("expect") for setting in changed):
            return []
        return [f"what the case expects was not compared, because {', '.join(changed)} replaces values of the case"]

    def _provenance(self) -> dict[str, object]:
        versions = {**runtime.versions(), "gmsh": version("gmsh")}
        return gather_provenance(
            versions, self.comm.size, {"microstructure": self.recipe.seed}, list(self.loaded.files)
        )

    def _resolved(self) -> dict[str, object]:
        return {
            "case": self.case.model_dump(mode="json", exclude={"microstructure"}),
            "microstructure": self.recipe.model_dump(mode="json"),
            "overrides": list(self.loaded.overrides),
        }
