"""What people bought: written once however often it is sent, found through merges, masked with the person."""

from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.errors import PermissionDenied
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_events_pb2 import ContactEvent, PurchaseRecorded

from services.contact.jobs import Telling
from tests.contact.people import create, crm, email
from tests.serving import Served

Item = pb.ImportPurchasesRequest.Item
MADE, STANDING, REFUSED = (getattr(pb.ImportPurchasesResponse, f"OUTCOME_{n}") for n in ("MADE", "STANDING", "REFUSED"))


def item(number: str, day: int = 1, **fields: Any) -> Any:
    told = {"product": "Dryer", "amount_minor": 199_900, "currency_code": "EUR", "source_purchase_id": number} | fields
    found = Item(**told)
    found.purchase_time.FromDatetime(datetime(2026, 3, day, 12, tzinfo=UTC))
    return found


def by_mail(number: str, address: str, day: int = 1, **fields: Any) -> Any:
    return item(number, day, identifier_kind="email", identifier_value=address, **fields)


async def send(api: Any, *items: Any, source: str = "shop") -> list[Any]:
    return list((await api.ImportPurchases(pb.ImportPurchasesRequest(items=items, source=source))).results)


async def bought(api: Any, contact: pb.Contact) -> list[str]:
    answer = await api.ListPurchases(pb.ListPurchasesRequest(parent=contact.name))
    return [each.source_purchase_id for each in answer.purchases]


async def test_purchases_sent_again_are_the_same_and_the_latest_stands_first(api: Any) -> None:
    ada = await create(api, "Ada", email("ada@kiln.example"), crm("7"))
    wanted = [
        item("1", 1, contact=ada.name),
        by_mail("2", "ADA@kiln.example", 3, amount_minor=-500, product="Refund"),
        item("3", 2, identifier_kind="crm:hubspot", identifier_value="7"),
    ]
    first = await send(api, *wanted, wanted[0])
    assert [each.outcome for each in first] == [MADE, MADE, MADE, STANDING]
    again = await send(api, *wanted)
    assert [(each.outcome, each.purchase) for each in again] == [(STANDING, each.purchase) for each in first[:3]]
    page = await api.ListPurchases(pb.ListPurchasesRequest(parent=ada.name, page_size=2))
    rest = await api.ListPurchases(
        pb.ListPurchasesRequest(parent=ada.name, page_size=2, page_token=page.next_page_token)
    )
    found = [*page.purchases, *rest.purchases]
    assert [each.source_purchase_id for each in found] == ["2", "3", "1"]
    assert (found[0].product, found[0].amount_minor, found[0].currency_code) == ("Refund", -500, "EUR")
    assert {(each.contact, each.source) for each in found} == {(ada.name, "shop")}
    other = await send(api, item("1", 1, contact=ada.name), source="till")
    assert other[0].outcome == MADE


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"product": ""}, "product"),
        ({"product": "x" * 201}, "product"),
        ({"source_purchase_id": ""}, "source_purchase_id"),
        ({"currency_code": "eur"}, "currency_code"),
        ({"identifier_kind": "cookie"}, "identifier_kind"),
        ({"identifier_value": "broken@"}, "identifier.value"),
        ({"identifier_value": "nobody@kiln.example"}, "identifier_value"),
        ({"contact": "contacts/01900000-0000-7000-8000-000000000000"}, "contact"),
        ({"contact": "ada"}, "contact"),
        ({"amount_minor": 1}, "source_purchase_id"),
    ],
)
async def test_a_broken_purchase_is_refused_by_name_and_the_others_are_kept(
    api: Any, fields: dict[str, Any], field: str
) -> None:
    ada = await create(api, "Ada", email("ada@kiln.example"))
    await send(api, by_mail("1", "ada@kiln.example"))
    told = {"identifier_kind": "email", "identifier_value": "ada@kiln.example"} | fields
    results = await send(api, item("1", **told), by_mail("2", "ada@kiln.example"))
    assert (results[0].outcome, results[0].field) == (REFUSED, f"items[0].{field}")
    assert results[1].outcome == MADE
    assert await bought(api, ada) == ["2", "1"]


async def test_a_number_that_changed_hands_says_who_bought_then(api: Any) -> None:
    ada, bea = await create(api, "Ada", email("desk@kiln.example")), await create(api, "Bea")
    held = pb.Identifier(kind="email", value="desk@kiln.example")
    ended = pb.EndIdentifierRequest(parent=ada.name, identifier=held)
    ended.end_time.FromDatetime(datetime(2026, 3, 10, tzinfo=UTC))
    await api.EndIdentifier(ended)
    await api.AddIdentifier(pb.AddIdentifierRequest(parent=bea.name, identifier=held))
    await send(api, by_mail("1", "desk@kiln.example", 9), by_mail("2", "desk@kiln.example", 10))
    assert (await bought(api, ada), await bought(api, bea)) == (["1"], ["2"])
    await api.ShareIdentifier(pb.ShareIdentifierRequest(parent=ada.name, identifier=held))
    (shared,) = await send(api, by_mail("3", "desk@kiln.example", 11))
    assert (shared.outcome, shared.field) == (REFUSED, "items[0].identifier_value")


async def test_purchases_follow_a_merge_and_go_back_with_an_un_merge(api: Any) -> None:
    ada, dup = await create(api, "Ada", email("ada@kiln.example")), await create(api, "A.", email("a@kiln.example"))
    await send(api, by_mail("1", "ada@kiln.example", 1), by_mail("2", "a@kiln.example", 2))
    await api.MergeContacts(pb.MergeContactsRequest(name=ada.name, duplicate=dup.name))
    await send(api, by_mail("3", "a@kiln.example", 3))
    assert await bought(api, ada) == await bought(api, dup) == ["3", "2", "1"]
    await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    assert (await bought(api, ada), await bought(api, dup)) == (["1"], ["3", "2"])


async def test_who_sees_a_person_masked_sees_that_something_was_bought_and_writes_nothing(
    contact: Served, api: Any, bob: Any
) -> None:
    ada = await create(api, "Ada", email("ada@kiln.example"), owner="users/ada", team="teams/north")
    await send(api, by_mail("secret-number", "ada@kiln.example", product="secret-product"))
    (seen,) = (await bob.ListPurchases(pb.ListPurchasesRequest(parent=ada.name))).purchases
    assert "secret" not in str(seen)
    assert (seen.amount_minor, seen.purchase_time.ToJsonString()) == (0, "2026-03-01T12:00:00Z")
    with pytest.raises(PermissionDenied):
        await send(bob, by_mail("2", "ada@kiln.example"))
    maria = await contact.stub("marketer", subject="users/maria", team="south")
    results = await send(maria, by_mail("2", "ada@kiln.example"), item("3", contact=ada.name))
    assert [each.outcome for each in results] == [REFUSED, REFUSED]
    assert await bought(api, ada) == ["secret-number"]


async def test_the_stream_tells_of_each_purchase_once_and_of_those_from_before_it_told_of_any(
    contact: Served, api: Any
) -> None:
    ada = await create(api, "Ada", email("ada@kiln.example"))
    await send(api, item("1", contact=ada.name), item("2", 2, contact=ada.name, amount_minor=-500))
    await send(api, item("1", contact=ada.name))
    told = await _told(contact)
    assert [(each.contact, each.product, each.amount_minor, each.currency_code) for each in told] == [
        (ada.name, "Dryer", 199_900, "EUR"), (ada.name, "Dryer", -500, "EUR"),
    ]  # fmt: skip
    assert [each.purchase_time.ToDatetime().day for each in told] == [1, 2]
    async with contact.database.connection() as conn:
        await conn.execute("UPDATE purchase SET is_told = false WHERE source_purchase_id = '1'")
    telling = Telling(contact.database)
    assert (await telling.tell(), await telling.tell()) == (1, 0)
    assert await _told(contact) == [told[0], *told]


async def _told(contact: Served) -> list[PurchaseRecorded]:
    """What is on its way to the stream, by when it was bought."""
    async with contact.database.connection() as conn:
        rows = await (await conn.execute("SELECT data FROM outbox")).fetchall()
    events = [ContactEvent.FromString(data) for (data,) in rows]
    found = (event.purchase_recorded for event in events if event.HasField("purchase_recorded"))
    return sorted(found, key=lambda said: said.purchase_time.seconds)
