"""Hostile mail in a frame, refusals in a form, and the sum of a ledger: no service needed."""

import pytest
from chassis.errors import AlreadyExists, InvalidArgument, Violation
from starlette.datastructures import FormData
from touchline.campaign.v1 import campaign_pb2 as pb

from services.campaign.domain.sends import Reason
from services.console.http import forms, frames
from services.console.http.campaigns import numbers, wording

ID = "0191e0a4-0000-7000-8000-000000000000"


def test_a_framed_mail_runs_no_script_and_reaches_nothing_of_ours():
    headers = frames.framed("<script>alert(1)</script>").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    sandbox = policy.rpartition("sandbox ")[2]
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox
    assert "frame-ancestors 'self'" in policy
    assert headers["referrer-policy"] == "no-referrer"


def test_pictures_come_from_nowhere_unless_an_origin_is_named():
    assert "img-src data:;" in frames.framed("x").headers["content-security-policy"]
    named = frames.framed("x", images="http://edge.example:8081").headers["content-security-policy"]
    assert "img-src data: http://edge.example:8081;" in named


@pytest.mark.parametrize(
    "html", ["<p>x</p>", "<!DOCTYPE html><p>x</p>", "<html><HEAD lang=en><title>x</title></HEAD>", "", "<head"]
)
def test_links_of_a_mail_open_beside_the_console(html):
    found = frames.with_head(html)
    assert '<base target="_blank">' in found
    assert found.lower().startswith(("<!doctype", "<html"))


def test_a_text_is_text_and_its_addresses_can_be_followed():
    body = frames.framed_text(
        "<b>Hi</b> https://a.example/u/x?y=1&z=2. javascript:alert(1) https://b.example/\"onx='"
    ).body
    text = body.decode()
    assert "&lt;b&gt;Hi" in text
    assert 'href="https://a.example/u/x?y=1&amp;z=2"' in text
    assert 'href="javascript' not in text
    assert 'href="https://b.example/"' in text


def test_a_refusal_stands_at_the_field_that_it_names():
    form = forms.Form()
    error = InvalidArgument(
        violations=[Violation("campaign.display_name", "is too long"), Violation("campaign.brand", "is too long")]
    )
    forms.refuse(form, error, ("display_name",))
    assert form.wrong == {"display_name": "Is too long.", "form": "campaign.brand: Is too long."}
    assert form.status == 400


def test_a_name_that_is_taken_is_said_at_the_name():
    form = forms.refuse(forms.Form(), AlreadyExists(), ("display_name",))
    assert form.wrong == {"display_name": "Another one has this name."}


def test_a_form_without_its_id_is_not_sent_on():
    assert forms.read(FormData([("request", "1")])).wrong["form"] == forms.OLD_FORM
    assert forms.read(FormData([("request", ID)])).wrong == {}


def test_a_form_is_drawn_with_an_id_of_its_own_each_time():
    assert forms.is_id(forms.drawn()["request"])
    assert forms.drawn()["request"] != forms.drawn()["request"]


def test_after_somebody_elses_change_the_text_stays_and_the_etag_is_theirs():
    form = forms.Form({"text": "mine", "etag": "old", "request": ID})
    again = forms.changed_meanwhile(form, "new")
    assert (again["text"], again["etag"]) == ("mine", "new")
    assert again["request"] != ID
    assert "Somebody else changed this" in again.wrong["conflict"]


def test_the_addends_of_the_sum_hold_every_state_of_the_ledger_once():
    states = [state for key in numbers.ADDENDS for state in numbers.STATES[key]]
    known = [name.removeprefix("STATE_") for name, value in pb.Send.State.items() if value]
    assert sorted(states) == sorted(known)
    assert set(numbers.LABELS) == {"planned", "delivered", "bounced", *numbers.ADDENDS}


def test_every_number_and_reason_leads_to_its_list():
    activity = "campaigns/c/activities/a"
    line = pb.SendCounts.Line(state=pb.Send.STATE_SUPPRESSED, reason="SAME_ADDRESS", count=1200)
    counts = pb.SendCounts(planned=5000, suppressed=1200, lines=[line])
    one = numbers.of(counts, activity, "suppressed")
    assert (one.text, one.href) == ("1,200", "/campaigns/c/sends?of=suppressed&activity=a")
    [why] = numbers.reasons(counts, activity)
    assert why.href == "/campaigns/c/sends?of=suppressed&activity=a&reason=SAME_ADDRESS"
    assert numbers.of(counts, "campaigns/c", "planned").href == "/campaigns/c/sends?of=planned"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (pb.SendCounts(), ""),
        (pb.SendCounts(in_flight=5), ""),
        (pb.SendCounts(in_flight=5, rate_per_second=24.4), "24 a second"),
        (pb.SendCounts(in_flight=5, rate_per_second=0.5), "30 a minute"),
        (pb.SendCounts(in_flight=5, rate_per_second=2, eta={"seconds": 200}), "2 a second, about 3 minutes to go"),
    ],
)
def test_rate_and_time_to_go_are_said_while_something_moves(counts, words):
    assert numbers.pace(counts) == words


def test_what_is_held_is_not_counted_as_decided():
    assert numbers.share(pb.SendCounts(planned=10, handed_over=4, held=4, in_flight=2)) == 400
    assert numbers.share(pb.SendCounts()) == 0


def test_every_reason_of_the_ledger_has_words_of_its_own():
    assert {reason.value for reason in Reason} <= set(wording.REASONS)
    assert "not known here yet" in wording.reason(Reason.NOT_KNOWN_YET)


def test_a_reason_that_no_page_knows_is_read_aloud_as_it_is():
    assert wording.reason("TOO_FULL_OF_EELS") == "too full of eels"
