# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cited material properties and the laws that read them."""
