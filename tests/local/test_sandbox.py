"""The sandbox: a real server that keeps mails, shows them over HTTP, and refuses as servers in the world do."""

import http.client
import json
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from chassis.config import Settings

from deploy.local.children import free_port, http_status
from deploy.local.inbox import Inbox
from deploy.local.sandbox import Sandbox

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def sandbox_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    state = tmp_path_factory.mktemp("sandbox")
    return Settings(state=state, port_smtp=free_port(), port_inbox=free_port())


@pytest.fixture(scope="module")
def sandbox(sandbox_settings: Settings) -> Iterator[Sandbox]:
    running = Sandbox(sandbox_settings, sandbox_settings.state).start()
    yield running
    running.stop()


@pytest.fixture
def ask(sandbox: Sandbox, sandbox_settings: Settings) -> Ask:
    """One HTTP request to the inbox: its status and its JSON."""

    def ask(path: str, method: str = "GET", **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", sandbox_settings.port_inbox, timeout=10)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        status, body = answer.status, json.loads(answer.read())
        connection.close()
        return status, body

    ask("/mails", "DELETE")
    return ask


@pytest.fixture
def smtp(sandbox: Sandbox, sandbox_settings: Settings) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", sandbox_settings.port_smtp, timeout=10) as client:
        yield client


def mail(subject: str = "Žluťoučký kůň") -> EmailMessage:
    built = EmailMessage()
    built["From"], built["To"], built["Subject"] = "news@touchline.example", "Eva <eva@customer.example>", subject
    built.set_content("Hällo\n.\nend\n")
    built.add_alternative("<p>Grüße</p>\n", subtype="html")
    return built


def test_a_mail_is_shown_as_a_list_item_and_whole(smtp: smtplib.SMTP, ask: Ask) -> None:
    smtp.send_message(mail(), "bounces@touchline.example", ["eva@customer.example"])
    status, listed = ask("/mails")
    (item,) = listed["mails"]
    assert status == 200
    assert item["subject"] == "Žluťoučký kůň"
    assert item["recipients"] == ["eva@customer.example"]
    assert item["sender"] == "bounces@touchline.example"
    whole = ask(f"/mails/{item['id']}")[1]
    assert whole["html"].splitlines() == ["<p>Grüße</p>"]
    assert whole["text"].splitlines() == ["Hällo", ".", "end"]
    assert ["To", "Eva <eva@customer.example>"] in whole["headers"]
    assert whole["raw"].startswith("Return-Path: <bounces@touchline.example>\r\nDelivered-To: eva@customer.example\r\n")


def test_the_newest_come_first_page_by_page_and_can_be_searched(smtp: smtplib.SMTP, ask: Ask) -> None:
    for number in range(5):
        smtp.send_message(mail(f"Number {number}"), "b@touchline.example", [f"person{number}@customer.example"])
    subjects, token = [], ""
    while True:
        page = ask(f"/mails?page_size=2&page_token={token}")[1]
        assert len(page["mails"]) <= 2
        subjects += [item["subject"] for item in page["mails"]]
        token = page["next_page_token"]
        if not token:
            break
    assert subjects == [f"Number {number}" for number in (4, 3, 2, 1, 0)]
    found = ask("/mails?recipient=PERSON3@")[1]["mails"]
    assert [item["subject"] for item in found] == ["Number 3"]


def test_all_can_be_deleted(smtp: smtplib.SMTP, ask: Ask) -> None:
    smtp.send_message(mail())
    assert ask("/mails", "DELETE") == (200, {"deleted": 1})
    assert ask("/mails")[1]["mails"] == []


def test_what_is_not_there_is_404_and_a_foreign_host_is_refused(ask: Ask) -> None:
    assert ask("/mails/12")[0] == 404
    assert ask("/mails/none")[0] == 404
    assert ask("/mails?page_size=many")[0] == 400
    assert ask("/mails", Host="rebound.example:8026")[0] == 403


def test_a_mail_without_sense_is_still_shown(smtp: smtplib.SMTP, ask: Ask) -> None:
    smtp.sendmail(
        "b@touchline.example", ["eva@customer.example"], b"Content-Type: text/plain; charset=none\r\n\r\n\xff\xfe"
    )
    (item,) = ask("/mails")[1]["mails"]
    assert ask(f"/mails/{item['id']}")[0] == 200


@pytest.mark.parametrize(("local", "code"), [("bounce-hard", 550), ("bounce-soft", 452), ("greylist", 451)])
def test_some_addresses_are_refused_as_servers_do(smtp: smtplib.SMTP, ask: Ask, local: str, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        smtp.sendmail("b@touchline.example", [f"{local}@customer.example"], mail().as_bytes())
    assert refused.value.recipients[f"{local}@customer.example"][0] == code
    assert ask("/mails")[1]["mails"] == []


def test_another_is_refused_after_the_data_and_one_cut_off(smtp: smtplib.SMTP, ask: Ask) -> None:
    with pytest.raises(smtplib.SMTPDataError, match="554"):
        smtp.sendmail("b@touchline.example", ["spam@customer.example"], mail().as_bytes())
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.sendmail("b@touchline.example", ["cut@customer.example"], mail().as_bytes())
    assert [item["recipients"] for item in ask("/mails")[1]["mails"]] == [["cut@customer.example"]]


def test_only_the_newest_are_kept_and_found_again_after_a_restart(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, kept=3)
    for number in range(5):
        inbox.add(
            "b@touchline.example", [f"p{number}@customer.example", "second@customer.example"], b"Subject: x\r\n\r\n"
        )
    assert len(list(tmp_path.iterdir())) == 3
    entries, following = Inbox(tmp_path, kept=3).page()
    assert entries == inbox.page()[0]
    assert [entry.recipients for entry in entries] == [
        (f"p{number}@customer.example", "second@customer.example") for number in (4, 3, 2)
    ]
    assert following == 0


def test_it_ends_with_sigterm(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, port_smtp=free_port(), port_inbox=free_port())
    running = Sandbox(settings, tmp_path).start()
    assert running.process is not None
    running.process.terminate()
    try:
        assert running.process.wait(10) == 0
    except subprocess.TimeoutExpired:
        running.process.kill()
        raise
    assert http_status(settings.port_inbox, "/healthz") == 0
