# SPDX-License-Identifier: LGPL-3.0-or-later
"""One job as text: what is asked of the scheduler, and the script that runs there."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jadeite
from jadeite.case.problems import Problem
from jadeite.cluster.amounts import clock
from jadeite.cluster.profile import Container
from jadeite.cluster.profile_files import NamedProfile, ProfileError
from jadeite.output.folder import OutputError

if TYPE_CHECKING:
    import jinja2

SCRIPT_NAME = "job.sh"

#: What ends a path, stands for something else, or separates it from a host, in directives of PBS and LSF.
_NOT_PLAIN = "\"'\\`%$#:,;&|<>()*?"


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for every job of a submission.

    Attributes:
        profile: of the cluster.
        ranks: MPI ranks of one run.
        nodes: that they take.
    """

    profile: NamedProfile
    ranks: int
    nodes: int

    @classmethod
    def of(cls, profile: NamedProfile, ranks: int | None = None) -> Job:
        """Return the job of a profile; another number of ranks takes as many nodes as it fills.

        Raises:
            ProfileError: several nodes are needed, and a container that starts all ranks stays on one.
        """
        content = profile.content
        nodes = content.nodes if ranks is None else math.ceil(ranks / content.ranks_per_node)
        if nodes > 1 and content.container is not None and content.container.launcher == "inside":
            message = "starts all ranks in one container, and a container stays on one node"
            allowed = f"`outside`, or no more than {content.ranks_per_node} ranks, on one node"
            given = f"inside, with {nodes} nodes"
            raise ProfileError([Problem(str(profile.file), None, "container.launcher", message, given, allowed)])
        return cls(profile, nodes * content.ranks_per_node if ranks is None else ranks, nodes)

    @property
    def ranks_per_node(self) -> int:
        """Ranks on the fullest node."""
        return math.ceil(self.ranks / self.nodes)

    @property
    def continuation(self) -> str:
        """How a run that was stopped before its walltime goes on: `requeue`, `successor` or `none`."""
        content = self.profile.content
        return content.continuation or ("successor" if content.scheduler == "pbs" else "requeue")


@dataclass(frozen=True, slots=True)
class JobArray:
    """Where the runs of an array are listed, and which lines of the list are taken.

    Attributes:
        study: folder that the listed paths start from.
        members_file: list of run folders, one a line.
        count: number of lines.
        throttle: how many run at the same time; None for no limit.
        logs: folder for what the scheduler itself has to say.
    """

    study: Path
    members_file: Path
    count: int
    throttle: int | None
    logs: Path


def run_script(job: Job, run: Path) -> str:
    """Return the script of the job that begins a prepared run, or goes on with it.

    Raises:
        OutputError: the path holds what cannot stand in a script of this scheduler.
    """
    return _render(job, "submit", run.name, run / SCRIPT_NAME, {"run": str(run), "members_file": ""})


def array_script(job: Job, array: JobArray, script: Path) -> str:
    """Return the script of an array job, one task for each listed run."""
    values: dict[str, object] = {
        "study": str(array.study),
        "members_file": str(array.members_file),
        "count": array.count,
        "throttle": array.throttle,
        "logs": str(array.logs),
    }
    return _render(job, "sweep", array.study.name, script, values)


def gather_script(job: Job, array: JobArray, script: Path, command: Sequence[str]) -> str:
    """Return the script of the job of one rank that runs a command when an array has ended."""
    container = job.profile.content.container
    words = shlex.join(command)
    values: dict[str, object] = {
        "study": str(array.study),
        "members_file": str(array.members_file),
        "logs": str(array.logs),
        "command_line": words if container is None else f"{_enter(container)} {words}",
    }
    single = Job(job.profile, ranks=1, nodes=1)
    return _render(single, "sweep", f"gather-{array.study.name}", script, values, "_gather")


def launch_words(job: Job) -> str:
    """Return the shell command that runs Jadeite on all ranks of a job, in a container if the profile has one."""
    launcher = job.profile.content.launcher
    for name in ("ranks", "nodes", "ranks_per_node"):
        launcher = launcher.replace(f"{{{name}}}", str(getattr(job, name)))
    command = 'jadeite resume "$run"'
    container = job.profile.content.container
    if container is None:
        return f"{launcher} {command}"
    if container.launcher == "outside":
        return f"{launcher} {_enter(container)} {command}"
    return f"{_enter(container)} {launcher} {command}"


def _enter(container: Container) -> str:
    """Return the words that run a command in a container, with the run folder at the same path as outside."""
    options = " ".join(container.options)
    if container.engine in ("apptainer", "singularity"):
        words = f'{container.engine} exec --bind "$run" {options}'
    else:
        words = (
            f'{container.engine} run --rm --user "$(id -u):$(id -g)" --volume "$run:$run" --workdir "$run" {options}'
        )
    return f"{words.strip()} {shlex.quote(container.image)}"


def _chunks(job: Job) -> str:
    """Return the nodes of a job as PBS selects them: full ones, and one with the rest."""
    full, rest = divmod(job.ranks, job.ranks_per_node)
    memory = f":mem={job.profile.content.memory}mb" if job.profile.content.memory else ""
    chunks = [(full, job.ranks_per_node), (1, rest)] if rest else [(full, job.ranks_per_node)]
    return "+".join(f"{count}:ncpus={ranks}:mpiprocs={ranks}{memory}" for count, ranks in chunks)


def job_name(name: str) -> str:
    """Return a name that every scheduler takes: letters, digits, `_`, `-` and `.`, beginning with a letter."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_-.") else "_" for letter in name)
    return (kept if kept[:1].isalpha() else f"jadeite_{kept}")[:64]


def _render(job: Job, command: str, name: str, script: Path, values: dict[str, object], kind: str = "") -> str:
    profile = job.profile
    scheduler = profile.content.scheduler
    if any(letter in str(script) for letter in "\n\r"):
        raise OutputError(f"The path {str(script)!r} holds a line break and cannot stand in a job script.")
    return (
        _templates()
        .get_template(f"{scheduler}{kind}.sh.j2")
        .render(
            title=name,
            name=job_name(name),
            command=command,
            version=jadeite.__version__,
            profile_name=profile.name,
            profile=profile.content,
            nodes=job.nodes,
            ranks=job.ranks,
            ranks_per_node=job.ranks_per_node,
            continuation=job.continuation,
            programs=str(Path(sys.executable).parent),
            start=launch_words(job),
            select=_chunks(job),
            minutes=math.ceil(profile.content.walltime / 60),
            prefix={"slurm": "#SBATCH", "pbs": "#PBS", "lsf": "#BSUB"}[scheduler],
            script=str(script),
            **values,
        )
    )


@cache
def _templates() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "quote": shlex.quote,
        "clock": clock,
        "in_double_quotes": lambda text: text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`"),
        "quoted": _quoted,
        "pattern": _pattern,
        "plain": _plain,
    }
    return environment


def _quoted(text: str) -> str:
    """Write a path behind `#SBATCH --option=`; raises `OutputError` for a backslash.

    Slurm drops it from the path of an output file, absolute or not, and then replaces no `%j` there either.
    """
    if "\\" in text:
        raise OutputError(f"The path {text} holds a backslash, with which Slurm cannot write output files.")
    return '"{}"'.format(text.replace('"', '\\"'))


def _pattern(folder: str, name: str) -> str:
    """Write the path of an output file behind `#SBATCH --output=`, where `%` stands for something else.

    The name alone would not do: Slurm puts the folder of the job before it and takes that for a pattern as well.
    """
    return _quoted(f"{folder.replace('%', '%%')}/{name}")


def _plain(text: str) -> str:
    """Return a path behind `#PBS -o` or `#BSUB -o`, where nothing can be escaped; raises `OutputError`."""
    forbidden = sorted({letter for letter in text if letter.isspace() or letter in _NOT_PLAIN})
    if forbidden:
        names = " ".join("a blank" if letter.isspace() else f"`{letter}`" for letter in forbidden)
        raise OutputError(
            f"The path {text} holds {names}, which cannot stand where this scheduler is told where to write; choose "
            "another folder with --output."
        )
    return text
