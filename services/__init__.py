"""The services: each a package with the same rooms."""
