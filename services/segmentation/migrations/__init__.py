"""Every change of segmentation's schema, in order."""
