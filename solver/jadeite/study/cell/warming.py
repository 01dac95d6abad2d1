# SPDX-License-Identifier: LGPL-3.0-or-later
"""Joule heat in the study of a steady cell: temperature, and what a warmer ceramic does to its own conductivity.

Each region conducts as at its mean temperature, T s being proportional to exp(-E/RT) in it; current and temperature
are solved in turn until the conductivity no longer changes. Boundaries and contacts stay at the temperature of the
case, and so does a conductivity whose activation energy is not known. Where mechanics is solved, the temperature
strains the ceramic point by point by its thermal expansion: what is warmer is pressed, what is colder is pulled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.case.schema import Case
from jadeite.constants import GAS
from jadeite.failure.focusing import nothing_far_enough
from jadeite.failure.singular import singular_set
from jadeite.fem.recovery import Recovery
from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Restart, State, function_rows, restore_function
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.display import quantity
from jadeite.output.fields import Field
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.physics.cell import Cell, CellResult
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.heat import Heat, HeatResult
from jadeite.study.assembly.cell import rotated_conductivity

Array = NDArray[np.float64]

#: Relative change of a conductivity at which current and temperature agree.
_TOLERANCE = 1e-8
_MOST_PASSES = 30
#: Shares of a change of temperature that a pass goes by at least and at most.
_LEAST_SHARE, _LARGEST_SHARE = 0.05, 3.0
#: Melting point of sodium, K (CRC Handbook of Chemistry and Physics, 97.79 degC).
SODIUM_MELTS = 370.94
#: Rise (K) from which a reader is told what it leaves out.
_NOTABLE = 1.0


@dataclass(frozen=True, eq=False)
class WarmState:
    """The cell with its heat.

    Attributes:
        cell: the electrical state at the temperatures of the regions.
        heat: the temperature field in numbers.
        passes: solves of current and temperature in turn.
        thermal_stress: largest principal stress that the rise alone makes, Pa, or None without mechanics.
    """

    cell: CellResult
    heat: HeatResult
    passes: int
    thermal_stress: float | None


@dataclass(frozen=True, eq=False)
class _Passes:
    """How far the passes are.

    Attributes:
        count: passes that were made.
        rise: of each region, for the next pass, K.
        last: what the last pass found, K.
        change: by how much that was more than it had, K.
        share: of the change that was gone by.
    """

    count: int
    rise: Array
    last: Array
    change: Array
    share: float


class Warming:
    """The heat of a case on its cell."""

    def __init__(self, case: Case, materials: ResolvedMaterials) -> None:
        self.case, self.materials = case, materials

    def solve(self, cell: Cell, control: Current | Voltage, restart: Restart | None = None) -> WarmState:
        """Solve current and temperature until they agree; the cell keeps the conductivity of its temperatures.

        Args:
            cell: to be warmed.
            control: current or voltage.
            restart: where each pass is kept, and where to go on from.

        Raises:
            ConvergenceError: when they do not settle: more current makes more heat than the electrodes take up.
            CaseError: when no node is far enough from flaws to read a stress at.

        Note:
            Collective.
        """
        settings = self.case.physics.heat
        assert settings is not None
        tagged = cell.domain.tagged
        given = settings.thermal_conductivity
        of_role = {
            role: electrolyte.transport.thermal_conductivity if given is None else given
            for role, electrolyte in self.materials.electrolytes.items()
        }
        self.heat = Heat(
            cell.conduction,
            np.array([of_role[role] for role in tagged.regions.material]),
            settings.heat_transfer_coefficient,
            self.case.solver.linear,
        )
        nothing = np.zeros(len(tagged.regions))
        reached = _Passes(0, nothing, nothing, nothing, 1.0)
        kept = None if restart is None else restart.resume()
        if kept is not None:
            reached = kept.read("passes", _Passes)
            cell.conduction.set_conductivity(rotated_conductivity(self._conductivity(tagged, reached.rise), tagged))
            restore_function(self.heat.rise, kept, "rise")
            if cell.feeds_back:
                cell.warm(self.heat.rise)
            cell.restore(kept.part("cell"))

        def state() -> State:
            return {"passes": reached, "rise": function_rows(self.heat.rise), "cell": cell.state()}

        while reached.count < _MOST_PASSES:
            rise, before = reached.rise, self._conductivity(tagged, reached.rise)
            result = cell.solve(control)
            heat = self.heat.solve()
            found = self.heat.mean_of_regions()
            warm = self._conductivity(tagged, found)
            settled = bool(np.abs(warm / before - 1.0).max() < _TOLERANCE)
            if cell.feeds_back:
                # the stress by the rise shifts the potential of the ions, and with it the current of the next pass
                settled = settled and bool(np.abs(found - reached.last).max() <= _TOLERANCE * np.abs(found).max())
            if cell.feeds_back or settled:
                cell.warm(self.heat.rise)
            if settled:
                return WarmState(result, heat, reached.count + 1, self._thermal_stress(cell))
            share, change = _relaxed(reached.share, reached.change, found - rise), found - rise
            reached = _Passes(reached.count + 1, np.maximum(rise + share * change, 0.0), found, change, share)
            cell.conduction.set_conductivity(rotated_conductivity(self._conductivity(tagged, reached.rise), tagged))
            if restart is not None:
                restart.offer(state)
        raise ConvergenceError(
            f"heat: current and temperature did not settle in {_MOST_PASSES} passes: the mean temperatures of regions "
            f"still change by {np.abs(reached.change).max():.3g} K from pass to pass, and the warmest region is "
            f"{reached.last.max():.3g} K above the case's temperature. Either the heat has no steady state, more "
            "current making more heat than the surroundings take up, or it is close to none: try a lower current or "
            "voltage, or a larger heat transfer coefficient."
        )

    def fields(self, cell: Cell) -> list[Field]:
        """Return the temperature at this rank's nodes of the potential."""
        space = cell.conduction.space
        nodes = space.parent[: space.space.dofmap.index_map.size_local]
        return [Field("temperature rise", self.heat.rise.x.array[nodes], "K", "above the temperature of the case")]

    def rise_at_tips(self, cell: Cell) -> Array:
        """Return the rise at the node nearest to the tip of each flaw, K.

        Note:
            Collective.
        """
        rise, domain = self.heat.rise, cell.domain
        tips = np.zeros((len(domain.tagged.flaws), 3))
        for row, flaw in enumerate(domain.tagged.flaws):
            tips[row, : domain.dimension] = flaw.tip
        nodes = rise.function_space.tabulate_dof_coordinates()
        distance, nearest = cKDTree(nodes).query(tips) if len(nodes) else (np.full(len(tips), np.inf), None)
        values = np.zeros(len(tips)) if nearest is None else rise.x.array[nearest]
        found = domain.mesh.comm.allgather((distance, values))
        closest = np.argmin([distances for distances, _ in found], axis=0)
        return np.array([values for _, values in found])[closest, np.arange(len(tips))]

    def _thermal_stress(self, cell: Cell) -> float | None:
        """Largest principal stress by the rise alone, recovered at nodes away from singular places, Pa."""
        if cell.mechanics is None or cell.thermal is None:
            return None
        domain, distance = cell.domain, self.case.failure.focusing_distance
        recovery = Recovery(domain, cell.mechanics.degree)
        stress = recovery.project(cell.mechanics.stress(cell.thermal))[: recovery.owned]
        space = recovery.space
        places = space.continuous.tabulate_dof_coordinates()[space.parent[: recovery.owned], : domain.dimension]
        largest = np.linalg.eigvalsh(stress)[:, -1] if len(stress) else np.zeros(0)
        away = singular_set(domain.tagged, distance).distance(places) >= distance
        found = float(domain.mesh.comm.allreduce(largest[away].max(initial=-np.inf), op=MPI.MAX))
        if not np.isfinite(found):
            raise nothing_far_enough("the ceramic", distance)
        return found

    def _conductivity(self, tagged: TaggedMesh, rise: Array) -> Array:
        """Principal conductivities of each region at its mean temperature, shape (regions, 3), S/m."""
        electrolytes = [self.materials.electrolytes[role] for role in tagged.regions.material]
        value = np.array([electrolyte.conductivity for electrolyte in electrolytes])
        energy = np.array([electrolyte.conductivity_activation_energy for electrolyte in electrolytes])
        cold = self.case.temperature
        warm = (cold + rise)[:, None]
        factor = np.exp(-energy / GAS * (1.0 / warm - 1.0 / cold)) * cold / warm
        return np.asarray(value * np.where(np.isnan(energy), 1.0, factor))


def _relaxed(share: float, before: Array, change: Array) -> float:
    """Share of a change to go by next, from the last share and the change before (Aitken; Irons and Tuck 1969)."""
    turned = change - before
    size = float(turned @ turned)
    if not before.any() or size == 0.0:
        return share
    return float(np.clip(-share * float(before @ turned) / size, _LEAST_SHARE, _LARGEST_SHARE))


def headlines(state: WarmState, case: Case) -> list[Headline]:
    """Return the figures that heat adds."""
    found = [
        Headline(
            "temperature_rise",
            "Largest temperature rise",
            state.heat.largest,
            "K",
            "largest rise in the ceramic above the temperature of the case, by Joule heat",
        )
    ]
    if state.thermal_stress is not None:
        distance = quantity(case.failure.focusing_distance, "m")
        found.append(
            Headline(
                "largest_thermal_stress",
                "Largest thermal stress",
                state.thermal_stress,
                "Pa",
                "largest tensile principal stress that the temperature rise alone makes, at least "
                f"{distance} from flaw tips, flaw mouths and patch ends",
            )
        )
    return found


def result_tables(state: WarmState, area: float) -> list[ResultTable]:
    """Return where heat is set free and where it goes, over the area of an electrode (m^2)."""
    source, power = state.heat.source, state.cell.conduction
    columns = (
        Column("grains", "in grains", "W m^-2"),
        Column("boundaries", "at boundaries", "W m^-2"),
        Column("interfaces", "at electrodes", "W m^-2"),
        Column("plating", "out through the plating side", "W m^-2"),
        Column("stripping", "out through the stripping side", "W m^-2"),
        Column("mean_rise", "mean rise", "K"),
        Column("largest_rise", "largest rise", "K"),
    )
    powers = (
        power.bulk_power,
        power.boundary_power,
        # the power that is spent there, without the work done against pressure, which is no heat
        source - power.bulk_power - power.boundary_power,
        state.heat.plating,
        state.heat.stripping,
    )
    row = (*(value / area for value in powers), state.heat.mean, state.heat.largest)
    return [ResultTable("heat", "Heat", columns, (row,))]


def warnings(state: WarmState, materials: ResolvedMaterials) -> list[str]:
    """Return what a reader has to keep in mind."""
    found = []
    unknown = [
        role
        for role, electrolyte in materials.electrolytes.items()
        if np.isnan(electrolyte.conductivity_activation_energy).any()
    ]
    if unknown:
        found.append(
            f"heat does not change the conductivity of {', '.join(unknown)}: its activation energy is not known; give "
            "`conductivity_activation_energy` beside the conductivity that the case overrides"
        )
    if state.heat.largest >= _NOTABLE:
        found.append(
            f"Joule heat warms the ceramic by up to {quantity(state.heat.largest, 'K')}: grains of known activation "
            "energy conduct as at their own temperatures"
            + ("" if state.thermal_stress is None else " and are strained by them")
            + ", while boundaries, electrodes and the search for critical currents are those of the case's temperature"
        )
    hottest = materials.temperature + state.heat.largest
    if hottest > SODIUM_MELTS:
        found.append(
            f"the ceramic would reach {hottest - 273.15:.0f} degC, and sodium melts at "
            f"{SODIUM_MELTS - 273.15:.1f} degC: no cell of solid sodium gets there"
        )
    return found
