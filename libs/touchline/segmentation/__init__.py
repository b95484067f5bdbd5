"""Generated from protos/touchline/segmentation; never edited."""
