"""Who sees which personal field in which answer: the policy of docs/permissions.md and the protos, written by hand.

SHOWN, MASKED (dots stand in its place), ABSENT (the answer has no such value), or why the call is refused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chassis.masking import DOTS
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from tests.house.permissions import methods

SHOWN, MASKED, ABSENT = "shown", "masked", "absent"
REFUSED, NOT_FOUND, ALIKE = "PERMISSION_MISSING", "NOT_FOUND", "as where teams are seen masked"
# What a message holds: its fields, each with what the own team, administrators and services see, and what others see.
NAME, SECRET, FACT, NONE = (SHOWN, SHOWN), (SHOWN, MASKED), (SHOWN, ABSENT), (ABSENT, ABSENT)
Fields = dict[str, tuple[str, str]]
CONTACT: Fields = {
    "display_name": NAME, "given_name": NAME, "family_name": NAME, "identifiers.value": SECRET, "attributes": SECRET,
    "restriction.reason": SECRET, "legal_hold.reason": SECRET,
}  # fmt: skip
TOUCH: Fields = {
    "identifier.value": SECRET, "names.contact": NAME, "names.message": SECRET,
    # Evidence is not read with its touch: it lies apart, for exports of a person, and goes after 30 days.
    "evidence.ip": (ABSENT, ABSENT), "evidence.user_agent": (ABSENT, ABSENT), "evidence.body": (ABSENT, ABSENT),
}  # fmt: skip
LINK: Fields = {"evidence": SECRET, "identifier_value": SECRET}
CONSENT: Fields = {"address.value": SECRET, "evidence": SECRET}
SEND: Fields = {"display_name": NAME, "address": SECRET, "reply_text": SECRET}
WRITTEN: Fields = {"subject": SECRET, "html": SECRET, "text": SECRET}


@dataclass(frozen=True)
class Answer:
    """What one method answers about somebody, and how it answers about another team's where teams are hidden."""

    fields: Fields
    hidden: str = NOT_FOUND  # or MASKED or ABSENT, for each field, or ALIKE
    others: str = ""  # how it refuses who sees the contact masked; empty: by each field
    colleagues: str = ""  # how it refuses everybody but herself and administrators


def below(prefix: str, fields: Fields) -> Fields:
    return {f"{prefix}.{name}": seen for name, seen in fields.items()}


# By the method's name, with what is asked where one method is asked two things.
EXPECTED: dict[str, Answer] = {
    "GetContact": Answer(CONTACT),
    "BatchGetContacts": Answer(below("contacts", CONTACT)),
    "ListContacts": Answer(below("contacts", CONTACT), hidden=ABSENT),
    "RevealContact": Answer(dict.fromkeys(CONTACT, (SHOWN, SHOWN))),
    "PreviewMerge": Answer(
        below("contact", CONTACT)
        | below("duplicate", CONTACT)
        | below("result", CONTACT)
        | {"result.identifiers.value": (ABSENT, ABSENT)},
        others="CONTACT_MASKED",
    ),
    "ListDuplicateCandidates": Answer(
        {f"duplicate_candidates.{one}_display_name": FACT for one in ("contact", "duplicate")}, hidden=ABSENT
    ),
    "ListContactChanges": Answer(
        {f"contact_changes.fields.{one}": SECRET for one in ("before", "after")}
        | {"contact_changes.other_display_name": NAME}
    ),
    "ListIdentityLinks": Answer(below("identity_links", LINK)),
    "ListPurchases": Answer({
        "purchases.product": SECRET, "purchases.amount_minor": FACT, "purchases.source_purchase_id": SECRET,
    }),
    "ListConsentEvents": Answer(below("consent_events", CONSENT)),
    "ListConsentFindings": Answer(below("consent_events", CONSENT), hidden=ABSENT),
    "GetOptIn": Answer(CONSENT),
    # Where teams are hidden her address stands there as one does that nobody is known to hold.
    "ListSuppressions": Answer({"suppressions.address.value": SECRET}, hidden=MASKED),
    # A company is nobody's in person: it is there for every team, and its addresses are shown as its people's are.
    "GetAccount": Answer({"role_addresses.address.value": SECRET}, hidden=MASKED),
    "ListAccounts": Answer({"accounts.role_addresses.address.value": (ABSENT, ABSENT)}, hidden=ABSENT),
    # For administrators alone, and for services: see permissions.md.
    "ListAuditEntries": Answer({"audit_entries.reason": SECRET}),
    "SnapshotLinks": Answer({"identity_links.evidence": SECRET, "identity_links.identifier_value": SECRET}),
    "SnapshotContacts": Answer({
        **{f"entries.{one}_name": NAME for one in ("display", "given", "family")}, "entries.attributes": SECRET,
    }),
    "SnapshotEvents": Answer({"events": SECRET}),
    "ReadTouches": Answer(below("touches", TOUCH)),
    "PreviewSegment": Answer({"samples.display_name": NAME}, hidden=ABSENT),
    "DryRunCampaign": Answer(
        {"activities.people.display_name": NAME, "activities.people.address": SECRET}, hidden=ABSENT
    ),
    "PreviewActivity": Answer(WRITTEN | {"headers.value": SECRET}),
    "GetSend": Answer(SEND),
    "ListSends": Answer(below("sends", SEND), hidden=ABSENT),
    "ExplainSend": Answer(below("explanations.send", SEND)),
    "GetOutlook": Answer({"coming_mails.subject": SECRET}),
    "GetSentMail": Answer(WRITTEN),
    "GetTouch": Answer(TOUCH),
    "BatchGetTouches": Answer(below("touches", TOUCH)),
    "BatchGetTouchEvidence": Answer(
        {f"touch_evidence.evidence.{one}": SECRET for one in ("user_agent", "body")}
        | {"touch_evidence.evidence.ip": (ABSENT, ABSENT)}  # no mark fits into an address; test_audit.py reads it
    ),
    "GetTimeline": Answer(
        below("threads.touches", TOUCH) | below("header.last_human_response", TOUCH) | below("header.last_call", TOUCH)
    ),
    "GetTimeline of her account": Answer(below("threads.touches", TOUCH)),
    "ListThreadTouches": Answer(below("touches", TOUCH)),
    "WatchTimeline": Answer(below("touch", TOUCH)),
    "GetTouchBrief": Answer({"display_name": NAME} | below("past", TOUCH) | below("open_items.touch", TOUCH)),
    "ListContactActivities": Answer(
        {"contact_activities.display_name": NAME} | below("contact_activities.touch", TOUCH), hidden=ABSENT
    ),
    "ListTasks": Answer({"tasks.display_name": NAME}, hidden=ABSENT),
    "BatchGetEngagements": Answer(below("engagements.last_response", TOUCH)),
    "ListDealTouches": Answer(below("touches", TOUCH), hidden=ABSENT),
    "GetPins": Answer(below("pins.touch", TOUCH)),
    "ListAlerts": Answer(
        {"alerts.display_name": NAME} | below("alerts.touch", TOUCH), colleagues="ALERTS_NOT_YOURS"
    ),
    "GetAlertSettings": Answer({"address": SECRET}, colleagues="ALERTS_NOT_YOURS"),
    # Nobody's: nobody is of the team of nobody.
    "ListUnlinkedTouches": Answer(below("touches", TOUCH), hidden=ABSENT),
}  # fmt: skip


# What a method that writes answers about what it has just written; tests/flows/writing.py asks them.
OWN_SIDE = "CONTACT_MASKED"  # what somebody sees masked they do not change
LAID: Fields = CONTACT | {"restriction.reason": NONE, "legal_hold.reason": NONE}
LINKED = Answer(LINK, others=OWN_SIDE)
EXCLUDED = Answer(LINK | {"identifier_value": NONE}, others=OWN_SIDE)
NO_DESK = Answer({"role_addresses.address.value": NONE}, hidden=ALIKE)  # these are read with the account
OF_ADDRESS = Answer(CONSENT, hidden=ALIKE)  # an address of another team's is as one of nobody's
WRITING: dict[str, Answer] = {
    # Whoever makes a contact of another team's has it answered as that team's is shown to others.
    "CreateContact": Answer(LAID, hidden=ALIKE),
    "UpdateContact": Answer(CONTACT),
    "DeleteContact": Answer(CONTACT | {"identifiers.value": NONE}),
    "UndeleteContact": Answer(CONTACT),
    "RestrictContact": Answer(CONTACT, others=OWN_SIDE),
    "LiftRestriction": Answer(CONTACT | {"restriction.reason": NONE}, others=OWN_SIDE),
    "HoldContact": Answer(CONTACT, others=OWN_SIDE),
    "ReleaseContact": Answer(CONTACT | {"legal_hold.reason": NONE}, others=OWN_SIDE),
    **dict.fromkeys(
        ("AddIdentifier", "EndIdentifier", "RetractIdentifier", "ShareIdentifier", "VerifyIdentifier"), LINKED
    ),
    **dict.fromkeys(("ExcludeTouch", "IncludeTouch"), EXCLUDED),
    **dict.fromkeys(("MergeContacts", "UnmergeContact"), Answer(CONTACT, others=OWN_SIDE)),
    "DismissDuplicateCandidate": Answer(
        dict.fromkeys(("contact_display_name", "duplicate_display_name"), NAME), others=NOT_FOUND
    ),
    "PlaceContactChange": Answer(
        {"fields.before": SECRET, "fields.after": SECRET, "other_display_name": NAME}, others=OWN_SIDE
    ),
    **dict.fromkeys(("CreateAccount", "UpdateAccount", "DeleteAccount"), NO_DESK),
    "RecordConsent": OF_ADDRESS,
    "RequestOptIn": OF_ADDRESS,
    "ConfirmOptIn": OF_ADDRESS,
    "SuppressAddress": Answer({"address.value": SECRET}, hidden=ALIKE),
    "LiftSuppression": Answer({"address.value": SECRET}, hidden=ALIKE, others="ADDRESS_MASKED"),
    "TestActivity": Answer({"results.address": NAME}),  # where the caller wants the mail to go
    "ReportDelivery": Answer(SEND),
    "SettleSend": Answer(SEND),
    **dict.fromkeys(
        ("UpdateAlertSettings", "MarkAlertsSeen"), Answer({"address": SECRET}, colleagues="ALERTS_NOT_YOURS")
    ),
    **dict.fromkeys(("PinTouch", "UnpinTouch"), Answer(below("pins.touch", TOUCH))),
}  # fmt: skip


def answering() -> dict[str, MethodDescriptor]:
    """The methods whose answers have personal fields, by name."""
    return {name: one for (_, name), one in methods().items() if any(personal(one.output_type))}


def personal(kind: Descriptor, prefix: str = "", above: frozenset[str] = frozenset()) -> Iterator[str]:
    """The path of each field that has the option `pii`."""
    option = descriptor_pool.Default().FindExtensionByName("touchline.options.v1.pii")
    for field in kind.fields:
        if field.GetOptions().Extensions[option]:
            yield f"{prefix}{field.name}"
        elif field.message_type is not None and field.message_type.full_name not in above:
            yield from personal(field.message_type, f"{prefix}{field.name}.", above | {kind.full_name})


def seen(answers: Iterable[Message], path: str, mark: str) -> str:
    """What answers show at a path, of somebody in whose values this mark stands."""
    values = [value for answer in answers for value in _values(answer, path.split("."))]
    if any(_shows(value, mark) for value in values):
        return SHOWN
    return MASKED if any(DOTS in str(value) for value in values) else ABSENT


def _shows(value: Any, mark: str) -> bool:
    if isinstance(value, bytes):
        return mark.encode() in value
    return value != 0 if isinstance(value, int) else mark in str(value)


def _values(message: Message, path: list[str]) -> Iterator[Any]:
    """What stands at a path: texts, numbers, bytes; of a map its values."""
    field = message.DESCRIPTOR.fields_by_name[path[0]]
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        yield from value.values()
    elif field.message_type is not None:
        for part in _parts(message, field):
            yield from _values(part, path[1:])
    elif field.is_repeated:
        yield from value
    else:
        yield value


def _parts(message: Message, field: FieldDescriptor) -> list[Message]:
    if field.is_repeated:
        return list(getattr(message, field.name))
    return [getattr(message, field.name)] if message.HasField(field.name) else []
