"""Every query of contact."""
