"""Seeded interleavings of producer, log, consumers, database and relays in one process; a seed can be played again."""
