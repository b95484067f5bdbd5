"""Every query of campaign."""
