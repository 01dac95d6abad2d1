# SPDX-License-Identifier: LGPL-3.0-or-later
"""An elastic body whose crack faces press and rub on each other where a load closes them.

Faces touch at first and all loads rise together, so that contact pressures, slips and what is open grow in proportion
to the load: one solve for the full load is exact, friction included, and its energies are those of the whole path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.case.problems import CaseError, Problem
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import percent, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.physics.solid.contact_law import ContactState, Friction
from jadeite.physics.solid.contact_reduction import ElasticContact
from jadeite.physics.solid.contact_surface import facing_surfaces
from jadeite.study.context import RunContext
from jadeite.study.loading.body import FaceTractions, FacetValues, LinearState, LoadedBody, LoadStep
from jadeite.study.loading.elastic import elastic_problem, energy_of
from jadeite.study.loading.loads import in_form, loads_of

Array = NDArray[np.float64]

#: Surfaces whose faces may lie on each other.
FACES = (SurfaceKind.EMBEDDED_CRACK, SurfaceKind.FLAW_WALL)

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
    mechanics, loads = elastic_problem(run, domain), loads_of(run.case)
    surface = facing_surfaces(mechanics.space, domain, domain.facets(*FACES))
    if surface.total(run.comm) == 0:
        message = "is `contact`, and no flaw or crack of the mesh has faces that lie on each other"
        cure = "give flaws or cracks no width, or leave it out"
        raise CaseError([Problem("the case", None, "physics.mechanics.crack_faces", message, suggestion=cure)])

    def progress(done: int, total: int) -> None:
        if done % _SOLVES == 0:
            known = f" of {total}" if total else ""
            run.progress.step(f"response of crack faces {done}{known}", done / total if total else 0.0)

    contact = ElasticContact(mechanics, surface, Friction(settings.crack_friction_coefficient), progress)
    deformation = mechanics.new_deformation("displacement")
    load = mechanics.load(in_form(loads.surfaces, domain), eigenstrain=True, mean_stress=loads.mean_stress)
    contact.advance(load, deformation)
    energy = energy_of(run, LinearState(mechanics, deformation, loads))
    faces = _read(contact, domain)
    pressure = np.maximum(-contact.equilibrium.now.traction[:, 0], 0.0)
    field = contact.traction_field()
    return LoadedBody(
        domain=domain,
        magnification=magnification,
        displacement=deformation.displacement,
        strain=mechanics.strain(deformation),
        stress=mechanics.stress(deformation),
        steps=(LoadStep(1.0, energy.external_work, energy.stored, contact.equilibrium.friction_energy),),
        faces=FaceTractions(loads, ((domain.ds(FACES, 2 * mechanics.degree), field),)),
        facet_fields=(FacetValues("contact pressure", contact.facet_means(pressure), "Pa", "between faces of cracks"),),
        headlines=_headlines(faces),
        tables=(_table(faces), *_profiles(contact, domain)),
        solver={"contact points": len(pressure), "turns of contact": contact.equilibrium.now.turns},
        finding=_finding(faces),
    )


@dataclass(frozen=True)
class _Faces:
    """What was read of the faces of one crack, or of all; lengths and slips in m, pressure in Pa."""

    name: str
    measure: float
    closed: float
    sticking: float
    opening: float
    slip: float
    pressure: float


def _read(contact: ElasticContact, domain: Domain) -> list[_Faces]:
    """Faces of all cracks together, then of each. Collective."""
    row = _surface_rows(contact, domain)
    names = domain.tagged.surfaces.name
    parts = [("all cracks", np.ones(len(row), dtype=bool))]
    parts += [(names[number], row == number) for number in np.unique(row)]
    now, area = contact.equilibrium.now, contact.equilibrium.area
    slip = np.linalg.norm(contact.jumps[:, 1:], axis=1)
    found = []
    for name, chosen in parts:
        state, share = now.state[chosen], area[chosen] / area[chosen].sum()
        touches = state != ContactState.OPEN
        found.append(
            _Faces(
                name=name,
                measure=float(area[chosen].sum()),
                closed=float(share @ touches),
                sticking=float(share @ (state == ContactState.STICK)),
                opening=float(np.maximum(now.gap[chosen], 0.0).max()),
                slip=float(np.where(touches, slip[chosen], 0.0).max()),
                pressure=float(np.maximum(-now.traction[chosen, 0], 0.0).max()),
            )
        )
    return found


def _surface_rows(contact: ElasticContact, domain: Domain) -> NDArray[np.int64]:
    """Row of the surface table of every point."""
    facets = contact.surface.facets
    position = np.searchsorted(domain.facet_surface.indices, facets.facet)
    rows = np.full(len(contact.places), -1, dtype=np.int64)
    of_point = np.broadcast_to(domain.facet_surface.values[position][:, None], facets.point.shape)
    present = facets.point >= 0
    np.maximum.at(rows, facets.point[present], of_point[present].astype(np.int64))
    domain.mesh.comm.Allreduce(MPI.IN_PLACE, rows, op=MPI.MAX)
    return rows


def _headlines(faces: list[_Faces]) -> list[Headline]:
    whole = faces[0]
    return [
        Headline("closed_share", "Share of crack faces in contact", whole.closed, "1", "by length or area"),
        Headline(
            "largest_contact_pressure",
            "Largest pressure between crack faces",
            whole.pressure,
            "Pa",
            "at the points of contact; infinite in theory at the end of a crack between different solids",
        ),
        Headline(
            "largest_crack_slip", "Largest slip of crack faces", whole.slip, "m", "along each other, where they touch"
        ),
    ]


def _table(faces: list[_Faces]) -> ResultTable:
    columns = (
        Column("measure", "length or area", "m or m^2"),
        Column("closed", "share in contact"),
        Column("sticking", "share that sticks"),
        Column("opening", "largest opening", "m"),
        Column("slip", "largest slip in contact", "m"),
        Column("pressure", "largest contact pressure", "Pa"),
    )
    rows = tuple((one.measure, one.closed, one.sticking, one.opening, one.slip, one.pressure) for one in faces)
    return ResultTable("crack_faces", "Faces of cracks", columns, rows, row_labels=tuple(one.name for one in faces))


def _profiles(contact: ElasticContact, domain: Domain) -> list[ResultTable]:
    """Traction and slip along each crack of a slice, from one end to the other. Collective."""
    row = _surface_rows(contact, domain)
    if domain.dimension == 3:
        return []
    columns = (
        Column("position", "position along the crack, from its middle", "m"),
        Column("pressure", "contact pressure", "Pa"),
        Column("shear", "shear traction", "Pa"),
        Column("slip", "slip", "m"),
        Column("opening", "opening", "m"),
    )
    now, rows, labels = contact.equilibrium.now, [], []
    shear = np.linalg.norm(now.traction[:, 1:], axis=1)
    slip = np.linalg.norm(contact.jumps[:, 1:], axis=1)
    for number in np.unique(row):
        chosen = np.flatnonzero(row == number)
        place = contact.places[chosen, :2]
        direction = np.linalg.svd(place - place.mean(axis=0), full_matrices=False)[2][0]
        along = place @ (direction if direction[1] > 0.0 else -direction)
        along -= 0.5 * (along.min() + along.max())
        for position, point in sorted(zip(along.tolist(), chosen.tolist(), strict=True)):
            pressure = max(-float(now.traction[point, 0]), 0.0)
            rows.append((position, pressure, float(shear[point]), float(slip[point]), float(now.gap[point])))
            labels.append(domain.tagged.surfaces.name[number])
    return [ResultTable("crack_face_profiles", "Along crack faces", columns, tuple(rows), False, tuple(labels))]


def _finding(faces: list[_Faces]) -> str:
    whole = faces[0]
    if whole.closed == 0.0:
        return "All cracks are open."
    return (
        f"{percent(whole.closed)} of the crack faces touch, with pressures up to {quantity(whole.pressure, 'Pa')} and "
        f"slips up to {quantity(whole.slip, 'm')}."
    )
