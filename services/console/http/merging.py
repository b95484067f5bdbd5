"""Two records side by side, what a merge would keep of each field, the merge, and taking it back."""

from collections.abc import Mapping

from chassis.errors import Aborted, DomainError, FailedPrecondition, InvalidArgument, PermissionDenied
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import forms, people
from services.console.http.attributes import list_definitions, titled
from services.console.http.contact import contact_of, label, name_of
from services.console.http.guard import gateways
from services.console.http.language import N_, _, sayings
from services.console.http.names import contact_named
from services.console.http.records import field_label, record_page, said
from services.console.http.render import page

SIDES = {"contact": pb.MERGE_SIDE_CONTACT, "duplicate": pb.MERGE_SIDE_DUPLICATE, "both": pb.MERGE_SIDE_BOTH}
WORDS = {side: word for word, side in SIDES.items()}
RULES = sayings(
    {
        pb.PreviewMergeResponse.RULE_SAME: "both say so",
        pb.PreviewMergeResponse.RULE_ONLY_ONE: "only one says anything",
        pb.PreviewMergeResponse.RULE_KEPT: "the record that stays keeps its own",
        pb.PreviewMergeResponse.RULE_UNITED: "both together",
        pb.PreviewMergeResponse.RULE_CHOSEN: "chosen",
    }
)
FIELD = "field:"
MASKED = N_("You see one of the two masked. Only somebody who sees both whole may merge them.")


async def draw(request: Request) -> Response:
    """Whom to merge: somebody found by a text, or the two side by side."""
    other = request.query_params.get("with", "")
    if other:
        return await side_by_side(request, contact_named(other), forms.drawn())
    contact = await contact_of(request)
    text = request.query_params.get("find", "")
    found = [one for one in await people.find(request, text) if one.name != contact.name]
    return page(request, "records/find.html", contact=contact, found=found, sought=text, label=label)


async def side_by_side(request: Request, duplicate: str, form: forms.Form) -> Response:
    choices = choices_of(form.values)
    wish = pb.PreviewMergeRequest(name=name_of(request), duplicate=duplicate, choices=choices)
    try:
        preview = await gateways(request).contact.PreviewMerge(wish)
    except (InvalidArgument, FailedPrecondition, PermissionDenied) as error:
        return await record_page(request, trouble=refusal(error), status=409)
    both, named = (preview.contact, preview.duplicate), titled(await list_definitions(request))
    rows = [
        (each, field_label(each.field, named), [said(one, each.field) for one in both], *words(each))
        for each in preview.decisions
    ]
    held = [[(label(each.kind), each.value) for each in one.identifiers if each.kind != "cookie"] for one in both]
    form.values |= {"etag": preview.contact.etag, "duplicate_etag": preview.duplicate.etag}
    return page(
        request, "records/merge.html", status=form.status, form=form, both=both, rows=rows, held=held, prefix=FIELD
    )


async def merge(request: Request, form: FormData) -> Response:
    found = forms.read(form)
    duplicate = contact_named(found["duplicate"])
    if not found.wrong:
        wish = pb.MergeContactsRequest(
            name=name_of(request),
            duplicate=duplicate,
            evidence="console",
            etag=found["etag"],
            duplicate_etag=found["duplicate_etag"],
            request_id=found["request"],
            choices=choices_of(found.values),
        )
        try:
            await gateways(request).contact.MergeContacts(wish)
            return RedirectResponse(f"/{name_of(request)}/record", status_code=303)
        except Aborted:
            forms.changed_meanwhile(found, "")
        except (InvalidArgument, FailedPrecondition, PermissionDenied) as error:
            return await record_page(request, trouble=refusal(error), status=409)
    return await side_by_side(request, duplicate, found)


async def unmerge(request: Request, form: FormData) -> Response:
    """Takes the merge of the named contact back, and shows the record of whom it was merged into."""
    found = forms.read(form)
    if not found.wrong:
        wish = pb.UnmergeContactRequest(name=contact_named(found["duplicate"]), request_id=found["request"])
        try:
            await gateways(request).contact.UnmergeContact(wish)
        except (Aborted, FailedPrecondition, PermissionDenied) as error:
            return await record_page(request, trouble=refusal(error), status=409)
    return RedirectResponse(f"/{name_of(request)}/record", status_code=303)


def words(decision: pb.PreviewMergeResponse.Decision) -> tuple[str, str]:
    """The side that a form names for what would be kept of a field, and why that one."""
    return WORDS[decision.side], RULES[decision.rule]


def choices_of(values: Mapping[str, str]) -> list[pb.MergeChoice]:
    """The fields for which somebody chose a side; what is left to the rules is not among them."""
    return [
        pb.MergeChoice(field=name.removeprefix(FIELD), side=SIDES[value])
        for name, value in values.items()
        if name.startswith(FIELD) and value in SIDES
    ]


def refusal(error: DomainError) -> str:
    if error.reason == "CONTACT_MASKED":
        return _(MASKED)
    if error.reason == "FIELD_INVALID" and isinstance(error, InvalidArgument) and error.violations:
        first = error.violations[0]
        return forms.sentence(f"{first.field} {first.description}")
    return forms.sentence(error.message)
