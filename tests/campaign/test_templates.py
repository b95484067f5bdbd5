"""Templates: what is refused with its line and column, what is rendered, and what is made of links and text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign.domain import mailings, templates
from services.campaign.domain.errors import RenderFailedError, TemplateInvalidError
from services.campaign.domain.mailings import Source, compile_mailing

READER = {
    "contact": {
        "given_name": "<Mara> & Co",
        "family_name": "",
        "title": "Head of Clay",
        "tags": ["kiln", "glaze"],
        "attributes": {"plan": "gold", "seats": 7},
    },
    "account": {"display_name": "Kiln"},
    "sender": {"display_name": "The shop", "address": "news@shop.example"},
    "campaign": {"display_name": "Spring"},
    "unsubscribe_url": "https://edge.example/u/1",
    "preferences_url": "https://edge.example/p/1",
    "view": "mail",
}


@pytest.mark.parametrize(
    ("source", "line", "column", "reason"),
    [
        ("Hello\n {{ contact.secret }}", 2, 5, "UNKNOWN_VARIABLE"),
        ("{{ settings.database_url }}", 1, 4, "UNKNOWN_VARIABLE"),
        ("{{ contact.given_name.__class__ }}", 1, 4, "UNKNOWN_VARIABLE"),
        ("{{ contact }}", 1, 4, "UNKNOWN_VARIABLE"),
        ("{{ contact[view] }}", 1, 4, "UNKNOWN_VARIABLE"),
        ("{{ links_[0] }}", 1, 4, "UNKNOWN_VARIABLE"),
        ("a\n{% for x in contact.given_name %}{{ x }}{% endfor %}", 2, 4, "LOOP_OVER_NOTHING"),
        ("{% for x in (3..1) %}a{% endfor %}", 1, 4, "LOOP_OVER_NOTHING"),
        ("a\nb {% for x in %}{{ x }}{% endfor %}", 2, 3, "SYNTAX"),
        ("a\n  {% wipe %}", 2, 6, "SYNTAX"),
        ("{% include 'secrets' %}", 1, 4, "SYNTAX"),
        ("a {{ view", 1, 3, "SYNTAX"),
        ("x\n{% if view %} y", 2, 1, "SYNTAX"),
        ("{{ view | shout }}", 1, 11, "UNKNOWN_FILTER"),
        ("{{ view | safe }}", 1, 11, "UNKNOWN_FILTER"),
        ("x" * (512 * 1024 + 1), 1, 1, "TOO_LARGE"),
        ("a\x00b", 1, 2, "NOT_TEXT"),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(source, line, column, reason):
    (found, *_) = templates.check("html_template", source)
    assert (found.line, found.column, found.reason) == (line, column, reason)


def test_every_fault_of_every_part_is_told_at_once():
    source = Source("{{ contact.a }}", "{{ contact.b }} {{ contact.c }}", "{{ nothing }}")
    with pytest.raises(TemplateInvalidError) as refused:
        compile_mailing(source)
    assert [violation.field for violation in refused.value.violations] == [
        "activity.subject_template",
        "activity.html_template",
        "activity.html_template",
        "activity.text_template",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "{{ contact.given_name | upcase | truncate: 20 }}",
        "{% for tag in contact.tags %}{{ forloop.index }} {{ tag }}{% endfor %}",
        "{% assign words = contact.title | split: ' ' %}{% for word in words %}{{ word }}{% endfor %}",
        "{% for number in (1..3) %}{{ number }}{% endfor %}",
        "{{ contact.attributes.plan | default: 'none' }} {{ contact.attributes['plan'] }}",
        "{% if contact.title == '' %}a{% elsif account.domain %}b{% else %}c{% endif %}",
    ],
)
def test_what_a_mail_needs_is_allowed(source):
    assert templates.check("html_template", source) == []


def test_what_is_missing_for_a_person_is_an_error_with_its_place_and_without_values():
    compiled = templates.compile_template("text_template", "a\n {{ contact.attributes.city }}")
    with pytest.raises(RenderFailedError) as refused:
        templates.render(compiled, READER)
    assert refused.value.metadata == {
        "field": "text_template",
        "line": "2",
        "column": "5",
        "problem": "UNDEFINED",
    }


def test_a_default_stands_in_for_what_is_missing_or_empty():
    compiled = templates.compile_template(
        "text_template", "{{ contact.attributes.city | default: 'here' }} {{ contact.family_name | default: 'x' }}"
    )
    assert templates.render(compiled, READER) == "here x"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{% for a in (1..200000) %}x{% endfor %}", "TOO_MANY_LOOPS"),
        ("{% for a in (1..300) %}{% for b in (1..300) %}{{ b }}{% endfor %}{% endfor %}", "TOO_MANY_LOOPS"),
        ("{% assign big = 'xxxxxxxxxxxxxxxx' %}" + "{% assign big = big | append: big %}" * 20, "TOO_LARGE"),
    ],
)
def test_loops_and_output_have_a_limit(source, problem):
    compiled = templates.compile_template("text_template", source)
    with pytest.raises(RenderFailedError) as refused:
        templates.render(compiled, READER)
    assert refused.value.metadata["problem"] == problem


def test_values_are_escaped_in_html_and_not_in_text_and_a_subject_is_one_line():
    mailing = compile_mailing(Source("For\n{{ contact.given_name }}", "<b>{{ contact.given_name }}</b>", ""))
    rendered = mailing.render(READER, mailing.urls(READER))
    assert rendered.subject == "For <Mara> & Co"
    assert rendered.html == "<b>&lt;Mara&gt; &amp; Co</b>"
    assert rendered.text == "<Mara> & Co\n"


PIECES = (
    "{{ contact.title }}",
    "{% if view %}",
    "{% endif %}",
    "<a href='",
    "https://shop.example/",
    "{{ view }}",
    "'>",
)
LINKED = """<p><a href="https://shop.example/a?x=1&amp;y=2">one</a>
<a class=b href='https://shop.example/{{ contact.attributes.plan | url_encode }}'>two</a>
<!-- <a href="https://old.example">old</a> --><a href="#top">top</a> <a href="mailto:x@y.example">write</a>
<a href="{{ unsubscribe_url }}">leave</a></p></body>"""


def test_links_are_numbered_in_their_order_and_only_pages_of_the_web_are_counted():
    assert mailings.links_of(LINKED) == [
        "https://shop.example/a?x=1&y=2",
        "https://shop.example/{{ contact.attributes.plan | url_encode }}",
    ]
    mailing = compile_mailing(Source("s", LINKED))
    assert mailing.urls(READER) == ["https://shop.example/a?x=1&y=2", "https://shop.example/gold"]


def test_a_counted_mail_has_its_own_urls_and_a_pixel_and_an_uncounted_one_neither():
    mailing = compile_mailing(Source("s", LINKED))
    plain = mailing.render(READER, mailing.urls(READER))
    assert 'href="https://shop.example/a?x=1&amp;y=2"' in plain.html
    assert "<img" not in plain.html
    counted = mailing.render(
        READER, ["https://edge.example/c/1", "https://edge.example/c/2"], "https://edge.example/o/1"
    )
    assert "shop.example" not in counted.html + counted.text
    assert '<img src="https://edge.example/o/1"' in counted.html
    assert counted.html.index("<img") < counted.html.index("</body>")
    assert "one ( https://edge.example/c/1 )" in counted.text


def test_a_url_that_is_none_for_a_person_fails_for_her_alone():
    mailing = compile_mailing(Source("s", '<a href="https://shop.example/{{ contact.attributes.plan }}">x</a>'))
    broken = {**READER, "contact": {**READER["contact"], "attributes": {"plan": "a b\r\nX: y"}}}
    assert mailing.urls(READER) == ["https://shop.example/gold"]
    with pytest.raises(RenderFailedError) as refused:
        mailing.urls(broken)
    assert refused.value.metadata["problem"] == "URL_INVALID"
    signed = {**READER, "contact": {**READER["contact"], "attributes": {"plan": "größe"}}}
    assert mailing.urls(signed) == ["https://shop.example/gr%C3%B6%C3%9Fe"]


def test_a_link_that_reads_a_loops_own_variable_is_refused():
    html = "{% for tag in contact.tags %}\n<a href='https://shop.example/{{ tag }}'>x</a>{% endfor %}"
    (problem,) = mailings.problems(Source("s", html))
    assert (problem.field, problem.line, problem.reason) == ("html_template", 2, "LINK_IN_LOOP")


def test_the_text_is_made_from_the_html_when_there_is_none():
    html = "<head><title>t</title></head><h1>Big</h1><p>Dear   {{ contact.title }},</p><ul><li>a<li>b</ul>"
    mailing = compile_mailing(Source("s", html))
    assert mailing.render(READER, []).text == "Big\n\nDear Head of Clay,\n\n- a\n- b\n"
    written = compile_mailing(Source("s", html, "As I say it."))
    assert written.render(READER, []).text == "As I say it.\n"


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab <>\"'&{}%|.:/\n\x00é#-=") | st.characters(codec="utf-8"), max_size=60))
def test_any_value_stays_a_value_in_html(value):
    mailing = compile_mailing(Source("s", '<i title="{{ contact.title }}">{{ contact.title }}</i>'))
    html = mailing.render({**READER, "contact": {**READER["contact"], "title": value}}, []).html
    inside = html.removeprefix('<i title="').removesuffix("</i>")
    assert not set('<>"') & set(inside.replace('">', "", 1))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*"{}%| abif.:/'\"=<>\n", *PIECES]), max_size=30).map("".join))
def test_any_text_is_either_refused_with_a_place_or_can_be_compiled(source):
    found = mailings.problems(Source("s", source))
    lines = source.split("\n")
    for problem in found:
        assert 1 <= problem.line <= len(lines)
        assert problem.column >= 1
    if not found:
        compile_mailing(Source("s", source))


READS = (
    *("{{ contact.title }}", "{{contact.given_name}}", "{{- contact.attributes.plan -}}", "{{ links_[0] }}"),
    *("{{ contact.title | default: 'a <b> & c' }}", '{{ contact.attributes["plan"] | default: "" }}'),
    *("{{ contact.title | default: 7 }}", "{{ contact.title | default: 'x', allow_false: true }}"),
    *("{{ contact.title | upcase }}", "{{ contact.tags.first }}", "{{ contact.tags }}", "{{ contact.title.size }}"),
    *("{{ links_[3] }}", "{{ links_[-1] }}", "{{ contact.attributes.plan.deep | default: 'x' }}", "{{ 'lit <' }}"),
    *("{% if view %}y{% endif %}", "{% comment %}c{% endcomment %}", "{% raw %}{{ r }}{% endraw %}", "{{ view }}"),
    *("text", " \n", "\r\n", "é", "<&>", "\t  "),
)
VALUES = (
    st.text(st.sampled_from("ab <>\"'&\r\n\x00é") | st.characters(), max_size=12)
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.lists(st.text(max_size=3), max_size=2)
)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from(READS), max_size=8).map("".join),
    st.dictionaries(st.sampled_from(["title", "given_name"]), VALUES),
    st.dictionaries(st.just("plan"), VALUES | st.dictionaries(st.just("deep"), VALUES)),
    st.lists(VALUES, max_size=2),
    st.sampled_from(["html_template", "text_template"]),
)
def test_what_is_rendered_without_the_engine_is_what_the_engine_writes(source, contact, attributes, links, field):
    compiled = templates.compile_template(field, source)
    told = {"contact": {**contact, "attributes": attributes, "tags": ["a", "<"]}, "links_": links, "view": "mail"}
    if compiled.plain is None or (text := compiled.plain.render(told)) is None:
        return
    assert (type(text), text) == (str, compiled.template.render(told))


def test_a_plain_mail_needs_no_engine_and_one_with_a_tag_does():
    told = {**READER, "links_": ["https://edge.example/c/1"]}
    source = "{{ contact.given_name }} {{ contact.attributes.city | default: '<i>' }} {{ links_[0] }} {{ view }}"
    compiled = templates.compile_template("html_template", source)
    assert compiled.plain.render(told) == "&lt;Mara&gt; &amp; Co <i> https://edge.example/c/1 mail"
    assert templates.compile_template("html_template", source + "{% if view %}x{% endif %}").plain is None


@pytest.mark.parametrize("title", ["a\rb", "\ud800", "x" * 3_000_000, None, True, 1.5, ["a"], {}])
def test_what_is_unusual_is_left_to_the_engine(title):
    compiled = templates.compile_template("text_template", "{{ contact.title }}")
    assert compiled.plain.render({"contact": {"title": title}}) is None


def test_output_is_limited_without_the_engine_too():
    compiled = templates.compile_template("text_template", "{{ contact.title }}")
    with pytest.raises(RenderFailedError) as refused:
        templates.render(compiled, {"contact": {"title": "é" * 1_100_000}})
    assert refused.value.metadata["problem"] == "TOO_LARGE"
