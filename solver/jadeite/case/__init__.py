# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case file may say: units, schema, loading, problems."""
