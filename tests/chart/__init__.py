"""The Helm chart: what is rendered from it, and whether that is what the code needs."""
