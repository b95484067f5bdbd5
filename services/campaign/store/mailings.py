"""What an activity says and as whom, read for sending."""

from typing import Any
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import text

VERSION = text("""
SELECT a.revision, c.revision FROM activity a JOIN campaign c ON c.id = a.campaign_id WHERE a.id = :activity
""")
MAILING = text("""
SELECT a.revision, c.revision AS campaign_revision, a.version, a.campaign_id, a.display_name, a.subscription_topic,
       a.subject_template, a.html_template, a.text_template, a.untracked, c.display_name AS campaign_name,
       s.display_name AS sender_name, s.address AS sender_address, s.reply_to_address, s.dkim_domain, s.dkim_selector
FROM activity a JOIN campaign c ON c.id = a.campaign_id JOIN sender s ON s.id = a.sender_id WHERE a.id = :activity
""")


async def version(tx: Tx, activity: UUID) -> tuple[int, int] | None:
    """The revisions of the activity and its campaign; None when the activity is gone."""
    row = (await tx.execute(VERSION, {"activity": activity})).one_or_none()
    return None if row is None else (row[0], row[1])


async def read(tx: Tx, activity: UUID) -> Any:
    """Everything that is the same in all mails of an activity, as a row; None when it is gone or has no sender."""
    return (await tx.execute(MAILING, {"activity": activity})).one_or_none()
