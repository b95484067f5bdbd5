"""What the clock does in campaign: planning, sending."""
