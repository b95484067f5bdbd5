"""The local stack: real engines from packages, every service, a demo company."""
