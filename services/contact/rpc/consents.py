"""Methods about what addresses allow."""

from typing import Any

from chassis.db import Tx
from chassis.errors import InvalidArgument
from chassis.filters import compile_filter
from chassis.lists import Paging
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.identifiers import Known
from services.contact.models import CONSENT_EVENT, CONTACT, SUPPRESSION, ConsentEvent, Suppression
from services.contact.rpc import answers, requests
from services.contact.rpc.desk import Context, Desk, keys_of
from services.contact.rpc.lists import suppression_columns
from services.contact.usecases import consents


class Consents(Desk):
    """Records and lists consent events, answers what may be done, suppresses addresses."""

    async def RecordConsent(self, request: pb.RecordConsentRequest, context: Context) -> pb.ConsentEvent:
        told = request.consent_event
        address = requests.known(told.address, self.subjects, "consent_event.address")
        values = requests.consent_values(told)
        async with self.transaction() as tx:
            event = await consents.record_consent(tx, address, values, viewer=self.viewer(), now=self.clock.now())
            return await self.changed(tx, await self.consent_message(tx, event))

    async def ListConsentEvents(
        self, request: pb.ListConsentEventsRequest, context: Context
    ) -> pb.ListConsentEventsResponse:
        contact_id = CONTACT.parse_uuid(request.parent, "parent")
        paging = Paging.of(request, "consents", request.parent)
        async with self.database.transaction() as tx:
            events, token, is_visible = await consents.list_consent_events(tx, contact_id, paging, viewer=self.viewer())
        return pb.ListConsentEventsResponse(
            consent_events=[answers.consent_message(event, is_visible=is_visible) for event in events],
            next_page_token=token,
        )

    async def CheckConsent(self, request: pb.CheckConsentRequest, context: Context) -> pb.CheckConsentResponse:
        now = self.clock.now()
        asked = [requests.consent_query(each, place, self.subjects, now) for place, each in enumerate(request.queries)]
        async with self.database.transaction() as tx:
            found = await consents.check_consent(tx, asked, viewer=self.viewer(), now=now)
        return pb.CheckConsentResponse(answers=[answers.answer_message(*each) for each in found])

    async def SuppressAddress(self, request: pb.SuppressAddressRequest, context: Context) -> pb.Suppression:
        told = request.suppression
        address = requests.known(told.address, self.subjects, "suppression.address")
        async with self.transaction() as tx:
            suppression = await consents.suppress_address(
                tx, address, requests.suppression_values(told), viewer=self.viewer(), now=self.clock.now()
            )
            return await self.changed(tx, await self._suppression_message(tx, suppression))

    async def ImportSuppressions(
        self, request: pb.ImportSuppressionsRequest, context: Context
    ) -> pb.ImportSuppressionsResponse:
        now, outcome = self.clock.now(), pb.ImportSuppressionsResponse
        results, read = [outcome.Result() for _ in request.items], dict[int, tuple[Known, dict[str, Any]]]()
        for place, item in enumerate(request.items):
            try:
                read[place] = requests.suppression_item(item, place, self.subjects)
                consents.check_said(read[place][1]["said_time"], f"items[{place}].said_time", now)
            except InvalidArgument as refused:
                read.pop(place, None)
                results[place] = answers.refused_suppression(refused, place)
        async with self.transaction() as tx:
            made = await consents.import_suppressions(
                tx, list(read.values()), request.source, viewer=self.viewer(), now=now
            )
        for place, is_new in zip(read, made, strict=True):
            results[place].outcome = outcome.OUTCOME_MADE if is_new else outcome.OUTCOME_STANDING
        return pb.ImportSuppressionsResponse(results=results)

    async def LiftSuppression(self, request: pb.LiftSuppressionRequest, context: Context) -> pb.Suppression:
        suppression_id = SUPPRESSION.parse_uuid(request.name)
        async with self.transaction() as tx:
            suppression = await consents.lift_suppression(
                tx,
                suppression_id,
                reason=request.reason,
                etag=request.etag,
                viewer=self.viewer(),
                now=self.clock.now(),
            )
            return await self.changed(tx, await self._suppression_message(tx, suppression))

    async def ListSuppressions(
        self, request: pb.ListSuppressionsRequest, context: Context
    ) -> pb.ListSuppressionsResponse:
        where = compile_filter(request.filter, suppression_columns())
        keys_of(request.order_by, ("create_time",))
        paging = Paging.of(request, "suppressions", request.filter)
        async with self.database.transaction() as tx:
            found, token = await consents.list_suppressions(tx, [] if where is None else [where], paging)
            seen = await consents.list_visible_subjects(
                tx, [bytes(each.subject) for each in found], viewer=self.viewer()
            )
        return pb.ListSuppressionsResponse(
            suppressions=[answers.suppression_message(each, is_visible=bytes(each.subject) in seen) for each in found],
            next_page_token=token,
        )

    async def read_consent_event(self, name: str) -> pb.ConsentEvent:
        """One consent event, as RecordConsent answered it."""
        async with self.database.transaction() as tx:
            event = await consents.get_consent_event(tx, CONSENT_EVENT.parse_uuid(name))
            return await self.consent_message(tx, event)

    async def read_suppression(self, name: str) -> pb.Suppression:
        """One suppression, as SuppressAddress answered it."""
        async with self.database.transaction() as tx:
            suppression = await consents.get_suppression(tx, SUPPRESSION.parse_uuid(name))
            return await self._suppression_message(tx, suppression)

    async def consent_message(self, tx: Tx, event: ConsentEvent) -> pb.ConsentEvent:
        """A consent event as this caller sees it."""
        seen = await consents.list_visible_subjects(tx, [bytes(event.subject)], viewer=self.viewer())
        return answers.consent_message(event, is_visible=bool(seen))

    async def _suppression_message(self, tx: Tx, suppression: Suppression) -> pb.Suppression:
        seen = await consents.list_visible_subjects(tx, [bytes(suppression.subject)], viewer=self.viewer())
        return answers.suppression_message(suppression, is_visible=bool(seen))
