"""The queue of records that may be one person: why, side by side, or two people after all."""

from contextlib import suppress

from chassis.errors import NotFound
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import forms
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.lists import page_token
from services.console.http.names import part
from services.console.http.render import page, reader_of

LINES = 50
CLUES = sayings(
    {
        pb.DuplicateCandidate.Clue.KIND_SAME_NAME: "same name",
        pb.DuplicateCandidate.Clue.KIND_SIMILAR_NAME: "similar name",
        pb.DuplicateCandidate.Clue.KIND_INITIALS: "name with initials",
        pb.DuplicateCandidate.Clue.KIND_SAME_MAIL_NAME: "same name before the @",
        pb.DuplicateCandidate.Clue.KIND_SHARED_ADDRESS: "an address in common",
        pb.DuplicateCandidate.Clue.KIND_SAME_FORM: "one address in two spellings",
        pb.DuplicateCandidate.Clue.KIND_SAME_COMPANY: "same company",
        pb.DuplicateCandidate.Clue.KIND_TWO_EXTERNAL_IDS: "two ids in one system",
    }
)


async def list_candidates(request: Request) -> Response:
    wish = pb.ListDuplicateCandidatesRequest(page_size=LINES, page_token=page_token(request))
    answer = await gateways(request).contact.ListDuplicateCandidates(wish)
    return page(
        request,
        "records/duplicates.html",
        at=reader_of(request),
        candidates=[(each, [clue_words(clue) for clue in each.clues]) for each in answer.duplicate_candidates],
        next_page=answer.next_page_token,
    )


async def dismiss(request: Request, form: FormData) -> Response:
    found = forms.read(form)
    if found.wrong:
        raise HTTPException(400, _(forms.OLD_FORM))
    name = part(request, "duplicateCandidates", "candidate")
    wish = pb.DismissDuplicateCandidateRequest(name=name, request_id=found["request"])
    with suppress(NotFound):  # the two are no longer alike: nothing to say
        await gateways(request).contact.DismissDuplicateCandidate(wish)
    return RedirectResponse("/duplicates", status_code=303)


def clue_words(clue: pb.DuplicateCandidate.Clue) -> tuple[str, str]:
    """`same company`, `+20`."""
    return CLUES.get(clue.kind, _("something else")), f"{clue.points:+d}"
