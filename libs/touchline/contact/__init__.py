"""Generated from protos/touchline/contact; never edited."""
