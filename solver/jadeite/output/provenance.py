# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where a result comes from: versions, commit, inputs and seeds, without anything that names a machine or a person."""

import datetime
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jadeite


def gather_provenance(
    versions: Mapping[str, str], ranks: int, seeds: Mapping[str, int], inputs: Mapping[Path, str]
) -> dict[str, Any]:
    """Return what is needed to repeat a run, ready for JSON.

    ``versions`` are those of the libraries that solved it (given by the caller, who has imported them), ``ranks`` the
    number of MPI processes, ``seeds`` every random seed by what it is for, ``inputs`` the files that were read with the
    SHA-256 of each; their folders are not recorded.
    """
    return {
        "jadeite": jadeite.__version__,
        "commit": source_commit(),
        "python": platform.python_version(),
        "versions": dict(sorted(versions.items())),
        "system": f"{platform.system()} {platform.machine()}",
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "ranks": ranks,
        "seeds": dict(seeds),
        "inputs": {path.name: digest for path, digest in inputs.items()},
    }


def source_commit(package: Path | None = None) -> str | None:
    """Return the git commit of the source in use, with ``+changes`` if files of the package differ from it.

    None for an installed copy. A copy installed below somebody's repository is not part of that repository, therefore
    the package must be tracked by the repository it lies in.
    """
    package = package or Path(jadeite.__file__).parent
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    commit = _git(package, "rev-parse", "HEAD")
    return f"{commit}+changes" if commit and _git(package, "status", "--porcelain", "--", ".") else commit


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git answers, or None where git is absent or refuses."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
