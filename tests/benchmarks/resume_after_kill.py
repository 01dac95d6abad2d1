# SPDX-License-Identifier: LGPL-3.0-or-later
"""Kills runs at random moments and resumes them; each must end with the figures of a run that was left in peace.

An attempt of a run is killed (SIGKILL, all its processes) at a moment drawn evenly over the time that the whole run
takes, resumed, killed again, until an attempt ends before its moment comes; then the next run begins. When there were
enough kills, the last run is resumed to its end. Afterwards runs begun on two ranks and killed are resumed on three.

    python tests/benchmarks/resume_after_kill.py [--kills 30] [--seed 0] [--case salt | cell] [--other-ranks 2]

Ends with exit code 1 when a run could not be resumed, or when a figure is further off than --tolerance allows (on three
ranks --tolerance-of-solvers).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]

#: Below this, in SI units, no figure of these cases says anything.
ROUNDING = 1e-12
JADEITE = [sys.executable, "-m", "jadeite.cli"]
QUICK = ("outputs.figures=false", "outputs.report=false", "outputs.checkpoint_interval=1 ms")

#: Shortened cases: salt that is used up in time, and the critical current densities of flaws with mechanics.
CASES = {
    "salt": (
        "peo_limiting_current",
        "protocol={law: hold, current_density: 1.5 mA/cm^2, duration: 10 min, time_tolerance: 1e-4}",
    ),
    "cell": (
        "nzsp_flaw",
        "microstructure.mesh.interior_size=2 um",
        "microstructure.mesh.boundary_size=1.2 um",
        "microstructure.mesh.tip_size=0.2 um",
        "failure.critical_current.tolerance=1e-4",
    ),
}


def main() -> int:
    """Kill, resume, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", choices=CASES, action="append", help="both when left out")
    parser.add_argument("--other-ranks", type=int, default=2, help="runs of each case that go from two ranks to three")
    parser.add_argument("--tolerance", type=float, default=1e-10)
    parser.add_argument("--tolerance-of-solvers", type=float, default=1e-6)
    parser.add_argument("--output", type=Path, default=Path("runs/benchmarks/resume_after_kill.json"))
    options = parser.parse_args()
    results = [measure(name, options) for name in options.case or CASES]
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(results, indent=1) + "\n")
    return 0 if all(result["passed"] for result in results) else 1


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Kill and resume runs of one case."""
    draw = random.Random(options.seed)
    case, *settings = CASES[name]
    prepare = ["run", str(REPOSITORY / "cases" / case / "case.yaml")]
    for setting in (*settings, *QUICK):
        prepare += ["--set", setting]
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        attempt([*prepare, "-o", "warm-up"], place, None)  # meshes and compiled forms are there from now on
        begun = time.monotonic()
        _, output = attempt([*prepare, "-o", "whole"], place, None)
        whole = time.monotonic() - begun
        expected = figures(place / "whole")
        if expected is None:
            raise SystemExit(f"{name}: the run itself failed\n{output}")
        print(f"{name}: {len(expected)} figures, {whole:.1f} s for a whole run", flush=True)
        kills, runs, worst, going_on, failures = 0, 0, 0.0, 0, []
        while kills < options.kills:
            folder, words = f"killed-{runs}", [*prepare, "-o", f"killed-{runs}"]
            runs += 1
            while True:
                moment = draw.uniform(0.0, whole) if kills < options.kills else None
                was_killed, output = attempt(words, place, moment)
                if not was_killed:
                    break
                kills += 1
                # a process that dies before it has made its folder leaves nothing to be resumed
                words = ["resume", folder] if (place / folder / "run.json").exists() else words
            found = figures(place / folder)
            log = (place / folder / "log.txt").read_text(encoding="utf-8")
            going_on += log.count("going on from a checkpoint")
            if found is None:
                failures.append(output)
                print(f"{name}: a run did not end\n{output}", flush=True)
                continue
            worst = max(worst, deviation(found, expected))
            print(f"{name}: {kills} kills, {runs} runs, largest relative deviation {worst:.1e}", flush=True)
        worst_of_ranks = 0.0
        for number in range(options.other_ranks):
            folder = f"ranks-{number}"
            for ranks, moment in ((2, draw.uniform(0.4, 0.9) * whole), (3, None)):
                words = ["resume", folder] if (place / folder / "run.json").exists() else [*prepare, "-o", folder]
                was_killed, output = attempt(words, place, moment, ranks)
            found = figures(place / folder)
            if found is None:
                failures.append(output)
                print(f"{name}: a run of two ranks did not end on three\n{output}", flush=True)
                continue
            worst_of_ranks = max(worst_of_ranks, deviation(found, expected))
            print(f"{name}: from two ranks to three, largest relative deviation {worst_of_ranks:.1e}", flush=True)
    passed = not failures and worst <= options.tolerance and worst_of_ranks <= options.tolerance_of_solvers
    print(
        f"{name}: {kills} kills in {runs} runs, {going_on} attempts went on from a checkpoint; largest relative "
        f"deviation {worst:.1e}, from two ranks to three {worst_of_ranks:.1e}: {'passed' if passed else 'FAILED'}",
        flush=True,
    )
    return {
        "case": name,
        "seconds": whole,
        "kills": kills,
        "runs": runs,
        "attempts that went on from a checkpoint": going_on,
        "largest relative deviation": worst,
        "from two ranks to three": worst_of_ranks,
        "failures": failures,
        "passed": passed,
    }


def attempt(words: list[str], place: Path, moment: float | None, ranks: int = 1) -> tuple[bool, str]:
    """Start a command and kill it with all its processes at a moment (s); tells whether it was, and what it said."""
    launcher = [] if ranks == 1 else [str(Path(sys.executable).with_name("mpirun")), "-n", str(ranks)]
    with (place / "said.txt").open("w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            [*launcher, *JADEITE, *words],
            cwd=place,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(moment)
            was_killed = False
        except subprocess.TimeoutExpired:
            was_killed = True
        # a launcher has its ranks in sessions of their own
        with contextlib.suppress(ProcessLookupError):
            for victim in (*children(process.pid), process.pid) if was_killed else ():
                os.kill(victim, signal.SIGKILL)
        process.wait()
        said.seek(0)
        return was_killed, said.read()


def children(parent: int) -> list[int]:
    """All processes below a process, deepest first."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                below.setdefault(int(fields[1]), []).append(int(entry.name))
    found, seek = [], [parent]
    while seek:
        seek = [child for one in seek for child in below.get(one, [])]
        found += seek
    return found[::-1]


def figures(folder: Path) -> dict[str, float] | None:
    """All headlines and numbers of tables of a finished run, by name; None when it has not finished."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    if record["state"] != "finished":
        return None
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    found = {one["key"]: one["value"] for one in summary["headlines"]}
    for table in summary["tables"]:
        for number, row in enumerate(table["rows"]):
            names = (f"{table['key']}, row {number}, {column['name']}" for column in table["columns"])
            found |= dict(zip(names, row, strict=True))
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}


def deviation(found: dict[str, float], expected: dict[str, float]) -> float:
    """Largest relative difference of two sets of figures; infinite when they are not the same figures.

    Figures that are nothing but rounding, such as the change of a conserved amount, are not compared.
    """
    if found.keys() != expected.keys():
        return math.inf
    sizes = {name: max(abs(value), abs(found[name])) for name, value in expected.items()}
    compared = [name for name, size in sizes.items() if size > ROUNDING]
    return max(abs(found[name] - expected[name]) / sizes[name] for name in compared)


if __name__ == "__main__":
    sys.exit(main())
