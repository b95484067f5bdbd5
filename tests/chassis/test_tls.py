"""TLS on both sides: who may connect, what a certificate may call, and certificates that change under way."""

import ast
import asyncio
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from chassis.auth import issue_token
from chassis.config import Settings
from chassis.errors import PermissionDenied, Unavailable
from chassis.rpc import channel
from chassis.rpc import client as rpc_client
from chassis.rpc.peers import PEERS_FILE, Peers, read
from chassis.rpc.tls import Certificates, TlsError
from google.protobuf import descriptor_pool

from deploy.local.certificates import Authority
from tests.certificates import DAY, IDENTITY, write
from tests.chassis import notes
from tests.flows.system import ROOT

LIBRARIES = ("erasing", "snapshots", "touchrelay")
SERVICES = ("contact", "segmentation", "campaign", "interaction")
GET, DELETE = notes.GetNoteRequest(name="notes/1"), notes.DeleteNoteRequest(name="notes/1")
PEERS = "peers:\n  campaign: [notes.GetNote]\n  'spiffe://other.example/crm': ['notes.*']\n"


class World:
    """A notes service over TLS, and callers with certificates of their own."""

    def __init__(self, keys: dict[str, Any], folder: Path) -> None:
        self.keys, self.folder, self.authority = keys, folder, Authority()
        (folder / "peers.yaml").write_text(PEERS)
        self.server_settings = self.settings("contact")
        self.port, self.servicer = 0, notes.NoteServicer()

    def settings(self, service: str, *identities: str, authority: Authority | None = None) -> Settings:
        """Of a process that shows these identities; its own one where none is named."""
        shown = identities or (IDENTITY.format(service),)
        files = write(authority or self.authority, self.folder / service, *shown)
        return Settings(
            **self.keys, **files, service=service, role="serve", grace_seconds=0.2,
            tls_peers_file=str(self.folder / "peers.yaml"),
        )  # fmt: skip

    @asynccontextmanager
    async def caller(self, settings: Settings) -> AsyncIterator[Any]:
        """A stub of a service with these settings."""
        token = issue_token(settings, subject="users/ada", roles=["rep"])
        certificates = Certificates.load(settings)
        async with channel(f"127.0.0.1:{self.port}", token=token, certificates=certificates, timeout=2.0) as opened:
            yield notes.stub(opened)


@pytest.fixture
async def world(keys: dict[str, Any], tmp_path: Path) -> AsyncIterator[World]:
    built = World(keys, tmp_path)
    built.servicer.on_get = _answer
    server = notes.server(built.server_settings, built.servicer)
    await server.start()
    built.port = server.port
    yield built
    await server.stop(0.1)


async def _answer(request: Any) -> Any:
    return notes.Note(name=request.name)


async def test_a_peer_calls_what_the_table_allows_it_and_nothing_else(world: World) -> None:
    async with world.caller(world.settings("campaign")) as stub:
        assert (await stub.GetNote(GET)).name == "notes/1"
        with pytest.raises(PermissionDenied) as caught:
            await stub.DeleteNote(DELETE)
    assert caught.value.reason == "PEER_NOT_ALLOWED"
    assert caught.value.metadata == {"peer": IDENTITY.format("campaign"), "method": "notes.DeleteNote"}


@pytest.mark.parametrize(
    ("identities", "is_allowed"),
    [
        (["spiffe://other.example/crm"], True),
        ([IDENTITY.format("segmentation")], False),
        (["spiffe://other.example/campaign"], False),
        ([IDENTITY.format("campaign"), IDENTITY.format("contact")], False),
        (["https://touchline.internal/campaign"], False),
    ],
    ids=["named whole", "not named", "another trust domain", "two identities", "no SPIFFE id"],
)
async def test_only_the_one_spiffe_id_of_a_certificate_counts(
    world: World, identities: list[str], is_allowed: bool
) -> None:
    async with world.caller(world.settings("caller", *identities)) as stub:
        if is_allowed:
            await stub.GetNote(GET)
            return
        with pytest.raises(PermissionDenied):
            await stub.GetNote(GET)


async def test_nobody_connects_without_a_certificate_of_our_authorities(world: World) -> None:
    foreign = world.settings("campaign", authority=Authority("Somebody else"))
    mixed = foreign.model_copy(update={"tls_authorities_file": world.server_settings.tls_authorities_file})
    for settings in (foreign, mixed, Settings(**world.keys, service="campaign")):
        async with world.caller(settings) as stub:
            with pytest.raises(Unavailable):
                await stub.GetNote(GET)


@pytest.mark.parametrize("who", ["server", "caller"])
async def test_calls_go_on_while_a_certificate_is_replaced(
    world: World, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old authority stays believed for a while, as in any rotation; whoever connects anew gets the new one."""
    monkeypatch.setattr(rpc_client, "LOOK_SECONDS", 0.0)
    caller = world.settings("campaign")
    async with world.caller(caller) as stub:
        await stub.GetNote(GET)
        if who == "server":
            write(world.authority, world.folder / "contact", IDENTITY.format("contact"))
        else:
            write(world.authority, world.folder / "campaign", "spiffe://other.example/crm")
        for _ in range(20):
            await stub.GetNote(GET)
        if who == "caller":  # the newest is shown: this one is not in the table
            write(world.authority, world.folder / "campaign", IDENTITY.format("segmentation"))
            with pytest.raises(PermissionDenied):
                await stub.GetNote(GET)
            return
    old = world.server_settings.tls_certificate_file
    async with world.caller(caller) as stub:  # connects anew, to the server's new certificate
        await stub.GetNote(GET)
    assert await asyncio.to_thread(_shown_by, world.port, old, caller)


async def test_a_call_that_outlasts_a_replaced_certificate_is_told_to_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc_client, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(rpc_client, "REPLACED_SECONDS", 0.01)
    arrived, answered = asyncio.Event(), asyncio.Event()

    async def answer(request: Any) -> Any:
        if request.name == "notes/slow":
            arrived.set()
            await answered.wait()
        return notes.Note(name=request.name)

    world.servicer.on_get = answer
    async with world.caller(world.settings("campaign")) as stub:
        slow = asyncio.create_task(stub.GetNote(notes.GetNoteRequest(name="notes/slow"), timeout=60))
        await arrived.wait()
        write(world.authority, world.folder / "campaign", IDENTITY.format("campaign"))
        await stub.GetNote(GET)
        with pytest.raises(Unavailable) as caught:
            await slow
        assert caught.value.reason == "CALL_CUT"
        assert not slow.cancelled()
        left = asyncio.create_task(stub.GetNote(notes.GetNoteRequest(name="notes/slow"), timeout=60))
        arrived.clear()
        await arrived.wait()
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
    answered.set()


async def test_calls_go_on_while_an_authority_of_the_same_name_takes_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First both are believed, then each side shows a certificate of the new one, then that one alone is believed."""
    monkeypatch.setattr(rpc_client, "LOOK_SECONDS", 0.0)
    old, new, caller = world.authority, Authority(), world.settings("campaign")
    both = old.certificate + new.certificate
    async with world.caller(caller) as stub:
        for issuer, believed in ((old, both), (new, both), (new, new.certificate)):
            for service in ("contact", "campaign"):
                write(issuer, world.folder / service, IDENTITY.format(service))
                (world.folder / service / "authorities.pem").write_bytes(believed)
                await stub.GetNote(GET)
                async with world.caller(caller) as another:
                    await another.GetNote(GET)
    foreign = world.settings("campaign")  # of the old one
    (world.folder / "campaign" / "authorities.pem").write_bytes(both)
    async with world.caller(foreign) as stub:
        with pytest.raises(Unavailable):
            await stub.GetNote(GET)


def test_half_a_rotation_changes_nothing(world: World) -> None:
    settings = world.settings("campaign")
    certificates = Certificates.load(settings)
    assert certificates is not None
    before = certificates.latest()
    other = write(world.authority, world.folder / "other", IDENTITY.format("campaign"))
    for damaged in (Path(other["tls_certificate_file"]).read_bytes(), b"", b"no certificate"):
        Path(settings.tls_certificate_file).write_bytes(damaged)
        assert certificates.latest() == before
    os.replace(other["tls_key_file"], settings.tls_key_file)
    os.replace(other["tls_certificate_file"], settings.tls_certificate_file)
    assert certificates.latest() != before


def test_files_that_cannot_serve_are_named_at_the_start(world: World) -> None:
    settings, folder = world.settings("campaign"), world.folder / "campaign"
    write(world.authority, folder, valid=-DAY)
    _refused(settings, f"the certificate in {folder}/certificate.pem expired at ")
    with pytest.raises(TlsError, match=r"UTC: put a renewed one and its key in its place$"):
        Certificates.load(settings)
    write(world.authority, world.folder / "other")
    os.replace(world.folder / "other" / "key.pem", folder / "key.pem")
    _refused(settings, f"{folder}/key.pem is not the key of the certificate in {folder}/certificate.pem")
    (folder / "key.pem").write_text("-----BEGIN")
    _refused(settings, f"{folder}/key.pem holds no private key in PEM, or one with a password")
    (folder / "authorities.pem").write_text("")
    _refused(settings, f"{folder}/authorities.pem holds no certificate in PEM")
    (folder / "certificate.pem").unlink()
    _refused(settings, f"{folder}/certificate.pem cannot be read: No such file or directory")
    with pytest.raises(ValueError, match="not set: TOUCHLINE_TLS_KEY_FILE, TOUCHLINE_TLS_AUTHORITIES_FILE"):
        Settings(tls_certificate_file="certificate.pem")


def _shown_by(port: int, certificate: str, caller: Settings) -> bool:
    """Whether a server on loopback shows the certificate that a file holds now."""
    context = ssl.create_default_context(cafile=caller.tls_authorities_file)
    context.load_cert_chain(caller.tls_certificate_file, caller.tls_key_file)
    with (
        socket.create_connection(("127.0.0.1", port)) as line,
        context.wrap_socket(line, server_hostname="localhost") as tls,
    ):
        return tls.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert(Path(certificate).read_text())


def _refused(settings: Settings, why: str) -> None:
    with pytest.raises(TlsError) as caught:
        Certificates.load(settings)
    assert str(caught.value).startswith(why)


@pytest.mark.parametrize(
    "text", ["", "peers: 3", "peers: {campaign: contact.GetContact}", "peers: {campaign: [a.b.c]}"]
)
def test_a_table_of_peers_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "peers.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"peers\.yaml"):
        read(tmp_path / "peers.yaml")


def test_the_smoke_test_may_call_what_it_calls() -> None:
    source = (ROOT / "libs/touchline_client/commands/smoke.py").read_text("utf-8")
    called = {f"{service}.{method}" for service, method in re.findall(r"touchline\.(\w+)\.([A-Z]\w+)\(", source)}
    assert called <= set(read(PEERS_FILE)["smoke"])
    assert {"contact.CreateContact", "interaction.GetTimeline"} <= called


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_may_call_what_its_code_calls_and_no_more(service: str, world: World) -> None:
    assert set(read(PEERS_FILE)[service]) == set(_called_by(service))


def test_the_console_may_call_everything() -> None:
    settings = Settings(tls_certificate_file="c", tls_key_file="k", tls_authorities_file="a")
    peers = Peers.load(settings)
    assert peers is not None
    assert all(peers.allows(IDENTITY.format("console"), name) for names in _methods().values() for name in names)


def _called_by(service: str) -> Iterator[str]:
    """The methods of other services whose names stand in a service's code, or in a library that it imports."""
    names = {name.partition(".")[2]: name for other, found in _methods().items() if other != service for name in found}
    for path in _sources(service):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in names:
                yield names[node.attr]


def _sources(service: str) -> list[Path]:
    own = list((ROOT / "services" / service).rglob("*.py"))
    imports = "".join(path.read_text("utf-8") for path in own)
    libraries = [name for name in LIBRARIES if re.search(rf"^(from|import) {name}\b", imports, re.MULTILINE)]
    return own + [path for name in libraries for path in (ROOT / "libs" / name).rglob("*.py")]


@cache
def _methods() -> dict[str, list[str]]:
    """`<service>.<Method>` of each service; no two services have a method of one name."""
    pool = descriptor_pool.Default()
    for service in SERVICES:
        __import__(f"touchline.{service}.v1.{service}_pb2")
    return {
        service: [
            f"{service}.{method.name}"
            for method in pool.FindServiceByName(f"touchline.{service}.v1.{service.capitalize()}Service").methods
        ]
        for service in SERVICES
    }
