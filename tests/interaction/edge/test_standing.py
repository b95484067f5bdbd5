"""The preference centre's present choices come from contact, asked with the token that a file holds."""

from collections.abc import Callable
from pathlib import Path

import identity
from chassis.config import Settings
from touchline.contact.v1 import contact_pb2
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from services.interaction.gateways import Standing, Stands
from tests.campaign.sending.ground import note_reading
from tests.serving import Served, serving

EMAIL = "ada@reader.example"


async def test_choices_are_known_with_a_token_from_a_file_and_not_without(
    make_database: Callable[..., Settings], token: Callable[..., str], tmp_path: Path
) -> None:
    async with serving("contact", make_database("contact"), ContactServiceStub, token) as contact:
        await _allow(contact, "news")
        file, asked = tmp_path / "interaction.token", await _asked(contact)
        away = {"service": "interaction", "role": "edge", "token_key_file": "", "development": False}
        away |= {
            "port_contact": int(contact.target.rpartition(":")[2]),
            "service_token_file": f"{tmp_path}/{{service}}.token",
        }
        standing = Standing(contact.settings.model_copy(update=away))
        try:
            assert await standing.of(**asked) == standing.unknown("news"), "there is no file yet"
            file.write_text(token("service", subject="services/interaction", client="interaction"))
            assert Stands("MARKETING", "news", True) in await standing.of(**asked)
        finally:
            await standing.close()


async def _allow(contact: Served, topic: str) -> None:
    event = contact_pb2.ConsentEvent(
        address=contact_pb2.Identifier(kind="email", value=EMAIL),
        purpose=contact_pb2.PURPOSE_MARKETING,
        channel=contact_pb2.CHANNEL_EMAIL,
        topic=topic,
        status=contact_pb2.ConsentEvent.STATUS_GRANTED,
        lawful_basis="LAWFUL_BASIS_CONSENT",
    )
    await (await contact.stub("admin")).RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))
    await note_reading(contact.database)


async def _asked(contact: Served) -> dict:
    subjects = identity.Subjects(contact.settings.identity_key())
    return {"subject": subjects.subject("email", EMAIL), "contact": "", "topic": "news"}
