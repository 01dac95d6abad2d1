# SPDX-License-Identifier: LGPL-3.0-or-later
"""Studies of solids that leave at safe points again and again: the end is that of a run that never left."""

import json

import jadeite.fem  # noqa: F401  isort: skip
import pytest

from jadeite.output.prepared_run import CheckpointedStop
from jadeite.study.run import resume_run, run_case

METAL = {"law": "norton", "stress_exponent": 5, "reference_stress": "0.25 MPa", "reference_rate": "1e-3 1/s"}


def case(microstructure, materials, mechanics, protocol):
    return {
        "title": "a solid",
        "microstructure": microstructure,
        "materials": materials,
        "temperature": "25 degC",
        "physics": {"mechanics": mechanics},
        "protocol": protocol,
        "outputs": {"fields": False, "figures": False, "report": False},
    }


def foil(**protocol):
    return case(
        {
            "coordinates": "axisymmetric",
            "width": "50 um",
            "separator": {"layers": [{"material": "sodium", "thickness": "50 um"}]},
            "mesh": {"interior_size": "50 um", "boundary_size": "50 um"},
        },
        {"sodium": {"material": "Na_metal"}},
        {"sides": "free", "metal": METAL},
        {"law": "pressing", **protocol},
    )


def grains(fracture=None, **protocol):
    grain_size = {"law": "lognormal", "mean": "10 um"}
    return case(
        {
            "width": "20 um",
            "seed": 1,
            "separator": {"layers": [{"thickness": "20 um", "polycrystal": {"grain_size": grain_size}}]},
            "mesh": {"interior_size": "5 um", "boundary_size": "5 um"},
        },
        {"electrolyte": {"material": "NZSP_x2"}},
        {"stress_free_temperature": "325 degC", **({"fracture": fracture} if fracture else {})},
        {"law": "loading", **protocol},
    )


def cracks_in_contact():
    crack = {"name": "leaning", "centre": ["40 um", "40 um"], "half_length": "10 um", "tilt": "32 deg"}
    return case(
        {
            "width": "80 um",
            "separator": {"layers": [{"material": "electrolyte", "thickness": "80 um"}]},
            "cracks": [crack],
            "mesh": {"interior_size": "20 um", "boundary_size": "20 um", "tip_size": "1 um"},
        },
        {"electrolyte": {"material": "NZSP_x2"}},
        {
            "kinematics": "plane_strain",
            "sides": "free",
            "stack_pressure": "100 MPa",
            "crack_faces": "contact",
            "crack_friction_coefficient": 0.3,
        },
        {"law": "loading"},
    )


def sodium_that_slides():
    particle = {"material": "sodium", "radius": "12 um", "count": 1, "place": "grain_interiors"}
    return case(
        {
            "width": "60 um",
            "separator": {"layers": [{"material": "electrolyte", "thickness": "60 um", "inclusions": [particle]}]},
            "mesh": {"interior_size": "12 um", "boundary_size": "12 um"},
        },
        {"electrolyte": {"material": "NZSP_x2"}, "sodium": {"material": "Na_metal"}},
        {
            "kinematics": "plane_strain",
            "sides": "free",
            "stack_pressure": "10 MPa",
            "metal": {"law": "elastic"},
            "metal_contact": {"law": "sliding", "friction_coefficient": 0.2},
        },
        {"law": "loading"},
    )


#: Cases, and how many safe points the first attempt reaches before it leaves at the next; later ones go farther.
CASES = {
    "steady flow": (foil(current_densities=["1 mA/cm^2", "4 mA/cm^2"]), 1),
    "compressed foil": (foil(compression=0.2, duration="200 s", time_tolerance=0.1), 20),
    "opened boundaries": (grains(opened_boundaries=2), 1),
    "boundaries that open": (
        grains({"law": "cohesive_boundaries", "strength": "300 MPa"}, steps=3, magnifications=[60]),
        2,
    ),
    "boundaries under a dead load": (
        grains({"law": "cohesive_boundaries", "strength": "300 MPa"}, steps=3, magnifications=[60], control="load"),
        2,
    ),
    "phase field": (grains({"law": "phase_field", "split": "none"}, steps=3, magnifications=[60]), 9),
    "cracks in contact": (cracks_in_contact(), 1),
    "sodium that slides": (sodium_that_slides(), 0),
}


def findings(folder):
    """What a run has found: its summary without what is about the machine and the clock."""
    found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return {key: value for key, value in found.items() if key not in ("provenance", "timings")}


@pytest.mark.parametrize("name", CASES)
def test_ends_as_if_it_had_never_left(name, tmp_path, monkeypatch):
    given, length = CASES[name]
    path, whole, parts = (tmp_path / entry for entry in ("case.json", "whole", "parts"))
    path.write_text(json.dumps(given), encoding="utf-8")
    run_case(path, [], whole)

    left = length

    def leaves():
        nonlocal left
        left -= 1
        return left < 0

    monkeypatch.setattr("jadeite.study.checkpoint.stop_requested", leaves)
    with pytest.raises(CheckpointedStop):
        run_case(path, [], parts)
    for attempt in range(1, 20):
        left = length + attempt
        try:
            resume_run(parts)
        except CheckpointedStop:
            continue
        break
    assert findings(parts) == findings(whole)
