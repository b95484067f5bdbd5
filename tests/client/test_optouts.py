"""Opt-outs of old systems through the real contact service: read, kept, and lifted by nothing that comes later."""

import csv
from datetime import UTC, datetime

import pytest
from touchline.contact.v1 import contact_pb2 as pb
from touchline_client.imports import ImportRun
from touchline_client.optouts import OptOutRun, UnreadableOptOutsError
from touchline_client.rowruns import moment
from touchline_client.tables import sniff

EXPORTS = {
    "mautic": "email,reason,channel,date_added\nA@Old.example,1,email,2024-05-01 10:00:00\nb@old.example,2,email,\n",
    "sendgrid": "email,created\na@old.example,1714557600\n",
    "mailgun": "address,code,error,created_at\na@old.example,550,no such user,\"Wed, 01 May 2024 10:00:00 UTC\"\n",
    "postmark": (
        "EmailAddress,SuppressionReason,Origin,CreatedAt\na@old.example,SpamComplaint,Recipient,2024-05-01T10:00:00Z\n"
    ),
    "ses": "EmailAddress;Reason;LastUpdateTime\na@old.example;BOUNCE;2024-05-01T10:00:00+00:00\n",
    "csv": "Phone,Reason,Channel\n+49 30 901820,opt-out,sms\n",
}  # fmt: skip
MAY = datetime(2024, 5, 1, 10, tzinfo=UTC)


def table(tmp_path, text):
    path = tmp_path / "optouts.csv"
    path.write_text(text)
    return sniff(path)


async def kept(touchline):
    answer = await touchline.contact.ListSuppressions(pb.ListSuppressionsRequest())
    return sorted(answer.suppressions, key=lambda each: each.create_time.ToNanoseconds())


async def decide(touchline, address, channel=pb.CHANNEL_EMAIL):
    kind = "email" if "@" in address else "phone"
    query = pb.CheckConsentRequest.Query(
        address=pb.Identifier(kind=kind, value=address), purpose=pb.PURPOSE_MARKETING, channel=channel
    )
    answer = (await touchline.contact.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers[0]
    return pb.CheckConsentResponse.Reason.Name(answer.reason)


@pytest.mark.parametrize("system", EXPORTS)
async def test_each_systems_export_is_read_and_sending_it_again_changes_nothing(touchline, tmp_path, system):
    reason = {"sendgrid": "unsubscribed", "mailgun": "bounce"}.get(system, "")
    first = OptOutRun(touchline, table(tmp_path, EXPORTS[system]), system, reason)
    await first.run()
    assert (first.standing, first.refused) == (0, {})
    (one, *_) = found = await kept(touchline)
    assert len(found) == first.made == (2 if system == "mautic" else 1)
    assert one.source == system
    if system == "csv":
        assert await decide(touchline, "+4930901820", pb.CHANNEL_SMS) == "REASON_SUPPRESSED"
    else:
        dated = [each for each in found if each.HasField("said_time")]
        assert [each.said_time.ToDatetime(UTC) for each in dated] == [MAY]
        assert await decide(touchline, "a@old.example") == "REASON_SUPPRESSED"
    again = OptOutRun(touchline, table(tmp_path, EXPORTS[system]), system, reason)
    await again.run()
    assert (again.made, again.standing) == (0, len(found))


async def test_no_later_import_of_the_same_people_lifts_it(touchline, tmp_path):
    await OptOutRun(touchline, table(tmp_path, EXPORTS["postmark"]), "postmark").run()
    people = tmp_path / "people.csv"
    people.write_text("Email,Opted in\na@old.example,yes\n")
    mapping = {"Opted in": "consent.marketing.email"}
    finished = await ImportRun(touchline, sniff(people), mapping).run()
    assert finished.rows_created == 1
    assert await decide(touchline, "a@old.example") == "REASON_SUPPRESSED"


async def test_a_file_with_a_broken_half_keeps_the_other_and_reports_each_row(touchline, tmp_path):
    lines = [
        "good@old.example,unsubscribed,2024-05-01", "no address,unsubscribed,", ",unsubscribed,",
        "odd@old.example,mood,", "late@old.example,bounce,2999-01-01", "when@old.example,bounce,May or so",
        f"{'x' * 400}@old.example,bounce,", "also@old.example,complaint,",
    ]  # fmt: skip
    run = OptOutRun(touchline, table(tmp_path, "\n".join(["email,reason,date", *lines])), "csv")
    await run.run()
    assert run.made == 2
    with run.report_file.open(encoding="utf-8-sig", newline="") as file:
        report = {int(row["row"]): row["reason"] for row in csv.DictReader(file)}
    assert set(report) == {2, 3, 4, 5, 6, 7}
    assert report[3] == "the row has no address"
    assert report[4] == "'mood' is no reason that we know"
    assert report[5] == "is in the future"
    assert report[6] == "the date cannot be read"
    assert "odd@old.example" not in str(report)


async def test_a_table_that_says_no_address_or_no_reason_is_refused_whole(touchline, tmp_path):
    for text, system in (("name,reason\nAda,bounce\n", "csv"), ("email\na@old.example\n", "sendgrid")):
        with pytest.raises(UnreadableOptOutsError):
            await OptOutRun(touchline, table(tmp_path, text), system).run()
    assert await kept(touchline) == []


@pytest.mark.parametrize(
    "text", ["1714557600", "2024-05-01 10:00:00", "2024-05-01T12:00:00+02:00", "Wed, 01 May 2024 10:00:00 GMT"]
)
def test_dates_are_read_as_the_systems_write_them(text):
    assert moment(text) == MAY
