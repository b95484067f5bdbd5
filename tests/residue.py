"""Looking for what should be gone: every row of every table, and the spellings in which a value may lie there."""

import base64
import quopri
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

TABLES = """SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1"""
STATISTICS = "SELECT coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, '') FROM pg_stats"


def spellings(value: str) -> set[bytes]:
    """A value in either case, as URLs, mails and JSON write it, and inside Base64 at each of its three offsets."""
    plain = value.encode()
    found = {plain, value.upper().encode(), value.lower().encode(), plain.hex().encode()}
    found |= {quote(value, safe="").encode(), quote_plus(value).encode(), quopri.encodestring(plain).strip()}
    found |= {value.encode("unicode_escape"), value.encode("utf-16-le")}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + plain)
        core = whole[(0, 2, 3)[shift] : len(whole) - (4 if len(plain) % 3 or shift else 0)]
        found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return {spelling for spelling in found if len(spelling) >= 5}


def found_in(content: bytes, values: Iterable[str]) -> set[str]:
    """Those of the values that some content holds, in whatever spelling."""
    return {value for value in values if any(spelling in content for spelling in spellings(value))}


async def rows(conn: Any) -> Iterator[tuple[str, bytes]]:
    """Every table with all that it holds, bytes as they are and as text; and what the planner noted of them."""
    told = []
    for (table,) in await (await conn.execute(TABLES)).fetchall():
        parts = []
        for form in ("text", "binary"):
            async with conn.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT (FORMAT {form})") as copy:
                parts += [bytes(part) async for part in copy]
        told.append((table, b"".join(parts)))
    noted = await (await conn.execute(STATISTICS)).fetchall()
    return iter([*told, ("pg_stats", "\n".join(row[0] for row in noted).encode())])


async def holding(conn: Any, values: Iterable[str]) -> dict[str, set[str]]:
    """Which tables hold which of the values; empty where none does."""
    wanted = list(values)
    found = {table: found_in(content, wanted) for table, content in await rows(conn)}
    return {table: values for table, values in found.items() if values}
