"""What proves that Touchline does what it says; nothing imports from here."""
