"""Purchases in a shop's table through the real contact service: read, kept once, and reported row by row."""

import csv

import pytest
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub
from touchline_client import Touchline
from touchline_client.purchases import PurchaseRun, UnreadablePurchasesError, minor
from touchline_client.tables import sniff

from tests.serving import serving

SHOP = """Order ID;Customer E-mail;Product;Total;Currency;Created at
1;Ada@Shop.example;Dryer;1999.50;EUR;2026-03-01 10:00:00
2;ada@shop.example;Tea;500;JPY;2026-03-02T10:00:00+01:00
3;nobody@shop.example;Tea;5;EUR;2026-03-02
4;ada@shop.example;Tea;5.001;EUR;2026-03-02
5;ada@shop.example;Tea;5;EUR;yesterday
6;;Tea;5;EUR;2026-03-02
7;ada@shop.example;;5;EUR;2026-03-02
"""


@pytest.fixture
async def touchline(make_database, token):
    """A client of another system's, which sees everybody."""
    async with (
        serving("contact", make_database("contact"), ContactServiceStub, token) as served,
        Touchline(token=token("service"), targets={"contact": served.target}) as client,
    ):
        yield client


def table(tmp_path, text):
    path = tmp_path / "shop.csv"
    path.write_text(text)
    return sniff(path)


async def test_good_rows_are_kept_once_and_the_report_names_the_others(touchline, tmp_path):
    wanted = pb.Contact(display_name="Ada", identifiers=[pb.Identifier(kind="email", value="ada@shop.example")])
    ada = await touchline.contact.CreateContact(pb.CreateContactRequest(contact=wanted))
    run = PurchaseRun(touchline, table(tmp_path, SHOP), "shop")
    await run.run()
    assert (run.made, run.standing, sorted(run.refused)) == (2, 0, [3, 4, 5, 6, 7])
    with run.report_file.open(encoding="utf-8-sig") as file:
        told = dict(csv.reader(file))
    assert "is nobody's" in told["3"]
    assert "digits" in told["4"]
    assert "product" in told["7"]
    found = (await touchline.contact.ListPurchases(pb.ListPurchasesRequest(parent=ada.name))).purchases
    assert [(each.product, each.amount_minor, each.currency_code) for each in found] == [
        ("Tea", 500, "JPY"),
        ("Dryer", 199_950, "EUR"),
    ]
    again = PurchaseRun(touchline, table(tmp_path, SHOP), "shop")
    await again.run()
    assert (again.made, again.standing, len(again.refused)) == (0, 2, 5)


async def test_a_long_table_tells_after_each_call_how_far_it_is_read(touchline, tmp_path):
    rows = "".join(f"{number};nobody@shop.example;Tea;5;EUR;2026-03-02\n" for number in range(2_001))
    run, read = PurchaseRun(touchline, table(tmp_path, SHOP.splitlines()[0] + "\n" + rows), "shop"), []
    run.on_progress = read.append
    await run.run()
    assert 0 < read[0] < read[1] == run.table.size
    assert (len(read), len(run.refused)) == (2, 2_001)


@pytest.mark.parametrize(
    ("text", "words"),
    [("id,email,product,total\n", "time, currency"), ("id,product,total,date,currency\n", "email or phone")],
)
async def test_a_table_without_a_column_that_is_needed_says_which(touchline, tmp_path, text, words):
    with pytest.raises(UnreadablePurchasesError, match=words):
        await PurchaseRun(touchline, table(tmp_path, text), "shop").run()


def test_amounts_have_the_digits_of_their_currency():
    assert [minor(text, "EUR") for text in ("1", "0.01", "-5.5", "1e3", "0.001", "NaN", "1,5", "9e99")] == [
        100, 1, -550, 100_000, None, None, None, None,
    ]  # fmt: skip
    assert (minor("5", "JPY"), minor("5.5", "JPY"), minor("5.123", "KWD")) == (5, None, 5123)
