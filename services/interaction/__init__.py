"""Interaction: touches, their timelines, and everything folded from them."""
