# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of boundaries that open: the energy they release, and the grain size from which they open by themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from jadeite.failure.tractions import INTERNAL, boundary_tractions, facet_tractions
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.network.tables import TripleLineTable
from jadeite.microstructure.orientation import rotation_matrices
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.mechanics import Kinematics, Mechanics, Pin, Platen, Support
from jadeite.physics.supports import Condition
from jadeite.physics.tensors import rotate_principal_values, symmetric_to_voigt
from jadeite.study.effective.states import grain_size
from jadeite.study.loading.body import LinearState
from jadeite.study.loading.linear_energy import LinearEnergy, linear_energy
from jadeite.study.loading.loads import Loads, SurfaceLoad, in_form
from jadeite.study.loading.opened import OpenedBoundary, opened_boundaries
from jadeite.verification.bricks import tagged
from jadeite.verification.random_media import polycrystal
from jadeite.verification.registry import Row, check, observed_order, printed

_SIDE, _TOP = SurfaceKind.SIDE_WALL, SurfaceKind.STRIPPING_ELECTRODE
_SILENT: Callable[[str, float], None] = lambda text, share: None  # noqa: E731
_MICRON = 1e-6
_YOUNG, _POISSON = 80e9, 0.26


@check("F16", "Microcracking: energy of an opened boundary, and the critical grain size", slow=True)
def microcracking() -> list[Row]:
    """A boundary of length 2 a opened under a tension s releases pi a s^2 / (2 E') per length (Griffith 1921).

    In a square plate of width 2 W = 40 a it is 1 + (pi a/(2 W))^2 / 4 times that: Feddersen's secant correction of K^2
    (1966), integrated over the length as it opens. The error falls with the cell size, as the square root at the tips
    makes it, and two meshes give the limit.

    The same plate held at both ends, which shrinks by s/E' across the boundary, has that stress as a misfit. The energy
    comes from the eigenstrain then, and as ends that stay take less, it is 1/(1 + 2 pi a^2/(2 W)^2) of the above.

    Residual stress in grains whose expansions differ by dalpha opens boundaries from d = 14.4 gamma/(E (dalpha dT)^2)
    on (Cleveland and Bradt 1978), whose prefactor other authors place between 3 and 20. Of eight boundaries of a plane
    polycrystal, the first to open must do so within these bounds.
    """
    pull = 100e6
    found = [_straight(cells, pull) for cells in (3, 6, 12)]
    plate = 1.0 + 0.25 * (math.pi / 40.0) ** 2
    exact = plate * 0.5 * math.pi * _MICRON * pull**2 * (1 - _POISSON**2) / _YOUNG
    limit = 2.0 * found[2] - found[1]
    held = [_straight(cells, pull, held=True) for cells in (6, 12)]
    order = observed_order([1 / 3, 1 / 6], [found[1] - found[0], found[2] - found[1]])
    energy, mismatch, change = 2.0, 15e-6, -1000.0
    estimate = printed(14.4 * 0.5 * energy / (_YOUNG * (mismatch * change) ** 2), 0.8e-6)
    critical = _first_to_open(mismatch, change, energy)
    middle = math.sqrt(3.0 * 20.0) / 14.4 * estimate
    return [
        Row("energy released by opening a straight boundary", exact, limit, 5e-3, unit="J/m^2"),
        Row(
            "energy released under a misfit of s/E'",
            exact / (1.0 + plate * 2.0 * math.pi / 40.0**2),
            2.0 * held[1] - held[0],
            5e-3,
            unit="J/m^2",
        ),
        Row("order in the cell size", 1.0, order, 0.1, "order"),
        Row(
            "ln of the critical grain size over 14.4 gamma/(E (dalpha dT)^2)",
            math.log(middle / estimate),
            math.log(critical / estimate),
            0.5 * math.log(20.0 / 3.0),
            "absolute",
        ),
    ]


def _straight(cells: int, pull: float, held: bool = False) -> float:
    """Energy release rate (J/m^2) of a boundary of length 2 um in a plate under tension, `cells` to a micrometre.

    Where the plate is held at both ends, it shrinks instead by what brings the same tension.
    """
    inner = np.linspace(0.0, 2.0, 2 * cells + 1)
    half = np.concatenate([inner, 2.0 + 1.8 * (np.geomspace(1.0, 11.0, 3 * cells + 1)[1:] - 1.0)])
    line = np.concatenate([-half[:0:-1], half])
    count = len(line)
    grid = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    first, second = np.meshgrid(np.arange(count - 1), np.arange(count - 1), indexing="ij")
    corner = (first * count + second).ravel()
    lower = np.stack([corner, corner + count, corner + count + 1], axis=1)
    upper = np.stack([corner, corner + count + 1, corner + 1], axis=1)
    triangles = np.concatenate([lower, upper])
    middle = grid[triangles].mean(axis=1)
    region = np.where(middle[:, 1] > 0.0, 0, np.where(np.abs(middle[:, 0]) < 1.0, 1, 2))
    ends = np.flatnonzero((np.abs(np.abs(grid[:, 0]) - 1.0) < 1e-9) & (np.abs(grid[:, 1]) < 1e-9))
    mesh = tagged(_MICRON * grid, triangles, region)
    mesh = replace(mesh, triple_lines=TripleLineTable(ridges=ends.reshape(-1, 1)))
    top = float(mesh.points[:, 1].max())
    bottom = SurfaceKind.PLATING_ELECTRODE
    loads = Loads(() if held else (SurfaceLoad("pull", (bottom,), -pull),))
    supports: list[Condition] = [Support((_TOP,), 1), Pin((0.0, top), 0), *([Support((bottom,), 1)] if held else [])]
    shrinks = np.zeros((3, 6))
    shrinks[:, 1] = -pull * (1.0 - _POISSON**2) / _YOUNG

    def solve(domain: Domain) -> tuple[LinearState, LinearEnergy]:
        stiffness = np.tile(isotropic_stiffness(_YOUNG, _POISSON), (3, 1, 1))
        body = Mechanics(domain, stiffness, shrinks if held else None, supports)
        state = LinearState(body, body.new_deformation("plate"), loads)
        body.solve(body.load(in_form(loads.surfaces, domain), eigenstrain=held), state.deformation)
        return state, linear_energy(state)

    wanted = mesh.surfaces.name.index("grain 1 | grain 2")
    return next(one.energy_release_rate for one in _open(mesh, solve, 2) if one.row == wanted)


def _first_to_open(mismatch: float, change: float, energy: float) -> float:
    """Smallest grain size (m) at which one of the boundaries of a plane polycrystal has the energy (J/m^2) to open."""
    mesh = polycrystal(2, 3, width=24.0, mean=5.0, size=0.7)
    regions = len(mesh.regions)
    principal = np.tile([0.0, 0.0, mismatch * change], (regions, 1))
    eigenstrain = symmetric_to_voigt(rotate_principal_values(principal, rotation_matrices(mesh.regions.orientation)))
    low, high = mesh.points.min(axis=0)[0], mesh.points.max(axis=0)[0]

    def solve(domain: Domain) -> tuple[LinearState, LinearEnergy]:
        held: list[Condition] = [
            Support((_TOP,), 1),
            Support((_TOP,), 2),
            Support((_SIDE,), 0, where=lambda x: np.abs(x[0] - low) < 1e-12),
            Platen((_SIDE,), 0, where=lambda x: np.abs(x[0] - high) < 1e-12),
        ]
        stiffness = np.tile(isotropic_stiffness(_YOUNG, _POISSON), (regions, 1, 1))
        body = Mechanics(domain, stiffness, eigenstrain, held, Kinematics.GENERALISED_PLANE_STRAIN)
        state = LinearState(body, body.new_deformation("cooling"), Loads(()))
        body.solve(body.load(eigenstrain=True), state.deformation)
        return state, linear_energy(state)

    sound = [one.energy_release_rate for one in _open(mesh, solve, 8) if one.overlap <= 0.05]
    return grain_size(mesh) * energy / max(sound)


def _open(
    mesh: TaggedMesh, solve: Callable[[Domain], tuple[LinearState, LinearEnergy]], number: int
) -> list[OpenedBoundary]:
    domain = Domain.from_tagged_mesh(mesh)
    state, energy = solve(domain)
    stress = state.mechanics.stress(state.deformation)
    tractions = boundary_tractions(domain, facet_tractions(domain, stress, INTERNAL))
    return opened_boundaries(state, energy, tractions, number, solve, _SILENT)
