# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reads thousands of mutated case files and recipes; each must be read or refused with its problems, and quickly.

Nothing else may come out of a document: no traceback, no hang, no file. Each kind of defect is shown once, with the
smallest mutant that met it, and ends the benchmark with exit code 1.

    python tests/benchmarks/hostile_input.py [--mutants 10000] [--seed 0] [--keep FOLDER]

`--keep` writes the mutants that were read without a problem into a folder; `hostile_runs.py` meshes and runs some of
them.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hypothesis import HealthCheck, Phase, given, seed, settings

from hostile_documents import Mutant, mutants, originals
from hostile_reading import TookTooLong, make_workspace, read_mutant

#: Bytes of address space that reading a document may need; a document that needs more shows as a MemoryError.
MEMORY = 4_000_000_000


def main() -> None:
    """Read mutants and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    outcomes: Counter[str] = Counter()
    origins: Counter[str] = Counter()
    times: list[float] = []
    defects: dict[str, tuple[str, Mutant]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        place = make_workspace(Path(scratch))
        os.chdir(scratch)

        @seed(options.seed)
        @settings(
            max_examples=options.mutants,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(mutants())
        def read(mutant: Mutant) -> None:
            begun = time.process_time()
            try:
                refused = read_mutant(mutant, place)
            except (Exception, TookTooLong) as error:
                kind = where_raised(error)
                if kind not in defects:
                    print(f"met {kind}", flush=True)
                if kind not in defects or len(mutant.content) < len(defects[kind][1].content):
                    defects[kind] = ("".join(traceback.format_exception(error)), mutant)
                outcomes["defect"] += 1
                return
            times.append(time.process_time() - begun)
            outcomes["refused" if refused else "read"] += 1
            origins[mutant.origin] += 1
            if options.keep is not None and refused is None:
                kind = "recipe" if mutant.is_recipe else "case"
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{kind}_{outcomes['read']:05d}.yaml").write_bytes(mutant.content)

        read()
    for kind, (trace, mutant) in defects.items():
        print(f"--- {kind}, in a mutant of {mutant.origin}\n{trace}\n{mutant.content.decode(errors='replace')}\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{sum(outcomes.values())} mutants of {len(origins)} of {len(originals())} documents: {dict(outcomes)}")
    print(f"longest {max(times):.2f} s of CPU, mean {sum(times) / len(times):.3f} s, peak memory {peak:.0f} MB")
    raise SystemExit(1 if defects else 0)


def where_raised(error: BaseException) -> str:
    """The kind of an error and the line of Jadeite that it left."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/jadeite/" in frame.filename]
    place = f"{frames[-1].filename.rpartition('/jadeite/')[2]}:{frames[-1].lineno}" if frames else "the test itself"
    return f"{type(error).__name__} at {place}"


if __name__ == "__main__":
    main()
