"""Who looks at a person of the team Central, and what the policy of tests/flows/masks.py says that each is told."""

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub

from deploy.local.children import free_port
from tests.flows.masks import ALIKE, NOT_FOUND, REFUSED, Answer, answering, seen
from tests.flows.sitter import CALLED, LOGIN, MARK, OWNER
from tests.flows.system import GRPC, System
from tests.house.permissions import ROLES, written

UNLIMITED = ("admin", "service")


@dataclass(frozen=True)
class Viewer:
    """Somebody of a role: of her team, of another, or herself the owner."""

    role: str
    is_close: bool
    is_owner: bool = False

    def __str__(self) -> str:
        return f"{self.role} {'owner' if self.is_owner else 'of her team' if self.is_close else 'of another team'}"

    def fields(self) -> dict[str, str]:
        if self.is_owner:
            return {"subject": OWNER, "team": "north", "email": LOGIN}
        return {"subject": f"users/{self.role}-{self.is_close}", "team": "central" if self.is_close else "north"}


VIEWERS = [
    Viewer("rep", is_close=True, is_owner=True),
    *(Viewer(role, is_close) for role in ROLES if role not in UNLIMITED for is_close in (True, False)),
    *(Viewer(role, is_close=True) for role in UNLIMITED),
]


def may_call(viewer: Viewer, method: str) -> bool:
    """Whether the policy lets a viewer's role call a method at all."""
    (grant,) = [grant for (_, name), grant in written().items() if name == method]
    return viewer.role in grant.roles


def expected(asked: str, answer: Answer, viewer: Viewer, *, is_hidden: bool) -> dict[str, str] | str:
    """What the policy says: by field, or how the call is refused."""
    method = asked.partition(" ")[0]
    if not may_call(viewer, method):
        return REFUSED
    if answer.colleagues and viewer.role != "admin" and not viewer.is_owner:
        return answer.colleagues
    if viewer.is_close and not (method == "ListUnlinkedTouches" and viewer.role not in UNLIMITED):
        return {path: close for path, (close, _) in answer.fields.items()}
    if is_hidden and answer.hidden != ALIKE:
        return answer.hidden if answer.hidden == NOT_FOUND else dict.fromkeys(answer.fields, answer.hidden)
    return answer.others or {path: other for path, (_, other) in answer.fields.items()}


def unlike(
    table: dict[str, Answer], told: dict[str, dict[str, str] | str], viewer: Viewer, *, is_hidden: bool
) -> dict[str, tuple[str, str]]:
    """The cells that are not as the policy says: what was told, and what it says."""
    wrong: dict[str, tuple[str, str]] = {}
    for method, answer in told.items():
        wanted = expected(method, table[method], viewer, is_hidden=is_hidden)
        for path in table[method].fields:
            cell = tuple(each if isinstance(each, str) else each[path] for each in (answer, wanted))
            if cell[0] != cell[1]:
                wrong[f"{method} {path}"] = (cell[0], cell[1])
    return wrong


def told(answers: Iterable[Message], fields: Iterable[str]) -> dict[str, str]:
    """What answers show of her, by field."""
    marks = {path: CALLED if path.endswith(("_name", "names.contact")) else MARK for path in fields}
    return {path: seen(answers, path, mark) for path, mark in marks.items()}


@contextlib.asynccontextmanager
async def doors(system: System, viewer: Viewer) -> AsyncIterator[dict[str, Any]]:
    """A viewer's stubs of all services."""
    async with contextlib.AsyncExitStack() as stack:
        stubs = {}
        for name in GRPC:
            opened = await stack.enter_async_context(system.channel(name, viewer.role, **viewer.fields()))
            module = importlib.import_module(f"touchline.{name}.v1.{name}_pb2_grpc")
            stubs[f"{name.capitalize()}Service"] = getattr(module, f"{name.capitalize()}ServiceStub")(opened)
        yield stubs


def method_of(stubs: dict[str, Any], method: str) -> Any:
    """A method of whichever service has it."""
    return getattr(stubs[answering()[method].full_name.split(".")[-2]], method)


async def answers(system: System, service: str) -> None:
    """Wait until a door is open: its role starts its producer first, for longer than a caller tries again."""
    async with system.channel(service) as opened:
        await HealthStub(opened).Check(HealthCheckRequest(), wait_for_ready=True)


@contextlib.asynccontextmanager
async def hiding(system: System) -> AsyncIterator[System]:
    """The same installation with doors of its own, at which teams are hidden from each other."""
    fields = system.fields | {f"port_{name}": free_port() for name in GRPC} | {"team_visibility": "hidden"}
    other, stop = System(system.state, fields), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for name in GRPC:
            settings = other.settings.for_role(name, "serve")
            role = await importlib.import_module(f"services.{name}.app").serve(settings)
            group.create_task(role.run(stop))
        try:
            for name in GRPC:
                await answers(other, name)
            yield other
        finally:
            stop.set()
