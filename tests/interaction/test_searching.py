"""Searching by text: what is kept folded leads to everything that PostgreSQL would find by itself."""

import json
import random
from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest
from chassis.config import Settings
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import searching
from tests.interaction.world import World, names, touch

LETTERS = 'aAzZ09 äÄßẞéÉıİiIſsSKkKσςΣΩΩǅǆﬁ"\\/\n\tﷺ日本％%_'
FINDS = """SELECT array_agg(
text ILIKE '%%' || replace(replace(replace(term, '\\', '\\\\'), '%%', '\\%%'), '_', '\\_') || '%%' ORDER BY i)
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS told (text, term, i)"""


def drawn(chance: random.Random) -> tuple[str, str]:
    """A text, and a part of it in another case or with a letter changed."""
    text = "".join(chance.choices(LETTERS, k=chance.randint(1, 12)))
    begin = chance.randrange(len(text))
    term = text[begin : begin + chance.randint(1, 4)]
    change = chance.choice([str.lower, str.upper, str.swapcase, str, lambda said: said[:-1] + chance.choice(LETTERS)])
    return text, change(term)


def test_whatever_postgresql_finds_in_any_case_is_in_the_folded_text(make_database: Callable[..., Settings]) -> None:
    chance = random.Random(11)
    pairs = [drawn(chance) for _ in range(20_000)]
    with psycopg.connect(make_database("interaction").database_dsn()) as connection:
        row = connection.execute(FINDS, [list(column) for column in zip(*pairs, strict=True)]).fetchone()
    assert row is not None
    finds = [pair for pair, is_found in zip(pairs, row[0], strict=True) if is_found]
    assert len(finds) > 5_000
    for text, term in finds:
        kept = searching.document(json.dumps({"said": text}, ensure_ascii=False, separators=(",", ":")).encode())
        assert kept is not None
        assert searching.term(term).encode() in kept, (text, term)


@pytest.mark.parametrize("told", ['{"n":1e+22}', '{"n":[-2.5e-7]}', '{"n":[1,2e9]}'])
def test_numbers_that_jsonb_writes_otherwise_are_not_folded(told: str) -> None:
    assert searching.document(told.encode()) is None
    assert searching.document(b'{"ID":"7E3","at":"x:-1"}') == b'{"id":"7e3","at":"x:-1"}'


async def search(world: World, contact: UUID, term: str) -> list[str]:
    threads = await world.timeline(f"contacts/{contact}", filter=pb.TimelineFilter(text=term))
    return [name for thread in reversed(names(threads)) for name in thread]


async def test_touches_of_before_are_found_like_those_of_now(world: World) -> None:
    ada = uuid4()
    world.contact(ada)
    world.holds(ada, world.subjects.of("email", "ada@kiln.example"))
    caused = await world.accept(
        *(touch(str(n), attributes={"page": f"Preisliste {n}", "size": 1e22}, ago=90 - n) for n in range(2)),
        touch("2", attributes={"page": "PREISLISTE"}, ago=80),
        touch("3", attributes={"page": "other"}, ago=70),
    )
    found = {"preisLISTE": caused[:3], "10000000000000": caused[:2], "nothing": []}
    with psycopg.connect(world.settings.database_dsn(), autocommit=True) as connection:
        assert connection.execute("SELECT count(searched) FROM touch").fetchone() == (2,)
        assert {term: await search(world, ada, term) for term in found} == found
        connection.execute("UPDATE touch SET searched = NULL")
        assert {term: await search(world, ada, term) for term in found} == found
