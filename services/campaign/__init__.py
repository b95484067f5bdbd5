"""Programmes and campaigns: what marketing plans."""
