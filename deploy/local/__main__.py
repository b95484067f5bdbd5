"""`make run` and `make reset`: python -m deploy.local [run | reset]."""

import os
import shutil
import subprocess
import sys
import time

from chassis.config import Settings
from chassis.run.launcher import LaunchError

from deploy.local import card
from deploy.local.children import EngineFailedError, die_with_parent, tail
from deploy.local.postgres import engine_home
from deploy.local.stack import Stack, import_services


def run() -> None:
    stack = Stack(Settings().state)
    try:
        start(stack)
        stack.launcher.supervise()
        print("\nDraining …")
    except KeyboardInterrupt:
        print("\nInterrupted; ending what was started …")
    finally:
        stack.stop()


def start(stack: Stack) -> None:
    """Every step with its seconds; the engines start while the services are being imported."""
    with card.step("Secrets, Kafka's jars and storage"):
        stack.begin_engines()
    with card.step("The code of five services"):
        services = import_services()
    with card.step("PostgreSQL and Kafka"):
        stack.await_engines()
    with card.step("Databases and Kafka topics"):
        stack.prepare(services)
    with card.step("Every role in its own process"):
        stack.start_services()
    if stack.settings.demo:
        with card.step("The demo company"):
            seed(stack)
    card.show(stack.settings)
    if stack.settings.demo and stack.settings.demo_live:
        demo(stack, "live")


def seed(stack: Stack) -> None:
    """Put the demo company in, watching over the roles meanwhile."""
    process = demo(stack, "seed")
    while process.poll() is None:
        stack.launcher.tick()
        time.sleep(0.05)
    if process.returncode != 0:
        raise EngineFailedError(f"the demo company is not complete\n{tail(stack.logs / 'demo.seed.log')}")


def demo(stack: Stack, what: str) -> "subprocess.Popen[bytes]":
    """The demo company's own process: it talks to the services as any other system does."""
    environment = os.environ | stack.settings.as_environment()
    parent = os.getpid()
    with (stack.logs / f"demo.{what}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.local.demo", what], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=environment, start_new_session=True, preexec_fn=lambda: die_with_parent(15, parent),  # noqa: PLW1509
        )  # fmt: skip


def reset() -> None:
    """Delete the state folder and, where the engines ran as another user, their data."""
    state = Settings().state.resolve()
    there = [folder for folder in (state, engine_home(state)) if folder.exists()]
    for folder in there:
        shutil.rmtree(folder, ignore_errors=True)
        print(f"Deleted {folder}")


def main() -> int:
    what = sys.argv[1] if len(sys.argv) > 1 else "run"
    try:
        {"run": run, "reset": reset}[what]()
    except (EngineFailedError, LaunchError) as error:
        print(f"Touchline did not start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
