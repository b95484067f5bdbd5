"""The whole system, real processes only: engines, every role, callers from outside."""
