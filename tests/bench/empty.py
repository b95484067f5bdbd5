"""A gRPC server whose one handler does nothing: what a single call costs before anybody works for it."""

import asyncio

import grpc


async def _nothing(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
    return b""


async def serve() -> None:
    """Print the address, then answer for ever."""
    server = grpc.aio.server()
    handlers = {"Empty": grpc.unary_unary_rpc_method_handler(_nothing)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Empty", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve())
