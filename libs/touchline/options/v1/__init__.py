"""Generated from protos/touchline/options/v1; never edited."""
