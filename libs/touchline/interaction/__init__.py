"""Generated from protos/touchline/interaction; never edited."""
