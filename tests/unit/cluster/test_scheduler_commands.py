# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is said to sbatch, qsub, bsub and their kin, and how their answers are read."""

from pathlib import Path

import pytest
from stand_ins import StandIns

from jadeite.cluster import lsf, pbs, slurm
from jadeite.cluster.scheduler import ClusterError, Dependency, JobState, scheduler_named

SCRIPT = Path("/study/job.sh")

QSTAT = """\
Job Id: 41.server
    Job_Name = one
    job_state = Q
    comment = Not Running: Insufficient amount of resource: ncpus
    Submit_arguments = job.sh

Job Id: 42[3].server.example.org
    job_state = R

Job Id: 43.server
    job_state = F
    Exit_status = 271
"""


def test_slurm_submits(stand_ins: StandIns) -> None:
    stand_ins.add("sbatch", "123;cluster\n")
    assert slurm.submit(SCRIPT) == "123"
    assert slurm.submit(SCRIPT, Dependency(("7", "8_2"), "success")) == "123"
    assert slurm.submit(SCRIPT, Dependency(("7",), "end")) == "123"
    assert stand_ins.calls("sbatch") == [
        "--parsable /study/job.sh",
        "--parsable --dependency=afterok:7:8_2 --kill-on-invalid-dep=yes /study/job.sh",
        "--parsable --dependency=afterany:7 --kill-on-invalid-dep=yes /study/job.sh",
    ]


def test_slurm_states(stand_ins: StandIns) -> None:
    stand_ins.add("squeue", "5|PENDING|Priority\n6_1|RUNNING|None\n6_2|TIMEOUT|TimeLimit\n9|RUNNING|None\n")
    known = slurm.states(["5", "6_1", "6_2", "7"])
    assert {job: status.state for job, status in known.items()} == {
        "5": JobState.PENDING,
        "6_1": JobState.RUNNING,
        "6_2": JobState.ENDED,
    }
    assert known["5"].reason == "Priority"
    assert known["6_2"].reason == "TIMEOUT"


def test_what_a_scheduler_refuses_is_said(stand_ins: StandIns) -> None:
    stand_ins.add("sbatch", code=1, complaint="sbatch: error: invalid partition specified: nowhere\n")
    with pytest.raises(ClusterError, match="invalid partition specified: nowhere"):
        slurm.submit(SCRIPT)
    stand_ins.add("sbatch", "Submitted to the cluster\n")
    with pytest.raises(ClusterError, match="did not give the number"):
        slurm.submit(SCRIPT)
    with pytest.raises(ClusterError, match="There is no scheduler `os`"):
        scheduler_named("os")


def test_a_machine_without_the_commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for scheduler in (slurm, pbs):
        with pytest.raises(ClusterError, match="login node"):
            scheduler.submit(SCRIPT)


def test_pbs_submits(stand_ins: StandIns) -> None:
    stand_ins.add("qsub", "41.server\n")
    assert pbs.submit(SCRIPT) == "41.server"
    assert pbs.submit(SCRIPT, Dependency(("40.server", "39[].server"), "end")) == "41.server"
    assert stand_ins.calls("qsub") == ["/study/job.sh", "-W depend=afterany:40.server:39[].server /study/job.sh"]
    assert pbs.task("39[].server", 4) == "39[4].server"
    assert pbs.task("39.server", 1) == "39.server"


def test_pbs_states(stand_ins: StandIns) -> None:
    stand_ins.add("qstat", QSTAT, code=153, complaint="qstat: Unknown Job Id 44.server\n")
    known = pbs.states(["41.server", "42[3].server", "43.server", "44.server"])
    assert {job: status.state for job, status in known.items()} == {
        "41.server": JobState.PENDING,
        "42[3].server": JobState.RUNNING,
        "43.server": JobState.ENDED,
    }
    assert "Insufficient" in known["41.server"].reason
    assert known["43.server"].reason == "exit status 271"
    stand_ins.add("qstat", code=1, complaint="qstat: cannot connect to server\n")
    with pytest.raises(ClusterError, match="cannot connect"):
        pbs.states(["41.server"])


def test_lsf_submits_by_standard_input(stand_ins: StandIns, tmp_path: Path) -> None:
    script = tmp_path / "job.sh"
    script.write_text("#BSUB -n 2\n")
    stand_ins.script("bsub", f"cat >{tmp_path}/read\necho 'Job <77> is submitted to queue <normal>.'")
    assert lsf.submit(script, Dependency(("75", "76[2]"), "success")) == "77"
    assert (tmp_path / "read").read_text() == "#BSUB -n 2\n"
    assert stand_ins.calls("bsub") == ["-w done(75) && done(76[2])"]


def test_lsf_states(stand_ins: StandIns) -> None:
    stand_ins.add("bjobs", "70|0|PEND|-|-\n71|3|RUN|-|-\n72|0|EXIT|140|TERM_RUNLIMIT\n73|0|DONE|-|-\n")
    known = lsf.states(["70", "71[3]", "72", "73", "74"])
    assert [known[job].state for job in ("70", "71[3]", "72", "73")] == [
        JobState.PENDING,
        JobState.RUNNING,
        JobState.ENDED,
        JobState.ENDED,
    ]
    assert known["72"].reason == "exit code 140, TERM_RUNLIMIT"
    stand_ins.add("bjobs", code=255, complaint="No job found\n")
    assert lsf.states(["70"]) == {}


def test_jobs_are_cancelled(stand_ins: StandIns) -> None:
    for command, scheduler in (("scancel", slurm), ("qdel", pbs), ("bkill", lsf)):
        stand_ins.add(command)
        scheduler.cancel(["1", "2"])
        assert stand_ins.calls(command) == ["1 2"]
