"""Saved filters: each colleague's own, by name, for every timeline they open."""

import asyncio
from uuid import uuid4

import pytest
from chassis.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.interaction.world import World

JANA = "users/jana"
MAILS = pb.TimelineFilter(types=["email.*"], actors=[pb.ACTOR_KIND_PERSON], people_only=True, text="Pump")
MAILS.from_time.FromJsonString("2026-03-01T00:00:00.000001Z")


def saved(display_name: str, asks: pb.TimelineFilter = MAILS, **more) -> pb.CreateSavedFilterRequest:
    given = pb.SavedFilter(display_name=display_name, filter=asks)
    return pb.CreateSavedFilterRequest(parent=JANA, saved_filter=given, **more)


async def names(stub, **page) -> list[str]:
    answer = await stub.ListSavedFilters(pb.ListSavedFiltersRequest(parent=JANA, **page))
    return [one.display_name for one in answer.saved_filters]


async def test_a_filter_is_saved_once_read_back_as_it_was_renamed_and_deleted(world: World):
    jana = await world.caller("rep", subject=JANA)
    wish = saved("  Her   mails ", request_id=str(uuid4()))
    made = [await jana.CreateSavedFilter(wish) for _ in range(2)][1]
    assert (made.display_name, made.filter) == ("Her mails", MAILS)
    assert await names(jana) == ["Her mails"]
    change = pb.UpdateSavedFilterRequest(saved_filter=pb.SavedFilter(name=made.name, display_name="Letters"))
    renamed = await jana.UpdateSavedFilter(change)
    assert (renamed.display_name, renamed.filter) == ("Letters", MAILS)
    with pytest.raises(Aborted):
        await jana.DeleteSavedFilter(pb.DeleteSavedFilterRequest(name=made.name, etag=made.etag))
    end = pb.DeleteSavedFilterRequest(name=made.name, etag=renamed.etag, request_id=str(uuid4()))
    for _ in range(2):
        await jana.DeleteSavedFilter(end)
    with pytest.raises(NotFound) as gone:
        await jana.GetSavedFilter(pb.GetSavedFilterRequest(name=made.name))
    assert gone.value.reason == "SAVED_FILTER_NOT_FOUND"


async def test_a_name_is_free_once_whatever_its_letters_and_who_asks_at_once(world: World):
    jana = await world.caller("rep", subject=JANA)
    answers = await asyncio.gather(
        *(jana.CreateSavedFilter(saved(name)) for name in ("Straße", "STRASSE", "strasse")), return_exceptions=True
    )
    refused = [each for each in answers if isinstance(each, AlreadyExists)]
    (kept,) = [each for each in answers if isinstance(each, pb.SavedFilter)]
    assert [each.reason for each in refused] == ["SAVED_FILTER_NAME_TAKEN"] * 2
    assert {each.metadata["saved_filter"] for each in refused} == {kept.name}
    other = await jana.CreateSavedFilter(saved("Calls"))
    for wrong, told in (("strasse", AlreadyExists), ("", InvalidArgument), ("a\nb", InvalidArgument)):
        change = pb.UpdateSavedFilterRequest(saved_filter=pb.SavedFilter(name=other.name, display_name=wrong))
        change.update_mask.paths.append("display_name")
        with pytest.raises(told):
            await jana.UpdateSavedFilter(change)
    assert await names(jana) == ["Calls", kept.display_name]


async def test_nobody_else_sees_or_changes_them_administrators_neither(world: World):
    jana = await world.caller("rep", subject=JANA)
    made = await jana.CreateSavedFilter(saved("Mine"))
    for role in ("rep", "admin"):
        other = await world.caller(role, subject="users/tomas")
        for ask in (
            other.GetSavedFilter(pb.GetSavedFilterRequest(name=made.name)),
            other.ListSavedFilters(pb.ListSavedFiltersRequest(parent=JANA)),
            other.CreateSavedFilter(saved("Theirs")),
            other.UpdateSavedFilter(pb.UpdateSavedFilterRequest(saved_filter=made)),
            other.DeleteSavedFilter(pb.DeleteSavedFilterRequest(name=made.name)),
        ):
            with pytest.raises(PermissionDenied) as refused:
                await ask
            assert refused.value.reason == "SAVED_FILTERS_NOT_YOURS"
        stolen = made.name.replace(JANA, "users/tomas")
        with pytest.raises(NotFound):
            await other.GetSavedFilter(pb.GetSavedFilterRequest(name=stolen))
    assert await names(jana) == ["Mine"]


async def test_there_are_50_at_most_in_pages_by_name(world: World):
    jana = await world.caller("rep", subject=JANA)
    for number in range(50):
        await jana.CreateSavedFilter(saved(f"{number:02d}"))
    with pytest.raises(FailedPrecondition) as full:
        await jana.CreateSavedFilter(saved("One more"))
    assert full.value.reason == "TOO_MANY_SAVED_FILTERS"
    first = await jana.ListSavedFilters(pb.ListSavedFiltersRequest(parent=JANA, page_size=30))
    rest = await names(jana, page_size=30, page_token=first.next_page_token)
    assert [one.display_name for one in first.saved_filters] + rest == [f"{number:02d}" for number in range(50)]
    tomas = await world.caller("rep", subject="users/tomas")
    foreign = pb.ListSavedFiltersRequest(parent="users/tomas", page_token=first.next_page_token)
    with pytest.raises(InvalidArgument):
        await tomas.ListSavedFilters(foreign)


@pytest.mark.parametrize(
    ("asks", "field"),
    [
        (pb.TimelineFilter(text="x" * 201), "saved_filter.filter.text"),
        (pb.TimelineFilter(campaigns=["campaigns/x"]), "saved_filter.filter.campaigns"),
        (pb.TimelineFilter(types=["email.sent"] * 51), "saved_filter.filter.types"),
        (pb.TimelineFilter(types=["x" * 9000]), "saved_filter.filter"),
    ],
)
async def test_a_filter_that_no_timeline_could_be_asked_is_not_saved(world: World, asks, field):
    jana = await world.caller("rep", subject=JANA)
    with pytest.raises(InvalidArgument) as refused:
        await jana.CreateSavedFilter(saved("Wrong", asks))
    assert [one.field for one in refused.value.violations] == [field]
    assert await names(jana) == []
