"""The rule builder without a service: the form's tree, what its buttons do, and the message that it says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.console.http.language import reading
from services.console.http.segments import rule as rules
from services.console.http.segments import tree, wording
from services.console.http.segments.reasons import reason
from services.console.http.times import Reader

AT = Reader("Europe/Prague", datetime(2027, 3, 1, 9, 0, tzinfo=UTC))
KNOWN = rules.Known(
    contact={
        name: pb.SegmentAttribute(attribute=name, types=[kind], operators=operators)
        for name, kind, operators in (
            ("stage", pb.ATTRIBUTE_TYPE_TEXT, [pb.OPERATOR_EQUALS, pb.OPERATOR_CONTAINS, pb.OPERATOR_IS_SET]),
            ("attributes.seats", pb.ATTRIBUTE_TYPE_NUMBER, [pb.OPERATOR_AT_LEAST, pb.OPERATOR_LESS_THAN]),
            ("attributes.vip", pb.ATTRIBUTE_TYPE_BOOLEAN, [pb.OPERATOR_EQUALS]),
            ("attributes.renewal", pb.ATTRIBUTE_TYPE_TIME, [pb.OPERATOR_AT_LEAST, pb.OPERATOR_WITHIN_NEXT]),
        )
    },
    account={"industry": pb.SegmentAttribute(attribute="industry", types=[1], operators=[pb.OPERATOR_EQUALS])},
    touch_types=["email.clicked"],
    segments={"segments/a": "Old customers"},
)


def fields(*pairs: str) -> list[tuple[str, str]]:
    """`0.0:name=stage` as a browser sends it."""
    return [(key, value) for key, _, value in (pair.partition("=") for pair in pairs)]


ATTRIBUTE = ("0:kind=all", "0.0:kind=attribute", "0.0:name=stage", "0.0:operator=equals", "0.0:values=customer, lead")


def written(*pairs: str) -> tuple[pb.Rule, tree.Node, rules.Writer]:
    root = tree.read(fields(*pairs))
    writer = rules.Writer(KNOWN, AT)
    return writer.write(root), root, writer


def test_a_form_says_a_rule():
    rule, _, writer = written(
        *ATTRIBUTE,
        "0.1:kind=none",
        "0.1.0:kind=touch",
        "0.1.0:types=email.clicked",
        "0.1.0:length=30",
        "0.1.0:unit=days",
        "0.1.1:kind=consent",
        "0.1.1:purpose=marketing",
        "0.1.1:topic=newsletter",
        "0.1.1:states=withdrawn",
        "0.1.1:states=denied",
    )
    assert writer.is_whole
    first, second = getattr(rule, "and").rules
    assert [value.string_value for value in first.attribute.values] == ["customer", "lead"]
    inner = getattr(getattr(second, "not").rule, "or").rules
    assert inner[0].touch.within.seconds == 30 * 86_400
    assert list(inner[1].consent.states) == [pb.ConsentCondition.STATE_WITHDRAWN, pb.ConsentCondition.STATE_DENIED]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (("0.0:values=",), "Say what to compare with"),
        (("0.0:name=",), "Choose what to look at"),
        (("0.0:name=attributes.seats", "0.0:operator=at_least", "0.0:values=many"), "no number"),
        (("0.0:name=attributes.vip", "0.0:values=perhaps"), "neither"),
        (("0.0:name=attributes.renewal", "0.0:operator=at_least", "0.0:values=soon"), "no day"),
        (("0.0:name=attributes.renewal", "0.0:operator=within_next", "0.0:length=0"), "whole number of days"),
        (("0.0:kind=touch",), "at least one kind of touch"),
        (("0.0:kind=segment",), "Choose a segment"),
        (("0.0:kind=consent",), "at least one state"),
        (("0.0:kind=any",), "Add a condition"),
    ],
)
def test_what_no_message_can_say_is_complained_about_at_its_node(extra, words):
    changed = {pair.partition("=")[0]: pair for pair in (*ATTRIBUTE, *extra)}
    _, root, writer = written(*changed.values())
    assert not writer.is_whole
    assert words in " ".join(root.parts[0].wrong)
    assert root.wrong == []


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("rule.and.rules[1].not.rule.or.rules[0].touch", "0.1.0"),
        ("rule.and.rules[1].not.rule.or.rules[1].segment.segment", "0.1.1"),
        ("rule.and.rules[0].attribute.values[0]", "0.0"),
        ("rule.and", "0"),
    ],
)
def test_what_the_service_refuses_stands_at_the_node_that_it_names(path, place):
    pairs = ("0.1:kind=none", "0.1.0:kind=touch", "0.1.1:kind=segment")
    _, root, writer = written(*ATTRIBUTE, *pairs)
    for node in tree.walk(root):
        node.wrong.clear()
    assert tree.blame(root, writer.paths, path, "Wrong.")
    assert [node.id for node in tree.walk(root) if node.wrong] == [place]
    assert not tree.blame(root, writer.paths, "display_name", "Wrong.")


@pytest.mark.parametrize(
    ("wish", "kinds"),
    [
        ("add 0 touch", ["all", "attribute", "touch"]),
        ("group 0 any", ["all", "attribute", "any", "attribute"]),
        ("remove 0.0", ["all"]),
        ("remove 0", ["all", "attribute"]),
        ("add 0.0 touch", ["all", "attribute"]),
        ("add 9 touch", ["all", "attribute"]),
        ("add 0 bomb", ["all", "attribute"]),
        ("draw", ["all", "attribute"]),
        ("", ["all", "attribute"]),
    ],
)
def test_a_button_changes_the_tree_or_nothing(wish, kinds):
    root = tree.act(tree.read(fields(*ATTRIBUTE)), wish)
    assert [node.kind for node in tree.walk(root)] == kinds


def test_what_was_typed_stays_when_the_tree_changes():
    root = tree.act(tree.read(fields(*ATTRIBUTE)), "add 0 segment")
    assert root.parts[0]["values"] == "customer, lead"


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        ["1:kind=all"],
        ["0:kind=bomb"],
        ["0.0:kind=attribute"],
        ["0:kind=all", "0.0.0:kind=attribute"],
        ["0:kind=attribute", "0.0:kind=attribute"],
        ["0:kind=all", "0.x:kind=all", "0.-1:kind=any", "0.²:kind=any", ":kind=all", "0..1:kind=all"],
    ],
)
def test_a_damaged_form_is_still_a_tree(pairs):
    root = tree.read(fields(*pairs))
    assert all(node.is_group or not node.parts for node in tree.walk(root))
    assert len(list(tree.walk(root))) <= 2


def test_a_tree_of_a_million_fields_is_cut():
    pairs = ["0:kind=all", *(f"0.{index}:kind=attribute" for index in range(5_000))]
    assert len(list(tree.walk(tree.read(fields(*pairs))))) <= tree.MOST_NODES


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=12)
VALUES = st.one_of(
    st.builds(lambda text: pb.Value(string_value=text), TEXTS),
)
WINDOWS = st.integers(1, 1_096 * 86_400)


def with_window(condition, seconds):
    condition.within.seconds = seconds
    return condition


LEAVES = st.one_of(
    st.builds(
        lambda values: pb.Rule(attribute=pb.AttributeCondition(attribute="stage", operator=1, values=values)),
        st.lists(VALUES, min_size=1, max_size=3),
    ),
    st.builds(
        lambda seconds: pb.Rule(
            attribute=with_window(pb.AttributeCondition(attribute="attributes.renewal", operator=8), seconds)
        ),
        WINDOWS,
    ),
    st.builds(
        lambda most, seconds: pb.Rule(
            touch=with_window(pb.TouchCondition(types=["email.clicked"], min_count=0, max_count=most), seconds)
        ),
        st.integers(0, 9),
        WINDOWS,
    ),
    st.builds(
        lambda products, amount, seconds: pb.Rule(
            purchase=with_window(
                pb.PurchaseCondition(products=products, min_amount_minor=amount, currency_code="JPY"), seconds
            )
        ),
        st.lists(st.sampled_from(["Mill", "Kiln, large", 'a "b"']), max_size=2),
        st.integers(1, 10**15),
        WINDOWS,
    ),
    st.builds(
        lambda states: pb.Rule(consent=pb.ConsentCondition(purpose=1, channel=1, topic="news", states=states)),
        st.lists(st.integers(1, 7), min_size=1, max_size=3, unique=True),
    ),
    st.just(pb.Rule(segment=pb.SegmentCondition(segment="segments/a"))),
    st.just(pb.Rule(everyone=pb.EveryContact())),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda found: pb.Rule(**{"and": pb.AllOf(rules=found)}), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda found: pb.Rule(**{"or": pb.AnyOf(rules=found)}), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda found: pb.Rule(**{"not": pb.NoneOf(rule=found)}), inner),
    ),
    max_leaves=8,
)


def as_fields(root: tree.Node) -> list[tuple[str, str]]:
    """What a browser would send of a drawn tree."""
    found = []
    for node in tree.walk(root):
        found.append((f"{node.id}:kind", node.kind))
        found += [(f"{node.id}:{name}", value) for name, values in node.values.items() for value in values]
    return found


@given(TREES)
def test_a_rule_drawn_and_sent_unchanged_is_the_same_rule(rule):
    whole = rule if rule.WhichOneof("node") in {"and", "or", "not"} else pb.Rule(**{"and": pb.AllOf(rules=[rule])})
    writer = rules.Writer(KNOWN, AT)
    assert writer.write(tree.read(as_fields(rules.tree_of(rule, AT)))) == whole
    assert writer.is_whole


@given(TREES)
def test_every_node_is_read_aloud_at_a_path_of_its_own(rule):
    def flat(line):
        return [line, *(one for part in line.parts for one in flat(part))]

    said = flat(wording.lines(rule, AT, {}))
    assert all(line.text for line in said)
    assert len({line.path for line in said}) == len(said)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (pb.Rule(touch=pb.TouchCondition(types=["email.clicked"])), "email.clicked: at least once"),
        (pb.Rule(touch=pb.TouchCondition(types=["a"], min_count=0, max_count=0)), "a: never"),
        (pb.Rule(touch=pb.TouchCondition(types=["a"], min_count=2, max_count=3)), "a: 2 to 3 times"),
        (
            pb.Rule(consent=pb.ConsentCondition(purpose=1, topic="news", states=[1])),
            "Consent to news by e-mail: opted in",
        ),
        (pb.Rule(purchase=pb.PurchaseCondition(max_count=0)), "Bought anything: never"),
        (
            pb.Rule(purchase=pb.PurchaseCondition(products=["Mill", "Kiln"], min_count=2, currency_code="CZK")),
            "Bought “Mill” or “Kiln”: at least 2 times, paid in CZK",
        ),
        (
            pb.Rule(
                purchase=with_window(pb.PurchaseCondition(min_amount_minor=50_001, currency_code="EUR"), 90 * 86_400)
            ),
            "Bought anything: for at least 500.01 EUR in the last 90 days",
        ),
        (pb.Rule(segment=pb.SegmentCondition(segment="segments/a")), "Is in “Old customers”"),
        (
            pb.Rule(
                account=pb.AccountCondition(attribute="industry", operator=1, values=[pb.Value(string_value="IT")])
            ),
            "Company’s industry is “IT”",
        ),
    ],
)
def test_a_condition_is_a_sentence(rule, words):
    assert wording.lines(rule, AT, KNOWN.segments).text == words


@pytest.mark.parametrize("text", ["a, b", '"a, b", c', "", " , ", 'say ""hi""', "a\nb"])
def test_values_survive_being_joined_and_split(text):
    assert rules.split(rules.join(rules.split(text))) == rules.split(text)


@pytest.mark.parametrize(
    ("told", "german"),
    [
        ("1 purchases count", "1 Kauf zählt"),
        ("2 purchases count, and enough was paid", "2 Käufe zählen, und es wurde genug bezahlt"),
        ("0 purchases count, and less was paid", "0 Käufe zählen, und es wurde weniger bezahlt"),
        ("1 touches count", "1 Berührung zählt"),
        ("2 of 3 are true", "2 von 3 treffen zu"),
        ("attributes.shoe_size is set and does not fit", "shoe size ist bekannt und passt nicht"),
        ("its addresses say GRANTED, WITHDRAWN", "die Adressen sagen: eingewilligt, widerrufen"),
        ("is not in segments/7", "ist nicht darin"),
    ],
)
def test_why_is_said_in_the_readers_language(told, german):
    with reading("de"):
        assert reason(told) == german


@pytest.mark.parametrize(
    ("amount", "currency", "found"),
    [
        ("500", "EUR", 50_000), ("19.99", "EUR", 1999), ("19.999", "EUR", None), ("1999", "JPY", 1999),
        ("0.5", "JPY", None), ("0", "EUR", None), ("-5", "EUR", None), ("NaN", "EUR", None), ("1e99", "EUR", None),
        ("1e999999999", "EUR", None), ("much", "EUR", None),
    ],
)  # fmt: skip
def test_an_amount_is_a_whole_number_of_the_currencys_smallest_unit(amount, currency, found):
    assert rules.smallest_units(amount, currency) == found


def test_an_amount_without_its_currency_is_said_at_the_node():
    _, root, writer = written("0:kind=all", "0.0:kind=purchase", "0.0:amount=500")
    assert not writer.is_whole
    assert "currency" in root.parts[0].wrong[0]
