"""Generated from protos/touchline/segmentation/v1; never edited."""
