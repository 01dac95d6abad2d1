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

Array = NDArray[np.float64]

#: Share of the springs that contact does not take back.
REMAINS = 1e-7


class ContactTies:
    """Springs across facing surfaces.

    Attributes:
        pairs: points of the undistributed mesh that the springs join, shape (n, 2).
    """

    def __init__(self, domain: Domain, facets: NDArray[np.int32], pairs: NDArray[np.int64], modulus: float) -> None:
        """Say where springs are.

        Args:
            domain: the body.
            facets: local facets of the surfaces, as of `facing_surfaces`.
            pairs: points of the undistributed mesh on either side.
            modulus: Pa; the springs have this over the size of a facet as stiffness per area.
        """
        self.pairs = pairs
        self._domain, self._facets, self._modulus = domain, facets, modulus
        self._surface: ContactSurface | None = None

    @property
    def surface(self) -> ContactSurface:
        """The points of contact, on the space that `matrix` was made for."""
        assert self._surface is not None
        return self._surface

    @property
    def stiffness(self) -> Array:
        """Of the springs at each point of this rank, Pa/m."""
        return np.asarray(self._modulus / self.surface.size)

    def matrix(self, space: fem.FunctionSpace) -> PETSc.Mat:
        """Return the stiffness matrix of the springs.

        Note:
            Collective.
        """
        self._surface = surface = facing_surfaces(space, self._domain, self._facets)
        weights = surface.jump.createVecLeft()
        weights.getArray()[:] = np.repeat(surface.area * self.stiffness, space.dofmap.bs)
        weighed = surface.jump.copy()
        weighed.diagonalScale(L=weights)
        return surface.jump.transposeMatMult(weighed)
