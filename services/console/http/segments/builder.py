"""The form that makes or changes a segment: a rule built condition by condition, with its number beside it."""

from dataclasses import dataclass

from chassis.errors import Aborted, AlreadyExists, DomainError, InvalidArgument, Unavailable
from google.protobuf.field_mask_pb2 import FieldMask
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.console.http import forms
from services.console.http.language import _
from services.console.http.names import segment_of
from services.console.http.render import page, reader_of
from services.console.http.segments import listing, tree, wording
from services.console.http.segments import rule as rules

KINDS = {"rule": pb.Segment.KIND_RULE, "list": pb.Segment.KIND_LIST, "exclusion": pb.Segment.KIND_EXCLUSION}
FIELDS = ("display_name", "description", "conflict", "rule")


@dataclass
class Draft:
    """A segment as its form holds it."""

    form: forms.Form
    kind: str
    root: tree.Node
    segment: pb.Segment | None = None


async def draw_new(request: Request) -> Response:
    kind = request.query_params.get("kind", "rule")
    return await form_page(request, Draft(forms.drawn(), kind if kind in KINDS else "rule", tree.begin()))


async def draw_edit(request: Request) -> Response:
    segment = await get(request)
    values = {"display_name": segment.display_name, "description": segment.description, "etag": segment.etag}
    return await form_page(request, draft_of(request, forms.drawn(**values), segment))


def draft_of(request: Request, form: forms.Form, segment: pb.Segment) -> Draft:
    is_rule = segment.kind == pb.Segment.KIND_RULE
    root = rules.tree_of(segment.rule, reader_of(request)) if is_rule else tree.begin()
    return Draft(form, rules.name_in(KINDS, segment.kind), root, segment)


def read(form: FormData) -> tuple[forms.Form, tree.Node]:
    pairs = [(key, str(value)) for key, value in form.multi_items()]
    return forms.read(form), tree.read(pairs)


async def create(request: Request, form: FormData) -> Response:
    found, root = read(form)
    draft = Draft(found, found["kind"] if found["kind"] in KINDS else "rule", root)
    if (again := await redrawn(request, draft)) is not None:
        return again
    segment, writer = await segment_from(request, draft)
    if not found.wrong and writer.is_whole:
        try:
            wish = pb.CreateSegmentRequest(segment=segment, request_id=found["request"])
            made = await listing.stub(request).CreateSegment(wish)
            return RedirectResponse(f"/{made.name}", status_code=303)
        except (InvalidArgument, AlreadyExists) as error:
            refuse(draft, error, writer)
    return await form_page(request, draft)


async def save(request: Request, form: FormData) -> Response:
    found, root = read(form)
    kept = await get(request)
    draft = Draft(found, rules.name_in(KINDS, kept.kind), root, kept)
    if (again := await redrawn(request, draft)) is not None:
        return again
    segment, writer = await segment_from(request, draft)
    segment.name, segment.etag = kept.name, found["etag"]
    if not found.wrong and writer.is_whole:
        mask = FieldMask(paths=["display_name", "description", *(["rule"] if draft.kind == "rule" else [])])
        try:
            wish = pb.UpdateSegmentRequest(segment=segment, update_mask=mask, request_id=found["request"])
            await listing.stub(request).UpdateSegment(wish)
            return RedirectResponse(f"/{kept.name}", status_code=303)
        except Aborted:
            forms.changed_meanwhile(found, kept.etag)
        except (InvalidArgument, AlreadyExists) as error:
            refuse(draft, error, writer)
    return await form_page(request, draft)


async def redrawn(request: Request, draft: Draft) -> Response | None:
    """The form with a condition more or less, where a button asked for that; it is no attempt to save."""
    wish = draft.form["do"]
    if not wish:
        return None
    draft.form.wrong.clear()
    draft.root = tree.act(draft.root, wish)
    return await form_page(request, draft)


async def segment_from(request: Request, draft: Draft) -> tuple[pb.Segment, rules.Writer]:
    form = draft.form
    if not form["display_name"].strip():
        form.complain("display_name", _("Give it a name by which colleagues will know it."))
    segment = pb.Segment(
        display_name=form["display_name"].strip(),
        description=form["description"].strip(),
        kind=KINDS.get(draft.kind, pb.Segment.KIND_UNSPECIFIED),
    )
    writer = rules.Writer(await listing.known(request), reader_of(request))
    if draft.kind == "rule":
        segment.rule.CopyFrom(writer.write(draft.root))
    return segment, writer


def refuse(draft: Draft, error: DomainError, writer: rules.Writer) -> None:
    """What is wrong with the rule stands at its node, the rest at its field."""
    others = []
    for violation in getattr(error, "violations", ()):
        path = violation.field.removeprefix("segment.")
        if not tree.blame(draft.root, writer.paths, path, forms.sentence(violation.description)):
            others.append(violation)
    if isinstance(error, InvalidArgument) and error.violations and not others:
        return
    if isinstance(error, InvalidArgument):
        error.violations = tuple(others)
    forms.refuse(draft.form, error, FIELDS)


async def form_page(request: Request, draft: Draft) -> Response:
    is_wrong = draft.form.wrong or any(node.wrong for node in tree.walk(draft.root))
    known = await listing.known(request) if draft.kind == "rule" else rules.Known()
    if draft.segment is not None:
        known.segments.pop(draft.segment.name, None)  # a rule that is part of itself would be refused
    return page(
        request,
        "segments/form.html",
        status=400 if is_wrong and not draft.form["do"] else 200,
        form=draft.form,
        root=draft.root,
        kind=draft.kind,
        segment=draft.segment,
        known=known,
        rules=rules,
        tree=tree,
        wording=wording,
        deepest=tree.DEEPEST,
    )


# ---- the number beside it ----------------------------------------------------------------------------------------


async def preview(request: Request, form: FormData) -> Response:
    """POST /segments/preview: how many the rule as typed would hold, and the first ten."""
    _typed, root = read(form)
    writer = rules.Writer(await listing.known(request), reader_of(request))
    rule = writer.write(root)
    answer, trouble = None, "" if writer.is_whole else _("Finish the rule to see whom it holds.")
    if not trouble:
        try:
            answer = await listing.stub(request).PreviewSegment(pb.PreviewSegmentRequest(rule=rule))
        except InvalidArgument as error:
            trouble = first_words(error)
        except Unavailable:
            trouble = _("Counting takes longer than usual. Try again in a moment.")
    return page(request, "segments/preview.html", preview=answer, trouble=trouble)


def first_words(error: InvalidArgument) -> str:
    return forms.sentence(error.violations[0].description if error.violations else error.message)


async def get(request: Request) -> pb.Segment:
    found: pb.Segment = await listing.stub(request).GetSegment(pb.GetSegmentRequest(name=segment_of(request)))
    return found
