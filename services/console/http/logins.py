"""How somebody is logged in: by a click where the installation is for development, else by the OIDC provider's word."""

import asyncio
import hashlib
import time
from dataclasses import replace
from typing import Protocol

from chassis import telemetry
from chassis.calls import Caller

from services.console.gateways.provider import Granted, LogInRefusedError, Provider, ProviderAwayError
from services.console.http.launch import Launch, LaunchKeys
from services.console.http.session import PANEL_LIFETIME, Held, Session
from services.console.http.users import User, Users

LOG = telemetry.logger(__name__)
RANK = ("admin", "marketer", "rep", "approver", "analyst")  # of several roles the first is the one that is shown
KEPT_SECONDS = 60.0  # in which a page that still sends the old cookie gets the tokens that another one fetched
MOST_KEPT = 1_000


class Logins(Protocol):
    """Who a session is, and how long it goes on."""

    def user_of(self, session: Session) -> User | None:
        """Somebody, where somebody has logged in."""

    async def renewed(self, session: Session) -> Session | None:
        """The session as it goes on; None where it has ended. Raises ProviderAwayError."""

    def vouched(self, launch: Launch) -> tuple[User, Held | None] | None:
        """For whom a CRM vouches, and what calls are made with; None where that is nobody."""


class OneClick:
    """The people of a development installation."""

    def __init__(self, users: Users) -> None:
        self._users = users

    def user_of(self, session: Session) -> User | None:
        return self._users.find(session.user)

    async def renewed(self, session: Session) -> Session | None:
        return session

    def vouched(self, launch: Launch) -> tuple[User, Held | None] | None:
        user = self._users.find(launch.user)
        return (user, None) if user else None


class ByProvider:
    """People whom the provider names, as long as it renews their tokens; for readers of panels the CRM vouches."""

    def __init__(self, provider: Provider, keys: LaunchKeys) -> None:
        self._provider, self._keys = provider, keys
        self._renewals: dict[str, tuple[asyncio.Task[Granted], float]] = {}

    def user_of(self, session: Session) -> User | None:
        held = session.held
        return user_from(session.user, held) if held and held.until > time.time() else None

    async def renewed(self, session: Session) -> Session | None:
        held, now = session.held, time.time()
        if held is None or now < held.renew:
            return session
        if not held.refresh:
            return session if now < held.until else None
        try:
            granted = await asyncio.shield(self._renewal(held.refresh))
        except LogInRefusedError as error:
            LOG.info("login.not_renewed", why=error.why, detail=error.detail)
            return session if now < held.until else None
        except ProviderAwayError:
            if now < held.until:
                return session
            raise
        if user_id(granted.caller) != session.user or not roles_of(granted.caller):
            return None
        return replace(session, held=held_of(granted))

    def vouched(self, launch: Launch) -> tuple[User, Held | None] | None:
        """Whom the launch names. The provider gave no token for them: ours reads, for as long as a panel lives."""
        token, until = self._keys.token_for(launch), time.time() + PANEL_LIFETIME
        held = Held(launch.name, launch.roles, launch.team, "", token, "", renew=until, until=until)
        return user_from(launch.user, held), held

    def _renewal(self, refresh: str) -> asyncio.Task[Granted]:
        """One question to the provider for all pages that ask at once: a refresh token may be good for one use."""
        key, now = hashlib.sha256(refresh.encode()).hexdigest(), time.monotonic()
        for old in [name for name, (task, since) in self._renewals.items() if is_over(task, since, now)]:
            del self._renewals[old]
        while len(self._renewals) >= MOST_KEPT:
            del self._renewals[next(iter(self._renewals))]
        if key not in self._renewals:
            task = asyncio.ensure_future(self._provider.renew(refresh))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._renewals[key] = task, now
        return self._renewals[key][0]


def is_over(task: asyncio.Task[Granted], since: float, now: float) -> bool:
    """Whether a renewal is to be forgotten: it is old, or the provider was away."""
    if not task.done():
        return False
    return now - since > KEPT_SECONDS or task.cancelled() or isinstance(task.exception(), ProviderAwayError)


def roles_of(caller: Caller) -> tuple[str, ...]:
    """The roles of a person, the one that is shown first; a service is nobody who logs in."""
    return tuple(role for role in RANK if role in caller.roles) if "service" not in caller.roles else ()


def user_id(caller: Caller) -> str:
    return caller.subject.removeprefix("users/")


def held_of(granted: Granted) -> Held:
    caller = granted.caller
    return Held(
        name=caller.name[:100],
        roles=roles_of(caller),
        team=caller.team,
        email=caller.email[:254],
        access=granted.access,
        refresh=granted.refresh,
        renew=granted.renew,
        until=granted.until,
    )


def user_from(user: str, held: Held) -> User:
    """The person of a session, with the token that calls are made with."""
    return User(
        user,
        held.name.strip() or user,
        held.roles[0],
        held.team.removeprefix("teams/"),
        others=held.roles[1:],
        address=held.email,
        token=held.access,
    )
