# SPDX-License-Identifier: LGPL-3.0-or-later
"""What was achieved against what was wanted: grain sizes, misorientations and flaw depths as samples of laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import kstest, norm

from jadeite.microstructure.flaw_population import exponent_of
from jadeite.microstructure.network.rules import distinct_boundaries
from jadeite.microstructure.quality import cell_measures
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.microstructure.tessellation.grain_sizes import diameters_of
from jadeite.microstructure.texture import random_misorientation

if TYPE_CHECKING:
    from jadeite.case.microstructure import GrainSize, Polycrystal, Recipe

Array = NDArray[np.float64]

# below this number a test against a law says nothing
FEWEST = 8


@dataclass(frozen=True, eq=False)
class Sample:
    """Values (n,) in SI, and the cumulative distribution they were drawn from, if there is one.

    `label` says of what; `density` belongs to the distribution.
    """

    label: str
    values: Array
    cumulative: Callable[[Array], Array] | None = None
    density: Callable[[Array], Array] | None = None
    mean: float = np.nan
    variation: float = np.nan

    @property
    def p_value(self) -> float:
        """Probability of a sample as far from its law as this, after Kolmogorov and Smirnov; NaN without a law."""
        if self.cumulative is None or len(self.values) < FEWEST:
            return float("nan")
        return float(kstest(self.values, self.cumulative).pvalue)


def grain_size_samples(mesh: TaggedMesh, recipe: Recipe | None) -> list[Sample]:
    """Equivalent diameters of the grains as meshed, one sample for each material of each layer of grains.

    A grain belongs to the layer its middle lies in or, where that has no grains of its material, to the nearest that
    has: between two layers of grains the grains decide the shape of the interface. Columns are measured across. Without
    a recipe, or where the microstructure is imported, all grains of a material are one sample without a law. Uniform
    layers and particles are no grains.
    """
    measure, height, material = _grains(mesh)
    if recipe is None or not recipe.layers:
        layers: list[tuple[str, float, float, Polycrystal | None]] = [("", -np.inf, np.inf, None)]
    else:
        tops = np.cumsum([layer.thickness * layer.repeat for layer in recipe.layers])
        layers = [
            (layer.name or f"layer {row + 1}", top - layer.thickness * layer.repeat, top, layer.polycrystal)
            for row, (layer, top) in enumerate(zip(recipe.layers, tops, strict=True))
            if layer.polycrystal is not None
        ]
    samples: list[Sample] = []
    if not layers:
        return samples
    layer_of_grain = _layers_of_grains(layers, height, material)
    for row, (name, _, _, polycrystal) in enumerate(layers):
        within = layer_of_grain == row
        for role in dict.fromkeys(material[within].tolist()):
            mine = within & (material == role)
            parts = [name if len(layers) > 1 else "", role if len(set(material[within])) > 1 else ""]
            label = ", ".join(part.replace("_", " ") for part in parts if part)
            law = None if polycrystal is None else _size_law(polycrystal, role)
            samples.append(_size_sample(label, _diameters(mesh, recipe, polycrystal, measure[mine]), law))
    return samples


def misorientation_samples(mesh: TaggedMesh) -> list[Sample]:
    """Misorientation angles of grain boundaries in rad, each boundary once, with that of random crystals as the law.

    One sample for each crystal symmetry, which labels it; isotropic grains and layers of one crystal have none.
    """
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    angle = mesh.surfaces.misorientation[rows]
    boundary, _ = distinct_boundaries(mesh.regions, mesh.surfaces.regions[rows])
    _, first = np.unique(boundary, return_index=True)
    symmetry = np.array(mesh.regions.crystal_symmetry)[mesh.surfaces.regions[rows, 0]]
    samples = []
    for name in sorted(set(symmetry[first].tolist()) - {"isotropic"}):
        values = angle[first][(symmetry[first] == name) & np.isfinite(angle[first])]
        if values.any():
            cumulative = random_misorientation(name)
            at = np.linspace(0.0, np.pi, 20001)
            mean = float(np.trapezoid(1.0 - cumulative(at), at))
            samples.append(Sample(name, values, cumulative, mean=mean))
    return samples


def depth_sample(mesh: TaggedMesh, recipe: Recipe) -> Sample | None:
    """Depths in m of the flaws of a recipe's population with their law; None when it has none.

    N(>c) = N0 (c/c0)^(-r), cut off at the largest depth.
    """
    population = recipe.flaw_population
    if population is None:
        return None
    listed = {flaw.name for flaw in recipe.flaws}
    values = np.array([flaw.depth for flaw in mesh.flaws if flaw.name not in listed])
    low, exponent = population.depths.smallest_depth, exponent_of(population.depths)
    kept = 1.0 - (population.largest_depth / low) ** -exponent
    return Sample("depth", values, lambda c: np.clip((1.0 - (c / low) ** -exponent) / kept, 0.0, 1.0), mean=exponent)


def fitted_exponent(depths: Array, smallest: float, largest: float) -> float:
    """Exponent r of N(>c) = N0 (c/c0)^(-r) between two depths, most likely for these depths; NaN for fewer than two.

    The likelihood of a Pareto law cut off at the largest depth (Aban, Meerschaert and Panorska, J. Am. Stat. Assoc.
    101, 2006, 270, eq. 3).
    """
    if len(depths) < 2:
        return float("nan")
    mean, width = float(np.log(depths / smallest).mean()), float(np.log(largest / smallest))

    def slope(exponent: float) -> float:
        return 1.0 / exponent - width / np.expm1(exponent * width) - mean

    lowest, highest = 1e-6 / width, 600.0 / width
    if slope(lowest) <= 0.0:
        return float("nan")
    return float(brentq(slope, lowest, highest))


def size_distribution(law: GrainSize) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """Cumulative distribution and density (1/m) of diameters in m; each grain counts once."""
    modes = [(1.0, law)] if law.law == "lognormal" else [(mode.share, mode) for mode in law.modes]
    total = sum(share for share, _ in modes)
    parts = []
    for share, mode in modes:
        width = np.sqrt(np.log1p(mode.coefficient_of_variation**2))
        parts.append((share / total, np.log(mode.mean) - 0.5 * width**2, max(width, 1e-9)))

    def cumulative(diameter: Array) -> Array:
        logarithm = np.log(np.maximum(diameter, 1e-300))
        return np.asarray(sum(share * norm.cdf((logarithm - middle) / width) for share, middle, width in parts))

    def density(diameter: Array) -> Array:
        at = np.maximum(diameter, 1e-300)
        return np.asarray(
            sum(share * norm.pdf((np.log(at) - middle) / width) / (width * at) for share, middle, width in parts)
        )

    return cumulative, density


def _size_sample(label: str, diameters: Array, law: GrainSize | None) -> Sample:
    if law is None:
        return Sample(label, diameters)
    cumulative, density = size_distribution(law)
    modes = [(1.0, law)] if law.law == "lognormal" else [(mode.share, mode) for mode in law.modes]
    total = sum(share for share, _ in modes)
    square = sum(share * mode.mean**2 * (1.0 + mode.coefficient_of_variation**2) for share, mode in modes) / total
    variation = float(np.sqrt(max(square / law.mean**2 - 1.0, 0.0)))
    if variation < 1e-6:
        # equal grains are no sample of anything
        return Sample(label, diameters, mean=law.mean, variation=variation)
    return Sample(label, diameters, cumulative, density, law.mean, variation)


def _layers_of_grains(
    layers: list[tuple[str, float, float, Polycrystal | None]], height: Array, material: NDArray[np.object_]
) -> NDArray[np.int64]:
    """Row of the layer that each grain belongs to: the nearest of those that have grains of its material."""
    distance = np.empty((len(layers), len(height)))
    for row, (_, bottom, top, polycrystal) in enumerate(layers):
        distance[row] = np.maximum(np.maximum(bottom - height, height - top), 0.0)
        if polycrystal is not None:
            roles = [polycrystal.material, *(phase.material for phase in polycrystal.second_phases)]
            distance[row, ~np.isin(material, roles)] = np.inf
    return np.argmin(distance, axis=0)


def _size_law(polycrystal: Polycrystal, role: str) -> GrainSize:
    for phase in polycrystal.second_phases:
        if phase.material == role and phase.grain_size is not None:
            return phase.grain_size
    return polycrystal.grain_size


def _diameters(mesh: TaggedMesh, recipe: Recipe | None, polycrystal: Polycrystal | None, measure: Array) -> Array:
    """Equivalent diameters in m; of columns, those of their cross-sections."""
    if recipe is None or polycrystal is None or polycrystal.shape.law != "columnar":
        return diameters_of(measure, mesh.dimension)
    direction = "xyz".index(polycrystal.shape.direction)
    if direction == 1:
        length = next(layer.thickness * layer.repeat for layer in recipe.layers if layer.polycrystal is polycrystal)
    else:
        length = recipe.box[direction]
    return diameters_of(measure / length, mesh.dimension - 1)


def _grains(mesh: TaggedMesh) -> tuple[Array, Array, NDArray[np.object_]]:
    """Measure, height of the middle in m and material of each grain, its pieces put together."""
    regions = mesh.regions
    named = np.array([name.startswith("grain") for name in regions.name])
    size, height_of_cell = cell_measures(mesh.points, mesh.cells), mesh.points[:, 1][mesh.cells].mean(axis=1)
    count = len(regions)
    total = np.bincount(mesh.cell_region, size, minlength=count)
    moment = np.bincount(mesh.cell_region, size * height_of_cell, minlength=count)
    _, first, number = np.unique(regions.grain[named], return_index=True, return_inverse=True)
    number = number.ravel()
    height = np.bincount(number, moment[named]) / np.bincount(number, total[named])
    # of their sections, where the mesh is that of a body of revolution
    measure = np.bincount(number, total[named])
    return measure, height, np.array(regions.material, dtype=object)[named][first]
