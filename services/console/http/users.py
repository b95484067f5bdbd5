"""Who looks: the people of a development installation, one click each, or whom a provider names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.console.http.language import N_


@dataclass(frozen=True)
class User:
    """Somebody who may log in, with what the token says about that person."""

    id: str
    name: str
    role: str
    team: str
    does: str = ""
    others: tuple[str, ...] = ()  # roles beside the first
    address: str = ""
    token: str = field(default="", repr=False)

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role, *self.others)

    @property
    def email(self) -> str:
        """Where a colleague gets mail; in a development installation that is its sandbox."""
        return self.address or f"{self.id}@touchline.example"

    @property
    def given_name(self) -> str:
        return self.name.split()[0]

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.name.split()[:2])


DEVELOPMENT = (
    User("jana", "Jana Dvořák", "rep", "central", N_("Sales, team Central: sees the team’s addresses, others masked")),
    User("tomas", "Tomáš Beneš", "rep", "north", N_("Sales, team North: Central’s people are masked for him")),
    User("mira", "Mira Novotná", "marketer", "marketing", N_("Marketing: campaigns and segments")),
    User("adam", "Adam Svoboda", "admin", "", N_("Administration: conflicts and touches that belong to nobody yet")),
)


class Users:
    """The directory that the login page offers."""

    def __init__(self, users: Iterable[User]) -> None:
        self._users = {user.id: user for user in users}

    def find(self, identifier: str) -> User | None:
        return self._users.get(identifier)

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())
