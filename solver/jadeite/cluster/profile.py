# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a profile of a cluster says: how much to ask the scheduler for, and how Jadeite is started there."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from jadeite.case.section import Section, key
from jadeite.cluster.amounts import Count, Duration, Memory

_PLACEHOLDERS = {"ranks", "nodes", "ranks_per_node"}


def _one_line(text: str) -> str:
    if not text.strip() or any(character in text for character in "\n\r\0"):
        allowed = "one line of text"
        raise PydanticCustomError("quantity", "{what}", {"what": "is not one line", "given": text, "allowed": allowed})
    return text.strip()


def _variable(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is None:
        context = {"what": "is not the name of a variable", "given": name, "allowed": "letters, digits and `_`"}
        raise PydanticCustomError("quantity", "{what}", context)
    return name


def _known_placeholders(launcher: str) -> str:
    unknown = [name for name in re.findall(r"(?<!\$)\{(.*?)\}", launcher) if name not in _PLACEHOLDERS]
    if unknown:
        context = {
            "what": f"has the unknown placeholder {{{unknown[0]}}}",
            "given": launcher,
            "allowed": "{ranks}, {nodes} and {ranks_per_node}",
        }
        raise PydanticCustomError("quantity", "{what}", context)
    return launcher


Line = Annotated[str, Field(coerce_numbers_to_str=True, max_length=1000), AfterValidator(_one_line)]
"""One line of text; numbers are taken for text."""


class Container(Section):
    """An image that holds Jadeite."""

    engine: Literal["apptainer", "singularity", "docker", "podman"] = key(description="Program that runs the image.")
    image: Line = key(description="Path or name of the image, as the engine understands it.")
    options: tuple[Line, ...] = key((), description="More options of `apptainer exec` or `docker run`, such as --bind.")
    launcher: Literal["outside", "inside"] = key(
        "inside",
        description="Which MPI starts the ranks: that of the image (`inside`, one node), or that of the cluster "
        "(`outside`; it has to fit the one in the image).",
    )


class Profile(Section):
    """How to run on one cluster; times are read into seconds, memory into mebibytes."""

    scheduler: Literal["slurm", "pbs", "lsf"] = key(description="Scheduler of the cluster.")
    partition: Line | None = key(
        None, description="Partition (Slurm) or queue (PBS, LSF); that of the site if left out."
    )
    account: Line | None = key(None, description="Account or project that pays.")
    walltime: Duration = key("1 h", description="Longest time of one job; a run that needs more goes on in another.")
    nodes: Count = key(1, description="Number of nodes.")
    ranks_per_node: Count = key(1, description="MPI ranks on each node, one core each.")
    memory: Memory | None = key(None, description="Memory on each node; what the site grants if left out.")
    modules: tuple[Line, ...] = key((), description="Modules to load.")
    environment: dict[Annotated[str, AfterValidator(_variable)], Line] = key(
        default_factory=dict, description="Environment variables; $NAME in a value is replaced when the job starts."
    )
    setup: tuple[Line, ...] = key((), description="Lines of shell to run before Jadeite starts.")
    container: Container | None = key(None, description="Image to run in; the installation that submits if left out.")
    launcher: Annotated[Line, AfterValidator(_known_placeholders)] = key(
        "mpirun -n {ranks}", description="Words that start the ranks; {ranks}, {nodes}, {ranks_per_node} are filled in."
    )
    stop_before_end: Duration = key(
        "5 min", description="How long before the walltime ends a run is asked to write a checkpoint and stop."
    )
    continuation: Literal["requeue", "successor", "none"] | None = key(
        None,
        description="How a run goes on that was stopped so: the same job again (`requeue`; not PBS), another job that "
        "waits for it (`successor`), or not by itself (`none`). By default requeue, with PBS successor.",
    )
    restarts: Annotated[int, Field(ge=0, le=10_000, strict=True)] = key(
        50, description="How often a run goes on by itself at most."
    )
    directives: tuple[Line, ...] = key(
        (), description="More directives of the scheduler, without #SBATCH, #PBS or #BSUB."
    )
