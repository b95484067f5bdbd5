"""What the door knows of each method before the first call: its permission, its types, its servicer. Read once."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis import telemetry, validation
from chassis.masking import personal_fields
from chassis.rpc.servicer import Servicer

PERMISSION = "touchline.options.v1.permission"
_FORM = re.compile(r"[a-z_]+\.[a-z_]+\.[a-z_]+")
EMPTY = "google.protobuf.Empty"

Registration = tuple[Callable[[Any, Any], None], Any, str]


class UnguardedMethodError(Exception):
    """A method says no permission, or one of the wrong form: such a server does not start."""


@dataclass(frozen=True)
class Method:
    """One method as the door sees it."""

    path: str  # touchline.contact.v1.ContactService/GetContact
    short: str
    permission: str
    request: type[Message]
    response: type[Message]
    servicer: Any
    has_request_id: bool
    is_item_wise: bool
    is_unlimited: bool
    is_timely: bool = False  # it answers within the call's time by itself

    @property
    def short_path(self) -> str:
        """As the table of peers has it: contact.GetContact."""
        return f"{self.path.split('.')[1]}.{self.short}"

    @property
    def answers_nothing(self) -> bool:
        return self.response.DESCRIPTOR.full_name == EMPTY

    @property
    def rereads(self) -> bool:
        return self.has_request_id and isinstance(self.servicer, Servicer)


def read_methods(
    registrations: Iterable[Registration],
    *,
    item_wise: Collection[str],
    unlimited: Collection[str],
    timely: Collection[str] = (),
) -> dict[str, Method]:
    """Every method of the registered services by its path with the leading slash; unknown names are refused."""
    methods = {}
    for _, servicer, service in registrations:
        descriptor = descriptor_pool.Default().FindServiceByName(service)
        for method in descriptor.methods:
            name = method.name
            read = _read(
                method,
                servicer,
                is_item_wise=name in item_wise,
                is_unlimited=name in unlimited,
                is_timely=name in timely,
            )
            validation.prepare(read.request())
            for kind in (method.input_type, method.output_type):
                telemetry.hide(path.rpartition(".")[2] for path, _ in personal_fields(kind))
            methods[f"/{read.path}"] = read
    strangers = {*item_wise, *unlimited, *timely} - {method.short for method in methods.values()}
    if strangers:
        raise ValueError(f"no such method: {', '.join(sorted(strangers))}")
    return methods


def permission_of(method: MethodDescriptor) -> str:
    """The permission that a method declares; empty for none."""
    try:
        option: Any = descriptor_pool.Default().FindExtensionByName(PERMISSION)
    except KeyError:
        return ""
    return str(method.GetOptions().Extensions[option])


def _read(method: MethodDescriptor, servicer: Any, **kinds: bool) -> Method:
    path = f"{method.containing_service.full_name}/{method.name}"
    permission = permission_of(method)
    if not _FORM.fullmatch(permission):
        raise UnguardedMethodError(f"{path} declares no permission of the form service.noun.verb: {permission!r}")
    return Method(
        path=path,
        short=method.name,
        permission=permission,
        request=GetMessageClass(method.input_type),
        response=GetMessageClass(method.output_type),
        servicer=servicer,
        has_request_id="request_id" in method.input_type.fields_by_name,
        **kinds,
    )
