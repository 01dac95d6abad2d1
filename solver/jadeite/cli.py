# SPDX-License-Identifier: LGPL-3.0-or-later
"""The command `jadeite`: one short function per command, each importing what it needs when it is called."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jadeite.exit_codes import ExitCode
from jadeite.interrupts import catch_stop_requests

if TYPE_CHECKING:
    from rich.console import Console

    from jadeite.study.run import FinishedRun

app = typer.Typer(
    name="jadeite",
    help="Simulate how solid-state sodium batteries fail at their interfaces.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CaseFile = Annotated[Path, typer.Argument(help="The case file.", show_default=False)]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Replace a value, e.g. 'protocol.current_density=2 mA/cm^2'; may be repeated.",
    ),
]


@app.command()
def check(case_file: CaseFile, settings: Settings = None) -> None:
    """Read a case, its recipe and its materials, and report everything that is wrong with them."""
    from jadeite.case.loading import load_case
    from jadeite.case.reduced_case import case_of_materials
    from jadeite.materials.resolve import resolve

    loaded = load_case(case_file, settings or ())
    materials = resolve(case_of_materials(loaded.case), loaded.recipe, str(case_file))
    typer.echo(f"{case_file}: no problems found")
    for entry in materials.low_confidence:
        values = ", ".join(f"{value:.4g}" for value in entry.value)
        unit = "" if entry.unit == "1" else f" {entry.unit}"
        typer.echo(
            f"  low confidence: {entry.property} of {entry.material} ({entry.role}), {values}{unit} [{entry.basis}]"
        )


@app.command()
def schema(
    recipe: Annotated[bool, typer.Option("--recipe", help="Describe microstructure recipes instead of cases.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the reference as Markdown.")] = False,
) -> None:
    """Print the JSON Schema of case files, with which editors complete and check them."""
    from jadeite.case import reference

    typer.echo(reference.markdown(recipe) if markdown else reference.json_schema(recipe), nl=not markdown)


@app.command()
def materials(
    name: Annotated[
        str | None, typer.Argument(help="A material; all are listed when left out.", show_default=False)
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Print the note of every property.")] = False,
) -> None:
    """List the material library, or one material's properties with ranges, confidence and sources."""
    from rich.console import Console

    from jadeite.materials import library, tables

    console = Console(highlight=False)
    if name is None:
        console.print(tables.library_table(library.index()))
        return
    material = library.load_material(library.canonical_name(name))
    console.print(tables.material_table(material, notes))


@app.command()
def run(
    case_file: CaseFile,
    settings: Settings = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Run folder; must not exist yet. Default: a free one under runs/."),
    ] = None,
) -> None:
    """Mesh, solve, find the critical current density, write the run folder; parallel with `mpirun -n N` in front."""

    def begin(console: Console) -> FinishedRun:
        from jadeite.study.run import run_case

        return run_case(case_file, settings or (), output, console)

    raise typer.Exit(_work(begin))


@app.command()
def resume(run_folder: Annotated[Path, typer.Argument(help="A run folder.", show_default=False)]) -> None:
    """Go on with a run that was stopped, killed, or only prepared; on any number of ranks."""

    def go_on(console: Console) -> FinishedRun:
        from jadeite.study.run import resume_run

        return resume_run(run_folder, console)

    raise typer.Exit(_work(go_on))


def _work(run: Callable[[Console], FinishedRun]) -> int:
    """Carry out a run on all ranks, show what it found, and return the exit code."""
    # a request to stop counts from the first moment on, before and after MPI and PETSc
    catch_stop_requests()
    import jadeite.fem  # noqa: F401  prepares MPI

    catch_stop_requests()
    from rich.console import Console

    from jadeite.study.parallel import guarded
    from jadeite.study.terminal import print_summary

    def do() -> int:
        console = Console(markup=False, emoji=False)  # names of a case may hold brackets and colons
        finished = run(console)
        if finished.summary is None:
            return ExitCode.SUCCESS
        print_summary(finished.summary, finished.folder, console)
        passed = all(outcome.passed for outcome in finished.summary.expect)
        return ExitCode.SUCCESS if passed else ExitCode.UNEXPECTED_RESULT

    return guarded(do)


@app.command()
def mesh(
    recipe_file: Annotated[
        Path, typer.Argument(help="A microstructure recipe (meshes/*.yaml), or a case file.", show_default=False)
    ],
    settings: Settings = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for mesh, pictures and files for Gmsh and ParaView.")
    ] = Path("mesh"),
    report: Annotated[
        bool, typer.Option("--report", help="List the boundary network too, and write it as tables (.csv).")
    ] = False,
) -> None:
    """Build the mesh of a recipe, draw it, and compare it with what the recipe asks for."""
    from rich.console import Console

    from jadeite.study.mesh import mesh_recipe
    from jadeite.study.parallel import guarded

    def do() -> int:
        mesh_recipe(recipe_file, settings or (), output, Console(markup=False, emoji=False), report)
        return 0

    raise typer.Exit(guarded(do))


@app.command()
def report(run_folder: Annotated[Path, typer.Argument(help="A run folder.", show_default=False)]) -> None:
    """Draw the figures and write the report of a finished run again."""
    from jadeite.output.figures import draw_all
    from jadeite.output.folder import OutputError
    from jadeite.output.report import write_report

    try:
        draw_all(run_folder)
        typer.echo(write_report(run_folder))
    except OutputError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.INPUT) from None


@app.command()
def verify(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Checks to run, e.g. T26 F3; all when left out.", show_default=False)
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the outcome as JSON.")] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write the outcome as a page (docs/verification.md).")
    ] = None,
    slow: Annotated[bool, typer.Option("--slow", help="Run the checks that take a minute as well.")] = False,
) -> None:
    """Compare the solvers with closed forms and published numbers, one row a check."""
    import jadeite.fem  # noqa: F401  prepares MPI
    from jadeite.study.parallel import guarded
    from jadeite.verification.book import main as run_book

    raise typer.Exit(guarded(lambda: run_book(ids or [], json, markdown, slow)))


@app.command()
def submit(
    target: Annotated[
        Path, typer.Argument(metavar="CASE", help="A case file, or a run folder to go on with.", show_default=False)
    ],
    cluster: Annotated[
        str, typer.Option("--cluster", "-c", help="Profile of the cluster: a name or a file.", show_default=False)
    ],
    settings: Settings = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Run folder; must not exist yet. Default: a free one under runs/."),
    ] = None,
    ranks: Annotated[int | None, typer.Option("--ranks", "-n", min=1, help="MPI ranks, if not the profile's.")] = None,
    walltime: Annotated[
        str | None, typer.Option("--walltime", "-t", help="Time of one job, such as '2 h', if not the profile's.")
    ] = None,
    after: Annotated[
        str | None, typer.Option("--after", help="Wait until this job, or the job of this run folder, has ended well.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the job script.")] = False,
) -> None:
    """Check a case, prepare its run folder, write a job script and hand it to the scheduler of a cluster."""
    from jadeite.cluster.profile_files import load_profile
    from jadeite.cluster.submission import submit as submit_job
    from jadeite.output.folder import shown

    def do() -> None:
        profile = load_profile(cluster, {} if walltime is None else {"walltime": walltime})
        done = submit_job(target, profile, settings or (), output, ranks=ranks, after=after, dry_run=dry_run)
        if done.job is None:
            typer.echo(done.script, nl=False)
        else:
            typer.echo(f"Job {done.job} works on {shown(done.folder)}; `jadeite status` tells how far it is.")

    _on_a_cluster(do)


@app.command()
def status(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN]...", help="Run folders, or folders of them. Default: all below runs/."),
    ] = None,
) -> None:
    """Tell where runs stand: waiting, running, finished, failed; here or on a cluster."""
    import datetime

    from rich.console import Console

    from jadeite.cluster.status import run_folders, run_states
    from jadeite.cluster.status_table import status_table

    def do() -> None:
        found = run_folders(folders or [])
        if not found:
            typer.echo("There are no runs below runs/.")
            return
        states, complaints = run_states(found)
        Console().print(status_table(states, datetime.datetime.now(datetime.UTC)))
        for complaint in complaints:
            typer.echo(complaint, err=True)

    _on_a_cluster(do)


@app.command()
def cancel(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or folders of them.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before all jobs below a folder end.")] = False,
) -> None:
    """Cancel the jobs of runs; what they have computed is kept, and `jadeite submit RUN` goes on with it."""
    from jadeite.cluster.cancelling import cancel_jobs, jobs_to_cancel
    from jadeite.output.folder import shown

    def do() -> None:
        found = jobs_to_cancel(folders)
        for sentence in found.skipped:
            typer.echo(sentence, err=True)
        if found.ask and not yes:
            for folder, record in found.jobs.items():
                typer.echo(f"Job {record.job} of {shown(folder.resolve())}")
            typer.confirm(f"Cancel these {len(found.jobs)} jobs?", abort=True)
        cancel_jobs(found.jobs)
        for folder, record in found.jobs.items():
            typer.echo(f"Job {record.job} of {shown(folder.resolve())} is cancelled.")

    _on_a_cluster(do)


@app.command()
def sweep(
    study: Annotated[
        Path, typer.Argument(help="The study file; with --gather also the folder of a sweep.", show_default=False)
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder of the sweep; one that is there goes on. Default: runs/NAME."),
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=1, help="Members at the same time, if not one for each core.")
    ] = None,
    ranks: Annotated[int | None, typer.Option("--ranks", "-n", min=1, help="MPI ranks of each member.")] = None,
    check: Annotated[bool, typer.Option("--check", "--dry-run", help="Only check all members and list them.")] = False,
    gather: Annotated[bool, typer.Option("--gather", help="Only gather what members have found so far.")] = False,
    cluster: Annotated[
        str | None, typer.Option("--cluster", "-c", help="Submit the members as a job array with this profile.")
    ] = None,
    throttle: Annotated[
        int | None, typer.Option("--throttle", min=1, help="Members at the same time on the cluster, if not all.")
    ] = None,
    walltime: Annotated[
        str | None, typer.Option("--walltime", "-t", help="Time of one job, such as '2 h', if not the profile's.")
    ] = None,
) -> None:
    """Run a case with many values, here or on a cluster, and gather the results; called again it goes on."""
    from rich.console import Console

    from jadeite.sweep import command
    from jadeite.sweep.options import Options

    options = Options(check, gather, processes, ranks, cluster, throttle, walltime)

    def do() -> None:
        raise typer.Exit(command.sweep(study, output, options, Console(markup=False, emoji=False)))

    _on_a_cluster(do)


def _on_a_cluster(do: Callable[[], None]) -> None:
    """Carry out a command; what a scheduler or a run folder has against it is said without traceback."""
    from jadeite.cluster.scheduler import ClusterError
    from jadeite.output.folder import OutputError

    try:
        do()
    except (ClusterError, OutputError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.FAILED if isinstance(error, ClusterError) else ExitCode.INPUT) from None


def main() -> None:
    """Run the command line; errors of a case or of a name are printed without traceback, with exit code 2."""
    from jadeite.cache_folder import NoCacheFolderError
    from jadeite.case.problems import CaseError

    try:
        app()
    except NoCacheFolderError as error:
        typer.echo(str(error), err=True)
        sys.exit(ExitCode.FAILED)
    except CaseError as error:
        typer.echo(str(error), err=True)
        sys.exit(ExitCode.INPUT)
    except LookupError as error:
        from jadeite.materials.library import UnknownMaterialError

        if not isinstance(error, UnknownMaterialError):
            raise
        typer.echo(str(error), err=True)
        sys.exit(ExitCode.INPUT)


if __name__ == "__main__":
    main()
