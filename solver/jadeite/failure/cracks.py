# SPDX-License-Identifier: LGPL-3.0-or-later
"""All cracks of a solved body: factors of the modes, energy release rates, and the course that each would take.

Flaws of the electrode and embedded cracks are read alike. In the plane every tip is read, in space every front at
stations along it. J comes from the energy of the body, the factors from interaction integrals on the same domain; that
J = K.M K / 2 is a check of either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.failure.boundary_directions import BoundaryLines
from jadeite.failure.crack_front import PlaneTip
from jadeite.failure.crack_places import CrackPlace, crack_places
from jadeite.failure.crack_samples import CrackSampler, CrackSamples, ElasticState
from jadeite.failure.deflection import (
    BoundaryCourse,
    Choice,
    Course,
    KinkCompliance,
    along_interface,
    choose_course,
    kink_compliance,
)
from jadeite.failure.domain_integrals import FrontSamples, Section
from jadeite.failure.front import FrontIntensity
from jadeite.failure.interface_field import InterfaceTip, interface_tip
from jadeite.failure.tip_field import TipField, uniform_tip
from jadeite.fem.domain import Domain
from jadeite.materials.laws import rotate_stiffness
from jadeite.microstructure.tagged_mesh import SurfaceKind

Array = NDArray[np.float64]

#: Radius of a second domain, over the first, from which the error is estimated.
SECOND_RADIUS = 0.7
#: Directions of boundaries are read at this distance from a tip, over the radius of the domain.
DIRECTION_SHARE = 0.25
#: A boundary that leaves a tip within this angle of growth is the one it runs along, rad.
_STRAIGHT = 0.02
#: Relative difference of stiffness from which two grains make an interface crack.
_MISMATCH = 1e-6
#: How many times its estimated error what drives a crack has to be.
_CERTAIN = 2.0
#: Error of the stress over the largest one, which leaves factors that no load causes.
_NOISE = 1e-5
#: Error of J over itself that does not speak against a crack being driven.
_OF_ITSELF = 0.05
#: Bounds for the number of stations, and how many cells they stand apart at least.
_STATIONS, _APART = (6, 33), 2.5


@dataclass(frozen=True, eq=False)
class CrackMaterials:
    """What cracks need of the materials.

    Attributes:
        stiffness: of each region in the laboratory frame, shape (regions, 6, 6), Pa.
        eigenstrain: of each region in the laboratory frame, shape (regions, 3, 3).
        fracture_energy: of each region, J/m^2, shape (regions,).
        boundary_fracture_energy: of each surface, J/m^2, shape (surfaces,); not-a-number where it has none.
        pushed: outer surfaces that bear a known pressure or nothing, and no support; domains of integration keep
            away from all others.
    """

    stiffness: Array
    eigenstrain: Array
    fracture_energy: Array
    boundary_fracture_energy: Array
    pushed: tuple[SurfaceKind, ...] = ()


@dataclass(frozen=True, eq=False)
class CrackReading:
    """One tip or front.

    Attributes:
        name: of the crack, "flaw deep" or "crack one, lower end".
        kind: what it is.
        front: factors of the modes at each station, Pa m^0.5; for a crack along an interface Re K and Im K at the
            reference length stand for modes I and II.
        energy_release_rate: J integral at each station, J/m^2.
        rate_of_modes: K.M K / 2 at each station, J/m^2.
        choices: where the crack might go at each station.
        region: name of the region ahead of each station.
        phase_angle: of an interface crack, rad, at the reference length; None in one solid.
        reference_length: that the phase is stated at, m; None in one solid.
        notes: what a reader has to keep in mind of this reading.
    """

    name: str
    kind: Literal["flaw", "crack"]
    front: FrontIntensity
    energy_release_rate: Array
    rate_of_modes: Array
    choices: tuple[Choice, ...]
    region: tuple[str, ...]
    phase_angle: float | None = None
    reference_length: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def courses(self) -> tuple[Course, ...]:
        """Where the crack would go at each station."""
        return tuple(choice.best for choice in self.choices)

    @property
    def driven(self) -> NDArray[np.bool_]:
        """Whether the load drives each station by more than twice the error of what is read there, shape (stations,).

        Factors count from the difference of two domains on; a closed crack has no mode I. Energy counts from the
        difference of J and that of the factors on, less a share that any error of the stress leaves.
        """
        factors = self.front.modes.copy()
        factors[:, 0] = np.maximum(factors[:, 0], 0.0)
        scale = np.maximum(np.abs(self.energy_release_rate), np.abs(self.rate_of_modes))
        error = np.abs(self.energy_release_rate - self.rate_of_modes) - _OF_ITSELF * scale
        rates = np.array([course.energy_release_rate for course in self.courses])
        factor = np.linalg.norm(factors, axis=1)
        return (factor > _CERTAIN * self.front.spread) & (rates > _CERTAIN * np.maximum(error, 0.0))

    @property
    def utilisation(self) -> Array:
        """Driving force over resistance on the course of each station: one at growth, zero where nothing drives it.

        Zero as well along an interface whose fracture energy is not known, which a note tells.
        """
        found = np.array([course.utilisation for course in self.courses])
        return np.where(self.driven & np.isfinite(found), found, 0.0)

    def decisive(self) -> int:
        """Return the station that is nearest to growth."""
        return int(np.argmax(self.utilisation))


def read_cracks(domain: Domain, state: ElasticState, materials: CrackMaterials) -> list[CrackReading]:
    """Return a reading of every tip and front of a body, flaws first; none where it has no cracks.

    Args:
        domain: the meshed body.
        state: its displacement, strain and stress, and the pressures on its boundary.
        materials: stiffness and fracture energy of its regions and boundaries.

    Note:
        Collective; the same on every rank.
    """
    return CrackReader(domain, materials).read(state)


@dataclass(frozen=True, eq=False)
class _Station:
    """What is known of one station before any field is read."""

    section: Section
    second: Section
    place: Array
    run: float
    frame: Array
    region: int
    field: TipField
    reference: Array
    boundaries: tuple[BoundaryCourse, ...]
    interface: BoundaryCourse | None
    kinks: KinkCompliance | None


class CrackReader:
    """Cracks of a domain, prepared once and read after every solve."""

    def __init__(self, domain: Domain, materials: CrackMaterials) -> None:
        """Find tips and fronts and choose the domains of integration.

        Note:
            Collective.
        """
        self._domain, self._materials = domain, materials
        self._places = crack_places(domain.tagged, materials.pushed)
        if not self._places:
            return
        lines = BoundaryLines(domain.tagged)
        near = [(place.points, place.radius) for place in self._places]
        self._sampler = CrackSampler(domain, near)
        self._components: int | None = None
        self._lines = lines
        self._compliance = np.linalg.inv(materials.stiffness)
        self._stations: list[list[_Station]] = []

    def read(self, state: ElasticState) -> list[CrackReading]:
        """Return a reading of every tip and front.

        Note:
            Collective; the same on every rank.
        """
        if not self._places:
            return []
        components = int(np.prod(state.displacement.function_space.value_shape))
        if components != self._components:
            self._components = components
            self._stations = [self._prepare(place, components) for place in self._places]
        samples = self._sampler.read(state)
        return [self._reading(*pair, samples) for pair in zip(self._places, self._stations, strict=True)]

    # Preparation

    def _prepare(self, place: CrackPlace, components: int) -> list[_Station]:
        if isinstance(place.front, PlaneTip):
            section = Section(place.radius)
            at = np.append(place.front.place, 0.0)
            return [self._station(place, section, at, 0.0, place.front.frame, components)]
        front, stations = place.front, []
        end = 0.0 if front.closed else place.end
        number = int(np.clip((front.length - 2.0 * end) / (_APART * place.cell_size) + 1e-6, *_STATIONS))
        # on an open front the weights of the first and the last station end where the front is left out
        spacing = (front.length - 2.0 * end) / (number if front.closed else number + 1)
        run: Array = end + spacing * (np.arange(number, dtype=float) + (0.5 if front.closed else 1.0))
        for middle, at, frame in zip(run, *front.at(run), strict=True):
            section = Section(place.radius, float(middle), spacing, front.length if front.closed else None)
            stations.append(self._station(place, section, at, float(middle), frame, components))
        return stations

    def _station(
        self, place: CrackPlace, section: Section, at: Array, run: float, frame: Array, components: int
    ) -> _Station:
        materials, tagged = self._materials, self._domain.tagged
        reach = DIRECTION_SHARE * section.radius
        region = place.region_ahead(at + 1e-2 * reach * frame[0])
        met = self._lines.at(at, frame, reach)
        ahead = rotate_stiffness(materials.stiffness[region], frame)
        field: TipField = uniform_tip(ahead, components)
        courses = [
            BoundaryCourse(tagged.surfaces.name[one.row], one.angle, float(materials.boundary_fracture_energy[one.row]))
            for one in met
        ]
        interface = None
        for one, course in zip(met, courses, strict=True):
            if abs(one.angle) < _STRAIGHT and isinstance(place.front, PlaneTip):
                middle = at + reach * (np.cos(one.angle) * frame[0] + np.sin(one.angle) * frame[1])
                sides = [place.region_ahead(middle + sign * 1e-2 * reach * frame[1]) for sign in (1.0, -1.0)]
                above, below = (rotate_stiffness(materials.stiffness[row], frame) for row in sides)
                if np.abs(above - below).max() > _MISMATCH * np.abs(above).max():
                    field, interface = interface_tip(above, below, components, section.radius), course
                break
        boundaries = tuple(course for course in courses if np.isfinite(course.fracture_energy))
        kinks = kink_compliance(ahead) if interface is None else None
        second = Section(SECOND_RADIUS * section.radius, section.middle, section.reach, section.period)
        reference = materials.eigenstrain[region]
        return _Station(section, second, at, run, frame, region, field, reference, boundaries, interface, kinks)

    # Reading

    def _reading(self, place: CrackPlace, stations: Sequence[_Station], samples: CrackSamples) -> CrackReading:
        comm = self._domain.mesh.comm
        near = FrontSamples(samples, place.front, place.radius)
        modes, spread, energy, rate, choices = [], [], [], [], []
        largest = comm.allreduce(float(np.abs(samples.cells.stress).max(initial=0.0)), MPI.MAX)
        noise = _NOISE * largest * float(np.sqrt(place.radius))
        for station in stations:
            both = []
            for section in (station.section, station.second):
                found = near.integrals(
                    section, station.field, self._compliance, station.reference, self._domain.axisymmetric
                )
                total = comm.allreduce(np.append(found.energy, found.interaction))
                both.append((float(total[0]), np.linalg.solve(station.field.compliance, total[1:])))
            (released, factors), (_, others) = both
            ordered = np.zeros(3)
            ordered[: len(factors)] = factors
            ordered[:2] = ordered[1::-1]
            modes.append(ordered)
            spread.append(max(float(np.abs(factors - others).max()), noise))
            energy.append(released)
            rate.append(float(0.5 * factors @ station.field.compliance @ factors))
            choices.append(self._choice(station, ordered))
        front = FrontIntensity(
            np.array([station.place[: self._domain.dimension] for station in stations]),
            np.array([station.run for station in stations]),
            np.array(modes),
            np.array(spread),
        )
        field = stations[0].field
        along = isinstance(field, InterfaceTip)
        return CrackReading(
            place.name,
            place.kind,
            front,
            np.array(energy),
            np.array(rate),
            tuple(choices),
            tuple(self._domain.tagged.regions.name[station.region] for station in stations),
            float(np.arctan2(modes[0][1], modes[0][0])) if along else None,
            stations[0].section.radius if along else None,
            _notes(place, stations),
        )

    def _choice(self, station: _Station, modes: Array) -> Choice:
        if station.interface is not None:
            return along_interface(modes, station.field.compliance, station.interface)
        assert station.kinks is not None
        fracture_energy = float(self._materials.fracture_energy[station.region])
        return choose_course(modes, station.kinks, fracture_energy, station.boundaries)


def _notes(place: CrackPlace, stations: Sequence[_Station]) -> tuple[str, ...]:
    found = []
    if place.crowded:
        found.append(
            f"{place.name}: its domain of integration, two cells wide, comes close to another crack or to a surface "
            "whose traction is not known, so that its factors may be wrong; make `mesh.tip_size` smaller"
        )
    interface = stations[0].interface
    if interface is not None:
        found.append(
            f'{place.name} runs along "{interface.name}" between unlike solids: growth along that interface is judged, '
            "kinks out of it into either solid are not"
        )
        if not np.isfinite(interface.fracture_energy):
            found.append(f'{place.name}: nothing is known of the fracture energy of "{interface.name}"')
    return tuple(found)
