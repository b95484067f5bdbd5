"""Accounts and deals by gRPC."""

from typing import Any
from uuid import uuid4

import pytest
from chassis.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money
from touchline.contact.v1 import contact_pb2 as pb

from tests.contact.people import create


async def account(api: Any, name: str, **fields: Any) -> pb.Account:
    wanted = pb.Account(display_name=name, **fields)
    return await api.CreateAccount(pb.CreateAccountRequest(account=wanted))


async def test_an_account_lives_and_dies(admin: Any) -> None:
    acme = await account(admin, "Acme", domain="acme.example", external_id="hubspot:1", tags=["key"])
    read = await admin.GetAccount(pb.GetAccountRequest(name=acme.name))
    acme.position = ""
    assert read == acme
    patch = pb.Account(name=acme.name, industry="Steel", etag=acme.etag)
    changed = await admin.UpdateAccount(
        pb.UpdateAccountRequest(account=patch, update_mask=FieldMask(paths=["industry"]))
    )
    assert (changed.industry, changed.domain) == ("Steel", "acme.example")
    with pytest.raises(Aborted):
        await admin.UpdateAccount(pb.UpdateAccountRequest(account=patch))
    gone = await admin.DeleteAccount(pb.DeleteAccountRequest(name=acme.name))
    assert gone.HasField("delete_time")
    assert (await admin.DeleteAccount(pb.DeleteAccountRequest(name=acme.name))).etag == gone.etag
    assert not (await admin.ListAccounts(pb.ListAccountsRequest())).accounts
    with pytest.raises(NotFound):
        await admin.UpdateAccount(pb.UpdateAccountRequest(account=pb.Account(name=acme.name, industry="x")))


async def test_an_external_id_is_one_accounts(api: Any) -> None:
    await account(api, "Acme", external_id="hubspot:1")
    other = await account(api, "Other", external_id="hubspot:2")
    with pytest.raises(AlreadyExists):
        await account(api, "Third", external_id="hubspot:1")
    taking = pb.Account(name=other.name, external_id="hubspot:1")
    with pytest.raises(AlreadyExists):
        await api.UpdateAccount(pb.UpdateAccountRequest(account=taking))


async def test_an_account_in_use_stays(admin: Any) -> None:
    acme = await account(admin, "Acme")
    await create(admin, "Ines", account=acme.name)
    with pytest.raises(FailedPrecondition) as refusal:
        await admin.DeleteAccount(pb.DeleteAccountRequest(name=acme.name))
    assert refusal.value.reason == "ACCOUNT_IN_USE"
    with pytest.raises(NotFound):
        await create(admin, "Omar", account=f"accounts/{uuid4()}")


async def test_accounts_are_listed_by_name_and_filter(api: Any) -> None:
    for name in ("Zinc", "Acme", "Mill"):
        await account(api, name, country="DE" if name == "Mill" else "PL")
    listed = await api.ListAccounts(pb.ListAccountsRequest(order_by="display_name", page_size=2))
    assert [each.display_name for each in listed.accounts] == ["Acme", "Mill"]
    assert listed.next_page_token
    german = await api.ListAccounts(pb.ListAccountsRequest(filter='country = "DE"'))
    assert [each.display_name for each in german.accounts] == ["Mill"]


async def test_a_deal_names_its_people_and_its_worth(api: Any) -> None:
    acme, ines = await account(api, "Acme"), await create(api, "Ines")
    deal = await api.CreateDeal(
        pb.CreateDealRequest(
            deal=pb.Deal(
                display_name="Retrofit",
                account=acme.name,
                participants=[pb.Deal.Participant(contact=ines.name, role="buyer")],
                amount=Money(currency_code="EUR", units=25_000, nanos=500_000_000),
                stage="proposal",
                close_date=Date(year=2027, month=2, day=28),
            )
        )
    )
    read = await api.GetDeal(pb.GetDealRequest(name=deal.name))
    deal.position = ""
    assert read == deal
    mine = await api.ListDeals(pb.ListDealsRequest(filter=f'contact = "{ines.name}" AND stage = "proposal"'))
    assert [each.name for each in mine.deals] == [deal.name]
    with pytest.raises(InvalidArgument):
        await api.CreateDeal(
            pb.CreateDealRequest(deal=pb.Deal(display_name="x", close_date=Date(year=2027, month=2, day=30)))
        )
    stranger = pb.Deal.Participant(contact=f"contacts/{uuid4()}")
    with pytest.raises(NotFound):
        await api.CreateDeal(pb.CreateDealRequest(deal=pb.Deal(display_name="x", participants=[stranger])))
