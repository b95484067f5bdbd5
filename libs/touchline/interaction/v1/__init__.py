"""Generated from protos/touchline/interaction/v1; never edited."""
