"""What an operator could leave out, or a bug could undo, after a restore; the drill has to notice each."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.mail.stage import Stage

ERASURES, CONTACT = "touchline.contact.erasures.v1", "contact.consume"
SKIPPED = "UPDATE inbox_offset SET next = %s WHERE consumer = %s AND stream = %s AND partition = %s"


@dataclass(frozen=True)
class Plant:
    """A way to do it wrong: what is done to the restored databases before any role starts, which of the guide's
    commands are left out, and what the drill has to complain of, as a regular expression.
    """

    complaint: str
    before: Callable[[Stage], None] = lambda _stage: None
    skipped: tuple[str, ...] = ()


def fence_off(stage: Stage) -> None:
    """Every unfinished ledger counts as compared, so campaign sends what the backup has as planned."""
    with stage.system.sql("campaign") as connection:
        connection.execute("UPDATE send_run SET epoch = outbox_current_epoch()")


def erasures_read(stage: Stage) -> None:
    """Contact believes that it has read its stream of erasures to the end."""
    with stage.system.sql("contact") as connection:
        for partition, end in stage.system.end_offsets(ERASURES).items():
            moved = connection.execute(SKIPPED, (end, CONTACT, ERASURES, partition)).rowcount
            assert moved == 1, "contact has a position in its stream of erasures"


PLANTS = {
    "the fence of the ledger is off": Plant("got the mail twice", before=fence_off),
    "projections are not rebuilt": Plant("knows somebody whom contact has lost", skipped=("touchline restore",)),
    "erasures are not replayed": Plant("holds who was erased|does not know that she was erased", before=erasures_read),
}
