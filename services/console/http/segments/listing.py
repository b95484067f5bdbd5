"""Segments by name, for the pages that choose or mention them."""

from collections.abc import Iterable

from chassis.errors import DomainError
from starlette.requests import Request
from touchline.segmentation.v1 import segmentation_pb2 as pb
from touchline.segmentation.v1.segmentation_pb2_grpc import SegmentationServiceStub

from services.console.gateways import Gateways
from services.console.http.segments.rule import Known

MOST_SEGMENTS = 1_000


async def everything(request: Request) -> list[pb.Segment]:
    """The newest thousand segments: what a form offers."""
    answer = await stub(request).ListSegments(pb.ListSegmentsRequest(page_size=MOST_SEGMENTS))
    return list(answer.segments)


async def names(request: Request, wanted: Iterable[str]) -> dict[str, str]:
    """Display names by segment; where segmentation does not answer, ids stand."""
    missing = {name: name.rpartition("/")[2] for name in wanted}
    if not missing:
        return {}
    try:
        return missing | {one.name: one.display_name for one in await everything(request) if one.name in missing}
    except DomainError:
        return missing


async def known(request: Request) -> Known:
    """What rules can ask about, with every segment there is."""
    answer = await stub(request).ListSegmentAttributes(pb.ListSegmentAttributesRequest())
    return Known(
        contact={one.attribute: one for one in answer.contact_attributes},
        account={one.attribute: one for one in answer.account_attributes},
        touch_types=list(answer.touch_types),
        segments={one.name: one.display_name for one in await everything(request)},
    )


def stub(request: Request) -> SegmentationServiceStub:
    gateways: Gateways = request.app.state.gateways
    return gateways.segmentation
