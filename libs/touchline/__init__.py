"""Generated from protos/touchline; never edited."""
