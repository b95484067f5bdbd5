"""The door for gRPC callers: proto → use case → proto."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import identity
from chassis.clock import Clock
from chassis.db import Database
from chassis.lists import Paging
from chassis.rpc import Servicer
from chassis.streams import catalogue
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceServicer

from services.interaction import store, usecases
from services.interaction.domain.errors import TouchInvalidError, bad_argument
from services.interaction.gateways import INTAKE, ConsentRequests, Intake, Neighbours
from services.interaction.rpc import messages
from services.interaction.rpc.accept import Door
from services.interaction.rpc.activities import Activities
from services.interaction.rpc.alerts import AlertDesk
from services.interaction.rpc.briefs import Briefs
from services.interaction.rpc.engagements import Engagements
from services.interaction.rpc.history import Histories
from services.interaction.rpc.outcomes import Ends, Outcomes
from services.interaction.rpc.pins import PinDesk
from services.interaction.rpc.record import Recording
from services.interaction.rpc.salvage import decode_batch
from services.interaction.rpc.saved import SavedFilters
from services.interaction.rpc.texts import Texts
from services.interaction.rpc.timeline import Timelines
from services.interaction.rpc.watch import Watching
from services.interaction.usecases import Hub, Known, KnownTypes, TypeCatalogue

API = "touchline.interaction.v1.InteractionService"
UNLIMITED = ("WatchTimeline", "ReadTouches")
ITEM_WISE = TIMELY = ("RecordTouches",)


@dataclass
class Streams:
    """What the servicer has beside its database: the way to Kafka, what comes back, and the services beside us."""

    intake: Intake
    hub: Hub
    subjects: identity.Subjects
    consents: ConsentRequests
    neighbours: Neighbours | None = None
    hides_teams: bool = False
    allows_http: bool = False
    ends: Ends | None = None


class InteractionServicer(Servicer, InteractionServiceServicer):
    """Answers touchline.interaction.v1.InteractionService."""

    def __init__(self, database: Database, streams: Streams, clock: Clock | None = None) -> None:
        super().__init__(database, clock)
        types = TypeCatalogue()
        self._door = Door(
            sources=Known(database, _find_source),
            types=KnownTypes(database, store.find_touch_type),
            subjects=streams.subjects,
            partitions=catalogue()[INTAKE].partitions,
        )
        self._recording = Recording(self._door, streams.intake, self.clock)
        self._texts = Texts(self._door, streams.intake, streams.consents, self.clock)
        hides = streams.hides_teams
        self._timelines = Timelines(database, self.clock, types, hides_teams=hides)
        self._watching = Watching(database, self._timelines, streams.hub)
        self._briefs = Briefs(database, self._timelines, self.clock, streams.neighbours)
        self._histories = Histories(database, types, self.clock, hides)
        self._activities = Activities(database, self._histories, self.clock)
        self._alerts = AlertDesk(self._histories, self.clock, allows_http=streams.allows_http)
        self._pins = PinDesk(self._timelines, self.clock)
        self._saved = SavedFilters(self.clock)
        self._engagements = Engagements(database, self._histories, streams.neighbours)
        self._outcomes = Outcomes(database, streams.ends)

    decode_RecordTouches = staticmethod(decode_batch)  # noqa: N815 - the chassis looks for the method's name

    async def reread(self, name: str, method: str) -> Message:
        if method == "RegisterSource":
            return await self.GetSource(pb.GetSourceRequest(name=name))
        if method in {"UpdateAlertSettings", "MarkAlertsSeen"}:
            return await self.GetAlertSettings(pb.GetAlertSettingsRequest(name=name))
        if method in {"PinTouch", "UnpinTouch"}:
            return await self.GetPins(pb.GetPinsRequest(name=name))
        if method.endswith("SavedFilter"):
            return await self.GetSavedFilter(pb.GetSavedFilterRequest(name=name))
        return await self.GetTouchType(pb.GetTouchTypeRequest(name=name))

    async def RecordTouches(self, request: pb.RecordTouchesRequest, context: Any = None) -> pb.RecordTouchesResponse:
        return await self._recording.record(request)

    async def ReceiveText(self, request: pb.ReceiveTextRequest, context: Any = None) -> pb.ReceiveTextResponse:
        return await self._texts.receive(request)

    async def GetTouch(self, request: pb.GetTouchRequest, context: Any = None) -> pb.Touch:
        return (await self._histories.get([request.name], "name"))[0]

    async def BatchGetTouches(
        self, request: pb.BatchGetTouchesRequest, context: Any = None
    ) -> pb.BatchGetTouchesResponse:
        return pb.BatchGetTouchesResponse(touches=await self._histories.get(list(request.names), "names"))

    async def BatchGetTouchEvidence(
        self, request: pb.BatchGetTouchEvidenceRequest, context: Any = None
    ) -> pb.BatchGetTouchEvidenceResponse:
        return pb.BatchGetTouchEvidenceResponse(touch_evidence=await self._histories.evidence(list(request.names)))

    async def GetTimeline(self, request: pb.GetTimelineRequest, context: Any = None) -> pb.GetTimelineResponse:
        return await self._timelines.get(request)

    async def ListThreadTouches(
        self, request: pb.ListThreadTouchesRequest, context: Any = None
    ) -> pb.ListThreadTouchesResponse:
        return await self._timelines.list_thread(request)

    async def WatchTimeline(
        self, request: pb.WatchTimelineRequest, context: Any = None
    ) -> AsyncIterator[pb.WatchTimelineResponse]:
        async for answer in self._watching.watch(request):
            yield answer

    async def GetTouchBrief(self, request: pb.GetTouchBriefRequest, context: Any = None) -> pb.TouchBrief:
        return await self._briefs.get(request)

    async def ListContactActivities(
        self, request: pb.ListContactActivitiesRequest, context: Any = None
    ) -> pb.ListContactActivitiesResponse:
        return await self._activities.list(request)

    async def ListTasks(self, request: pb.ListTasksRequest, context: Any = None) -> pb.ListTasksResponse:
        return await self._activities.tasks(request)

    async def BatchGetEngagements(
        self, request: pb.BatchGetEngagementsRequest, context: Any = None
    ) -> pb.BatchGetEngagementsResponse:
        return await self._engagements.batch_get(request)

    async def ListDealTouches(
        self, request: pb.ListDealTouchesRequest, context: Any = None
    ) -> pb.ListDealTouchesResponse:
        return await self._engagements.list_of_deal(request)

    async def GetAlertSettings(self, request: pb.GetAlertSettingsRequest, context: Any = None) -> pb.AlertSettings:
        async with self.database.transaction() as tx:
            return await self._alerts.get(tx, request.name)

    async def UpdateAlertSettings(
        self, request: pb.UpdateAlertSettingsRequest, context: Any = None
    ) -> pb.AlertSettings:
        async with self.transaction() as tx:
            return tx.answer(await self._alerts.update(tx, request))

    async def ListAlerts(self, request: pb.ListAlertsRequest, context: Any = None) -> pb.ListAlertsResponse:
        async with self.database.transaction() as tx:
            return await self._alerts.list(tx, request)

    async def MarkAlertsSeen(self, request: pb.MarkAlertsSeenRequest, context: Any = None) -> pb.AlertSettings:
        async with self.transaction() as tx:
            return tx.answer(await self._alerts.mark_seen(tx, request))

    async def GetPins(self, request: pb.GetPinsRequest, context: Any = None) -> pb.Pins:
        async with self.database.transaction() as tx:
            return await self._pins.get(tx, request.name)

    async def PinTouch(self, request: pb.PinTouchRequest, context: Any = None) -> pb.Pins:
        async with self.transaction() as tx:
            return tx.answer(await self._pins.pin(tx, request))

    async def UnpinTouch(self, request: pb.UnpinTouchRequest, context: Any = None) -> pb.Pins:
        async with self.transaction() as tx:
            return tx.answer(await self._pins.unpin(tx, request))

    async def GetSavedFilter(self, request: pb.GetSavedFilterRequest, context: Any = None) -> pb.SavedFilter:
        async with self.database.transaction() as tx:
            return await self._saved.get(tx, request.name)

    async def ListSavedFilters(
        self, request: pb.ListSavedFiltersRequest, context: Any = None
    ) -> pb.ListSavedFiltersResponse:
        async with self.database.transaction() as tx:
            return await self._saved.list(tx, request)

    async def CreateSavedFilter(self, request: pb.CreateSavedFilterRequest, context: Any = None) -> pb.SavedFilter:
        async with self.transaction() as tx:
            return tx.answer(await self._saved.create(tx, request))

    async def UpdateSavedFilter(self, request: pb.UpdateSavedFilterRequest, context: Any = None) -> pb.SavedFilter:
        async with self.transaction() as tx:
            return tx.answer(await self._saved.update(tx, request))

    async def DeleteSavedFilter(self, request: pb.DeleteSavedFilterRequest, context: Any = None) -> Empty:
        async with self.transaction() as tx:
            await self._saved.delete(tx, request)
        return Empty()

    async def ReadTouches(
        self, request: pb.ReadTouchesRequest, context: Any = None
    ) -> AsyncIterator[pb.ReadTouchesResponse]:
        async for answer in self._histories.read(request):
            yield answer

    async def BatchGetMailOutcomes(
        self, request: pb.BatchGetMailOutcomesRequest, context: Any = None
    ) -> pb.BatchGetMailOutcomesResponse:
        return await self._outcomes.batch_get(request)

    async def ListTouchConflicts(
        self, request: pb.ListTouchConflictsRequest, context: Any = None
    ) -> pb.ListTouchConflictsResponse:
        return await self._histories.conflicts(request)

    async def ListUnlinkedTouches(
        self, request: pb.ListUnlinkedTouchesRequest, context: Any = None
    ) -> pb.ListUnlinkedTouchesResponse:
        return await self._histories.unlinked(request)

    async def RegisterSource(self, request: pb.RegisterSourceRequest, context: Any = None) -> pb.Source:
        given = messages.source_of(request.source)
        async with self.transaction() as tx:
            await usecases.register_source(tx, given, now=self.clock.now())
            kept = await usecases.get_source(tx, given.id)
            answer = tx.answer(messages.source_message(*kept))
        self._door.sources.put(given.id, kept.value)
        return answer

    async def GetSource(self, request: pb.GetSourceRequest, context: Any = None) -> pb.Source:
        async with self.transaction() as tx:
            return messages.source_message(*await usecases.get_source(tx, _id(request.name, "sources")))

    async def ListSources(self, request: pb.ListSourcesRequest, context: Any = None) -> pb.ListSourcesResponse:
        paging = Paging.of(request, "sources")
        async with self.transaction() as tx:
            rows = await store.list_sources(tx, paging.after[0] if paging.after else "", paging.size + 1)
        shown, token = paging.cut(rows, lambda row: (row.value.id,))
        return pb.ListSourcesResponse(sources=[messages.source_message(*row) for row in shown], next_page_token=token)

    async def RegisterTouchType(self, request: pb.RegisterTouchTypeRequest, context: Any = None) -> pb.TouchType:
        try:
            given = messages.type_of(request.touch_type)
        except ValueError:
            raise TouchInvalidError("the touch type names a channel, class or kind that there is not") from None
        async with self.transaction() as tx:
            kept = await usecases.register_touch_type(tx, given, now=self.clock.now())
            answer = tx.answer(messages.type_message(*await usecases.get_kept_type(tx, kept.name)))
        self._door.types.put(kept.name, kept)
        return answer

    async def GetTouchType(self, request: pb.GetTouchTypeRequest, context: Any = None) -> pb.TouchType:
        async with self.transaction() as tx:
            return messages.type_message(*await usecases.get_kept_type(tx, _id(request.name, "touchTypes")))

    async def ListTouchTypes(self, request: pb.ListTouchTypesRequest, context: Any = None) -> pb.ListTouchTypesResponse:
        paging = Paging.of(request, "touch_types")
        async with self.transaction() as tx:
            known, retentions = await usecases.list_touch_types(tx), await store.list_retentions(tx)
        behind = [kind for kind in known if not paging.after or kind.name > paging.after[0]]
        shown, token = paging.cut(behind, lambda kind: (kind.name,))
        told = [messages.type_message(kind, retentions.get(kind.name)) for kind in shown]
        return pb.ListTouchTypesResponse(touch_types=told, next_page_token=token)

    async def SetTouchTypeRetention(
        self, request: pb.SetTouchTypeRetentionRequest, context: Any = None
    ) -> pb.TouchType:
        days = messages.days_of(request.retention) if request.HasField("retention") else None
        name, now = _id(request.name, "touchTypes"), self.clock.now()
        async with self.transaction() as tx:
            return tx.answer(messages.type_message(*await usecases.set_touch_type_retention(tx, name, days, now=now)))

    async def ListTouchDeletions(
        self, request: pb.ListTouchDeletionsRequest, context: Any = None
    ) -> pb.ListTouchDeletionsResponse:
        paging = Paging.of(request, "touch_deletions")
        after = (paging.after[0], paging.after[1]) if paging.after else None
        async with self.transaction() as tx:
            rows = await store.list_deletions(tx, after, paging.size + 1)
        shown, token = paging.cut(rows, lambda row: (row.day, row.type))
        return pb.ListTouchDeletionsResponse(
            touch_deletions=map(messages.deletion_message, shown), next_page_token=token
        )


async def _find_source(tx: Any, name: str) -> Any:
    found = await store.find_source(tx, name)
    return found.value if found else None


def _id(name: str, collection: str) -> str:
    if not name.startswith(f"{collection}/"):
        raise bad_argument("name", f"is a name of the form {collection}/{{id}}")
    return name.removeprefix(f"{collection}/")
