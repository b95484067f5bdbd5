"""What people do with senders: state them, prove them, drop them. The code itself is mailed by the door's gateway."""

import os
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from chassis.resources import check_etag
from sqlalchemy import ColumnElement

from services.campaign.domain import facts
from services.campaign.domain import senders as rules
from services.campaign.domain.errors import CodeExpiredError, CodeWrongError, SenderExistsError, SenderInUseError
from services.campaign.domain.senders import SenderState
from services.campaign.models import Sender
from services.campaign.store import activities as activity_store
from services.campaign.store import senders as store
from services.campaign.usecases.changes import Values, about, revise


async def get_sender(tx: Tx, sender_id: UUID) -> Sender:
    """Read one sender."""
    return await store.get_sender(tx, sender_id)


async def list_senders(tx: Tx, where: ColumnElement[bool] | None, paging: Paging) -> tuple[list[Sender], str]:
    """Read one page of senders, newest first."""
    return await store.list_senders(tx, where, paging)


async def create_sender(tx: Tx, values: Values, *, now: datetime) -> tuple[Sender, str]:
    """State a sender; gives the code that has to be mailed to it."""
    for field in ("address", "reply_to_address"):
        if values[field] or field == "address":
            rules.check_address(f"sender.{field}", values[field])
    rules.check_name("sender.display_name", values["display_name"])
    if values["dkim_domain"]:
        rules.check_signing_domain("sender.dkim_domain", values["dkim_domain"], values["address"])
    known = await store.sender_of_address(tx, values["address"])
    if known is not None:
        raise SenderExistsError(sender=known.name)
    sender = Sender(id=uuid7(now), create_time=now, update_time=now, **values)
    sender.dkim_domain = sender.dkim_domain or sender.address.rpartition("@")[2].lower()
    code = _new_code(sender, now)
    tx.add(sender)
    tx.emit(facts.SenderCreated(sender=sender.facts(), **about(sender, now)))
    return sender, code


async def renew_code(tx: Tx, sender_id: UUID, *, now: datetime) -> tuple[Sender, str]:
    """Void the code that was mailed and give a new one, at most one a minute."""
    sender = await store.get_sender(tx, sender_id, lock=True)
    rules.check_may_mail(SenderState(sender.state), sender.code_sent_time, now, sender=sender.name)
    return sender, _new_code(sender, now)


async def forget_code(tx: Tx, sender_id: UUID) -> Sender:
    """Void a code that could not be mailed, so that the next one can be asked for at once."""
    sender = await store.get_sender(tx, sender_id, lock=True)
    sender.code_hash = sender.code_sent_time = sender.code_expire_time = None
    return sender


async def verify_sender(
    tx: Tx, sender_id: UUID, code: str, *, now: datetime
) -> tuple[Sender, CodeWrongError | CodeExpiredError | None]:
    """Prove a sender with its code.

    A wrong code is counted, so the error is given back instead of raised: the transaction has to commit.
    """
    sender = await store.get_sender(tx, sender_id, lock=True)
    if sender.state == SenderState.VERIFIED:
        return sender, None
    rules.check_code_stands(sender.code_hash, sender.code_expire_time, sender.code_attempts, now, sender=sender.name)
    sender.code_attempts += 1
    if not rules.is_right(sender.code_hash or b"", sender.id, code):
        return sender, rules.wrong_code()
    changed = {"state": SenderState.VERIFIED, "verify_time": now, "code_hash": None, "code_expire_time": None}
    revise(sender, changed, now)
    tx.emit(facts.SenderVerified(sender=sender.facts(), **about(sender, now)))
    return sender, None


async def delete_sender(tx: Tx, sender_id: UUID, *, etag: str, now: datetime) -> None:
    """Drop a sender in whose name nothing is written."""
    sender = await store.get_sender(tx, sender_id, lock=True)
    check_etag(sender, etag)
    if await activity_store.names_sender(tx, sender_id):
        raise SenderInUseError(sender=sender.name)
    await tx.delete(sender)
    sender.revision += 1
    tx.emit(facts.SenderDeleted(sender=sender.name, delete_time=now, **about(sender, now)))


def _new_code(sender: Sender, now: datetime) -> str:
    code = rules.code_of(os.urandom(rules.CODE_LENGTH))
    sender.code_hash, sender.code_attempts = rules.hash_of(sender.id, code), 0
    sender.code_sent_time, sender.code_expire_time = now, now + rules.CODE_LIFE
    return code
