"""The restore drill: a disaster in the middle of everything, then the guide's commands, then a comparison."""
