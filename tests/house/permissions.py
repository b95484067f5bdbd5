"""The table of docs/permissions.md and the methods of the descriptors, in one form."""

import importlib
import re
from dataclasses import dataclass

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from tests.house.tree import ROOT

SERVICES = ("contact", "segmentation", "campaign", "interaction")
ROLES = ("rep", "marketer", "approver", "analyst", "admin", "service")
ROW = re.compile(r"^\| `(\w+)\.(\w+)` \| `([\w.]+)` \|((?: [✓–] \|){6})$")


@dataclass(frozen=True)
class Grant:
    """Who may call a method, and by which permission."""

    permission: str
    roles: frozenset[str]


def written() -> dict[tuple[str, str], Grant]:
    """(service, method) to grant, as the document has it."""
    table = {}
    for line in (ROOT / "docs/permissions.md").read_text("utf-8").splitlines():
        if found := ROW.match(line):
            marks = [mark.strip() for mark in found[4].split("|")[:6]]
            roles = frozenset(role for role, mark in zip(ROLES, marks, strict=True) if mark == "✓")
            assert (found[1], found[2]) not in table, f"{found[1]}.{found[2]} stands twice"
            table[found[1], found[2]] = Grant(found[3], roles)
    return table


def methods() -> dict[tuple[str, str], MethodDescriptor]:
    """(service, method) to its descriptor, of every service that we publish."""
    found = {}
    for name in SERVICES:
        module = importlib.import_module(f"touchline.{name}.v1.{name}_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                found[service.name, method.name] = method
    return found


def permission(method: MethodDescriptor) -> str:
    """What the method's option says."""
    option = descriptor_pool.Default().FindExtensionByName("touchline.options.v1.permission")
    return method.GetOptions().Extensions[option]
