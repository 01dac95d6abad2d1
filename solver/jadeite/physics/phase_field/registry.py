# SPDX-License-Identifier: LGPL-3.0-or-later
"""Crack models and energy splits by the names that cases use; a new one is one module and one row here."""

from __future__ import annotations

from collections.abc import Mapping

from jadeite.physics.phase_field.at1 import AT1
from jadeite.physics.phase_field.at2 import AT2
from jadeite.physics.phase_field.model import CrackModel
from jadeite.physics.phase_field.splits.hybrid import HYBRID
from jadeite.physics.phase_field.splits.none import NONE
from jadeite.physics.phase_field.splits.spectral import SPECTRAL
from jadeite.physics.phase_field.splits.split import EnergySplit
from jadeite.physics.phase_field.splits.volumetric_deviatoric import VOLUMETRIC_DEVIATORIC

MODELS: Mapping[str, CrackModel] = {model.name: model for model in (AT1, AT2)}

SPLITS: Mapping[str, EnergySplit] = {split.name: split for split in (NONE, VOLUMETRIC_DEVIATORIC, SPECTRAL, HYBRID)}
