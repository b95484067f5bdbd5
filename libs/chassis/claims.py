"""Whom the claims of a proved token name: subject, roles and team, called as the installation's provider calls them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from chassis.calls import Caller

if TYPE_CHECKING:
    from chassis.config import Settings

ROLES = ("rep", "marketer", "approver", "analyst", "admin", "service")
CONSOLE = "console"
USER = re.compile(r"[A-Za-z0-9._@-]{1,80}")  # as protos have it: users/{user}


class NoSubjectError(ValueError):
    """The claims name nobody whom Touchline could call by a name."""


@dataclass(frozen=True)
class Claims:
    """Which claims are read, and what their values mean here. An empty table takes values as they are."""

    user: str = ""
    roles: str = "roles"
    team: str = "team"
    role_names: Mapping[str, str] = field(default_factory=dict)
    team_names: Mapping[str, str] = field(default_factory=dict)
    console_client: str = ""

    @classmethod
    def load(cls, settings: "Settings") -> Self:
        """The settings of an OIDC provider; raises ValueError for a role that there is not."""
        unknown = sorted(set(settings.oidc_roles.values()) - set(ROLES))
        if unknown:
            raise ValueError(f"TOUCHLINE_OIDC_ROLES: no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
        return cls(
            user=settings.oidc_user_claim,
            roles=settings.oidc_roles_claim,
            team=settings.oidc_team_claim,
            role_names=settings.oidc_roles,
            team_names=settings.oidc_teams,
            console_client=settings.oidc_client_id,
        )

    def caller(self, claims: Mapping[str, Any]) -> Caller:
        """The caller; roles that Touchline does not know are dropped. Raises NoSubjectError."""
        named = list(_texts(find(claims, self.roles)))
        roles = frozenset(self.role_names.get(name, "") if self.role_names else name for name in named)
        roles &= frozenset(ROLES)
        client = _text(claims, "client") or _text(claims, "azp") or _text(claims, "client_id")
        return Caller(
            subject=self._subject(claims, is_service="service" in roles),
            name=_text(claims, "name"),
            email=_text(claims, "email"),
            roles=roles,
            team=self._team(claims),
            client=CONSOLE if self.console_client and client == self.console_client else client,
        )

    def _subject(self, claims: Mapping[str, Any], *, is_service: bool) -> str:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise NoSubjectError("the token names nobody")
        if not self.user or is_service:
            return subject
        if self.user == "email" and claims.get("email_verified") is False:
            raise NoSubjectError("the address that names the user is not verified")
        name = find(claims, self.user)
        if not isinstance(name, str) or not USER.fullmatch(name):
            raise NoSubjectError(f"the claim {self.user} holds no name of a user")
        return f"users/{name}"

    def _team(self, claims: Mapping[str, Any]) -> str:
        """The first team of the table that the token names; without a table the first that it names."""
        named = list(_texts(find(claims, self.team)))
        found = next((team for name, team in self.team_names.items() if name in named), "")
        team = found if self.team_names else next(iter(named), "")
        return team if not team or "/" in team else f"teams/{team}"


def find(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path of names with dots: `realm_access.roles`; None where there is none."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> Iterator[str]:
    """The texts of a claim that holds one or several."""
    values = value if isinstance(value, list | tuple) else (value,)
    return (one for one in values if isinstance(one, str) and one)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    return value if isinstance(value, str) else ""
