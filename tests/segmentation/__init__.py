"""What segmentation promises."""
