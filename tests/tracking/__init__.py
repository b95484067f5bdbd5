"""Tests of libs/tracking."""
