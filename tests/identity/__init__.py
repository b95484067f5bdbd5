"""Tests of libs/identity: pure, by cases and by an oracle of its own."""
