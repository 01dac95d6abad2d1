# SPDX-License-Identifier: LGPL-3.0-or-later
"""Space charge in cases: closures are one word apart, and the resolved study finds a flat boundary's closed form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import resolve
from jadeite.microstructure.build import build
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.summary import Summary
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.contact import Contact
from jadeite.study.assembly import space_charge as assemble
from jadeite.study.assembly.boundaries import boundary_transport
from jadeite.study.assembly.cell import region_conductivity
from jadeite.study.run import run_case

LAW: dict[str, Any] = {
    "law": "space_charge",
    "core_charge": "0.07 C/m^2",
    "carrier_density": "1e26 1/m^3",
    "relative_permittivity": 30,
}
IONS = {"law": "nernst_planck_poisson", "carrier_density": "1e26 1/m^3", "relative_permittivity": 30}


def layered(thickness: str, repeat: int) -> dict[str, Any]:
    """Flat grains on top of each other."""
    return {"layers": [{"material": "electrolyte", "thickness": thickness, "repeat": repeat}]}


def case_file(folder: Path, **changes: Any) -> Path:
    given: dict[str, Any] = {
        "title": "space charge",
        "microstructure": {
            "width": "1 um",
            "seed": 2,
            "separator": {
                "thickness": "1 um",
                "polycrystal": {
                    "material": "electrolyte",
                    "crystal_symmetry": "cubic",
                    "grain_size": {"law": "lognormal", "mean": "0.3 um", "coefficient_of_variation": 0.2},
                },
            },
        },
        "materials": {
            "electrolyte": {"material": "NZSP_x2", "override": {"conductivity": "0.1 S/m"}, "override_source": "test"}
        },
        "physics": {"grain_boundaries": LAW, "plating_interface": {"law": "ideal"}, "mechanics": "none"},
        "protocol": {"law": "steady", "current_density": "1 mA/cm^2"},
        "failure": {"criteria": []},
        "outputs": {"figures": False, "report": False, "fields": False},
    }
    for path, value in changes.items():
        place = given
        *outer, last = path.split("__")
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = value
    file = folder / "case.yaml"
    file.write_text(json.dumps(given))
    return file


def resistance_of_cell(file: Path, closure: str) -> float:
    """Area-specific resistance of a polycrystal with a closure, ohm m^2."""
    loaded = load_case(file, [f"physics.grain_boundaries.closure={closure}"])
    materials = resolve(loaded.case, loaded.recipe)
    domain = Domain.from_tagged_mesh(build(loaded.recipe, None))
    problem = Conduction(
        domain,
        region_conductivity(materials, domain.tagged),
        boundary_transport(loaded.case, materials, domain.tagged).resistance,
        plating=[Contact((SurfaceKind.PLATING_ELECTRODE,), None)],
        stripping=[Contact((SurfaceKind.STRIPPING_ELECTRODE,), None)],
    )
    return problem.solve(Current(loaded.recipe.electrode_area)).voltage


def test_resolved_and_full_closure_are_one_word_apart(tmp_path: Path) -> None:
    file = case_file(tmp_path)
    closed, resolved = (resistance_of_cell(file, closure) for closure in ("poisson_boltzmann", "resolved"))
    neutral = 1e-6 / 0.1
    assert closed > 1.5 * neutral  # else the comparison would say nothing about boundaries
    assert resolved == pytest.approx(closed, rel=1e-2)
    assert resistance_of_cell(file, "mott_schottky") - neutral < 0.7 * (closed - neutral)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two flat grains with one charged boundary, run as a case."""
    folder = tmp_path_factory.mktemp("flat")
    file = case_file(
        folder,
        microstructure={"width": "2 nm", "separator": layered("20 nm", 2)},
        physics__ion_transport={"electrolyte": IONS},
        protocol={"law": "steady", "voltage": "0.1 mV"},
    )
    run_case(file, [], folder / "run")
    return Summary.from_json(folder / "run" / "summary.json")


def test_resolved_study_of_a_flat_boundary(flat: Any) -> None:
    found = {headline.key: headline.value for headline in flat.headlines}
    assert found["space_charge_resistance"] == pytest.approx(found["space_charge_resistance_in_closed_form"], rel=5e-3)
    assert found["core_charge"] == pytest.approx(0.07)
    assert found["area_specific_resistance"] == pytest.approx(
        found["cell_voltage"] / found["applied_current_density"], rel=1e-9
    )
    assert flat.conservation.relative_difference < 1e-8
    assert flat.conservation.relative_power_difference < 1e-8
    (profile,) = (table for table in flat.tables if table.key == "space_charge_profile")
    resolved, closed = (np.array(profile.column(name)) for name in ("potential", "closure_potential"))
    assert resolved == pytest.approx(closed, abs=2e-3 * closed.max())
    assert min(profile.column("distance")) < 0.0 < max(profile.column("distance"))


def test_hold_relaxes_to_the_steady_state(flat: Any, tmp_path: Path) -> None:
    file = case_file(
        tmp_path,
        microstructure={"width": "2 nm", "separator": layered("20 nm", 2)},
        physics__ion_transport={"electrolyte": IONS},
        protocol={"law": "hold", "voltage": "0.1 mV", "duration": "20 us", "time_tolerance": 1e-3},
    )
    run_case(file, [], tmp_path / "run")
    held = {one.key: one.value for one in Summary.from_json(tmp_path / "run" / "summary.json").headlines}
    steady = {one.key: one.value for one in flat.headlines}
    assert held["applied_current_density"] == pytest.approx(steady["applied_current_density"], rel=1e-3)
    # two leaky capacitors in series, empty layers 2 w thick and the neutral rest of the grains: (C1 + C2) / (G1 + G2)
    layers = steady["core_charge"] / (ELEMENTARY_CHARGE * 1e26)
    grains = 40e-9 - layers
    capacity = 30.0 * VACUUM_PERMITTIVITY * (1.0 / layers + 1.0 / grains)
    resistance_of_grains = grains / 0.1
    conductance = 1.0 / resistance_of_grains + 1.0 / (steady["area_specific_resistance"] - resistance_of_grains)
    assert held["charging_time"] == pytest.approx(capacity / conductance, rel=0.1)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"physics__grain_boundaries": {**LAW, "potential": "0.2 V"}}, "gives both `potential` and `core_charge`"),
        ({"physics__grain_boundaries": {**LAW, "closure": "site_limited"}}, "limits the number of sites"),
        (
            {"physics__grain_boundaries": {**LAW, "closure": "site_limited", "site_density": "5e25 1/m^3"}},
            "leaves no site empty",
        ),
        ({"physics__grain_boundaries": {**LAW, "site_density": "5e27 1/m^3"}}, "has no effect with the closure"),
        ({"physics__grain_boundaries": {**LAW, "core_charge": "-0.01 C/m^2"}}, "gathers sodium ions"),
        (
            {
                "physics__ion_transport": {"electrolyte": {**IONS, "carrier_density": "2e26 1/m^3"}},
            },
            "in the same grains",
        ),
        (
            {"physics__ion_transport": {"electrolyte": IONS}, "physics__plating_interface": {"law": "butler_volmer"}},
            "exchange ions freely",
        ),
        (
            {
                "physics__ion_transport": {"electrolyte": IONS},
                "physics__grain_boundaries": {"law": "constant", "resistance": "1 ohm*cm^2"},
            },
            "does not know",
        ),
        (
            {
                "physics__ion_transport": {"electrolyte": IONS},
                "protocol": {"law": "hold", "current_density": "0 mA/cm^2", "duration": "1 s"},
            },
            "in equilibrium from the start",
        ),
    ],
)
def test_what_does_not_fit_together_is_said(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(CaseError, match=says):
        load_case(case_file(tmp_path, **changes))


def test_coarse_cells_at_charged_boundaries_are_refused(tmp_path: Path) -> None:
    file = case_file(
        tmp_path,
        microstructure={"width": "20 nm", "mesh": {"boundary_size": "5 nm"}, "separator": layered("20 nm", 2)},
        physics__ion_transport={"electrolyte": IONS},
    )
    loaded = load_case(file)
    materials = resolve(loaded.case, loaded.recipe)
    size = assemble.cell_size(loaded.case, materials)
    assert size is not None and 5e-11 < size < 1e-9
    assert assemble.with_cell_sizes(loaded, size) is loaded
    domain = Domain.from_tagged_mesh(build(loaded.recipe, None))
    with pytest.raises(CaseError, match="boundary_size"):
        assemble.check_cell_size(domain, size)


def test_barriers_beyond_the_solver_are_refused(tmp_path: Path) -> None:
    law = {name: value for name, value in LAW.items() if name != "core_charge"} | {"potential": "0.9 V"}
    loaded = load_case(case_file(tmp_path, physics__ion_transport={"electrolyte": IONS}, physics__grain_boundaries=law))
    with pytest.raises(CaseError, match="kT/e"):
        assemble.layers_by_role(loaded.case, resolve(loaded.case, loaded.recipe))


def test_microstructures_far_above_the_layers_are_refused_before_meshing(tmp_path: Path) -> None:
    def sized(extent: str) -> Any:
        structure = {"width": extent, "separator": layered(extent, 2)}
        loaded = load_case(case_file(tmp_path, microstructure=structure, physics__ion_transport={"electrolyte": IONS}))
        return assemble.with_cell_sizes(loaded, assemble.cell_size(loaded.case, resolve(loaded.case, loaded.recipe)))

    assert sized("100 nm").recipe.mesh.boundary_size < 1e-9
    with pytest.raises(CaseError, match="nanometres"):
        sized("500 um")
