# SPDX-License-Identifier: LGPL-3.0-or-later
"""The commands for clusters against a real Slurm that the tests start for themselves, with two nodes on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from slurm_cluster import PACKAGES, SlurmCluster, missing_programs, wait_until

CASES = Path(__file__).resolve().parents[2] / "cases"
LAMINATE = CASES / "laminate" / "case.yaml"
PLAIN = ("--set", "outputs.figures=false", "--set", "outputs.report=false", "--set", "outputs.fields=false")

pytestmark = pytest.mark.mpi


@dataclass
class Site:
    """A cluster, and a folder of a user there."""

    slurm: SlurmCluster
    home: Path

    def jadeite(self, *words: str | Path, code: int = 0) -> str:
        """What a command prints; it has to end with an exit code."""
        done = subprocess.run(
            [Path(sys.executable).with_name("jadeite"), *words],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, f"exit code {done.returncode}\n{said}"
        return said

    @property
    def environment(self) -> dict[str, str]:
        own = {"OMP_NUM_THREADS": "1", "XDG_CONFIG_HOME": str(self.home / "config"), "COLUMNS": "200"}
        return {**os.environ, **self.slurm.environment, **own}

    def profile(self, name: str, **values: Any) -> None:
        """Write a profile where a user keeps it (JSON is YAML)."""
        folder = self.home / "config" / "jadeite" / "clusters"
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "scheduler": "slurm",
            "partition": "debug",
            "walltime": "10 min",
            "stop_before_end": "1 min",
            **values,
        }
        (folder / f"{name}.yaml").write_text(json.dumps(content))

    def states(self, *folders: str) -> dict[str, str]:
        """What `jadeite status` says of runs: folder and state."""
        lines = self.jadeite("status", *folders).splitlines()[1:]
        return {words[0]: words[1] for line in lines if len(words := line.split()) > 1}

    def wait(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait for something; should it not come, everything that is known is told."""
        wait_until(condition, seconds, lambda: f"{self.jadeite('status')}\n{self.logs()}\n{self.slurm.logs()}")

    def wait_for_end(self, *runs: str, seconds: float = 300) -> None:
        """Wait until no job of these runs is in the queue."""
        jobs = {self.job(run) for run in runs}
        self.wait(lambda: not jobs & set(self.slurm.ask("squeue", "-h", "-r", "-o", "%i").split()), seconds)

    def job(self, run: str) -> str:
        """The number of the job of a run."""
        return str(json.loads((self.home / run / "job.json").read_text())["job"])

    def logs(self) -> str:
        return "\n".join(f"--- {log}\n{log.read_text()}" for log in sorted(self.home.glob("**/*.out")))


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlurmCluster]:
    missing = missing_programs()
    if missing:
        pytest.skip(f"no {', '.join(missing)}; on Debian: apt-get install --no-install-recommends {PACKAGES}")
    cluster = SlurmCluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def site(slurm: SlurmCluster, tmp_path: Path) -> Site:
    return Site(slurm, tmp_path)


def test_jobs_run_wait_for_each_other_and_are_cancelled(site: Site) -> None:
    site.profile("held", ranks_per_node=2, directives=["--hold"])
    site.profile("pair", ranks_per_node=2)
    # a path as people name folders: all of it reaches Slurm
    first = "runs/a \"b\" 'c' 5%j #d"
    said = site.jadeite("submit", LAMINATE, "--cluster", "held", "--output", first, *PLAIN)
    assert "Job" in said and first in said
    site.jadeite("submit", LAMINATE, "-c", "pair", "-o", "runs/second", "--after", first, "-n", "1", *PLAIN)
    site.jadeite("submit", LAMINATE, "-c", "pair", "-o", "runs/third", "--after", site.job("runs/second"), *PLAIN)
    assert site.states()["runs/second"] == "pending"
    assert "is waiting" in site.jadeite("submit", "runs/second", "-c", "pair", code=2)

    assert "runs/third is cancelled" in site.jadeite("cancel", "runs/third")
    assert "has ended already" in site.jadeite("cancel", "runs/third", code=1)
    site.slurm.ask("scontrol", "release", site.job(first))
    site.wait_for_end(first, "runs/second")
    assert site.states("runs/second", "runs/third") == {"runs/second": "finished", "runs/third": "cancelled"}

    before, behind = (json.loads((site.home / run / "run.json").read_text()) for run in (first, "runs/second"))
    assert [(one["state"], one["ranks"]) for one in (before, behind)] == [("finished", 2), ("finished", 1)]
    assert before["updated"] <= behind["updated"]
    log = (site.home / first / f"job-{site.job(first)}.out").read_text()
    assert "[2/" in log and "exit code 0" in log

    # ranks that the launcher starts without the MPI library knowing would each be a run of their own
    site.profile("mismatch", ranks_per_node=2, launcher="srun --mpi=none")
    site.jadeite("submit", LAMINATE, "-c", "mismatch", "-o", "runs/mismatch", *PLAIN)
    site.wait_for_end("runs/mismatch")
    assert site.states("runs/mismatch") == {"runs/mismatch": "lost"}
    assert "Slurm started 2 ranks, but each sees only itself" in site.logs()

    # what was cancelled before it began is submitted again, by hand, as its script says
    script = site.home / "runs/third/job.sh"
    assert f"sbatch {script}" in script.read_text()
    subprocess.run(["sbatch", script], env=site.environment, check=True, capture_output=True, timeout=60)
    site.wait(lambda: not site.slurm.ask("squeue", "-h"), 90)
    assert site.states()["runs/third"] == "finished"


STUDY = """title: Eight currents through a chain of grains
case: {case}
settings:
  outputs: {{figures: false, report: false, fields: false}}
parameters:
  protocol.current_density: [{currents}]
responses: [cell_voltage]
"""


def test_a_sweep_is_an_array_with_a_job_that_gathers(site: Site) -> None:
    site.profile("single")
    currents = ", ".join(f"{current} mA/cm^2" for current in range(1, 9))
    (site.home / "study.yaml").write_text(STUDY.format(case=LAMINATE, currents=currents))
    said = site.jadeite("sweep", "study.yaml", "--cluster", "single", "--throttle", "3", "--output", "runs/study")
    assert "8 members submitted" in said
    assert "waiting or running" in site.jadeite("sweep", "study.yaml", "-c", "single", "-o", "runs/study", code=2)

    most = 0

    def ended() -> bool:
        nonlocal most
        most = max(most, len(site.slurm.ask("squeue", "-h", "-r", "-t", "running", "-o", "%i").splitlines()))
        return not site.slurm.ask("squeue", "-h", "-r")

    site.wait(ended, 240)
    assert 1 < most <= 3
    assert list(site.states("runs/study").values()) == ["finished"] * 8
    (gathered,) = (site.home / "runs/study").glob("*.csv")
    assert len(gathered.read_text().splitlines()) >= 9, site.logs()
    assert "have their results" in site.jadeite("sweep", "study.yaml", "-c", "single", "-o", "runs/study")


MARCH = """\
title: A polymer cell that polarises
microstructure:
  dimension: 2
  seed: 1
  width: 10 um
  separator: {layers: [{name: membrane, material: polymer, thickness: 100 um}]}
  mesh: {interior_size: 5 um, boundary_size: 5 um}
materials:
  polymer: {material: PEO20_NaTFSI}
temperature: 353 K
physics:
  ion_transport: {polymer: {law: binary_electrolyte, salt_concentration: 1.056 mol/L}}
  plating_interface: {law: butler_volmer}
  mechanics: none
protocol: {law: hold, current_density: 0.5 mA/cm^2, duration: 1 h, time_tolerance: 1e-4}
outputs: {figures: false, report: false, fields: false}
"""


def steps(site: Site, run: str) -> int:
    """How many time steps the log of a run tells of."""
    log = site.home / run / "log.txt"
    return log.read_text().count("Newton steps") if log.exists() else 0


def numbers(content: Any) -> list[float]:
    """All numbers of a summary, in order."""
    if isinstance(content, dict):
        return [number for value in content.values() for number in numbers(value)]
    if isinstance(content, list):
        return [number for value in content for number in numbers(value)]
    return [float(content)] if isinstance(content, int | float) and not isinstance(content, bool) else []


@pytest.mark.slow
def test_a_run_is_stopped_before_its_walltime_goes_on_and_ends_with_the_same_answer(site: Site) -> None:
    site.profile("one_node", ranks_per_node=2)
    site.profile("two_nodes", nodes=2, launcher="srun --mpi=pmi2")
    (site.home / "march.yaml").write_text(MARCH)
    site.jadeite("submit", "march.yaml", "-c", "one_node", "-o", "runs/whole")
    site.wait_for_end("runs/whole")
    runs = {"runs/mpirun": "one_node", "runs/srun": "two_nodes"}
    for run, profile in runs.items():
        site.jadeite("submit", "march.yaml", "-c", profile, "-o", run)
        site.wait(lambda run=run: steps(site, run) > 5, 200)
        # what Slurm itself does before the end (--signal=B:USR1@60)
        site.slurm.ask("scancel", "--batch", "--signal=USR1", site.job(run))
        site.slurm.wait_until_queued_again(site.job(run))
        assert site.states(run) == {run: "requeued"}
    for run in runs:
        site.slurm.start_at_once(site.job(run))
    for run in runs:
        site.wait_for_end(run)
        assert site.states(run) == {run: "finished"}, site.logs()
        record = json.loads((site.home / run / "run.json").read_text())
        log = (site.home / run / f"job-{site.job(run)}.out").read_text()
        assert (record["attempts"], record["ranks"]) == (2, 2)
        assert "exit code 85" in log and "exit code 0" in log
        assert steps(site, run) == steps(site, "runs/whole")
        expected, found = (
            numbers(json.loads((site.home / name / "summary.json").read_text())["headlines"])
            for name in ("runs/whole", run)
        )
        assert len(expected) > 3
        assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.slow
def test_a_job_is_cancelled_while_it_computes_and_submitted_again(site: Site) -> None:
    site.profile("single")
    (site.home / "march.yaml").write_text(MARCH)
    # so many steps that it still computes when it has been looked at
    many = ("--set", "protocol.time_tolerance=1e-6")
    site.jadeite("submit", "march.yaml", *many, "-c", "single", "-o", "runs/march")
    site.wait(lambda: steps(site, "runs/march") > 5, 200)
    site.jadeite("cancel", "runs/march")
    site.wait_for_end("runs/march")
    assert site.states() == {"runs/march": "cancelled"}
    # the launcher may end the run before it can write what became of it
    assert json.loads((site.home / "runs/march/run.json").read_text())["state"] in ("interrupted", "running")
    site.jadeite("submit", "runs/march", "-c", "single")
    site.wait_for_end("runs/march")
    assert site.states() == {"runs/march": "finished"}
