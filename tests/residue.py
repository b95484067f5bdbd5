"""Looking for what should be gone: every row of every table, and the spellings in which a value may lie there."""

import base64
import io
import re
import zipfile
from binascii import b2a_qp
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

TABLES = """SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1"""
ESCAPED, WRAPPED = re.compile(r"%[0-9A-F]{2}"), re.compile(rb"=?\r?\n")
SHORTEST = 5  # bytes: what is shorter stands anywhere by chance
STATISTICS = "SELECT coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, '') FROM pg_stats"


def spellings(value: str) -> set[bytes]:
    """A value as it is, in capitals and in small letters, each plain and as URLs, mails, JSON and Base64 write it."""
    found = {one for case in (value, value.upper(), value.lower()) for one in _encoded(case)}
    return {spelling for spelling in found if len(spelling) >= SHORTEST}


def _encoded(value: str) -> set[bytes]:
    plain = value.encode()
    found = {plain, plain.hex().encode(), value.encode("unicode_escape"), value.encode("utf-16-le")}
    for part in (quote(value, safe=""), quote(value, safe="/:@?=&"), quote_plus(value)):
        found |= {part.encode(), ESCAPED.sub(lambda hexes: hexes[0].lower(), part).encode()}
    found |= {b2a_qp(plain, quotetabs=tabs, header=header) for tabs in (False, True) for header in (False, True)}
    found = {WRAPPED.sub(b"", spelling) for spelling in found}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + plain)
        core = whole[(0, 2, 3)[shift] : len(whole) - (4 if (len(plain) + shift) % 3 else 0)]
        found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def found_in(content: bytes, values: Iterable[str]) -> set[str]:
    """Those of the values that some content holds, in whatever spelling, also where a mail wraps it into lines."""
    looked = {content, WRAPPED.sub(b"", content)}
    return {value for value in values if any(spelling in one for spelling in spellings(value) for one in looked)}


def opened(content: bytes) -> bytes:
    """What a ZIP archive holds, its names too; of anything else the content itself."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join([content, *(archive.read(name) for name in archive.namelist())])


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
