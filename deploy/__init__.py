"""How Touchline is installed and run: locally, as an image, on Kubernetes."""
