# SPDX-License-Identifier: LGPL-3.0-or-later
"""The container image, built and run by a real engine.

Building takes minutes, so that these tests run when they are asked for: `make test-container`, or
`JADEITE_TEST_CONTAINER=docker` (or `buildah`). The base is a Debian made on the spot, or `JADEITE_TEST_BASE`;
`JADEITE_TEST_IMAGE` names an image that is there already.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from container_engine import BASE, GIVEN_IMAGE, REPOSITORY, Engine, EngineMissingError, run, start_engine

from jadeite.output.run_record import is_running

CHOICE = os.environ.get("JADEITE_TEST_CONTAINER", "")
asked_for = pytest.mark.skipif(
    not CHOICE, reason="builds an image for minutes; JADEITE_TEST_CONTAINER=docker or =buildah runs it"
)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("container")]  # one worker builds one image

#: A user of no system: no name, no home.
USER = 4321
CASE = "/usr/share/jadeite/cases/nzsp_flaw/case.yaml"
LARGEST = 750e6
DOCKERFILE = REPOSITORY / "docker" / "Dockerfile"


# --- What can be told without an engine -----------------------------------------------------------------------------


def test_lock_is_cut_to_what_the_image_needs(tmp_path: Path) -> None:
    """The entries stand as in the lock, hashes included; tools for development and VTK stay behind."""
    sys.path.insert(0, str(REPOSITORY / "docker"))
    try:
        from locked_subset import read_lock, requirements
    finally:
        sys.path.pop(0)
    text = (REPOSITORY / ".ci" / "requirements.lock").read_text()
    lock = read_lock(text)
    assert set(lock) == {line.split("==")[0] for line in text.splitlines() if "==" in line}
    assert sum(entry.count("--hash=sha256:") for entry in lock.values()) == text.count("--hash=sha256:")
    for entry in lock.values():
        assert entry in text and not entry.endswith("\\")
    asked = requirements(REPOSITORY / "pyproject.toml", ["wheels"])
    assert any(line.startswith("dolfinx-solver-real==") for line in asked)
    assert not any(line.startswith(("pyvista", "pytest", "orix")) for line in asked)


def test_version_of_the_label_is_that_of_the_package() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert f'image.version="{project["version"]}"' in DOCKERFILE.read_text()


def test_build_context_holds_what_the_image_copies() -> None:
    """`.dockerignore` leaves out everything it does not name, so that a new COPY needs a line there."""
    named = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE):
        for source in sources.split():
            assert (REPOSITORY / source).exists()
            assert source in named or any(name.startswith(f"{source}/") for name in named)


def test_apptainer_takes_over_what_the_image_sets() -> None:
    """The definition only unsets what makes sense for Docker alone; the cache is the user's own again."""
    definition = (REPOSITORY / "docker" / "jadeite.def").read_text()
    sections = re.split(r"^%", definition, flags=re.MULTILINE)
    header, rest = sections[0], {part.split(None, 1)[0]: part for part in sections[1:]}
    assert "Bootstrap: {{ bootstrap }}" in header and "From: {{ image }}" in header
    assert {"bootstrap=docker-archive", "image=jadeite.tar"} <= set(rest["arguments"].split())
    changed = {line.split("=")[0].split()[-1] for line in rest["environment"].splitlines() if "cache" in line.lower()}
    assert {"XDG_CACHE_HOME", "MPLCONFIGDIR"} <= changed
    assert 'exec "$@"' in rest["runscript"]


# --- What an engine shows -------------------------------------------------------------------------------------------


def debian_made_here(engine: Engine, place: Path) -> str:
    """A base that needs no registry; its name, or nothing where it cannot be made."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        return ""
    archive = place / "base.tar"
    run([str(REPOSITORY / "docker" / "debian_base.sh"), str(archive)])
    engine.import_base(archive)
    archive.unlink()
    return BASE


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that has built the image."""
    place = tmp_path_factory.mktemp("engine")
    try:
        with start_engine(CHOICE, place) as started:
            if not GIVEN_IMAGE:
                base = os.environ.get("JADEITE_TEST_BASE", "") or debian_made_here(started, place)
                began = time.monotonic()
                started.build(["--build-arg", f"BASE={base}"] if base else [])
                took = time.monotonic() - began
                sys.stderr.write(
                    f"image: {started.size() / 1e6:.0f} MB in {took:.0f} s, base {base or 'of the registry'}\n"
                )
            yield started
    except EngineMissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder for cases and one for the cache, which belong to the user of the containers."""
    place = tmp_path_factory.mktemp("mounted")
    made = place / "cases", place / "cache"
    for folder in made:
        folder.mkdir()
        os.chown(folder, USER, USER)
    return made


def contained(
    engine: Engine, folders: tuple[Path, Path], *words: str, user: int = USER, cache: str | None = None, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a program in a container with both folders mounted."""
    cases, kept = folders
    mounts = [f"{cases}:/cases", cache or f"{kept}:/cache"]
    done = subprocess.run(
        engine.command(f"{user}:{user}", mounts, words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def quantities(folder: Path) -> dict[str, float]:
    """The headline figures of a run."""
    headlines = json.loads((folder / "summary.json").read_text())["headlines"]
    return {entry["key"]: entry["value"] for entry in headlines}


@asked_for
def test_image_is_small_and_says_what_it_is(engine: Engine) -> None:
    assert engine.size() < LARGEST
    configuration = engine.configuration()
    assert configuration["User"] == "1000:1000"
    assert configuration["Entrypoint"] == ["/usr/bin/tini", "--"]
    assert configuration["WorkingDir"] == "/cases"
    assert list(configuration["Volumes"]) == ["/cache"]
    labels = configuration["Labels"]
    assert labels["org.opencontainers.image.title"] == "Jadeite"
    assert labels["org.opencontainers.image.licenses"] == "GPL-3.0-or-later"


@asked_for
def test_main_case_as_any_user_and_again_on_two_ranks(engine: Engine, folders: tuple[Path, Path]) -> None:
    """Forms compile in the container, stay in the mounted folder, and the results belong to the caller."""
    cases, cache = folders
    contained(engine, folders, "jadeite", "run", CASE, "--output", "alone")
    forms = {path.name for path in (cache / "fenics").glob("libffcx_*.so")}
    assert len(forms) > 5
    assert list((cache / "jadeite" / "meshes").glob("*.npz"))

    told = contained(engine, folders, "mpirun", "-n", "2", "jadeite", "run", CASE, "--output", "together")
    assert "as expected: critical_current_density" in told.stdout
    for name, ranks in (("alone", 1), ("together", 2)):
        record = json.loads((cases / name / "run.json").read_text())
        assert (record["state"], record["ranks"]) == ("finished", ranks)
        figures = list((cases / name / "figures").glob("*.png"))
        assert len(figures) > 5
        assert all(figure.read_bytes().startswith(b"\x89PNG") for figure in figures)
        for path in (cases / name).rglob("*"):
            assert (path.stat().st_uid, path.stat().st_gid) == (USER, USER), path
    alone, together = quantities(cases / "alone"), quantities(cases / "together")
    assert alone["critical_current_density"] == pytest.approx(31.13, rel=0.01)
    assert together == pytest.approx(alone, rel=1e-5)
    kept = {path.name for path in (cache / "fenics").glob("libffcx_*.so")}
    assert forms <= kept
    outside = (cases / "alone" / "report.html").stat().st_mode & 0o777
    assert outside == 0o644


@asked_for
def test_every_command_as_root_and_as_others(engine: Engine, folders: tuple[Path, Path], tmp_path: Path) -> None:
    cases, _ = folders
    tmp_path.chmod(0o1777)
    (cases / "small.yaml").write_text((REPOSITORY / "meshes" / "grain_chain.yaml").read_text())
    assert "no problems found" in contained(engine, folders, "jadeite", "check", CASE).stdout
    if (cases / "alone").exists():
        (cases / "alone" / "report.html").unlink()
        contained(engine, folders, "jadeite", "report", "alone")
        assert (cases / "alone" / "report.html").stat().st_size > 100_000
    for user in (1000, 0):  # both with one cache
        told = contained(engine, folders, "jadeite", "verify", "T1", user=user, cache=f"{tmp_path}:/cache")
        assert "1 of 1 checks passed" in told.stdout
    contained(engine, folders, "jadeite", "mesh", "small.yaml", "--output", "mesh", user=0, cache=f"{tmp_path}:/cache")
    assert list((cases / "mesh").glob("*.png"))
    assert all(path.stat().st_uid == 0 for path in (cases / "mesh").iterdir())
    if engine.is_docker:  # forms that belong to somebody else may not be added to
        refused = contained(engine, folders, "jadeite", "verify", "T1", cache=f"{tmp_path}:/cache", code=1)
        assert "neither in /cache (permission denied)" in refused.stderr


@asked_for
def test_cache_that_cannot_be_written(engine: Engine, folders: tuple[Path, Path], tmp_path: Path) -> None:
    """With a /tmp for programs the run goes on and says where; without one it says what to do."""
    if not engine.is_docker:
        pytest.skip("buildah with chroot isolation mounts nothing read-only")
    tmp_path.chmod(0o1777)
    mount = f"{tmp_path}:/cache:ro"
    refused = contained(engine, folders, "jadeite", "verify", "T1", cache=mount, code=1)
    assert "Traceback" not in refused.stderr
    assert re.match(
        r"Compiled forms can be kept neither in /cache .*read-only.* nor in /tmp/jadeite-4321", refused.stderr
    )
    command = engine.command(f"{USER}:{USER}", [mount], ["jadeite", "verify", "T1"])
    command[command.index("/tmp")] = "/tmp:exec"
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "for the time being /tmp/jadeite-4321 is" in done.stderr


@asked_for
def test_stopping_the_container_ends_every_rank(engine: Engine, folders: tuple[Path, Path]) -> None:
    """The first process passes signals on, and nobody works on the run folder any more."""
    if not engine.is_docker:
        pytest.skip("buildah runs without the entry point of the image")
    cases, cache = folders
    words = ["mpirun", "-n", "2", "jadeite", "run", CASE, "--output", "stopped"]
    command = engine.command(f"{USER}:{USER}", [f"{cases}:/cases", f"{cache}:/cache"], words)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        log = cases / "stopped" / "log.txt"
        deadline = time.monotonic() + 900
        while not (log.exists() and "stage 3" in log.read_text()):  # before there are results, a run leaves nothing
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        assert time.monotonic() - began < 15
    # A rank that takes longer than the launcher waits leaves "running" behind: without its lock, that is a killed run.
    assert json.loads((cases / "stopped" / "run.json").read_text())["state"] in ("interrupted", "running")
    assert not is_running(cases / "stopped")
