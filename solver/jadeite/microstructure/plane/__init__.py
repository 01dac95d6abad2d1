# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plane microstructures: polygons of grains, defects cut out of them, triangles."""
