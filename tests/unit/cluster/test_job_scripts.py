# SPDX-License-Identifier: LGPL-3.0-or-later
"""Job scripts: what they ask of each scheduler, and what they do, run here with stand-ins for its commands."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from stand_ins import StandIns

from jadeite.cluster.job import Job, JobArray, array_script, gather_script, job_name, launch_words, run_script
from jadeite.output.folder import OutputError

#: Variables that each scheduler sets for a job, and for a task of an array.
SLURM = {"SLURM_JOB_ID": "12", "SLURM_ARRAY_JOB_ID": "11", "SLURM_ARRAY_TASK_ID": "2"}
PBS = {"PBS_JOBID": "12.server"}
LSF = {"LSB_JOBID": "12", "LSB_JOBINDEX": "2"}


def directives(script: str) -> list[str]:
    return [line for line in script.splitlines() if line.startswith(("#SBATCH", "#PBS", "#BSUB"))]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "study" / "one"
    folder.mkdir(parents=True)
    return folder


def execute(
    script: str, folder: Path, variables: dict[str, str], timeout: float = 30
) -> subprocess.CompletedProcess[str]:
    path = folder / "job.sh"
    path.write_text(script)
    return subprocess.run(
        ["bash", str(path)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def printed(folder: Path, done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr + "".join(log.read_text() for log in folder.glob("job-*.out"))


def test_slurm_is_asked_for_what_the_profile_says(profile) -> None:
    named = profile(
        "partition: compute",
        "account: ab12",
        "walltime: 30 h",
        "nodes: 2",
        "ranks_per_node: 16",
        "memory: 64 GB",
        "stop_before_end: 10 min",
        "directives: [--constraint=icelake, '--mail-type=END']",
    )
    script = run_script(Job.of(named), Path("/data/my runs/50%"))
    assert directives(script) == [
        "#SBATCH --job-name=jadeite_50_",
        "#SBATCH --partition=compute",
        "#SBATCH --account=ab12",
        "#SBATCH --nodes=2",
        "#SBATCH --ntasks=32",
        "#SBATCH --ntasks-per-node=16",
        "#SBATCH --cpus-per-task=1",
        "#SBATCH --time=30:00:00",
        "#SBATCH --mem=65536M",
        '#SBATCH --chdir="/data/my runs/50%"',
        '#SBATCH --output="/data/my runs/50%%/job-%j.out"',
        "#SBATCH --open-mode=append",
        "#SBATCH --signal=B:USR1@600",
        "#SBATCH --requeue",
        "#SBATCH --constraint=icelake",
        "#SBATCH --mail-type=END",
    ]
    # directives are read up to the first command only
    lines = script.splitlines()
    first_command = next(number for number, line in enumerate(lines) if line and not line.startswith("#"))
    assert all(not line.startswith("#SBATCH") for line in lines[first_command:])


def test_paths_are_written_so_that_each_scheduler_takes_them_or_refused(profile) -> None:
    slurm = directives(run_script(Job.of(profile()), Path("/data/a \"b\" 'c' 5%j #d")))
    assert '#SBATCH --chdir="/data/a \\"b\\" \'c\' 5%j #d"' in slurm
    assert '#SBATCH --output="/data/a \\"b\\" \'c\' 5%%j #d/job-%j.out"' in slurm
    with pytest.raises(OutputError, match="holds a backslash"):
        run_script(Job.of(profile()), Path("/data/a\\b"))
    for scheduler in ("pbs", "lsf"):
        job = Job.of(profile(f"scheduler: {scheduler}"))
        for name in ("a b", 'a"b', "a'b", "50%", "a:b", "a\\b"):
            with pytest.raises(OutputError, match="cannot stand where this scheduler"):
                run_script(job, Path("/data") / name)
        assert "/data/50-ü_[1].x" in run_script(job, Path("/data/50-ü_[1].x"))


def test_pbs_is_asked_for_what_the_profile_says(profile) -> None:
    named = profile(
        "scheduler: pbs", "partition: workq", "account: ab12", "walltime: 24 h", "ranks_per_node: 16", "memory: 64 GB",
        "directives: [-l place=scatter]",
    )  # fmt: skip
    assert directives(run_script(Job.of(named, 40), Path("/data/r"))) == [
        "#PBS -N r",
        "#PBS -q workq",
        "#PBS -A ab12",
        "#PBS -l select=2:ncpus=14:mpiprocs=14:mem=65536mb+1:ncpus=12:mpiprocs=12:mem=65536mb",
        "#PBS -l walltime=24:00:00",
        "#PBS -j oe",
        "#PBS -o /data/r/",
        "#PBS -r y",
        "#PBS -l place=scatter",
    ]


def test_lsf_is_asked_for_what_the_profile_says(profile) -> None:
    named = profile("scheduler: lsf", "partition: normal", "account: ab12", "walltime: 90 s", "memory: 4 GB",
                    "stop_before_end: 30 s", "ranks_per_node: 8")  # fmt: skip
    assert directives(run_script(Job.of(named, 12), Path("/data/r"))) == [
        "#BSUB -J r",
        "#BSUB -q normal",
        "#BSUB -P ab12",
        "#BSUB -n 12",
        '#BSUB -R "span[ptile=6]"',
        "#BSUB -W 2",
        '#BSUB -R "rusage[mem=4096MB]"',
        '#BSUB -o "/data/r/job-%J.lsf"',
        '#BSUB -Q "85"',
    ]


def test_arrays_are_asked_for(profile, tmp_path: Path) -> None:
    array = JobArray(tmp_path, tmp_path / "members.txt", 8, 3, tmp_path / "jobs")
    wanted = {
        "slurm": ["#SBATCH --array=1-8%3", f'#SBATCH --output="{tmp_path}/jobs/%A_%a.out"'],
        "pbs": ["#PBS -J 1-8", "#PBS -W max_run_subjobs=3"],
        "lsf": [f'#BSUB -J "{job_name(tmp_path.name)}[1-8]%3"', f'#BSUB -o "{tmp_path}/jobs/%J_%I.out"'],
    }
    for scheduler, lines in wanted.items():
        found = directives(array_script(Job.of(profile(f"scheduler: {scheduler}")), array, tmp_path / "array.sh"))
        assert set(lines) <= set(found), scheduler
    # PBS knows no arrays of one
    alone = JobArray(tmp_path, tmp_path / "members.txt", 1, 3, tmp_path / "jobs")
    found = directives(array_script(Job.of(profile("scheduler: pbs")), alone, tmp_path / "array.sh"))
    assert not any("-J" in line or "subjobs" in line for line in found)


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ([], 'srun --mpi=pmi2 -n 6 --ntasks-per-node=4 jadeite resume "$run"'),
        (
            ["container: {engine: apptainer, image: /data/j.sif, options: [--bind /scratch], launcher: outside}"],
            'srun --mpi=pmi2 -n 6 --ntasks-per-node=4 apptainer exec --bind "$run" --bind /scratch /data/j.sif '
            'jadeite resume "$run"',
        ),
    ],
)
def test_how_ranks_are_started(profile, container: list[str], words: str) -> None:
    launcher = "launcher: srun --mpi=pmi2 -n {ranks} --ntasks-per-node={ranks_per_node}"
    named = profile("nodes: 2", "ranks_per_node: 4", launcher, *container)
    # six ranks on two nodes: three on each; a whole job fills them
    assert launch_words(Job.of(named, 6)) == words.replace("ntasks-per-node=4", "ntasks-per-node=3")


def test_ranks_inside_a_container(profile) -> None:
    docker = profile("ranks_per_node: 2", "container: {engine: docker, image: 'jadeite:0.1'}")
    assert launch_words(Job.of(docker)) == (
        'docker run --rm --user "$(id -u):$(id -g)" --volume "$run:$run" --workdir "$run" jadeite:0.1 '
        'mpirun -n 2 jadeite resume "$run"'
    )
    script = run_script(Job.of(docker), Path("/data/r"))
    assert "export PATH" not in script


def test_what_the_profile_sets_reaches_the_run(profile, stand_ins: StandIns, run: Path) -> None:
    stand_ins.add("module")
    stand_ins.script("mpirun", 'echo "threads=$OMP_NUM_THREADS scratch=$WHERE here=$PWD setup=$DONE"')
    named = profile(
        "modules: [gcc/13, openmpi]",
        "environment: {OMP_NUM_THREADS: 1, WHERE: '$HOME/scratch \"x\"'}",
        "setup: ['export DONE=yes', 'export PATH=\"$STAND_INS:$PATH\"']",
    )
    done = execute(
        run_script(Job.of(named), run), run, SLURM | {"STAND_INS": str(stand_ins.folder), "HOME": "/home/me"}
    )
    assert done.returncode == 0, done.stderr
    assert f'threads=1 scratch=/home/me/scratch "x" here={run} setup=yes' in done.stdout
    assert stand_ins.calls("module") == ["load gcc/13 openmpi"]
    assert stand_ins.calls("mpirun") == [f"-n 1 jadeite resume {run}"]


#: The stand-ins come before the installation that submits, as a user's own words in `setup` do.
FIRST = "setup: ['export PATH=\"$STAND_INS:$PATH\"']"


@pytest.mark.parametrize(
    ("scheduler", "variables", "continuation", "command", "call", "code"),
    [
        ("slurm", SLURM, "requeue", "scontrol", "requeue 12", 85),
        ("slurm", SLURM, "successor", "sbatch", "--parsable --dependency=afterany:12 {run}/job.sh", 85),
        ("pbs", PBS, "successor", "qsub", "-W depend=afterany:12.server {run}/job.sh", 85),
        ("lsf", LSF, "successor", "bsub", "-w ended(12)", 85),
        ("lsf", LSF, "requeue", "bsub", None, 85),
    ],
)
def test_a_run_that_was_stopped_goes_on_a_limited_number_of_times(
    profile, stand_ins, run, scheduler, variables, continuation, command, call, code
) -> None:
    stand_ins.add(command, "Job <13> is submitted to queue <normal>.\n" if scheduler == "lsf" else "13\n")
    stand_ins.script("mpirun", "exit 85")
    named = profile(f"scheduler: {scheduler}", f"continuation: {continuation}", "restarts: 2", FIRST)
    script = run_script(Job.of(named), run)
    variables = variables | {"STAND_INS": str(stand_ins.folder)}
    for attempt in (1, 2):
        done = execute(script, run, variables)
        assert done.returncode == code, printed(run, done)
        restarts = (run / "job-restarts.txt").read_text().splitlines()
        assert len(restarts) == attempt
        assert restarts[-1].split()[1] == ("12" if continuation == "requeue" else "13")
    done = execute(script, run, variables)
    assert "no more than 2 restarts" in printed(run, done)
    assert done.returncode == (1 if (scheduler, continuation) == ("lsf", "requeue") else 85)
    assert stand_ins.calls(command) == ([] if call is None else [call.format(run=run)] * 2)


def test_a_run_that_ends_does_not_go_on(profile, stand_ins: StandIns, run: Path) -> None:
    stand_ins.add("scontrol")
    for code in (0, 1, 3, 130):
        stand_ins.script("mpirun", f"exit {code}")
        done = execute(run_script(Job.of(profile(FIRST)), run), run, SLURM | {"STAND_INS": str(stand_ins.folder)})
        assert done.returncode == code
    stand_ins.script("mpirun", "exit 85")
    done = execute(
        run_script(Job.of(profile("continuation: none", FIRST)), run), run, SLURM | {"STAND_INS": str(stand_ins.folder)}
    )
    assert (done.returncode, "has not finished" in done.stdout) == (85, True)
    assert stand_ins.calls("scontrol") == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGUSR1, 85), (signal.SIGTERM, 130)])
def test_signals_are_passed_on_and_the_run_is_waited_for(profile, stand_ins, run, number, code) -> None:
    # the launcher takes its time to leave, and the scheduler repeats itself
    stand_ins.script(
        "mpirun",
        "trap 'trap \"\" USR1; sleep 0.5; exit 85' USR1; trap 'trap \"\" TERM; sleep 0.5; exit 130' TERM\n"
        "echo begun; while :; do sleep 0.1; done",
    )
    (run / "job.sh").write_text(run_script(Job.of(profile("continuation: none", FIRST)), run))
    variables = {**os.environ, **SLURM, "STAND_INS": str(stand_ins.folder)}
    with subprocess.Popen(["bash", str(run / "job.sh")], env=variables, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "begun" in line:
                break
        for _ in range(3):
            process.send_signal(number)
            time.sleep(0.1)
        assert process.wait(timeout=20) == code


@pytest.mark.parametrize(("scheduler", "variables"), [("slurm", SLURM), ("pbs", PBS), ("lsf", LSF)])
def test_a_run_is_stopped_where_the_scheduler_gives_no_warning(profile, stand_ins, run, scheduler, variables) -> None:
    stand_ins.script("mpirun", 'trap "exit 85" USR1; while :; do sleep 0.1; done')
    named = profile(f"scheduler: {scheduler}", "walltime: 61 s", "stop_before_end: 60 s", "continuation: none", FIRST)
    begun = time.monotonic()
    done = execute(run_script(Job.of(named), run), run, variables | {"STAND_INS": str(stand_ins.folder)})
    assert done.returncode == 85, printed(run, done)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("scheduler", "variables", "log"),
    [("slurm", SLURM, "job-11_2.out"), ("pbs", {"PBS_JOBID": "12[2].server", "PBS_ARRAY_INDEX": "2"}, "job-12[2].out"),
     ("lsf", LSF, "job-12_2.out")],
)  # fmt: skip
def test_a_task_of_an_array_works_in_its_own_folder(profile, stand_ins, run, scheduler, variables, log) -> None:
    study = run.parent
    (study / "other").mkdir()
    members = study / "members.txt"
    members.write_text(f"other\n{run.name}\n")
    stand_ins.script("mpirun", 'echo "$*"')
    script = array_script(
        Job.of(profile(f"scheduler: {scheduler}", FIRST)), JobArray(study, members, 2, None, study), study / "array.sh"
    )
    done = execute(script, study, variables | {"STAND_INS": str(stand_ins.folder)})
    assert done.returncode == 0, printed(run, done)
    assert f"-n 1 jadeite resume {run}" in (run / log).read_text()
    assert not list((study / "other").iterdir())


@pytest.mark.parametrize(
    ("scheduler", "command", "call"),
    [("slurm", "sbatch", "--parsable --dependency=afterany:21:22 {script}"),
     ("pbs", "qsub", "-W depend=afterany:21:22 {script}"), ("lsf", "bsub", "-w ended(21) && ended(22)")],
)  # fmt: skip
def test_results_are_gathered_when_runs_that_went_on_have_ended(profile, stand_ins, tmp_path, scheduler, command, call):
    study, logs = tmp_path / "study", tmp_path / "study" / "jobs"
    for number in (1, 2, 3):
        (study / str(number)).mkdir(parents=True)
    logs.mkdir()
    (study / "members.txt").write_text("1\n2\n3\n")
    (study / "1" / "job-restarts.txt").write_text("2026-01-01T00:00:00Z 20\n2026-01-01T01:00:00Z 21\n")
    (study / "3" / "job-restarts.txt").write_text("2026-01-01T00:00:00Z 22\n")
    stand_ins.add(command, "23\n")
    stand_ins.script("gatherer", 'echo "gathered $1 in $PWD" >gathered.txt')
    named = profile(f"scheduler: {scheduler}", "continuation: successor", FIRST)
    array = JobArray(study, study / "members.txt", 3, None, logs)
    script = gather_script(Job.of(named), array, study / "job.sh", ["gatherer", "two words"])
    variables = {"STAND_INS": str(stand_ins.folder), "PBS_JOBID": "30.server"}
    assert execute(script, study, variables).returncode == 0
    assert stand_ins.calls(command) == [call.format(script=study / "job.sh")]
    assert not (study / "gathered.txt").exists()
    done = execute(script, study, variables)
    assert (study / "gathered.txt").read_text() == f"gathered two words in {study}\n", done.stderr
    assert len(stand_ins.calls(command)) == 1


def test_a_path_cannot_add_lines_to_a_script(profile) -> None:
    with pytest.raises(OutputError, match="line break"):
        run_script(Job.of(profile()), Path("/data/a\ntouch pwned"))


def test_names_of_jobs() -> None:
    assert [job_name(name) for name in ("nzsp_flaw-2", "2 µm", "-x")] == ["nzsp_flaw-2", "jadeite_2__m", "jadeite_-x"]
