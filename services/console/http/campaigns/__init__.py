"""Campaigns: planned, looked at before they go out, launched, watched, and explained for each person."""
