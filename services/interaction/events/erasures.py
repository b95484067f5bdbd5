"""A person who is erased in contact is erased here, and whoever has her page open is told."""

import erasing
from chassis.bus import Record
from chassis.clock import Clock, SystemClock
from chassis.db import Tx
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2

from services.interaction.events import encoding
from services.interaction.usecases import erase_person

AT_ONCE = 500


class ErasureHandler:
    """Erases each person by herself."""

    def __init__(self, consumer: str, stream: str, clock: Clock | None = None) -> None:
        self._consumer, self._stream, self._clock = consumer, stream, clock or SystemClock()

    async def __call__(self, tx: Tx, record: Record) -> None:
        """Erase one person; one who was erased before is acknowledged again."""
        erased = erasing.read(record)
        subjects = await erase_person(tx, erased, consumer=self._consumer, stream=self._stream)
        names = [f"contacts/{contact}" for contact in erased.ids]
        for at in range(0, len(names), AT_ONCE):
            said = events_pb2.TouchesErased(
                contacts=names[at : at + AT_ONCE], subjects=[subject.bytes for subject in subjects[:AT_ONCE]]
            )
            tx.emit(encoding.fact("touches_erased", said, key=names[at], now=self._clock.now()))
