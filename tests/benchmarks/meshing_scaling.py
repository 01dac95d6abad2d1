# SPDX-License-Identifier: LGPL-3.0-or-later
"""Time to mesh against the number of grains in three dimensions, stage by stage; `python meshing_scaling.py --help`.

Each microstructure has its boundary network, pores on triple lines (one for every ten grains) and twenty flaws. Writes
a table (CSV) and a plot (PNG).
"""

from __future__ import annotations

import argparse
import csv
import logging
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from samples import recipe_for

GRAINS = (100, 300, 1000, 3000)
MAXIMUM_EXPONENT = 1.2
"""Growth of the time with the number of grains that is accepted."""


class Stages(logging.Handler):
    """Collects the times that the stages of the mesher log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seconds: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        found = re.fullmatch(r"(.*): ([\d.]+) s", record.getMessage())
        if found is not None:
            self.seconds[found[1]] = self.seconds.get(found[1], 0.0) + float(found[2])


def measure(grains: int, seed: int, flaws: int) -> dict[str, Any]:
    """Build one microstructure; seconds of each stage."""
    from jadeite.microstructure.network.attach import attach_network
    from jadeite.microstructure.network.rules import attach_properties
    from jadeite.microstructure.solid.complex_build import build_complex
    from jadeite.microstructure.solid.mesher import mesh_solid
    from jadeite.microstructure.solid.sizes import choose_solid_sizes

    recipe = recipe_for(grains, seed, pores=grains // 10, flaws=flaws)
    stages = Stages()
    logger = logging.getLogger("jadeite.microstructure")
    logger.setLevel(logging.INFO)
    logger.addHandler(stages)
    start = time.perf_counter()
    geometry = build_complex(recipe)
    geometry_seconds = time.perf_counter() - start
    mesh = mesh_solid(geometry, choose_solid_sizes(recipe.mesh, geometry.size))
    before = time.perf_counter()
    mesh = attach_properties(attach_network(mesh), recipe.boundary_properties, recipe.seed)
    end = time.perf_counter()
    logger.removeHandler(stages)
    return {
        "grains": len(mesh.regions),
        "cells": len(mesh.cells),
        "boundaries": int(mesh.statistics["boundaries"]),
        "pores": len(mesh.pores),
        "flaws": len(mesh.flaws),
        "one_percent_angle_degrees": mesh.statistics["one_percent_dihedral_angle_degrees"],
        "worst_radius_ratio": mesh.statistics["worst_radius_ratio"],
        "seconds": {
            "grains and defects": geometry_seconds,
            **stages.seconds,
            "boundary network": end - before,
            "total": end - start,
        },
    }


def exponent(rows: list[dict[str, Any]]) -> float:
    """Slope of the total time over the number of grains in a doubly logarithmic plot (least squares)."""
    x = np.log([row["grains"] for row in rows])
    y = np.log([row["seconds"]["total"] for row in rows])
    return float(np.polyfit(x, y, 1)[0])


def write(rows: list[dict[str, Any]], folder: Path) -> None:
    """Write the table and the plot."""
    folder.mkdir(parents=True, exist_ok=True)
    stages = list(dict.fromkeys(stage for row in rows for stage in row["seconds"]))
    plain = [name for name in rows[0] if name != "seconds"]
    with (folder / "meshing_scaling.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow([*plain, *(f"{stage} (s)" for stage in stages)])
        for row in rows:
            times = [row["seconds"].get(stage, 0.0) for stage in stages]
            table.writerow([*(row[name] for name in plain), *(f"{seconds:.3f}" for seconds in times)])

    draw(rows, folder / "meshing_scaling.png")


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Plot the time of each stage against the number of grains; all fillings of the interior count as one."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8.4, 4.6), layout="constrained")
    grains = np.array([row["grains"] for row in rows])
    lines: dict[str, list[float]] = {}
    for row in rows:
        of_row: dict[str, float] = {}
        for stage, seconds in row["seconds"].items():
            name = "interior" if stage.startswith("interior") else stage
            of_row[name] = of_row.get(name, 0.0) + seconds
        for name, seconds in of_row.items():
            lines.setdefault(name, []).append(seconds)
    for name, values in sorted(lines.items(), key=lambda line: -line[1][-1]):
        total = name == "total"
        axes.loglog(grains, values, "o-", label=name, color="black" if total else None, lw=2.0 if total else 1.0)
    reference = rows[0]["seconds"]["total"] * (grains / grains[0]) ** MAXIMUM_EXPONENT
    axes.loglog(grains, reference, ":", color="grey", label=f"exponent {MAXIMUM_EXPONENT}")
    axes.set_xlabel("grains")
    axes.set_ylabel("time (s)")
    several = len(rows) > 1
    title = f"time grows as N^{exponent(rows):.2f}; " if several else ""
    axes.set_title(f"{title}{rows[-1]['cells'] / 1e6:.2g} M tetrahedra in {grains[-1]} grains, {os.cpu_count()} cores")
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.grid(alpha=0.3, which="both")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> int:
    """Read the command line, measure, write, print; exit code 1 when the time grows too fast."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grains", type=int, nargs="*", default=list(GRAINS))
    parser.add_argument("--flaws", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("runs/benchmarks"))
    arguments = parser.parse_args()
    rows = []
    for number in arguments.grains:
        row = measure(number, arguments.seed, arguments.flaws)
        rows.append(row)
        stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in row["seconds"].items())
        print(f"{row['grains']} grains, {row['cells']} tetrahedra (s): {stages}", flush=True)
        write(rows, arguments.output)
    if len(rows) > 1:
        print(f"time grows as N^{exponent(rows):.2f}; accepted: N^{MAXIMUM_EXPONENT}")
    return 0 if len(rows) < 2 or exponent(rows) <= MAXIMUM_EXPONENT else 1


if __name__ == "__main__":
    sys.exit(main())
