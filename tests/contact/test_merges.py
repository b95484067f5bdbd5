"""Merging field by field, what it keeps and why, and taking it back: who gets what, and what waits for a person."""

from typing import Any

import pytest
from chassis.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from touchline.contact.v1 import contact_pb2 as pb

from tests.contact.people import create, crm, email, get, phone, values

CONTACT, DUPLICATE, BOTH = pb.MERGE_SIDE_CONTACT, pb.MERGE_SIDE_DUPLICATE, pb.MERGE_SIDE_BOTH
TEXT = {"plan": pb.AttributeValue(string_value="gold")}


async def two(api: Any) -> tuple[pb.Contact, pb.Contact]:
    ines = await create(
        api, "Ines Weber", email("ines@acme.example"), crm("1"), title="CTO", tags=["press", "vip"], owner="users/ada",
        attributes={"floor": pb.AttributeValue(integer_value=3)},
    )  # fmt: skip
    dup = await create(
        api, "I. Weber", phone("+4930901820"), crm("2"), title="Head", country="DE", stage="lead", tags=["vip", "fair"],
        owner="users/bob", team="teams/south", attributes=TEXT,
    )  # fmt: skip
    return ines, dup


def said(contact: pb.Contact) -> pb.Contact:
    """What a contact says, without what counts its changes."""
    plain = pb.Contact()
    plain.CopyFrom(contact)
    for field in ("etag", "update_time", "position"):
        plain.ClearField(field)
    return plain


async def merge(api: Any, ines: pb.Contact, dup: pb.Contact, **choices: Any) -> pb.Contact:
    chosen = [pb.MergeChoice(field=name, side=side) for name, side in choices.items()]
    return await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name, choices=chosen))


async def changes(api: Any, contact: pb.Contact, **wish: Any) -> list[pb.ContactChange]:
    request = pb.ListContactChangesRequest(parent=contact.name, **wish)
    return list((await api.ListContactChanges(request)).contact_changes)


async def import_row(api: Any, **cells: str) -> None:
    opened = await api.CreateImport(
        pb.CreateImportRequest(contact_import=pb.Import(columns=list(cells), mapping={"id": "crm:hubspot"}))
    )
    row = pb.AppendImportRowsRequest.Row(values=list(cells.values()))
    await api.AppendImportRows(pb.AppendImportRowsRequest(parent=opened.name, first_row=1, rows=[row], last=True))


async def test_a_preview_says_what_a_merge_keeps_and_the_merge_keeps_it(api: Any) -> None:
    ines, dup = await two(api)
    preview = await api.PreviewMerge(pb.PreviewMergeRequest(name=ines.name, duplicate=dup.name))
    rules = {each.field: (each.side, pb.PreviewMergeResponse.Rule.Name(each.rule)) for each in preview.decisions}
    assert rules == {
        "display_name": (CONTACT, "RULE_KEPT"),
        "title": (CONTACT, "RULE_KEPT"),
        "owner": (CONTACT, "RULE_KEPT"),
        "team": (CONTACT, "RULE_KEPT"),  # who looks after her comes from one side
        "stage": (DUPLICATE, "RULE_ONLY_ONE"),
        "country": (DUPLICATE, "RULE_ONLY_ONE"),
        "tags": (BOTH, "RULE_UNITED"),
        "attributes.floor": (CONTACT, "RULE_ONLY_ONE"),
        "attributes.plan": (DUPLICATE, "RULE_ONLY_ONE"),
    }
    assert (said(preview.contact), said(preview.duplicate)) == (said(ines), said(dup))
    assert said(await get(api, ines)) == said(ines)
    merged = await merge(api, ines, dup)
    assert list(merged.tags) == ["press", "vip", "fair"]
    assert (merged.title, merged.country, merged.team, set(merged.attributes)) == ("CTO", "DE", "", {"floor", "plan"})
    result, shown = said(preview.result), said(merged)
    for field in ("identifiers", "merged_contacts"):
        shown.ClearField(field)
    assert result == shown


async def test_a_choice_goes_before_the_rules_and_a_wrong_one_is_named(api: Any) -> None:
    ines, dup = await two(api)
    for field, side, where in (
        ("nonsense", CONTACT, "choices[0].field"),
        ("language", CONTACT, "choices[0].field"),  # neither says anything
        ("title", BOTH, "choices[0].side"),
    ):
        with pytest.raises(InvalidArgument) as refusal:
            await merge(api, ines, dup, **{field: side})
        assert [each.field for each in refusal.value.violations] == [where]
    assert said(await get(api, ines)) == said(ines)
    chosen = {"title": DUPLICATE, "stage": CONTACT, "tags": DUPLICATE, "attributes.floor": DUPLICATE}
    merged = await merge(api, ines, dup, **chosen)
    assert (merged.title, merged.stage, list(merged.tags), set(merged.attributes)) == (
        "Head", "", ["vip", "fair"], {"plan"},
    )  # fmt: skip


async def test_an_unmerge_gives_both_back_exactly_as_they_were(api: Any) -> None:
    ines, dup = await two(api)
    await merge(api, ines, dup, title=DUPLICATE)
    restored = await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    assert said(restored) == said(dup)
    assert said(await get(api, ines)) == said(ines)


async def test_what_came_under_an_identifier_goes_with_it_and_what_was_edited_waits(api: Any) -> None:
    ines, dup = await two(api)
    merged = await merge(api, ines, dup)
    await import_row(api, id="2", title="Director", phone="+49301112223", tags="autumn")
    await import_row(api, id="1", country="AT")
    mask = pb.UpdateContactRequest(contact=pb.Contact(name=merged.name, stage="customer"))
    await api.UpdateContact(mask)
    assert (await get(api, ines)).title == "Director"
    restored = await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    mine = await get(api, ines)
    assert (restored.title, restored.country, restored.stage) == ("Director", "DE", "lead")
    assert list(restored.tags) == ["vip", "fair", "autumn"]
    assert (mine.title, mine.country, mine.stage, list(mine.tags)) == ("CTO", "AT", "", ["press", "vip"])
    assert "+49301112223" in values(restored)
    assert "+49301112223" not in values(mine)
    (waiting,) = await changes(api, ines, set_aside_only=True)
    assert [(each.field, each.before, each.after) for each in waiting.fields] == [("stage", "lead", "customer")]
    place = pb.PlaceContactChangeRequest(name=waiting.name, contact=dup.name)
    placed = await api.PlaceContactChange(place)
    assert placed.standing == pb.ContactChange.STANDING_PLACED
    assert ((await get(api, dup)).stage, (await get(api, ines)).stage) == ("customer", "")
    with pytest.raises(FailedPrecondition) as refusal:
        await api.PlaceContactChange(place)
    assert refusal.value.reason == "CHANGE_NOT_SET_ASIDE"
    assert await changes(api, ines, set_aside_only=True) == []


async def test_what_was_set_aside_can_be_dismissed_and_an_unknown_change_is_not_found(api: Any) -> None:
    ines, dup = await two(api)
    merged = await merge(api, ines, dup)
    await api.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=merged.name, stage="customer")))
    await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    (waiting,) = await changes(api, ines, set_aside_only=True)
    dismissed = await api.PlaceContactChange(pb.PlaceContactChangeRequest(name=waiting.name))
    assert dismissed.standing == pb.ContactChange.STANDING_DISMISSED
    for strange in ("contactChanges/999999", "contactChanges/x", "contactChanges/" + "9" * 40):
        with pytest.raises(NotFound):
            await api.PlaceContactChange(pb.PlaceContactChangeRequest(name=strange))


async def test_the_innermost_of_three_leaves_and_nothing_of_her_stays(api: Any) -> None:
    a, b = await create(api, "A"), await create(api, "B", title="of b")
    c = await create(api, "C", title="of c", country="FR")
    await merge(api, b, c, title=DUPLICATE)
    await merge(api, a, b)
    assert ((await get(api, a)).title, (await get(api, a)).country) == ("of c", "FR")
    await api.UnmergeContact(pb.UnmergeContactRequest(name=c.name))
    assert ((await get(api, a)).title, (await get(api, a)).country) == ("of b", "")
    assert said(await get(api, c)) == said(c)
    await api.UnmergeContact(pb.UnmergeContactRequest(name=b.name))
    assert (said(await get(api, a)), said(await get(api, b))) == (said(a), said(b))


async def test_every_change_is_kept_with_who_made_it_and_from_where(api: Any, ada: Any, bob: Any) -> None:
    ines = await create(api, "Ines", title="CTO", team="teams/north", attributes=TEXT)
    await ada.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=ines.name, title="Head of presses")))
    await ada.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=ines.name, title="Head of presses")))
    edited, created = await changes(api, ines)
    assert (created.action, created.actor, created.source) == (pb.ContactChange.ACTION_CREATED, "users/crm-sync", "crm")
    assert (edited.action, edited.actor) == (pb.ContactChange.ACTION_EDITED, "users/ada")
    assert [(each.field, each.before, each.after) for each in edited.fields] == [("title", "CTO", "Head of presses")]
    (masked, _) = await changes(bob, ines)
    assert [(each.field, each.before, each.after) for each in masked.fields] == [("title", "•••", "•••")]
    first = await api.ListContactChanges(pb.ListContactChangesRequest(parent=ines.name, page_size=1))
    assert (len(first.contact_changes), bool(first.next_page_token)) == (1, True)


async def test_who_sees_one_of_two_masked_neither_previews_nor_places(api: Any, contact: Any) -> None:
    north = await contact.stub("marketer", subject="users/mira", team="north")
    ines, omar = await create(api, "Ines", team="teams/north"), await create(api, "Omar", team="teams/south")
    with pytest.raises(PermissionDenied) as refusal:
        await north.PreviewMerge(pb.PreviewMergeRequest(name=ines.name, duplicate=omar.name))
    assert refusal.value.reason == "CONTACT_MASKED"
    merged = await merge(api, ines, omar)
    await api.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=merged.name, stage="customer")))
    await api.UnmergeContact(pb.UnmergeContactRequest(name=omar.name))
    (waiting,) = await changes(api, ines, set_aside_only=True)
    with pytest.raises(PermissionDenied):
        await north.PlaceContactChange(pb.PlaceContactChangeRequest(name=waiting.name, contact=omar.name))


async def test_a_merge_of_what_somebody_changed_meanwhile_is_refused(api: Any) -> None:
    ines, dup = await two(api)
    await api.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=dup.name, title="Boss")))
    with pytest.raises(Aborted) as refusal:
        await api.MergeContacts(
            pb.MergeContactsRequest(name=ines.name, duplicate=dup.name, etag=ines.etag, duplicate_etag=dup.etag)
        )
    assert refusal.value.reason == "ETAG_MISMATCH"
