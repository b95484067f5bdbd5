"""A notes server in a process of its own that kills itself between effect and answer, if KILLED says so."""

import asyncio
import os
import signal
import sys
from typing import Any

from chassis.config import Settings
from chassis.db import Database

from tests.chassis import notes


class MortalServicer(notes.NoteServicer):
    async def CreateNote(self, request: Any, context: Any) -> Any:
        answer = await super().CreateNote(request, context)
        if os.environ["KILLED"] == "1":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


async def main() -> None:
    settings = Settings.model_validate_json(sys.argv[1])
    database = Database(settings)
    await database.open()
    server = notes.server(settings, MortalServicer(database))
    await server.start()
    print(server.port, flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
