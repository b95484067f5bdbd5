"""The operations guide as its readers have it: the commands under each heading, for tests that run them."""

import re
from collections.abc import Iterator
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "operations.md"
HEADING = re.compile(r"^(#+) (.+)$")


def sections(guide: Path = GUIDE) -> Iterator[tuple[str, list[str]]]:
    """Each heading of the guide with the commands in the fenced blocks under it, in order."""
    heading, commands, block = "", list[str](), False
    for line in guide.read_text(encoding="utf-8").splitlines():
        found = None if block else HEADING.match(line)
        if found:
            yield heading, _joined(commands)
            heading, commands = found[2], []
        elif line.startswith("```"):
            block = not block
        elif block:
            commands.append(line)
    yield heading, _joined(commands)


def commands_of(heading: str) -> list[str]:
    """The commands under one heading; fails when the guide has none there."""
    found = [commands for name, commands in sections() if name == heading]
    assert [bool(each) for each in found] == [True], f"the guide has no commands under {heading!r}"
    return found[0]


def _joined(lines: list[str]) -> list[str]:
    """Commands of one line each: what ends with a backslash goes on, comments are left out."""
    text = "\n".join(lines).replace("\\\n", " ")
    bare = (re.sub(r"\s{2,}#.*$", "", line).strip() for line in text.splitlines())
    return [line for line in bare if line and not line.startswith(("#", "{", '"'))]
