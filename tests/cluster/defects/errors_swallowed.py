"""A defect: records are sent once, and an error of Kafka is taken for its answer."""

from typing import Any

import kafka

from services.interaction.gateways.intake import Intake


class _Producer(kafka.KafkaProducer):  # type: ignore[misc]  # kafka-python has no types
    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"retries": 0})


def _on_answer(self: Any, gathering: Any, items: Any, done: Any) -> None:
    gathering.in_flight -= 1
    self._sent.pop(done, None)
    if not done.cancelled():
        done.exception()
    self._settle(items, None)
    self._flush_all()


kafka.KafkaProducer = _Producer
Intake._on_answer = _on_answer  # type: ignore[method-assign]
