# SPDX-License-Identifier: LGPL-3.0-or-later
"""Mesh many random microstructures of every kind and check each one; `python meshing_robustness.py --help`.

Every sample is a row of a CSV file, written as soon as it is known, so that a campaign can be stopped, resumed and run
in parts by several processes.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, fields
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

from mesh_checks import MeshFacts, measure
from samples import CONFIGURATIONS, robustness_recipe

COLUMNS = (
    "configuration",
    "seed",
    "verdict",
    "seconds",
    "algorithm",
    *(field.name for field in fields(MeshFacts)),
    "message",
)


def examine(configuration: str, seed: int) -> dict[str, Any]:
    """Build and check one sample; an exception of any kind is a verdict."""
    from jadeite.microstructure.build import build

    start = time.perf_counter()
    row: dict[str, Any] = {"configuration": configuration, "seed": seed, "verdict": "failed"}
    try:
        recipe = robustness_recipe(configuration, seed)
        mesh = build(recipe)
        row["algorithm"] = mesh.statistics.get("mesh_algorithm", "")
        facts = measure(mesh, recipe.box)
    except Exception as error:
        row["message"] = f"{type(error).__name__}: {error}"
    else:
        failures = facts.failures()
        row |= asdict(facts)
        row["verdict"] = "failed" if failures else "passed"
        row["message"] = "; ".join(failures)
    row["seconds"] = round(time.perf_counter() - start, 2)
    return row


def _apart(sample: tuple[str, int], longest: float) -> dict[str, Any]:
    """Examine a sample in a process of its own: a crash or an endless loop ends this sample only."""
    configuration, seed = sample
    command = [sys.executable, str(Path(__file__).resolve()), "--one", configuration, str(seed)]
    row = {"configuration": configuration, "seed": seed, "verdict": "failed", "seconds": longest}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=longest, check=False)
    except subprocess.TimeoutExpired:
        return row | {"message": f"not done after {longest:.0f} s"}
    if done.returncode != 0:
        return row | {"message": f"ended with code {done.returncode}: {done.stderr[-200:]}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(samples: list[tuple[str, int]], output: Path, processes: int, longest: float) -> Iterator[dict[str, Any]]:
    """Examine the samples that the file does not have yet, append their rows to it and yield them."""
    done = {(row["configuration"], int(row["seed"])) for row in read(output)}
    todo = [sample for sample in samples if sample not in done]
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = not output.exists()
    with output.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        if fresh:
            writer.writeheader()
        with ThreadPool(processes) as pool:
            for row in pool.imap_unordered(lambda sample: _apart(sample, longest), todo):
                writer.writerow(row)
                stream.flush()
                yield row


def read(output: Path) -> list[dict[str, str]]:
    """The rows written so far."""
    if not output.exists():
        return []
    with output.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def summary(rows: list[dict[str, str]]) -> str:
    """One line per configuration, then every failure."""
    lines = [
        f"{'configuration':24} {'samples':>7} {'passed':>7} {'worst 1 % angle':>16} {'worst radius ratio':>19} "
        f"{'worst volume error':>19} {'fallbacks':>10} {'longest':>9}"
    ]
    for configuration in CONFIGURATIONS:
        chosen = [row for row in rows if row["configuration"] == configuration]
        meshed = [row for row in chosen if row["cells"]]
        if not chosen:
            continue
        passed = sum(row["verdict"] == "passed" for row in chosen)
        usual = max((row["algorithm"] for row in meshed), key=[r["algorithm"] for r in meshed].count, default="")
        lines.append(
            f"{configuration:24} {len(chosen):7} {passed:7} "
            f"{min((float(row['quantile_angle']) for row in meshed), default=float('nan')):16.1f} "
            f"{min((float(row['worst_radius_ratio']) for row in meshed), default=float('nan')):19.2g} "
            f"{max((float(row['volume_error']) for row in meshed), default=float('nan')):19.1g} "
            f"{sum(row['algorithm'] != usual for row in meshed):10} "
            f"{max(float(row['seconds']) for row in chosen):7.1f} s"
        )
    failed = [row for row in rows if row["verdict"] != "passed"]
    lines += [f"{row['configuration']}, seed {row['seed']}: {row['message'][:200]}" for row in failed]
    return "\n".join(lines)


def main() -> int:
    """Read the command line, run the campaign, print the summary; exit code 1 when a sample failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:200", help="first and one past the last seed (default 0:200)")
    parser.add_argument("--configurations", nargs="*", default=list(CONFIGURATIONS), choices=list(CONFIGURATIONS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path("runs/benchmarks/meshing_robustness.csv"))
    parser.add_argument("--longest", type=float, default=900.0, help="seconds after which a sample has failed")
    parser.add_argument("--one", nargs=2, metavar=("CONFIGURATION", "SEED"), help="examine one sample, print JSON")
    parser.add_argument("--summary", action="store_true", help="only summarise what the file has")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(examine(arguments.one[0], int(arguments.one[1]))))
        return 0
    first, last = (int(number) for number in arguments.seeds.split(":"))
    samples = [(name, seed) for seed in range(first, last) for name in arguments.configurations]
    if not arguments.summary:
        for row in run(samples, arguments.output, arguments.processes, arguments.longest):
            print(
                f"{row['configuration']:24} seed {row['seed']:4} {row['verdict']} {row['seconds']:7.1f} s", flush=True
            )
    rows = read(arguments.output)
    print(summary(rows))
    return 0 if rows and all(row["verdict"] == "passed" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
