# SPDX-License-Identifier: LGPL-3.0-or-later
"""The table says a microstructure in numbers beside its targets; samples are held against the right laws."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from jadeite.case.loading import parse_recipe
from jadeite.case.microstructure import FlawPopulation, LognormalSize, MixtureSize
from jadeite.microstructure.build import build
from jadeite.microstructure.network.attach import attach_network
from jadeite.microstructure.network.files import write_network
from jadeite.microstructure.quality import cell_measures, cell_shapes
from jadeite.microstructure.samples import (
    depth_sample,
    fitted_exponent,
    grain_size_samples,
    misorientation_samples,
    size_distribution,
)
from jadeite.microstructure.statistics import report_rows
from jadeite.microstructure.tagged_mesh import Flaw
from sample_meshes import solid_grains


def test_the_table_is_in_units_a_person_reads(nzsp):
    recipe, mesh = nzsp
    table = {row.label: row for row in report_rows(mesh, recipe)}
    assert table["grains"].value == len(mesh.regions)
    size = recipe.separator.polycrystal.grain_size.mean
    assert table["mean grain diameter"].target == pytest.approx(size * 1e6)
    assert table["mean grain diameter"].value == pytest.approx(size * 1e6, rel=0.03)
    for flaw in recipe.flaws:
        assert table[f"depth of flaw '{flaw.name}'"].value == pytest.approx(flaw.depth * 1e6)
        assert table[f"depth of flaw '{flaw.name}'"].target == pytest.approx(flaw.depth * 1e6)
    discs = len(mesh.pores) * np.pi * recipe.pores[0].radius ** 2
    share = 100 * discs / (recipe.width * recipe.thickness)
    assert table["porosity, triple junction"].value == pytest.approx(share, rel=0.02)
    assert table["porosity, triple junction"].unit == "%"
    assert table["pores, triple junction"].target == recipe.pores[0].count
    # isotropic boundaries of a plane tiling: length per area is pi/2 over the mean intercept, and intercepts are about
    # pi/4 of the diameter (Underwood 1970, Quantitative Stereology)
    length = table["length of grain boundaries"]
    assert length.unit == "µm"
    assert length.value == pytest.approx(2 * recipe.width * recipe.thickness / size * 1e6, rel=0.15)
    # in a plane tiling three boundaries meet at a point: twice as many points as grains, without those at the border
    assert 1.2 * len(mesh.regions) < table["triple points"].value < 2 * len(mesh.regions)


def test_every_grain_counts_once_whatever_its_pieces():
    mesh = solid_grains(6, 5)
    pieces = replace(mesh, regions=replace(mesh.regions, grain=np.array([0, 1, 1, 3, 4], dtype=np.int32)))
    (sample,) = grain_size_samples(pieces, None)
    volume = mesh.regions.measure
    expected = np.cbrt(6 / np.pi * np.array([volume[0], volume[1] + volume[2], volume[3], volume[4]]))
    assert np.sort(sample.values) == pytest.approx(np.sort(expected), rel=1e-9)
    assert np.isnan(sample.p_value)


def test_grains_that_bulge_into_another_layer_count_in_their_own():
    recipe = parse_recipe(
        """
width: 24 um
separator:
  layers:
    - {name: fine, thickness: 6 um, polycrystal: {grain_size: {law: lognormal, mean: 2 um}}}
    - {name: coarse, thickness: 12 um, polycrystal: {material: other, grain_size: {law: lognormal, mean: 5 um}}}
"""
    )
    mesh = build(recipe)
    middle = mesh.points[mesh.cells].mean(axis=1)[:, 1]
    fine = np.array(mesh.regions.material)[mesh.cell_region] == "electrolyte"
    assert middle[fine].max() > 6e-6
    samples = grain_size_samples(mesh, recipe)
    assert [sample.label for sample in samples] == ["fine", "coarse"]
    assert [len(sample.values) for sample in samples] == [
        sum(material == role for material in mesh.regions.material) for role in ("electrolyte", "other")
    ]
    assert samples[0].mean == pytest.approx(2e-6)


@pytest.mark.parametrize(
    "law",
    [
        {"law": "lognormal", "mean": "4 um", "coefficient_of_variation": 0.3},
        {
            "law": "mixture",
            "modes": [{"mean": "2 um", "share": 0.7}, {"mean": "8 um", "share": 0.3, "coefficient_of_variation": 0.1}],
        },
    ],
)
def test_size_distributions_are_those_of_their_laws(law):
    law = (LognormalSize if law["law"] == "lognormal" else MixtureSize).model_validate(law)
    cumulative, density = size_distribution(law)
    at = np.linspace(1e-9, 40e-6, 40001)
    assert np.trapezoid(density(at), at) == pytest.approx(1.0, abs=1e-6)
    assert np.trapezoid(at * density(at), at) == pytest.approx(law.mean, rel=1e-5)
    step = np.diff(cumulative(at)) / np.diff(at)
    assert step == pytest.approx(0.5 * (density(at)[1:] + density(at)[:-1]), abs=1e-4 * density(at).max())


def test_random_grains_pass_for_random_and_a_fibre_does_not(generator):
    mesh = attach_network(solid_grains(12, 60, crystal_symmetry="cubic"))
    (sample,) = misorientation_samples(mesh)
    assert sample.label == "cubic"
    assert np.degrees(sample.mean) == pytest.approx(40.74, abs=0.01)
    assert sample.p_value > 0.01
    angle = generator.uniform(0.0, np.pi, len(mesh.regions))
    turned = np.column_stack([np.cos(angle / 2), 0 * angle, np.sin(angle / 2), 0 * angle])
    fibre = attach_network(replace(mesh, regions=replace(mesh.regions, orientation=turned)))
    assert misorientation_samples(fibre)[0].p_value < 1e-6


def test_flaw_depths_are_held_against_their_law(recipe_of, generator):
    population = {
        "depths": {"law": "power_law", "smallest_depth": "1 um", "exponent": 3.0},
        "count": 400,
        "largest_depth": "8 um",
    }
    recipe = recipe_of("nzsp_polycrystal", flaw_population=population)
    assert isinstance(recipe.flaw_population, FlawPopulation)
    share = generator.random(400)
    depths = 1e-6 * (1 - share * (1 - 8.0**-3.0)) ** (-1 / 3.0)
    flaws = tuple(
        Flaw(str(k), (0.0, 0.0), (0.0, depth), 0.0, depth, (0.0, 1.0), "grain 1") for k, depth in enumerate(depths)
    )
    mesh = replace(solid_grains(2, 1), flaws=flaws)
    sample = depth_sample(mesh, recipe)
    assert sample.p_value > 0.01
    # the standard error of the exponent is about r/sqrt(n)
    assert fitted_exponent(sample.values, 1e-6, 8e-6) == pytest.approx(3.0, abs=3 * 3.0 / 20)
    assert kstest(sample.values * 1.1, sample.cumulative).pvalue < 0.01


def test_quality_of_known_tetrahedra():
    regular = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    right = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    points, cells = np.concatenate([regular, right]), np.array([[0, 1, 2, 3], [4, 5, 6, 7]])
    shapes = cell_shapes(points, cells)
    angles = np.degrees(shapes.dihedral)
    assert angles[0] == pytest.approx(np.full(6, np.degrees(np.arccos(1 / 3))))
    assert np.sort(angles[1]) == pytest.approx([np.degrees(np.arctan(np.sqrt(2)))] * 3 + [90.0] * 3)
    assert np.degrees(shapes.smallest_angle) == pytest.approx(angles.min(axis=1))
    # a corner of a cube: inscribed radius 1/(3 + sqrt 3), circumscribed sqrt(3)/2
    assert shapes.radius_ratio == pytest.approx([1.0, 6 / (np.sqrt(3) * (3 + np.sqrt(3)))])
    assert cell_measures(points, cells) == pytest.approx([8 / 3, 1 / 6])


def test_shapes_of_random_tetrahedra_either_way_round(generator):
    points = generator.uniform(size=(40, 3))
    cells = np.array([generator.permutation(40)[:4] for _ in range(100)])
    shapes = cell_shapes(points, cells)
    edges = points[cells][:, 1:] - points[cells][:, :1]
    # gradients of the barycentric coordinates stand on the facets and are one over the heights long
    gradients = np.linalg.inv(edges).transpose(0, 2, 1)
    gradients = np.concatenate([-gradients.sum(axis=1, keepdims=True), gradients], axis=1)
    length = np.linalg.norm(gradients, axis=2)
    cosine = -np.einsum("mik,mjk->mij", gradients, gradients) / (length[:, :, None] * length[:, None])
    largest = np.where(np.eye(4, dtype=bool), -1.0, cosine).max(axis=(1, 2))
    assert shapes.smallest_angle == pytest.approx(np.arccos(largest), rel=1e-6)
    # the radius of the inscribed sphere is one over the sum of one over the heights; the centre of the circumscribed
    # one is as far from every corner
    centre = np.linalg.solve(edges, 0.5 * np.sum(edges**2, axis=2)[:, :, None])[:, :, 0]
    ratio = 3.0 / length.sum(axis=1) / np.linalg.norm(centre, axis=1)
    assert shapes.radius_ratio == pytest.approx(ratio, rel=1e-6)


def test_network_tables_hold_the_whole_network(tmp_path):
    mesh = attach_network(solid_grains(6, 6))
    properties = {"area_specific_resistance": np.linspace(0.0, 1.0, len(mesh.surfaces))}
    mesh = replace(mesh, surfaces=replace(mesh.surfaces, properties=properties))
    tables = {path.name: list(csv.DictReader(path.open(encoding="utf-8"))) for path in write_network(mesh, tmp_path)}
    assert sum(float(row["volume (m^3)"]) for row in tables["regions.csv"]) == pytest.approx(8e-15, rel=1e-8)
    area = sum(float(row["area (m^2)"]) for row in tables["boundaries.csv"])
    assert area == pytest.approx(mesh.statistics["boundary_measure"], rel=1e-8)
    for row in tables["boundaries.csv"]:
        at = mesh.surfaces.name.index(row["boundary"])
        given = properties["area_specific_resistance"][at]
        assert float(row["area specific resistance (ohm m^2)"]) == pytest.approx(given)
        assert float(row["misorientation (degrees)"]) == pytest.approx(np.degrees(mesh.surfaces.misorientation[at]))
    length = sum(float(row["length (m)"]) for row in tables["triple_lines.csv"])
    assert length == pytest.approx(mesh.triple_lines.measure.sum(), rel=1e-8)
    assert len(tables["junctions.csv"]) == len(mesh.junctions)
    names = {row["triple line"] for row in tables["triple_lines.csv"]}
    assert {line for row in tables["junctions.csv"] for line in row["triple lines"].split("; ")} <= names


def test_properties_of_boundaries_where_there_are_none():
    recipe = parse_recipe(
        "width: 10 um\nseparator: {layers: [{thickness: 5 um}]}\n"
        "boundary_properties: {area_specific_resistance: {law: constant, value: 50 ohm*cm^2}}\n"
    )
    assert not any("boundaries" in row.label for row in report_rows(build(recipe), recipe))
