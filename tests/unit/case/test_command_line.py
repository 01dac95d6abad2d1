# SPDX-License-Identifier: LGPL-3.0-or-later
"""The commands check, schema and materials as a person runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from case_text import CASE, WriteCase


def jadeite(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jadeite.cli", *arguments], capture_output=True, text=True, cwd=folder, check=False,
        env=os.environ | {"COLUMNS": "160"},
    )  # fmt: skip


def test_broken_case_lists_all_and_writes_nothing(write_case: WriteCase, tmp_path: Path) -> None:
    path = write_case(
        ("depth: 12 um", "depth: 80 um"),
        ("mean: 5 um", "mean: -5 um"),
        ("NZSP_x2", "NZPS_x2"),
        ("protocol:", "phisics: {}\nprotocol:"),
        ("1 mA/cm^2", "1 mA/cm"),
    )
    result = jadeite("check", str(path), folder=tmp_path)
    assert result.returncode == 2
    assert "5 problems" in result.stderr
    assert "Traceback" not in result.stderr
    for number in (8, 10, 14, 15, 17):
        assert f"{path}:{number}: " in result.stderr
    assert result.stdout == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["case.yaml"]


def test_good_case_and_its_low_confidence_inputs(write_case: WriteCase) -> None:
    result = jadeite("check", str(write_case()), "--set", "materials.electrolyte.override.conductivity=0.1 S/m")
    assert result.returncode == 0, result.stderr
    assert "no problems found" in result.stdout
    assert "gb_area_specific_resistance" in result.stdout
    assert "sigma_bulk" not in result.stdout


def test_missing_material_value_is_a_problem_of_the_case(write_case: WriteCase) -> None:
    result = jadeite("check", str(write_case(("NZSP_x2", "Na_beta2_alumina_crystal"))))
    assert result.returncode == 2
    assert "give `fracture_toughness:" in result.stderr


def test_effective_properties_need_nothing_of_electrodes_and_mechanics(write_case: WriteCase) -> None:
    # the library has no exchange current density, toughness or boundary resistance of Na3SbS4
    changes = ("NZSP_x2", "Na3SbS4"), ("protocol:", "physics: {grain_boundaries: {law: none}}\nprotocol:")
    cell = jadeite("check", str(write_case(*changes)))
    assert cell.returncode == 2 and "exchange_current_density" in cell.stderr
    start, end = CASE.index("  flaws:"), CASE.index("materials:")
    effective = (CASE[start:end], ""), ("current_density: 1 mA/cm^2", "law: effective_properties")
    result = jadeite("check", str(write_case(*changes, *effective)))
    assert result.returncode == 0, result.stderr


def test_schema_and_materials() -> None:
    assert json.loads(jadeite("schema").stdout)["title"] == "Case"
    assert json.loads(jadeite("schema", "--recipe").stdout)["title"] == "Recipe"
    assert jadeite("schema", "--markdown").stdout.startswith("# Case file: reference")
    table = jadeite("materials", "NZSP").stdout
    assert "fracture_toughness" in table and "1e+06 to 1.58e+06" in table and "Nonemacher" in table
    assert "Na_beta2_alumina_crystal" in jadeite("materials").stdout
    unknown = jadeite("materials", "NZSP_2")
    assert unknown.returncode == 2
    assert "did you mean NZSP_x2" in unknown.stderr


def test_check_imports_nothing_heavy(write_case: WriteCase) -> None:
    heavy = ("dolfinx", "petsc4py", "mpi4py", "gmsh", "scipy.sparse", "matplotlib", "ufl", "h5py")
    code = f"import sys; from jadeite.cli import app; app(['check', {str(write_case())!r}], standalone_mode=False); "
    code += f"print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stdout.splitlines()[-1] == "[]", result.stdout + result.stderr
