"""Each personal field of what a method that writes answers, as each role sees it, beside tests/flows/masks.py."""

from typing import Any

import pytest
from chassis.errors import DomainError, NotFound
from google.protobuf.message import Message

from tests.flows.masks import NOT_FOUND, WRITING
from tests.flows.people import client
from tests.flows.sitter import Sitter
from tests.flows.system import System
from tests.flows.viewers import VIEWERS, Viewer, doors, hiding, may_call, method_of, told, unlike
from tests.flows.writing import Request, Writing

REFUSABLE: dict[str, Message] = {}


async def write(stubs: dict[str, Any], method: str, request: Message) -> dict[str, str] | str:
    """What is answered about her, or why nothing is."""
    try:
        answer = await method_of(stubs, method)(request)
    except NotFound:
        return NOT_FOUND
    except DomainError as error:
        return error.reason or type(error).__name__
    return told([answer], WRITING[method].fields)


async def request(viewer: Viewer, method: str, ready: Request) -> Message:
    """What a method is asked; what a role is refused uses nothing up, and so is made ready once for all such."""
    if may_call(viewer, method):
        return await ready()
    if method not in REFUSABLE:
        REFUSABLE[method] = await ready()
    return REFUSABLE[method]


async def everything(system: System, door: System, her: Sitter, viewer: Viewer) -> dict[str, dict[str, str] | str]:
    """What a viewer was told by every method that writes; what it is asked of is made ready behind another door."""
    async with client(system) as touchline, doors(door, viewer) as stubs:
        requests = Writing(system, touchline.contact, her).requests()
        assert requests.keys() == WRITING.keys()
        return {
            method: await write(stubs, method, await request(viewer, method, ready))
            for method, ready in requests.items()
        }


@pytest.mark.parametrize("viewer", VIEWERS, ids=str)
async def test_what_is_written_is_answered_as_it_is_read(system: System, sitter: Sitter, viewer: Viewer):
    assert unlike(WRITING, await everything(system, system, sitter, viewer), viewer, is_hidden=False) == {}


@pytest.mark.parametrize("viewer", VIEWERS, ids=str)
async def test_where_teams_are_hidden_nothing_of_another_teams_person_is_written_or_answered(
    system: System, sitter: Sitter, viewer: Viewer
):
    async with hiding(system) as door:
        answers = await everything(system, door, sitter, viewer)
    assert unlike(WRITING, answers, viewer, is_hidden=True) == {}
