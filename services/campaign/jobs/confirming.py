"""The clock of mails that ask for confirmations."""

from chassis.chores import Chore

from services.campaign.domain.optins import AT_ONCE
from services.campaign.usecases.confirming import Confirming

EVERY_SECONDS = 1.0
AGAIN_SECONDS = 2.0


def confirming(work: Confirming) -> Chore:
    """Hands over what is due every second, until nothing is."""

    async def all_of_it() -> None:
        while await work.once() == AT_ONCE:
            pass

    return Chore("opt_ins", all_of_it, every=EVERY_SECONDS, again=AGAIN_SECONDS)
