"""Mail in a frame: somebody else's HTML, shown where no script runs and nothing of ours can be reached."""

import re

from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

# No script, no form, no own origin; links open a window of their own. The policy says it again, whoever frames it.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
PLAIN = Markup('<!doctype html><meta charset="utf-8"><title>Mail</title><pre style="{}">{}</pre>')
PLAIN_STYLE = "white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-sans-serif, system-ui, sans-serif"
ADDRESS = re.compile(r"(https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])")
# Mail is written for white paper. In front of any doctype these would put the frame into quirks mode: they go behind.
HEAD = '<base target="_blank"><meta name="color-scheme" content="light">'


def framed(html: str, *, images: str = "") -> HTMLResponse:
    """A mail's own HTML. `images` is the one origin beside data: URLs from which pictures may come."""
    return HTMLResponse(with_head(html), headers=policy(images))


def framed_text(text: str) -> HTMLResponse:
    """A mail's text; its web addresses can be followed."""
    return HTMLResponse(with_head(PLAIN.format(PLAIN_STYLE, linked(text))), headers=policy(""))


def linked(text: str) -> Markup:
    pieces = ADDRESS.split(text)  # text, address, text, …
    return Markup().join(
        Markup('<a href="{}" rel="noreferrer">{}</a>').format(piece, piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


def policy(images: str) -> dict[str, str]:
    source = f"img-src data: {images}".rstrip()
    return {
        "content-security-policy": (
            f"default-src 'none'; {source}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
            f"frame-ancestors 'self'; sandbox {SANDBOX}"
        ),
        "referrer-policy": "no-referrer",
    }


def with_head(html: str) -> str:
    """Links of the mail open beside the console: the base goes into the head, or where the head would begin."""
    low = html.lower()
    head = low.find("<head")
    if head >= 0 and (end := low.find(">", head)) >= 0:
        return html[: end + 1] + HEAD + html[end + 1 :]
    if low.lstrip().startswith("<!doctype") and (end := low.find(">")) >= 0:
        return html[: end + 1] + HEAD + html[end + 1 :]
    return "<!doctype html>" + HEAD + html
