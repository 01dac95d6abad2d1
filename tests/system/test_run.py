# SPDX-License-Identifier: LGPL-3.0-or-later
"""The command as a user types it: runs, refusals, interrupts and full disks, on one and on several ranks."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import parallel_environment, run_limited
from jadeite.output.run_record import RunState, read_record

REPOSITORY = Path(__file__).resolve().parents[2]
JADEITE = [sys.executable, "-m", "jadeite.cli"]

SMALL = """
title: A small polycrystal with a flaw, a pore and a patch
microstructure:
  seed: 3
  width: 24 um
  separator:
    thickness: 16 um
    polycrystal:
      grain_size: {law: lognormal, mean: 5 um, coefficient_of_variation: 0.3}
  pores: [{radius: 0.5 um, count: 1}]
  flaws:
    - {name: deep, position: 8 um, depth: 4 um, mouth_width: 0.3 um}
  unwetted_patches:
    - {name: void, start: 15 um, end: 19 um}
  mesh: {interior_size: 1.5 um, boundary_size: 0.8 um, tip_size: 0.1 um, contact_edge_size: 0.2 um}
materials:
  electrolyte: {material: NZSP_x2}
physics:
  plating_interface: {law: butler_volmer, film_resistance: 22 ohm*cm^2}
  mechanics: {stress_free_temperature: 300 degC}
protocol: {current_density: 1 mA/cm^2}
outputs: {figures: false, report: false}
"""


def jadeite(*arguments, cwd, prefix=(), timeout=300.0):
    return run_limited([*prefix, *JADEITE, *map(str, arguments)], timeout, parallel_environment(), cwd)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def small_run(place):
    """The small case on one rank."""
    done = jadeite("run", "small.yaml", "-o", "one", cwd=place)
    assert done.returncode == 0, done.stderr
    return place / "one"


def fingerprint(folder):
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def summary(folder):
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


# --- A run


def test_laminate_as_a_user(tmp_path):
    case = REPOSITORY / "cases" / "laminate" / "case.yaml"
    done = jadeite("run", case, "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names >= {"case.yaml", "resolved_case.json", "mesh.npz", "summary.json", "history.csv", "log.txt"}
    assert names >= {"fields.vtkhdf", "fields.xdmf", "interfaces.vtkhdf", "figures", "report.html", "view.py"}
    found = summary(tmp_path / "out")
    assert found["expect"] and all(outcome["passed"] for outcome in found["expect"])
    assert "as expected" in done.stdout and "report" in done.stdout
    balance = found["conservation"]
    assert balance["relative_difference"] < 1e-8 and balance["relative_power_difference"] < 1e-8
    assert (tmp_path / "out" / "case.yaml").read_text() == case.read_text()

    before = fingerprint(tmp_path)
    again = jadeite("run", case, "-o", "out", cwd=tmp_path)
    assert again.returncode == 1
    assert "The run folder out is not free: it holds a run" in again.stderr
    assert "--output out-2" in again.stderr and "Traceback" not in again.stderr
    assert fingerprint(tmp_path) == before


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2, 3])
def test_results_do_not_depend_on_the_number_of_ranks(ranks, place, small_run, mpi_command):
    # more ranks than cores take turns: there the search is left out
    quick = ["--set", "failure.critical_current.search=false"] if ranks > 2 else []
    done = jadeite("run", "small.yaml", "-o", f"ranks-{ranks}", *quick, cwd=place, prefix=mpi_command(ranks))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("[1/5] mesh") == 1
    one, several = summary(small_run), summary(place / f"ranks-{ranks}")
    values = {h["key"]: h["value"] for h in one["headlines"]}
    missing = set(values) - {h["key"] for h in several["headlines"]}
    assert all("critical" in key for key in missing) and bool(missing) == (ranks > 2)
    for headline in several["headlines"]:
        rel = 1e-6 if "critical" in headline["key"] else 1e-7
        assert headline["value"] == pytest.approx(values[headline["key"]], rel=rel), headline["key"]
    assert several["conservation"]["relative_power_difference"] < 1e-8
    assert several["conservation"]["relative_difference"] < 1e-8
    assert several["focusing"]["near"] == one["focusing"]["near"]
    assert several["focusing"]["place"] == pytest.approx(one["focusing"]["place"], rel=1e-6)
    for ours, theirs in zip(several["criteria"], one["criteria"], strict=True):
        assert (ours["flaw"], ours["criterion"]) == (theirs["flaw"], theirs["criterion"])
        assert ours["margin"] == pytest.approx(theirs["margin"], rel=1e-6)
    for ours, theirs in zip(several["boundaries"], one["boundaries"], strict=True):
        assert ours["name"] == theirs["name"] and ours["share"] == pytest.approx(theirs["share"], rel=1e-6)


def test_small_run_is_balanced_and_consistent(small_run):
    found = summary(small_run)
    assert found["conservation"]["relative_difference"] < 1e-8
    assert found["conservation"]["relative_power_difference"] < 1e-8
    headline = {h["key"]: h["value"] for h in found["headlines"]}
    resistance = {share["label"]: share["area_specific_resistance"] for share in found["resistance"]["shares"]}
    parts = sum(resistance.values())
    assert parts == pytest.approx(headline["area_specific_resistance"], rel=1e-9)
    assert headline["cell_voltage"] == pytest.approx(10.0 * headline["area_specific_resistance"], rel=1e-9)
    shares = sum(share["share"] for share in found["boundaries"])
    assert 0.0 < shares < 1.0
    assert min(resistance.values()) > 0.0, "the flaw is confined: it carries nothing, and crowding costs power"


# --- Things that go wrong


def test_unmet_expectation_has_a_code_of_its_own(place, tmp_path):
    case = (REPOSITORY / "cases" / "laminate" / "case.yaml").read_text().replace("0.16857904248 V", "0.2 V")
    recipe = REPOSITORY / "meshes" / "two_layer_chain.yaml"
    case = case.replace("microstructure: two_layer_chain", f"microstructure: {recipe}")
    (tmp_path / "case.yaml").write_text(case)
    done = jadeite("run", "case.yaml", "-o", "out", "--set", "outputs.report=false", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "NOT AS EXPECTED: cell_voltage" in done.stdout
    assert [outcome["passed"] for outcome in summary(tmp_path / "out")["expect"]] == [False, True]


BROKEN = (
    SMALL.replace("current_density: 1 mA/cm^2", "current_density: 1 mA/cm")
    .replace("film_resistance:", "film_resistence:")
    .replace("radius: 0.5 um", "radius: -0.5 um")
    .replace("depth: 4 um", "depth: 40 um")
    .replace("material: NZSP_x2", "material: NZPS_x2")
)


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [1, 2])
def test_five_problems_in_one_message(ranks, tmp_path, mpi_command):
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    before = fingerprint(tmp_path)
    done = jadeite("run", "broken.yaml", "-o", "out", cwd=tmp_path, prefix=mpi_command(ranks))
    assert done.returncode == 2
    for trace in ("mA/cm", "film_resistence", "-0.5 um", "40 um", "NZPS_x2"):
        assert done.stderr.count(trace) >= 1, (trace, done.stderr)
    assert "broken.yaml" in done.stderr and "5 problems" in done.stderr
    assert done.stderr.count("film_resistence") == 1, "said by one rank only"
    assert "Traceback" not in done.stdout + done.stderr
    assert fingerprint(tmp_path) == before and [p.name for p in tmp_path.iterdir()] == ["broken.yaml"]


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("stage", ["[1/5]", "[3/5]"])
def test_interrupt(ranks, stage, place, small_run, mpi_command):
    """Ctrl-C reaches every process of the terminal, whatever they are doing."""
    earlier = fingerprint(small_run)
    out = f"stopped-{ranks}-{stage[1]}"
    command = [*mpi_command(ranks), *JADEITE, "run", "small.yaml", "-o", out]
    # a tolerance that takes many solves keeps the search busy while the signal is on its way
    command += ["--set", "failure.critical_current.tolerance=1e-7"]
    if stage == "[1/5]":
        # a seed of its own, so that the mesh is not kept from an earlier test and takes its time
        command += ["--set", f"microstructure.seed={time.time_ns() % 2**31}"]
    process = subprocess.Popen(
        command,
        cwd=place,
        env=parallel_environment(PYTHONUNBUFFERED="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        for line in process.stdout:
            if line.startswith(stage):
                break
        # the mesh may be made in a moment, the search takes long
        time.sleep(0.02 if stage == "[1/5]" else 0.2)
        os.killpg(process.pid, signal.SIGINT)
        out_text, err = process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert process.returncode == 130, out_text + err
    assert err.count("Interrupted.") == 1 and "arlier results are untouched" in err, err
    assert "Traceback" not in err
    assert fingerprint(small_run) == earlier
    if stage == "[3/5]":
        assert f"jadeite resume {out}" in err and (place / out / "mesh.npz").exists()
        assert read_record(place / out).state is RunState.INTERRUPTED
    else:
        # a folder stays if something was found: the mesh, should the signal have come too late for it
        assert (place / out).exists() == (place / out / "mesh.npz").exists()


#: The limit begins after MPI has made its shared memory, which counts as a file.
LIMITED = (
    "import jadeite.fem, mpi4py.MPI, resource; from jadeite.output import figures; from jadeite.cli import main; "
    "draw_all, none = figures.draw_all, resource.RLIM_INFINITY; "
    "limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, none)); limit(); main()"
)


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [1, 2])
def test_file_that_may_not_grow(ranks, place, small_run, mpi_command):
    """A limit on the size of files stands for a quota: the kernel refuses alike, with another number."""
    earlier = fingerprint(small_run)
    words = ["run", "small.yaml", "-o", f"full-{ranks}", "--set", "outputs.fields=false"]
    words += ["--set", "outputs.figures=true", "--set", "failure.critical_current.search=false"]
    # first from the start, where the mesh does not fit, then from the figures on
    done = run_limited(
        [*mpi_command(ranks), sys.executable, "-c", LIMITED, *words], 120.0, parallel_environment(), place
    )
    assert_says_disk_is_full(done)
    assert not list(place.glob(f"*full-{ranks}*"))
    late = LIMITED.replace("limit();", "figures.draw_all = lambda path: (limit(), draw_all(path));")
    done = run_limited([*mpi_command(ranks), sys.executable, "-c", late, *words], 120.0, parallel_environment(), place)
    assert_says_disk_is_full(done)
    assert fingerprint(small_run) == earlier
    assert read_record(place / f"full-{ranks}").state is RunState.FAILED
    assert (place / f"full-{ranks}" / "summary.json").exists()


def assert_says_disk_is_full(done):
    assert done.returncode == 1, done.stdout + done.stderr
    assert "disk" in done.stderr and "full" in done.stderr, done.stderr
    assert "arlier results are untouched" in done.stderr and "Traceback" not in done.stderr, done.stderr


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 60 MB of its own."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(mounted)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"mounting a small file system needs rights: {done.stderr.strip()}")
    yield mounted
    subprocess.run(["umount", "--lazy", str(mounted)], check=True)


def test_disk_that_fills_up_during_the_run(small_disk, small_run):
    shutil.copy(small_run.parent / "small.yaml", small_disk)
    shutil.copytree(small_run, small_disk / "earlier")
    earlier = fingerprint(small_disk / "earlier")
    process = subprocess.Popen(
        [*JADEITE, "run", "small.yaml", "-o", "out", "--set", "failure.critical_current.tolerance=1e-7"],
        cwd=small_disk,
        env=parallel_environment(PYTHONUNBUFFERED="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in process.stdout:
            if line.startswith("[3/5]"):
                break
        with contextlib.suppress(OSError), (small_disk / "somebody else's").open("wb", buffering=0) as stream:
            while True:
                stream.write(b"x" * 4096)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert_says_disk_is_full(subprocess.CompletedProcess([], process.returncode, out, err))
    assert fingerprint(small_disk / "earlier") == earlier
    assert read_record(small_disk / "out").state is not RunState.FINISHED and (small_disk / "out/mesh.npz").exists()

    refused = jadeite("run", "small.yaml", "-o", "another", cwd=small_disk)
    assert refused.returncode == 1 and "Not enough free space for another" in refused.stderr
    assert not list(small_disk.glob("*another*"))


@pytest.mark.mpi
@pytest.mark.parametrize("culprit", [0, 1])
def test_a_rank_that_fails_ends_all(culprit, tmp_path, run_on_ranks):
    script = tmp_path / "fails.py"
    script.write_text(
        "import jadeite.fem, sys\n"
        "from mpi4py import MPI\n"
        "from jadeite.study.parallel import guarded\n"
        "def run():\n"
        f"    if MPI.COMM_WORLD.rank == {culprit}:\n"
        "        raise RuntimeError('the lamp went out')\n"
        "    MPI.COMM_WORLD.barrier()\n"
        "    return 0\n"
        "sys.exit(guarded(run))\n"
    )
    begin = time.monotonic()
    done = run_on_ranks(script, 2, timeout=30.0, code=1)
    elapsed = time.monotonic() - begin
    assert f"[rank {culprit}]" in done.stderr and "the lamp went out" in done.stderr
    assert elapsed < 15.0, "start-up included"


# --- Beta-alumina between its bounds


@pytest.mark.parametrize("name", ["random", "textured"])
def test_beta_alumina_lies_between_its_bounds(name, tmp_path):
    """Thomson's and Dirichlet's principles with the simplest trial fields (Wiener 1912), from the mesh file alone.

    A uniform field without boundary resistance wastes least: sigma < mean of sigma_yy. A uniform current density obeys
    every boundary and wastes most: 1/sigma < mean of (1/sigma)_yy + boundaries met per height.
    """
    import numpy as np
    from scipy.spatial.transform import Rotation

    from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

    case = REPOSITORY / "cases" / "beta_alumina_texture" / f"{name}.yaml"
    quick = ["outputs.figures=false", "outputs.report=false", "outputs.fields=false", "physics.mechanics=none"]
    settings = [word for setting in quick for word in ("--set", setting)]
    done = jadeite("run", case, "-o", "out", *settings, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found = next(h for h in summary(tmp_path / "out")["headlines"] if h["key"] == "effective_conductivity")["value"]

    mesh = TaggedMesh.load(tmp_path / "out" / "mesh.npz")
    rotation = Rotation.from_quat(np.roll(mesh.regions.orientation, -1, axis=1)).as_matrix()
    principal = np.array([4.2, 4.2, 0.0042])
    tensor = np.einsum("gik,k,gjk->gij", rotation, principal, rotation)[:, :2, :2]
    width, height = mesh.points.max(axis=0)
    upper = (tensor[:, 1, 1] * mesh.regions.measure).sum() / (width * height)
    bulk = (np.linalg.inv(tensor)[:, 1, 1] * mesh.regions.measure).sum() / width
    # a uniform current j along y crosses a facet of normal n with j n_y; Read and Shockley 1950, eq. 5
    on = np.isin(mesh.facet_surface, mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY))
    ends = mesh.points[mesh.facets[on]]
    along = ends[:, 1] - ends[:, 0]
    angle = np.clip(mesh.surfaces.misorientation[mesh.facet_surface[on]] / np.radians(15.0), 1e-12, 1.0)
    resistance = 0.0237e-4 * (0.1 + 0.9 * angle * (1.0 - np.log(angle)))
    boundaries = (resistance * along[:, 0] ** 2 / np.linalg.norm(along, axis=1)).sum() / width
    lower = height / (bulk + boundaries)
    assert lower < found < upper, (lower, found, upper)
