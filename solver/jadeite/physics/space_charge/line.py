# SPDX-License-Identifier: LGPL-3.0-or-later
"""The steady Nernst-Planck-Poisson equations on a line: mobile ions, the field they make, charged planes across it.

Every species k has a density c_k = c_k0 n(z (u - w_k)) and carries the current density

    j_k = -sigma_k s(z (u - w_k)) (kT/e) dw_k/dx,      the same everywhere in a steady state,
    -eps (kT/e) d2u/dx2 = e sum_k z_k c_k0 (n - 1) + charged planes,

u being the electrostatic and w_k the electrochemical potential in units of kT/e; n and s are those of `SiteLimited`, so
a species without limit of sites is dilute. What the bulk needs to be neutral is frozen.

Finite volumes around the nodes; between two nodes the potentials are linear, over which the mean of the resistivity 1/s
is known exactly (the scheme of Scharfetter and Gummel, 1969, written with electrochemical potentials). Potentials of
both kinds are found in turn (Gummel, 1964): w from the resistances between the nodes, which add up whatever their
contrast, and u by Newton's method with steps of limited length, which converges from any start because the density
falls monotonically with the potential. At the small currents that measure a resistance few turns suffice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import solve_banded

from jadeite.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from jadeite.physics.space_charge.conditions import Array, SpaceChargeError
from jadeite.physics.space_charge.site_limited import SiteLimited

_LONGEST_STEP, _TOLERANCE, _MOST_STEPS, _MOST_TURNS = 2.0, 1e-12, 1000, 200


@dataclass(frozen=True, slots=True)
class Species:
    """A mobile ion.

    Attributes:
        charge: in elementary charges, with its sign.
        density: number density in the bulk, 1/m^3.
        conductivity: what it adds to the conductivity of the bulk, S/m.
        site_density: of the sites it may take, 1/m^3; None: dilute.
    """

    charge: int
    density: float
    conductivity: float
    site_density: float | None = None

    @property
    def lattice(self) -> SiteLimited:
        """How it follows the potential."""
        return SiteLimited(0.0 if self.site_density is None else self.density / self.site_density)


@dataclass(frozen=True, slots=True)
class End:
    """What holds at one end: potential (V; None: no field) and the electrochemical potential of every species (V)."""

    potential: float | None
    electrochemical: Sequence[float]


@dataclass(frozen=True)
class Line:
    """An electrolyte between two ends.

    Attributes:
        x: nodes, rising, m.
        species: mobile ions.
        temperature: K.
        relative_permittivity: 1.
        plane_charge: charged planes, C/m^2, by node.
    """

    x: Array
    species: Sequence[Species]
    temperature: float
    relative_permittivity: float
    plane_charge: Mapping[int, float] = field(default_factory=dict)

    @property
    def debye_length(self) -> float:
        """sqrt(eps kT/(e^2 sum z^2 c)) of dilute ions, m."""
        charges = sum(species.charge**2 * species.density for species in self.species)
        permittivity = VACUUM_PERMITTIVITY * self.relative_permittivity
        return float(np.sqrt(permittivity * thermal_voltage(self.temperature) / (ELEMENTARY_CHARGE * charges)))


@dataclass(frozen=True)
class LineState:
    """A steady state.

    Attributes:
        potential: electrostatic potential at the nodes, V.
        electrochemical: electrochemical potential over z F of each species, shape (species, nodes), V.
        density: number densities, shape (species, nodes), 1/m^3.
        current: current density of each species, A/m^2.
        node_charge: charge of each node that balances its field: that of planes, pinned nodes and ends, C/m^2.
    """

    potential: Array
    electrochemical: Array
    density: Array
    current: Array
    node_charge: Array


def solve_line(
    line: Line, left: End, right: End, pinned: Mapping[int, float] | None = None, start: LineState | None = None
) -> LineState:
    """Return the steady state of a line.

    Args:
        line: the electrolyte.
        left, right: what holds at its ends.
        pinned: potentials (V) that nodes are held at, whatever charge this takes.
        start: a state to start from, of the same nodes.

    Raises:
        SpaceChargeError: the iterations do not converge.
    """
    volt = thermal_voltage(line.temperature)
    held = {node: end.potential for node, end in ((0, left), (len(line.x) - 1, right)) if end.potential is not None}
    held |= pinned or {}
    if start is None:
        u, w = np.zeros(len(line.x)), np.zeros((len(line.species), len(line.x)))
    else:
        u, w = start.potential / volt, start.electrochemical / volt
    for _ in range(_MOST_TURNS):
        w, current = _electrochemical(line, u, w, left, right, volt)
        before = u
        u = _potential(line, u, w, held, volt)
        if np.abs(u - before).max() < 10.0 * _TOLERANCE * max(1.0, float(np.abs(u).max())):
            density = [
                species.density * species.lattice.relative_concentration(species.charge * (u - of_species))
                for species, of_species in zip(line.species, w, strict=True)
            ]
            charge, _ = _imbalance(line, u, w, volt)
            return LineState(volt * u, volt * w, np.array(density), current, charge)
    raise SpaceChargeError(f"field and currents did not agree within {_MOST_TURNS} turns; a smaller voltage may help")


def mean_resistivity(lattice: SiteLimited, first: Array, second: Array) -> Array:
    """Return the mean of 1/s over intervals on which v is linear between the given ends.

    1/s = (1 - t)^2 e^v + 2 t (1 - t) + t^2 e^-v, and the mean of e^v is e^m sinh(d)/d with m and d half the sum and
    half the difference of the end values.
    """
    t, middle, half = lattice.filling, 0.5 * (first + second), 0.5 * (second - first)
    flat = np.abs(half) < 1e-4
    divisor = np.where(flat, 1.0, half)
    shape = np.where(flat, 1.0 + half**2 / 6.0, np.sinh(divisor) / divisor)
    mean = (1.0 - t) ** 2 * np.exp(middle) * shape + 2.0 * t * (1.0 - t)
    return np.asarray(mean + (t**2 * np.exp(-middle) * shape if t > 0.0 else 0.0), dtype=float)


def _electrochemical(line: Line, u: Array, w: Array, left: End, right: End, volt: float) -> tuple[Array, Array]:
    """Electrochemical potentials (species, nodes) and currents (species,) with the resistivities at those given."""
    rows, currents = [], []
    for k, (first, last) in enumerate(zip(left.electrochemical, right.electrochemical, strict=True)):
        species = line.species[k]
        v = species.charge * (u - w[k])
        resistance = np.diff(line.x) * mean_resistivity(species.lattice, v[:-1], v[1:]) / species.conductivity
        passed = np.concatenate([[0.0], np.cumsum(resistance)])
        rows.append((first + (last - first) * passed / passed[-1]) / volt)
        currents.append((first - last) / passed[-1])
    return np.array(rows), np.array(currents)


def _potential(line: Line, start: Array, w: Array, held: Mapping[int, float], volt: float) -> Array:
    """The potential (nodes,) in units of kT/e at given electrochemical potentials, by Newton's method.

    Raises:
        SpaceChargeError: it does not converge.
    """
    u = start.copy()
    longest = np.inf
    for _ in range(_MOST_STEPS):
        residual, matrix = _imbalance(line, u, w, volt)
        for node, charge in line.plane_charge.items():
            residual[node] -= charge
        for node, potential in held.items():
            residual[node] = u[node] - potential / volt
            matrix[1, node] = 1.0
            matrix[0, node + 1 : node + 2] = 0.0
            if node > 0:
                matrix[2, node - 1] = 0.0
        change = solve_banded((1, 1), matrix, residual)
        longest = float(np.abs(change).max())
        u -= change * min(1.0, _LONGEST_STEP / longest) if longest > 0.0 else 0.0
        if longest < _TOLERANCE * max(1.0, float(np.abs(u).max())):
            return u
    raise SpaceChargeError(
        f"the potential did not converge in {_MOST_STEPS} Newton steps (last change {longest * volt:.2g} V); "
        "a smaller potential of the core may"
    )


def _imbalance(line: Line, u: Array, w: Array, volt: float) -> tuple[Array, Array]:
    """Charge that the field at each node asks for and the ions do not give (C/m^2), and its slope by u in bands."""
    spacing = np.diff(line.x)
    volume = np.zeros(len(u))
    volume[:-1] += 0.5 * spacing
    volume[1:] += 0.5 * spacing
    stiffness = VACUUM_PERMITTIVITY * line.relative_permittivity * volt / spacing
    flux = stiffness * np.diff(u)
    residual, matrix = np.zeros(len(u)), np.zeros((3, len(u)))
    residual[:-1] -= flux
    residual[1:] += flux
    matrix[0, 1:] = matrix[2, :-1] = -stiffness
    matrix[1, :-1] += stiffness
    matrix[1, 1:] += stiffness
    for species, of_species in zip(line.species, w, strict=True):
        lattice, z = species.lattice, species.charge
        n = lattice.relative_concentration(z * (u - of_species))
        charge = ELEMENTARY_CHARGE * z * species.density * volume
        residual -= charge * (n - 1.0)
        matrix[1] += z * charge * n * (1.0 - lattice.filling * n)
    return residual, matrix
