"""How patient a consumer is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """In seconds, and how many dead letters in a row it takes for a flood.

    `rest` is the longest pause after a batch that was not large: it lasts as long as the batch took.
    """

    poll: float = 0.2
    first_pause: float = 0.1
    longest_pause: float = 10.0
    awaited: float = 60.0
    stalled: float = 60.0
    dead_letters_in_a_row: int = 50
    transaction: float = 30.0
    rest: float = 0.1

    def rest_after(self, worked: float, records: int, most: int) -> float:
        """How long to rest after a batch of so many records, of `most` that there may be, which took `worked` seconds.

        What comes meanwhile is one transaction, and a transaction costs as much as many records. After a batch that was
        half full there is no rest: more is waiting.
        """
        return min(worked, self.rest) if 0 < records < most / 2 else 0.0
