"""Resource names from addresses: what is no id of ours is nothing, before any call."""

import asyncio
import re
from collections.abc import Mapping
from uuid import UUID

from chassis.errors import DomainError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from touchline.campaign.v1 import campaign_pb2

MOST_ASKED = 10
TOUCH = re.compile("[A-Za-z0-9_-]{43}")  # the id of a touch


def part(request: Request, collection: str, parameter: str) -> str:
    """`segments/{id}` for the parameter of the address; a 404 where it is no id."""
    return checked(f"{collection}/{request.path_params[parameter]}")


def checked(name: str) -> str:
    """The resource name with its id as we write ids; a 404 where it is none."""
    collection, _slash, last = name.rpartition("/")
    try:
        return f"{collection}/{UUID(last)}"
    except ValueError:
        raise HTTPException(404) from None


def campaign_of(request: Request) -> str:
    return part(request, "campaigns", "campaign")


def activity_of(request: Request) -> str:
    return part(request, f"{campaign_of(request)}/activities", "activity")


def segment_of(request: Request) -> str:
    return part(request, "segments", "segment")


def contact_asked(request: Request) -> str:
    """`contacts/{id}` of `?contact=`, which may be the bare id; empty where nobody is asked for."""
    text = request.query_params.get("contact", "")
    return contact_named(text) if text else ""


def contact_named(text: str) -> str:
    return checked(f"contacts/{text.removeprefix('contacts/')}")


async def campaigns(request: Request, known: Mapping[str, str]) -> dict[str, str]:
    """Titles by campaign: those that are known, and campaign's own for the others, as far as it answers."""
    missing = [name for name, title in known.items() if not title][:MOST_ASKED]
    return dict(known) | dict(await asyncio.gather(*(campaign_title(request, name) for name in missing)))


async def campaign_title(request: Request, name: str) -> tuple[str, str]:
    try:
        found = await request.app.state.gateways.campaign.GetCampaign(campaign_pb2.GetCampaignRequest(name=name))
    except DomainError:
        return name, ""
    return name, str(found.display_name)
