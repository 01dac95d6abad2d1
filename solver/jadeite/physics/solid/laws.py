# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a law of a nonlinear solid has to answer at a set of points: the contract of bulk and interface laws.

A law knows nothing of meshes. It is given arrays over points and answers with arrays over points:

* a `BulkLaw` the stress for a strain, at quadrature points of cells (`cell_points.py`);
* an `InterfaceLaw` the traction for a displacement jump, at quadrature points of facets (`facet_points.py`), between
  the two sides of an interior facet of the broken displacement space or between a boundary facet and an obstacle.

Conventions of all arrays:

* Strain and stress are Voigt vectors 11, 22, 33, 23, 13, 12, shears engineering, tension positive, shape (points, 6).
  The strain has been freed of the eigenstrain already.
* A jump is the displacement of side 1 minus that of side 0 in the local frame (normal, first tangent, second tangent),
  shape (points, 3): the normal points from side 0 to side 1, so its first component is positive where the interface
  opens. Side 0 is the first region in the row of the surface table. In the plane the first tangent is (-n_y, n_x), the
  normal turned counter-clockwise, and the second is z; in space the tangents are two fixed directions in the facet. The
  traction is what side 0 feels: it pulls side 0 along its outward normal where its first component is positive, is work
  conjugate to the jump, and side 1 feels its opposite.
* A history is an array (points, history size) that starts as zeros; its columns belong to the law.
* `row` tells points apart that share a law: the region row (bulk) or the surface row (interface) of each point, with
  which a law looks up its parameters. One law serves all grains or boundaries.

`update` starts from the history at the start of a step, which it must not change, and is asked again in each iteration.
It never raises for values it cannot handle: at such points it answers with NaN, upon which all ranks give the step up
together and a shorter one is tried.

Time. A law integrates its history by backward Euler over the step it is given. Where every history column has a
rate, y' = f(strain, y), so that any combination of starts makes sense (`has_rate`), steps of second order are made
of two such updates (`steps.py`). A history that remembers extremes has no rate and says so.

Energies are densities per volume (bulk, J/m^3) or area (interface, J/m^2). `stored_energy` belongs to a state;
`dissipated_energy` is that of a step between two equilibrium states. The energy ledger compares both with the work that
the step does by the trapezoidal rule, so the balance closes to rounding if stored + dissipated is the work
of the mean of the stresses (tractions) at both ends on the change of strain (jump). A law works each of them out from
its own state, never one as what is left of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Response:
    """What a law answers to a strain or jump.

    Attributes:
        stress: stress (points, 6), Pa; of an interface the traction (points, 3), Pa.
        tangent: its derivative by the strain (points, 6, 6), Pa, or by the jump (points, 3, 3), Pa/m, consistent with
            the update of the history over the step.
        history: at the end of the step, (points, history size).
    """

    stress: Array
    tangent: Array
    history: Array


@dataclass(frozen=True, eq=False)
class State:
    """A state of the points of a law.

    Attributes:
        strain: strain (points, 6), 1; of an interface the jump (points, 3), m.
        stress: stress (points, 6) or traction (points, 3), Pa.
        history: (points, history size).
    """

    strain: Array
    stress: Array
    history: Array


class BulkLaw(Protocol):
    """Stress as a function of strain and history."""

    @property
    def history_size(self) -> int:
        """Columns of the history."""

    @property
    def has_rate(self) -> bool:
        """Whether the history changes with time at a rate; False also where it never changes."""

    @property
    def stiffness(self) -> Array:
        """Elastic stiffness, (6, 6) for all points or (rows, 6, 6) by row, Pa."""

    def update(self, strain: Array, history: Array, step: float, row: Rows) -> Response:
        """Return stress, consistent tangent and new history for the strain at the end of a step (s)."""

    def inelastic_strain(self, history: Array) -> Array:
        """Return the part of the strain (points, 6) that stores no energy."""

    def stored_energy(self, state: State, row: Rows) -> Array:
        """Return the density of stored energy (points,), J/m^3."""

    def dissipated_energy(self, before: State, after: State, row: Rows) -> Array:
        """Return the density of energy dissipated between two states (points,), J/m^3."""


class InterfaceLaw(Protocol):
    """Traction as a function of displacement jump and history."""

    @property
    def history_size(self) -> int:
        """Columns of the history."""

    @property
    def has_rate(self) -> bool:
        """Whether the history changes with time at a rate; False also where it never changes."""

    def update(self, jump: Array, history: Array, step: float, row: Rows) -> Response:
        """Return traction, consistent tangent and new history for the jump (m) at the end of a step (s)."""

    def stored_energy(self, state: State, row: Rows) -> Array:
        """Return the density of stored energy (points,), J/m^2."""

    def dissipated_energy(self, before: State, after: State, row: Rows) -> Array:
        """Return the density of energy dissipated between two states (points,), J/m^2."""


@dataclass(frozen=True, eq=False)
class BulkRegions:
    """A law and the regions (rows of the region table) that follow it."""

    law: BulkLaw
    regions: Sequence[int] | NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class InterfaceRows:
    """A law and the surfaces (rows of the surface table) that follow it.

    On interior facets the displacement jumps between the pieces of the body on both sides; facets inside one piece stay
    closed and are left out. On boundary facets the law holds between the body, which is side 0, and a rigid obstacle.

    Attributes:
        law: the interface law.
        rows: rows of the surface table.
        nodal: the points are the nodes of the displacement on a facet, which keeps stiff laws from oscillating
            (Schellekens and de Borst 1993), instead of Gauss points for twice its degree.
        obstacle: displacement (m) of the obstacle, with its distance from the body in the reference state, as arrays of
            points (3, n) -> (3, n); None for one that touches and does not move. Only for boundary facets.
    """

    law: InterfaceLaw
    rows: Sequence[int] | NDArray[np.integer]
    nodal: bool = False
    obstacle: Callable[[Array], Array] | None = None
