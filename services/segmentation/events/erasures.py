"""A person who is erased in contact is erased here."""

import erasing
from chassis.bus import Record
from chassis.clock import Clock, SystemClock
from chassis.db import Tx

from services.segmentation.usecases.erasing import erase_person


class ErasureHandler:
    """Erases each person by herself."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    async def __call__(self, tx: Tx, record: Record) -> None:
        """Erase one person; one who was erased before is acknowledged again."""
        await erase_person(tx, erasing.read(record), now=self._clock.now())
