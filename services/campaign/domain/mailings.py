"""A whole mail compiled: subject, HTML and text, with its links numbered once and written per person.

The HTML's links are found when it is compiled; each becomes a place that is filled for a person with the page's own URL
or with one that is counted. Where no text is given, it is made from the HTML, as a template too, so that no HTML is
parsed for a person.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from typing import Any, NamedTuple

from tracking.addresses import freeze_url

from services.campaign.domain.errors import RenderFailedError
from services.campaign.domain.templates import Compiled, Problem, check, compile_template, position, refuse, render

FIELDS = ("subject_template", "html_template", "text_template")
LONGEST_URL = 1500  # bytes; a token that is longer is refused by mail programs
# Liquid in HTML is put aside while the HTML is read: `{% if a < b %}` would open a tag.
MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
ASIDE = re.compile("\ue000(\\d+)\ue001")
HREF = re.compile(r"""(\bhref\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
LINKS = re.compile(r"<!--.*?-->|<a\b[^>]*>", re.DOTALL | re.IGNORECASE)
BLANK = re.compile(r"[\s\x00-\x1f\x7f]")
BLOCKS = {
    "p",
    "div",
    "tr",
    "table",
    "ul",
    "ol",
    "section",
    "header",
    "footer",
    "article",
    "blockquote",
    "pre",
    "center",
}
TITLES = {"h1", "h2", "h3", "h4", "h5", "h6"}
HIDDEN = {"head", "style", "script", "title", "template"}


class Rendered(NamedTuple):
    """What one person reads; the subject is one line."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Mailing:
    """A mail ready for every person. `links` are the templates of the HTML's links, number 1 first."""

    subject: Compiled
    html: Compiled | None
    text: Compiled | None
    links: tuple[str, ...]
    urls_compiled: tuple[Compiled | None, ...]

    def urls(self, variables: Mapping[str, Any]) -> list[str]:
        """Where each link leads for one person, number 1 first; RenderFailedError if it cannot be signed."""
        return [
            link if compiled is None else _checked(render(compiled, variables).strip(), number)
            for number, (link, compiled) in enumerate(zip(self.links, self.urls_compiled, strict=True), 1)
        ]

    def render(self, variables: Mapping[str, Any], urls: Sequence[str], pixel: str = "") -> Rendered:
        """The mail for one person.

        `urls` has one for each link, the pages' own or counted ones; `pixel` is the URL of the image that is counted,
        "" for none. Raises RenderFailedError, which quotes no value.
        """
        known = {**variables, "links_": urls}
        subject = " ".join(render(self.subject, known).split())
        if not subject:
            raise RenderFailedError(field="subject_template", line=1, column=1, problem="EMPTY_SUBJECT")
        html = with_pixel(render(self.html, known), pixel) if self.html else ""
        text = tidy(render(self.text, known)) if self.text else ""
        return Rendered(subject, html, text)


class Source(NamedTuple):
    """What somebody writes; "" for a part that is not there."""

    subject: str
    html: str
    text: str = ""


def problems(source: Source) -> list[Problem]:
    """Everything that is wrong with a mail's templates, its links included."""
    found = [problem for field, text in zip(FIELDS, source, strict=True) for problem in check(field, text)]
    if found or not source.html:
        return found
    found = [problem for url, place in _hrefs(source.html) for problem in _link_problems(source.html, url, place)]
    if not found and not source.text:
        derived = check("text_template", text_of(source.html).replace("links_[", "contact.tags["))
        found = [Problem("html_template", 1, 1, "NO_TEXT", "no text can be made of it: write one")] if derived else []
    return found


def compile_mailing(source: Source) -> Mailing:
    """A mail out of templates that are good; TemplateInvalidError names line and column where they are not."""
    refuse(problems(source))
    html, links = numbered(source.html)
    text = source.text or text_of(source.html)
    return Mailing(
        subject=compile_template("subject_template", source.subject),
        html=compile_template("html_template", html) if html else None,
        text=compile_template("text_template", text) if text else None,
        links=tuple(links),
        urls_compiled=tuple(compile_template("text_template", link) if "{" in link else None for link in links),
    )


def links_of(html: str) -> list[str]:
    """The links of an HTML template in their order, number 1 first."""
    return numbered(html)[1]


def numbered(html: str) -> tuple[str, list[str]]:
    """The HTML with a place for each link, and the links as templates."""
    links: list[str] = []
    aside, kept = _put_aside(html)

    def place(found: re.Match[str]) -> str:
        url = _restore(_unquoted(found[2]), kept)
        if not is_link(url):
            return found[0]
        links.append(unescape(url))
        return f'{found[1]}"{{{{ links_[{len(links) - 1}] }}}}"'

    return _restore(_in_tags(aside, place), kept), links


def is_link(url: str) -> bool:
    """Whether it is counted: a page of the web, not an anchor, an address or the mail's own pages."""
    return unescape(url).strip().lower().startswith(("http://", "https://"))


def text_of(html: str) -> str:
    """A plain text template made from an HTML template: its Liquid stays as it is, its links follow their words."""
    aside, kept = _put_aside(html)
    reader = _Reader(kept)
    reader.feed(aside)
    reader.close()
    return tidy(_restore("".join(reader.parts), kept))


def with_pixel(html: str, pixel: str) -> str:
    """The HTML with the image that is counted at its end; "" leaves it as it is."""
    if not pixel:
        return html
    end = html.rfind("</body")
    end = html.rfind("</BODY") if end < 0 else end
    end = len(html) if end < 0 else end
    return f'{html[:end]}<img src="{escape(pixel)}" width="1" height="1" alt="">{html[end:]}'


def tidy(text: str) -> str:
    """Lines without blanks at their end, and never two empty ones in a row."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n" if lines.strip() else ""


class _Reader(HTMLParser):
    """Reads HTML into the lines that a person would see."""

    def __init__(self, kept: Sequence[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._kept = kept
        self._hidden = 0
        self._links = 0
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HIDDEN:
            self._hidden += 1
        elif tag == "a":
            self._open.append(self._target(dict(attrs).get("href") or ""))
        elif tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")
        elif tag in BLOCKS | TITLES | {"br", "li", "hr"}:
            self.parts.append({"br": "\n", "li": "\n- ", "hr": "\n----\n"}.get(tag, "\n\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a" and self._open:
            target = self._open.pop()
            self.parts.append(f" ( {target} )" if target else "")
        elif tag in BLOCKS | TITLES:
            self.parts.append("\n\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _target(self, href: str) -> str:
        url = _restore(href, self._kept)
        if is_link(url):
            self._links += 1
            return f"{{{{ links_[{self._links - 1}] }}}}"
        return url if url.startswith(("mailto:", "{{")) else ""


def _put_aside(html: str) -> tuple[str, list[str]]:
    kept: list[str] = []

    def put(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\ue000{len(kept) - 1}\ue001"

    return MARKUP.sub(put, html.replace("\ue000", "").replace("\ue001", "")), kept


def _restore(text: str, kept: Sequence[str]) -> str:
    return ASIDE.sub(lambda found: kept[int(found[1])], text)


def _in_tags(html: str, place: Any) -> str:
    """Replace each href of an `<a …>`; comments and other tags stay."""
    return LINKS.sub(lambda tag: _first_href(tag[0], place), html)


def _first_href(tag: str, place: Any) -> str:
    return tag if tag.startswith("<!--") else HREF.sub(place, tag, count=1)


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] in {'"', "'"} else value


def _hrefs(html: str) -> list[tuple[str, int]]:
    return [(url, max(html.find(url), html.find(escape(url, quote=False)))) for url in links_of(html)]


def _link_problems(html: str, url: str, place: int) -> list[Problem]:
    where = position(html, place)
    if len(url.encode(errors="replace")) > LONGEST_URL:
        return [Problem("html_template", *where, "URL_TOO_LONG", f"a link has more than {LONGEST_URL} bytes")]
    if re.search(r"\s", MARKUP.sub("", url.strip())):
        return [Problem("html_template", *where, "URL_INVALID", "a link holds a blank")]
    if "{" in url and check("text_template", url):
        return [
            Problem("html_template", *where, "LINK_IN_LOOP", "a link reads what only a loop or a block around it knows")
        ]
    return []


def _checked(url: str, number: int) -> str:
    try:
        if BLANK.search(url) is None:
            return freeze_url(url)
    except ValueError:
        pass
    raise RenderFailedError(field="html_template", line=0, column=0, problem="URL_INVALID", link=number)
