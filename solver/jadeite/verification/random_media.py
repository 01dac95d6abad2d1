# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of effective conductivity in random microstructures: polycrystals and mixtures of two phases, many of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jadeite.case.loading import parse_recipe
from jadeite.microstructure.build import build
from jadeite.microstructure.orientation import random_orientations
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.verification.grading import graded, junctions
from jadeite.verification.registry import Row, check, printed
from jadeite.verification.samples import (
    across,
    crystals,
    effective_conductivity,
    hashin_shtrikman,
    phases,
    shared,
)
from jadeite.verification.shapes import divided

_GRAINS = """\
dimension: {dimension}
seed: {seed}
width: {width} um
separator:
  thickness: {width} um
  polycrystal:
    grain_size: {{law: lognormal, mean: {mean} um, coefficient_of_variation: 0.3}}
    crystal_symmetry: {symmetry}
    second_phases: {second}
mesh: {{interior_size: {size} um, boundary_size: {size} um}}
"""


def polycrystal(
    dimension: int, seed: int, *, width: float, mean: float, size: float, second: float = 0.0
) -> TaggedMesh:
    """A square (cube) of grains of about `mean` micrometres, a share `second` of them of role "second"."""
    phase = f"[{{material: second, fraction: {second}}}]" if second else "[]"
    text = _GRAINS.format(
        dimension=dimension,
        seed=seed,
        width=width,
        mean=mean,
        size=size,
        second=phase,
        symmetry="isotropic" if second else "hexagonal",
    )
    return shared(lambda: build(parse_recipe(text)))


@check("T12", "Plane polycrystals of uniaxial grains", slow=True)
def plane_polycrystals() -> list[Row]:
    """sigma = sqrt(s1 s2) in the mean over random textures (Dykhne 1971); sigma_x sigma_y = s1 s2 for every sample.

    The second, sharper statement holds for any sample between two electrodes and two insulated walls, whatever its
    grains: current lines of one direction are equipotentials of the other (Mendelson, J. Appl. Phys. 46, 1975, 4740).
    Finite elements bound both from above, so that s1 s2 / sigma_x bounds sigma_y from below; the geometric mean of the
    two bounds is the value that is averaged.
    """
    first, second = 1.0, 0.01
    expected = printed(float(np.sqrt(first * second)), 0.1)
    along, both = [], []
    for seed in range(20):
        mesh = divided(polycrystal(2, seed, width=50.0, mean=3.4, size=1.2))
        mesh = graded(mesh, junctions(mesh), rounds=4)
        # each crystal conducts well along one direction of the plane, which turns evenly
        angle = np.random.default_rng(seed).uniform(0.0, np.pi, len(mesh.regions))
        axis = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        tensors = second * np.eye(2) + (first - second) * axis[:, :, None] * axis[:, None, :]
        upwards = effective_conductivity(mesh, tensors)
        sideways = effective_conductivity(across(mesh), tensors, axis=0)
        along.append(np.sqrt(upwards * first * second / sideways))
        both.append(np.sqrt(upwards * sideways))
    return [
        Row("mean over 20 samples (geometric)", expected, float(np.exp(np.mean(np.log(along)))), 0.05, unit="S/m"),
        Row("sqrt(sigma_x sigma_y), smallest", expected, float(min(both)), 0.05, unit="S/m"),
        Row("sqrt(sigma_x sigma_y), largest", expected, float(max(both)), 0.05, unit="S/m"),
    ]


@check("T13", "Hashin-Shtrikman bounds of mixtures of two phases", slow=True)
def two_phases() -> list[Row]:
    """Every sample of 80 % of 0.1 S/m and 20 % of 0.001 S/m lies between the bounds for its own share of the phases.

    0 is the lower bound and 1 the upper one. A single sample is not isotropic, so that it could leave the bounds by its
    scatter; these are far enough inside.
    """
    good, bad = 0.1, 0.001
    rows = []
    for dimension, printed_bounds, samples, width, size in (
        (2, (0.008266055, 0.06721854), 20, 50.0, 0.6),
        (3, (0.01142105, 0.07309783), 6, 18.0, 4.0),
    ):
        for value, reference in zip(hashin_shtrikman(good, bad, 0.2, dimension), printed_bounds, strict=True):
            printed(value, reference)
        places = []
        for seed in range(samples):
            mesh = polycrystal(dimension, seed, width=width, mean=3.4, size=size, second=0.2)
            share = mesh.regions.measure[np.array(mesh.regions.material) == "second"].sum() / mesh.regions.measure.sum()
            low, high = hashin_shtrikman(good, bad, float(share), dimension)
            got = effective_conductivity(mesh, phases(mesh, {"electrolyte": good, "second": bad}))
            places.append((got - low) / (high - low))
        for word, place in (("lowest", min(places)), ("highest", max(places))):
            quantity = f"{word} place between the bounds, {samples} samples in {dimension} dimensions"
            rows.append(Row(quantity, 0.5, float(place), 0.5, "absolute"))
    return rows


@check("T14", "Polycrystals of uniaxial grains in three dimensions", slow=True)
def solid_polycrystals() -> list[Row]:
    """Effective medium: (s_c - s)/(s_c + 2 s) + 2 (s_ab - s)/(s_ab + 2 s) = 0 (Bolger 1964; Helsing and Helte 1991)."""
    in_plane, c_axis = 1.0, 0.01
    expected = printed(_effective_medium(in_plane, c_axis), 0.509808)
    samples = []
    for seed in range(6):
        mesh = polycrystal(3, seed, width=18.0, mean=3.4, size=4.0)
        for texture in range(4):
            turned = random_orientations(len(mesh.regions), np.random.default_rng((seed, texture)))
            textured = replace(mesh, regions=replace(mesh.regions, orientation=turned))
            samples.append(effective_conductivity(textured, crystals(textured, in_plane, c_axis)))
    error = float(np.std(samples, ddof=1) / np.sqrt(len(samples)))
    voigt, reuss = (2 * in_plane + c_axis) / 3, 3 / (2 / in_plane + 1 / c_axis)
    inside = [(value - reuss) / (voigt - reuss) for value in samples]
    return [
        Row("mean over 24 textures of 6 tessellations", expected, float(np.mean(samples)), 0.05, unit="S/m"),
        Row("standard error of that mean", 0.0, error, 0.02, "absolute", "S/m"),
        Row("lowest place between the bounds of Reuss and Voigt", 0.5, min(inside), 0.5, "absolute"),
        Row("highest place between the bounds of Reuss and Voigt", 0.5, max(inside), 0.5, "absolute"),
    ]


def _effective_medium(in_plane: float, c_axis: float) -> float:
    """The positive root of (s_c - s)(s_ab + 2 s) + 2 (s_ab - s)(s_c + 2 s) = -6 s^2 + 3 s_ab s + 3 s_ab s_c."""
    return float((in_plane + np.sqrt(in_plane**2 + 8.0 * in_plane * c_axis)) / 4.0)
