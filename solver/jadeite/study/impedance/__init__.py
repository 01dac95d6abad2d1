# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a small alternating signal over frequency."""
