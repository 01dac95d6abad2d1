# SPDX-License-Identifier: LGPL-3.0-or-later
"""Microstructures from elsewhere: voxel images, orientation maps, Neper tessellations and tagged meshes."""
