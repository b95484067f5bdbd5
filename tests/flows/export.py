"""CRM exports with the columns of HubSpot's, a different file for every seed, dirty in ways that the test knows."""

import csv
import io
import random
from dataclasses import dataclass, field

COLUMNS = (
    "Record ID",
    "First Name",
    "Last Name",
    "Email",
    "Phone Number",
    "Job Title",
    "Company Name",
    "Contact owner",
    "Lifecycle Stage",
    "Country/Region",
    "Preferred language",
    "Create Date",
    "Last Activity Date",
    "Number of Sessions",
    "Original Source",
)
GIVEN = ("Aneta", "Jörg", "Chloé", "Søren", "Lucía", "Bettina", "Renée", "Íris", "Émile", "Günter")
FAMILY = ("Groß", "Müller", "Dupont", "Ørsted", "Peña", "Weiß", "Lefèvre", "Ångström", "Costa", "Hübner")
BROKEN_EMAILS = ("not an address", "two@@signs.example", "@nobody.example", "blank @space.example")
DIRT = ("no identifier", "broken e-mail", "ragged")
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True)
class Row:
    """A person as the export has it."""

    record_id: str
    given_name: str
    family_name: str
    email: str
    phone: str


@dataclass
class Export:
    """A file, and what an import of it must say: rows count from 1 below the titles."""

    encoding: str
    separator: str
    data: bytes = b""
    clean: dict[int, Row] = field(default_factory=dict)
    dirty: dict[int, str] = field(default_factory=dict)


def make_export(seed: int, rows: int = 60) -> Export:
    """The file of a seed: columns shuffled, one row in twenty dirty, its encoding and separator its own."""
    rng = random.Random(seed)
    export = Export(ENCODINGS[seed % len(ENCODINGS)], SEPARATORS[seed % len(SEPARATORS)])
    columns = list(COLUMNS)
    rng.shuffle(columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=export.separator, lineterminator=rng.choice(("\r\n", "\n")))
    writer.writerow(columns)
    dirty = set(rng.sample(range(1, rows + 1), rows // 20))
    for number in range(1, rows + 1):
        row = _row(rng, seed, number)
        values = _values(rng, row)
        if number in dirty:
            export.dirty[number] = rng.choice(DIRT)
            writer.writerow(_soil(rng, export.dirty[number], columns, values))
        else:
            export.clean[number] = row
            writer.writerow([values[column] for column in columns])
    export.data = text.getvalue().encode(export.encoding)
    return export


def _row(rng: random.Random, seed: int, number: int) -> Row:
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    return Row(
        f"{seed}{number:05d}", given, family, f"p{number}.s{seed}@export.example", f"+49301{seed:04d}{number:04d}"
    )


def _values(rng: random.Random, row: Row) -> dict[str, str]:
    values = dict.fromkeys(COLUMNS, "")
    values |= {
        "Record ID": row.record_id,
        "First Name": row.given_name,
        "Last Name": row.family_name,
        "Email": rng.choice((row.email, row.email.upper(), f" {row.email}")),
        "Phone Number": row.phone,
        "Company Name": rng.choice(("Böhm & Söhne; Partner", 'The "Mill", Ltd.', "Ferrières\nUsine", "")),
        "Contact owner": rng.choice(("Jana Novak", "")),
        "Lifecycle Stage": rng.choice(("lead", "customer", "opportunity")),
        "Country/Region": rng.choice(("DE", "Germany", "")),
        "Create Date": f"2026-03-0{rng.randint(1, 9)} 10:15",
        "Number of Sessions": str(rng.randint(0, 90)),
    }
    return values


def _soil(rng: random.Random, dirt: str, columns: list[str], values: dict[str, str]) -> list[str]:
    if dirt == "no identifier":
        values |= {"Record ID": "", "Email": "", "Phone Number": ""}
    if dirt == "broken e-mail":
        values["Email"] = rng.choice(BROKEN_EMAILS)
    row = [values[column] for column in columns]
    if dirt == "ragged":
        return [*row, "one", "value too many"]
    return row
