# SPDX-License-Identifier: LGPL-3.0-or-later
"""The case file: microstructure, materials, physics, protocol, failure criteria, outputs, solver and expected results.

Values are SI floats once read. The reference in the user guide and the JSON Schema for editors come from these classes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from jadeite.case.microstructure import Recipe
from jadeite.case.names import one_line
from jadeite.case.physics import ExchangeCurrentDensity, Physics
from jadeite.case.protocol import CellTemperature, Protocol
from jadeite.case.section import Section, key
from jadeite.case.units import (
    CONDUCTIVITY,
    LENGTH,
    PRESSURE,
    THERMAL_CONDUCTIVITY,
    THERMAL_EXPANSION,
    AreaSpecificResistance,
    Conductivity,
    CurrentDensity,
    Diffusivity,
    Duration,
    FractureToughness,
    Modulus,
    MolarEnergy,
    MolarVolume,
    QuantitiesField,
    QuantityField,
    SurfaceEnergy,
    read_any_quantity,
)

METAL_ROLE = "sodium"
"""Role of the metal electrodes and of the metal in flaws; every other role is named by the recipe."""

DEFAULT_METAL = "Na_metal"
"""Material of the metal when a case names none."""

CriterionName = Literal[
    "coupled_fracture",
    "porz_griffith",
    "ohmic_griffith",
    "combined_griffith",
    "grain_boundary_potential",
    "electronic_leakage",
    "void_edge_focusing",
]

CRITERIA: tuple[CriterionName, ...] = get_args(CriterionName)
"""Names of the dendrite initiation criteria a case may ask for."""


def _compressible(ratio: float) -> float:
    """Refuse a Poisson ratio that leaves no finite stiffness against a change of volume."""
    if ratio >= 0.5:
        raise PydanticCustomError(
            "incompressible",
            "leaves no finite stiffness against a change of volume: an incompressible solid has 0.5, and its pressure "
            "does not follow from displacements (sodium has 0.31 to 0.41, ceramics 0.2 to 0.35)",
            {"lt": 0.5},
        )
    return ratio


PoissonRatio = Annotated[float, Field(gt=-1.0), AfterValidator(_compressible)]


class MaterialOverride(Section):
    """Values that replace those of the library. They hold at the case's temperature."""

    conductivity: (
        Annotated[
            tuple[float, ...], QuantitiesField(QuantityField(CONDUCTIVITY, above="0 S/m", at_most="1e9 S/m"), (1, 3))
        ]
        | None
    ) = key(
        None, description="Ionic conductivity of a grain: one value, or three principal values in the crystal frame."
    )
    conductivity_activation_energy: MolarEnergy | None = key(
        None, description="Activation energy that carries the library's conductivity to the case's temperature."
    )
    stiffness: (
        Annotated[
            tuple[float, ...], QuantitiesField(QuantityField(PRESSURE, at_least="-1e4 GPa", at_most="1e4 GPa"), (3, 5))
        ]
        | None
    ) = key(
        None,
        description="Elastic constants of a crystal: C11, C12, C44 (cubic) or C11, C12, C13, C33, C44 (hexagonal).",
    )
    youngs_modulus: Modulus | None = key(None, description="Young's modulus of an elastically isotropic material.")
    poisson_ratio: PoissonRatio | None = key(None, description="Poisson ratio of an elastically isotropic material.")
    thermal_expansion: (
        Annotated[
            tuple[float, ...],
            QuantitiesField(QuantityField(THERMAL_EXPANSION, at_least="-1e-3 1/K", at_most="1e-3 1/K"), (1, 3)),
        ]
        | None
    ) = key(None, description="Linear thermal expansion: one value, or three principal values in the crystal frame.")
    fracture_toughness: FractureToughness | None = key(None, description="Fracture toughness (mode I) of a grain.")
    grain_boundary_toughness_ratio: float | None = key(
        None, gt=0.0, le=1.0, description="Fracture toughness of a grain boundary over that of a grain."
    )
    surface_energy: SurfaceEnergy | None = key(None, description="Surface energy (of the metal).")
    grain_boundary_resistance: AreaSpecificResistance | None = key(
        None, description="Area-specific resistance of one grain boundary."
    )
    exchange_current_density: ExchangeCurrentDensity | None = key(
        None, description="Exchange current density against sodium."
    )
    molar_volume: MolarVolume | None = key(None, description="Molar volume (of the metal).")
    electronic_conductivity: Conductivity | None = key(None, description="Electronic conductivity.")
    relative_permittivity: float | None = key(None, ge=1.0, le=1e6, description="Relative permittivity.")
    salt_diffusivity: Diffusivity | None = key(None, description="Diffusivity of a dissolved salt.")
    transference_number: float | None = key(
        None, gt=0.0, le=1.0, description="Share of the current that sodium ions carry in a uniform electrolyte."
    )
    thermodynamic_factor: float | None = key(
        None, gt=0.0, le=100.0, description="1 + dln f/dln c of a dissolved salt; 1 for an ideal solution."
    )
    thermal_conductivity: (
        Annotated[float, QuantityField(THERMAL_CONDUCTIVITY, above="0 W/m/K", at_most="1e4 W/m/K")] | None
    ) = key(None, description="Thermal conductivity.")


class MaterialChoice(Section):
    """The material that plays a role."""

    material: str = key(min_length=1, description="Name in the library; `jadeite materials` lists them.")
    override: MaterialOverride = key(
        default_factory=MaterialOverride, description="Values that replace those of the library."
    )
    override_source: str = key("", description="Where the replacing values come from; kept in the results.")


class CriticalCurrentSearch(Section):
    """Search for the cell's critical current density."""

    search: bool = key(True, description="Whether to solve for the critical current density.")
    maximum: CurrentDensity = key("100 mA/cm^2", description="Largest current density that is tried.")
    tolerance: float = key(1e-3, gt=0.0, le=0.1, description="Relative tolerance of the critical current density.")


def _all_criteria(given: Any) -> Any:
    return list(CRITERIA) if given == "all" else given


class Failure(Section):
    """How dendrite initiation is judged."""

    focusing_distance: Annotated[float, QuantityField(LENGTH, above="0 um", at_most="1 mm")] = key(
        "0.5 um",
        description="Distance from singular points (flaw tips, contact edges) at which local maxima are reported.",
    )
    criteria: Annotated[
        tuple[CriterionName, ...],
        BeforeValidator(_all_criteria),
        WithJsonSchema(
            {"anyOf": [{"const": "all"}, {"type": "array", "items": {"enum": list(CRITERIA)}, "uniqueItems": True}]}
        ),
    ] = key("all", description="Initiation criteria to evaluate: `all` or a list of names.")
    critical_current: CriticalCurrentSearch = key(
        default_factory=CriticalCurrentSearch, description="Search for the critical current density."
    )


class Outputs(Section):
    """What a run writes besides summary, history and log."""

    fields: bool = key(True, description="Fields for ParaView.")
    figures: bool = key(True, description="Figures as PNG.")
    report: bool = key(True, description="The self-contained report.")
    checkpoint_interval: Duration = key(
        "1 min", description="Time of computation between checkpoints, from which `jadeite resume` goes on."
    )


class Solver(Section):
    """Discretisation and solver tolerances."""

    degree: int = key(2, ge=1, le=4, description="Polynomial degree of the fields.")
    linear: Literal["automatic", "direct", "iterative"] = key(
        "automatic", description="Linear solver; `automatic` chooses by size."
    )
    tolerance: float = key(1e-10, gt=0.0, le=1e-4, description="Relative tolerance of each nonlinear solve.")
    coupling_tolerance: float = key(
        1e-8, gt=0.0, le=1e-2, description="Relative tolerance of the loop between conduction and mechanics."
    )
    maximum_newton_steps: int = key(30, ge=1, le=1000, description="Newton steps after which a solve counts as failed.")


AnyQuantity = Annotated[
    float,
    PlainValidator(read_any_quantity),
    WithJsonSchema({"type": ["number", "string"], "examples": ["35 ohm*cm^2", 0.5]}),
]


class Expectation(Section):
    """A result the case is known to give, with one of two tolerances; the run reports the deviation."""

    quantity: str = key(min_length=1, description="Name of a headline figure of the summary.")
    value: AnyQuantity = key(description="Expected value with its unit.")
    relative_tolerance: float | None = key(None, ge=0.0, le=1.0, description="Allowed deviation relative to the value.")
    absolute_tolerance: AnyQuantity | None = key(None, description="Allowed deviation, with the unit of the value.")
    source: str = key(min_length=1, description="Where the expected value comes from.")


def _with_metal(given: Any) -> Any:
    return {METAL_ROLE: {"material": DEFAULT_METAL}, **given} if isinstance(given, dict) else given


def _inline_or_named(given: Any) -> str:
    return "name" if isinstance(given, str) else "recipe"


class Case(Section):
    """A case file."""

    title: Annotated[str, AfterValidator(one_line)] = key(
        min_length=1, max_length=200, description="One line that says what the case shows."
    )
    description: str = key("", description="Free text.")
    microstructure: Annotated[
        Annotated[str, Tag("name")] | Annotated[Recipe, Tag("recipe")], Discriminator(_inline_or_named)
    ] = key(
        description="Name of a recipe `meshes/NAME.yaml`, path of one relative to the case file, or the recipe itself."
    )
    materials: Annotated[dict[str, MaterialChoice], BeforeValidator(_with_metal)] = key(
        description="Material of each role named by the recipe, and of `sodium` (the library's sodium when left out)."
    )
    temperature: CellTemperature = key(
        "25 degC", description="Temperature of the cell; below the melting point of sodium."
    )
    physics: Physics = key(default_factory=Physics, description="Laws of the coupled problem.")
    protocol: Protocol = key(description="What drives the cell.")
    failure: Failure = key(default_factory=Failure, description="How dendrite initiation is judged.")
    outputs: Outputs = key(default_factory=Outputs, description="What a run writes.")
    solver: Solver = key(default_factory=Solver, description="Discretisation and solver tolerances.")
    expect: tuple[Expectation, ...] = key((), max_length=1000, description="Results the case is known to give.")

    @property
    def temperature_change(self) -> float:
        """Temperature minus stress-free temperature in K; zero where the case gives none."""
        mechanics = self.physics.mechanics
        if mechanics is None or mechanics.stress_free_temperature is None:
            return 0.0
        return self.temperature - mechanics.stress_free_temperature
