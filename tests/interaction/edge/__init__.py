"""Tests of the public edge."""
