"""Every change of interaction's schema, in order."""
