"""Grains, boundaries and defects, and the tagged mesh made of them."""
