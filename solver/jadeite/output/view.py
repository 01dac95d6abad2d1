# SPDX-License-Identifier: LGPL-3.0-or-later
"""The ParaView state script that every run carries: the picture a person wants first."""

from pathlib import Path

import jinja2
import numpy as np

from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.output.fields import FieldData, read_fields
from jadeite.output.figures.run_data import (
    CURRENT_DENSITY,
    HYDROSTATIC_STRESS,
    POTENTIAL,
    PRINCIPAL_STRESS,
)
from jadeite.output.folder import write_text

_TEMPLATE = "view_script.py.j2"
_MOST_FLAWS = 30


def write_view(run: Path) -> Path:
    """Write ``RUN/view.py`` for the fields this run has and return its path.

    The script opens the files beside itself, so the folder can be moved. Raises ``OutputError`` when the field file
    cannot be read or the disk is full.
    """
    fields = read_fields(run / "fields.vtkhdf")
    stress = next((name for name in (PRINCIPAL_STRESS, HYDROSTATIC_STRESS) if name in fields.cell), None)
    settings = {
        "POTENTIAL": POTENTIAL if POTENTIAL in fields.point else None,
        "CURRENT_DENSITY": CURRENT_DENSITY if CURRENT_DENSITY in fields.cell else None,
        "STRESS": stress,
        "STRESS_LIMIT": _robust_limit(fields, stress) if stress else None,
        "INTERFACES": (run / "interfaces.vtkhdf").exists(),
        **_cut(run / "mesh.npz"),
    }
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jadeite.output", "."), trim_blocks=True, keep_trailing_newline=True
    )
    script = environment.get_template(_TEMPLATE)
    path = run / "view.py"
    write_text(path, script.render(settings={name: repr(value) for name, value in settings.items()}))
    return path


def _cut(mesh_file: Path) -> dict[str, object]:
    """Return where a solid is cut open, a point and a normal towards the viewer, and the rows of its flaw walls."""
    mesh = TaggedMesh.load(mesh_file) if mesh_file.exists() else None
    if mesh is None or mesh.dimension == 2:
        return {"CUT": None, "FLAW_ROWS": []}
    place = 0.5 * (mesh.points.min(axis=0) + mesh.points.max(axis=0))
    normal = [0.0, 0.0, 1.0]
    if mesh.flaws:
        deepest = max(mesh.flaws, key=lambda flaw: flaw.depth)
        place = np.array(deepest.mouth)
        if abs(deepest.normal[2]) > abs(deepest.normal[0]):
            normal = [1.0, 0.0, 0.0]
    rows = mesh.surfaces.rows(SurfaceKind.FLAW_WALL)[:_MOST_FLAWS]
    return {"CUT": (place.tolist(), normal), "FLAW_ROWS": rows.tolist()}


def _robust_limit(fields: FieldData, name: str) -> float:
    """Return a colour limit in Pa that singular tips do not set."""
    return float(np.quantile(np.abs(fields.cell[name]), 0.98)) or 1.0
