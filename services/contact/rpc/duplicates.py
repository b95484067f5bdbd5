"""Methods about records that may be one person."""

from collections.abc import Mapping
from uuid import UUID

from chassis.lists import Paging
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.models import CONTACT, DUPLICATE_CANDIDATE, Contact, DuplicateCandidate
from services.contact.rpc.desk import Context, Desk
from services.contact.store import conditions
from services.contact.usecases import duplicates


class Duplicates(Desk):
    """Lists pairs of contacts that may be one person, and dismisses them."""

    async def ListDuplicateCandidates(
        self, request: pb.ListDuplicateCandidatesRequest, context: Context
    ) -> pb.ListDuplicateCandidatesResponse:
        paging = Paging.of(request, "duplicates")
        async with self.database.transaction() as tx:
            found, contacts, token = await duplicates.list_duplicate_candidates(
                tx, conditions.is_visible(self.viewer()), paging
            )
        told = [candidate_message(each, contacts) for each in found]
        return pb.ListDuplicateCandidatesResponse(duplicate_candidates=told, next_page_token=token)

    async def DismissDuplicateCandidate(
        self, request: pb.DismissDuplicateCandidateRequest, context: Context
    ) -> pb.DuplicateCandidate:
        candidate_id = DUPLICATE_CANDIDATE.parse_uuid(request.name)
        async with self.transaction() as tx:
            candidate, contacts = await duplicates.dismiss_duplicate_candidate(
                tx, candidate_id, viewer=self.viewer(), now=self.clock.now()
            )
            return tx.answer(candidate_message(candidate, contacts))

    async def read_duplicate_candidate(self, name: str) -> pb.DuplicateCandidate:
        async with self.database.transaction() as tx:
            candidate, contacts = await duplicates.get_duplicate_candidate(
                tx, DUPLICATE_CANDIDATE.parse_uuid(name), viewer=self.viewer()
            )
        return candidate_message(candidate, contacts)


def candidate_message(candidate: DuplicateCandidate, contacts: Mapping[UUID, Contact]) -> pb.DuplicateCandidate:
    """A pair, with why it is one."""
    one, other = contacts[candidate.one_id], contacts[candidate.other_id]
    return pb.DuplicateCandidate(
        name=candidate.name,
        contact=CONTACT.format(candidate.one_id),
        duplicate=CONTACT.format(candidate.other_id),
        contact_display_name=one.display_name,
        duplicate_display_name=other.display_name,
        score=candidate.score,
        clues=[pb.DuplicateCandidate.Clue(kind=f"KIND_{kind}", points=points) for kind, points in candidate.clues],
        state=f"STATE_{candidate.state}",
        create_time=candidate.find_time,
        etag=candidate.etag,
    )
