# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a body under loads that rise without current: residual stress, cracks, boundaries that open."""
