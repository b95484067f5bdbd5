"""Kills, freezes and outages while touches are recorded, and the checker that keeps its own account of them."""

import os

# Engines are started again while calls are in flight: gRPC's own fork handlers would run in that child, and break it.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
