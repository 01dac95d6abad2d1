# SPDX-License-Identifier: LGPL-3.0-or-later
"""What every study of a case shares: the checked case, its materials, the run folder, progress, and the way to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from mpi4py import MPI

from jadeite.case.loading import LoadedCase
from jadeite.case.microstructure import Recipe
from jadeite.case.physics_checks.mechanics import not_solved_with
from jadeite.case.schema import Case, Expectation
from jadeite.case.study_kind import study_kind
from jadeite.fem import runtime
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.build import build
from jadeite.microstructure.mesh_cache import default_folder, load_if_good
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.expect import evaluate_expect
from jadeite.output.folder import RunFolder, write_csv
from jadeite.output.provenance import gather_provenance
from jadeite.output.summary import Headline, ResultTable, Summary
from jadeite.study import tables
from jadeite.study.assembly.axial_symmetry import require_axial_symmetry
from jadeite.study.checkpoint import Checkpoint
from jadeite.study.parallel import agree
from jadeite.study.progress import RunProgress

#: Settings that a result must not depend on: what a case expects still holds with them.
_HARMLESS = ("title", "description", "outputs.", "solver.", "microstructure.mesh.", "failure.critical_current.")


@dataclass(frozen=True)
class RunContext:
    """A run on its way.

    Attributes:
        loaded: the case with its recipe, source text and overrides.
        materials: its materials at its temperature.
        folder: the run folder, on rank 0; None on other ranks.
        progress: stages and steps for the terminal.
        checkpoint: what earlier attempts of the run have found, and where this one keeps what it finds.
        comm: ranks that run the case together.
    """

    loaded: LoadedCase
    materials: ResolvedMaterials
    folder: RunFolder | None
    progress: RunProgress
    checkpoint: Checkpoint
    comm: MPI.Comm

    @property
    def case(self) -> Case:
        """The checked case."""
        return self.loaded.case

    @property
    def recipe(self) -> Recipe:
        """Its microstructure."""
        return self.loaded.recipe

    @property
    def area(self) -> float:
        """Area of an electrode, m^2 (in the plane: its width in m, per metre of depth)."""
        return self.recipe.electrode_area

    @property
    def thickness(self) -> float:
        """Distance between the electrodes, m."""
        return self.recipe.thickness

    def domain(self) -> Domain:
        """Mesh the recipe (rank 0), keep mesh and case in the run folder, and distribute the mesh.

        Note:
            Collective.
        """
        self.progress.stage("mesh")
        tagged = agree(self._mesh, self.comm)
        if tagged is not None:
            self.progress.step(f"{len(tagged.regions.name)} regions, {len(tagged.cells)} cells")
        self.checkpoint.bind(None if tagged is None else tagged.digest())
        return Domain.from_tagged_mesh(tagged, self.comm)

    def _mesh(self) -> TaggedMesh:
        """The mesh of an earlier attempt, or that of the recipe, with crystals that suit its coordinates."""
        assert self.folder is not None
        path = self.folder.file("mesh.npz")
        kept = load_if_good(path)
        tagged = build(self.recipe, default_folder()) if kept is None else kept
        solved = self.case.physics.mechanics is not None and not not_solved_with(self.case)
        strained = self.case.temperature_change != 0.0 or self.case.physics.heat is not None
        require_axial_symmetry(tagged, self.materials, solved, strained)
        if kept is None:
            tagged.save(path)
        return tagged

    def summary(
        self,
        domain: Domain,
        answer: str,
        headlines: Sequence[Headline],
        *,
        applied_current_density: float = 0.0,
        result_tables: Sequence[ResultTable] = (),
        solver: Mapping[str, float | int | str] | None = None,
        warnings: Sequence[str] = (),
        **more: Any,
    ) -> Summary:
        """Return the summary of a study: what it found, and all that is known of how it was found.

        Args:
            domain: the meshed separator.
            answer: the result in one sentence.
            headlines: the figures that the run is judged by; the case's expectations are compared with them.
            applied_current_density: A/m^2; zero for a study without one.
            result_tables: tables of numbers.
            solver: what the solvers did, by name.
            warnings: what a reader has to keep in mind.
            more: further fields of `Summary`.
        """
        return Summary(
            title=self.case.title,
            question=self.case.description,
            answer=answer,
            applied_current_density=applied_current_density,
            headlines=tuple(headlines),
            provenance=self._provenance(),
            dimension=domain.dimension,
            axisymmetric=domain.axisymmetric,
            temperature=self.case.temperature,
            sodium_molar_volume=self.materials.sodium.molar_volume,
            expect=tuple(evaluate_expect(self._expectations(), headlines)),
            materials=tuple(tables.material_properties(self.materials)),
            mesh_statistics=dict(domain.tagged.statistics),
            solver={**(solver or {}), "polynomial degree": self.case.solver.degree},
            timings=dict(self.progress.timings),
            warnings=(*warnings, *self._unchecked()),
            study=study_kind(self.case).value,
            tables=tuple(result_tables),
            **more,
        )

    def finish(self, summary: Summary) -> Summary:
        """Write the summary and its tables, then draw figures and report from the files; on rank 0 alone."""
        assert self.folder is not None
        summary.to_json(self.folder.file("summary.json"))
        for table in summary.tables:
            header = [f"{column.label} ({column.unit})" for column in table.columns]
            rows = [["" if value is None else value for value in row] for row in table.rows]
            if table.row_labels:
                header = ["", *header]
                rows = [[label, *row] for label, row in zip(table.row_labels, rows, strict=True)]
            write_csv(self.folder.file(f"{table.key}.csv"), header, rows)
        # plotting libraries are imported late: a run that fails earlier, or draws nothing, does not wait for them
        if self.case.outputs.fields and (self.folder.path / "fields.vtkhdf").exists():
            from jadeite.output.view import write_view

            write_view(self.folder.path)
        if self.case.outputs.figures:
            from jadeite.output.figures import draw_all

            draw_all(self.folder.path)
        if self.case.outputs.report:
            from jadeite.output.report import write_report

            write_report(self.folder.path)
        return summary

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
        return gather_provenance(versions, self.comm.size, {"microstructure": self.recipe.seed}, self.loaded.files)
