"""What a brief stands on: the head of a timeline, what was done last, and what colleagues noted."""

from dataclasses import dataclass
from datetime import datetime

from chassis.db import Tx

from services.interaction import store
from services.interaction.domain.threads import Filter, Found, newest_forms
from services.interaction.domain.timeline import Person
from services.interaction.store import Clause
from services.interaction.usecases.reading import Header, get_header, owns

PAST = 60  # read, so that ten are left where some are another's
DESK = 300
ACTIVE = "touch_class = 1 AND verdict <> 2 AND actor <> 3"


@dataclass
class Grounds:
    """What is known of a person when a brief is made: the newest of each, newest first."""

    header: Header
    active: list[Found]
    desk: list[Found]


async def get_grounds(tx: Tx, person: Person, wanted: Filter, now: datetime) -> Grounds:
    """The head, the newest active human touches, and the newest meetings, notes, tasks and mails of colleagues."""
    header = await get_header(tx, person, wanted, now)
    visible = store.shown(Filter(hidden_types=wanted.hidden_types))
    active = Clause([*visible.sql, ACTIVE], list(visible.values))
    desk = Clause([*visible.sql, store.DESK], list(visible.values))
    found = await store.newest(tx, person, [(active, PAST), (desk, DESK)])
    done, noted = [newest_forms([touch for touch in each if owns(person, touch)])[::-1] for each in found]
    return Grounds(header, done, noted)
