"""Methods about the activities of a campaign, and one person's mail."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.filters import Column, Kind, compile_filter
from chassis.lists import Paging
from google.protobuf.empty_pb2 import Empty
from touchline.campaign.v1 import campaign_pb2 as pb

from services.campaign.domain.activities import Purpose
from services.campaign.models import ACTIVITY, CAMPAIGN, CONTACT, SEGMENT, SENDER, Activity
from services.campaign.rpc.desk import Desk, activity_message, masked, masked_address, sees
from services.campaign.usecases import activities as usecases
from services.campaign.usecases import previews
from services.campaign.usecases.changes import Values

COLUMNS = {
    "display_name": Column(Kind.TEXT, Activity.display_name),
    "subscription_topic": Column(Kind.TEXT, Activity.subscription_topic),
    "create_time": Column(Kind.TIME, Activity.create_time),
    "update_time": Column(Kind.TIME, Activity.update_time),
}


class Activities(Desk):
    """Reads and writes activities, previews and tests them."""

    async def GetActivity(self, request: pb.GetActivityRequest, context: Any = None) -> pb.Activity:
        campaign_id, activity_id = activity_ids(request.name)
        async with self.transaction() as tx:
            activity = await usecases.get_activity(tx, campaign_id, activity_id)
            counts = await self.counts(tx, [activity_id])
        return self.activity_told(activity, counts[activity_id])

    async def ListActivities(self, request: pb.ListActivitiesRequest, context: Any = None) -> pb.ListActivitiesResponse:
        parent = None if request.parent == "campaigns/-" else CAMPAIGN.parse_uuid(request.parent, "parent")
        where = compile_filter(request.filter, COLUMNS)
        paging = Paging.of(request, "activities", request.parent, request.filter)
        async with self.transaction() as tx:
            rows, token = await usecases.list_activities(tx, parent, where, paging)
            counts = await self.counts(tx, [row.id for row in rows])
        messages = [self.activity_told(row, counts[row.id]) for row in rows]
        return pb.ListActivitiesResponse(activities=messages, next_page_token=token)

    async def CreateActivity(self, request: pb.CreateActivityRequest, context: Any = None) -> pb.Activity:
        campaign_id, values = CAMPAIGN.parse_uuid(request.parent, "parent"), activity_values(request.activity)
        async with self.transaction() as tx:
            activity = await usecases.create_activity(tx, campaign_id, values, now=self.clock.now())
            return tx.answer(activity_message(activity))

    async def UpdateActivity(self, request: pb.UpdateActivityRequest, context: Any = None) -> pb.Activity:
        campaign_id, activity_id = activity_ids(request.activity.name, "activity.name")

        def change(activity: Activity) -> Values:
            return activity_values(masked(activity_message(activity), request.activity, request.update_mask))

        async with self.transaction() as tx:
            activity = await usecases.update_activity(
                tx, campaign_id, activity_id, change, etag=request.activity.etag, now=self.clock.now()
            )
            return tx.answer(activity_message(activity))

    async def DeleteActivity(self, request: pb.DeleteActivityRequest, context: Any = None) -> Empty:
        campaign_id, activity_id = activity_ids(request.name)
        async with self.transaction() as tx:
            await usecases.delete_activity(tx, campaign_id, activity_id, etag=request.etag, now=self.clock.now())
        return Empty()

    async def PreviewActivity(
        self, request: pb.PreviewActivityRequest, context: Any = None
    ) -> pb.PreviewActivityResponse:
        draft = await self._draft(request)
        rendered, headers = previews.preview(draft, self.outside.settings, now=self.clock.now())
        message = pb.PreviewActivityResponse(
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            headers=[pb.PreviewActivityResponse.Header(name=name, value=value) for name, value in headers],
        )
        return _without_address(message, draft)

    async def TestActivity(self, request: pb.TestActivityRequest, context: Any = None) -> pb.TestActivityResponse:
        draft = await self._draft(request)
        results = await previews.send_tests(
            self.outside.letters, self.outside.settings, draft, request.addresses, now=self.clock.now()
        )
        return pb.TestActivityResponse(
            results=[
                pb.TestActivityResponse.Result(address=address, accepted=not reason, reason=reason)
                for address, reason in zip(request.addresses, results, strict=True)
            ]
        )

    async def _draft(self, request: Any) -> previews.Draft:
        campaign_id, activity_id = activity_ids(request.name)
        contact = CONTACT.parse_uuid(request.contact, "contact")
        async with self.database.transaction() as tx:
            draft = await previews.read_draft(tx, campaign_id, activity_id, contact)
            await self.check_known(tx, contact)
        if sees(draft.reader.owner, draft.reader.team):
            return draft
        return replace(draft, shown_as=masked_address(draft.reader.email))


def activity_ids(name: str, field: str = "name") -> tuple[UUID, UUID]:
    """The campaign and the activity that a name holds."""
    parts = ACTIVITY.match(name, field)
    campaign = CAMPAIGN.parse_uuid(f"campaigns/{parts['campaign']}", field)
    return campaign, SENDER.parse_uuid(f"senders/{parts['activity']}", field)


def activity_values(activity: pb.Activity) -> Values:
    """What a caller may say of an activity."""
    texts = ("display_name", "subscription_topic", "subject_template", "html_template", "text_template")
    segments = {
        field: [SEGMENT.format(SEGMENT.parse_uuid(name, f"activity.{field}")) for name in getattr(activity, field)]
        for field in ("include_segments", "exclude_segments")
    }
    return {
        **{name: getattr(activity, name) for name in texts},
        **segments,
        "sender_id": SENDER.parse_uuid(activity.sender, "activity.sender") if activity.sender else None,
        "purpose": Purpose.MARKETING,
        "rate_per_second": activity.rate_per_second,
        "untracked": activity.untracked,
    }


def _without_address(message: pb.PreviewActivityResponse, draft: previews.Draft) -> pb.PreviewActivityResponse:
    """The mail for whoever may not see its reader's address: that is masked wherever it stands."""
    if not draft.shown_as or not draft.reader.email:
        return message
    for field in ("subject", "html", "text"):
        setattr(message, field, getattr(message, field).replace(draft.reader.email, draft.shown_as))
    for header in message.headers:
        header.value = header.value.replace(draft.reader.email, draft.shown_as)
    return message
