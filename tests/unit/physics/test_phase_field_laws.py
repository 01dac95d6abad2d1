# SPDX-License-Identifier: LGPL-3.0-or-later
"""Crack models, toughness of bands and energy splits, from arrays alone."""

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import solveh_banded

from jadeite.materials.laws import cubic_stiffness, hexagonal_stiffness, isotropic_stiffness
from jadeite.physics.phase_field.registry import MODELS, SPLITS
from jadeite.physics.phase_field.splits.split import bulk_modulus, isotropic_part, shear_modulus
from jadeite.physics.phase_field.toughness import compensated

BULK, SHEAR = 3.0, 1.3
CLOSING = [split for split in SPLITS.values() if split.closed is not None]
LAME = BULK - 2.0 / 3.0 * SHEAR


def random_strains(number):
    return np.random.default_rng(3).normal(size=(number, 6))


def energy(strain):
    stiffness = isotropic_stiffness(
        9 * BULK * SHEAR / (3 * BULK + SHEAR), (3 * BULK - 2 * SHEAR) / (6 * BULK + 2 * SHEAR)
    )
    return 0.5 * np.einsum("ni,ij,nj->n", strain, stiffness, strain)


def closed(split, strain):
    return split.closed(np.asarray(strain, dtype=float), np.full(len(strain), BULK), np.full(len(strain), SHEAR))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_normalisation_makes_the_energy_of_a_profile_one(model):
    integral, _ = quad(lambda d: np.sqrt(model.local(d)), 0.0, 1.0)
    assert model.normalisation == pytest.approx(4.0 * integral, rel=1e-9)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_band_as_tough_as_the_rest_is_none(model):
    widths = np.array([0.05, 0.5, 1.0, 1.9, 3.0])
    assert model.half_band(np.full(5, 7.0), np.full(5, 7.0), widths) == pytest.approx(np.full(5, 3.5))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_wide_bands_count_alone_and_narrow_ones_not_at_all(model):
    one, two = np.array([1.0]), np.array([2.0])
    assert model.half_band(one, two, np.array([20.0])) == pytest.approx([0.5])
    assert model.half_band(one, two, np.array([1e-6])) == pytest.approx([1.0], rel=1e-4)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("inside", [0.3, 1.6])
def test_energy_beside_a_crack_in_a_band_is_the_smallest_there_is(name, inside):
    """Minimise the energy of linear elements on a line from d = 1 to where d ends, lengths over that of the model."""
    model, width, h = MODELS[name], 0.4, 1e-3
    found = [
        spent
        for end in ([6.0] if name == "AT2" else np.arange(1.0, 2.6, 0.01))
        for damage, spent in [smallest_energy(name, model.normalisation, inside, width, round(end / h), h)]
        if damage.min() >= 0.0
    ]
    assert model.half_band(np.array([inside]), np.array([1.0]), np.array([width])) == pytest.approx(
        [min(found)], rel=2e-3
    )


def smallest_energy(name, normalisation, inside, width, cells, h):
    """Damage between d = 1 and d = 0 on a line of cells of size h, and its energy."""
    tough = np.where(h * (np.arange(cells) + 0.5) < width, inside, 1.0) / normalisation
    local = 2.0 if name == "AT2" else 0.0
    diagonal, load = np.zeros(cells + 1), np.zeros(cells + 1)
    for shift in (0, 1):
        diagonal[shift : cells + shift] += tough * (2.0 / h + local * h / 3.0)
        if name == "AT1":
            load[shift : cells + shift] -= 0.5 * tough * h
    beside = tough * (-2.0 / h + local * h / 6.0)
    right = load[1:cells].copy()
    right[0] -= beside[0]
    damage = solveh_banded(np.stack([np.append(0.0, beside[1 : cells - 1]), diagonal[1:cells]]), right)
    values = np.concatenate([[1.0], damage, [0.0]])
    slope, mean = np.diff(values) / h, 0.5 * (values[1:] + values[:-1])
    square = (values[1:] ** 2 + values[1:] * values[:-1] + values[:-1] ** 2) / 3.0
    return damage, float((tough * h * ((square if name == "AT2" else mean) + slope**2)).sum())


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_compensated_band_has_the_toughness_that_is_wanted(model):
    wanted, first, second = np.array([0.2, 0.5, 1.0, 1.5]), np.full(4, 1.0), np.array([1.0, 0.8, 1.0, 2.0])
    width, broken = 0.5, np.full(4, 0.25)
    inside = compensated(model, wanted, first, second, width, broken)
    rest = np.full(4, width - 0.125)
    met = inside * model.mesh_excess * broken
    met += model.half_band(inside, first, rest) + model.half_band(inside, second, rest)
    assert met == pytest.approx(wanted, rel=1e-9)
    assert (inside[:2] < wanted[:2]).all()


def test_a_band_without_contrast_is_corrected_like_the_rest():
    for model in MODELS.values():
        excess = 1.0 + model.mesh_excess * 0.25
        grains = np.array([4.0 / excess])
        inside = compensated(model, np.array([4.0]), grains, grains, 0.6, np.array([0.25]))
        assert inside == pytest.approx(grains, rel=1e-9)


@pytest.mark.parametrize("split", CLOSING, ids=lambda split: split.name)
def test_stress_and_tangent_are_derivatives(split):
    strain, step = random_strains(60), 1e-6
    part = closed(split, strain)
    for k in range(6):
        change = step * np.eye(6)[k]
        ahead, behind = closed(split, strain + change), closed(split, strain - change)
        assert part.stress[:, k] == pytest.approx((ahead.energy - behind.energy) / (2 * step), abs=1e-6)
        assert part.tangent[:, :, k] == pytest.approx((ahead.stress - behind.stress) / (2 * step), abs=1e-6)


@pytest.mark.parametrize("split", CLOSING, ids=lambda split: split.name)
def test_both_parts_are_energies(split):
    strain = random_strains(200)
    part = closed(split, strain)
    assert (part.energy >= 0.0).all()
    assert (energy(strain) - part.energy >= -1e-12).all()


def test_the_spectral_parts_of_a_strain_and_of_its_opposite_make_the_whole():
    strain = random_strains(100)
    both = closed(SPLITS["spectral"], strain).energy + closed(SPLITS["spectral"], -strain).energy
    assert both == pytest.approx(energy(strain), rel=1e-12)


def test_volume_is_closed_by_pressure_and_shape_never():
    split = SPLITS["volumetric_deviatoric"]
    strain = np.array([[-1.0, -1.0, -1.0, 0, 0, 0], [1.0, 1.0, 1.0, 0, 0, 0], [0, 0, 0, 1.0, 2.0, 3.0]])
    assert closed(split, strain).energy == pytest.approx([0.5 * BULK * 9.0, 0.0, 0.0])


def test_shortening_is_closed_in_its_own_direction_alone():
    strain = np.array([[-1.0, 0, 0, 0, 0, 0], [1.0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 2.0]])
    whole = energy(strain)
    part = closed(SPLITS["spectral"], strain)
    # simple shear is tension on one diagonal and compression on the other
    assert part.energy == pytest.approx([whole[0], 0.0, SHEAR])


def test_equal_principal_strains_have_a_tangent():
    strain = np.array([[-1.0, -1.0, 2.0, 0, 0, 0], [-1.0, -1.0, -1.0, 0, 0, 0], [1.0, 1.0, 1.0, 0, 0, 0], [0.0] * 6])
    tangent = closed(SPLITS["spectral"], strain).tangent
    whole = isotropic_part(tangent[1:2])[0]
    assert tangent[1] == pytest.approx(whole)
    assert bulk_modulus(tangent[1:2])[0] == pytest.approx(BULK)
    assert shear_modulus(tangent[1:2])[0] == pytest.approx(SHEAR)
    assert tangent[2] == pytest.approx(np.zeros((6, 6)))
    assert np.isfinite(tangent).all()


def test_crystals_are_refused_where_a_split_has_no_answer():
    cubic = cubic_stiffness(7.6, 6.3, 4.3)[None]
    hexagonal = hexagonal_stiffness(280.0, 140.0, 110.0, 180.0, 25.0)[None]
    isotropic = isotropic_stiffness(80.0, 0.26)[None]
    suited = {
        name: [split.suits(stiffness) for stiffness in (isotropic, cubic, hexagonal)] for name, split in SPLITS.items()
    }
    assert suited == {
        "none": [True, True, True],
        "volumetric_deviatoric": [True, True, False],
        "spectral": [True, False, False],
        "hybrid": [True, False, False],
    }
