"""The tour's commands as README and the start card print them, run as a newcomer runs them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from google.protobuf.json_format import Parse
from touchline.interaction.v1 import interaction_pb2 as pb

from deploy.local.card import grpcurl
from tests.flows.system import ROOT, System

COMMANDS = r"```\n(\.venv/bin/touchline contacts import .*?)```"
AS_TOLD = 'grpcurl() { printf "%s\\0" "$@"; }\n'


def commands() -> list[str]:
    """The lines of README's block that imports people and records a touch."""
    found = re.search(COMMANDS, (ROOT / "README.md").read_text(), re.DOTALL)
    assert found, "README has no block that begins with an import"
    return found[1].splitlines()


def paste(system: System, folder: Path, line: str) -> str:
    """Run a line in a folder like the repository's; what it prints. A line that fails fails the test."""
    (folder / ".venv").mkdir(exist_ok=True)
    shutil.copytree(ROOT / "docs", folder / "docs", dirs_exist_ok=True)
    if not (folder / ".venv" / "bin").exists():
        (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TOUCHLINE_")}
    environment |= {f"TOUCHLINE_{name.upper()}": str(value) for name, value in system.fields.items()}
    ran = subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
    return ran.stdout


def card_call(system: System, folder: Path) -> tuple[str, pb.RecordTouchesRequest]:
    """The token and the request of the card's grpcurl line, as a shell hands them over."""
    (system.state / "secrets").mkdir(exist_ok=True)
    told = paste(system, folder, AS_TOLD + grpcurl(system.settings)).split("\0")
    token = told[told.index("-H") + 1].removeprefix("authorization: Bearer ")
    return token, Parse(told[told.index("-d") + 1], pb.RecordTouchesRequest())
