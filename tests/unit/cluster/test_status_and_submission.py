# SPDX-License-Identifier: LGPL-3.0-or-later
"""Run folders and their jobs: what is submitted, where it stands, and what is refused; Slurm is a stand-in."""

import datetime
import json
import shutil
from pathlib import Path

import pytest
from stand_ins import StandIns
from typer.testing import CliRunner

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.cli import app
from jadeite.cluster.arrays import submit_array
from jadeite.cluster.cancelling import cancel_jobs, jobs_to_cancel
from jadeite.cluster.job_record import JobRecord, read_job
from jadeite.cluster.scheduler import ClusterError
from jadeite.cluster.status import run_folders, run_states
from jadeite.cluster.status_table import in_words
from jadeite.cluster.submission import submit
from jadeite.output.folder import OutputError
from jadeite.output.prepared_run import prepare_run
from jadeite.output.run_record import RunState, locked, read_record

CASE = Path(__file__).resolve().parents[3] / "cases" / "laminate" / "case.yaml"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return prepare_run(load_case(CASE), tmp_path / "runs" / "one")


@pytest.fixture
def queue(stand_ins: StandIns):
    """What squeue lists; sbatch gives out the number 12."""
    stand_ins.add("sbatch", "12\n")
    stand_ins.add("scancel")

    def holds(*lines: str) -> StandIns:
        stand_ins.add("squeue", "".join(f"{line}\n" for line in lines))
        return stand_ins

    return holds


def submitted(run: Path, job: str = "12") -> None:
    JobRecord("slurm", job, "mine", "mine.yaml", 1, 1).write(run)


def state(run: Path) -> tuple[str, str]:
    ((one,), complaints) = run_states([run])
    assert not complaints
    return one.state, one.message


def test_a_case_becomes_a_job(profile, queue, tmp_path: Path) -> None:
    commands = queue()
    done = submit(CASE, profile("ranks_per_node: 2"), ["protocol.current_density=3 mA/cm^2"], tmp_path / "new run")
    script = tmp_path / "new run" / "job.sh"
    assert (done.job, script.read_text()) == ("12", done.script)
    assert commands.calls("sbatch") == [f"--parsable {script}"]
    record = read_job(tmp_path / "new run")
    assert record is not None
    assert (record.scheduler, record.job, record.profile, record.ranks) == ("slurm", "12", "mine", 2)
    assert "30" in (tmp_path / "new run" / "resolved_case.json").read_text()


def test_a_dry_run_leaves_nothing(profile, queue, tmp_path: Path) -> None:
    commands = queue()
    done = submit(CASE, profile(), output=tmp_path / "new", dry_run=True)
    assert "jadeite resume" in done.script and done.job is None
    assert not (tmp_path / "new").exists()
    assert commands.calls("sbatch") == []


def test_a_case_with_problems_is_not_prepared(profile, queue, tmp_path: Path) -> None:
    queue()
    with pytest.raises(CaseError):
        submit(CASE, profile(), ["temperature=-5 K"], tmp_path / "new")
    # nor one whose folder the scheduler cannot write to
    with pytest.raises(OutputError, match="holds a backslash"):
        submit(CASE, profile(), output=tmp_path / "new\\old")
    assert not list(tmp_path.glob("new*"))


def test_a_refused_job_keeps_its_run(profile, stand_ins: StandIns, tmp_path: Path) -> None:
    stand_ins.add("sbatch", code=1, complaint="sbatch: error: Invalid account\n")
    with pytest.raises(ClusterError, match=r"Invalid account(.|\n)*jadeite submit .*new --cluster mine"):
        submit(CASE, profile(), output=tmp_path / "new")
    stand_ins.add("sbatch", "13\n")
    assert submit(tmp_path / "new", profile()).job == "13"


def test_a_run_folder_is_submitted_once_at_a_time(profile, queue, run: Path) -> None:
    queue("12|PENDING|Priority")
    submit(run, profile())
    with pytest.raises(OutputError, match=r"Job 12 .* is waiting or running"):
        submit(run, profile())
    queue()
    assert submit(run, profile()).job == "12"
    with pytest.raises(CaseError, match=r"--set a=1: has no effect"):
        submit(run, profile(), ["a=1"])
    with locked(run), pytest.raises(OutputError, match="being worked on"):
        submit(run, profile())
    read_record(run).ended(RunState.FINISHED).write(run)
    with pytest.raises(OutputError, match="has finished already"):
        submit(run, profile())


def test_what_a_job_waits_for(profile, queue, run: Path, tmp_path: Path) -> None:
    commands = queue()
    submit(CASE, profile(), output=tmp_path / "a", after="99")
    with pytest.raises(OutputError, match="has not been submitted"):
        submit(CASE, profile(), output=tmp_path / "b", after=str(run))
    submitted(run, "77")
    submit(CASE, profile(), output=tmp_path / "b", after=str(run))
    with pytest.raises(CaseError, match="neither a job nor a run folder"):
        submit(CASE, profile(), output=tmp_path / "c", after="tomorrow")
    assert [call.split()[1] for call in commands.calls("sbatch")] == [
        "--dependency=afterok:99",
        "--dependency=afterok:77",
    ]


def test_where_a_run_stands(queue, run: Path) -> None:
    queue()
    assert state(run) == ("prepared", "")
    submitted(run)
    queue("12|PENDING|Resources")
    assert state(run) == ("pending", "Resources")
    queue("12|RUNNING|None")
    assert state(run)[0] == "starting"

    read_record(run).begun(2).write(run)
    (run / "log.txt").write_text("2026-01-01 00:00:00 INFO    stage 2 of 4: salt\na line of a traceback\n")
    assert state(run) == ("running", "stage 2 of 4: salt")
    queue("12|TIMEOUT|TimeLimit")
    assert state(run) == ("lost", "ended without a word (TIMEOUT); see its logs")
    with locked(run):
        assert state(run)[0] == "running"
    queue()
    assert state(run)[0] == "lost"

    read_record(run).ended(RunState.CHECKPOINTED, "asked to stop").write(run)
    assert state(run) == ("checkpointed", "asked to stop")
    (run / "job-restarts.txt").write_text("2026-01-01T00:00:00Z 13\n")
    queue("13|PENDING|BeginTime")
    assert state(run) == ("requeued", "BeginTime")
    read_record(run).ended(RunState.FAILED, "no convergence\nin block one").write(run)
    queue()
    assert state(run) == ("failed", "no convergence")
    read_record(run).ended(RunState.FINISHED).write(run)
    assert state(run) == ("finished", "")


def test_a_scheduler_that_does_not_answer_hides_no_result(stand_ins: StandIns, run: Path, tmp_path: Path) -> None:
    stand_ins.add("squeue", code=1, complaint="slurm_load_jobs error: Unable to contact slurm controller\n")
    other = prepare_run(load_case(CASE), tmp_path / "runs" / "two")
    submitted(run)
    submitted(other)
    read_record(other).ended(RunState.FINISHED).write(other)
    states, complaints = run_states([run, other])
    assert [one.state for one in states] == ["unknown", "finished"]
    assert "Unable to contact" in complaints[0]


def test_all_runs_below_a_folder(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = prepare_run(load_case(CASE), tmp_path / "runs" / "study" / "members" / "0001")
    monkeypatch.chdir(tmp_path)
    assert run_folders([]) == [Path("runs/one"), Path("runs/study/members/0001")]
    assert run_folders([deep]) == [deep]
    with pytest.raises(OutputError, match="is no folder"):
        run_folders([Path("nowhere")])
    shown = CliRunner().invoke(app, ["status"]).output
    assert "runs/one" in shown and "prepared" in shown


def test_jobs_are_cancelled_all_or_none(queue, run: Path, tmp_path: Path) -> None:
    other = prepare_run(load_case(CASE), tmp_path / "runs" / "two")
    commands = queue("12|RUNNING|None")
    submitted(run)
    with pytest.raises(ClusterError, match="two has not been submitted"):
        jobs_to_cancel([run, other])
    assert commands.calls("scancel") == []
    # of a folder of runs those with a job are meant
    found = jobs_to_cancel([tmp_path / "runs"])
    assert ({one: record.job for one, record in found.jobs.items()}, found.ask) == ({run: "12"}, False)
    cancel_jobs(found.jobs)
    assert commands.calls("scancel") == ["12"]
    queue()
    assert state(run)[0] == "cancelled"
    with pytest.raises(ClusterError, match="has ended already"):
        jobs_to_cancel([run])


def test_all_jobs_below_a_folder_are_cancelled_only_when_that_is_meant(
    queue, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = prepare_run(load_case(CASE), tmp_path / "runs" / "two")
    submitted(run)
    submitted(other, "13")
    commands = queue("12|RUNNING|None", "13|PENDING|None")
    asked = CliRunner().invoke(app, ["cancel", "runs"], input="n\n")
    assert asked.exit_code == 1
    assert "Job 12 of runs/one" in asked.output and "Cancel these 2 jobs?" in asked.output
    # nobody who could answer
    assert CliRunner().invoke(app, ["cancel", "runs"]).exit_code == 1
    assert commands.calls("scancel") == []
    assert CliRunner().invoke(app, ["cancel", "runs"], input="y\n").exit_code == 0
    assert CliRunner().invoke(app, ["cancel", "runs", "--yes"]).exit_code == 0
    assert CliRunner().invoke(app, ["cancel", "runs/one", "runs/two"]).exit_code == 0
    (tmp_path / "runs" / "members.json").write_text("{}")
    assert CliRunner().invoke(app, ["cancel", "runs"]).exit_code == 0
    assert commands.calls("scancel") == ["12 13"] * 4


def test_a_copied_run_is_not_the_one_that_was_submitted(profile, queue, run: Path, tmp_path: Path) -> None:
    submitted(run)
    copy = tmp_path / "runs" / "copy"
    shutil.copytree(run, copy)
    commands = queue("12|RUNNING|None")
    with pytest.raises(OutputError, match=r"is that of .*/runs/one\.\nNo job was cancelled"):
        jobs_to_cancel([copy])
    found = jobs_to_cancel([tmp_path / "runs"])
    assert list(found.jobs) == [run]
    assert "runs/copy" in found.skipped[0] and "left alone" in found.skipped[0]
    assert state(run)[0] == "starting"
    shown, message = state(copy)
    assert shown == "prepared" and "is that of" in message
    # a folder reached by a link is the same one
    (tmp_path / "link").symlink_to(run)
    assert list(jobs_to_cancel([tmp_path / "link"]).jobs) == [tmp_path / "link"]
    commands.add("sbatch", "14\n")
    assert submit(copy, profile()).job == "14"
    assert [record.job for one in (run, copy) if (record := read_job(one))] == ["12", "14"]


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("job.json", "job", "[/bold]"),
        ("job.json", "job", "--user=someone"),
        ("job.json", "job", 12),
        ("job.json", "submitted", "2026-01-01T00:00:00"),
        ("job.json", "scheduler", None),
        ("run.json", "updated", "2026-01-01T00:00:00"),
        ("run.json", "updated", 1767225600),
        ("run.json", "state", "asleep"),
        ("run.json", "message", ["no text"]),
    ],
)
def test_one_odd_file_hides_no_other_run(
    queue, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, key: str, value: object
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    queue("12|RUNNING|None")
    other = prepare_run(load_case(CASE), tmp_path / "runs" / "two")
    for one in (run, other):
        submitted(one)
    file = run / name
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 0, result.exception
    one, two = result.output.splitlines()[1:3]
    assert f"runs/one/{name} cannot be read: `{key}`" in one
    assert "starting" in two
    assert ("unknown" in one) == (name == "run.json")


def test_a_record_that_is_nested_too_deeply(queue, run: Path) -> None:
    queue()
    for name in ("job.json", "run.json"):
        (run / name).write_text("[" * 200_000)
        assert f"{name} cannot be read" in state(run)[1]


def test_markup_in_a_record_is_text(queue, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    queue()
    read_record(run).ended(RunState.FAILED, "[/bold] [red]no").write(run)
    assert "[/bold] [red]no" in CliRunner().invoke(app, ["status"]).output


def test_what_an_error_of_submit_is_about(profile, run: Path, tmp_path: Path) -> None:
    profile()
    for words, said in (
        ((str(tmp_path / "nowhere.yaml"),), "is not there; a case file or a run folder is needed"),
        ((str(CASE), "--after", "zz"), "1 problem in the options of this command:\n  --after: is neither"),
        ((str(run), "--set", "a=1"), "1 problem in the options of this command:\n  --set a=1: has no effect"),
    ):
        result = CliRunner().invoke(app, ["submit", *words, "--cluster", "mine"])
        # problems reach `main` as they are, which prints them
        shown = result.output + (str(result.exception) if isinstance(result.exception, CaseError) else "")
        assert said in shown and "in the case" not in shown


def test_an_array_takes_prepared_runs(profile, queue, tmp_path: Path) -> None:
    study = tmp_path / "study"
    members = [prepare_run(load_case(CASE), study / "members" / name) for name in ("a", "b")]
    commands = queue()
    done = submit_array(study, members, profile(), throttle=1, gather_command=["jadeite", "sweep", "--gather", "."])
    assert (study / "jobs" / "1" / "members.txt").read_text() == "members/a\nmembers/b\n"
    assert commands.calls("sbatch") == [
        f"--parsable {study}/jobs/1/array.sh",
        f"--parsable --dependency=afterany:12 --kill-on-invalid-dep=yes {study}/jobs/1/gather.sh",
    ]
    assert (done.array, done.gather) == ("12", "12")
    assert [json.loads((member / "job.json").read_text())["job"] for member in members] == ["12_1", "12_2"]
    assert all((member / "job.sh").exists() for member in members)

    queue("12_1|COMPLETED|None", "12_2|RUNNING|None")
    with pytest.raises(OutputError, match="1 of these runs are waiting or running"):
        submit_array(study, members, profile())
    queue("12_1|COMPLETED|None", "12_2|FAILED|NonZeroExitCode")
    assert submit_array(study, members[1:], profile()).folder == study / "jobs" / "2"
    with pytest.raises(OutputError, match="is not below"):
        submit_array(study / "members" / "a", members, profile())


def test_an_array_that_is_refused_says_what_is_queued(profile, stand_ins: StandIns, tmp_path: Path) -> None:
    study = tmp_path / "study"
    members = [prepare_run(load_case(CASE), study / "members" / name) for name in ("a", "b")]
    stand_ins.add("squeue")
    gather = ["jadeite", "sweep", "--gather", "."]
    stand_ins.add("sbatch", code=1, complaint="sbatch: error: no more arrays\n")
    with pytest.raises(ClusterError, match=r"no more arrays\nNothing is queued\. .*study; the same command"):
        submit_array(study, members, profile(), gather_command=gather)
    assert not (members[0] / "job.json").exists()
    stand_ins.script("sbatch", 'case "$*" in *gather*) echo "error: QOS limit" >&2; exit 1;; *) echo 12;; esac')
    with pytest.raises(ClusterError, match=r"QOS limit\n2 runs are queued as job 12, .*jadeite sweep --gather \."):
        submit_array(study, members, profile(), gather_command=gather)
    assert [record.job for member in members if (record := read_job(member))] == ["12_1", "12_2"]


def test_an_array_with_too_many_ranks_for_its_container_writes_nothing(profile, tmp_path: Path) -> None:
    member = prepare_run(load_case(CASE), tmp_path / "study" / "a")
    named = profile("ranks_per_node: 2", "container: {engine: docker, image: 'jadeite:0.1'}")
    with pytest.raises(CaseError, match="a container stays on one node"):
        submit_array(tmp_path / "study", [member], named, ranks=3)
    assert not (member / "job.sh").exists() and not (tmp_path / "study" / "jobs").exists()


def test_lengths_of_time_in_words() -> None:
    assert [in_words(seconds) for seconds in (-3, 59, 61, 3900, 190000)] == [
        "0 s",
        "59 s",
        "1 min",
        "1 h 05 min",
        "2 d 4 h",
    ]


def test_errors_of_a_cluster_are_no_tracebacks(
    queue, run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    submitted(run)
    monkeypatch.setenv("PATH", str(tmp_path))
    cancelled = CliRunner().invoke(app, ["cancel", str(run)])
    assert (cancelled.exit_code, "login node" in cancelled.output) == (1, True)
    stated = CliRunner().invoke(app, ["status", str(run)])
    assert (stated.exit_code, "unknown" in stated.output) == (0, True)
    assert datetime.datetime.fromisoformat(json.loads((run / "job.json").read_text())["submitted"]).tzinfo is not None
