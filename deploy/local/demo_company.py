"""The demo company: its people, accounts and campaigns, the same every time, as plain values.

A maker of drives sells retrofits to factories in five countries. All addresses end in `.example`, all phone
numbers lie in ranges that nobody answers.
"""

import random
import unicodedata
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SEED = 20_261
PEOPLE = 2_000
ACCOUNTS = 260
DAYS = 90

GIVEN = (  # noqa: SIM905
    "Alena Jan Eva Petr Lucie Tomáš Hana Karel Jitka Pavel Anna Lukas Lena Jonas Klara Felix Marie Paul Sophie Max "
    "Zofia Piotr Ewa Marek Agnieszka Tomasz Olivier Camille Julien Claire Hugo Élise Ingrid Lars Freja Mikkel Signe"
).split()
FAMILY = (  # noqa: SIM905
    "Nováková Dvořák Procházka Kučera Veselý Horák Němec Pokorný Marek Král Müller Schmidt Weber Fischer Wagner "
    "Becker Hoffmann Koch Richter Wolf Kowalski Nowak Wiśniewski Wójcik Zieliński Moreau Lefebvre Girard Bonnet "
    "Dubois Nielsen Hansen Sørensen Larsen Holm Brandt"
).split()
TITLES = ("Plant manager", "Head of maintenance", "Buyer", "Automation engineer", "Managing director", "Quality lead")
TRADES = ("Foundry", "Brewery", "Paper mill", "Glassworks", "Dairy", "Bakery", "Sawmill", "Textile mill", "Packaging")
TOWNS = {
    "CZ": ("Europe/Prague", "+42055501{:04d}", ("Brno", "Ostrava", "Plzeň", "Zlín", "Tábor", "Kolín", "Opava")),
    "DE": ("Europe/Berlin", "+4930230{:05d}", ("Bremen", "Kassel", "Ulm", "Jena", "Gera", "Siegen", "Celle")),
    "PL": ("Europe/Warsaw", "+48571{:06d}", ("Gdynia", "Opole", "Radom", "Elbląg", "Kielce", "Toruń")),
    "FR": ("Europe/Paris", "+3363998{:04d}", ("Lille", "Reims", "Nancy", "Tours", "Dijon", "Metz")),
    "DK": ("Europe/Copenhagen", "+4520{:06d}", ("Odense", "Vejle", "Esbjerg", "Randers", "Kolding")),
}
OWNERS = (("jana", "central"), ("tomas", "north"))
TWIN, TWIN_ADDRESS = "Ada Novakova", "novakova@kovarna-brno.example"  # Ada once more, as somebody typed her in
OWNER_NAMES = {"jana": "Jana Dvořák", "tomas": "Tomáš Beneš"}


@dataclass(frozen=True)
class Account:
    """A factory that might buy."""

    key: str
    display_name: str
    domain: str
    country: str
    owner: str
    team: str


@dataclass(frozen=True)
class Person:
    """Somebody who works there, as the CRM exports that person."""

    number: int
    given_name: str
    family_name: str
    email: str
    phone: str
    crm_id: str
    job_title: str
    account: Account
    time_zone: str
    is_subscribed: bool
    is_trackable: bool

    @property
    def display_name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True)
class Mailing:
    """One mailing of a campaign: when, to how many of the people, under which subject line."""

    name: str
    subject: str
    day: int
    hour: int
    share: float
    link: str


@dataclass(frozen=True)
class Campaign:
    """A plan that the campaign service holds, with its mailings."""

    display_name: str
    goal: str
    mailings: tuple[Mailing, ...]


@dataclass
class Company:
    """Everything, and whom each person works for."""

    accounts: list[Account] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)


PROGRAMME = "Demo: retrofit before you replace"
CAMPAIGNS = (
    Campaign("Autumn retrofit", "60 site visits booked", (
        Mailing("Autumn retrofit, first mail", "Your line is older than its drives need to be", 3, 9, 0.55, "pricing"),
        Mailing("Autumn retrofit, calculator", "What standing still costs you an hour", 24, 8, 0.50, "calculator"),
        Mailing("Autumn retrofit, last call", "Retrofit slots before the year ends", 66, 10, 0.45, "visit"),
    )),
    Campaign("Webinar: drives that report", "300 seats, half of them taken", (
        Mailing("Webinar invitation", "Forty minutes on drives that report their own wear", 12, 10, 0.40, "seat"),
        Mailing("Webinar reminder", "Tomorrow at ten: your seat", 19, 15, 0.25, "join"),
        Mailing("Webinar recording", "You can still watch it", 23, 9, 0.30, "recording"),
    )),
    Campaign("Product news", "Customers who know what is new", (
        Mailing("Product news, September", "News for people who keep machines running", 8, 7, 0.60, "controller"),
        Mailing("Product news, October", "A controller that fits the old cabinet", 38, 7, 0.60, "cabinet"),
        Mailing("Product news, November", "Spare parts, now with stock levels", 70, 7, 0.60, "parts"),
    )),
    Campaign("Trade fair Brno", "120 talks at the stand", (
        Mailing("Fair invitation", "Meet us in hall 4", 30, 11, 0.30, "ticket"),
        Mailing("Fair follow-up", "What we showed in hall 4", 47, 13, 0.20, "slides"),
    )),
    Campaign("Win back", "20 sleeping accounts awake", (
        Mailing("Win back, one question", "One question about your last order", 55, 9, 0.20, "answer"),
        Mailing("Win back, offer", "Commissioning is on us", 80, 9, 0.15, "offer"),
    )),
)  # fmt: skip


def build() -> Company:
    """The company, from its seed alone."""
    rng = random.Random(SEED)
    company = Company()
    for number in range(ACCOUNTS):
        company.accounts.append(_account(rng, number))
    for number in range(PEOPLE):
        company.people.append(_person(rng, number, company.accounts))
    return company


def ascii_of(text: str) -> str:
    """A name as it stands in an address."""
    plain = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("ø", "o"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum()).lower()


def uuid7(moment: datetime, rng: random.Random) -> uuid.UUID:
    """A version 7 UUID of that moment, from the seeded numbers."""
    milliseconds = int(moment.timestamp() * 1000)
    value = (milliseconds << 80) | rng.getrandbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return uuid.UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


def stable_id(*names: str) -> uuid.UUID:
    """An id that follows from names, for request ids and for what no service mints yet."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, ".".join(names) + ".demo.touchline.example")


def moment_of(start: datetime, mailing: Mailing) -> datetime:
    """When a mailing goes out."""
    return start + timedelta(days=mailing.day, hours=mailing.hour)


def _account(rng: random.Random, number: int) -> Account:
    if number == 0:
        return Account("account-0", "Kovárna Brno", "kovarna-brno.example", "CZ", *OWNERS[0])
    country = rng.choice(tuple(TOWNS))
    town, trade = rng.choice(TOWNS[country][2]), rng.choice(TRADES)
    domain = f"{ascii_of(trade)}-{ascii_of(town)}-{number}.example"
    return Account(f"account-{number}", f"{trade} {town} {number}", domain, country, *OWNERS[number % len(OWNERS)])


def _person(rng: random.Random, number: int, accounts: list[Account]) -> Person:
    first = number == 0  # the tour's Ada: nobody else has her name
    account = accounts[0] if first else rng.choice(accounts)
    zone, phone, _ = TOWNS[account.country]
    given, family = ("Ada", "Nováková") if first else (rng.choice(GIVEN), rng.choice(FAMILY))
    local = "ada" if first else f"{ascii_of(given)}.{ascii_of(family)}.{number}"
    return Person(
        number, given, family, f"{local}@{account.domain}", phone.format(118 if first else number + 1000),
        f"{50_000 + number}", TITLES[0] if first else rng.choice(TITLES), account, zone,
        first or rng.random() < 0.9, first or rng.random() < 0.8,
    )  # fmt: skip
