"""Rules over a real channel on real PostgreSQL: what is refused at which node, previews, streams, explanations."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from chassis.errors import FailedPrecondition, InvalidArgument, NotFound
from google.protobuf.duration_pb2 import Duration
from touchline.contact.v1 import contact_events_pb2 as events
from touchline.contact.v1.contact_pb2 import AttributeValue
from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.segmentation.domain.checks import DEEPEST, in_order, levels
from tests.segmentation.world import START, World, hear, stamp, touch_record

EQUALS = pb.OPERATOR_EQUALS
EVERYONE = pb.Rule(everyone=pb.EveryContact())


def text(name, *values, operator=EQUALS):
    values = [pb.Value(string_value=value) for value in values]
    return pb.Rule(attribute=pb.AttributeCondition(attribute=name, operator=operator, values=values))


def both(*below):
    return pb.Rule(**{"and": pb.AllOf(rules=below)})


def turned(rule):
    return pb.Rule(**{"not": pb.NoneOf(rule=rule)})


def inside(segment):
    return pb.Rule(segment=pb.SegmentCondition(segment=segment.name))


def clicks(days=1, **bounds):
    return pb.Rule(touch=pb.TouchCondition(types=["email.clicked"], within=Duration(seconds=days * 86400), **bounds))


def bought(days=0, **asked):
    condition = pb.PurchaseCondition(**asked)
    if days:
        condition.within.FromTimedelta(timedelta(days=days))
    return pb.Rule(purchase=condition)


def nested(depth):
    rule = EVERYONE
    for _ in range(depth - 1):
        rule = turned(rule)
    return rule


async def make(stub, rule, name="Rule"):
    return await stub.CreateSegment(pb.CreateSegmentRequest(segment=pb.Segment(display_name=name, rule=rule)))


@pytest.mark.parametrize(
    ("rule", "field", "words"),
    [
        (text("stag", "lead"), "rule.attribute.attribute", "near it are stage"),
        (both(EVERYONE, turned(text("contry", "DE"))), "rule.and.rules[1].not.rule.attribute.attribute", "country"),
        (text("stage"), "rule.attribute.values", "0 values"),
        (text("stage", "2", operator=pb.OPERATOR_AT_LEAST), "rule.attribute.operator", "EQUALS"),
        (
            pb.Rule(
                attribute=pb.AttributeCondition(attribute="stage", operator=EQUALS, values=[pb.Value(integer_value=2)])
            ),
            "rule.attribute.values[0]",
            "not of type TEXT",
        ),
        (both(), "rule.and.rules", "everyone"),
        (clicks(0), "rule.touch.within", "1 second"),
        (clicks(9999), "rule.touch.within", "1096 days"),
        (clicks(min_count=3, max_count=2), "rule.touch.max_count", "less than"),
        (pb.Rule(touch=pb.TouchCondition(types=["Clicked!"])), "rule.touch.types[0]", "no touch type"),
        (pb.Rule(touch=pb.TouchCondition()), "rule.touch.types", "0 types"),
        (bought(products=["Mill", ""]), "rule.purchase.products[1]", "is empty"),
        (bought(products=["Mill"] * 51), "rule.purchase.products", "50 are the most"),
        (bought(min_amount_minor=500), "rule.purchase.currency_code", "several currencies are not added"),
        (bought(min_amount_minor=500, currency_code="eur"), "rule.purchase.currency_code", "such as EUR"),
        (bought(min_amount_minor=0, currency_code="EUR"), "rule.purchase.min_amount_minor", "between 1 and"),
        (bought(min_count=2, max_count=1), "rule.purchase.max_count", "less than"),
        (bought(days=9999), "rule.purchase.within", "1096 days"),
        (nested(11), "rule" + ".not.rule" * 10 + ".everyone", "deeper than 10"),
        (both(*[EVERYONE] * 100), "rule", "101 nodes"),
        (pb.Rule(consent=pb.ConsentCondition(purpose="PURPOSE_MARKETING")), "rule.consent.states", "no state"),
        (
            pb.Rule(segment=pb.SegmentCondition(segment="segments/0190a1b2-0000-7000-8000-000000000009")),
            "rule.segment.segment",
            "no segment that is known",
        ),
    ],
)
async def test_a_wrong_node_is_named_by_its_path(marketer, rule, field, words):
    with pytest.raises(InvalidArgument) as refused:
        await marketer.PreviewSegment(pb.PreviewSegmentRequest(rule=rule))
    assert refused.value.reason == "RULE_INVALID"
    assert [violation.field for violation in refused.value.violations] == [field]
    assert words in refused.value.violations[0].description


async def test_every_wrong_node_is_named_at_once(marketer):
    with pytest.raises(InvalidArgument) as refused:
        await make(marketer, both(text("stag", "a"), clicks(0)))
    fields = [violation.field for violation in refused.value.violations]
    assert fields == ["segment.rule.and.rules[0].attribute.attribute", "segment.rule.and.rules[1].touch.within"]


async def test_ten_levels_are_taken(marketer):
    answer = await marketer.PreviewSegment(pb.PreviewSegmentRequest(rule=nested(10)))
    assert answer.member_count == 0


async def test_a_rule_cannot_become_part_of_itself(marketer):
    first = await make(marketer, EVERYONE, "First")
    second = await make(marketer, inside(first), "Second")
    ring = pb.Segment(name=first.name, rule=turned(inside(second)))
    with pytest.raises(InvalidArgument) as refused:
        await marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=ring))
    assert refused.value.violations[0].field == "segment.rule.not.rule.segment.segment"
    with pytest.raises(FailedPrecondition) as used:
        await marketer.DeleteSegment(pb.DeleteSegmentRequest(name=first.name))
    assert (used.value.reason, used.value.metadata["segment"]) == ("SEGMENT_IN_USE", second.name)


async def chain(stub, length, name):
    """So many segments, each in the one behind it; gives the first and the last."""
    first = last = await make(stub, EVERYONE, f"{name} 1")
    for number in range(1, length):
        last = await make(stub, inside(last), f"{name} {number + 1}")
    return first, last


async def test_a_chain_of_segments_has_at_most_ten_levels(marketer):
    first, last = await chain(marketer, 10, "Link")
    with pytest.raises(InvalidArgument) as refused:
        await make(marketer, both(inside(first), turned(inside(last))), "Eleventh")
    (violation,) = refused.value.violations
    assert (violation.field, violation.reason) == ("segment.rule.and.rules[1].not.rule.segment.segment", "TOO_DEEP")
    with pytest.raises(InvalidArgument) as unseen:
        await marketer.PreviewSegment(pb.PreviewSegmentRequest(rule=inside(last)))
    assert unseen.value.violations[0].reason == "TOO_DEEP"


async def test_a_segment_that_others_name_gets_no_rule_that_makes_their_chain_too_deep(marketer):
    (low, _), (_, fourth), (_, fifth) = [await chain(marketer, size, f"Chain of {size}") for size in (6, 4, 5)]

    def deepen(by):
        changed = pb.Segment(name=low.name, rule=inside(by))
        return marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=changed))

    with pytest.raises(InvalidArgument) as refused:
        await deepen(fifth)
    (violation,) = refused.value.violations
    assert (violation.field, violation.reason) == ("segment.rule.segment.segment", "TOO_DEEP")
    assert (await deepen(fourth)).rule_version == 2


def test_a_chain_of_before_is_still_put_in_order_however_long():
    ids = [UUID(int=number) for number in range(3000, 0, -1)]
    graph = {ids[0]: frozenset[UUID](), **{one: frozenset((under,)) for under, one in pairwise(ids)}}
    assert in_order(graph) == ids
    ring = {ids[0]: frozenset((ids[1],)), ids[1]: frozenset((ids[0],)), ids[2]: frozenset(ids[:2])}
    assert set(in_order(ring)[:2]) == set(ids[:2])
    assert levels(ids[-1], graph) == levels(ids[0], ring) == DEEPEST + 1


async def test_nobody_is_put_into_a_rule_by_hand_and_a_list_has_no_rule(marketer):
    made = await make(marketer, EVERYONE)
    assert (made.kind, made.state, made.rule) == (pb.Segment.KIND_RULE, pb.Segment.STATE_BUILDING, EVERYONE)
    someone = f"contacts/{World(1).contacts[0]}"
    with pytest.raises(FailedPrecondition) as refused:
        await marketer.AddMembers(pb.AddMembersRequest(name=made.name, contacts=[someone]))
    assert refused.value.reason == "SEGMENT_IS_RULE"
    for kind, rule in (("KIND_LIST", EVERYONE), ("KIND_RULE", None)):
        segment = pb.Segment(display_name="Other", kind=kind, rule=rule)
        with pytest.raises(InvalidArgument):
            await marketer.CreateSegment(pb.CreateSegmentRequest(segment=segment))


async def test_a_preview_counts_and_names_the_first_ten(marketer, world):
    answer = await marketer.PreviewSegment(pb.PreviewSegmentRequest(rule=EVERYONE))
    assert answer.member_count == answer.contact_count > 10 - 1
    assert len(answer.samples) == min(10, answer.member_count)
    assert all(sample.display_name for sample in answer.samples)


async def test_a_rule_builder_learns_what_can_be_asked(marketer, world):
    answer = await marketer.ListSegmentAttributes(pb.ListSegmentAttributesRequest())
    found = {each.attribute: each for each in answer.contact_attributes}
    assert list(found["stage"].types) == [pb.ATTRIBUTE_TYPE_TEXT]
    assert pb.OPERATOR_WITHIN_LAST in found["attributes.renewal"].operators
    assert len(found["attributes.mixed"].types) > 1
    assert list(found["attributes.born"].types) == [pb.ATTRIBUTE_TYPE_TIME]
    assert list(found["attributes.likes"].types) == [pb.ATTRIBUTE_TYPE_WORDS]
    first = await marketer.ListSegmentAttributes(pb.ListSegmentAttributesRequest(page_size=5))
    rest = await marketer.ListSegmentAttributes(pb.ListSegmentAttributesRequest(page_token=first.next_page_token))
    assert [*first.contact_attributes, *rest.contact_attributes] == list(answer.contact_attributes)


async def test_members_are_streamed_once_they_are_known(segmentation, marketer, world, settle):
    made = await make(marketer, EVERYONE)
    service = await segmentation.stub("service")
    request = pb.StreamMembersRequest(segment=made.name)
    with pytest.raises(FailedPrecondition) as refused:
        await anext(aiter(service.StreamMembers(request)))
    assert refused.value.reason == "SEGMENT_BUILDING"
    await settle()
    found = [name async for answer in service.StreamMembers(request) for name in answer.contacts]
    assert found == sorted(found)
    assert len(found) == (await marketer.GetSegment(pb.GetSegmentRequest(name=made.name))).member_count > 5
    request.after_contact = found[4]
    assert [name async for answer in service.StreamMembers(request) for name in answer.contacts] == found[5:]


async def test_why_she_is_in_it_names_the_touch_and_when_it_ends(segmentation, marketer, world, settle):
    made = await make(marketer, both(EVERYONE, clicks(days=2)))
    contact = f"contacts/{world.contacts[3]}"
    record = touch_record(world, world.contacts[3], "email.clicked", START)
    async with segmentation.database.connection() as conn:
        await hear(conn, [record])
    await settle()
    request = pb.ExplainMembershipRequest(segment=made.name, contact=contact, at_time=stamp(START))
    answer = await marketer.ExplainMembership(request)
    assert answer.is_member
    assert [node.path for node in answer.nodes] == ["rule.and", "rule.and.rules[0].everyone", "rule.and.rules[1].touch"]
    assert (answer.nodes[2].touch_count, len(answer.nodes[2].touches)) == (1, 1)
    assert answer.nodes[2].next_change_time == stamp(START + timedelta(days=2))
    request.at_time.CopyFrom(stamp(START + timedelta(days=2)))
    assert not (await marketer.ExplainMembership(request)).is_member
    with pytest.raises(NotFound):
        await marketer.ExplainMembership(pb.ExplainMembershipRequest(segment=f"segments/{uuid4()}", contact=contact))


async def test_what_she_bought_counts_by_product_and_in_one_currency_alone(segmentation, marketer, world, settle):
    ada, bea, cyd, dan = world.contacts[:4]
    said = [
        (ada, "Mill", 30_000, "EUR", 1), (ada, "Mill", 25_000, "EUR", 5), (ada, "Kiln", 90_000, "CZK", 5),
        (bea, "Mill", 60_000, "EUR", 100), (cyd, "Mill", 60_000, "EUR", 2), (cyd, "Mill", -20_000, "EUR", 1),
    ]  # fmt: skip
    alive = [world.contact(contact, "ACTIVE") for contact in (ada, bea, cyd, dan)]
    now = datetime.now(UTC)
    records = [world.purchase(*each[:4], now - timedelta(days=each[4])) for each in said]
    async with segmentation.database.connection() as conn:
        await conn.execute("DELETE FROM purchase")
        await hear(conn, alive + records + records)
    asked = {
        "twice": (bought(products=["Mill"], min_count=2), {ada}),
        "a lot of euros lately": (bought(days=90, min_amount_minor=50_001, currency_code="EUR"), {ada}),
        "a lot of euros ever": (bought(min_amount_minor=50_001, currency_code="EUR"), {ada, bea}),
        "crowns are no euros": (bought(min_amount_minor=90_001, currency_code="EUR"), set()),
        "counts in crowns": (bought(currency_code="CZK"), {ada}),
        "anything": (bought(), {ada, bea, cyd}),
        "money back is no purchase": (bought(products=["Mill"], max_count=1, min_count=1), {bea, cyd}),
        "never": (bought(max_count=0), {dan}),
    }
    four = {f"contacts/{each}" for each in (ada, bea, cyd, dan)}
    for name, (rule, wanted) in asked.items():
        made = await make(marketer, rule, name)
        await settle()
        rows = await marketer.ListMembers(pb.ListMembersRequest(parent=made.name, page_size=1000))
        inside = {one.contact for one in rows.members} & four
        assert inside == {f"contacts/{each}" for each in wanted}, name
        assert (await marketer.GetSegment(pb.GetSegmentRequest(name=made.name))).rule == rule


async def test_why_says_how_many_purchases_count_and_not_what_was_paid(segmentation, marketer, world, settle):
    ada = world.contacts[0]
    async with segmentation.database.connection() as conn:
        said = [world.contact(ada, "ACTIVE"), world.purchase(ada, "Mill", 77_777, "EUR", START)]
        await hear(conn, said)
    made = await make(marketer, bought(days=2, products=["Mill"], min_amount_minor=99_999, currency_code="EUR"))
    await settle()
    request = pb.ExplainMembershipRequest(segment=made.name, contact=f"contacts/{ada}", at_time=stamp(START))
    (node,) = (await marketer.ExplainMembership(request)).nodes
    assert (node.is_true, node.reason) == (False, "1 purchases count, and less was paid")
    assert node.next_change_time == stamp(START + timedelta(days=2))
    assert "77777" not in str(node)


async def test_a_new_rule_takes_over_when_it_is_filled_and_tells_only_the_difference(
    segmentation, marketer, world, settle
):
    made = await make(marketer, EVERYONE)
    await settle()
    before = len(await segmentation.outbox())
    lead = pb.Segment(name=made.name, rule=text("stage", "lead", "customer", "Leader"))
    changed = await marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=lead))
    everyone = (await marketer.GetSegment(pb.GetSegmentRequest(name=made.name))).member_count
    assert (changed.state, changed.rule_version, changed.active_rule_version) == (pb.Segment.STATE_BUILDING, 2, 1)
    flips = await settle()
    ready = await marketer.GetSegment(pb.GetSegmentRequest(name=made.name))
    assert (ready.state, ready.active_rule_version) == (pb.Segment.STATE_READY, 2)
    assert 0 < ready.member_count < everyone
    assert flips == everyone - ready.member_count == len(await segmentation.outbox()) - before - 1


async def test_a_list_moves_the_rules_that_name_it(marketer, world, settle):
    chosen = await marketer.CreateSegment(pb.CreateSegmentRequest(segment=pb.Segment(display_name="Chosen")))
    rest = await make(marketer, turned(inside(chosen)), "The rest")
    await settle()
    before = (await marketer.GetSegment(pb.GetSegmentRequest(name=rest.name))).member_count
    members = await marketer.ListMembers(pb.ListMembersRequest(parent=rest.name))
    names = [member.contact for member in members.members[:2]]
    await marketer.AddMembers(pb.AddMembersRequest(name=chosen.name, contacts=names))
    await asyncio.gather(settle())
    assert (await marketer.GetSegment(pb.GetSegmentRequest(name=rest.name))).member_count == before - 2


async def test_two_who_write_rules_at_once_make_no_ring_together(marketer):
    first, second = await make(marketer, EVERYONE, "First"), await make(marketer, EVERYONE, "Second")

    def naming(segment, other):
        changed = pb.Segment(name=segment.name, rule=inside(other))
        return marketer.UpdateSegment(pb.UpdateSegmentRequest(segment=changed))

    outcomes = await asyncio.gather(naming(first, second), naming(second, first), return_exceptions=True)
    assert sorted(isinstance(outcome, pb.Segment) for outcome in outcomes) == [False, True]
    (refused,) = [outcome for outcome in outcomes if not isinstance(outcome, pb.Segment)]
    assert isinstance(refused, InvalidArgument)
    assert refused.violations[0].reason == "CYCLE"


async def test_a_registered_attribute_can_be_asked_about_before_anybody_has_it(segmentation, marketer, world):
    plan = events.AttributeDefinitionChanged(
        attribute_definition="attributeDefinitions/budget", revision=1, display_name="Budget", type="TYPE_NUMBER"
    )
    before = await marketer.ListSegmentAttributes(pb.ListSegmentAttributesRequest())
    assert "attributes.budget" not in {each.attribute for each in before.contact_attributes}
    async with segmentation.database.connection() as conn:
        await hear(conn, [world.record(attribute_definition_changed=plan)] * 2)
    answer = await marketer.ListSegmentAttributes(pb.ListSegmentAttributesRequest())
    (found,) = [each for each in answer.contact_attributes if each.attribute == "attributes.budget"]
    assert list(found.types) == [pb.ATTRIBUTE_TYPE_NUMBER]
    asked = pb.AttributeCondition(
        attribute=found.attribute, operator="OPERATOR_AT_LEAST", values=[pb.Value(number_value=5)]
    )
    answer = await marketer.PreviewSegment(pb.PreviewSegmentRequest(rule=pb.Rule(attribute=asked)))
    assert (answer.member_count, answer.contact_count > 0) == (0, True)


async def test_one_is_not_yes_so_a_change_from_one_to_yes_moves_somebody(segmentation, marketer, settle, world):
    asked = pb.AttributeCondition(attribute="attributes.mixed", operator="OPERATOR_EQUALS")
    asked.values.add(integer_value=1)
    made = await make(marketer, pb.Rule(attribute=asked))
    changed = {"contact": f"contacts/{world.contacts[0]}", "state": "STATE_ACTIVE", "create_time": stamp(START)}
    counts = []
    for value in (AttributeValue(integer_value=1), AttributeValue(boolean_value=True)):
        told = {"revision": world.next(world.contacts[0]), "attributes": {"mixed": value}}
        async with segmentation.database.connection() as conn:
            await hear(conn, [world.record(contact_changed=events.ContactChanged(**changed, **told))])
        await settle()
        counts.append((await marketer.GetSegment(pb.GetSegmentRequest(name=made.name))).member_count)
    assert counts[0] == counts[1] + 1
