"""What each method that writes is asked to do about somebody, and by whom it was made ready: a new person each time."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message
from touchline.campaign.v1 import campaign_pb2 as campaigns
from touchline.contact.v1 import contact_pb2 as pb
from touchline.interaction.v1 import interaction_pb2 as interactions

from tests.flows.sitter import MARK, OWNER, SECRET, TEAM, Sitter, person
from tests.flows.system import System

TOUCH = "touches/" + "C" * 43
Request = Callable[[], Awaitable[Message]]


def address() -> pb.Identifier:
    """An address of hers that nobody had before."""
    return pb.Identifier(kind="email", value=f"{MARK}.{uuid.uuid4().hex[:12]}@masks.example")


class Writing:
    """By method the request, as soon as what it is about is there."""

    def __init__(self, system: System, contact: Any, her: Sitter) -> None:
        self._system, self._contact, self._her = system, contact, her

    def requests(self) -> dict[str, Request]:
        """Every method that writes, by its name."""
        return {name: getattr(self, name) for name in vars(Writing) if name[0].isupper()}

    async def person(self, *, barred: bool = True) -> pb.Contact:
        """Somebody of the team Central with a value in everything hidden."""
        wanted = person()
        wanted.identifiers.append(address())
        wanted.attributes["secret"].string_value = SECRET
        made = await self._contact.CreateContact(pb.CreateContactRequest(contact=wanted))
        if barred:
            await self._contact.RestrictContact(pb.RestrictContactRequest(name=made.name, reason=SECRET))
            made = await self._contact.HoldContact(pb.HoldContactRequest(name=made.name, reason=SECRET))
        return made  # type: ignore[no-any-return]

    async def held(self) -> tuple[str, pb.Identifier]:
        """Somebody with a second address that somebody said something about."""
        name, second = (await self.person(barred=False)).name, address()
        said = pb.AddIdentifierRequest(parent=name, identifier=second, evidence=SECRET)
        await self._contact.AddIdentifier(said)
        return name, second

    async def CreateContact(self) -> Message:
        wanted = person()
        wanted.identifiers.append(address())
        wanted.attributes["secret"].string_value = SECRET
        return pb.CreateContactRequest(contact=wanted)

    async def UpdateContact(self) -> Message:
        request = pb.UpdateContactRequest(contact=pb.Contact(name=(await self.person()).name, title="Miller"))
        request.update_mask.paths.append("title")
        return request

    async def DeleteContact(self) -> Message:
        return pb.DeleteContactRequest(name=(await self.person()).name)

    async def UndeleteContact(self) -> Message:
        name = (await self.person()).name
        await self._contact.DeleteContact(pb.DeleteContactRequest(name=name))
        return pb.UndeleteContactRequest(name=name)

    async def RestrictContact(self) -> Message:
        name = (await self.person(barred=False)).name
        await self._contact.HoldContact(pb.HoldContactRequest(name=name, reason=SECRET))
        return pb.RestrictContactRequest(name=name, reason=SECRET)

    async def LiftRestriction(self) -> Message:
        return pb.LiftRestrictionRequest(name=(await self.person()).name, reason=SECRET)

    async def HoldContact(self) -> Message:
        name = (await self.person(barred=False)).name
        await self._contact.RestrictContact(pb.RestrictContactRequest(name=name, reason=SECRET))
        return pb.HoldContactRequest(name=name, reason=SECRET)

    async def ReleaseContact(self) -> Message:
        return pb.ReleaseContactRequest(name=(await self.person()).name, reason=SECRET)

    async def AddIdentifier(self) -> Message:
        name = (await self.person(barred=False)).name
        return pb.AddIdentifierRequest(parent=name, identifier=address(), evidence=SECRET)

    async def EndIdentifier(self) -> Message:
        name, second = await self.held()
        return pb.EndIdentifierRequest(parent=name, identifier=second)

    async def RetractIdentifier(self) -> Message:
        name, second = await self.held()
        return pb.RetractIdentifierRequest(parent=name, identifier=second)

    async def ShareIdentifier(self) -> Message:
        name = (await self.person(barred=False)).name
        return pb.ShareIdentifierRequest(parent=name, identifier=address(), evidence=SECRET)

    async def VerifyIdentifier(self) -> Message:
        name, second = await self.held()
        return pb.VerifyIdentifierRequest(parent=name, identifier=second)

    async def ExcludeTouch(self) -> Message:
        name = (await self.person(barred=False)).name
        return pb.ExcludeTouchRequest(parent=name, touch=TOUCH, evidence=SECRET)

    async def IncludeTouch(self) -> Message:
        name = (await self.person(barred=False)).name
        await self._contact.ExcludeTouch(pb.ExcludeTouchRequest(parent=name, touch=TOUCH, evidence=SECRET))
        return pb.IncludeTouchRequest(parent=name, touch=TOUCH)

    async def MergeContacts(self) -> Message:
        return pb.MergeContactsRequest(name=(await self.person()).name, duplicate=(await self.person()).name)

    async def UnmergeContact(self) -> Message:
        merge = await self.MergeContacts()
        await self._contact.MergeContacts(merge)
        return pb.UnmergeContactRequest(name=merge.duplicate)  # type: ignore[attr-defined]

    async def DismissDuplicateCandidate(self) -> Message:
        return pb.DismissDuplicateCandidateRequest(name=self._her.candidate)

    async def PlaceContactChange(self) -> Message:
        """What was edited on the merged record, set aside when the merge is taken back."""
        merge: Any = await self.MergeContacts()
        await self._contact.MergeContacts(merge)
        change = pb.UpdateContactRequest(contact=pb.Contact(name=merge.name))
        change.contact.attributes["secret"].string_value = f"{SECRET} changed"
        change.update_mask.paths.append("attributes")
        await self._contact.UpdateContact(change)
        await self._contact.UnmergeContact(pb.UnmergeContactRequest(name=merge.duplicate))
        listed = pb.ListContactChangesRequest(parent=merge.name, set_aside_only=True)
        (aside,) = (await self._contact.ListContactChanges(listed)).contact_changes
        return pb.PlaceContactChangeRequest(name=aside.name, contact=merge.duplicate)

    async def _account(self) -> str:
        wanted = pb.Account(display_name=f"Mills {uuid.uuid4()}", owner=OWNER, team=TEAM)
        name = str((await self._contact.CreateAccount(pb.CreateAccountRequest(account=wanted))).name)
        await self._contact.AddIdentifier(pb.AddIdentifierRequest(parent=name, identifier=address(), evidence=SECRET))
        return name

    async def CreateAccount(self) -> Message:
        return pb.CreateAccountRequest(account=pb.Account(display_name=f"Mills {uuid.uuid4()}", team=TEAM))

    async def UpdateAccount(self) -> Message:
        request = pb.UpdateAccountRequest(account=pb.Account(name=await self._account(), industry="Mills"))
        request.update_mask.paths.append("industry")
        return request

    async def DeleteAccount(self) -> Message:
        return pb.DeleteAccountRequest(name=await self._account())

    async def _hers(self) -> pb.Identifier:
        """The address of somebody new."""
        found = (await self.person(barred=False)).identifiers[0]
        return pb.Identifier(kind=found.kind, value=found.value)

    async def RecordConsent(self) -> Message:
        event = pb.ConsentEvent(
            address=await self._hers(), purpose=pb.PURPOSE_MARKETING, status=pb.ConsentEvent.STATUS_GRANTED,
            lawful_basis=pb.ConsentEvent.LAWFUL_BASIS_CONSENT, evidence=SECRET,
        )  # fmt: skip
        return pb.RecordConsentRequest(consent_event=event)

    async def RequestOptIn(self) -> Message:
        wanted = pb.OptIn(
            address=await self._hers(), purpose=pb.PURPOSE_MARKETING, source="form", wording_version="1",
            evidence=SECRET,
        )  # fmt: skip
        return pb.RequestOptInRequest(opt_in=wanted)

    async def ConfirmOptIn(self) -> Message:
        asked = await self._contact.RequestOptIn(await self.RequestOptIn())
        return pb.ConfirmOptInRequest(name=asked.name)

    async def SuppressAddress(self) -> Message:
        stop = pb.Suppression(address=await self._hers(), reason=pb.Suppression.REASON_MANUAL)
        return pb.SuppressAddressRequest(suppression=stop)

    async def LiftSuppression(self) -> Message:
        made = await self._contact.SuppressAddress(await self.SuppressAddress())
        return pb.LiftSuppressionRequest(name=made.name, reason=SECRET)

    async def TestActivity(self) -> Message:
        return campaigns.TestActivityRequest(
            name=self._her.activity, contact=self._her.contact, addresses=[f"{MARK}@touchline.example"]
        )

    async def ReportDelivery(self) -> Message:
        return campaigns.ReportDeliveryRequest(
            message=self._her.message, outcome=campaigns.ReportDeliveryRequest.OUTCOME_BOUNCED_SOFT, reply_text=SECRET
        )

    async def SettleSend(self) -> Message:
        """Of a mail of hers about which the ledger is made to know nothing, as after a server died."""
        with self._system.sql("campaign") as sql:
            found = sql.execute("UPDATE send SET state = 'UNKNOWN' WHERE message = %s", [self._her.message])
            assert found.rowcount == 1
        return campaigns.SettleSendRequest(
            name=self._her.send, decision=campaigns.SettleSendRequest.DECISION_HANDED_OVER
        )

    async def UpdateAlertSettings(self) -> Message:
        wanted = interactions.AlertSettings(name=f"{OWNER}/alertSettings", is_mailed=True, time_zone="UTC")
        request = interactions.UpdateAlertSettingsRequest(alert_settings=wanted)
        request.update_mask.paths.append("time_zone")
        return request

    async def MarkAlertsSeen(self) -> Message:
        request = interactions.MarkAlertsSeenRequest(parent=OWNER)
        request.until_time.FromDatetime(datetime(2020, 1, 1, tzinfo=UTC))  # nothing that the table reads is seen by it
        return request

    async def PinTouch(self) -> Message:
        return interactions.PinTouchRequest(parent=self._her.contact, touch=self._her.touch)

    async def UnpinTouch(self) -> Message:
        """Of what is not pinned, so that what is pinned stays."""
        return interactions.UnpinTouchRequest(parent=self._her.contact, touch=self._her.unlinked)
