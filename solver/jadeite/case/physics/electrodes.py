# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about sodium against an electrolyte: charge transfer, films, contact, and how a film grows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.physics.boundaries import ReferenceTemperature
from jadeite.case.section import Section, key
from jadeite.case.units import (
    CAPACITANCE,
    CURRENT_DENSITY,
    DIFFUSIVITY,
    LENGTH,
    RATE,
    VOLTAGE,
    AreaSpecificResistance,
    Capacitance,
    Conductivity,
    Length,
    MolarEnergy,
    MolarVolume,
    QuantityField,
)

ExchangeCurrentDensity = Annotated[float, QuantityField(CURRENT_DENSITY, above="0 mA/cm^2", at_most="1e6 mA/cm^2")]
GrowthConstant = Annotated[float, QuantityField(DIFFUSIVITY, above="0 m^2/s", at_most="1e-6 m^2/s")]
FilmThickness = Annotated[float, QuantityField(LENGTH, at_least="0 nm", at_most="1 mm")]


class FilmVariation(Section):
    """A property of an interface that differs from place to place: lognormal with the stated mean."""

    coefficient_of_variation: float = key(gt=0.0, le=5.0, description="Standard deviation over mean.")
    correlation_length: Length = key(description="Distance over which it changes.")
    seed: int = key(0, ge=0, description="Starts the random numbers: another seed, another draw.")


class Interphase(Section):
    """What every growing film between sodium and electrolyte may say."""

    material: str | None = key(
        None,
        min_length=1,
        description="Interphase of the material library that gives the growth constant, its activation energy and the "
        "conductivities where they are left out here.",
    )
    initial_thickness: FilmThickness = key("0 nm", description="Thickness at the start.")
    ionic_conductivity: Conductivity | None = key(
        None, description="Ionic conductivity of the film; its resistance is thickness over conductivity."
    )
    volume_strain: float = key(
        0.0,
        gt=-1.0,
        lt=2.0,
        description="Relative change of volume when the film forms; it strains the electrolyte under flat electrodes.",
    )
    youngs_modulus_ratio: float = key(
        1.0, gt=0.0, le=100.0, description="Young's modulus of the film over that of the electrolyte."
    )
    volume_per_sodium: MolarVolume | None = key(
        None,
        description="Volume of film that forms per mole of sodium consumed; without it nothing is said about how much "
        "sodium the film takes.",
    )
    variation: FilmVariation | None = key(
        None, description="How the growth constants vary along the interface; uniform when left out."
    )
    activation_energy: MolarEnergy | None = key(
        None,
        description="Carries the growth constants from the reference temperature to that of the case; zero when left "
        "out and not known of the material.",
    )
    reference_temperature: ReferenceTemperature = key(
        "25 degC", description="Temperature at which the growth constants hold; that of the library for its constant."
    )


class ParabolicInterphase(Interphase):
    """Growth limited by diffusion through the film: x dx/dt = k."""

    law: Literal["parabolic"] = key("parabolic", description="Growth limited by diffusion through the film.")
    growth_constant: GrowthConstant | None = key(None, description="k in x dx/dt = k; the thickness is sqrt(2 k t).")


class LinearParabolicInterphase(Interphase):
    """Growth limited by reaction while thin and by diffusion when thick: x^2 + A x = B t (Deal and Grove 1965)."""

    law: Literal["linear_parabolic"] = key("linear_parabolic", description="Limited by reaction, later by diffusion.")
    parabolic_constant: GrowthConstant | None = key(None, description="B, twice the growth constant k of a thick film.")
    linear_rate: Annotated[float, QuantityField(RATE, above="0 m/s", at_most="1 m/s")] = key(
        description="B/A, the speed at which a thin film grows."
    )


class Cracking(Section):
    """A film that cracks when it is thick enough, and conducts electrons better from then on."""

    thickness: Annotated[float, QuantityField(LENGTH, above="0 nm", at_most="1 mm")] = key(
        description="Thickness at which the film cracks."
    )
    electronic_conductivity: Conductivity = key(description="Electronic conductivity of the cracked film.")


class WagnerInterphase(Interphase):
    """Growth by ambipolar diffusion of ions and electrons through the film (Wagner 1933)."""

    law: Literal["wagner"] = key("wagner", description="Ambipolar diffusion of ions and electrons.")
    electronic_conductivity: Conductivity | None = key(None, description="Electronic conductivity of the film.")
    chemical_potential_drop: Annotated[float, QuantityField(VOLTAGE, above="0 V", at_most="10 V")] = key(
        description="Chemical potential of sodium that drives the reaction, over the Faraday constant."
    )
    volume_per_sodium: MolarVolume = key(description="Volume of film that forms per mole of sodium consumed.")
    cracking: Cracking | None = key(
        None, description="Thickness at which the film cracks, and what that changes; it stays whole when left out."
    )


InterphaseLaw = Annotated[
    ParabolicInterphase | LinearParabolicInterphase | WagnerInterphase, Field(discriminator="law")
]


class ResistiveInterface(Section):
    """What every interface with a resistance may say beside it."""

    contact_resistance: AreaSpecificResistance = key(
        "0 ohm*cm^2", description="Resistance of imperfect contact, in series with everything else."
    )
    film_variation: FilmVariation | None = key(
        None, description="How film and contact resistance vary along the interface; uniform when left out."
    )
    interphase: InterphaseLaw | None = key(None, description="A film that grows with time; none when left out.")
    double_layer_capacitance: Capacitance = key(
        "0 F/m^2", description="Capacitance in parallel with charge transfer; used by impedance."
    )
    electronic_resistance: AreaSpecificResistance = key(
        "0 ohm*cm^2", description="Resistance of the interface to electrons; used with electronic conduction."
    )


class ButlerVolmer(ResistiveInterface):
    """Butler-Volmer charge transfer in series with a resistive film."""

    law: Literal["butler_volmer"] = key("butler_volmer", description="Charge transfer after Butler and Volmer.")
    exchange_current_density: ExchangeCurrentDensity | None = key(
        None, description="Exchange current density; the material's own value at the case's temperature when left out."
    )
    transfer_coefficient: float = key(
        0.5, gt=0.0, lt=1.0, description="Anodic transfer coefficient; the cathodic one is 1 minus it."
    )
    film_resistance: AreaSpecificResistance = key(
        "0 ohm*cm^2", description="Resistance of a film in series with charge transfer."
    )


class LinearInterface(ResistiveInterface):
    """An electrode interface with a constant area-specific resistance."""

    law: Literal["linear"] = key("linear", description="Constant resistance.")
    resistance: AreaSpecificResistance = key(description="Area-specific resistance of the interface.")


class IdealInterface(Section):
    """An electrode interface without overpotential."""

    law: Literal["ideal"] = key("ideal", description="No overpotential.")


class BlockingInterface(Section):
    """An electrode that no ion passes, such as gold on the electrolyte of an impedance measurement."""

    law: Literal["blocking"] = key("blocking", description="No ion passes: a double layer alone; for impedance.")
    double_layer_capacitance: Annotated[float, QuantityField(CAPACITANCE, above="0 F/m^2", at_most="1e4 F/m^2")] = key(
        "5 uF/cm^2", description="Capacitance of the double layer."
    )


InterfaceLaw = Annotated[
    ButlerVolmer | LinearInterface | IdealInterface | BlockingInterface, Field(discriminator="law")
]
