"""Kills on the way of a campaign mail, and the checker that compares people, sink, ledger and timelines."""
