"""What the SDK and the `touchline` command promise."""
