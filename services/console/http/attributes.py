"""Which attributes people may have: a list of the registered ones, and a form for one."""

from collections.abc import Iterable, Sequence

from chassis.enums import constant
from chassis.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument
from google.protobuf.field_mask_pb2 import FieldMask
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http import forms
from services.console.http.guard import gateways
from services.console.http.language import _, sayings
from services.console.http.render import page, reader_of

MOST = 1_000
TYPES = sayings(
    {
        "TYPE_STRING": "Text",
        "TYPE_NUMBER": "Number",
        "TYPE_BOOLEAN": "Yes or no",
        "TYPE_DATE": "Day",
        "TYPE_TIMESTAMP": "Day and time",
        "TYPE_CHOICE": "One of some choices",
        "TYPE_MULTI_CHOICE": "Some of some choices",
        "TYPE_URL": "Web address",
    }
)
CLASSES = sayings(
    {
        "DATA_CLASS_PERSONAL": "Personal: masked for other teams",
        "DATA_CLASS_NOT_PERSONAL": "Not personal: shown to every colleague",
    }
)
FIELDS = ("attribute", "display_name", "description", "type", "choices", "data_class")
CHANGED = ("display_name", "description", "choices", "data_class", "archived")


async def list_definitions(request: Request) -> Sequence[pb.AttributeDefinition]:
    """All that are registered, by name."""
    answer = await gateways(request).contact.ListAttributeDefinitions(
        pb.ListAttributeDefinitionsRequest(page_size=MOST)
    )
    found: Sequence[pb.AttributeDefinition] = answer.attribute_definitions
    return found


def titled(definitions: Iterable[pb.AttributeDefinition]) -> dict[str, str]:
    """What people call each registered attribute, by its id."""
    return {one.name.rpartition("/")[2]: one.display_name for one in definitions}


async def show_list(request: Request) -> Response:
    found = await list_definitions(request)
    told = [(one, type_words(one), class_words(one)) for one in found]
    return page(request, "attributes/list.html", at=reader_of(request), definitions=told)


async def draw_new(request: Request) -> Response:
    form = forms.drawn(type="TYPE_STRING", data_class="DATA_CLASS_PERSONAL")
    return form_page(request, form, None)


async def create(request: Request, form: FormData) -> Response:
    found = forms.read(form, longest=50_000)
    wish = pb.CreateAttributeDefinitionRequest(
        attribute_definition=said(found),
        attribute_definition_id=found["attribute"].strip(),
        request_id=found["request"],
    )
    if found["type"] not in TYPES:
        found.complain("type", _("Choose what its values are."))
    if not found.wrong:
        try:
            await gateways(request).contact.CreateAttributeDefinition(wish)
            return RedirectResponse("/attributes", status_code=303)
        except AlreadyExists:
            found.complain("attribute", _("An attribute of this name is registered."))
        except (InvalidArgument, FailedPrecondition) as error:
            refuse(found, error)
    return form_page(request, found, None)


async def draw_edit(request: Request) -> Response:
    known = await get(request)
    form = forms.drawn(
        etag=known.etag,
        display_name=known.display_name,
        description=known.description,
        choices="\n".join(known.choices),
        data_class=constant(pb.AttributeDefinition.DataClass.DESCRIPTOR, known.data_class),
        archived="1" if known.archived else "",
    )
    return form_page(request, form, known)


async def save(request: Request, form: FormData) -> Response:
    known, found = await get(request), forms.read(form, longest=50_000)
    told = said(found)
    told.name, told.etag, told.type = known.name, found["etag"], known.type
    wish = pb.UpdateAttributeDefinitionRequest(
        attribute_definition=told, update_mask=FieldMask(paths=CHANGED), request_id=found["request"]
    )
    if not found.wrong:
        try:
            await gateways(request).contact.UpdateAttributeDefinition(wish)
            return RedirectResponse("/attributes", status_code=303)
        except Aborted:
            forms.changed_meanwhile(found, (await get(request)).etag)
        except (InvalidArgument, FailedPrecondition) as error:
            refuse(found, error)
    return form_page(request, found, known)


def refuse(form: forms.Form, error: InvalidArgument | FailedPrecondition) -> None:
    """Put what the service refuses beside its field; the name is `attribute_definition_id` there."""
    if isinstance(error, InvalidArgument) and any(each.field == "attribute_definition_id" for each in error.violations):
        form.complain(
            "attribute", _("A lower-case letter, then lower-case letters, digits and underscores, 60 at most.")
        )
        return
    forms.refuse(form, error, FIELDS)


def said(form: forms.Form) -> pb.AttributeDefinition:
    """The definition that a form says; one choice a line."""
    return pb.AttributeDefinition(
        display_name=form["display_name"].strip(),
        description=form["description"].strip(),
        type=form["type"] if form["type"] in TYPES else None,
        choices=[line.strip() for line in form["choices"].split("\n") if line.strip()],
        data_class=form["data_class"] if form["data_class"] in CLASSES else None,
        archived=form["archived"] == "1",
    )


async def get(request: Request) -> pb.AttributeDefinition:
    attribute = request.path_params["attribute"]
    if not attribute.isascii() or len(attribute) > 60:
        raise HTTPException(404)
    wish = pb.GetAttributeDefinitionRequest(name=f"attributeDefinitions/{attribute}")
    found: pb.AttributeDefinition = await gateways(request).contact.GetAttributeDefinition(wish)
    return found


def form_page(request: Request, form: forms.Form, known: pb.AttributeDefinition | None) -> Response:
    return page(
        request,
        "attributes/form.html",
        status=form.status,
        form=form,
        known=known,
        attribute=known.name.rpartition("/")[2] if known else "",
        type=type_words(known) if known else "",
        has_choices=known is None or bool(known.choices),
        types=TYPES,
        classes=CLASSES,
    )


def type_words(one: pb.AttributeDefinition) -> str:
    return TYPES.get(constant(pb.AttributeDefinition.Type.DESCRIPTOR, one.type), "")


def class_words(one: pb.AttributeDefinition) -> str:
    return CLASSES.get(constant(pb.AttributeDefinition.DataClass.DESCRIPTOR, one.data_class), "").partition(":")[0]
