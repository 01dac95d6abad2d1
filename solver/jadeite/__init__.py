"""Jadeite: how solid-state sodium batteries fail at their interfaces, from microstructure to dendrite initiation."""

__version__ = "0.1.0"
