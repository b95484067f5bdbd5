"""The first page of a filtered timeline: what is rare among 50,000 touches of one person, and among 50."""

import asyncio
import uuid
from statistics import median
from typing import Any

from touchline.interaction.v1 import intake_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.bench import timeline_read as reading
from tests.bench.rig import Rig, percentile, rig

FEW = 50
RARE = 10_000  # one touch in so many is what the filters look for
CALLS = 20
CAMPAIGN, DEAL = uuid.UUID(int=7), uuid.UUID(int=8)
FILTERS = {
    "nothing": pb.TimelineFilter(),
    "people": pb.TimelineFilter(people_only=True),
    "type": pb.TimelineFilter(types=["call.logged"]),
    "class": pb.TimelineFilter(classes=[pb.TOUCH_CLASS_ACTIVE]),
    "channel": pb.TimelineFilter(channels=[pb.CHANNEL_CALL]),
    "campaign": pb.TimelineFilter(campaigns=[f"campaigns/{CAMPAIGN}"]),
    "deal": pb.TimelineFilter(deals=[f"deals/{DEAL}"]),
    "text": pb.TimelineFilter(text="needle"),
    "no such text": pb.TimelineFilter(text="nowhere"),
}


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 50,000 touches of the one and 50 of the other."""
    return asyncio.run(_measure(max(FEW * 10, int(reading.HELD * min(1.0, scale * 10)))))


async def _measure(held: int) -> dict[str, Any]:
    async with rig() as bench:
        person, subjects = await reading.make_person(bench)
        await asyncio.to_thread(_write, bench, held, subjects)
        many = {name: await _times(bench, person, wanted) for name, wanted in FILTERS.items()}
        told = {name.replace(" ", "_"): round(median(times), 1) for name, times in many.items()}
        slowest = max(told, key=told.__getitem__)
        return {
            "bench": "timeline-filter", "value": told[slowest], "unit": "ms (median of the slowest filter, page 1)",
            "limit": told["nothing"], "ratio": round(told[slowest] / told["nothing"], 2), "slowest": slowest,
            "p99": round(percentile(many[slowest.replace("_", " ")], 0.99), 1), "held": held, **told,
        }  # fmt: skip


def _write(bench: Rig, held: int, subjects: list[bytes]) -> None:
    told = [_parcel(number, subjects[number % len(subjects)]) for number in range(held)]
    for start in range(0, held, reading.CHUNK):
        reading.write(bench, told[start : start + reading.CHUNK])
    reading.fill(bench, 0, 0)


def _parcel(number: int, subject: bytes) -> intake_pb2.IntakeTouch:
    parcel = reading.parcel(number, subject)
    parcel.attributes_json = (
        b'{"attributes":{"page":"/pricing","client":"Mail"},"names":{"campaign":"Autumn retrofit"}}'
    )
    if number % RARE == RARE // 2:
        parcel.type, parcel.channel, parcel.touch_class = "call.logged", pb.CHANNEL_CALL, pb.TOUCH_CLASS_ACTIVE
        parcel.campaign, parcel.deal = CAMPAIGN.bytes, DEAL.bytes
        parcel.attributes_json = b'{"attributes":{"note":"a Needle in the hay"}}'
    return parcel


async def _times(bench: Rig, person: str, wanted: pb.TimelineFilter) -> list[float]:
    request = pb.GetTimelineRequest(parent=person, page_size=reading.PAGE, filter=wanted)
    return await reading.timed(bench, request, CALLS)
