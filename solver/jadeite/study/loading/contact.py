# SPDX-License-Identifier: LGPL-3.0-or-later
"""An elastic body whose crack faces press and rub on each other, and in which meshed sodium slides on the ceramic.

Faces touch at first and all loads rise together, so that contact pressures, slips and what is open grow in proportion
to the load: one solve for the full load is exact, friction included, and its energies are those of the whole path.
Sodium that slides is parted from the ceramic in a mesh of its own, and held by springs that contact takes back
(`contact_ties`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jadeite.case.physics import Mechanics
from jadeite.case.problems import CaseError, Problem
from jadeite.case.schema import METAL_ROLE
from jadeite.fem.domain import Domain
from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Restorable
from jadeite.microstructure.parted_regions import part_regions
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import quantity
from jadeite.physics.solid.contact_law import Friction
from jadeite.physics.solid.contact_reduction import ElasticContact
from jadeite.physics.solid.contact_surface import facing_surfaces
from jadeite.physics.solid.contact_ties import ContactTies
from jadeite.study.assembly.cell import elastic_properties
from jadeite.study.context import RunContext
from jadeite.study.kept_way import KeptWay
from jadeite.study.loading.body import FaceTractions, FacetValues, LinearState, LoadedBody, LoadStep
from jadeite.study.loading.contact_results import face_groups
from jadeite.study.loading.elastic import elastic_problem, energy_of
from jadeite.study.loading.loads import in_form, loads_of

#: Surfaces of cracks, whose faces may lie on each other.
FACES = (SurfaceKind.EMBEDDED_CRACK, SurfaceKind.FLAW_WALL)
#: What parted boundaries of sodium become. True pores have no second face in the same place.
_WALL = SurfaceKind.PORE_WALL

#: Solves between two lines of progress.
_SOLVES = 50


def solve(run: RunContext, domain: Domain, magnification: float) -> LoadedBody:
    """Solve for the full load.

    Args:
        run: the run, with its case and materials.
        domain: the meshed body.
        magnification: factor on every length; stress does not depend on it.

    Raises:
        CaseError: when no faces of the mesh lie on each other.
        ConvergenceError: when contact or the linear solver fails.

    Note:
        Collective.
    """
    settings = run.case.physics.mechanics
    assert settings is not None
    loads, cracks = loads_of(run.case), settings.crack_faces == "contact"
    ties = None
    if settings.metal_contact.law == "sliding":
        domain, ties = _parted(run, domain, (*FACES, _WALL) if cracks else (_WALL,))
    mechanics = elastic_problem(run, domain, ties)
    surface = facing_surfaces(mechanics.space, domain, domain.facets(*FACES)) if ties is None else ties.surface
    if surface.total(run.comm) == 0:
        message = "is `contact`, and no flaw or crack of the mesh has faces that lie on each other"
        cure = "give flaws or cracks no width, or leave it out"
        raise CaseError([Problem("the case", None, "physics.mechanics.crack_faces", message, suggestion=cure)])

    def progress(done: int, total: int) -> None:
        if done % _SOLVES == 0:
            known = f" of {total}" if total else ""
            run.progress.step(f"response of faces {done}{known}", done / total if total else 0.0)

    springs = 0.0 if ties is None else ties.stiffness
    contact = ElasticContact(mechanics, surface, _friction(settings), progress, springs)
    deformation = mechanics.new_deformation("displacement")
    load = mechanics.load(in_form(loads.surfaces, domain), eigenstrain=True, mean_stress=loads.mean_stress)
    parts: dict[str, Restorable] = {"contact": contact, "deformation": deformation}
    way = KeptWay(run.checkpoint, f"faces in contact, lengths times {magnification!r}", parts)
    way.at_once(lambda: contact.advance(load, deformation))
    groups = face_groups(contact, domain)
    _require_place(contact, domain)
    energy = energy_of(run, LinearState(mechanics, deformation, loads))
    stored = energy.stored + contact.spring_energy
    pressure = np.maximum(-contact.equilibrium.now.traction[:, 0], 0.0)
    field = contact.traction_field()
    return LoadedBody(
        domain=domain,
        magnification=magnification,
        displacement=deformation.displacement,
        strain=mechanics.strain(deformation),
        stress=mechanics.stress(deformation),
        steps=(LoadStep(1.0, energy.external_work, stored, contact.equilibrium.friction_energy),),
        faces=FaceTractions(loads, ((domain.ds(FACES, 2 * mechanics.degree), field),) if cracks else ()),
        facet_fields=(
            FacetValues("contact pressure", contact.facet_means(pressure), "Pa", "between faces that touch"),
        ),
        headlines=[line for group in groups for line in group.headlines()],
        tables=[table for group in groups for table in group.tables(contact, domain)],
        solver={"contact points": len(pressure), "turns of contact": contact.equilibrium.now.turns},
        finding=" ".join(group.finding() for group in groups),
    )


def touches(settings: Mechanics) -> bool:
    """Return whether faces of a case may lie on each other and part."""
    return settings.crack_faces == "contact" or settings.metal_contact.law == "sliding"


def _friction(settings: Mechanics) -> Friction:
    """The friction law of all faces: where cracks and sodium are in contact, they share it."""
    if settings.metal_contact.law == "sliding":
        return Friction(settings.metal_contact.friction_coefficient, settings.metal_contact.largest_shear_stress)
    return Friction(settings.crack_friction_coefficient)


def _parted(run: RunContext, domain: Domain, kinds: Sequence[SurfaceKind]) -> tuple[Domain, ContactTies]:
    """The body with sodium parted from the ceramic, and the springs that hold its parts. Collective."""
    try:
        parted = part_regions(domain.tagged, METAL_ROLE)
    except ValueError as error:
        problem = Problem("the case", None, "physics.mechanics.metal_contact", f"is `sliding`, and {error}")
        raise CaseError([problem]) from error
    opened = Domain.from_tagged_mesh(parted.mesh, run.comm)
    stiffness, _ = elastic_properties(run.case, run.materials, opened.tagged)
    softest = float(np.abs(stiffness).max(axis=(1, 2)).min())
    return opened, ContactTies(opened, opened.facets(*kinds), parted.pairs, softest)


def _require_place(contact: ElasticContact, domain: Domain) -> None:
    """Refuse faces that have moved past each other by more than facets; those of a body that slides away do."""
    jump = np.linalg.norm(contact.jumps, axis=1)
    size = max(domain.mesh.comm.allgather(float(contact.surface.size.max(initial=0.0))))
    worst = int(np.argmax(jump))
    if jump[worst] > size:
        place = ", ".join(
            f"{name} = {quantity(value, 'm')}"
            for name, value in zip("xyz"[: domain.dimension], contact.places[worst], strict=False)
        )
        raise ConvergenceError(
            f"contact: faces move past each other by {quantity(float(jump[worst]), 'm')} at {place}, more than the "
            "size of their facets, farther than points of contact follow. Where nothing holds a body against loads, "
            "give it friction (`metal_contact.friction_coefficient`) or `sides: flat`, or let it be `bonded`; else "
            "choose coarser facets there."
        )
