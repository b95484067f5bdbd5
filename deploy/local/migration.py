"""`make migration SERVICE=contact NAME="what it does"`: drafts a migration against the running local stack."""

import importlib
import sys

from chassis.config import Settings
from chassis.migrate import revise


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not all(arguments):
        print('usage: make migration SERVICE=contact NAME="what it does"', file=sys.stderr)
        return 2
    service, message = arguments
    settings = Settings.load(service=service, role="migrate")
    revise(importlib.import_module(f"services.{service}.app").SERVICE, settings, message)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
