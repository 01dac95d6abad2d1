# SPDX-License-Identifier: LGPL-3.0-or-later
"""The figures of a run, drawn from its files alone; a new figure is one function and one row of ``FIGURES``."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jadeite.output.figures.ageing import draw_ageing, draw_film
from jadeite.output.figures.arrhenius import draw_arrhenius
from jadeite.output.figures.conduction import draw_current_focusing, draw_potential
from jadeite.output.figures.crack_faces import draw_crack_faces
from jadeite.output.figures.cracks import draw_crack_directions, draw_crack_fronts
from jadeite.output.figures.effective import draw_effective_bounds, draw_grain_size
from jadeite.output.figures.electrode_current import draw_electrode_current
from jadeite.output.figures.failure import draw_critical_current_search, draw_flaw_ranking
from jadeite.output.figures.front import draw_fronts
from jadeite.output.figures.heat import draw_heat
from jadeite.output.figures.impedance import draw_bode, draw_nyquist, draw_relaxation_times
from jadeite.output.figures.interface import draw_interface
from jadeite.output.figures.leakage import draw_leakage
from jadeite.output.figures.microstructure import draw_microstructure
from jadeite.output.figures.opened_boundaries import draw_opened_boundaries
from jadeite.output.figures.phase_field import draw_crack_growth, draw_damage
from jadeite.output.figures.polymer import draw_hold, draw_polarisation, draw_salt_map, draw_salt_profile
from jadeite.output.figures.pressing import draw_foil_history, draw_pressing, draw_wall_pressure
from jadeite.output.figures.residual_stress import draw_boundary_traction, draw_microcracking
from jadeite.output.figures.resistance import draw_resistance
from jadeite.output.figures.run_data import RunData, load_run
from jadeite.output.figures.space_charge import draw_ion_map, draw_space_charge_profile, draw_space_charge_transient
from jadeite.output.figures.stress import draw_stress
from jadeite.output.figures.style import DOTS_PER_INCH, figure_style
from jadeite.output.folder import replacing


@dataclass(frozen=True, slots=True)
class FigureKind:
    """A figure: its file name without ending, a heading, a caption, and the function that draws it.

    The function returns None when the run lacks what the figure shows.
    """

    name: str
    heading: str
    caption: str
    draw: Callable[[RunData], Figure | None]


FIGURES: tuple[FigureKind, ...] = (
    FigureKind(
        "pressing",
        "Pressure that makes sodium flow",
        "Pressure of the platens against the current density whose sodium the foil has to replace by getting thinner, "
        "beside a layer without friction and a thin film that sticks to the platens; and how the latter depends on the "
        "width of the foil.",
        draw_pressing,
    ),
    FigureKind(
        "wall_pressure",
        "Pressure under the platen",
        "Normal stress of sodium on the upper platen at the largest current density, from the middle of the foil to "
        "its rim.",
        draw_wall_pressure,
    ),
    FigureKind(
        "foil_history",
        "The foil in time",
        "Pressure and loss of thickness, and where the work of the platens goes.",
        draw_foil_history,
    ),
    FigureKind(
        "ageing",
        "How the cell ages",
        "Area-specific resistance of the cell and of what makes it up, with the slope that growth limited by diffusion "
        "has. Where there are flaws, beside it is the pressure that the same current builds up in them.",
        draw_ageing,
    ),
    FigureKind(
        "film",
        "Where the film has grown",
        "Thickness of the film between sodium and electrolyte at the end, along the plating electrode. Where there is "
        "no contact there is no film.",
        draw_film,
    ),
    FigureKind(
        "nyquist",
        "Impedance in the complex plane",
        "Points are the computed impedance times area, circles mark the decades of frequency, the dashed line is the "
        "circuit that an experimenter would fit. Its arcs lie below, one after the other from high to low frequency, "
        "each named by its capacitance.",
        draw_nyquist,
    ),
    FigureKind(
        "bode",
        "Impedance against frequency",
        "Magnitude and phase, computed and fitted; below, the share of each mechanism in the real part, which no "
        "experiment can see: it comes from the power that each dissipates.",
        draw_bode,
    ),
    FigureKind(
        "relaxation_times",
        "Distribution of relaxation times",
        "The curve is what the spectrum alone tells: the smoothest non-negative distribution that explains it. Sticks "
        "are the relaxation times that the microstructure has, each with its resistance.",
        draw_relaxation_times,
    ),
    FigureKind(
        "damage",
        "Where cracks run",
        "Damage of the phase field of cracks, 0 where the ceramic is whole and 1 where it is broken, in the last "
        "state. Of a body that parts it is that with which it does.",
        draw_damage,
    ),
    FigureKind(
        "crack_growth",
        "How cracks grow with the load",
        "Cracks and the largest damage anywhere against the share of the load; dotted lines are loads at which cracks "
        "jump. Beside it is where the work of the loads has gone.",
        draw_crack_growth,
    ),
    FigureKind(
        "opened_boundaries",
        "Boundaries that opened",
        "Damage of grain and phase boundaries in the last state, 1 where nothing holds them together; and what "
        "is open of them against the load, with the work of the loads and what boundaries dissipated of it.",
        draw_opened_boundaries,
    ),
    FigureKind(
        "flaw_ranking",
        "Which flaw starts first",
        "Each bar is the current density above which one flaw starts a dendrite according to one criterion. "
        "The red bar belongs to the criterion that decides; the dashed line is the current density applied here.",
        draw_flaw_ranking,
    ),
    FigureKind(
        "critical_current_search",
        "How the load on the flaws grows with current",
        "Each point is one full solve of the cell at that current density, residual stress included. "
        "A flaw starts a dendrite where its curve reaches 1.",
        draw_critical_current_search,
    ),
    FigureKind(
        "effective_conductivity",
        "The microstructure as a material",
        "Conductivity along each axis: solved, within the bounds that hold for any arrangement of these grains and "
        "boundaries, and as the brick layer estimates it from the mean distance of boundaries.",
        draw_effective_bounds,
    ),
    FigureKind(
        "grain_size",
        "How the conductivity follows the grain size",
        "The same microstructure, magnified. Dashed: brick layer; dotted: grains if boundaries conducted perfectly.",
        draw_grain_size,
    ),
    FigureKind(
        "polarisation",
        "Voltage against current",
        "Each point is a steady state. The dotted line goes on in proportion to the first of them; where salt is "
        "dissolved, the dashed line is the current density at which none is left at one place.",
        draw_polarisation,
    ),
    FigureKind(
        "salt_hold",
        "How the salt runs down",
        "What is held, and the salt beside both electrodes. The dashed line is the time at which none is left at "
        "one place.",
        draw_hold,
    ),
    FigureKind(
        "salt_profile",
        "Where the salt goes",
        "Anions cannot leave the polymer: current draws the salt away from the plating electrode until diffusion "
        "brings back as much. Means over the polymer in layers.",
        draw_salt_profile,
    ),
    FigureKind(
        "salt_map",
        "Salt and the way of the current",
        "Colour is the concentration of the salt; materials without salt are plain. White lines with arrows follow "
        "the current.",
        draw_salt_map,
    ),
    FigureKind(
        "microstructure",
        "What was simulated",
        "Grains are coloured by how far their crystal axis leans from the current, grain boundaries by how much the "
        "two grains are turned against each other. Grey is sodium metal.",
        draw_microstructure,
    ),
    FigureKind(
        "potential",
        "Potential and the way of the current",
        "Colour (and in the plane black lines) shows the electric potential in the ceramic; it jumps where a grain "
        "boundary holds the current up. White lines with arrows follow the current to the plating electrode.",
        draw_potential,
    ),
    FigureKind(
        "current_focusing",
        "Where the current crowds",
        "Orange regions carry more than the nominal current density, violet ones less. "
        "The circle marks the largest value outside the stated distance from tips and edges, where theory lets the "
        "current density grow without limit.",
        draw_current_focusing,
    ),
    FigureKind(
        "electrode_current",
        "How the current is spread along the electrode",
        "The line is the current density that enters the plating electrode, over the nominal one. It grows without "
        "limit at the edges of what has no contact (hatched); dotted lines are grain boundaries that end there.",
        draw_electrode_current,
    ),
    FigureKind(
        "stress",
        "Stress in the ceramic",
        "Red is tension, which opens flaws, blue is compression, which closes them; all loads of the case act at "
        "once. Where there are flaws, the close-up, or the cut, shows the deciding one.",
        draw_stress,
    ),
    FigureKind(
        "heat",
        "Heat through the thickness",
        "What is warmer than the mean is pressed by what is colder, which it pulls. Lines are medians of layers across "
        "the separator, shades what nine places in ten have; stress includes all there is, not that by heat alone.",
        draw_heat,
    ),
    FigureKind(
        "fronts",
        "Where on its front a flaw is loaded most",
        "The stress intensity factor of opening along the front of each flaw, from one end of its mouth over the "
        "deepest point to the other. A flaw starts where the dashed line is reached; the ends of the front, where it "
        "meets the electrode, are left out.",
        draw_fronts,
    ),
    FigureKind(
        "crack_directions",
        "Where cracks would go",
        "Driving force over resistance of a small kink in every direction from the present one, over the largest value "
        "within the grain, for cracks that meet a boundary at their tip. Markers are these boundaries: one outside the "
        "dashed line deflects the crack.",
        draw_crack_directions,
    ),
    FigureKind(
        "crack_faces",
        "How crack faces press and rub on each other",
        "Contact pressure, shear traction and slip along each closed crack of a slice. Friction holds the faces where "
        "the shear traction is below the coefficient of friction times the pressure.",
        draw_crack_faces,
    ),
    FigureKind(
        "crack_fronts",
        "How cracks are loaded along their fronts",
        "Stress intensity factors along each front, with the difference of two domains of integration as error bars. "
        "Where a front meets the surface the singularity is another one; its ends are left out.",
        draw_crack_fronts,
    ),
    FigureKind(
        "interface",
        "What drives sodium into the flaws",
        "The plating overpotential is the voltage that pushes sodium ions onto the metal at each place. The right-hand "
        "scale is the pressure at which the metal would stop that plating: the most that a filled flaw can build up.",
        draw_interface,
    ),
    FigureKind(
        "leakage",
        "Where leaking electrons make sodium metal",
        "Where the chemical potential of sodium is positive (orange), ions and leaking electrons meet in pores and "
        "form metal; pores are coloured by the time until they are full, white ones stay empty. Neighbours share the "
        "electrons.",
        draw_leakage,
    ),
    FigureKind(
        "resistance",
        "Where the resistance comes from",
        "The coloured parts add up to the resistance of the cell times its area. "
        "Below are the grain boundaries that turn most power into heat.",
        draw_resistance,
    ),
    FigureKind(
        "ion_concentration",
        "Where the ions are",
        "Dark: few sodium ions are left beside the charged cores of grain boundaries. The current has to cross there.",
        draw_ion_map,
    ),
    FigureKind(
        "space_charge_profile",
        "Across one boundary",
        "Points are nodes of the mesh beside the middle of the largest boundary, without current. Lines are the closed "
        "form for one flat boundary between thick grains.",
        draw_space_charge_profile,
    ),
    FigureKind(
        "space_charge_transient",
        "While ions gather",
        "After the step the field is there at once; ions follow, until what gathers at the boundaries balances it.",
        draw_space_charge_transient,
    ),
    FigureKind(
        "boundary_traction",
        "What pulls at the boundaries",
        "Normal traction on every boundary, tension positive: on the map of a plane run, and against misorientation. "
        "Bars hold 90 % of the length (area) of each class.",
        draw_boundary_traction,
    ),
    FigureKind(
        "microcracking",
        "From which grain size boundaries crack by themselves",
        "Residual stress does not depend on the size of the grains, but the energy that a boundary releases when it "
        "opens rises with it. Where a line crosses the energy that breaking takes, the boundary opens.",
        draw_microcracking,
    ),
    FigureKind(
        "conductivity_temperature",
        "Conductivity against temperature and grain size",
        "In this plot a process with one activation energy is a straight line, steeper for a higher energy. Small "
        "grains conduct as their boundaries do, large ones as their interior.",
        draw_arrhenius,
    ),
)


def draw_all(run: Path) -> list[Path]:
    """Draw every figure the run has the data for into ``RUN/figures`` and return their paths.

    Figures of an earlier drawing that no longer apply are removed. Raises ``OutputError`` when the summary or a field
    file cannot be read, or the disk is full.
    """
    data = load_run(run)
    paths = {kind: run / "figures" / f"{kind.name}.png" for kind in FIGURES}
    return [path for kind, path in paths.items() if save_figure(partial(kind.draw, data), path)]


def save_figure(draw: Callable[[], Figure | None], path: Path) -> bool:
    """Draw one figure in the house style and write it as PNG; where there is none, remove an earlier one.

    Returns whether there is a figure. Raises ``OutputError`` when the disk is full.
    """
    with figure_style():
        figure = draw()
        if figure is None:
            path.unlink(missing_ok=True)
            return False
        FigureCanvasAgg(figure)
        # one pass of the layout does not see how wide labels become where a map keeps its shape
        figure.draw_without_rendering()
        with replacing(path) as temporary:
            figure.savefig(temporary, dpi=DOTS_PER_INCH, metadata={"Software": "Jadeite"})
    return True
