# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small-signal impedance: the cell about a steady state, its spectrum, and what an experimenter reads from one."""
