"""Every change of campaign's schema, in order."""
