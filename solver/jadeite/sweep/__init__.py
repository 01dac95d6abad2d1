# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sweeps: many runs of one case with other values, each a run folder of its own, gathered into one table."""
