"""Envelopes of the recorded stream: what came is passed on as it came, and only where all of it was written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction.domain.writing import Known, judge
from services.interaction.events.encoding import Envelope, recorded
from services.interaction.gateways import FLUSH_TOUCHES, Parcel, envelope
from services.interaction.usecases import microseconds, moment

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_US = microseconds(NOW)


def said(**fields: object) -> IntakeTouch:
    told = {"touch_id": uuid4().bytes, "subject": uuid4().bytes, "thread": uuid4().bytes, "type": "a", "source": "b"}
    return IntakeTouch(**told | fields)  # type: ignore[arg-type]


def came(touches: Sequence[IntakeTouch], partition: int = 0) -> tuple[Envelope, Sequence[IntakeTouch]]:
    value = envelope([Parcel(partition, one.subject, one.SerializeToString()) for one in touches])
    return Envelope(partition, len(touches), value), TouchBatch.FromString(value).touches


def told(*envelopes: tuple[Envelope, Sequence[IntakeTouch]], known: Known | None = None) -> list[TouchBatch]:
    """What goes on when these envelopes came, each batch with the packed subjects of its touches."""
    judged = judge([(one, touch) for one, touches in envelopes for touch in touches], known or Known(), moment)
    found = [TouchBatch.FromString(event.data) for event in recorded(judged.rows, NOW, NOW_US)]
    for batch in found:
        assert batch.subjects == b"".join(touch.subject for touch in batch.touches)
        assert batch.recorded_us == NOW_US
    return found


def test_envelopes_of_which_everything_is_new_go_on_as_one_byte_for_byte():
    first, second = came([said() for _ in range(3)]), came([said(), said(attributes_json=b"{}")])
    judged = judge([(one, touch) for one, touches in (first, second) for touch in touches], Known(), moment)
    (event,) = recorded(judged.rows, NOW, NOW_US)
    (batch,) = told(first, second)
    assert list(batch.touches) == [*first[1], *second[1]]
    for one, touches in (first, second):
        packed = TouchBatch(subjects=b"".join(touch.subject for touch in touches)).SerializeToString()
        assert one.value.removeprefix(packed) in event.data


def test_of_an_envelope_that_repeats_a_touch_only_what_is_new_goes_on():
    once = said()
    (batch,) = told(came([once, said()]), came([said(), once, said()]))
    assert len(batch.touches) == 4
    assert [touch.touch_id for touch in batch.touches].count(once.touch_id) == 1


def test_evidence_never_goes_on_with_an_envelope():
    hidden = said(raw=b"an address", source="c")
    (batch,) = told(came([said(), hidden]))
    hidden.ClearField("raw")
    assert batch.touches[1] == hidden


def test_a_correction_goes_on_in_the_thread_of_what_it_corrects():
    original = said(thread_us=7)
    late = said(subject=original.subject, correction_of=original.subject + original.touch_id)
    (batch,) = told(came([original]), came([late]))
    assert (batch.touches[1].thread, batch.touches[1].thread_us) == (original.thread, 7)


def test_a_contact_that_was_erased_goes_on_with_nothing():
    contact = uuid4().bytes
    (batch,) = told(came([said(contact=contact)]), known=Known(erased={(bytes(16), contact): 0}))
    assert batch.touches[0].contact == b""


def test_an_envelope_that_does_not_begin_with_its_subjects_is_written_anew():
    one = said()
    value = TouchBatch(touches=[one]).SerializeToString() + TouchBatch(subjects=one.subject).SerializeToString()
    (batch,) = told((Envelope(0, 1, value), [one]))
    assert list(batch.touches) == [one]


def test_two_full_envelopes_of_the_door_go_on_as_one_and_each_partition_has_its_own():
    envelopes = [came([said() for _ in range(FLUSH_TOUCHES)]) for _ in range(3)]
    found = told(*envelopes, came([said()], partition=1))
    assert [len(batch.touches) for batch in found] == [2 * FLUSH_TOUCHES, FLUSH_TOUCHES, 1]
    rows = judge([(one, touch) for one, touches in envelopes for touch in touches], Known(), moment).rows
    recorded(rows, NOW, NOW_US)
    assert [row.back for row in rows] == [1] * (2 * FLUSH_TOUCHES) + [0] * FLUSH_TOUCHES
