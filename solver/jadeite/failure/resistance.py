# SPDX-License-Identifier: LGPL-3.0-or-later
"""The cell's area-specific resistance, broken down by where the power goes and by which mechanism.

Every part is a dissipated power over the square of the current, so the parts add up to cell voltage over current
density. What the
ceramic itself needs is measured on a reference state: the same grains, boundaries and pores between ideal electrodes
that touch
everywhere. The power that bulk and boundaries dissipate beyond it, because the current has to crowd around unwetted
patches and flaws, is the constriction. By the principle of least dissipation it is not negative as long as no flaw
carries current into the ceramic. Boundaries are told apart by class (low and high angle, pairs of materials), across
and along; interfaces of the electrodes by what lies in series there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.probes import BoundaryProbe
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import ConductionResult, Current
from jadeite.physics.contact import Contact
from jadeite.physics.interface_losses import InterfaceLosses, InterfaceLossProbe

#: Misorientation (rad) below which a grain boundary counts as low-angle.
_LOW_ANGLE = np.radians(15.0)

_FULL_CONTACT = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.UNWETTED_PATCH)


@dataclass(frozen=True)
class Part:
    """One part of a resistance: what readers call it, and its value in ohm m^2."""

    label: str
    value: float


@dataclass(frozen=True)
class AreaSpecificResistance:
    """Parts of the area-specific resistance, ohm m^2.

    Attributes:
        bulk: grains.
        grain_boundaries: grain and phase boundaries.
        plating_interface, stripping_interface: sodium|ceramic.
        constriction: what grains and boundaries take beyond the reference state.
        boundary_classes: parts of `grain_boundaries` by class, across and along.
        interface_parts: parts of either interface by mechanism, plating first.
    """

    bulk: float
    grain_boundaries: float
    plating_interface: float
    stripping_interface: float
    constriction: float
    boundary_classes: tuple[Part, ...] = ()
    interface_parts: tuple[tuple[Part, ...], tuple[Part, ...]] = ((), ())

    @property
    def total(self) -> float:
        """Sum of the parts."""
        return self.bulk + self.grain_boundaries + self.plating_interface + self.stripping_interface + self.constriction

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, each at the finest level that is known; they add up to the total."""
        interfaces = (("plating interface", self.plating_interface), ("stripping interface", self.stripping_interface))
        return (
            Part("grains (bulk)", self.bulk),
            *(self.boundary_classes or (Part("grain boundaries", self.grain_boundaries),)),
            *(
                part
                for (label, value), known in zip(interfaces, self.interface_parts, strict=True)
                for part in (known if len(known) > 1 else (Part(label, value),))
            ),
            Part("constriction", self.constriction),
        )


def boundary_classes(tagged: TaggedMesh) -> dict[str, NDArray[np.int64]]:
    """Return the rows of the surface table of each class of boundaries, by name.

    Grain boundaries below 15 degrees count as low-angle (Brandon, Acta Metall. 14, 1966, 1479); where all are of one
    class, or none has a misorientation, they are "grain boundaries". Phase boundaries go by their materials.
    """
    surfaces = tagged.surfaces
    material = np.array(tagged.regions.material)
    grain, phase = (surfaces.rows(kind) for kind in (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY))
    low = surfaces.misorientation[grain] < _LOW_ANGLE
    if low.any() and not low.all():
        classes = {"grain boundaries, high angle": grain[~low], "grain boundaries, low angle": grain[low]}
    else:
        classes = {"grain boundaries": grain}
    sides = np.sort(material[surfaces.regions[phase]].reshape(-1, 2), axis=1)
    for one, other in np.unique(sides, axis=0).tolist():
        classes[f"phase boundaries {one} | {other}"] = phase[(sides == [one, other]).all(axis=1)]
    return {name: np.asarray(rows, dtype=np.int64) for name, rows in classes.items() if len(rows)}


class ReferenceCeramic:
    """The ceramic between ideal electrodes that touch everywhere: what it costs without any constriction."""

    def __init__(self, conduction: Conduction, area: float, thickness: float) -> None:
        """Solve the reference state once (it is linear).

        Args:
            conduction: the problem whose ceramic is meant.
            area: cross-section of the separator, m^2 (in the plane: its width in m, per metre of depth).
            thickness: of the separator, m.

        Note:
            Collective.
        """
        reference = Conduction(
            conduction.domain,
            conduction.conductivity,
            conduction.boundary_resistance,
            plating=[Contact(_FULL_CONTACT, None)],
            stripping=[Contact((SurfaceKind.STRIPPING_ELECTRODE,), None)],
            degree=conduction.degree,
            linear=conduction.linear,
            boundary_conductance=conduction.boundary_conductance,
            name="reference conduction",
        )
        result = reference.solve(Current(area))  # 1 A/m^2
        self.bulk = result.bulk_power / area
        self.grain_boundaries = result.boundary_power / area
        self.area = area
        #: Conductivity of the ceramic as a whole, boundaries and pores included, S/m.
        self.effective_conductivity = thickness / (self.bulk + self.grain_boundaries)
        reading = BoundaryProbe(reference).read()
        classes = []
        for name, rows in boundary_classes(conduction.domain.tagged).items():
            along = float(reading.along[rows].sum())
            classes.append(Part(name, (float(reading.dissipation[rows].sum()) - along) / area))
            if along:
                classes.append(Part(f"{name}, along", along / area))
        self._classes = tuple(classes)
        self._losses = InterfaceLossProbe(conduction)

    def breakdown(self, result: ConductionResult) -> AreaSpecificResistance:
        """Break down the resistance of the state that has just been solved.

        Note:
            Collective.
        """
        per_power = self.area / result.current_out**2
        plating, stripping = (power * per_power for power in result.interface_power)
        at_plating, at_stripping = self._losses.read(result)
        excess = (result.bulk_power + result.boundary_power) * per_power - self.bulk - self.grain_boundaries
        return AreaSpecificResistance(
            self.bulk,
            self.grain_boundaries,
            plating,
            stripping,
            excess,
            self._classes,
            (
                _by_mechanism("plating", at_plating, per_power),
                _by_mechanism("stripping", at_stripping, per_power),
            ),
        )


def _by_mechanism(electrode: str, losses: InterfaceLosses, per_power: float) -> tuple[Part, ...]:
    """The mechanisms that take a part of the power at one electrode; one for charge transfer is always there."""
    series = ((name, getattr(losses, name)) for name in ("film", "contact", "interphase"))
    named = [("charge transfer", losses.charge_transfer), *((name, power) for name, power in series if power)]
    return tuple(Part(f"{electrode} interface, {name}", power * per_power) for name, power in named)
