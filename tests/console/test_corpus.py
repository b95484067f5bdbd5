"""What comes from outside, in every place of these pages: nothing runs, nothing breaks out of its line or cell."""

import csv
import html
import io
import re
import uuid
from html.parser import HTMLParser

import httpx
from google.protobuf.json_format import MessageToJson, Parse
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.console.edge import HOST, Visitor, link_to, topic_of, visitor
from tests.console.readers import Reader, fields
from tests.console.test_panel import crm_person, launch_token
from tests.flows.campaigns import until

CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    "</textarea><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}${7*7}#{7*7}",
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "line\r\nSet-Cookie: a=b\r\n\r\n<b>",
    "\u202eevil\u2066\u200b",
    "]]><!--",
    "%3Cscript%3E",
    "a" * 180,
    "\ud7ff\uffff\U0010ffff",
)
TEMPLATED = "{{ 7 * 7 }}"


class Live(HTMLParser):
    """Notes everything in a page that could run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag in {"img", "object", "embed", "style"} or (
            tag == "script" and not told.get("src", "").startswith("/static/")
        ):
            self.found.append(tag)
        self.found += [name for name in told if name.startswith("on") or name == "style"]
        self.found += [value for name, value in told.items() if name in {"href", "src", "action"} and ":" in value]


def live(page: str) -> list[str]:
    parser = Live()
    parser.feed(page)
    return parser.found


EVIL = " ".join(CORPUS)[:190]
KINDS = {
    "web.visited": ("title", "page", "url"),
    "email.replied": ("subject",),
    "task.created": ("title", "note"),
    "meeting.scheduled": ("subject", "start_time"),
    "email.bounced": ("reason",),
}


async def company(stage, person: str) -> tuple[str, str]:
    """A company and a deal of hers, called as nobody should be called."""
    account = contact_pb2.Account(display_name=EVIL, owner="users/jana")
    request = contact_pb2.CreateAccountRequest(account=account, request_id=str(uuid.uuid4()))
    made = await stage.contact.CreateAccount(request)
    parts = [contact_pb2.Deal.Participant(contact=person)]
    deal = contact_pb2.Deal(display_name=EVIL, account=made.name, participants=parts)
    request = contact_pb2.CreateDealRequest(deal=deal, request_id=str(uuid.uuid4()))
    return made.name, (await stage.contact.CreateDeal(request)).name


def touches_of(stage, person: str, account: str, deal: str) -> list[pb.Touch]:
    """Each text of the corpus in each place of some kinds of touches."""
    names = pb.Names(contact=EVIL, account=EVIL, deal=EVIL, campaign=EVIL, activity=EVIL, message=EVIL)
    found = []
    for text in CORPUS:
        for kind, keys in KINDS.items():
            said = dict.fromkeys(keys, text) | ({"assignee": "users/jana"} if kind == "task.created" else {})
            found.append(stage.touch(person, kind, names=names, deal=deal, account=account, attributes=said))
    return found


async def test_a_corpus_of_hostile_texts_runs_nowhere_and_breaks_no_page_file_or_message(stage, reader, address):
    person = await crm_person(stage, EVIL, "003-corpus")
    account, deal = await company(stage, person)
    touches = touches_of(stage, person, account, deal)
    await stage.record(*touches)
    who = await reader("jana")
    of_hers = [f"/{person}/{page}" for page in ("tasks", "summary", "wrong")]
    pages = {path: await who.read(path) for path in (f"/{account}", f"/{deal}", *of_hers, "/alerts", "/today")}
    assert {path: live(page) for path, page in pages.items() if live(page)} == {}
    assert TEMPLATED in html.unescape(pages["/today"])
    action = re.search(rf'action="(/{person}/tasks/[^"]+/end)"', pages["/today"])[1]
    assert fields(pages["/today"], action)["back"] == "today"
    shown = re.search(r"<textarea[^>]*>(.*?)</textarea>", pages[f"/{person}/summary"], re.DOTALL)[1]
    assert len(html.unescape(shown).strip().splitlines()) == 2
    async with httpx.AsyncClient(base_url=address, follow_redirects=True) as crm:
        panel = await crm.get("/embed/salesforce/003-corpus", params={"launch": launch_token("003-corpus")})
        assert (panel.status_code, live(panel.text), "set-cookie" in panel.headers) == (200, [], False)
    assert len(await table(who, person)) == 1 + len(touches)
    brief = await stage.interaction.GetTouchBrief(pb.GetTouchBriefRequest(name=f"{person}/touchBrief"))
    assert Parse(MessageToJson(brief), pb.TouchBrief()) == brief


async def table(who: Reader, person: str) -> list[list[str]]:
    """A timeline as CSV: every line has all its cells, and none begins as a formula does."""
    answer = await who.client.get(f"/{person}/timeline.csv?people=0")
    lines = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert {len(line) for line in lines} == {16}
    assert not [cell for line in lines for cell in line if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))]
    return lines


async def hostile_visits(ada: Visitor, mark: str) -> list[str]:
    """Each text of the corpus as link, marks, referrer, agent and topic, by real requests; the edge's own pages."""
    pages = []
    for text in CORPUS:
        await ada.follow([link_to(mark + text)], mark + text)
        pages += await ada.choose(topic_of(mark + text))
    await ada.follow([HOST])
    return pages


def outside(page: str, ada: Visitor) -> list[str]:
    """What could run in a page of the edge, but for its links to itself; it has one style, which is its own."""
    assert page.count("<style") == 1
    return [found for found in live(page) if not found.startswith(ada.system.settings.edge_url)]


async def test_what_a_hostile_link_and_browser_tell_the_edge_runs_nowhere_and_stands_in_no_log(
    system, stage, reader, address
):
    ada = await visitor(system, stage, await crm_person(stage, "Ada Edge", "003-edge"))
    person, mark = ada.contact, f"m{uuid.uuid4().hex[:6]}"
    assert {found for page in await hostile_visits(ada, mark) for found in outside(page, ada)} == {"style"}
    clicks = await ada.arrived(stage, "email.clicked", count=len(CORPUS) + 1)
    choices = await ada.arrived(stage, "consent.withdrawn", count=len(CORPUS))
    who = await reader("jana")
    views = [f"/{person}?people=0{view}" for view in ("", "&view=raw", "&view=campaign", "&channel=consent")]
    sides = [f"/{person}?people=0&touch={touch.thread}" for touch in clicks + choices]
    others = [f"/{person}/{page}" for page in ("summary", "record", "record/consent", f"threads/{clicks[0].thread}")]
    pages = {path: await who.read(path) for path in (*views, *sides, *others, "/today")}
    assert {path: live(page) for path, page in pages.items() if live(page)} == {}
    assert f"Withdrew consent: {mark}{TEMPLATED}" in html.unescape(pages[views[0]])
    await until(lambda: rang(who, mark))
    async with httpx.AsyncClient(base_url=address, follow_redirects=True) as crm:
        panel = await crm.get("/embed/salesforce/003-edge", params={"launch": launch_token("003-edge")})
        assert (panel.status_code, live(panel.text), "set-cookie" in panel.headers) == (200, [], False)
    assert len(await table(who, person)) == 1 + len(clicks) + len(choices)
    wish = pb.GetTimelineRequest(parent=person, page_size=200)
    told = await stage.interaction.GetTimeline(wish)
    assert Parse(MessageToJson(told), pb.GetTimelineResponse()) == told
    wish = pb.BatchGetTouchEvidenceRequest(names=[touch.name for touch in clicks])
    evidence = await stage.interaction.BatchGetTouchEvidence(wish)
    assert sum(mark in one.evidence.user_agent for one in evidence.touch_evidence) == len(CORPUS)
    assert Parse(MessageToJson(evidence), pb.BatchGetTouchEvidenceResponse()) == evidence
    kept = [*(system.state / "logs").glob("*.log"), *(system.state / "traces").iterdir()]
    assert [file.name for file in kept if mark.encode() in file.read_bytes()] == []


async def rang(who: Reader, mark: str) -> bool:
    """Her owner is told of a click, in a page in which nothing runs."""
    page = await who.read("/alerts")
    assert live(page) == []
    return f"Clicked kiln.example/{mark}" in page
