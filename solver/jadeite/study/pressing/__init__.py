# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a sodium foil between platens: how it flows as current removes it, at a rate, or under a pressure."""
