# SPDX-License-Identifier: LGPL-3.0-or-later
"""Laguerre tessellations of a box into grains of prescribed sizes, in two and three dimensions."""
