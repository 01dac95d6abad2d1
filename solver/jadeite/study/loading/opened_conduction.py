# SPDX-License-Identifier: LGPL-3.0-or-later
"""What opened boundaries do to the conductivity of a separator between electrodes that touch it everywhere.

An opened boundary that is empty blocks the current: its faces are free surfaces. One that sodium fills is metal with
the potential of the plating electrode, and brings the electrode closer. In between, damage changes nothing: a boundary
that still carries traction still conducts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jadeite.fem.domain import Domain
from jadeite.microstructure.opened_facets import opened_facets
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.physics.contact import Contact
from jadeite.study.assembly.cell import region_conductivity
from jadeite.study.context import RunContext
from jadeite.study.effective.states import scaled_boundaries
from jadeite.study.loading.cohesive_boundaries import OpenedState

_STRIPPING = SurfaceKind.STRIPPING_ELECTRODE
_PLATING = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.UNWETTED_PATCH)
#: Conductivity over that before loading, below which the separator counts as blocked.
_BLOCKED = 1e-9


@dataclass(frozen=True)
class ConductionThroughOpened:
    """Effective conductivity across the separator, S/m: current density over field, with its area-specific resistance.

    Attributes:
        before, after: of the body before loading, and after it; None where sodium connects both electrodes.
        thickness: of the separator, m.
    """

    before: float
    after: float | None
    thickness: float

    @property
    def resistance_before(self) -> float:
        """Area-specific resistance before loading, ohm m^2."""
        return self.thickness / self.before

    @property
    def resistance_after(self) -> float | None:
        """Area-specific resistance after loading, ohm m^2; None of a short circuit, and where nothing conducts."""
        return self.thickness / self.after if self.after else None


def conduct(run: RunContext, domain: Domain, state: OpenedState, magnification: float) -> ConductionThroughOpened:
    """Solve for the current through the body before and after loading.

    Args:
        run: the run, with its case and materials.
        domain: the body.
        state: what of its boundaries is open.
        magnification: factor on every length.

    Raises:
        ConvergenceError: when a linear system is not solved.

    Note:
        Collective.
    """
    fracture = run.case.physics.mechanics.fracture if run.case.physics.mechanics is not None else None
    sodium = getattr(fracture, "filling", "dry") == "sodium"
    tagged = domain.tagged
    recall, lengths = run.checkpoint.recall, f"lengths times {magnification!r}"
    before = recall(
        f"conductivity before loading, {lengths}", float, lambda: _conductivity(run, domain, sodium, magnification)
    )
    thickness = magnification * run.thickness
    if not state.open.any():
        return ConductionThroughOpened(before, before, thickness)
    if _touches(tagged, state.filled):
        return ConductionThroughOpened(before, None, thickness)

    def conductivity_after() -> float:
        mesh = opened_facets(tagged, state.open & ~state.filled, state.filled)
        return _conductivity(run, Domain.from_tagged_mesh(mesh, domain.mesh.comm), sodium, magnification)

    after = recall(f"conductivity after loading, {lengths}", float, conductivity_after)
    return ConductionThroughOpened(before, after if after > _BLOCKED * before else 0.0, thickness)


def _conductivity(run: RunContext, domain: Domain, sodium: bool, magnification: float) -> float:
    """Current density over field between electrodes that touch everywhere, S/m; sodium is metal. Collective."""
    case, tagged = run.case, domain.tagged
    boundaries = scaled_boundaries(case, run.materials, tagged, magnification)
    metal = (*_PLATING, SurfaceKind.FLAW_WALL) if sodium else _PLATING
    problem = Conduction(
        domain,
        region_conductivity(run.materials, tagged),
        boundaries.resistance,
        plating=[Contact(metal, None)],
        stripping=[Contact((_STRIPPING,), None)],
        degree=case.solver.degree,
        linear=case.solver.linear,
        boundary_conductance=boundaries.surface_conductance,
        name="conduction through opened boundaries",
    )
    return problem.solve(Voltage(1.0)).current_out * run.thickness / run.area


def _touches(tagged: TaggedMesh, facets: np.ndarray) -> bool:
    """Whether some facets touch the stripping electrode."""
    electrode = np.isin(tagged.facet_surface, tagged.surfaces.rows(_STRIPPING))
    return bool(np.isin(tagged.facets[facets], tagged.facets[electrode]).any())
