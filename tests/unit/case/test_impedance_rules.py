# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about the frequencies of an impedance spectrum."""

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

STEADY = "protocol:\n  current_density: 1 mA/cm^2\n"


def spectrum(low: str, high: str) -> tuple[str, str]:
    return (STEADY, f"protocol: {{law: impedance, lowest_frequency: {low}, highest_frequency: {high}}}\n")


def test_a_rising_range_is_accepted(write_case: WriteCase) -> None:
    protocol = load_case(write_case(spectrum("10 mHz", "1 GHz"))).case.protocol
    assert (protocol.lowest_frequency, protocol.highest_frequency) == (0.01, 1e9)


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        ("0 Hz", "1 MHz", r"protocol.lowest_frequency.*is too small[\s\S]*above 0 Hz"),
        ("1 MHz", "1 kHz", r"protocol.lowest_frequency.*is not below the highest frequency"),
        ("1 MHz", "2 MHz", r"protocol.highest_frequency.*leaves less than one decade"),
    ],
)
def test_ranges_that_are_refused(write_case: WriteCase, low: str, high: str, message: str) -> None:
    with pytest.raises(CaseError, match=message):
        load_case(write_case(spectrum(low, high)))


LINEAR = "law: linear, resistance: 5 ohm*cm^2, double_layer_capacitance: 20 uF/cm^2"
VARIES = ", film_variation: {coefficient_of_variation: 0.3, correlation_length: 5 um}"


@pytest.mark.parametrize(
    ("law", "message"),
    [
        (LINEAR + VARIES, "all of the resistance is a film"),
        (LINEAR.replace("5 ohm", "0 ohm"), "short-circuits the double layer"),
        (LINEAR.replace("5 ohm", "0 ohm") + ", contact_resistance: 1 ohm*cm^2", "short-circuits the double layer"),
    ],
)
def test_double_layers_that_nothing_charges_are_refused(write_case: WriteCase, law: str, message: str) -> None:
    text = CASE + f"physics:\n  plating_interface: {{{law}}}\n"
    with pytest.raises(CaseError, match=message) as error:
        load_case(write_case(spectrum("1 Hz", "1 MHz"), text=text))
    (problem,) = error.value.problems
    assert "physics.plating_interface.double_layer_capacitance" in str(problem)
    load_case(write_case(text=text))


@pytest.mark.parametrize(
    "law", [LINEAR, "law: butler_volmer, film_resistance: 5 ohm*cm^2, double_layer_capacitance: 20 uF/cm^2" + VARIES]
)
def test_double_layers_beside_a_resistance_are_accepted(write_case: WriteCase, law: str) -> None:
    load_case(write_case(spectrum("1 Hz", "1 MHz"), text=CASE + f"physics:\n  plating_interface: {{{law}}}\n"))
