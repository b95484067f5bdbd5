"""Methods of double opt-in."""

from typing import Any

from chassis.db import Tx
from chassis.masking import mask
from identity import EMAIL
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.optins import OptInState
from services.contact.models import CONSENT_EVENT, OPT_IN, OptIn
from services.contact.rpc import requests
from services.contact.rpc.consents import Consents
from services.contact.rpc.desk import Context
from services.contact.usecases import consents, optins


class OptIns(Consents):
    """Asks for confirmations, and takes them."""

    async def RequestOptIn(self, request: pb.RequestOptInRequest, context: Context) -> pb.OptIn:
        told, now = request.opt_in, self.clock.now()
        address = requests.known(told.address, self.subjects, "opt_in.address")
        async with self.transaction() as tx:
            opt_in = await optins.request_opt_in(tx, address, values(told), viewer=self.viewer(), now=now)
            return await self.changed(tx, await self._opt_in_message(tx, opt_in, opt_in.state_at(now)))

    async def GetOptIn(self, request: pb.GetOptInRequest, context: Context) -> pb.OptIn:
        now = self.clock.now()
        async with self.database.transaction() as tx:
            found = await optins.get_opt_in(tx, OPT_IN.parse_uuid(request.name), viewer=self.viewer(), now=now)
            return await self._opt_in_message(tx, *found)

    async def ConfirmOptIn(self, request: pb.ConfirmOptInRequest, context: Context) -> pb.ConsentEvent:
        opt_in_id = OPT_IN.parse_uuid(request.name)
        async with self.transaction() as tx:
            event = await optins.confirm_opt_in(
                tx, opt_in_id, ip_hash=request.ip_hash, viewer=self.viewer(), now=self.clock.now()
            )
            return await self.changed(tx, await self.consent_message(tx, event))

    async def _opt_in_message(self, tx: Tx, opt_in: OptIn, state: OptInState) -> pb.OptIn:
        seen = await consents.list_visible_subjects(tx, [bytes(opt_in.subject)], viewer=self.viewer())
        return mask(message(opt_in, state), bool(seen))


def values(told: pb.OptIn) -> dict[str, Any]:
    """What a request says, without its address."""
    texts = ("topic", "wording_version", "source", "ip_hash", "evidence", "sender")
    return {
        "purpose": pb.Purpose.Name(told.purpose or pb.PURPOSE_MARKETING).removeprefix("PURPOSE_"),
        "language": told.language or "en",
        **{name: getattr(told, name) for name in texts},
    }


def message(opt_in: OptIn, state: OptInState) -> pb.OptIn:
    """A request as its reader gets it, unmasked."""
    return pb.OptIn(
        name=opt_in.name,
        address=pb.Identifier(kind=EMAIL, value=opt_in.value, subject=opt_in.subject),
        purpose=f"PURPOSE_{opt_in.purpose}",
        topic=opt_in.topic,
        language=opt_in.language,
        wording_version=opt_in.wording_version,
        source=opt_in.source,
        ip_hash=opt_in.ip_hash,
        evidence=opt_in.evidence,
        sender=opt_in.sender,
        state=f"STATE_{state}",
        mail_count=opt_in.mails,
        create_time=opt_in.create_time,
        expire_time=opt_in.expire_time,
        confirm_time=opt_in.confirm_time,
        consent_event=CONSENT_EVENT.format(opt_in.event_id),
        etag=opt_in.etag,
    )
