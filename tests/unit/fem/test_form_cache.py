# SPDX-License-Identifier: LGPL-3.0-or-later
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

INTERRUPTED = """
    from pathlib import Path
    import jadeite.fem
    from dolfinx import jit
    from jadeite.fem.form_cache import discard_interrupted_forms
    cache = Path(jit.get_options()["cache_dir"])
    (cache / "libffcx_forms_mine.c").touch()
    (cache / "libffcx_forms_done.c").touch()
    (cache / "libffcx_forms_done.c.cached").touch()
    discard_interrupted_forms()
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "fenics"
    folder.mkdir()
    return folder


def run_with_cache(cache: Path, script: str) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache.parent)}
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=environment, check=True, timeout=60)


def test_marks_of_runs_killed_long_ago_are_removed_and_finished_or_recent_forms_kept(cache: Path) -> None:
    long_ago = time.time() - 3600
    for name in ("stale", "finished", "recent"):
        (cache / f"libffcx_forms_{name}.c").touch()
    (cache / "libffcx_forms_finished.c.cached").touch()
    for name in ("stale", "finished"):
        os.utime(cache / f"libffcx_forms_{name}.c", (long_ago, long_ago))
    run_with_cache(cache, "import jadeite.fem")
    assert sorted(path.name for path in cache.glob("*.c")) == ["libffcx_forms_finished.c", "libffcx_forms_recent.c"]


def test_an_interrupted_run_takes_its_own_marks_with_it(cache: Path) -> None:
    (cache / "libffcx_forms_other.c").touch()
    os.utime(cache / "libffcx_forms_other.c", (time.time() - 60, time.time() - 60))
    run_with_cache(cache, INTERRUPTED)
    assert sorted(path.name for path in cache.glob("*.c")) == ["libffcx_forms_done.c", "libffcx_forms_other.c"]
