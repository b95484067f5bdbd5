"""Whom a peer's certificate may speak for: an allow-list of methods by the SPIFFE id in it.

https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md: one URI in the subject alternative names. That our
authorities vouch for a certificate says that it is somebody's; only this list says what for.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import StringConstraints, TypeAdapter, ValidationError

from chassis.errors import PermissionDenied

if TYPE_CHECKING:
    from chassis.config import Settings

PEERS_FILE = Path(__file__).parents[3] / "deploy" / "peers.yaml"
SPIFFE = "spiffe://"
URIS = "peer_spiffe_id"


_Method = Annotated[str, StringConstraints(pattern=r"^[^.]+\.[^.]+$")]
_Table = TypeAdapter(dict[Literal["peers"], dict[str, list[_Method]]])


class PeerNotAllowedError(PermissionDenied):
    """The peer's certificate may not call this method; the table of peers has to name it."""

    reason = "PEER_NOT_ALLOWED"


class Peers:
    """Patterns of methods (`contact.CheckConsent`, `contact.*`) by SPIFFE id."""

    def __init__(self, table: Mapping[str, Iterable[str]]) -> None:
        self._table = {identity: tuple(patterns) for identity, patterns in table.items()}
        self.allows = lru_cache(maxsize=4096)(self._allows)

    @classmethod
    def load(cls, settings: "Settings") -> Self | None:
        """Our own services, and whom the settings add; None where calls are not encrypted. Raises ValueError."""
        if settings.tls_paths() is None:
            return None
        table: dict[str, list[str]] = {}
        for path in filter(None, (str(PEERS_FILE), settings.tls_peers_file)):
            for name, methods in read(Path(path)).items():
                table.setdefault(_identity(name, settings), []).extend(methods)
        return cls(table)

    def check(self, context: Any, method: str) -> None:
        """Refuse a call whose peer may not make it; `context` is grpc's, `method` <service>.<Method>."""
        identity = peer_of(context)
        if not self.allows(identity, method):
            raise PeerNotAllowedError(peer=identity or "a certificate without a SPIFFE id", method=method)

    def _allows(self, identity: str, method: str) -> bool:
        return any(fnmatchcase(method, pattern) for pattern in self._table.get(identity, ()))


def read(path: Path) -> dict[str, list[str]]:
    """The table of a file; raises ValueError that names what is wrong."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        return _Table.validate_python(told)["peers"]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " ".join(map(str, first["loc"])) or "the file"
        raise ValueError(f"{path}: {where}: {first['msg']}; a peer has a list of <service>.<Method>") from None


def peer_of(context: Any) -> str:
    """The SPIFFE id that the peer has shown; empty when its certificate has none, or more than one."""
    found = context.auth_context().get(URIS, ())
    return found[0].decode("utf-8", "replace") if len(found) == 1 else ""


def _identity(name: str, settings: "Settings") -> str:
    return name if name.startswith(SPIFFE) else settings.tls_identity.replace("{service}", name)
