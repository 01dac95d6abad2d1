# SPDX-License-Identifier: LGPL-3.0-or-later
from itertools import pairwise

import numpy as np
import pytest

from jadeite.case.microstructure import Ellipsoid, Lens
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.solid.bodies import BodyMesh, around_line, in_grain, on_boundary

EQUAL = (0.3, 0.3 + 2 * np.pi / 3, 0.3 + 4 * np.pi / 3)
UNEQUAL = (-0.5, 0.9, 3.2)


def lens(degrees: float) -> Lens:
    return Lens.model_construct(law="lens", dihedral_angle=np.radians(degrees))


def ellipsoid(aspect_ratio: float) -> Ellipsoid:
    return Ellipsoid.model_construct(law="ellipsoid", aspect_ratio=aspect_ratio)


BODIES = {
    "sphere": lambda: in_grain(ellipsoid(1.0)),
    "needle": lambda: in_grain(ellipsoid(4.0)),
    "disc": lambda: in_grain(ellipsoid(0.3)),
    "sphere on boundary": lambda: on_boundary(ellipsoid(1.0)),
    "plate on boundary": lambda: on_boundary(ellipsoid(0.4)),
    "lens on boundary": lambda: on_boundary(lens(90.0)),
    "thin lens on boundary": lambda: on_boundary(lens(40.0)),
    "sphere on line": lambda: around_line(ellipsoid(1.0), UNEQUAL),
    "needle on line": lambda: around_line(ellipsoid(3.0), EQUAL),
    "lens on line": lambda: around_line(lens(120.0), UNEQUAL),
    "long lens on line": lambda: around_line(lens(75.0), EQUAL),
    "lens on four boundaries": lambda: around_line(lens(130.0), (0.0, 1.5, 3.0, 4.6)),
}


def qualities(body: BodyMesh) -> np.ndarray:
    """Four sqrt(3) area over the sum of squared edges: one for equilateral triangles."""
    corners = body.points[np.concatenate(body.patches)]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    squares = sum(np.sum((corners[:, k] - corners[:, k - 1]) ** 2, axis=1) for k in range(3))
    return 4 * np.sqrt(3) * area / squares


@pytest.mark.parametrize("name", BODIES)
def test_bodies_are_closed_and_star_shaped(name: str) -> None:
    body = BODIES[name]()
    triangles = np.concatenate(body.patches)
    edges = triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    assert len(np.unique(edges, axis=0)) == len(edges)
    assert {tuple(edge) for edge in edges.tolist()} == {tuple(edge) for edge in edges[:, ::-1].tolist()}
    assert len(body.points) - len(edges) // 2 + len(triangles) == 2
    assert np.all(np.unique(triangles) == np.arange(len(body.points)))
    # seen from the centre every triangle turns the same way
    assert np.all(np.linalg.det(body.points[triangles]) < 0.0)
    assert 30 < len(triangles) < 400
    assert qualities(body).min() > 0.3
    assert body.scaled(2.5).volume == pytest.approx(4 / 3 * np.pi * 2.5**3, rel=1e-12)


@pytest.mark.parametrize("name", [name for name in BODIES if "boundary" in name or "line" in name])
def test_seams_bound_the_patches(name: str) -> None:
    body = BODIES[name]()
    for row, patch in enumerate(body.patches):
        edges = {tuple(edge) for edge in patch[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).tolist()}
        rim = {edge for edge in edges if edge[::-1] not in edges}
        if len(body.seams) == 1:
            seam = body.seams[0].tolist()
            around = set(zip(seam, seam[1:] + seam[:1], strict=True))
            # triangles face the inside: those of the upper half run clockwise around the axis at the rim
            assert rim == (around if row else {edge[::-1] for edge in around})
            continue
        pair = [body.seams[row].tolist(), body.seams[(row + 1) % len(body.seams)].tolist()]
        along = {edge for seam in pair for edge in pairwise(seam)}
        assert {frozenset(edge) for edge in rim} == {frozenset(edge) for edge in along}


def test_seams_lie_in_their_half_planes() -> None:
    for shape in (ellipsoid(1.5), lens(110.0)):
        body = around_line(shape, UNEQUAL)
        for azimuth, seam in zip(UNEQUAL, body.seams, strict=True):
            points = body.points[seam]
            across = points @ (-np.sin(azimuth), np.cos(azimuth), 0.0)
            np.testing.assert_allclose(across, 0.0, atol=1e-14)
            assert np.all(points[1:-1] @ (np.cos(azimuth), np.sin(azimuth), 0.0) > 0.0)
            assert np.all(np.diff(points[:, 2]) > 0.0)


@pytest.mark.parametrize("degrees", [70.0, 100.0, 120.0, 150.0])
def test_lens_on_a_line_has_its_dihedral_angle(degrees: float) -> None:
    # three spheres with the radius and the distance that the shape follows from: the angle between two of them
    # where they meet is that between their radii there
    body = around_line(lens(degrees), EQUAL)
    bisectors = [np.array([np.cos(a + np.pi / 3), np.sin(a + np.pi / 3), 0.0]) for a in EQUAL]
    centres = []
    for patch, bisector in zip(body.patches, bisectors, strict=True):
        points = body.points[np.unique(patch)]
        # centre -d b of the sphere through all points of the patch: |p|^2 + 2 d p.b = const
        matrix = np.stack([2 * points @ bisector, -np.ones(len(points))], axis=1)
        (d, _), *_ = np.linalg.lstsq(matrix, -np.sum(points**2, axis=1), rcond=None)
        centres.append(-d * bisector)
        distance = np.linalg.norm(points + d * bisector, axis=1)
        np.testing.assert_allclose(distance, distance[0], rtol=1e-12)
    on_seam = body.points[body.seams[1][1:-1]]
    one, other = (on_seam - centre for centre in centres[:2])
    cosine = np.sum(one * other, axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    np.testing.assert_allclose(np.degrees(np.pi - np.arccos(cosine)), degrees, rtol=1e-10)


def test_lens_on_a_boundary_has_its_dihedral_angle() -> None:
    body = on_boundary(lens(100.0))
    upper = body.points[np.unique(body.patches[0])]
    rim = np.linalg.norm(body.points[body.seams[0]], axis=1)
    height = upper[:, 2].max()
    # a cap of height h over a rim of radius c meets its plane under 2 atan(h / c)
    assert np.degrees(4 * np.arctan(height / rim)) == pytest.approx(np.full(len(rim), 100.0), rel=1e-12)


def test_needles_are_as_long_as_asked_for() -> None:
    points = in_grain(ellipsoid(4.0)).points
    assert np.ptp(points[:, 2]) / np.ptp(points[:, 0]) == pytest.approx(4.0, rel=0.06)


def test_wetting_lenses_are_refused() -> None:
    with pytest.raises(MicrostructureError, match="wet"):
        around_line(lens(60.0), EQUAL)
    with pytest.raises(MicrostructureError, match="interiors"):
        in_grain(lens(120.0))
