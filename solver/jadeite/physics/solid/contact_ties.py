# SPDX-License-Identifier: LGPL-3.0-or-later
"""Springs between surfaces in contact, which hold a body that nothing but contact holds while its matrix is factorised.

A foil between plates and a particle in its hole have rigid-body motions of their own, and no compliance without the
surfaces that hold them. With springs of stiffness k across all points of contact the matrix is regular; the tractions
of contact take them back: springs and the tractions t - k j on the points, with the jump j, are t alone. A share of
10^-7 of the springs stays, so that a body that has come loose altogether has a place. Its own error is that share of
the stiffness of the softest region times jump over facet: some tens of pascals for sodium.
"""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray
from petsc4py import PETSc

from jadeite.fem.domain import Domain
from jadeite.physics.solid.contact_surface import ContactSurface, facing_surfaces

#: Share of the springs that contact does not take back.
REMAINS = 1e-7


class ContactTies:
    """Springs across facing surfaces.

    Attributes:
        pairs: points of the undistributed mesh that the springs join, shape (n, 2).
        stiffness: of all springs, Pa/m, known once `matrix` was made; that of one kind of spring everywhere puts a body
            that slides freely into the middle of its surface.
    """

    def __init__(self, domain: Domain, facets: NDArray[np.int32], pairs: NDArray[np.int64], modulus: float) -> None:
        """Say where springs are.

        Args:
            domain: the body.
            facets: local facets of the surfaces, as of `facing_surfaces`.
            pairs: points of the undistributed mesh on either side.
            modulus: Pa; the springs have this over the mean size of a facet as stiffness per area.
        """
        self.pairs, self.stiffness = pairs, 0.0
        self._domain, self._facets, self._modulus = domain, facets, modulus
        self._surface: ContactSurface | None = None

    @property
    def surface(self) -> ContactSurface:
        """The points of contact, on the space that `matrix` was made for."""
        assert self._surface is not None
        return self._surface

    def matrix(self, space: fem.FunctionSpace) -> PETSc.Mat:
        """Return the stiffness matrix of the springs.

        Note:
            Collective.
        """
        self._surface = surface = facing_surfaces(space, self._domain, self._facets)
        sums = np.array([surface.area @ surface.size, surface.area.sum()])
        length, area = self._domain.mesh.comm.allreduce(sums)
        self.stiffness = float(self._modulus * area / length)
        weights = surface.jump.createVecLeft()
        weights.getArray()[:] = np.repeat(surface.area * self.stiffness, space.dofmap.bs)
        weighed = surface.jump.copy()
        weighed.diagonalScale(L=weights)
        return surface.jump.transposeMatMult(weighed)
