"""Every method as every role and with no token, on running servers: who may not call learns nothing else."""

import grpc
import pytest
from chassis.rpc.tls import channel_credentials
from google.protobuf import message_factory

from tests.flows.system import System
from tests.house.permissions import ROLES, methods, written

REFUSALS = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}
UNANSWERED = {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNKNOWN}


class Callers:
    """A plain channel to each service, without the client's mapping of errors."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.channels: dict[str, grpc.aio.Channel] = {}

    async def code(self, key: tuple[str, str], token: str) -> tuple[grpc.StatusCode, str]:
        """How a method answers an empty request: its status and the text that goes with it."""
        method = methods()[key]
        service = method.containing_service.full_name
        name = service.split(".")[1]
        if name not in self.channels:
            credentials = channel_credentials(self.system.settings)
            assert credentials is not None, "flows are encrypted"
            self.channels[name] = grpc.aio.secure_channel(self.system.settings.target(name), credentials)
        request = message_factory.GetMessageClass(method.input_type)()
        answer = message_factory.GetMessageClass(method.output_type)
        kind = self.channels[name].unary_stream if method.server_streaming else self.channels[name].unary_unary
        call = kind(
            f"/{service}/{method.name}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )(request, timeout=5, metadata=[("authorization", f"Bearer {token}")] if token else [])
        try:
            if not method.server_streaming:
                await call
            else:
                await anext(aiter(call), None)
                call.cancel()
        except grpc.aio.AioRpcError as error:
            return error.code(), error.details() or ""
        return grpc.StatusCode.OK, ""

    async def close(self) -> None:
        for channel in self.channels.values():
            await channel.close()


@pytest.fixture
async def callers(system: System):
    callers = Callers(system)
    yield callers
    await callers.close()


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_is_answered_where_the_table_lets_it_and_refused_elsewhere(system, callers, role):
    token = system.token(role, subject=f"users/{role}", client=f"permissions-{role}")
    for key, grant in written().items():
        code, text = await callers.code(key, token)
        if role in grant.roles:
            assert code not in REFUSALS | UNANSWERED, f"{key} as {role}: {code.name} {text}"
        else:
            assert code is grpc.StatusCode.PERMISSION_DENIED, f"{key} as {role}: {code.name}"


async def test_without_a_token_nothing_is_answered(callers):
    for key in written():
        for token in ("", "not.a.token"):
            code, _ = await callers.code(key, token)
            assert code is grpc.StatusCode.UNAUTHENTICATED, f"{key}: {code.name}"
