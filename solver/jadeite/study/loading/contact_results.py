# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is read off faces in contact: how much of them touches, under which pressures, and how far they slip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import percent, quantity
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.physics.solid.contact_law import ContactState
from jadeite.physics.solid.contact_reduction import ElasticContact

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FaceWords:
    """How a kind of faces is spoken of.

    Attributes:
        table, profiles: keys of its tables.
        title, along: their titles.
        all: label of the row for all of them.
        faces: in a sentence: "crack faces".
        closed, pressure, slip: keys of its headlines.
        all_open: what is found where nothing touches.
        note: what to know of the largest pressure.
    """

    table: str
    profiles: str
    title: str
    along: str
    all: str
    faces: str
    closed: str
    pressure: str
    slip: str
    all_open: str
    note: str


_CRACKS = FaceWords(
    table="crack_faces",
    profiles="crack_face_profiles",
    title="Faces of cracks",
    along="Along crack faces",
    all="all cracks",
    faces="crack faces",
    closed="closed_share",
    pressure="largest_contact_pressure",
    slip="largest_crack_slip",
    all_open="All cracks are open.",
    note="at the points of contact; infinite in theory at the end of a crack between different solids",
)

_SODIUM = FaceWords(
    table="sodium_faces",
    profiles="sodium_face_profiles",
    title="Boundaries of sodium",
    along="Along boundaries of sodium",
    all="all sodium",
    faces="boundaries of sodium",
    closed="sodium_closed_share",
    pressure="largest_sodium_contact_pressure",
    slip="largest_sodium_slip",
    all_open="All sodium has come off the ceramic.",
    note="at the points of contact; infinite in theory at an edge of one solid on another",
)


@dataclass(frozen=True)
class _Faces:
    """What was read of the faces of one crack or boundary, or of all; lengths and slips in m, pressure in Pa."""

    name: str
    measure: float
    closed: float
    sticking: float
    opening: float
    slip: float
    pressure: float


@dataclass(frozen=True, eq=False)
class FaceGroup:
    """The faces of all cracks, or all boundaries of sodium.

    Attributes:
        words: how they are spoken of.
        row: row of the surface table of every point of contact, -1 of points of another group.
        faces: what was read of all of them together, then of each.
    """

    words: FaceWords
    row: NDArray[np.int64]
    faces: tuple[_Faces, ...]

    def headlines(self) -> list[Headline]:
        """Return the share in contact, the largest pressure and the largest slip."""
        whole, words = self.faces[0], self.words
        name = words.faces
        return [
            Headline(words.closed, f"Share of {name} in contact", whole.closed, "1", "by length or area"),
            Headline(words.pressure, f"Largest pressure between {name}", whole.pressure, "Pa", words.note),
            Headline(words.slip, f"Largest slip of {name}", whole.slip, "m", "along each other, where they touch"),
        ]

    def tables(self, contact: ElasticContact, domain: Domain) -> list[ResultTable]:
        """Return a table of the faces, and of a slice one along each of them."""
        columns = (
            Column("measure", "length or area", "m or m^2"),
            Column("closed", "share in contact"),
            Column("sticking", "share that sticks"),
            Column("opening", "largest opening", "m"),
            Column("slip", "largest slip in contact", "m"),
            Column("pressure", "largest contact pressure", "Pa"),
        )
        rows = tuple((one.measure, one.closed, one.sticking, one.opening, one.slip, one.pressure) for one in self.faces)
        labels = tuple(one.name for one in self.faces)
        table = ResultTable(self.words.table, self.words.title, columns, rows, row_labels=labels)
        return [table, *self._profiles(contact, domain)]

    def finding(self) -> str:
        """Return what the faces do, in a sentence."""
        whole = self.faces[0]
        if whole.closed == 0.0:
            return self.words.all_open
        return (
            f"{percent(whole.closed)} of the {self.words.faces} touch, with pressures up to "
            f"{quantity(whole.pressure, 'Pa')} and slips up to {quantity(whole.slip, 'm')}."
        )

    def _profiles(self, contact: ElasticContact, domain: Domain) -> list[ResultTable]:
        """Traction and slip along each crack of a slice, from one end to the other, or at places of a boundary."""
        if domain.dimension == 3:
            return []
        straight = self.words is _CRACKS
        where = (Column("position", "position along the crack, from its middle", "m"),)
        columns = (
            *(where if straight else (Column("x", "x", "m"), Column("y", "y", "m"))),
            Column("pressure", "contact pressure", "Pa"),
            Column("shear", "shear traction", "Pa"),
            Column("slip", "slip", "m"),
            Column("opening", "opening", "m"),
        )
        now, rows, labels = contact.equilibrium.now, [], []
        shear = np.linalg.norm(now.traction[:, 1:], axis=1)
        slip = np.linalg.norm(contact.jumps[:, 1:], axis=1)
        for number in np.unique(self.row[self.row >= 0]):
            chosen = np.flatnonzero(self.row == number)
            along = _along(contact.places[chosen, :2])
            for position, point in sorted(zip(along.tolist(), chosen.tolist(), strict=True)):
                pressure = max(-float(now.traction[point, 0]), 0.0)
                place = (position,) if straight else tuple(contact.places[point, :2].tolist())
                rows.append((*place, pressure, float(shear[point]), float(slip[point]), float(now.gap[point])))
                labels.append(domain.tagged.surfaces.name[number])
        return [ResultTable(self.words.profiles, self.words.along, columns, tuple(rows), False, tuple(labels))]


def face_groups(contact: ElasticContact, domain: Domain) -> list[FaceGroup]:
    """Read the faces of cracks, and those of parted sodium, where there are any.

    Note:
        Collective.
    """
    row, surfaces = _surface_rows(contact, domain), domain.tagged.surfaces
    of_sodium = np.isin(row, surfaces.rows(SurfaceKind.PORE_WALL))
    found = []
    for words, chosen in ((_CRACKS, ~of_sodium), (_SODIUM, of_sodium)):
        if chosen.any():
            own = np.where(chosen, row, -1)
            parts = [(words.all, chosen)]
            parts += [(surfaces.name[number], own == number) for number in np.unique(row[chosen])]
            found.append(FaceGroup(words, own, tuple(_read(contact, name, points) for name, points in parts)))
    return found


def _read(contact: ElasticContact, name: str, chosen: NDArray[np.bool_]) -> _Faces:
    now, area = contact.equilibrium.now, contact.equilibrium.area
    slip = np.linalg.norm(contact.jumps[chosen, 1:], axis=1)
    state, share = now.state[chosen], area[chosen] / area[chosen].sum()
    touches = state != ContactState.OPEN
    return _Faces(
        name=name,
        measure=float(area[chosen].sum()),
        closed=float(share @ touches),
        sticking=float(share @ (state == ContactState.STICK)),
        opening=float(np.maximum(now.gap[chosen], 0.0).max()),
        slip=float(np.where(touches, slip, 0.0).max()),
        pressure=float(np.maximum(-now.traction[chosen, 0], 0.0).max()),
    )


def _surface_rows(contact: ElasticContact, domain: Domain) -> NDArray[np.int64]:
    """Row of the surface table of every point. Collective."""
    facets = contact.surface.facets
    position = np.searchsorted(domain.facet_surface.indices, facets.facet)
    rows = np.full(len(contact.places), -1, dtype=np.int64)
    of_point = np.broadcast_to(domain.facet_surface.values[position][:, None], facets.point.shape)
    present = facets.point >= 0
    np.maximum.at(rows, facets.point[present], of_point[present].astype(np.int64))
    domain.mesh.comm.Allreduce(MPI.IN_PLACE, rows, op=MPI.MAX)
    return rows


def _along(places: Array) -> Array:
    """Positions along a line through places (n, 2), from its middle."""
    direction = np.linalg.svd(places - places.mean(axis=0), full_matrices=False)[2][0]
    along = places @ (direction if direction[1] > 0.0 else -direction)
    return np.asarray(along - 0.5 * (along.min() + along.max()))
