# SPDX-License-Identifier: LGPL-3.0-or-later
"""How much of two processes a sweep of 64 small cases uses, what kill -9 costs, and what a second call does.

    make bench-sweep ARGS="--depths 4 --resistances 4"

The members are those of cases/flaw_depth_sweep, with other values: one mesh for each depth. What they take together,
divided by the number of processes, is the ideal; the rest of the time is the sweep's own: starting workers, checking
members, writing tables and figures.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "cases" / "flaw_depth_sweep" / "case.yaml"

STUDY = """\
title: Throughput of a sweep
case: {case}
settings: {{outputs: {{fields: false, figures: false, report: false}}}}
parameters:
  microstructure.flaws.0.depth: {{uniform: [4 um, 11 um], count: {depths}}}
  physics.grain_boundaries.resistance: {{log_uniform: [0.01 ohm*cm^2, 100 ohm*cm^2], count: {resistances}}}
responses: [critical_current_density]
"""


def main() -> None:
    """Measure and print; every sweep has a folder of its own below runs/benchmarks/sweep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depths", type=int, default=8, help="meshes")
    parser.add_argument("--resistances", type=int, default=8, help="members of each mesh")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    folder = ROOT / "runs" / "benchmarks" / f"sweep-{time.strftime('%Y%m%d-%H%M%S')}"
    folder.mkdir(parents=True)
    study = folder / "study.yaml"
    study.write_text(STUDY.format(case=CASE, depths=options.depths, resistances=options.resistances))
    members = options.depths * options.resistances
    print(f"{members} members on {options.depths} meshes, {options.processes} processes, load {os.getloadavg()[0]:.1f}")

    wall, said = sweep(study, folder / "whole", options.processes)
    together = float(re.search(r"took (.*) s together", said)[1])
    print(f"whole sweep        {wall:7.1f} s; members {together:.1f} s together, {together / members:.2f} s each")
    ideal = together / options.processes
    print(f"ideal              {ideal:7.1f} s: {ideal / wall:.1%} of what {options.processes} processes can do")
    print(f"called again       {sweep(study, folder / 'whole', options.processes)[0]:7.1f} s, nothing computed")

    kept = killed(study, folder / "killed", options.processes, members // 2)
    before = times(folder / "killed", kept)
    again, _ = sweep(study, folder / "killed", options.processes)
    same = times(folder / "killed", kept) == before
    print(f"after kill -9      {again:7.1f} s for the rest; {len(kept)} finished members untouched: {same}")
    print(f"load at the end {os.getloadavg()[0]:.1f}; folders are in {folder.relative_to(ROOT)}")


def command(study: Path, folder: Path, processes: int) -> list[str]:
    """Return the words that run the sweep."""
    words = ["sweep", str(study), "--output", str(folder), "--processes", str(processes)]
    return [sys.executable, "-m", "jadeite.cli", *words]


def sweep(study: Path, folder: Path, processes: int) -> tuple[float, str]:
    """Run a sweep to its end; returns the seconds it took and what it said."""
    begun = time.perf_counter()
    done = subprocess.run(command(study, folder, processes), check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - begun, done.stdout


def killed(study: Path, folder: Path, processes: int, after: int) -> set[str]:
    """Kill a sweep when a number of members have finished; returns the names of those."""
    process = subprocess.Popen(command(study, folder, processes), stdout=subprocess.DEVNULL)
    while len(finished(folder)) < after and process.poll() is None:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return finished(folder)


def finished(folder: Path) -> set[str]:
    """Return the names of the members that have finished."""
    return {
        path.parent.name
        for path in (folder / "members").glob("*/run.json")
        if '"state": "finished"' in path.read_text()
    }


def times(folder: Path, names: set[str]) -> dict[Path, int]:
    """Return when each file of some members was last written."""
    return {path: path.stat().st_mtime_ns for name in names for path in (folder / "members" / name).rglob("*")}


if __name__ == "__main__":
    main()
