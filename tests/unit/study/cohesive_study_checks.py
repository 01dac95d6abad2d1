# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of cases whose boundaries may open, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip

import pytest
from whole_runs import summary_of

#: A strength that no boundary reaches.
WHOLE = {"law": "cohesive_boundaries", "strength": "5 GPa"}


def cooled(fracture=None, **protocol):
    """The summary of grains that cool by 300 K and shrink most along an axis of their own, on every rank."""
    case = {
        "title": "grains that cool",
        "microstructure": {
            "width": "20 um",
            "seed": 1,
            "separator": {
                "layers": [{"thickness": "20 um", "polycrystal": {"grain_size": {"law": "lognormal", "mean": "8 um"}}}]
            },
            "mesh": {"interior_size": "3 um", "boundary_size": "2 um"},
        },
        "materials": {"electrolyte": {"material": "NZSP_x2"}},
        "temperature": "25 degC",
        "physics": {
            "mechanics": {
                "kinematics": "generalised_plane_strain",
                "stress_free_temperature": "325 degC",
                **({} if fracture is None else {"fracture": fracture}),
            }
        },
        "protocol": {"law": "loading", **protocol},
        "outputs": {"fields": False, "figures": False, "report": False},
    }
    return summary_of(case)


def headline(summary, name):
    return next(one.value for one in summary.headlines if one.key == name)


def last_step(summary, magnification=1.0):
    (table,) = [one for one in summary.tables if one.key == "load_steps"]
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows if row[0] == magnification][-1]


def check_bodies_that_do_not_break_are_elastic():
    """Grains whose expansion tilts out of the plane shear out of it, whichever way the body is solved."""
    elastic = cooled()
    energy, traction = last_step(elastic)["stored_energy"], headline(elastic, "boundary_traction_spread")
    cohesive = cooled(WHOLE, steps=1)
    # intact boundaries are springs that add about one per cent to the compliance
    assert last_step(cohesive)["stored_energy"] == pytest.approx(energy, rel=0.02)
    assert headline(cohesive, "boundary_traction_spread") == pytest.approx(traction, rel=0.03)
    assert abs(last_step(cohesive)["imbalance"]) < 1e-6
    # a phase field that stays whole
    tough = {"law": "phase_field", "model": "AT1", "split": "none", "length": "4 um"}
    crystals = cooled(tough, steps=1, magnifications=[1e-4])
    assert crystals is not None and last_step(crystals, 1e-4)["stored_energy"] == pytest.approx(1e-8 * energy, rel=1e-3)


def check_energies_grow_with_the_square_of_lengths():
    """Bodies that stay whole have the same stress at every size: in the plane ten times the size, a hundred times J/m.

    The springs of intact boundaries become stiffer where they would open at too small a share of the strength.
    """
    both = cooled(WHOLE, steps=1, magnifications=[1.0, 10.0])
    small, large = last_step(both), last_step(both, 10.0)
    for name in ("stored_energy", "external_work"):
        assert large[name] == pytest.approx(100.0 * small[name], rel=0.03)
    assert small["stored_energy"] > 0.0


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
