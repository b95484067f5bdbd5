"""The chart on a real Kubernetes: installed, upgraded, scaled and broken while touches are recorded.

`scripts/cluster-test` builds what it needs and calls `python -m tests.cluster` inside of namespaces of its own.
"""

import os

# Programs are started while calls are in flight: gRPC's own fork handlers would run in that child, and break it.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
