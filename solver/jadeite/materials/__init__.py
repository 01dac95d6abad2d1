"""Cited material properties and the laws that read them."""
