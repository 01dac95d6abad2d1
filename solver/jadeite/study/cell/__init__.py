# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a steady cell, and what other studies of cells measure as it does."""
