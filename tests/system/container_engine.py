# SPDX-License-Identifier: LGPL-3.0-or-later
"""Container engines for the tests: Docker, with a daemon of its own where none runs, and Buildah, which needs none.

Neither needs a registry: the tests make a base with `docker/debian_base.sh` and hand it over.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

REPOSITORY = Path(__file__).resolve().parents[2]
BASE = "localhost/jadeite-test-base:latest"
#: An image that is there already, which is neither built nor removed.
GIVEN_IMAGE = os.environ.get("JADEITE_TEST_IMAGE", "")
IMAGE = GIVEN_IMAGE or "localhost/jadeite-test:latest"


class EngineMissingError(Exception):
    """Why an engine cannot be used here, with what to install."""


class Engine(Protocol):
    """What the tests ask of an engine."""

    @property
    def is_docker(self) -> bool:
        """Whether containers have an entry point and, when asked for, a read-only root."""

    def import_base(self, archive: Path) -> None:
        """Make the image `BASE` of a file system in a tar file."""

    def build(self, arguments: Sequence[str]) -> None:
        """Build the image `IMAGE` of the repository."""

    def configuration(self) -> dict[str, Any]:
        """The configuration of the image as OCI names it: `User`, `Entrypoint`, `Labels` and so on."""

    def size(self) -> int:
        """Bytes of the image, all layers together."""

    def command(self, user: str, mounts: Sequence[str], words: Sequence[str]) -> list[str]:
        """The command that runs a program in a container, without a network; Docker: with a read-only root."""


def run(command: Sequence[str], **variables: str) -> str:
    """Run a command to its end and return what it printed; raises with its last messages when it fails."""
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        shown = f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{shown}")
    return done.stdout


def _build_arguments(arguments: Sequence[str]) -> list[str]:
    """Where and what to build; with the certificates of the network if it has its own."""
    bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    secret = ["--secret", f"id=certificates,src={bundle}"] if bundle else []
    return ["--network", "host", *secret, *arguments, "-f", "docker/Dockerfile", "-t", IMAGE, "."]


@dataclass(frozen=True)
class Docker:
    """A client of Docker that knows BuildKit, and the daemon it speaks to."""

    words: tuple[str, ...]
    is_docker = True

    def import_base(self, archive: Path) -> None:
        run([*self.words, "import", str(archive), BASE])

    def build(self, arguments: Sequence[str]) -> None:
        run([*self.words, "build", *_build_arguments(arguments)], DOCKER_BUILDKIT="1")

    def _inspect(self) -> dict[str, Any]:
        return json.loads(run([*self.words, "image", "inspect", IMAGE]))[0]

    def configuration(self) -> dict[str, Any]:
        return self._inspect()["Config"]

    def size(self) -> int:
        return int(self._inspect()["Size"])

    def command(self, user: str, mounts: Sequence[str], words: Sequence[str]) -> list[str]:
        volumes = [word for mount in mounts for word in ("-v", mount)]
        options = ["--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp", "-u", user, *volumes]
        return [*self.words, "run", *options, IMAGE, *words]


@dataclass(frozen=True)
class Buildah:
    """Buildah with chroot isolation: no daemon, no read-only root, and no entry point."""

    words: tuple[str, ...]
    is_docker = False

    def import_base(self, archive: Path) -> None:
        recipe = archive.with_name("Base.Dockerfile")
        recipe.write_text(f"FROM scratch\nADD {archive.name} /\n")
        run([*self.words, "build", "--isolation", "chroot", "-t", BASE, "-f", str(recipe), str(archive.parent)])

    def build(self, arguments: Sequence[str]) -> None:
        pull = ["--pull-never"] if any(word == f"BASE={BASE}" for word in arguments) else []
        run([*self.words, "build", "--isolation", "chroot", *pull, *_build_arguments(arguments)])
        run([*self.words, "from", "--pull-never", "--name", "jadeite-test", IMAGE])

    def configuration(self) -> dict[str, Any]:
        return json.loads(run([*self.words, "inspect", "--type", "image", IMAGE]))["OCIv1"]["config"]

    def size(self) -> int:
        count = ["find", "/", "-xdev", "-type", "f", "-printf", "%s\\n"]
        return sum(int(line) for line in run(self.command("0:0", [], count)).split())

    def command(self, user: str, mounts: Sequence[str], words: Sequence[str]) -> list[str]:
        volumes = [word for mount in mounts for word in ("-v", mount)]
        return [*self.words, "run", "--isolation", "chroot", "--user", user, *volumes, "jadeite-test", "--", *words]


@contextlib.contextmanager
def start_engine(choice: str, place: Path) -> Iterator[Engine]:
    """Give an engine, `docker` or `buildah`; what is started for it is ended, and what it has made is removed.

    Raises:
        EngineMissingError: when it is not installed or cannot be started.
    """
    start = {"docker": _docker, "buildah": _buildah}.get(choice)
    if start is None:
        raise EngineMissingError(f"no engine is called {choice!r}; there are docker and buildah")
    with start(place) as engine:
        yield engine


@contextlib.contextmanager
def _buildah(place: Path) -> Iterator[Engine]:
    program = shutil.which("buildah")
    if program is None or os.geteuid() != 0:
        raise EngineMissingError("buildah is not installed, or this is not root: apt-get install buildah")
    storage = ("--root", str(place / "storage"), "--runroot", str(place / "run"), "--storage-driver", "overlay")
    words = (program, *storage)
    try:
        yield Buildah(words)
    finally:
        subprocess.run([*words, "rm", "--all"], capture_output=True, check=False)
        subprocess.run([*words, "rmi", "--all", "--force"], capture_output=True, check=False)


@contextlib.contextmanager
def _docker(place: Path) -> Iterator[Engine]:
    client = _client_with_secrets()
    if client is None:
        raise EngineMissingError("no docker with BuildKit: apt-get install docker.io, or the plugin docker-buildx")
    daemon = shutil.which("dockerd")
    if subprocess.run([client, "info"], capture_output=True, check=False).returncode == 0:
        engine = Docker((client,))
        try:
            yield engine
        finally:
            made = [BASE] if GIVEN_IMAGE else [IMAGE, BASE]
            subprocess.run([client, "rmi", "--force", *made], capture_output=True, check=False)
    elif daemon is None or os.geteuid() != 0:
        raise EngineMissingError(
            "no Docker daemon answers, and none can be started: apt-get install docker.io, as root"
        )
    else:
        with _daemon(daemon, client, place) as engine:
            yield engine


def _client_with_secrets() -> str | None:
    """The first client on the search path that can hand secrets to a build (one without BuildKit cannot)."""
    for folder in os.get_exec_path():
        client = Path(folder, "docker")
        if os.access(client, os.X_OK):
            environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
            told = subprocess.run(
                [client, "build", "--help"], env=environment, capture_output=True, text=True, check=False
            )
            if "--secret" in told.stdout:
                return str(client)
    return None


@contextlib.contextmanager
def _daemon(program: str, client: str, place: Path) -> Iterator[Engine]:
    """A Docker daemon with its own storage and socket; it makes no bridge and no rule of a firewall."""
    socket = f"unix://{place}/docker.sock"
    options = ["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none"]
    places = ["--data-root", f"{place}/data", "--exec-root", f"{place}/exec", "--pidfile", f"{place}/docker.pid"]
    log = place / "docker.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [program, *places, *options, "--host", socket],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    words = (client, "--host", socket)
    try:
        deadline = time.monotonic() + 30.0
        while subprocess.run([*words, "info"], capture_output=True, check=False).returncode != 0:
            if process.poll() is not None or time.monotonic() > deadline:
                raise EngineMissingError(f"dockerd does not start here: {log.read_text(errors='replace')[-1500:]}")
            time.sleep(0.2)
        yield Docker(words)
    finally:
        process.terminate()
        process.wait(timeout=60)
        shutil.rmtree(place / "data", ignore_errors=True)  # gigabytes, which pytest would keep for three runs
