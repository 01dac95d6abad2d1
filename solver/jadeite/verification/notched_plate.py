# SPDX-License-Identifier: LGPL-3.0-or-later
"""Check of the notched plate that papers on phase fields pull: the load at which its notch grows by Griffith's theory.

Peak loads of phase fields scatter around it, from 0.63 to 0.75 kN with the length of the model, the mesh and how the
notch is made (Miehe, Welschinger and Hofacker 2010 and many since), so that they tell little of a toughness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from jadeite.failure.intensity import InteractionIntegral, energy_release_rate
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Mechanics
from jadeite.physics.supports import Condition, Pin, Support
from jadeite.verification.registry import Row, check
from jadeite.verification.shapes import domain_of, edge_slit, everywhere

SIDE, NOTCH = 1e-3, 0.5e-3  # m
LAME, SHEAR = 121.15e9, 80.77e9  # Pa
YOUNG, POISSON = SHEAR * (3 * LAME + 2 * SHEAR) / (LAME + SHEAR), 0.5 * LAME / (LAME + SHEAR)
ENERGY = 2700.0  # J/m^2
THICKNESS = 1e-3  # m, of the forces that the literature prints
UNIT = 1e-6  # m, displacement that the elastic problem is solved for

BOTTOM, TOP, FREE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL


@dataclass(frozen=True)
class PulledPlate:
    """A plate under the unit displacement of its top edge: force (N/m) and energy release rate (J/m^2)."""

    force: float
    energy_release_rate: float

    @property
    def critical_displacement(self) -> float:
        """Displacement at which the notch grows, m: the energy release rate rises with its square."""
        return float(UNIT * np.sqrt(ENERGY / self.energy_release_rate))

    @property
    def critical_force(self) -> float:
        """Force at that displacement, N."""
        return self.force * THICKNESS * self.critical_displacement / UNIT


def pulled(notch: float, clamped: bool) -> PulledPlate:
    """Pull a plate with a notch from its left side; its lower and upper edge are `clamped` or slide along x."""
    half = 0.5 * SIDE
    slit = edge_slit((0.0, 0.0), (notch, 0.0))
    domain = domain_of(
        {"plate": shapely.box(0.0, -half, SIDE, half)},
        [
            (BOTTOM, shapely.LineString([(0.0, -half), (SIDE, -half)])),
            (TOP, shapely.LineString([(0.0, half), (SIDE, half)])),
            (FREE, everywhere),
        ],
        # the stress is singular at the tip, and weakly so at clamped corners
        SizeField(
            SIDE / 15,
            growth=0.2,
            at_points=(
                (notch, 0.0, 1e-3 * SIDE),
                *((x, y, 4e-3 * SIDE) for x in (0.0, SIDE) for y in (-half, half)),
            ),
        ),
        voids=[slit],
    )
    conditions: list[Condition] = [
        Support((BOTTOM,), 1),
        Support((TOP,), 1, lambda x: np.full(x.shape[1], UNIT)),
        *([Support((BOTTOM, TOP), 0)] if clamped else [Pin((SIDE, -half), 0)]),
    ]
    mechanics = Mechanics(domain, isotropic_stiffness(YOUNG, POISSON)[None], None, conditions)
    state = mechanics.new_deformation("notched plate")
    mechanics.solve(mechanics.load(), state)
    integral = InteractionIntegral(state.displacement, mechanics.strain(state), mechanics.stress(state), [])
    intensity = integral.evaluate((notch, 0.0), (1.0, 0.0), 0.4 * NOTCH, SHEAR, POISSON)
    return PulledPlate(
        force=2.0 * mechanics.strain_energy(state) / UNIT,
        energy_release_rate=energy_release_rate(intensity, SHEAR, POISSON),
    )


@check("F13", "Notched plate of the phase-field literature: what Griffith's theory says")
def notched_plate() -> list[Row]:
    """No closed form: numbers of another program, by biquadratic elements and the derivative of compliance.

    Here by the interaction integral; the last row is its energy release rate against G = -1/2 u dF/da. Information on
    what peak loads of phase fields are compared with, no check of a phase field.
    """
    rows = []
    for clamped, force, displacement in ((True, 645.0, 4.5575e-6), (False, 653.8, 4.8659e-6)):
        plate, edges = pulled(NOTCH, clamped), "clamped" if clamped else "sliding"
        rows += [
            Row(f"force at growth, edges {edges}", force, plate.critical_force, 3e-3, unit="N"),
            Row(
                f"displacement at growth, edges {edges}",
                1e6 * displacement,
                1e6 * plate.critical_displacement,
                3e-3,
                unit="um",
            ),
        ]
        if clamped:
            step = 0.02 * NOTCH
            longer, shorter = (pulled(NOTCH + sign * step, clamped).force for sign in (1, -1))
            by_force = -0.5 * UNIT * (longer - shorter) / (2.0 * step)
            by_tip = plate.energy_release_rate
    rows.append(Row("energy release rate, edges clamped, by compliance", by_force, by_tip, 3e-3, unit="J/m^2"))
    return rows
