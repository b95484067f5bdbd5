"""How a service calls another one: with its own token, and where calls are encrypted with its certificate."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from chassis.auth import issue_token
from chassis.rpc.client import Channel, TokenSource, channel, token_file
from chassis.rpc.tls import Certificates

if TYPE_CHECKING:
    from chassis.config import Settings

LIFE = timedelta(hours=1)


def own_channel(settings: "Settings", service: str, *, token_source: TokenSource | None = None) -> Channel:
    """A channel of this service to another one, with its own token unless another is named."""
    source = token_source or own_token(settings)
    return channel(settings.target(service), token_source=source, certificates=Certificates.load(settings))


def own_token(settings: "Settings") -> TokenSource:
    """This service's own token: from `service_token_file`, else signed with the installation's development key.

    Its client is the service's name, so `sources/campaign` belongs to campaign alone.
    """
    if settings.service_token_file:
        return token_file(settings.service_token_path())
    return _Signed(settings)


class _Signed:
    """Signs a token, and a new one when half of its life is over."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._token, self._until = "", 0.0

    def __call__(self) -> str:
        if time.monotonic() >= self._until:
            service = self._settings.service
            self._token = issue_token(
                self._settings, subject=f"services/{service}", roles=["service"], client=service, ttl=LIFE
            )
            self._until = time.monotonic() + LIFE.total_seconds() / 2
        return self._token
