# SPDX-License-Identifier: LGPL-3.0-or-later
"""A complete case as text, and the type of the fixture that writes it."""

from collections.abc import Callable
from pathlib import Path

CASE = """\
title: NZSP separator with one flaw
microstructure:
  width: 60 um
  separator:
    thickness: 50 um
    polycrystal:
      material: electrolyte
      grain_size: {law: lognormal, mean: 5 um, coefficient_of_variation: 0.35}
  flaws:
    - {name: deep, position: 20 um, depth: 12 um, mouth_width: 0.3 um}
  unwetted_patches:
    - {name: void, start: 40 um, end: 48 um}
materials:
  electrolyte: {material: NZSP_x2}
protocol:
  current_density: 1 mA/cm^2
"""

WriteCase = Callable[..., Path]
