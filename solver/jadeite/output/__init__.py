# SPDX-License-Identifier: LGPL-3.0-or-later
"""The run folder: fields, histories, summary, figures, report."""
