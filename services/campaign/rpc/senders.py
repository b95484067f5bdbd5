"""Methods about senders and brakes."""

from typing import Any

from chassis.calls import caller
from chassis.errors import DomainError
from chassis.filters import Column, Kind, compile_filter
from chassis.lists import Paging
from google.protobuf.empty_pb2 import Empty
from sqlalchemy import ColumnElement, and_, not_, or_
from touchline.campaign.v1 import campaign_pb2 as pb

from services.campaign.domain.brakes import BrakeState, Target
from services.campaign.domain.senders import SenderState
from services.campaign.models import ACCOUNT, BRAKE, CONTACT, DEAL, SENDER, Brake, Sender
from services.campaign.rpc.desk import Desk, brake_message, expiry_of, sender_message
from services.campaign.usecases import brakes as brake_usecases
from services.campaign.usecases import senders as usecases
from services.campaign.usecases.changes import Values

SENDER_COLUMNS = {
    "display_name": Column(Kind.TEXT, Sender.display_name),
    "address": Column(Kind.TEXT, Sender.address),
    "state": Column(Kind.ENUM, Sender.state, values={state.value: state.value for state in SenderState}),
    "create_time": Column(Kind.TIME, Sender.create_time),
}
NAMES = {"contact": (Target.CONTACT, CONTACT), "account": (Target.ACCOUNT, ACCOUNT), "deal": (Target.DEAL, DEAL)}


class Senders(Desk):
    """Reads, states, proves and drops senders."""

    async def GetSender(self, request: pb.GetSenderRequest, context: Any = None) -> pb.Sender:
        async with self.transaction() as tx:
            return sender_message(await usecases.get_sender(tx, SENDER.parse_uuid(request.name)))

    async def ListSenders(self, request: pb.ListSendersRequest, context: Any = None) -> pb.ListSendersResponse:
        where = compile_filter(request.filter, SENDER_COLUMNS)
        paging = Paging.of(request, "senders", request.filter)
        async with self.transaction() as tx:
            rows, token = await usecases.list_senders(tx, where, paging)
        return pb.ListSendersResponse(senders=map(sender_message, rows), next_page_token=token)

    async def CreateSender(self, request: pb.CreateSenderRequest, context: Any = None) -> pb.Sender:
        values = sender_values(request.sender)
        async with self.transaction() as tx:
            sender, code = await usecases.create_sender(tx, values, now=self.clock.now())
            tx.answer(sender_message(sender))
        return await self._mailed(sender, code)

    async def ResendSenderCode(self, request: pb.ResendSenderCodeRequest, context: Any = None) -> pb.Sender:
        sender_id = SENDER.parse_uuid(request.name)
        async with self.transaction() as tx:
            sender, code = await usecases.renew_code(tx, sender_id, now=self.clock.now())
            tx.answer(sender_message(sender))
        return await self._mailed(sender, code)

    async def VerifySender(self, request: pb.VerifySenderRequest, context: Any = None) -> pb.Sender:
        sender_id = SENDER.parse_uuid(request.name)
        async with self.transaction() as tx:
            sender, refused = await usecases.verify_sender(tx, sender_id, request.code, now=self.clock.now())
            answer = tx.answer(sender_message(sender))
        if refused is not None:
            raise refused
        return answer

    async def DeleteSender(self, request: pb.DeleteSenderRequest, context: Any = None) -> Empty:
        async with self.transaction() as tx:
            sender_id = SENDER.parse_uuid(request.name)
            await usecases.delete_sender(tx, sender_id, etag=request.etag, now=self.clock.now())
        return Empty()

    async def _mailed(self, sender: Sender, code: str) -> pb.Sender:
        """The sender once its code is mailed. A code that nobody got is void, so the answer has no expiry."""
        letters = self.outside.letters
        try:
            await letters.code(sender.address, sender.display_name, code, now=self.clock.now())
        except DomainError:
            async with self.database.transaction() as tx:
                return sender_message(await usecases.forget_code(tx, sender.id))
        return sender_message(sender)


class Brakes(Desk):
    """Sets, reads and releases brakes."""

    async def GetBrake(self, request: pb.GetBrakeRequest, context: Any = None) -> pb.Brake:
        brake_id = BRAKE.parse_uuid(request.name)
        async with self.transaction() as tx:
            brake = await brake_usecases.get_brake(tx, brake_id, self._known_brakes())
        return brake_message(brake, self.clock.now())

    async def ListBrakes(self, request: pb.ListBrakesRequest, context: Any = None) -> pb.ListBrakesResponse:
        now = self.clock.now()
        where = compile_filter(request.filter, self._columns())
        paging = Paging.of(request, "brakes", request.filter)
        async with self.transaction() as tx:
            rows, token = await brake_usecases.list_brakes(tx, where, paging, self._known_brakes())
        return pb.ListBrakesResponse(brakes=[brake_message(row, now) for row in rows], next_page_token=token)

    async def CreateBrake(self, request: pb.CreateBrakeRequest, context: Any = None) -> pb.Brake:
        values, now = brake_values(request.brake), self.clock.now()
        async with self.transaction() as tx:
            brake = await brake_usecases.create_brake(tx, values, creator=caller().subject, now=now)
            return tx.answer(brake_message(brake, now))

    async def ReleaseBrake(self, request: pb.ReleaseBrakeRequest, context: Any = None) -> pb.Brake:
        brake_id, now = BRAKE.parse_uuid(request.name), self.clock.now()
        async with self.transaction() as tx:
            await brake_usecases.get_brake(tx, brake_id, self._known_brakes())
            brake = await brake_usecases.release_brake(tx, brake_id, releaser=caller().subject, now=now)
            return tx.answer(brake_message(brake, now))

    def _known_brakes(self) -> ColumnElement[bool] | None:
        """Brakes that are there for the caller: not those of others on whom there is not; None for all."""
        known = self.known(Brake.target_id)
        if known is None:
            return None
        is_own: Any = Brake.creator == caller().subject
        return or_(is_own, Brake.target != Target.CONTACT, known)  # type: ignore[arg-type]

    def _columns(self) -> dict[str, Column]:
        states = {state.value: state.value for state in BrakeState}
        return {
            **{name: Column(Kind.TEXT, build=_on(name), operators=("=",)) for name in NAMES},
            "state": Column(Kind.ENUM, build=self._in_state, operators=("=", "!="), values=states),
            "creator": Column(Kind.TEXT, Brake.creator),
            "create_time": Column(Kind.TIME, Brake.create_time),
        }

    def _in_state(self, operator: str, state: str) -> ColumnElement[bool]:
        """A brake's state is read off its times."""
        released: Any = Brake.release_time
        expires: Any = Brake.expire_time
        now = self.clock.now()
        found = {
            BrakeState.RELEASED: released.is_not(None),
            BrakeState.ACTIVE: and_(released.is_(None), expires > now),
            BrakeState.EXPIRED: and_(released.is_(None), expires <= now),
        }
        wanted = found.get(state, or_(False))  # type: ignore[call-overload]
        return wanted if operator == "=" else not_(wanted)


def _on(kind: str) -> Any:
    """A filter's `contact = "contacts/…"`."""
    target, names = NAMES[kind]

    def build(_operator: str, name: str) -> ColumnElement[bool]:
        kept: Any = Brake.target
        held: Any = Brake.target_id
        return and_(kept == target, held == names.parse_uuid(name, "filter"))

    return build


def sender_values(sender: pb.Sender) -> Values:
    """What a caller may say of a sender."""
    fields = ("display_name", "address", "reply_to_address", "dkim_domain", "dkim_selector")
    return {name: getattr(sender, name).strip() for name in fields}


def brake_values(brake: pb.Brake) -> Values:
    """What a caller may say of a brake."""
    kind = str(brake.WhichOneof("target") or "contact")
    target, names = NAMES[kind]
    return {
        "target": target,
        "target_id": names.parse_uuid(getattr(brake, kind), f"brake.{kind}"),
        "reason": brake.reason,
        "expire_time": expiry_of(brake),
    }
