"""A defect: a record counts as kept when the leading broker alone has it (acks=1)."""

from typing import Any

import kafka


class _Producer(kafka.KafkaProducer):  # type: ignore[misc]  # kafka-python has no types
    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"acks": 1})


kafka.KafkaProducer = _Producer
