"""Generated from protos/touchline/campaign/v1; never edited."""
