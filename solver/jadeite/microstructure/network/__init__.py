# SPDX-License-Identifier: LGPL-3.0-or-later
"""The boundary network of any mesh: boundaries, triple lines, junctions, and their properties."""
