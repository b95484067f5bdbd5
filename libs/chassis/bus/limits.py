"""How patient a consumer is."""

from dataclasses import dataclass

from chassis.pace import rest_after


@dataclass(frozen=True)
class Limits:
    """In seconds, and how many dead letters in a row it takes for a flood.

    `rest` is how long a batch that was not large may take with the pause behind it, which is `times` as long as the
    batch took. Half of it passes without a fetch while a consumer is busy: each costs both sides as much as many
    records.
    """

    poll: float = 0.2
    first_pause: float = 0.1
    longest_pause: float = 10.0
    awaited: float = 60.0
    stalled: float = 60.0
    dead_letters_in_a_row: int = 50
    transaction: float = 30.0
    rest: float = 0.1
    times: float = 3.0

    @property
    def gather(self) -> float:
        """For how long at most nothing is fetched while the loop works or rests."""
        return self.rest / 2

    def rest_after(self, worked: float, records: int, most: int) -> float:
        """How long to rest after a batch of so many records, of `most` that there may be, which took `worked` seconds.

        What comes meanwhile is one transaction, and a transaction costs as much as many records. After a batch that was
        half full, or that took as long as one may with its rest, there is none: more is waiting.
        """
        return rest_after(worked, self.rest, self.times) if 0 < records < most / 2 else 0.0


LAGGING = Limits(rest=0.2, times=10.0)  # of those for whom nobody waits in milliseconds: fewer, larger transactions
