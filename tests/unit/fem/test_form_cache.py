# SPDX-License-Identifier: LGPL-3.0-or-later
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

COMPILE = """
    import jadeite.fem
    import ufl
    from dolfinx import fem, mesh
    from mpi4py import MPI
    msh = mesh.create_unit_square(MPI.COMM_SELF, 1, 1)
    form = lambda: fem.form(ufl.SpatialCoordinate(msh)[0] ** 7 * ufl.dx)
"""
INTERRUPTED = (
    COMPILE
    + """
    import os, signal, threading, time
    from pathlib import Path
    from dolfinx import jit
    from jadeite.study.parallel import guarded
    cache = Path(jit.get_options()["cache_dir"])
    before = set(cache.glob("*.c"))
    def interrupt():
        while set(cache.glob("*.c")) == before:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=interrupt, daemon=True).start()
    raise SystemExit(guarded(lambda: form() and 0))
"""
)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "fenics"
    folder.mkdir()
    return folder


def run_with_cache(cache: Path, script: str, code: int = 0) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache.parent)}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=environment, timeout=120, check=False)
    assert done.returncode == code


def test_what_killed_runs_left_is_removed_and_the_rest_kept(cache: Path) -> None:
    long_ago = time.time() - 3600
    for name in ("stale", "finished", "recent"):
        (cache / f"libffcx_forms_{name}.c").touch()
    for name in ("finished", "orphan"):
        (cache / f"libffcx_forms_{name}.c.cached").touch()
    for name in ("stale", "finished"):
        os.utime(cache / f"libffcx_forms_{name}.c", (long_ago, long_ago))
    with held(cache):
        run_with_cache(cache, "import jadeite.fem")
    assert forms(cache) == ["finished.c", "finished.c.cached", "recent.c"]
    # nobody is left who could be making the recent one
    run_with_cache(cache, "import jadeite.fem")
    assert forms(cache) == ["finished.c", "finished.c.cached"]


def forms(cache: Path) -> list[str]:
    return sorted(path.name.removeprefix("libffcx_forms_") for path in cache.glob("libffcx_*"))


@contextlib.contextmanager
def held(cache: Path) -> Iterator[None]:
    """The lock of the cache, as another run that lives holds it."""
    with (cache / "jadeite.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def test_an_interrupted_compilation_leaves_no_mark_and_takes_no_other(cache: Path) -> None:
    with held(cache):
        (cache / "libffcx_forms_of_another_run.c").touch()
        run_with_cache(cache, INTERRUPTED, code=128 + signal.SIGINT)
    unfinished = [path.name for path in cache.glob("*.c") if not path.with_suffix(".c.cached").exists()]
    assert unfinished == ["libffcx_forms_of_another_run.c"]
    run_with_cache(cache, COMPILE + "    form()\n")


def test_options_of_the_current_folder_are_not_read(tmp_path: Path) -> None:
    """The folder of a case may be a stranger's: what lies there changes neither the compiler nor the solvers."""
    (tmp_path / ".petscrc").write_text("-log_view :written.txt\n")
    (tmp_path / "dolfinx_jit_options.json").write_text('{"cffi_extra_compile_args": ["-fplugin=unknown"]}')
    (tmp_path / "ffcx_options.json").write_text('{"scalar_type": "float32"}')
    script = """
        import jadeite.fem, ffcx.options
        from dolfinx import jit
        from petsc4py import PETSc
        assert "log_view" not in PETSc.Options().getAll()
        assert "-fplugin=unknown" not in jit.get_options()["cffi_extra_compile_args"]
        assert ffcx.options.get_options()["scalar_type"] == "float64"
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path, timeout=120, check=True)
    assert not (tmp_path / "written.txt").exists()
