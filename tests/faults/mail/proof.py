"""Tampers with each of the things that the checker compares, and sees whether it notices exactly that."""

import smtplib
from collections.abc import Callable, Mapping
from uuid import uuid4

from tests.faults.mail.checker import KINDS, LINES, Line, Verdict, check
from tests.faults.mail.stage import Mailing, Stage, is_finished, launch

Tamper = Callable[[Stage, Line], None]


async def prove(stage: Stage) -> int:
    """A clean mailing first, then one tampering after the other, each with another person; 1 when deceived."""
    mailing = await launch(stage, "proof", rate=0)
    assert await is_finished(stage, mailing), "a mailing to which nothing was done has to end"
    before = await check(stage, mailing)
    results = {"nothing": not before.faults and before.mails == len(stage.people)}
    for victim, (name, tamper, wanted) in zip(_victims(stage, mailing), TAMPERINGS, strict=False):
        tamper(stage, victim)
        after = await check(stage, mailing, patience=0.0)
        results[name] = _difference(before, after) == wanted
        before = after
    for name, noticed in results.items():
        print(f"{name:<60} {'as it must be' if noticed else 'NOT NOTICED'}")
    print({"proved": sum(results.values()), "of": len(TAMPERINGS) + 1})
    return 0 if all(results.values()) else 1


def _victims(stage: Stage, mailing: Mailing) -> list[Line]:
    return [Line(*line) for line in stage.rows("campaign", LINES, mailing.activity)]


def _difference(before: Verdict, after: Verdict) -> Mapping[str, int]:
    found = {kind: after.count(kind) - before.count(kind) for kind in KINDS}
    return {kind: number for kind, number in found.items() if number}


def _mail(stage: Stage, victim: Line) -> None:
    text = f"Subject: again\r\nMessage-ID: <{victim.message}@mails.example>\r\n\r\nagain\r\n"
    with smtplib.SMTP("127.0.0.1", stage.sink.port) as server:
        server.sendmail("faults@mails.example", [victim.address], text)


def _mail_anew(stage: Stage, victim: Line) -> None:
    _mail(stage, victim._replace(message=str(uuid4())))


def _sql(service: str, statement: str) -> Tamper:
    """A statement about the victim's message, `%(message)s`."""

    def tamper(stage: Stage, victim: Line) -> None:
        with stage.system.sql(service) as connection:
            connection.execute(statement, victim._asdict())

    return tamper


def _copy(stage: Stage, victim: Line) -> None:
    """The same touch under another id, as a second write without its key would leave it."""
    with stage.system.sql("interaction") as connection:
        copy = "CREATE TEMP TABLE again AS SELECT * FROM touch WHERE message = %(message)s"
        connection.execute(copy, victim._asdict())
        connection.execute("UPDATE again SET touch_id = gen_random_uuid(); INSERT INTO touch SELECT * FROM again")


TAMPERINGS: list[tuple[str, Tamper, Mapping[str, int]]] = [
    ("a mail that arrived twice", _mail, {"twice": 1}),
    ("a second mail with another message id", _mail_anew, {"twice": 1, "unaccounted": 1}),
    (
        "a line that is gone from the ledger",
        _sql("campaign", "DELETE FROM send WHERE message = %(message)s"),
        {"missing": 1, "unaccounted": 1, "untold": 1},
    ),
    (
        "a mail that arrived and that the ledger calls failed",
        _sql("campaign", "UPDATE send SET state = 'FAILED' WHERE message = %(message)s"),
        {"unaccounted": 2, "untold": 1},
    ),
    (
        "a line that names another message than the one that arrived",
        _sql("campaign", "UPDATE send SET message = gen_random_uuid() WHERE message = %(message)s"),
        {"unaccounted": 2, "untold": 2},
    ),
    (
        "a count that does not add up",
        _sql("campaign", "UPDATE send_count SET sends = sends + 1 WHERE ctid = (SELECT ctid FROM send_count WHERE"
             " state = 'HANDED_OVER' AND activity_id = (SELECT activity_id FROM send WHERE message = %(message)s)"
             " LIMIT 1)"),
        {"miscounted": 2},
    ),
    (
        "a hand-over that no timeline shows",
        _sql("interaction", "DELETE FROM touch WHERE message = %(message)s"),
        {"untold": 1},
    ),
    ("a hand-over that a timeline shows twice", _copy, {"untold": 1}),
    (
        "a hand-over on the timeline of somebody else",
        _sql("interaction", "UPDATE touch SET contact_id = gen_random_uuid() WHERE message = %(message)s"),
        {"untold": 2},
    ),
]  # fmt: skip
