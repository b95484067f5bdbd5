"""Every query of segmentation: segments and members, the projections that rules look at, rules as SQL, what is due."""
