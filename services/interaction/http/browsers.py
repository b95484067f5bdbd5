"""The cookie by which our pages know a browser again, and whose it is: hers whose link was followed in it last."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from tracking import Keyring, Token

COOKIE = "touchline_browser"
SECONDS = 395 * 24 * 3600  # 13 months


@dataclass(frozen=True)
class Cookies:
    """Gives browsers their cookies. Scripts of the site may read it: they say it with each page that is viewed."""

    keyring: Keyring
    domain: str
    is_https: bool

    def of(self, request: Request, token: Token) -> tuple[str, bool]:
        """The cookie that the browser has from now on, and whether that is a new one.

        It keeps the one that we gave it for the same recipient. Another's is never bound anew, so that what was done
        under it stays with whom it was.
        """
        held = request.cookies.get(COOKIE, "")
        if self.keyring.is_browser_of(held, token.recipient):
            return held, False
        return self.keyring.new_browser(token.recipient), True

    def put(self, answer: Response, cookie: str) -> None:
        """Let an answer set it, for another 13 months."""
        answer.set_cookie(
            COOKIE, cookie, max_age=SECONDS, domain=self.domain, secure=self.is_https, httponly=False, samesite="lax"
        )


def cookies(domain: str, edge_url: str, keyring: Keyring) -> Cookies | None:
    """None where no domain is set; raises ValueError when it is not the edge's own domain or one above it."""
    if not domain:
        return None
    parts = urlsplit(edge_url)
    host = parts.hostname or ""
    if host != domain and not ("." in domain and host.endswith(f".{domain}")):
        raise ValueError("the domain of the cookie is neither the edge's own nor one above it")
    return Cookies(keyring, domain, parts.scheme == "https")
