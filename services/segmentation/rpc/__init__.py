"""The door for gRPC callers: proto → use case → proto."""

from services.segmentation.rpc.servicer import UNLIMITED, SegmentationServicer

__all__ = ["UNLIMITED", "SegmentationServicer"]
