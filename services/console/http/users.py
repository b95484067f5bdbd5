"""The people of a development installation, one click each; OIDC takes this place in production."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.console.http.language import N_


@dataclass(frozen=True)
class User:
    """Somebody who may log in, with what the token says about that person."""

    id: str
    name: str
    role: str
    team: str
    does: str

    @property
    def email(self) -> str:
        """Where a colleague of a development installation gets mail: in its sandbox."""
        return f"{self.id}@touchline.example"

    @property
    def given_name(self) -> str:
        return self.name.split()[0]

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.name.split()[:2])


DEVELOPMENT = (
    User("jana", "Jana Dvořák", "rep", "central", N_("Sales, team Central: sees her team’s addresses, others masked")),
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
