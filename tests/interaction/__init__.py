"""What the interaction service promises."""
