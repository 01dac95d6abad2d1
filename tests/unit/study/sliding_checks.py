# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of sodium that slides on the ceramic, as cases, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip

import numpy as np
import pytest
from whole_runs import summary_of

from jadeite.case.headlines import HYDROSTATIC_OF, LARGEST_MEAN_OF, SMALLEST_MEAN_OF

WIDTH, PRESSURE = 60e-6, 10e6
#: Young's modulus (Pa), Poisson ratio, thermal expansion (1/K)
CERAMIC, SODIUM = (80e9, 0.26, 20e-6), (5e9, 0.32, 70e-6)
LAYERS = [{"material": "sodium", "thickness": "20 um"}, {"material": "electrolyte", "thickness": "20 um"}]
PARTICLE = [
    {
        "material": "electrolyte",
        "thickness": "60 um",
        "inclusions": [{"material": "sodium", "radius": "12 um", "count": 1, "place": "grain_interiors"}],
    }
]


def material(name, young, poisson, expansion):
    values = {
        "youngs_modulus": f"{young} Pa",
        "poisson_ratio": poisson,
        "thermal_expansion": f"{expansion} 1/K",
    }
    return {"material": name, "override": values}


def loaded(layers, size, **mechanics):
    """The summary of a case with sodium, on every rank."""
    case = {
        "title": "sodium that slides",
        "microstructure": {
            "width": "60 um",
            "separator": {"layers": layers},
            "mesh": {"interior_size": "8 um", "boundary_size": size},
        },
        "materials": {
            "electrolyte": material("NZSP_x2", *CERAMIC),
            "sodium": material("Na_metal", *SODIUM),
        },
        "temperature": "25 degC",
        "physics": {
            "mechanics": {"kinematics": "plane_strain", "sides": "free", "metal": {"law": "elastic"}, **mechanics}
        },
        "protocol": {"law": "loading"},
        "outputs": {"fields": False, "figures": False, "report": False},
    }
    return summary_of(case)


def sliding(friction=0.0, cap=None):
    more = {} if cap is None else {"largest_shear_stress": cap}
    return {"law": "sliding", "friction_coefficient": friction, **more}


def headline(summary, key):
    return next(line.value for line in summary.headlines if line.key == key)


def profile(summary):
    return next(table for table in summary.tables if table.key == "sodium_face_profiles")


def values(table, label):
    column = next(number for number, column in enumerate(table.columns) if column.label == label)
    return np.array([row[column] for row in table.rows])


def check_layers_without_friction_bear_the_pressure_alone():
    """Plane strain, free sides: sigma_y = -p and nothing else in the plane; the edges slip by what is between the
    lateral strains nu (1 + nu) p / E of both. Bonded layers stretch each other."""
    summary = loaded(LAYERS, "6 um", stack_pressure="10 MPa", metal_contact=sliding())
    strains = [poisson * (1.0 + poisson) * PRESSURE / young for young, poisson, _ in (SODIUM, CERAMIC)]
    assert headline(summary, "largest_sodium_slip") == pytest.approx(0.5 * WIDTH * (strains[0] - strains[1]), rel=1e-4)
    assert headline(summary, "sodium_closed_share") == 1.0
    for role, (_, poisson, _) in (("sodium", SODIUM), ("electrolyte", CERAMIC)):
        assert headline(summary, HYDROSTATIC_OF + role) == pytest.approx(-PRESSURE * (1.0 + poisson) / 3.0, rel=1e-5)
        assert headline(summary, SMALLEST_MEAN_OF + role) == pytest.approx(-PRESSURE, rel=1e-5)
        assert abs(headline(summary, LARGEST_MEAN_OF + role)) < 1e-5 * PRESSURE
    np.testing.assert_allclose(values(profile(summary), "contact pressure"), PRESSURE, rtol=1e-4)
    assert abs(headline(summary, "energy_imbalance")) < 1e-9
    bonded = loaded(LAYERS, "6 um", stack_pressure="10 MPa")
    assert headline(bonded, LARGEST_MEAN_OF + "electrolyte") > 0.05 * PRESSURE


def check_flat_sides_make_both_layers_as_wide():
    """One lateral strain for both: sigma_x h adds up to zero and (sigma_x + nu' p) / E' is the same."""
    summary = loaded(LAYERS, "6 um", stack_pressure="10 MPa", sides="flat", metal_contact=sliding())
    (stiff, ratio), (other_stiff, other_ratio) = (
        (young / (1.0 - poisson**2), poisson / (1.0 - poisson)) for young, poisson, _ in (SODIUM, CERAMIC)
    )
    lateral = PRESSURE * (other_ratio / other_stiff - ratio / stiff) / (1.0 / stiff + 1.0 / other_stiff)
    for role, (_, poisson, _), own in (("sodium", SODIUM, lateral), ("electrolyte", CERAMIC, -lateral)):
        mean = (1.0 + poisson) * (own - PRESSURE) / 3.0
        assert headline(summary, HYDROSTATIC_OF + role) == pytest.approx(mean, rel=1e-5)


def check_friction_is_never_above_its_bound():
    for coefficient, cap in ((0.05, None), (0.3, 2e5)):
        text = None if cap is None else f"{cap} Pa"
        summary = loaded(LAYERS, "4 um", stack_pressure="10 MPa", metal_contact=sliding(coefficient, text))
        table = profile(summary)
        pressure, shear, slip = (values(table, label) for label in ("contact pressure", "shear traction", "slip"))
        bound = np.minimum(coefficient * pressure, np.inf if cap is None else cap)
        assert np.all(shear <= bound * (1.0 + 1e-9))
        slips = slip > 1e-3 * slip.max()
        assert slips.sum() > len(slips) // 2
        np.testing.assert_allclose(shear[slips], bound[slips], rtol=1e-6)
        assert abs(headline(summary, "energy_imbalance")) < 1e-6


def check_a_particle_that_shrinks_comes_off_its_hole():
    """Cooled sodium shrinks more than its hole: no traction is left; held along z, it bears E alpha dT there."""
    cooled = {"stress_free_temperature": "85 degC", "metal_contact": sliding(0.2)}
    summary = loaded(PARTICLE, "5 um", **cooled)
    young, _, expansion = SODIUM
    along = young * expansion * 60.0
    assert headline(summary, "sodium_closed_share") == 0.0
    assert headline(summary, "largest_sodium_contact_pressure") == 0.0
    assert headline(summary, LARGEST_MEAN_OF + "sodium") == pytest.approx(along, rel=1e-4)
    assert abs(headline(summary, SMALLEST_MEAN_OF + "sodium")) < 1e-4 * along
    assert values(profile(summary), "opening").min() > 0.0
    bonded = loaded(PARTICLE, "5 um", stress_free_temperature="85 degC")
    assert headline(bonded, SMALLEST_MEAN_OF + "sodium") > 0.5 * along


def check_a_particle_under_pressure_touches_at_its_poles_and_slips_within_friction():
    summary = loaded(PARTICLE, "5 um", stack_pressure="10 MPa", metal_contact=sliding(0.2))
    table = profile(summary)
    pressure, shear = values(table, "contact pressure"), values(table, "shear traction")
    height = values(table, "y")
    far = np.abs(height - height.mean()) > 0.8 * np.abs(height - height.mean()).max()
    assert 0.0 < headline(summary, "sodium_closed_share") < 1.0
    assert np.all(pressure[far] > 0.0)
    assert np.all(shear <= 0.2 * pressure * (1.0 + 1e-9))
    assert abs(headline(summary, "energy_imbalance")) < 1e-6


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
