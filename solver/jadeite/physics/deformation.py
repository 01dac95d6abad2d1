# SPDX-License-Identifier: LGPL-3.0-or-later
"""A load of the elastic problem, and the deformation that it makes; deformations under loads add up."""

from __future__ import annotations

from dataclasses import dataclass

from dolfinx import fem
from petsc4py import PETSc

from jadeite.fem.state import Kept, State, function_rows, restore_function

#: Names of the scalars of a deformation.
_SCALARS = ("thickness_strain", "eigenstrain_factor", "field_factor")


@dataclass(frozen=True)
class Load:
    """A compiled load: the virtual work of tractions, surface tensions and, if wanted, of the eigenstrain.

    Attributes:
        form: the work on the displacement.
        uniform: the work on one uniform strain, or None where there is none.
        eigenstrain: whether the eigenstrain of the regions acts.
        field_strains: whether the eigenstrains that vary in space act.
        mean_stress: along axes that repeat, Pa.
        forces: on the dofs of the displacement, N, or None.
    """

    form: fem.Form
    uniform: fem.Form | None
    eigenstrain: bool
    field_strains: bool
    mean_stress: float = 0.0
    forces: PETSc.Vec | None = None


@dataclass(frozen=True)
class Deformation:
    """Displacement and thickness strain under one load or a sum of loads.

    Attributes:
        displacement: m.
        thickness_strain: uniform strain along z, 1.
        eigenstrain_factor: 1 when the eigenstrain of the regions is part of the load, else 0.
        field_factor: the same for the eigenstrains that vary in space.
    """

    displacement: fem.Function
    thickness_strain: fem.Constant
    eigenstrain_factor: fem.Constant
    field_factor: fem.Constant

    def state(self) -> State:
        """See `Restorable`."""
        return {"displacement": function_rows(self.displacement)} | {
            name: float(getattr(self, name).value) for name in _SCALARS
        }

    def restore(self, kept: Kept) -> None:
        """See `Restorable`. Collective."""
        restore_function(self.displacement, kept, "displacement")
        for name in _SCALARS:
            getattr(self, name).value = kept[name]

    def assign_sum(self, *parts: Deformation) -> None:
        """Set this state to the sum of others (the problem is linear)."""
        self.displacement.x.array[:] = sum(part.displacement.x.array for part in parts)
        for name in _SCALARS:
            getattr(self, name).value = sum(float(getattr(part, name).value) for part in parts)
