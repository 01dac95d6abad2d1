# SPDX-License-Identifier: LGPL-3.0-or-later
"""A real Slurm for the tests: one controller and two nodes with two cores each, all on this machine and loopback only.

Debian's build lets several node daemons share a host. No accounting, no control groups, no system service: every
daemon has its own folder, and its own process, which is ended at the end.
"""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PACKAGES = "slurmctld slurmd slurm-client munge"
NODES, CORES = 2, 2

_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
_SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def missing_programs() -> list[str]:
    """What is not installed; in continuous integration, as root on Debian, an attempt to install it comes first."""
    missing = [name for name in _PROGRAMS if _program(name) is None]
    if missing and os.environ.get("CI") and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in ("update -qq", f"install -y -qq --no-install-recommends {PACKAGES}"):
            subprocess.run(["apt-get", *words.split()], env=environment, capture_output=True, timeout=300, check=False)
        missing = [name for name in _PROGRAMS if _program(name) is None]
    return missing


def _program(name: str) -> str | None:
    # a package that is unpacked but could not be set up has the daemons under their own names only
    return shutil.which(name, path=_SEARCH) or shutil.which(f"{name}-wlm", path=_SEARCH)


def wait_until(condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
    """Wait for something, and fail with an explanation when it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what()}")
        time.sleep(0.2)


@dataclass
class SlurmCluster:
    """A Slurm in a folder; `start` it, put `environment` into commands, `stop` it."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self) -> None:
        """Start all daemons; once more should another program have taken one of their ports meanwhile."""
        try:
            self._start()
        except AssertionError:
            self.stop()
            shutil.rmtree(self.folder)
            self._start()

    def _start(self) -> None:
        for name in ("state", "spool", "log", "run"):
            (self.folder / name).mkdir(parents=True)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        self._daemon(
            "munged",
            "--force",
            f"--key-file={key}",
            f"--socket={self.folder}/run/munge.sock",
            f"--pid-file={self.folder}/run/munged.pid",
            f"--log-file={self.folder}/log/munged.log",
            f"--seed-file={self.folder}/run/munged.seed",
        )
        (self.folder / "slurm.conf").write_text(self._configuration())
        self._daemon("slurmctld", "-c")
        for number in range(1, NODES + 1):
            self._daemon("slurmd", "-N", f"n{number}")
        wait_until(lambda: self.ask("sinfo", "-h", "-t", "idle", "-o", "%D") == str(NODES), 60, self.logs)

    def stop(self) -> None:
        """Cancel what is left, and end the daemons, those of the nodes first."""
        if (self.folder / "slurm.conf").exists():
            self.ask("scancel", "--full", "--user", getpass.getuser())
            end = time.monotonic() + 20
            while self.ask("squeue", "-h") and time.monotonic() < end:
                time.sleep(0.2)
        for name in ("slurmd-n1", "slurmd-n2", "slurmctld", "munged"):
            self._end(self.folder / "run" / f"{name}.pid")

    def ask(self, *words: str) -> str:
        """The answer of a command of Slurm, empty when it fails."""
        program = _program(words[0]) or words[0]
        done = subprocess.run(
            [program, *words[1:]],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def wait_until_queued_again(self, job: str) -> None:
        """Wait until a job is back in the queue, and can be started without harm."""
        wait_until(lambda: "BeginTime" in self.ask("squeue", "-h", "-j", job, "-o", "%r"), 120, self.logs)
        # a start in the second in which the job ended is refused, and the job lost
        time.sleep(2)

    def start_at_once(self, job: str) -> None:
        """Shorten the two minutes that a job waits which is queued again."""
        self.ask("scontrol", "update", f"jobid={job}", "StartTime=now")

    def logs(self) -> str:
        """What the queue holds, and the last lines of every log."""
        parts = [self.ask("squeue"), self.ask("sinfo", "-l")]
        for log in sorted((self.folder / "log").glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-15:]
            parts.append("\n".join([f"--- {log.name}", *lines]))
        return "\n".join(parts)

    def _daemon(self, name: str, *arguments: str) -> None:
        program = _program(name)
        assert program is not None
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            [program, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    def _end(self, pid_file: Path) -> None:
        try:
            process = int(pid_file.read_text())
            os.kill(process, signal.SIGTERM)
        except (OSError, ValueError):
            return
        for _ in range(100):
            try:
                os.kill(process, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)
        os.kill(process, signal.SIGKILL)

    def _configuration(self) -> str:
        host, user, folder = socket.gethostname().partition(".")[0], getpass.getuser(), self.folder
        controller, *nodes = _free_ports(1 + NODES)
        lines = [
            "ClusterName=test",
            f"SlurmctldHost={host}(127.0.0.1)",
            f"SlurmctldPort={controller}",
            "AuthType=auth/munge",
            "CredType=cred/munge",
            f"AuthInfo=socket={folder}/run/munge.sock",
            f"SlurmUser={user}",
            f"SlurmdUser={user}",
            "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny",
            f"StateSaveLocation={folder}/state",
            f"SlurmdSpoolDir={folder}/spool/%n",
            f"SlurmctldPidFile={folder}/run/slurmctld.pid",
            f"SlurmdPidFile={folder}/run/slurmd-%n.pid",
            f"SlurmctldLogFile={folder}/log/slurmctld.log",
            f"SlurmdLogFile={folder}/log/slurmd-%n.log",
            # no control groups, and more cores than the machine may have
            "ProctrackType=proctrack/linuxproc",
            "TaskPlugin=task/none",
            "SlurmdParameters=config_overrides",
            "SwitchType=switch/none",
            "MpiDefault=none",
            "SelectType=select/cons_tres",
            "SelectTypeParameters=CR_CPU",
            "SchedulerType=sched/builtin",
            "SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000",
            "JobRequeue=1",
            "KillWait=20",
            "InactiveLimit=0",
            "ReturnToService=2",
            "AccountingStorageType=accounting_storage/none",
            "JobAcctGatherType=jobacct_gather/none",
        ]
        for number, port in enumerate(nodes, start=1):
            lines.append(
                f"NodeName=n{number} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={CORES} RealMemory=4000"
            )
        lines.append("PartitionName=debug Nodes=ALL Default=YES MaxTime=1:00:00 State=UP")
        return "\n".join(lines) + "\n"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
