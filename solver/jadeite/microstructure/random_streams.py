# SPDX-License-Identifier: LGPL-3.0-or-later
"""One stream of random numbers per purpose, so that more pores leave the grains as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RandomStreams:
    """Generators that know nothing of each other, all from one seed."""

    grains: np.random.Generator
    orientations: np.random.Generator
    bodies: np.random.Generator
    flaws: np.random.Generator
    contact: np.random.Generator

    @classmethod
    def of(cls, seed: int) -> RandomStreams:
        """The streams of a recipe's seed."""
        return cls(*(np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(5)))
