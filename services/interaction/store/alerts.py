"""Alerts, how colleagues want them, and how far the touches have been looked through."""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx

from services.interaction.domain.alerts import Alert, AlertSettings
from services.interaction.domain.threads import Found
from services.interaction.store.reading import COLUMNS, run

MOST_SIGNALS = 500  # of a partition at once, and the rest of the last envelope: envelopes are told whole
SETTINGS = ", ".join(field.name for field in fields(AlertSettings)).replace("user", "user_id", 1)
POSITIONS = "SELECT partition, epoch, seq FROM alert_position ORDER BY partition FOR UPDATE"
MOVE = """INSERT INTO alert_position (partition, epoch, seq)
SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[])
ON CONFLICT (partition) DO UPDATE SET epoch = EXCLUDED.epoch, seq = EXCLUDED.seq"""
SIGNALS = f"""SELECT t.* FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[]) AS k (p, e, s) CROSS JOIN LATERAL (
    SELECT {COLUMNS} FROM touch WHERE partition = k.p AND (epoch, seq) > (k.e, k.s)
    AND is_response AND verdict <> 2 AND actor <> 3 ORDER BY epoch, seq
    FETCH FIRST {MOST_SIGNALS} ROWS WITH TIES) AS t"""
INSERT = """INSERT INTO alert (user_id, subject_id, touch_id, contact_id, reason, type, occurred_time, create_time)
SELECT * FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::smallint[], %s::text[], %s::timestamptz[],
%s::timestamptz[]) ON CONFLICT DO NOTHING"""
ALERT = "user_id, subject_id, touch_id, contact_id, reason, type, occurred_time, create_time"
LISTED = f"""SELECT {ALERT}, seen_time FROM alert WHERE user_id = %s AND (NOT %s OR seen_time IS NULL)
AND (create_time, subject_id, touch_id) < (%s, %s, %s)
ORDER BY create_time DESC, subject_id DESC, touch_id DESC LIMIT %s"""
UNSEEN = "SELECT count(*) FROM alert WHERE user_id = %s AND seen_time IS NULL"
SEEN = "UPDATE alert SET seen_time = %s WHERE user_id = %s AND seen_time IS NULL AND create_time <= %s"
FIND = f"SELECT {SETTINGS} FROM alert_setting WHERE user_id = %s"
SAVE = f"""INSERT INTO alert_setting ({SETTINGS}) VALUES ({", ".join(["%s"] * len(fields(AlertSettings)))})
ON CONFLICT (user_id) DO UPDATE SET {", ".join(f"{f.name} = EXCLUDED.{f.name}" for f in fields(AlertSettings)[1:])}"""
OF_USERS = f"SELECT {SETTINGS} FROM alert_setting WHERE user_id = ANY (%s::text[])"
TO_MAIL = f"""SELECT {SETTINGS} FROM alert_setting s WHERE is_mailed AND address <> ''
AND (last_mail_time IS NULL OR last_mail_time <= %s)
AND EXISTS (SELECT FROM alert a WHERE a.user_id = s.user_id AND a.mail_time IS NULL)"""
TO_POST = f"""SELECT {SETTINGS}, tries FROM alert_setting s
WHERE webhook_url <> '' AND (next_try_time IS NULL OR next_try_time <= %s)
AND EXISTS (SELECT FROM alert a WHERE a.user_id = s.user_id AND a.post_time IS NULL)"""
DUE = f"SELECT {SETTINGS} FROM alert_setting WHERE is_digested AND address <> '' AND next_digest_time <= %s"
UNMAILED = f"SELECT {ALERT} FROM alert WHERE user_id = %s AND mail_time IS NULL ORDER BY create_time LIMIT 100"
UNPOSTED = f"SELECT {ALERT} FROM alert WHERE user_id = %s AND post_time IS NULL ORDER BY create_time LIMIT 100"


async def lock_positions(tx: Tx) -> dict[int, tuple[int, int]]:
    """How far each partition was looked through; one at a time looks."""
    return {row[0]: (row[1], row[2]) for row in await run(tx, POSITIONS, [])}


async def move_positions(tx: Tx, positions: dict[int, tuple[int, int]]) -> None:
    """Note how far each partition was looked through."""
    if positions:
        rows = sorted((number, *place) for number, place in positions.items())
        await _put(tx, MOVE, [list(column) for column in zip(*rows, strict=True)])


async def list_signals(tx: Tx, positions: dict[int, tuple[int, int]]) -> list[Found]:
    """Responses that no machine gave, behind these positions, in the order of each partition."""
    rows = sorted((number, *place) for number, place in positions.items())
    return [Found(*row) for row in await run(tx, SIGNALS, [list(column) for column in zip(*rows, strict=True)])]


async def insert_alerts(tx: Tx, alerts: Sequence[Alert]) -> None:
    """Write alerts down; one that is there stays as it is."""
    if alerts:
        await _put(tx, INSERT, [list(column) for column in zip(*alerts, strict=True)])


async def list_alerts(
    tx: Tx, user: str, after: tuple[datetime, UUID, UUID], limit: int, *, only_unseen: bool
) -> list[tuple[Alert, datetime | None]]:
    """A colleague's alerts, the newest first, each with when it was seen."""
    rows = await run(tx, LISTED, [user, only_unseen, *after, limit])
    return [(Alert(*row[:8]), row[8]) for row in rows]


async def count_unseen(tx: Tx, user: str) -> int:
    """How many alerts a colleague has not seen."""
    ((number,),) = await run(tx, UNSEEN, [user])
    return int(number)


async def mark_seen(tx: Tx, user: str, until: datetime, now: datetime) -> None:
    """A colleague has seen the alerts up to a moment."""
    await _put(tx, SEEN, [now, user, until])


async def find_settings(tx: Tx, user: str, *, lock: bool = False) -> AlertSettings | None:
    """How a colleague wants to be told, if that was ever said."""
    rows = await run(tx, FIND + (" FOR UPDATE" if lock else ""), [user])
    return _settings(rows[0]) if rows else None


async def save_settings(tx: Tx, settings: AlertSettings) -> None:
    """Keep how a colleague wants to be told; what waits is tried at once."""
    values = [getattr(settings, field.name) for field in fields(AlertSettings)]
    await _put(tx, SAVE, [list(value) if isinstance(value, tuple) else value for value in values])
    await _put(tx, "UPDATE alert_setting SET tries = 0, next_try_time = NULL WHERE user_id = %s", [settings.user])


async def list_settings(tx: Tx, users: Sequence[str]) -> dict[str, AlertSettings]:
    """How these colleagues want to be told."""
    return {row[0]: _settings(row) for row in await run(tx, OF_USERS, [list(users)])}


async def list_to_mail(tx: Tx, before: datetime) -> list[AlertSettings]:
    """Who waits for a mail and got none since."""
    return [_settings(row) for row in await run(tx, TO_MAIL, [before])]


async def list_to_post(tx: Tx, now: datetime) -> list[tuple[AlertSettings, int]]:
    """Whose webhook waits, and how often it failed."""
    return [(_settings(row[:-1]), row[-1]) for row in await run(tx, TO_POST, [now])]


async def list_due_digests(tx: Tx, now: datetime) -> list[AlertSettings]:
    """Whose digest is due."""
    return [_settings(row) for row in await run(tx, DUE, [now])]


async def list_unmailed(tx: Tx, user: str) -> list[Alert]:
    """What a colleague was not mailed yet."""
    return [Alert(*row) for row in await run(tx, UNMAILED, [user])]


async def list_unposted(tx: Tx, user: str) -> list[Alert]:
    """What a colleague's webhook was not told yet."""
    return [Alert(*row) for row in await run(tx, UNPOSTED, [user])]


async def mark_mailed(tx: Tx, user: str, until: datetime, now: datetime) -> None:
    """A mail told a colleague of everything up to a moment."""
    query = "UPDATE alert SET mail_time = %s WHERE user_id = %s AND mail_time IS NULL AND create_time <= %s"
    await _put(tx, query, [now, user, until])
    await _put(tx, "UPDATE alert_setting SET last_mail_time = %s WHERE user_id = %s", [now, user])


async def mark_posted(tx: Tx, user: str, until: datetime, now: datetime, trouble: str) -> None:
    """A webhook was told of everything up to a moment, or that is given up, with the trouble that it was."""
    query = "UPDATE alert SET post_time = %s WHERE user_id = %s AND post_time IS NULL AND create_time <= %s"
    await _put(tx, query, [now, user, until])
    reset = "UPDATE alert_setting SET tries = 0, next_try_time = NULL, webhook_trouble = %s WHERE user_id = %s"
    await _put(tx, reset, [trouble, user])


async def mark_failed(tx: Tx, user: str, tries: int, again: datetime, trouble: str) -> None:
    """A webhook failed and is tried again."""
    query = "UPDATE alert_setting SET tries = %s, next_try_time = %s, webhook_trouble = %s WHERE user_id = %s"
    await _put(tx, query, [tries, again, trouble, user])


async def mark_told(tx: Tx, user: str, now: datetime) -> None:
    """What a colleague was not told by mail or webhook so far is none of what will be."""
    query = """UPDATE alert SET mail_time = coalesce(mail_time, %s), post_time = coalesce(post_time, %s)
    WHERE user_id = %s AND (mail_time IS NULL OR post_time IS NULL)"""
    await _put(tx, query, [now, now, user])


async def move_digest(tx: Tx, user: str, due: datetime) -> None:
    """When a colleague's next digest is due."""
    await _put(tx, "UPDATE alert_setting SET next_digest_time = %s WHERE user_id = %s", [due, user])


def _settings(row: Sequence[Any]) -> AlertSettings:
    return AlertSettings(*(tuple(value) if isinstance(value, list) else value for value in row))


async def _put(tx: Tx, query: str, values: Sequence[Any]) -> None:
    """Run a statement that changes rows."""
    await run(tx, f"{query} RETURNING 1", values)
