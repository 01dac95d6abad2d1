# SPDX-License-Identifier: LGPL-3.0-or-later
"""Profiles of clusters: amounts with units, all problems at once with lines, the user's before the shipped ones."""

from pathlib import Path

import pytest

from jadeite.cluster.amounts import clock, read_duration, read_memory
from jadeite.cluster.job import Job
from jadeite.cluster.profile import Container, Profile
from jadeite.cluster.profile_files import ProfileError, known_profiles, load_profile

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("24 h", 86400),
        ("90 min", 5400),
        ("24:00:00", 86400),
        ("2-12:00:00", 216000),
        ("1-06:30", 109800),
        ("1.5 d", 129600),
    ],
)
def test_times(given: str, seconds: int) -> None:
    assert read_duration(given) == seconds


@pytest.mark.parametrize("given", ["24", "30:00", "24 lightyears", "0 s", "-1 h", "500 d", "", "24:61:00", None])
def test_what_is_no_time(given: object) -> None:
    with pytest.raises(ValueError, match=r"time|unit|short|long|open"):
        read_duration(given)


def test_amounts_of_memory() -> None:
    assert [read_memory(text) for text in ("64 GB", "500 MB", "1.5G", "2 GiB", "1 TB")] == [
        65536,
        500,
        1536,
        2048,
        1 << 20,
    ]
    for wrong in ("64", "64 apples", "0 MB", "1e3 GB"):
        with pytest.raises(ValueError, match=r"memory|little"):
            read_memory(wrong)


def test_times_as_schedulers_read_them() -> None:
    assert clock(26 * 3600 + 185) == "26:03:05"


def test_everything_wrong_is_said_at_once(user_profiles: Path) -> None:
    (user_profiles / "bad.yaml").write_text(
        "scheduler: slum\nwaltime: 3 h\nnodes: 0\nmemory: 5 parsecs\nlauncher: mpirun {cores}\n"
        "directives: ['--x\n  y', \"--a\\n--b\"]\nenvironment: {A B: 1}\n"
    )
    with pytest.raises(ProfileError) as error:
        load_profile("bad", {"walltime": "soon"})
    said = str(error.value)
    for part in (
        "in the profile of the cluster",
        "bad.yaml:1: scheduler",
        "did you mean `slurm`?",
        "bad.yaml:2: waltime",
        "did you mean `walltime`?",
        "bad.yaml:3: nodes",
        "bad.yaml:4: memory",
        "{cores}",
        "is not one line",
        "is not the name of a variable",
        "--walltime: walltime: is not a time; given: soon",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["scheduler: slurm", "walltime: 5 min", "stop_before_end: 5 min"], "leaves no time to compute"),
        (["scheduler: slurm", "walltime: 3 d", "stop_before_end: 20 h"], "longer than Slurm allows"),
        (["scheduler: pbs", "continuation: requeue"], "only its operators"),
        (["scheduler: slurm", "container: {engine: docker, image: x, launcher: outside}"], "do not see the launcher"),
    ],
)
def test_rules_between_values(user_profiles: Path, lines: list[str], said: str) -> None:
    (user_profiles / "bad.yaml").write_text("\n".join(lines))
    with pytest.raises(ProfileError, match=said):
        load_profile("bad")


def test_a_container_with_its_own_launcher_stays_on_one_node(profile) -> None:
    named = profile("ranks_per_node: 4", "container: {engine: apptainer, image: a.sif}")
    assert (Job.of(named, 3).nodes, Job.of(named, 3).ranks) == (1, 3)
    with pytest.raises(ProfileError, match="stays on one node"):
        Job.of(named, 5)


def test_ranks_fill_nodes(profile) -> None:
    named = profile("nodes: 2", "ranks_per_node: 64")
    assert (Job.of(named).ranks, Job.of(named).nodes) == (128, 2)
    job = Job.of(named, 100)
    assert (job.ranks, job.nodes, job.ranks_per_node) == (100, 2, 50)


def test_an_unknown_name_lists_the_known_ones(user_profiles: Path) -> None:
    with pytest.raises(ProfileError, match=r"slurm or slurm_apptainer.*did you mean `slurm`") as error:
        load_profile("slrm")
    assert str(user_profiles) in str(error.value)
    with pytest.raises(ProfileError, match="there is no such file"):
        load_profile("./slurm")


def test_the_users_profile_hides_a_shipped_one(profile) -> None:
    assert load_profile("slurm").content.ranks_per_node == 4
    mine = profile("ranks_per_node: 7", name="slurm")
    assert mine.content.ranks_per_node == 7
    assert load_profile("slurm").file == mine.file


@pytest.mark.parametrize("name", ["lsf", "pbs", "slurm", "slurm_apptainer"])
def test_shipped_profiles_are_valid(name: str) -> None:
    assert name in known_profiles()
    assert load_profile(name).content.scheduler == name.partition("_")[0]


def test_the_page_names_every_key() -> None:
    page = (DOCS / "clusters.md").read_text(encoding="utf-8")
    for key in (*Profile.model_fields, *Container.model_fields):
        assert f"`{key}`" in page or f"`container.{key}`" in page, key
