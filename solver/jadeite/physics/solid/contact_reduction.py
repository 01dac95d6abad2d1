# SPDX-License-Identifier: LGPL-3.0-or-later
"""An elastic body whose surfaces touch: its response to tractions at points of contact, and its state with them.

`Mechanics` solves for one traction at a time with the matrix it has factorised already; the responses make the
compliance of `ContactEquilibrium`, which finds the tractions, and one more solve gives the displacement everywhere.
Whatever holds the body (plates, layers with give, sides that repeat, the strain along a slice) is in the compliance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import ArrayLike, NDArray
from petsc4py import PETSc
from scipy.spatial import cKDTree

from jadeite.fem.state import Kept, State
from jadeite.physics.mechanics import Deformation, Load, Mechanics
from jadeite.physics.solid.contact_compliance import AppliedCompliance, Compliance, DeferredCompliance, DenseCompliance
from jadeite.physics.solid.contact_equilibrium import ContactEquilibrium, ContactPoints
from jadeite.physics.solid.contact_law import Friction
from jadeite.physics.solid.contact_surface import ContactSurface
from jadeite.physics.solid.contact_ties import REMAINS

Array = NDArray[np.float64]

#: Traction that responses are computed for, over the stiffness of the body.
_UNIT = 1e-3

#: Unknowns of contact up to which the compliance is made as a matrix.
_DENSE = 600


class ElasticContact:
    """An elastic body with one surface of contact.

    Attributes:
        mechanics: the body.
        surface: its points of contact.
        places: coordinates of every point on every rank, m, (points, 3).
        jumps: jump of the displacement at every point in the last state, normal first, m, (points, components).
        equilibrium: state of the points, the same on every rank.
    """

    def __init__(
        self,
        mechanics: Mechanics,
        surface: ContactSurface,
        friction: Friction,
        progress: Callable[[int, int], None] | None = None,
        springs: float = 0.0,
    ) -> None:
        """Gather the points; the compliance is prepared with the first load.

        That of few points is a matrix, made by a solve for each, and for each direction if there is friction.

        Args:
            mechanics: the body; what holds it, springs across the surface included, leaves no rigid-body motion.
            surface: made of `mechanics.space`.
            friction: friction law.
            progress: called with solves done and to do; 0 to do where their number is not known.
            springs: stiffness of the springs of `ContactTies`, Pa/m; contact takes them back
                up to a small share.

        Note:
            Collective.
        """
        self.mechanics, self.surface = mechanics, surface
        self._comm: MPI.Comm = mechanics.domain.mesh.comm
        self._components = mechanics.components
        self._areas, self._frames = self._everywhere(surface.area), self._everywhere(surface.frame)
        self.places = self._everywhere(surface.place)
        self.jumps = np.zeros((len(self.places), self._components))
        self._first = self._comm.exscan(len(surface.area)) or 0
        self._state = mechanics.new_deformation("displacement")
        self._nothing = mechanics.load()
        self._released, self._remaining = (1.0 - REMAINS) * springs, REMAINS * springs
        self._used = self._components if friction.coefficient > 0.0 or springs > 0.0 else 1
        self._progress = progress
        compliance = DeferredCompliance((len(self._areas), self._used), self._compliance)
        gap = self._everywhere(surface.initial_gap)
        self.equilibrium = ContactEquilibrium(compliance, self._areas, gap, friction, self._released)

    def advance(
        self,
        load: Load,
        deformation: Deformation,
        *,
        approach: float = 0.0,
        drag: ArrayLike | None = None,
        force: float | None = None,
    ) -> ContactPoints:
        """Find the state under the next load of a path.

        Args:
            load: all that acts beside contact.
            deformation: receives the state of the body.
            approach: how far the obstacle has moved towards the body, m.
            drag: how far it has moved along its tangents, m, (tangents,); None for not at all.
            force: with which the obstacle presses, N (in the plane N/m), instead of its approach.

        Raises:
            ConvergenceError: when states of contact go on changing, or when the linear solver fails.

        Note:
            Collective.
        """
        self.mechanics.solve(load, deformation)
        free = self._jump(deformation)[:, : self._used]
        found = self.equilibrium.advance(free, approach=approach, drag=drag, force=force)
        between = found.traction - self._released * found.jump
        self.mechanics.solve(replace(load, forces=self._forces(between)), deformation)
        self.jumps = self._jump(deformation)
        return found

    def state(self) -> State:
        """Return the state of all points, known by place and frame, since their order is another on other ranks."""
        return {
            "places": self.places,
            "frames": self._frames,
            "jumps": self.jumps,
            "equilibrium": self.equilibrium.state(),
        }

    def restore(self, kept: Kept) -> None:
        """Go to a kept state. Collective."""
        frames = np.asarray(kept["frames"])
        size = float(np.ptp(self.mechanics.domain.tagged.points, axis=0).max())
        # points of several surfaces meet in one place, and differ in their normals
        before = np.column_stack([np.asarray(kept["places"]) / size, frames[:, 0]])
        _, order = cKDTree(before).query(np.column_stack([self.places / size, self._frames[:, 0]]))
        turn = np.einsum("pik,pjk->pij", self._frames, frames[order])
        # a frame that is the same as it was turns nothing, to the last digit
        turn[(self._frames == frames[order]).all(axis=(1, 2))] = np.eye(self._components)
        self.jumps = np.einsum("pij,pj->pi", turn, np.asarray(kept["jumps"])[order])
        self.equilibrium.restore(kept.part("equilibrium"), order, turn)

    @property
    def spring_energy(self) -> float:
        """Energy of the springs that remain across the surface, J."""
        return 0.5 * self._remaining * float(self._areas @ (self.jumps**2).sum(axis=1))

    def tractions(self) -> Array:
        """Return the traction at every point as a vector on side 0, Pa, shape (points, components)."""
        answer = np.zeros((len(self._areas), self._components))
        answer[:, : self._used] = self.equilibrium.now.traction
        return np.einsum("pi,pij->pj", answer, self._frames)

    def traction_field(self) -> fem.Function:
        """Return the traction on the body as a field of the cells at its surface, Pa, to be read on their facets.

        Where a facet ends in a point without contact, as on the front of a crack, it has the mean of its other points.
        """
        facets, mechanics = self.surface.facets, self.mechanics
        degree = mechanics.degree if self.surface.nodal else 1
        msh = mechanics.domain.mesh
        field = fem.Function(fem.functionspace(msh, ("DG", degree, (self._components,))), name="contact traction")
        present = (facets.point >= 0)[:, :, None]
        values = np.where(present, self.tractions()[facets.point], 0.0)
        mean = values.sum(axis=1, keepdims=True) / np.maximum(present.sum(axis=1, keepdims=True), 1)
        values = -facets.sign[:, None, None] * np.where(present, values, mean)
        dofs = field.function_space.dofmap.list[facets.cell][np.arange(len(facets.cell))[:, None], facets.node]
        field.x.array.reshape(-1, self._components)[dofs] = values
        field.x.scatter_forward()
        return field

    def facet_means(self, values: Array) -> Array:
        """Return the mean of values at points, zero elsewhere, on each local facet of the mesh."""
        msh, facets = self.mechanics.domain.mesh, self.surface.facets
        index_map = msh.topology.index_map(msh.topology.dim - 1)
        means = np.zeros(index_map.size_local + index_map.num_ghosts)
        present = facets.point >= 0
        total = np.where(present, values[facets.point], 0.0).sum(axis=1)
        means[facets.facet] = total / np.maximum(present.sum(axis=1), 1)
        return means

    def _compliance(self) -> Compliance:
        if len(self._areas) * self._used <= _DENSE:
            return DenseCompliance(self._matrix(self._progress))
        return AppliedCompliance(self._closed_by(self._progress), self._own(), self._used)

    def _own(self) -> Array:
        """What a point closes by itself: about the size of its facets over the stiffness."""
        largest = float(np.abs(self.mechanics.region_stiffness).max())
        return np.asarray(self._everywhere(self.surface.size) / largest)

    def _closed_by(self, progress: Callable[[int, int], None] | None) -> Callable[[Array], Array]:
        free, done = self._response(None), 0

        def closed(traction: Array) -> Array:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done, 0)
            largest = float(np.abs(traction).max(initial=0.0))
            if largest == 0.0:
                return np.zeros_like(traction)
            scale = _UNIT * float(np.abs(self.mechanics.region_stiffness).max()) / largest
            return (free - self._response(scale * traction)) / scale

        return closed

    def _matrix(self, progress: Callable[[int, int], None] | None) -> Array:
        points = len(self._areas)
        count = points * self._used
        response = np.zeros((count, points, self._used))
        # prescribed displacements stay in every solve: the response has to stand out from them
        unit = _UNIT * float(np.abs(self.mechanics.region_stiffness).max())
        free = self._response(None)
        for number in range(count):
            traction = np.zeros((points, self._used))
            traction[divmod(number, self._used)] = unit
            response[number] = (free - self._response(traction)) / unit
            if progress is not None:
                progress(number + 1, count)
        return np.moveaxis(response.reshape(points, self._used, points, self._used), (0, 1), (2, 3))

    def _response(self, traction: Array | None) -> Array:
        load = self._nothing if traction is None else replace(self._nothing, forces=self._forces(traction))
        self.mechanics.solve(load, self._state)
        return self._jump(self._state)[:, : self._used]

    def _forces(self, traction: Array) -> PETSc.Vec:
        """Forces of tractions (points, directions) on the dofs of the displacement."""
        jump = self.surface.jump
        rows, forces = jump.createVecLeft(), jump.createVecRight()
        values = np.zeros((len(self.surface.area), self._components))
        mine = slice(self._first, self._first + len(values))
        values[:, : traction.shape[1]] = -self.surface.area[:, None] * traction[mine]
        rows.getArray()[:] = values.ravel()
        jump.multTranspose(rows, forces)
        return forces

    def _jump(self, deformation: Deformation) -> Array:
        """Jump of a displacement at every point, (points, components)."""
        rows = self.surface.jump.createVecLeft()
        self.surface.jump.mult(deformation.displacement.x.petsc_vec, rows)
        return self._everywhere(rows.getArray(readonly=True).reshape(-1, self._components).copy())

    def _everywhere(self, rows: Array) -> Array:
        return np.concatenate(self._comm.allgather(rows))
