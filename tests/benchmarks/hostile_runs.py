# SPDX-License-Identifier: LGPL-3.0-or-later
"""Goes on with mutants that `jadeite check` accepts: each is meshed or run in a process of its own, with limits.

Each must end in success or with a message: no traceback, no signal, no file outside the folder of its results. What is
still at work when its time is over is stopped and counted; a mesh or a run may take long, but not for ever: only
documents that ask for few cells are taken.

    python tests/benchmarks/hostile_input.py --keep FOLDER
    python tests/benchmarks/hostile_runs.py FOLDER [--sample 40] [--seed 0] [--seconds 60]
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hostile_reading import make_workspace
from jadeite.case.loading import load_case, load_recipe
from jadeite.case.problems import CaseError
from jadeite.case.recipe_checks.cell_number import estimated_cells
from jadeite.case.recipe_checks.space import Space
from jadeite.exit_codes import ExitCode

#: Bytes of address space of a process that meshes or runs a mutant.
MEMORY = 6_000_000_000

#: Cells above which a mutant is left out, in two and three dimensions: it would only be stopped.
MOST_CELLS = {2: 30_000, 3: 20_000}

#: Exit codes of a command that says what happened.
ENDINGS = (ExitCode.SUCCESS, ExitCode.FAILED, ExitCode.INPUT, ExitCode.UNEXPECTED_RESULT)

#: What makes a run short, whatever its case asks for.
QUICK = ("outputs.figures=false", "outputs.report=false", "solver.degree=1")


def main() -> None:
    """Mesh and run a sample of mutants and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mutants", type=Path)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    found = sorted(options.mutants.resolve().glob("*.yaml"))
    random.Random(options.seed).shuffle(found)
    outcomes: Counter[str] = Counter()
    defects = 0
    with tempfile.TemporaryDirectory() as scratch:
        place = make_workspace(Path(scratch))
        for mutant in found:
            if sum(outcomes.values()) >= options.sample:
                break
            file = place / "case.yaml"
            file.write_bytes(mutant.read_bytes())
            if not is_small(file, mutant.name.startswith("recipe")):
                continue
            begun = time.monotonic()
            ending, said = outcome(file, mutant.name.startswith("recipe"), options.seconds)
            outcomes[ending] += 1
            print(f"{mutant.name}: {ending}, {time.monotonic() - begun:.1f} s", flush=True)
            if ending == "defect":
                defects += 1
                print(f"{said[-4000:]}\n", flush=True)
    print(f"{sum(outcomes.values())} mutants: {dict(outcomes)}")
    raise SystemExit(1 if defects else 0)


def is_small(file: Path, is_recipe: bool) -> bool:
    """Whether a document can be read here and asks for few cells; unknown numbers count as few."""
    try:
        recipe = load_recipe(file) if is_recipe else load_case(file).recipe
    except CaseError:
        return False
    return (estimated_cells(recipe, Space.of(recipe)) or 0.0) <= MOST_CELLS[recipe.dimension]


def outcome(file: Path, is_recipe: bool, seconds: int) -> tuple[str, str]:
    """How a mutant ended, and what was said."""
    command = [sys.executable, "-m", "jadeite.cli", "mesh" if is_recipe else "run", file.name, "-o", "results"]
    command += [] if is_recipe else [word for setting in QUICK for word in ("--set", setting)]
    with tempfile.TemporaryDirectory(dir=file.parent.parent) as folder:
        here = Path(folder)
        (here / file.name).write_bytes(file.read_bytes())
        try:
            done = subprocess.run(
                command,
                cwd=here,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=3 * seconds,
                env={**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"},
                preexec_fn=lambda: limit(seconds),
            )
        except subprocess.TimeoutExpired:
            return "stopped", ""
        said = done.stdout + done.stderr
        if done.returncode < 0 and -done.returncode in (9, 24):  # by the limit of processor time
            return "stopped", said
        others = sorted({path.name for path in here.iterdir()} - {file.name, "results"})
        if done.returncode not in ENDINGS or "Traceback" in said or others:
            return "defect", f"exit code {done.returncode}, files beside the results: {others}\n{said}"
        return ExitCode(done.returncode).name.lower(), said


def limit(seconds: int) -> None:
    """Bound the memory and the processor time of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


if __name__ == "__main__":
    main()
