# SPDX-License-Identifier: LGPL-3.0-or-later
"""The set-up script: which interpreter it takes, what it says when something is missing, and that it rests when done.

Each test runs a copy of the script in a repository of its own, with a search path of its own, so that the machine's
compilers and interpreters are seen only where a test offers them.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = ["cat", "cksum", "dirname", "grep", "id", "mktemp", "mv", "rm", "sed", "sh", "sleep", "tail", "tr"]
GMSH_PACKAGES = [
    "libglu1-mesa",
    "libgl1",
    "libxrender1",
    "libxcursor1",
    "libxfixes3",
    "libxext6",
    "libxft2",
    "libfontconfig1",
    "libxinerama1",
    "libx11-6",
]


class Machine:
    """A pretended machine: one folder of programs, a home without anything, and a clone with the set-up script."""

    def __init__(self, place: Path) -> None:
        self.programs = place / "bin"
        self.home = place / "home"
        self.clone = place / "clone"
        for folder in (self.programs, self.home, self.clone / ".ci"):
            folder.mkdir(parents=True)
        for name in ("setup.sh", "requirements.lock"):
            shutil.copy(REPOSITORY / ".ci" / name, self.clone / ".ci" / name)
        shutil.copy(REPOSITORY / "pyproject.toml", self.clone)
        for name in TOOLS:
            (self.programs / name).symlink_to(shutil.which(name) or f"missing-{name}")

    def program(self, path: Path | str, body: str) -> Path:
        """Write an executable shell script; a bare name goes onto the search path."""
        target = self.programs / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"#!/bin/sh\n{body}\n")
        target.chmod(0o755)
        return target

    def python(self, path: Path | str, version: str, lacks: str = "", compiler: str = "cc") -> Path:
        """An interpreter that claims a version and answers every other question with success."""
        facts = f"{version}|linux-x86_64|glibc 2.36|{lacks}|{compiler}"
        body = f"""case "$*" in *get_config_var*) printf '%s\\n' '{facts}' ;; -V) echo 'Python {version}' ;; esac"""
        return self.program(path, body)

    def compiler(self) -> None:
        self.program("cc", "exit 0")

    def set_up(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script with nothing in its environment but the search path and the home."""
        return subprocess.run(
            [self.clone / ".ci" / "setup.sh", *arguments],
            env={"PATH": str(self.programs), "HOME": str(self.home), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_finds_the_interpreter_that_pyenv_hides(machine: Machine) -> None:
    machine.compiler()
    machine.python("python3", "3.11.2")
    machine.program("python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    machine.python(machine.home / ".pyenv/versions/3.10.4/bin/python3", "3.10.4")
    hidden = machine.python(machine.home / ".pyenv/versions/3.13.1/bin/python3", "3.13.1")
    result = machine.set_up("--check")
    assert result.returncode == 0, result.stderr
    assert f"Python 3.13.1 at {hidden}" in result.stderr


def test_passes_over_an_interpreter_without_headers(machine: Machine) -> None:
    machine.compiler()
    machine.python("python3.12", "3.12.3", lacks="ensurepip Python.h")
    whole = machine.python("python3.13", "3.13.5")
    result = machine.set_up("--check")
    assert result.returncode == 0, result.stderr
    assert str(whole) in result.stderr


@pytest.mark.parametrize("version", ["3.11.9", "3.9.18", "3.15.0"])
def test_refuses_a_version_the_lock_is_not_made_for(machine: Machine, version: str) -> None:
    machine.compiler()
    machine.python("other-python", version)
    result = machine.set_up(PYTHON="other-python")
    assert result.returncode == 1
    assert "Python 3.12, 3.13 or 3.14 is needed" in result.stderr
    assert f"other-python is Python {version}" in result.stderr
    assert not (machine.clone / ".venv").exists()


def test_says_that_the_named_interpreter_does_not_run(machine: Machine) -> None:
    result = machine.set_up(PYTHON="/no/such/python3")
    assert result.returncode == 1
    assert "/no/such/python3 does not run" in result.stderr


def test_prints_the_packages_for_a_missing_compiler(machine: Machine) -> None:
    machine.python("python3.12", "3.12.3", compiler="x86_64-linux-gnu-gcc")
    machine.program("apt-get", "echo called >&2; exit 9")
    machine.program("apt-cache", "exit 0")
    machine.program("id", "echo 1000")
    result = machine.set_up()
    assert result.returncode == 1
    assert "a C compiler that works as 'x86_64-linux-gnu-gcc'" in result.stderr
    assert "sudo apt-get update && sudo apt-get install --no-install-recommends gcc libc6-dev\n" in result.stderr
    assert "called" not in result.stderr
    assert not (machine.clone / ".venv").exists()


def test_prints_every_package_at_once(machine: Machine) -> None:
    facts = "3.13.5|linux-x86_64|glibc 2.41||cc"
    machine.program("python3.13", f"case \"$*\" in *get_config_var*) echo '{facts}' ;; *CDLL*) exit 1 ;; esac")
    machine.program("apt-get", "exit 9")
    machine.program("apt-cache", "exit 0")
    machine.program("id", "echo 1000")
    result = machine.set_up()
    line = next(line for line in result.stderr.splitlines() if "sudo apt-get" in line)
    assert result.returncode == 1
    assert line.split("--no-install-recommends ")[1].split() == ["gcc", "libc6-dev", *GMSH_PACKAGES]


def test_root_installs_what_is_missing_and_says_so(machine: Machine) -> None:
    machine.python("python3.12", "3.12.3")
    journal = machine.home / "apt"
    machine.program(
        "apt-get", f'echo "$*" >> {journal}; case "$1" in install) ln -s /bin/true {machine.programs}/cc ;; esac'
    )
    (machine.programs / "ln").symlink_to(shutil.which("ln") or "missing-ln")
    machine.program("id", "echo 0")
    result = machine.set_up()
    assert "installing with apt-get: gcc libc6-dev" in result.stderr
    assert "still missing" not in result.stderr
    assert journal.read_text().splitlines() == ["update -qq", "install -y --no-install-recommends gcc libc6-dev"]


def test_stops_where_no_python_can_be_installed(machine: Machine) -> None:
    """Debian 12: its python3 is 3.11 and its packages offer nothing newer, so installing anything would be in vain."""
    if any(Path(folder, name).exists() for folder in ("/usr/local/bin",) for name in ("python3.12", "python3")):
        pytest.skip("this machine has an interpreter outside the search path")
    machine.compiler()
    machine.python("python3", "3.11.2")
    journal = machine.home / "apt"
    machine.program("apt-get", f'echo "$*" >> {journal}')
    machine.program("apt-cache", 'case "$2" in python3) echo "  Candidate: 3.11.2-1+b1" ;; esac')
    machine.program("id", "echo 0")
    result = machine.set_up()
    assert result.returncode == 1
    assert "python3 is Python 3.11.2" in result.stderr
    assert "pyenv install 3.12" in result.stderr
    assert journal.read_text().splitlines() == ["update -qq"]


def test_refuses_a_platform_without_a_wheel(machine: Machine) -> None:
    machine.compiler()
    facts = "3.12.3|linux-aarch64|glibc 2.39||cc"
    machine.program("python3.12", f"case \"$*\" in *get_config_var*) echo '{facts}' ;; esac")
    result = machine.set_up("--check")
    assert result.returncode == 1
    assert "linux-aarch64" in result.stderr
    assert "docs/installation.md" in result.stderr


def install_a_pretended_environment(machine: Machine) -> None:
    """An interpreter whose `-m venv` makes an environment that accepts every installation and passes the self-test."""
    machine.compiler()
    machine.program("mkdir", f'exec {shutil.which("mkdir")} "$@"')
    facts = "3.12.3|linux-x86_64|glibc 2.36||cc"
    journal = machine.home / "journal"
    inner = f"""case "$*" in *get_config_var*) echo '{facts}' ;; -V) echo 'Python 3.12.3' ;; esac"""
    inner += f"""; case "$*" in *pip*install*) echo "$*" >> {journal}; [ ! -e {machine.home}/no-network ] ;; esac"""
    environment = machine.home / "environment"
    machine.program(environment / "python", inner)
    machine.program(environment / "mpirun", f'echo "mpirun $*" >> {journal}')
    body = f"""case "$*" in
*get_config_var*) echo '{facts}' ;;
-V) echo 'Python 3.12.3' ;;
*venv*) echo venv >> {journal}; for last; do :; done; mkdir -p "$last/bin"
  cat {environment}/python > "$last/bin/python"
  cat {environment}/mpirun > "$last/bin/mpirun"; echo "VIRTUAL_ENV=$last" > "$last/bin/activate"
  {shutil.which("chmod")} 755 "$last/bin/python" "$last/bin/mpirun" ;;
esac"""
    machine.program("python3.12", body)


def test_a_second_call_does_nothing(machine: Machine) -> None:
    install_a_pretended_environment(machine)
    first = machine.set_up()
    assert first.returncode == 0, first.stderr
    journal = machine.home / "journal"
    done = journal.read_text().splitlines()
    assert done[0] == "venv"
    assert "--require-hashes" in done[1]
    assert "-e" in done[2].split()
    assert done[3].startswith("mpirun -n 2 ")
    start = time.perf_counter()
    second = machine.set_up()
    assert time.perf_counter() - start < 1.0
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert journal.read_text().splitlines() == done


def test_a_changed_lock_is_installed(machine: Machine) -> None:
    install_a_pretended_environment(machine)
    machine.set_up()
    journal = machine.home / "journal"
    journal.write_text("")
    with (machine.clone / ".ci" / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert machine.set_up().returncode == 0
    assert "venv" not in journal.read_text().splitlines()
    assert "--require-hashes" in journal.read_text()


def test_an_interrupted_set_up_starts_afresh(machine: Machine) -> None:
    install_a_pretended_environment(machine)
    (machine.home / "no-network").touch()
    broken = machine.set_up()
    assert broken.returncode == 1
    assert "could not be installed" in broken.stderr
    assert not (machine.clone / ".venv" / ".setup-stamp").exists()
    (machine.home / "no-network").unlink()
    (machine.home / "journal").write_text("")
    assert machine.set_up().returncode == 0
    assert (machine.home / "journal").read_text().splitlines()[0] == "venv"
    assert (machine.clone / ".venv" / ".setup-stamp").exists()


def test_the_lock_names_no_place_and_hashes_everything() -> None:
    text = (REPOSITORY / ".ci" / "requirements.lock").read_text()
    assert "://" not in text
    assert "index" not in text
    packages = [line for line in text.splitlines() if not line.startswith(" ")]
    assert packages
    assert all("==" in line and line.endswith("\\") for line in packages)


def test_the_script_finds_this_very_interpreter_complete() -> None:
    """On a machine that runs the tests, nothing is missing, and --check writes nothing."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    result = subprocess.run(
        [REPOSITORY / ".ci" / "setup.sh", "--check"], capture_output=True, text=True, check=False, env=environment
    )
    assert result.returncode == 0, result.stderr
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}." in result.stderr
