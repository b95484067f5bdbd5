"""The search for what should be gone finds a value in each spelling that a store may give it."""

import base64
import io
import quopri
import zipfile
from email.message import EmailMessage
from urllib.parse import quote, quote_plus, urlencode

import pytest

from tests.residue import found_in, opened

VALUES = ("Ada Kanari Öfen", "kanari@kiln.example", "https://kiln.example/?for=kanari&at=2", "2001:db8::a1f0:22")
CASES = {"as it is": str, "in capitals": str.upper, "in small letters": str.lower}
WRITTEN = {
    "plain": str.encode,
    "Base64": lambda value: base64.b64encode(f"x{value}y".encode()),
    "Base64 for URLs": lambda value: base64.urlsafe_b64encode(f"xy{value}".encode()),
    "a URL's path": lambda value: quote(value, safe="").encode(),
    "a URL's query": lambda value: urlencode({"q": value}).encode(),
    "a form": lambda value: quote_plus(value).lower().encode() if value.islower() else quote_plus(value).encode(),
    "quoted-printable": lambda value: quopri.encodestring(f"Dear {value}, {'so ' * 40}".encode()),
    "quoted-printable, wrapped within it": lambda value: quopri.encodestring(f"{'.' * 70}{value}".encode()),
    "wrapped Base64": lambda value: base64.encodebytes(f"{'.' * 50}{value}{'.' * 9}".encode()),
    "JSON": lambda value: value.encode("unicode_escape"),
    "hex": lambda value: value.encode().hex().encode(),
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_found_in_each_spelling(value: str, case: str, written: str):
    content = b"before|" + WRITTEN[written](CASES[case](value)) + b"|after"
    assert found_in(content, [value, "somebody else"]) == {value}


@pytest.mark.parametrize("transfer", ["base64", "quoted-printable", "8bit"])
def test_a_value_is_found_in_a_mail_however_it_is_transferred(transfer: str):
    mail = EmailMessage()
    mail.set_content(f"{'Lines that are long, ' * 9} {VALUES[0]}, as ever.", cte=transfer)
    assert found_in(mail.as_bytes(), VALUES) == {VALUES[0]}


def test_a_value_is_found_in_an_archive():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("touches.json", f"{VALUES[0]} {'and so on ' * 100}")
    assert found_in(content.getvalue(), VALUES) == set()
    assert found_in(opened(content.getvalue()), VALUES) == {VALUES[0]}
