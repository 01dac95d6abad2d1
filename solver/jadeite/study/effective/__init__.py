# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a microstructure as a material: its conductivity tensor."""
