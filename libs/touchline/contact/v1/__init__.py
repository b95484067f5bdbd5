"""Generated from protos/touchline/contact/v1; never edited."""
