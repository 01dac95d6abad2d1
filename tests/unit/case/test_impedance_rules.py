# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about the frequencies of an impedance spectrum."""

import pytest
from case_text import WriteCase

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
