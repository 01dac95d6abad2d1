# SPDX-License-Identifier: LGPL-3.0-or-later
"""Elasticity of polycrystals in three dimensions with the default solver; `python elasticity_solver.py --help`.

A cube of randomly oriented cubic crystals of anisotropy 3 between flat sides, cooled and pressed, once with few and
once with many grains, a million unknowns or more (the shape of a thousand grains takes two). Writes a table (JSON) and
ends with code 1 when a load takes as many iterations of conjugate gradients as is allowed, or when many grains take
half as many again as few.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

MOST_ITERATIONS = 80
MOST_GROWTH = 1.5
_RECIPE = """\
dimension: 3
seed: 1
width: {width} um
width_z: {width} um
separator:
  thickness: {width} um
  polycrystal:
    grain_size: {{law: lognormal, mean: 4 um, coefficient_of_variation: 0.35}}
mesh: {{interior_size: {size} um, boundary_size: {size} um}}
"""


def measure(grains: int, size: float) -> dict[str, Any]:
    """Mesh and solve one polycrystal with cells of a size (um); iterations, seconds of processor time, memory."""
    import numpy as np
    from jadeite.fem import runtime  # noqa: F401  isort: skip
    from dolfinx import fem
    from samples import edge_for

    from jadeite.case.loading import parse_recipe
    from jadeite.fem.domain import Domain
    from jadeite.materials.laws import cubic_stiffness, rotate_stiffness
    from jadeite.microstructure.build import build
    from jadeite.microstructure.orientation import rotation_matrices
    from jadeite.microstructure.tagged_mesh import SurfaceKind
    from jadeite.physics.mechanics import Mechanics
    from jadeite.physics.supports import Platen, Support

    width = edge_for(grains, 3)
    begin = time.process_time()
    tagged = build(parse_recipe(_RECIPE.format(width=width, size=size)), None)
    domain = Domain.from_tagged_mesh(tagged)
    meshed = time.process_time()
    crystal = cubic_stiffness(100e9, 40e9, 90e9)
    rotation = rotation_matrices(tagged.regions.orientation)
    stiffness = rotate_stiffness(np.tile(crystal, (len(tagged.regions), 1, 1)), rotation)
    expansion = np.random.default_rng(1).normal(8e-3, 1e-3, len(tagged.regions))
    side, top = (SurfaceKind.SIDE_WALL,), (SurfaceKind.STRIPPING_ELECTRODE,)
    supports: list[Support | Platen] = [Support(top, 1)]
    for axis in (0, 2):
        low, high = (lambda x, a=axis, p=p: np.abs(x[a] - p) < 1e-9 * width * 1e-6 for p in (0.0, width * 1e-6))
        supports += [Support(side, axis, where=low), Platen(side, axis, high)]
    problem = Mechanics(domain, stiffness, np.outer(expansion, [1.0, 1.0, 1.0, 0, 0, 0]), supports)
    prepared = time.process_time()
    of_columns = problem.iterations
    press = (domain.ds((SurfaceKind.PLATING_ELECTRODE,), 2), fem.Constant(domain.mesh, 5e6))
    iterations = []
    for load in (problem.load(eigenstrain=True), problem.load(pressures=[press])):
        before = problem.iterations
        problem.solve(load, problem.new_deformation("state"))
        iterations.append(problem.iterations - before)
    solved = time.process_time()
    return {
        "grains": len(tagged.regions),
        "cells": len(tagged.cells),
        "unknowns": problem.space.dofmap.index_map.size_global * 3,
        "iterations": {"cooling": iterations[0], "pressure": iterations[1], "two flat sides": of_columns},
        "seconds": {
            "mesh": meshed - begin,
            "assembly, set-up and two flat sides": prepared - meshed,
            "cooling and pressure": solved - prepared,
        },
        "peak_memory_GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grains", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--sizes", type=float, nargs="*", default=[0.48, 2.4], help="of cells, um, for each of them")
    parser.add_argument("--output", type=Path, default=Path("runs/benchmarks/elasticity_solver.json"))
    options = parser.parse_args()
    rows = []
    for grains, size in zip(options.grains, options.sizes, strict=True):
        rows.append(measure(grains, size))
        row = rows[-1]
        print(f"{row['grains']} grains, {row['unknowns']} unknowns, {row['peak_memory_GB']:.1f} GB", flush=True)
        print("  iterations: " + ", ".join(f"{name} {value}" for name, value in row["iterations"].items()), flush=True)
        print("  seconds: " + ", ".join(f"{name} {value:.1f}" for name, value in row["seconds"].items()), flush=True)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(rows, indent=1) + "\n")
    most = [max(row["iterations"]["cooling"], row["iterations"]["pressure"]) for row in rows]
    print(f"iterations of a load: {', '.join(map(str, most))}; allowed: below {MOST_ITERATIONS}")
    flat = max(most) <= MOST_GROWTH * min(most)
    return 0 if max(most) < MOST_ITERATIONS and flat else 1


if __name__ == "__main__":
    sys.exit(main())
