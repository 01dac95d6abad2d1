# SPDX-License-Identifier: LGPL-3.0-or-later
"""`python -m jadeite.verification [ID ...] [--json PATH] [--markdown PATH] [--slow]` runs the verification book."""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path

from jadeite.verification.book import main


def run() -> int:
    """Parse the arguments and run the book; on several ranks an exception on one of them ends all."""
    parser = argparse.ArgumentParser(prog="python -m jadeite.verification", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="checks to run, for example T26; all when left out")
    parser.add_argument("--json", type=Path, help="write one record a row to this file")
    parser.add_argument("--markdown", type=Path, help="write the page of the documentation to this file")
    parser.add_argument("--slow", action="store_true", help="run the checks that take a minute as well")
    arguments = parser.parse_args()
    from mpi4py import MPI

    try:
        return main(arguments.ids, arguments.json, arguments.markdown, arguments.slow)
    except Exception:
        if MPI.COMM_WORLD.size == 1:
            raise
        # the other ranks may wait in a collective call: an agreement with them is impossible here
        traceback.print_exc()
        sys.stderr.flush()
        MPI.COMM_WORLD.Abort(1)
        return 1


if __name__ == "__main__":
    sys.exit(run())
