"""Who asks, and which people are there for them where teams are hidden from each other."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Viewer:
    """Who asks; `knows_all` where teams are not hidden, and for whoever runs the installation.

    `counts_all` for whoever plans mailings, too: a mailing goes to everybody. All others count whom they know.
    """

    user: str = ""  # users/{user}
    team: str = ""  # teams/{team}
    knows_all: bool = True
    counts_all: bool = True

    def may_know(self, owner: str, team: str) -> bool:
        """Whether a person with this owner and team is there for them."""
        return self.knows_all or owner == self.user or (bool(self.team) and team == self.team)


EVERYBODY = Viewer()
