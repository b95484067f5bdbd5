"""Which records of a partition are handed over: all of a plain stream's, only the next number of an outbox stream's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from chassis.bus.records import Partition, Record
from chassis.inbox import Held

LOWER_EPOCH = "the epoch of this record is lower than one that was applied: was its database restored?"


class Step(NamedTuple):
    """One record to apply, and the number that the partition stands at afterwards."""

    record: Record
    epoch: int
    seq: int


@dataclass(frozen=True)
class Slice:
    """Consecutive steps of one partition, from the position that we hold to `end`."""

    partition: Partition
    held: Held
    steps: tuple[Step, ...]
    end: int
    turn: int = 0

    @property
    def records(self) -> list[Record]:
        return [step.record for step in self.steps]

    @property
    def after(self) -> Held:
        """What we hold when this slice is committed."""
        epoch, seq = (self.steps[-1].epoch, self.steps[-1].seq) if self.steps else (self.held.epoch, self.held.seq)
        return self.held._replace(next=self.end, epoch=epoch, seq=seq)

    def halves(self) -> tuple["Slice", "Slice"]:
        """Two slices that do the same one after the other."""
        middle = len(self.steps) // 2
        first = replace(self, steps=self.steps[:middle], end=self.steps[middle - 1].record.offset + 1)
        return first, replace(self, held=first.after, steps=self.steps[middle:])


@dataclass
class Sorted:
    """A batch of an outbox stream, sorted by what is to be done with each record."""

    slices: Slice
    repeated: int = 0
    ahead: int = 0
    awaited: str = ""
    refused: tuple[Record, str] | None = None
    unreadable: str = ""
    new_epochs: list[int] = field(default_factory=list)


def plain(partition: Partition, held: Held, records: Iterable[Record], turn: int) -> Slice:
    """Every record from our position on."""
    fresh = [record for record in records if record.offset >= held.next]
    end = fresh[-1].offset + 1 if fresh else held.next
    return Slice(partition, held, tuple(Step(record, held.epoch, held.seq) for record in fresh), end, turn)


def numbered(partition: Partition, held: Held, records: Sequence[Record], turn: int) -> Sorted:
    """Only last + 1: lower is a repeat, higher comes again. It ends before a record that nobody can judge."""
    result = Sorted(Slice(partition, held, (), held.next, turn))
    steps: list[Step] = []
    epoch, seq, end = held.epoch, held.seq, held.next
    for record in records:
        if record.offset < held.next:
            continue
        number = parse(record.header("ce_sequence"))
        if number is None:
            result.unreadable = f"offset {record.offset} has no readable ce_sequence"
            break
        if number[0] < epoch:
            result.refused = (record, LOWER_EPOCH)
            break
        if is_next((epoch, seq), number):
            if epoch and number[0] != epoch:
                result.new_epochs.append(number[0])
            epoch, seq = number
            steps.append(Step(record, epoch, seq))
            result.awaited = ""
        elif number <= (epoch, seq):
            result.repeated += 1
        else:
            result.ahead += 1
            result.awaited = result.awaited or f"{number[0]}.{number[1]} came before {epoch}.{seq + 1}"
        end = record.offset + 1
    result.slices = Slice(partition, held, tuple(steps), end, turn)
    return result


def is_next(last: tuple[int, int], number: tuple[int, int]) -> bool:
    """After E.n comes E.n+1, or the first of a later epoch."""
    return number == (last[0], last[1] + 1) or (number[0] > last[0] and number[1] == 1)


def parse(text: str) -> tuple[int, int] | None:
    """`<epoch>.<seq>` as numbers; None for anything else."""
    epoch, dot, seq = text.partition(".")
    if not (dot and epoch.isascii() and seq.isascii() and epoch.isdigit() and seq.isdigit()):
        return None
    return (int(epoch), int(seq)) if len(text) < 40 else None
