"""A ledger in a database of its own; and a mailing with a real contact service and a real mail server."""

import email
import email.policy
from collections.abc import AsyncIterator, Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from chassis.config import Settings
from chassis.db import Database
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from deploy.local.children import free_port
from services.campaign import events
from tests.campaign.sending.ground import Mailing, crowd
from tests.campaign.sending.ledgers import TABLES, Ledger, opened
from tests.serving import Served, serving


@pytest.fixture
async def ledger(make_database: Callable[..., Settings]) -> AsyncIterator[Ledger]:
    async with opened(make_database) as found:
        yield found


class Inbox:
    """A mail server's handler that keeps what it takes, and says no to whom it is told."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.extend((address, mail) for address in envelope.rcpt_tos)
        return "250 ok"

    def of(self, address: str) -> EmailMessage:
        (found,) = [mail for to, mail in self.mails if to == address]
        return found


@pytest.fixture
def inbox() -> Iterator[Controller]:
    controller = Controller(Inbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
async def contact(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Served]:
    async with serving("contact", make_database("contact"), ContactServiceStub, token) as served:
        yield served


@pytest.fixture
async def mailing(make_database: Callable[..., Settings], contact: Served, inbox: Controller) -> AsyncIterator[Mailing]:
    told = {"port_contact": int(contact.target.rpartition(":")[2]), "smtp_connections": 2}
    settings = make_database(TABLES, smtp_port=inbox.port, **told)
    database = Database(settings, encode=events.encode)
    await database.open()
    try:
        yield Mailing(settings, database, crowd(settings, 30))
    finally:
        await database.close()
