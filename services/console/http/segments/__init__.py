"""Segments: lists and rules, who is in them, and why."""
