"""Accounts and deals by gRPC."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from chassis.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money
from touchline.contact.v1 import contact_pb2 as pb

from tests.contact.people import create, email


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


async def company(api: Any, name: str, parent: pb.Account | None = None) -> pb.Account:
    told = pb.Account(display_name=name, parent_account=parent.name if parent else "")
    return await api.CreateAccount(pb.CreateAccountRequest(account=told))


async def belong(api: Any, account: pb.Account, parent: str) -> pb.Account:
    told = pb.Account(name=account.name, parent_account=parent)
    mask = FieldMask(paths=["parent_account"])
    return await api.UpdateAccount(pb.UpdateAccountRequest(account=told, update_mask=mask))


async def below(api: Any, field: str, account: pb.Account) -> list[str]:
    wish = pb.ListAccountsRequest(filter=f'{field} = "{account.name}"', order_by="display_name")
    return [each.display_name for each in (await api.ListAccounts(wish)).accounts]


async def test_a_company_belongs_to_another_and_never_to_itself(admin: Any) -> None:
    group = await company(admin, "Group")
    works = await company(admin, "Works", group)
    plant = await company(admin, "Plant", works)
    assert (await admin.GetAccount(pb.GetAccountRequest(name=plant.name))).parent_account == works.name
    assert await below(admin, "parent_account", group) == ["Works"]
    assert await below(admin, "ancestor_account", group) == ["Plant", "Works"]
    for parent in (plant, works, group):
        with pytest.raises(FailedPrecondition) as refusal:
            await belong(admin, group, parent.name)
        assert refusal.value.reason == "ACCOUNT_CYCLE"
    with pytest.raises(NotFound):
        await belong(admin, group, "accounts/01900000-0000-7000-8000-000000000000")
    with pytest.raises(FailedPrecondition) as used:
        await admin.DeleteAccount(pb.DeleteAccountRequest(name=works.name))
    assert used.value.reason == "ACCOUNT_IN_USE"
    assert (await belong(admin, plant, "")).parent_account == ""
    await admin.DeleteAccount(pb.DeleteAccountRequest(name=works.name))
    with pytest.raises(NotFound):
        await belong(admin, plant, works.name)
    assert await below(admin, "ancestor_account", group) == []


async def test_of_two_companies_that_each_take_the_other_in_at_once_one_does(api: Any) -> None:
    one, other = await company(api, "One"), await company(api, "Other")
    for _ in range(5):
        found = await asyncio.gather(belong(api, one, other.name), belong(api, other, one.name), return_exceptions=True)
        assert sorted(isinstance(each, FailedPrecondition) for each in found) == [False, True]
        await belong(api, one, "")
        await belong(api, other, "")


async def test_companies_are_ten_levels_deep_at_most(api: Any) -> None:
    chain = [await company(api, "Level 1")]
    for level in range(2, 11):
        chain.append(await company(api, f"Level {level}", chain[-1]))
    with pytest.raises(InvalidArgument) as refusal:
        await company(api, "Level 11", chain[-1])
    assert refusal.value.violations[0].field == "account.parent_account"
    top = await company(api, "Top")
    with pytest.raises(InvalidArgument):
        await belong(api, chain[0], top.name)
    await belong(api, chain[1], top.name)


async def test_a_company_lists_its_shared_addresses_with_their_source_and_what_stops_them(api: Any, ada: Any) -> None:
    made = await api.CreateAccount(
        pb.CreateAccountRequest(account=pb.Account(display_name="Kiln", owner="users/bob", team="teams/south"))
    )
    asked = pb.GetAccountRequest(name=made.name)
    assert not (await api.GetAccount(asked)).role_addresses
    table = pb.Import(display_name="people.csv", columns=["Email", "Company"])
    opened = await api.CreateImport(pb.CreateImportRequest(contact_import=table))
    append = pb.AppendImportRowsRequest(parent=opened.name, first_row=1, last=True)
    append.rows.add(values=["info@kiln.example", "Kiln"])
    await api.AppendImportRows(append)
    for value in ("sales@kiln.example", "gone@kiln.example"):
        await api.AddIdentifier(
            pb.AddIdentifierRequest(parent=made.name, identifier=email(value), evidence="their site")
        )
    await api.RetractIdentifier(pb.RetractIdentifierRequest(parent=made.name, identifier=email("gone@kiln.example")))
    for address, channel in (
        (email("sales@kiln.example"), pb.CHANNEL_EMAIL),
        (email("info@kiln.example"), pb.CHANNEL_SMS),
    ):
        stop = pb.Suppression(address=address, channel=channel, reason=pb.Suppression.REASON_BOUNCE)
        await api.SuppressAddress(pb.SuppressAddressRequest(suppression=stop))
    found = (await api.GetAccount(asked)).role_addresses
    assert [(one.address.value, one.evidence, one.actor, one.suppressed) for one in found] == [
        ("info@kiln.example", opened.name, "users/crm-sync", pb.Suppression.REASON_UNSPECIFIED),
        ("sales@kiln.example", "their site", "users/crm-sync", pb.Suppression.REASON_BOUNCE),
    ]
    assert all(one.HasField("assert_time") for one in found)
    masked = (await ada.GetAccount(asked)).role_addresses
    assert [one.address.value for one in masked] == ["i•••@k•••.example", "s•••@k•••.example"]
    assert not (await api.ListAccounts(pb.ListAccountsRequest())).accounts[0].role_addresses
