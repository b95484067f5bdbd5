"""What campaign promises."""
