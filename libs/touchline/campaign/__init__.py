"""Generated from protos/touchline/campaign; never edited."""
