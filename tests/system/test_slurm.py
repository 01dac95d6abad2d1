# SPDX-License-Identifier: LGPL-3.0-or-later
"""The commands for clusters against a real Slurm that the tests start for themselves, with two nodes on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
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

    def wait_for(self, states: dict[str, str], seconds: float, start: Sequence[str] = ()) -> None:
        """Wait until runs stand where they should."""
        folders = [*start, *states] if not start else list(start)

        def reached() -> bool:
            return self.states(*folders).items() >= states.items()

        wait_until(reached, seconds, lambda: f"{states}\n{self.jadeite('status')}\n{self.logs()}\n{self.slurm.logs()}")

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
    site.profile("pair", ranks_per_node=2)
    said = site.jadeite("submit", LAMINATE, "--cluster", "pair", "--output", "runs/first", *PLAIN)
    assert "Job" in said and "runs/first" in said
    site.jadeite("submit", LAMINATE, "-c", "pair", "-o", "runs/second", "--after", "runs/first", "-n", "1", *PLAIN)
    site.jadeite("submit", LAMINATE, "-c", "pair", "-o", "runs/third", "--after", site.job("runs/second"), *PLAIN)
    assert site.states()["runs/second"] == "pending"
    assert "is waiting" in site.jadeite("submit", "runs/second", "-c", "pair", code=2)

    assert "runs/third is cancelled" in site.jadeite("cancel", "runs/third")
    assert "has ended already" in site.jadeite("cancel", "runs/third", code=1)
    site.wait_for({"runs/first": "finished", "runs/second": "finished", "runs/third": "cancelled"}, 90)

    first = json.loads((site.home / "runs/first/run.json").read_text())
    second = json.loads((site.home / "runs/second/run.json").read_text())
    assert (first["ranks"], second["ranks"]) == (2, 1)
    assert first["updated"] <= second["updated"]
    log = (site.home / "runs/first" / f"job-{site.job('runs/first')}.out").read_text()
    assert "[2/" in log and "exit code 0" in log

    # what was cancelled before it began is submitted again, by hand, as its script says
    script = site.home / "runs/third/job.sh"
    assert f"sbatch {script}" in script.read_text()
    subprocess.run(["sbatch", script], env=site.environment, check=True, capture_output=True, timeout=60)
    site.wait_for({"runs/third": "finished"}, 60)


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

    def all_finished() -> bool:
        nonlocal most
        states = list(site.states("runs/study").values())
        assert len(states) == 8
        most = max(most, len(site.slurm.ask("squeue", "-h", "-r", "-t", "running", "-o", "%i").splitlines()))
        return states == ["finished"] * 8

    wait_until(all_finished, 150, lambda: f"{site.jadeite('status')}\n{site.logs()}\n{site.slurm.logs()}")
    assert 1 < most <= 3
    tables = list((site.home / "runs/study").glob("*.csv"))
    wait_until(lambda: not site.slurm.ask("squeue", "-h"), 60, site.slurm.logs)
    tables = list((site.home / "runs/study").glob("*.csv"))
    assert tables, site.logs()
    rows = tables[0].read_text().splitlines()
    assert len(rows) >= 9
