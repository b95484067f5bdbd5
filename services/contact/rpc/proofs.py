"""Methods of the chain of consent events: a person's proof, the whole of it, its anchors, and whether it holds."""

import os

from chassis.calls import caller
from chassis.chain import DIGEST_BYTES, EMPTY, Head
from chassis.lists import Paging
from chassis.resources import PageTokens, page_size
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.errors import field_invalid
from services.contact.models import CONSENT_EVENT, CONTACT
from services.contact.rpc.answers import consent_message
from services.contact.rpc.desk import Context
from services.contact.rpc.optins import OptIns
from services.contact.rpc.requests import moment
from services.contact.usecases import audits, proofs


class Proofs(OptIns):
    """Proves what was said, and checks it."""

    async def GetConsentProof(self, request: pb.GetConsentProofRequest, context: Context) -> pb.ConsentProof:
        contact_id = CONTACT.parse_uuid(request.parent, "parent")
        async with self.database.transaction() as tx:
            proof = await proofs.get_consent_proof(
                tx,
                contact_id,
                opens=request.open_addresses,
                salt=os.urandom(16),
                viewer=self.viewer(),
                now=self.clock.now(),
            )
        return pb.ConsentProof(lines=proof.lines, event_count=proof.sealed, unsealed_count=proof.unsealed)

    async def ReadConsentChain(
        self, request: pb.ReadConsentChainRequest, context: Context
    ) -> pb.ReadConsentChainResponse:
        tokens = PageTokens("consent chain", caller().subject)
        (after,) = tokens.read(request.page_token) or (0,)
        most = page_size(request.page_size, 5_000, 10_000)
        async with self.database.transaction() as tx:
            lines, last = await proofs.read_consent_chain(tx, after, most)
        return pb.ReadConsentChainResponse(lines=lines, next_page_token=tokens.issue((last,)) if last else "")

    async def ListConsentFindings(
        self, request: pb.ListConsentFindingsRequest, context: Context
    ) -> pb.ListConsentFindingsResponse:
        asked = pb.ListConsentFindingsRequest.Finding.Name(request.finding).removeprefix("FINDING_")
        period = moment(request.from_time, "from_time"), moment(request.to_time, "to_time")
        paging = Paging.of(request, "consent findings", asked, *(each.isoformat() for each in period))
        async with self.database.transaction() as tx:
            found, seen, token = await audits.list_consent_findings(
                tx, audits.Finding(asked), period, paging, viewer=self.viewer()
            )
        return pb.ListConsentFindingsResponse(
            consent_events=[consent_message(each, is_visible=bytes(each.subject) in seen) for each in found],
            next_page_token=token,
        )

    async def ListConsentAnchors(
        self, request: pb.ListConsentAnchorsRequest, context: Context
    ) -> pb.ListConsentAnchorsResponse:
        tokens = PageTokens("consent anchors", caller().subject)
        (after,) = tokens.read(request.page_token) or (0,)
        size = page_size(request.page_size)
        async with self.database.transaction() as tx:
            found = await proofs.list_consent_anchors(tx, after, size + 1)
        shown = found[:size]
        return pb.ListConsentAnchorsResponse(
            consent_anchors=[
                pb.ConsentAnchor(number=each.number, digest=each.digest, create_time=each.time) for each in shown
            ],
            next_page_token=tokens.issue((shown[-1].number,)) if len(found) > size else "",
        )

    async def CheckConsentChain(
        self, request: pb.CheckConsentChainRequest, context: Context
    ) -> pb.CheckConsentChainResponse:
        after = head(request.after, "after") if request.HasField("after") else EMPTY
        known = dict(head(one, f"known_anchors[{place}]") for place, one in enumerate(request.known_anchors))
        async with self.database.transaction() as tx:
            checked = await proofs.check_consent_chain(tx, after, known, now=self.clock.now())
        answer = pb.CheckConsentChainResponse(
            head=pb.ConsentAnchor(number=checked.head.number, digest=checked.head.digest), finished=checked.is_end
        )
        if checked.finding is not None:
            answer.fault = pb.CheckConsentChainResponse.Fault.Value(f"FAULT_{checked.finding.fault}")
            answer.fault_number = checked.finding.number
            answer.consent_event = CONSENT_EVENT.format(checked.event) if checked.event else ""
        return answer


def head(told: pb.ConsentAnchor, field: str) -> Head:
    """Where a chain stood, as somebody tells it."""
    if len(told.digest) != DIGEST_BYTES or told.number < 0:
        raise field_invalid(f"{field}.digest", f"has {DIGEST_BYTES} bytes, beside a number from 0")
    return Head(told.number, told.digest)
