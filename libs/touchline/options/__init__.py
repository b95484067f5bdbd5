"""Generated from protos/touchline/options; never edited."""
