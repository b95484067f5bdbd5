"""`touchline smoke`: what `helm test` runs says whether a touch gets from a caller to a timeline."""

import signal
import subprocess
import sys

import pytest

from tests.flows.people import client
from tests.flows.system import ROOT, System


def smoke(system: System, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "touchline_client.cli", "smoke", *arguments]
    told = {**system.environment(), **environment}
    return subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)


async def is_deleted(system: System, said: str) -> bool:
    from touchline.contact.v1 import contact_pb2

    name = said.split("contact answers: ")[1].split(maxsplit=1)[0]
    async with client(system) as touchline:
        found = await touchline.contact.GetContact(contact_pb2.GetContactRequest(name=name))
    return found.state == contact_pb2.Contact.STATE_DELETED


async def test_a_touch_gets_to_a_timeline_and_the_made_up_contact_is_deleted_again(system: System):
    for _ in range(2):
        done = smoke(system)
        assert done.returncode == 0, done.stderr
        assert "on the timeline, once" in done.stdout
        assert await is_deleted(system, done.stdout)


async def test_a_touch_that_nobody_writes_is_said_and_the_contact_is_deleted_all_the_same(system: System):
    stopped = [system.kill(f"interaction.consume.{number}", signal.SIGSTOP) for number in (1, 2)]
    try:
        done = smoke(system, "--seconds", "1")
    finally:
        for number in (1, 2):
            system.kill(f"interaction.consume.{number}", signal.SIGCONT)
    assert stopped
    assert done.returncode == 1
    assert "was accepted and is not on the timeline after 1 s" in done.stderr
    assert await is_deleted(system, done.stdout)


@pytest.mark.parametrize(
    ("roles", "fields", "said"),
    [(("rep",), {}, "ask for a token with another role"), (("service",), {"client": ""}, "the token names no client")],
)
def test_a_token_that_will_not_do_is_said(system: System, roles, fields, said):
    done = smoke(system, TOUCHLINE_TOKEN=system.token(*roles, **fields))
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout == "", "nothing was made"
