"""What segmentation says on its stream."""

from chassis.facts import encoder
from touchline.segmentation.v1.segmentation_events_pb2 import SegmentationEvent

STREAM = "touchline.segmentation.events.v1"

encode = encoder(STREAM, SegmentationEvent)
