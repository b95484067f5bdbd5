"""DKIM signatures, verified by another implementation with the key from a name server of the test."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from services.campaign.gateways.mail import Address, KeyUnusableError, Signer, compose, signer
from services.campaign.gateways.mail.dkim import relaxed_body
from tests.campaign.mail.test_compose import made

RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
PEM = ED25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
SIGNERS = [Signer("touchline.example", "rsa1", RSA), Signer("touchline.example", "ed1", ED25519)]
URL = "https://touchline.example/u/abc"


def dns(name: bytes, timeout: int = 5) -> bytes:
    """The two TXT records."""
    rsa_key = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    records = {
        b"rsa1._domainkey.touchline.example.": b"v=DKIM1; k=rsa; p=" + base64.b64encode(rsa_key),
        b"ed1._domainkey.touchline.example.": b"v=DKIM1; k=ed25519; p="
        + base64.b64encode(ED25519.public_key().public_bytes_raw()),
    }
    return records[name]


class VerifyKey:
    """What dkimpy asks of PyNaCl, which is not installed, answered by cryptography."""

    def __init__(self, text: bytes, encoder: object) -> None:
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(text))

    def verify(self, data: bytes, signature: bytes) -> None:
        self._key.verify(signature, data)


@pytest.fixture(autouse=True)
def nacl(monkeypatch: pytest.MonkeyPatch) -> None:
    shim = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=VerifyKey),
        encoding=SimpleNamespace(Base64Encoder=None),
        exceptions=SimpleNamespace(BadSignatureError=InvalidSignature, ValueError=ValueError),
    )
    monkeypatch.setattr(dkim, "nacl", shim, raising=False)


def is_valid(data: bytes, index: int = 0) -> bool:
    try:
        return bool(dkim.DKIM(data).verify(idx=index, dnsfunc=dns))
    except dkim.ValidationError:
        return False


def signed(**fields: object) -> bytes:
    return compose(
        made(list_unsubscribe_url=URL, reply_to=Address("sales@touchline.example"), **fields), signers=SIGNERS
    )


def test_both_signatures_are_valid_and_cover_what_rfc_8058_wants() -> None:
    data = signed(subject="Žluťoučký kůň", text="Grüße  \t und\n\n\nmehr\n\n", html="<p>  x\t</p>  \n\n\n")
    assert is_valid(data, 0)
    assert is_valid(data, 1)
    verifier = dkim.DKIM(data)
    assert verifier.verify(dnsfunc=dns)
    covered = {name.lower() for name, _ in verifier.signed_headers}
    assert covered >= {b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"content-type"}
    assert covered >= {b"list-unsubscribe", b"list-unsubscribe-post"}


@pytest.mark.parametrize("algorithm", [0, 1])
@pytest.mark.parametrize(
    "forge",
    [
        lambda data: data.replace(b"/u/abc", b"/u/abd"),
        lambda data: data.replace(b"=One-Click", b"=Two-Click"),
        lambda data: data.replace(b"Subject: Hello", b"Subject: Hallo"),
        lambda data: data.replace(b"<p>Hi</p>", b"<p>Ho</p>"),
        lambda data: data.replace(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nSubject: Another\r\n"),
        lambda data: data.replace(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nFrom: boss@customer.example\r\n"),
        lambda data: data.replace(
            b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nList-Unsubscribe: <https://x.example>\r\n"
        ),
    ],
)
def test_a_change_or_a_second_header_breaks_it(forge: Callable[[bytes], bytes], algorithm: int) -> None:
    data = signed()
    forged = forge(data)
    assert forged != data
    assert not is_valid(forged, algorithm)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=500), st.booleans())
def test_any_body_verifies(text: str, alone: bool) -> None:
    body = {"text": text, "html": ""} if alone else {"text": text, "html": f"<p>{text}"}
    data = compose(made(**body), signers=SIGNERS[:1], eight_bit=True)
    assert is_valid(data)


@settings(deadline=None)
@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"x", b"yz"]), max_size=30).map(b"".join))
def test_the_relaxed_body_is_that_of_the_rfc(body: bytes) -> None:
    assert relaxed_body(body + b"\r\n") == dkim.canonicalization.Relaxed.canonicalize_body(body + b"\r\n")


def test_the_body_hash_of_the_rfc_is_the_one_we_make() -> None:
    """RFC 6376 3.4.5, and 3.4.4 for an empty body."""
    assert relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C\r\nD E\r\n"
    digest = base64.b64encode(hashlib.sha256(relaxed_body(b"")).digest())
    assert digest == b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_keys_are_found_by_domain_and_selector(tmp_path: Path) -> None:
    (tmp_path / "touchline.example.ed1.pem").write_bytes(PEM)
    found = signer(str(tmp_path), "touchline.example", "ed1")
    assert found is not None
    assert is_valid(compose(made(), signers=[found]))
    assert signer("", "touchline.example", "") is None, "nothing is to be signed"


@pytest.mark.parametrize("made", ["nothing", "garbage", "a folder"])
def test_a_key_that_is_named_and_cannot_be_used_is_never_no_key(tmp_path: Path, made: str) -> None:
    file = tmp_path / "touchline.example.s.pem"
    if made == "garbage":
        file.write_text("no key")
    elif made == "a folder":
        file.mkdir()
    for folder, domain in ((str(tmp_path), "touchline.example"), ("", "touchline.example"), (str(tmp_path), "../x")):
        with pytest.raises(KeyUnusableError):
            signer(folder, domain, "s")
    if made == "a folder":
        file.rmdir()
    file.write_bytes(PEM)
    assert signer(str(tmp_path), "touchline.example", "s") is not None, "it is looked for again"


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1())])
def test_a_key_that_dkim_cannot_use_is_refused(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    file = tmp_path / "touchline.example.s.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if isinstance(key, rsa.RSAPrivateKey):
        assert Signer.read(file, "touchline.example", "s").algorithm == "rsa-sha256"
    else:
        with pytest.raises(ValueError, match="neither RSA nor Ed25519"):
            Signer.read(file, "touchline.example", "s")
