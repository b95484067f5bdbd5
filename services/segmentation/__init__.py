"""Segments and who is in them."""
