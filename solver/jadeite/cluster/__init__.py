# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs on clusters: profiles of machines, job scripts that a person can read, and the schedulers that take them."""
