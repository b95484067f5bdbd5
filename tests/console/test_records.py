"""One person's record: changing it, merging two side by side, undoing that, and placing what it leaves over."""

import html
from datetime import UTC, datetime, timedelta

from chassis.db import Database
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.usecases.duplicates import find_duplicates
from tests.console.readers import fields
from tests.console.test_campaigns import EVIL


async def shown(stage, contact: str) -> pb.Contact:
    return await stage.contact.GetContact(pb.GetContactRequest(name=contact))


async def test_a_record_is_changed_and_its_history_says_by_whom(stage, reader):
    person = await stage.person("Ada Record")
    who = await reader("jana")
    assert f'href="/{person}/record"' in await who.read(f"/{person}")
    form = fields(await who.read(f"/{person}/record/edit"), f"/{person}/record/edit")
    wrong = await who.send(f"/{person}/record/edit", **form | {"country": "Germany"})
    assert (wrong.status_code, "Germany" in wrong.text) == (400, True)
    changed = form | {"title": f"CTO {EVIL}", "tags": "press, vip, press"}
    assert (await who.send(f"/{person}/record/edit", **changed)).status_code == 303
    page = html.unescape(await who.read(f"/{person}/record"))
    assert f"CTO {EVIL}" in page
    assert "<dd>press, vip</dd>" in page
    assert "Jana Dvořák, console" in page
    stale = await who.send(f"/{person}/record/edit", **changed | {"request": form["request"][:-4] + "0000"})
    assert "Somebody else changed this" in stale.text


async def test_a_record_says_since_when_an_address_is_theirs_and_that_it_is_verified(stage, reader):
    person = await stage.person("Ada Address", email="ada.address@console.example")
    old = pb.Identifier(kind="email", value="old.address@console.example")
    await stage.contact.AddIdentifier(pb.AddIdentifierRequest(parent=person, identifier=old))
    ended = pb.EndIdentifierRequest(parent=person, identifier=old)
    ended.end_time.FromDatetime(datetime(2026, 3, 4, 12, tzinfo=UTC))
    await stage.contact.EndIdentifier(ended)
    who = await reader("jana")
    page = await who.read(f"/{person}/record")
    assert "old.address@console.example" in page
    assert "until <time" in page
    assert "4 March 2026" in page
    form = fields(page, f"/{person}/record/verify")
    assert form["value"] == "ada.address@console.example"
    assert (await who.send(f"/{person}/record/verify", **form)).status_code == 303
    page = html.unescape(await who.read(f"/{person}/record"))
    assert '<span class="tag good">verified</span>' in page
    assert "Address verified" in page
    back = fields(page, f"/{person}/record/verify")
    assert back["withdrawn"] == "yes"
    assert (await who.send(f"/{person}/record/verify", **back)).status_code == 303
    assert not (await shown(stage, person)).identifiers[0].verified
    masked = await (await reader("tomas")).read(f"/{person}/record")
    assert "/record/verify" not in masked
    assert "address@console.example" not in masked


async def imported(stage, *rows: list[str]) -> str:
    """A table of a fair, written by the CRM."""
    wanted = pb.Import(
        display_name=f"fair {EVIL}.csv", columns=["Email", "Job title", "Shoe size"], mapping={"Shoe size": "-"},
        owner="users/jana", team="teams/central",
    )  # fmt: skip
    table = await stage.contact.CreateImport(pb.CreateImportRequest(contact_import=wanted))
    append = pb.AppendImportRowsRequest(parent=table.name, first_row=1, last=True)
    for row in rows:
        append.rows.add(values=row)
    await stage.contact.AppendImportRows(append)
    return table.name


async def test_what_a_table_set_names_the_table_and_leads_to_what_became_of_it(stage, reader):
    table = await imported(stage, ["table@console.example", "Potter", "41"], ["nobody", "Potter", ""])
    found = await stage.contact.ResolveIdentifiers(
        pb.ResolveIdentifiersRequest(queries=[{"identifier": {"kind": "email", "value": "table@console.example"}}])
    )
    who = await reader("jana")
    raw = await who.read(f"/{found.resolutions[0].contacts[0]}/record")
    assert EVIL not in raw
    history, held = raw[raw.index("What was done to it") :], raw[raw.index("Addresses, numbers, ids") :]
    assert [part.count(f'<a href="/{table}">') for part in (history, held[: held.index("</table>")])] == [1, 1]
    assert f"fair {EVIL}.csv" in html.unescape(history)
    page = html.unescape(await who.read(f"/{table}"))
    for told in (f"fair {EVIL}.csv", "<td>Job title</td><td>Title</td>", "left out", "this is no e-mail address"):
        assert told in page
    tomas = html.unescape(await (await reader("tomas")).read(f"/{found.resolutions[0].contacts[0]}/record"))
    assert "table@console.example" not in tomas
    assert (await who.client.get("/imports/nobody")).status_code == 404


async def test_a_table_that_is_kept_no_more_is_still_told_as_one(system, stage, reader):
    table = await imported(stage, ["forgotten@console.example", "Potter", ""])
    with system.sql("contact") as sql:
        for name in ("import_row", "contact_import"):
            key = "import_id" if name == "import_row" else "id"
            sql.execute(f"DELETE FROM {name} WHERE {key} = %s", [table.partition("/")[2]])
    found = await stage.contact.ListContacts(pb.ListContactsRequest(query="forgotten@console.example"))
    page = await (await reader("jana")).read(f"/{found.contacts[0].name}/record")
    assert table not in page
    assert "an import" in page


async def test_two_records_are_merged_side_by_side_and_the_merge_is_undone(stage, reader):
    ada, dup = await stage.person("Ada Twin", team="marketing"), await stage.person("A. Twin", team="marketing")
    await stage.contact.UpdateContact(
        pb.UpdateContactRequest(contact=pb.Contact(name=dup, title=f"CTO {EVIL}", stage="lead", tags=["fair"]))
    )
    mira = await reader("mira")
    found = await mira.read(f"/{ada}/merge", find="A. Twin")
    assert f'value="{dup}"' in found
    page = await mira.read(f"/{ada}/merge", **{"with": dup})
    assert EVIL not in page
    form = fields(page, f"/{ada}/merge")
    assert (form["field:display_name"], form["field:stage"]) == ("contact", "duplicate")
    answer = await mira.send(f"/{ada}/merge", **form | {"field:display_name": "duplicate"})
    assert answer.status_code == 303, answer.text
    merged = await shown(stage, dup)
    assert (merged.name, merged.display_name, merged.stage) == (ada, "A. Twin", "lead")
    await stage.contact.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=ada, stage="customer")))
    record = await mira.read(f"/{ada}/record")
    assert "Merged into this record" in record
    undo = fields(record, f"/{ada}/unmerge")
    assert undo["duplicate"] == dup
    assert (await mira.send(f"/{ada}/unmerge", **undo)).status_code == 303
    both = [await shown(stage, each) for each in (ada, dup)]
    assert [(each.display_name, each.stage) for each in both] == [("Ada Twin", ""), ("A. Twin", "lead")]
    record = await mira.read(f"/{ada}/record")
    assert "Whose is it?" in record
    place = next(part for part in record.split('action="') if "/place" in part).partition('"')[0]
    hers = fields(record, place)
    assert (await mira.send(place, **hers)).status_code == 303
    assert (await shown(stage, ada)).stage == "customer"
    assert "Whose is it?" not in await mira.read(f"/{ada}/record")


async def test_who_may_not_merge_is_offered_nothing_and_a_wrong_merge_says_why(stage, reader):
    ada, other = await stage.person("Ada Alone", team="marketing"), await stage.person("Omar Alone")
    jana, mira = await reader("jana"), await reader("mira")
    assert "Merge with" not in await jana.read(f"/{ada}/record")
    assert (await jana.client.get(f"/{ada}/merge")).status_code == 403
    masked = await mira.client.get(f"/{ada}/merge", params={"with": other})
    assert (masked.status_code, "one of the two masked" in masked.text) == (409, True)
    itself = await mira.client.get(f"/{ada}/merge", params={"with": ada})
    assert (itself.status_code, "is the contact itself" in itself.text) == (409, True)
    assert (await mira.client.get(f"/{ada}/merge", params={"with": "nobody"})).status_code == 404


async def compared(system) -> None:
    """Everybody who changed is compared with everybody like them."""
    database, now = Database(system.settings.for_role("contact")), datetime.now(UTC) + timedelta(seconds=1)
    await database.open()
    async with database.transaction() as tx:
        while await find_duplicates(tx, until=now, now=now):
            pass
    await database.close()


async def test_who_may_be_here_twice_is_offered_compared_merged_or_told_apart(system, stage, reader):
    twins = [await stage.person("Zora Twice", email=f"zora.twice@{host}.example", team="marketing") for host in "ab"]
    others = [await stage.person("Uli Twice", email=f"uli.twice@{host}.example", team="marketing") for host in "ab"]
    await compared(system)
    mira, jana = await reader("mira"), await reader("jana")
    page = await mira.read("/duplicates")
    assert 'href="/duplicates"' in page
    assert "same name before the @ +30" in page
    assert f'href="/{twins[0]}/merge?with={twins[1].rpartition("/")[2]}"' in page
    row = next(part for part in page.split("<tr") if f"/{others[0]}/record" in part)
    dismiss = next(part for part in row.split('action="') if "/dismiss" in part).partition('"')[0]
    assert (await mira.send(dismiss, **fields(row, dismiss))).status_code == 303
    page = await mira.read("/duplicates")
    assert f"/{others[0]}/record" not in page
    assert f"/{twins[0]}/record" in page
    assert (await jana.client.get("/duplicates")).status_code == 403
    assert "/duplicates" not in await jana.read("/contacts")


async def test_in_a_browser_the_form_shows_what_the_record_says_and_narrow_pages_fit(stage, desk):
    twins = [await stage.person(f"Ada {name}", team="marketing") for name in ("Wide", "Narrow")]
    page = await desk.open("mira", viewport={"width": 390, "height": 844})
    await page.goto(f"/{twins[0]}/record/edit")
    zone = page.get_by_label("Time zone")
    assert await zone.input_value() == "Europe/Prague"
    await zone.fill("Europe/Berlin")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("→ Europe/Berlin").wait_for()
    await page.goto(f"/{twins[0]}/merge?with={twins[1].rpartition('/')[2]}")
    table = page.locator(".merge table")
    assert await table.evaluate("node => node.scrollWidth <= node.parentElement.clientWidth")
    await page.get_by_role("radio", name="Ada Narrow").check()
    await page.get_by_role("button", name="Merge").click()
    await page.get_by_role("button", name="Undo the merge").click()
    await page.get_by_text("Un-merged: Ada Narrow").wait_for()


async def test_what_was_bought_stands_on_the_record_and_its_amount_is_masked_with_the_person(stage, reader):
    person = await stage.person("Ada Buyer")
    for currency, amount in (("EUR", 199_950), ("JPY", 500)):
        bought = pb.ImportPurchasesRequest.Item(
            contact=person, product=f"Dryer {EVIL}", amount_minor=amount, currency_code=currency,
            source_purchase_id=f"{person}/{currency}",
        )  # fmt: skip
        bought.purchase_time.FromJsonString("2026-03-01T12:00:00Z")
        wish = pb.ImportPurchasesRequest(items=[bought], source="shop")
        (result,) = (await stage.contact.ImportPurchases(wish)).results
        assert not result.description
    whole = await (await reader("jana")).read(f"/{person}/record")
    assert EVIL not in whole
    assert [words in whole for words in ("1,999.50 EUR", "500 JPY", "1 March 2026")] == [True] * 3
    masked = await (await reader("tomas")).read(f"/{person}/record")
    assert [words in masked for words in ("1,999.50 EUR", "Dryer", "1 March 2026")] == [False, False, True]


async def test_the_consent_of_a_record_shows_how_things_stand_and_what_was_said(stage, reader):
    person = await stage.person("Ada Consent")
    address = next(found for found in (await shown(stage, person)).identifiers if found.kind == "email")
    for status, topic, source in (
        ("GRANTED", "news", f"form {EVIL}"),
        ("WITHDRAWN", "news", "phone"),
        ("GRANTED", "", ""),
    ):
        event = pb.ConsentEvent(
            address=address, purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL, topic=topic, source=source,
            status=f"STATUS_{status}", lawful_basis="LAWFUL_BASIS_CONSENT", wording_version="7",
        )  # fmt: skip
        await stage.contact.RecordConsent(pb.RecordConsentRequest(consent_event=event))
    jana = await reader("jana")
    assert f'href="/{person}/record/consent"' in await jana.read(f"/{person}/record")
    page = await jana.read(f"/{person}/record/consent")
    assert EVIL not in page
    assert page.index("✕ withdrawn") < page.index("Everything that was said") < page.rindex("✓ opted in")
    assert "consent, wording 7" in page
    proof = await jana.client.get(f"/{person}/record/consent/proof")
    assert (proof.status_code, "attachment" in proof.headers["content-disposition"]) == (200, True)
    assert proof.text.startswith('{"format":"touchline.consent-proof.v1"')
    assert address.value not in proof.text
    tomas = await (await reader("tomas")).read(f"/{person}/record/consent")
    assert address.value not in tomas


async def test_a_person_is_asked_to_confirm_by_mail_unless_she_is_masked_or_restricted(stage, reader):
    person = await stage.person("Ada Asked")
    address, asking = f"/{person}/record/consent", f"/{person}/record/consent/ask"
    jana = await reader("jana")
    assert asking not in await (await reader("tomas")).read(address)
    form = fields(await jana.read(address), asking)
    wrong = await jana.send(asking, **form | {"topic": "Not a topic!"})
    assert (wrong.status_code, 'id="topic-wrong"' in wrong.text) == (400, True)
    for _ in range(2):
        assert (await jana.send(asking, **form | {"topic": "news"})).status_code == 303
    page = await jana.read(address)
    assert page.count("– not confirmed") == 2, "once as it stands, once in the history"
    assert "News, mail" in page
    await stage.contact.RestrictContact(pb.RestrictContactRequest(name=person, reason="disputes it"))
    assert asking not in await jana.read(address)


async def test_the_audit_of_consents_shows_what_ran_out_in_a_period_and_whom_it_is_for(stage, reader):
    person = await stage.person("Ada Audited")
    address = next(found for found in (await shown(stage, person)).identifiers if found.kind == "email")
    event = pb.ConsentEvent(
        address=address, purpose=pb.PURPOSE_MARKETING, status="STATUS_GRANTED", lawful_basis="LAWFUL_BASIS_CONSENT",
        source="=cmd",
    )  # fmt: skip
    event.capture_time.FromDatetime(datetime(2025, 1, 10, tzinfo=UTC))
    event.effective_to_time.FromDatetime(datetime(2025, 3, 31, 23, tzinfo=UTC))
    await stage.contact.RecordConsent(pb.RecordConsentRequest(consent_event=event))
    adam, jana = await reader("adam"), await reader("jana")
    assert (await jana.client.get("/consents/audit")).status_code == 403
    assert "/consents/audit" not in await jana.read("/contacts")
    quarter = {"from": "2025-01-01", "to": "2025-04-01"}
    page = (await adam.read("/consents/audit", **quarter)).partition("Ran out")[2]
    assert address.value in page.partition("Sent without")[0]
    assert address.value not in await adam.read("/consents/audit", **quarter | {"to": "2025-03-31"})
    file = (await adam.client.get("/consents/audit.csv", params=quarter)).text
    assert f'"EXPIRED","2025-03-31T23:00:00Z","{address.value}","MARKETING"' in file
    assert '"\'=cmd"' in file
    for wrong in (quarter | {"from": "soon"}, quarter | {"to": "2024-01-01"}):
        assert [(await adam.client.get(f"/consents/audit{end}", params=wrong)).status_code for end in ("", ".csv")] == [
            400, 400,
        ]  # fmt: skip


async def test_of_whom_nothing_was_ever_said_the_page_says_so(stage, reader):
    page = await (await reader("jana")).read(f"/{await stage.person('Bo Silent')}/record/consent")
    assert "Nobody ever asked: nothing is allowed." in page
    assert "Download the proof" not in page
