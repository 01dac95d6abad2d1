# SPDX-License-Identifier: LGPL-3.0-or-later
"""Microstructures in three dimensions: a complex of polyhedra, defects built into it, tetrahedra."""
