# SPDX-License-Identifier: LGPL-3.0-or-later
"""Print the part of the lock that an installation needs; versions and hashes stay those of the lock.

The lock holds everything anybody installs, the tools for development among them. pip says what the dependencies in
pyproject.toml, the chosen extras and further packages come to (it downloads little more than metadata for that), and
the entries of these packages are printed as they stand.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

#: An entry of the lock: `name==version`, perhaps a marker, a continuation, and its hashes in the lines below.
_ENTRY = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<pin>[^\\\n]+)(?:\\\n {4}[^\\\n]+)+$", re.MULTILINE)


def requirements(project: Path, extras: list[str]) -> list[str]:
    """Return what a pyproject.toml asks for, with some of its extras."""
    table = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    return [*table["dependencies"], *(line for extra in extras for line in table["optional-dependencies"][extra])]


def read_lock(text: str) -> dict[str, str]:
    """Return the entries of a lock as they stand, by the names of their packages."""
    return {entry["name"]: entry[0] for entry in _ENTRY.finditer(text)}


def closure(wanted: list[str], lock: str) -> set[str]:
    """Return the names of all packages that the wanted ones come to with the versions of a lock.

    Raises `subprocess.CalledProcessError` when pip finds no set of versions that fits.
    """
    with tempfile.TemporaryDirectory() as folder:
        pins, report = Path(folder, "pins.txt"), Path(folder, "report.json")
        pins.write_text("\n".join(f"{entry['name']}=={entry['pin']}" for entry in _ENTRY.finditer(lock)))
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        subprocess.run([*pip, "--report", str(report), "--constraint", str(pins), *wanted], check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {re.sub(r"[-_.]+", "-", package["metadata"]["name"]).lower() for package in found}


def main() -> None:
    """Read the command line and print the entries."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path, help="a pyproject.toml")
    parser.add_argument("lock", type=Path, help="a requirements file with versions and hashes")
    parser.add_argument("--extras", default="", help="extras of the project, separated by commas")
    parser.add_argument("--also", nargs="*", default=[], help="further packages of the lock")
    given = parser.parse_args()
    lock = given.lock.read_text(encoding="utf-8")
    entries, extras = read_lock(lock), [extra for extra in given.extras.split(",") if extra]
    names = closure([*requirements(given.project, extras), *given.also], lock)
    if missing := sorted(names - set(entries)):
        parser.error(f"the lock has no {', '.join(missing)}")
    sys.stdout.write("\n".join(entries[name] for name in sorted(names)) + "\n")


if __name__ == "__main__":
    main()
