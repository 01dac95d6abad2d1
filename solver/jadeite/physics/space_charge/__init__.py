# SPDX-License-Identifier: LGPL-3.0-or-later
"""Space charge beside charged boundaries: closures by name, and the same equations resolved on a line."""
