"""A person who is erased in contact is erased here."""

import erasing
from chassis.bus import Record
from chassis.db import Tx

from services.campaign.usecases.erasing import erase_person


async def on_contact_erased(tx: Tx, record: Record) -> None:
    """Erase one person; one who was erased before is acknowledged again."""
    await erase_person(tx, erasing.read(record))
