"""Progress that arrives: a campaign's numbers as server-sent events, once a second while something moves."""

import json
from collections.abc import AsyncGenerator

from chassis.errors import DomainError
from starlette.requests import Request
from starlette.responses import Response
from touchline.campaign.v1 import campaign_pb2 as pb

from services.console.http.campaigns import numbers, wording
from services.console.http.campaigns.plans import MOVING, planning, read
from services.console.http.streams import HEARTBEAT, STILL_HERE, EventStream, rest, streams_of

EVERY = 1.0
AWAY = 3.0


async def events(request: Request) -> Response:
    """GET /campaigns/{id}/events?stands=…: `numbers` when they change, `changed` when the page stands on another shape.

    `stands` is the shape that the page was drawn with: what changed since, before anybody listened, is told too.
    """
    campaign, _activities = await read(request)
    stands = request.query_params.get("stands") or numbers.shape(campaign)
    return EventStream(request, lines(request, stands))


async def lines(request: Request, stands: str) -> AsyncGenerator[str, None]:
    """Events as text until the campaign rests, has another shape than the page stands on, or the process drains."""
    told, quiet = "", 0.0
    while not streams_of(request).stopping.is_set():
        try:
            campaign, activities = await read(request)
        except DomainError:  # away: the numbers on the page stay as they were
            yield ": the campaign service does not answer\n\n"
            await rest(request, AWAY)
            continue
        said = json.dumps(facts(campaign, activities), sort_keys=True)
        if said != told:
            told, quiet = said, 0.0
            yield f"event: numbers\ndata: {said}\n\n"
        if numbers.shape(campaign) != stands:
            yield "event: changed\ndata: again\n\n"
            return
        if campaign.state not in MOVING:
            yield "event: ended\ndata: rest\n\n"
            return
        quiet += EVERY
        if quiet >= HEARTBEAT:
            quiet = 0.0
            yield STILL_HERE
        await rest(request, EVERY)


def facts(campaign: pb.Campaign, activities: list[pb.Activity]) -> dict[str, dict[str, object]]:
    """Every text and share of the page that a number stands behind, by its place."""
    texts: dict[str, object] = {}
    shares: dict[str, object] = {}
    for scope, counts in ((campaign.name, campaign.counts), *((one.name, one.counts) for one in activities)):
        texts |= {f"{scope} {key}": wording.number(getattr(counts, key)) for key in numbers.LABELS}
        texts[f"{scope} pace"] = numbers.pace(counts)
        texts |= {f"{scope} {why.words}": why.text for why in numbers.reasons(counts, scope)}
        shares[scope] = numbers.share(counts)
    texts |= {f"{one.name} planning": planning(one) for one in activities}
    return {"texts": texts, "shares": shares}
