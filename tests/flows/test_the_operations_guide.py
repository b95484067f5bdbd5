"""Every command of docs/operations.md as its reader types it, against a running installation; none is left out."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline_client.cli import app
from typer.main import get_command

from tests.flows.campaigns import until
from tests.flows.people import client
from tests.flows.system import ROOT, System
from tests.guide import GUIDE, commands_of, sections

MARK = uuid.uuid4().hex[:8]
# The commands under these headings take a database down: the restore drill follows them, by these names.
DRILLED = (
    *("Archive the log", "Make a base backup", "Put the backup in place"),
    *("Contact first", "Then the others", "Decide what nobody knows"),
)
INLINE = re.compile(r"`(?:\.venv/bin/)?(touchline|make) ([^`]+)`")
EXAMPLE = re.compile(r"```\n(\{\"identifier\".*?\}\})\n```", re.DOTALL)


@dataclass
class Reader:
    """Somebody with the guide, a folder, and what they put for the guide's variables."""

    system: System
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def types(self, command: str) -> tuple[int, str]:
        """Run a line, and say yes where it asks."""
        bin_folder = str(Path(sys.executable).parent)
        environment = self.system.environment() | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
        ran = subprocess.run(
            ["/bin/sh", "-c", command], cwd=self.folder, env=environment | self.variables, input="y\n",
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return ran.returncode, f"$ {command}\n{ran.stdout}{ran.stderr}"

    async def follows(self, heading: str, but: tuple[str, ...] = ()) -> list[str]:
        """Run all commands under a heading, each again for a while: some wait for what the one before began."""
        return [await self.insists(command) for command in commands_of(heading) if not command.startswith(but or "\0")]

    async def insists(self, command: str) -> str:
        told = ""

        async def is_done() -> bool:
            nonlocal told
            code, told = await asyncio.to_thread(self.types, command)
            return code == 0

        try:
            await until(is_done, seconds=90, every=1.0)
        except AssertionError:
            raise AssertionError(told) from None
        return told


@pytest.fixture
def reader(system: System, tmp_path: Path) -> Reader:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return Reader(system, tmp_path)


async def opt_outs(reader: Reader) -> None:
    (reader.folder / "dnc.csv").write_text(f"email,reason\n{MARK}.a@kiln.example,unsubscribed\n")
    (reader.folder / "bounces.csv").write_text(f"address,createdAt\n{MARK}.b@kiln.example,2026-01-02T03:04:05Z\n")
    await reader.follows("Opt-outs first")


async def purchases(reader: Reader) -> None:
    await person(reader, "buyer")
    row = f"{MARK}.buyer@kiln.example,drive,1999.50,2026-03-04T05:06:07Z,{MARK}-1"
    (reader.folder / "orders.csv").write_text(f"email,product,amount,time,number\n{row}\n")
    told = await reader.follows("Purchases")
    assert re.search(r"refused\s+0\n", told[0]), told


async def proofs(reader: Reader) -> None:
    reader.variables["CONTACT"] = contact = await person(reader, "asked")
    async with client(reader.system) as touchline:
        said = contacts.ConsentEvent(
            address=contacts.Identifier(kind="email", value=f"{MARK}.asked@kiln.example"),
            purpose=contacts.PURPOSE_MARKETING,
            status=contacts.ConsentEvent.STATUS_GRANTED,
            lawful_basis="LAWFUL_BASIS_CONSENT",
        )
        await touchline.contact.RecordConsent(contacts.RecordConsentRequest(consent_event=said))
    assert contact
    await reader.insists("touchline consents anchors | grep :")
    reader.variables["ANCHOR"] = (await reader.insists("touchline consents anchors")).splitlines()[-1].split()[0]
    await reader.follows("Proof of consent")


async def history(reader: Reader) -> None:
    """The guide's own example is what is imported."""
    example = EXAMPLE.search(GUIDE.read_text(encoding="utf-8"))
    assert example, "the guide has an example of a line"
    line = json.dumps(json.loads(example[1].replace("\n", "")))
    async with client(reader.system) as touchline:
        source = pb.Source(name="sources/old-mailer", client="old-mailer", identifier_kind="email")
        await touchline.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
    export, import_ = commands_of("Move history in and out")
    await reader.insists(export)
    (reader.folder / "history.jsonl").write_text(f"{line}\n")
    (reader.folder / "history.jsonl.import.json").unlink(missing_ok=True)
    await reader.insists(import_)


async def retention(reader: Reader) -> None:
    await reader.follows("How long touches are kept")
    await reader.insists("touchline retention set web.visited --for-ever --yes")  # others of this run have old touches


async def erasing(reader: Reader) -> None:
    reader.variables["CONTACT"] = await person(reader, "erased")
    reader.variables["KEY"] = (await reader.insists("touchline erasures key")).splitlines()[-1].strip()
    request, *others = commands_of("Erasing a person")
    _, told = await asyncio.to_thread(reader.types, request)
    found = re.search(r"erasures/[0-9a-f-]{36}", told)
    assert found, told
    reader.variables["ERASURE"] = found[0]
    for command in others:
        await reader.insists(command)


async def person(reader: Reader, name: str) -> str:
    async with client(reader.system) as touchline:
        wanted = contacts.Contact(display_name=f"{name} {MARK}")
        wanted.identifiers.add(kind="email", value=f"{MARK}.{name}@kiln.example")
        return str((await touchline.contact.CreateContact(contacts.CreateContactRequest(contact=wanted))).name)


RUN: dict[str, Callable[[Reader], Awaitable[None]]] = {
    "Opt-outs first": opt_outs,
    "Purchases": purchases,
    "Proof of consent": proofs,
    "Move history in and out": history,
    "How long touches are kept": retention,
    "Erasing a person": erasing,
}


def test_every_block_of_the_guide_is_run_here_or_by_the_restore_drill() -> None:
    headings = {heading for heading, commands in sections() if commands}
    assert headings == {*RUN, *DRILLED}
    drill = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "restore").glob("*.py"))
    assert [heading for heading in DRILLED if f'"{heading}"' not in drill] == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("heading", RUN)
async def test_the_commands_under_a_heading_of_the_guide_do_what_it_says(reader: Reader, heading: str) -> None:
    await RUN[heading](reader)


def test_every_command_that_the_guide_names_in_a_sentence_exists_with_its_options() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wrong = []
    for program, rest in INLINE.findall(GUIDE.read_text(encoding="utf-8")):
        words = shlex.split(rest)
        known = words[0] in targets if program == "make" else _is_known(words)
        wrong += [] if known else [f"{program} {rest}"]
    assert wrong == []


def _is_known(words: list[str]) -> bool:
    """Whether the command line's groups, command and options are there."""
    command = get_command(app)
    while words and (inner := getattr(command, "commands", {}).get(words[0])) is not None:
        command, words = inner, words[1:]
    options = {option for parameter in command.params for option in parameter.opts}
    is_whole = not getattr(command, "commands", None) or not words
    return is_whole and all(word in options for word in words if word.startswith("--"))
